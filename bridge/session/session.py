"""The composition root: a rig becomes a running session. It owns threads and processes, wires them, decides nothing.

::

    player process ──strokes──▶ sender thread ──▶ targets (their ports in child processes)
          ▲  └──reports, clock──▶ display
          └──changes── whoever makes them (remote control)
"""

from __future__ import annotations

from queue import SimpleQueue
from statistics import median_high

from bridge.calibration.sound_check import input_findings
from bridge.control.remote import RemoteControl
from bridge.control.surface import Sources, counted
from bridge.engine.changes import Change, LiveState, Silence
from bridge.engine.messages import Opened
from bridge.engine.peaks import Looker
from bridge.engine.supervisor import Supervisor
from bridge.events import Event, PlayKey, Strike
from bridge.mapping.load import rig_mappings
from bridge.mapping.when import UnplayedStrokes
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from bridge.session.status import Status, StrokeStatistics, TargetStatus
from bridge.targets.base import Target
from bridge.targets.dispatch import Dispatcher, Sender, close_targets, open_targets, routes_of
from synth.errors import InputError


class Session:
    """A rig that plays, and the surface of its remote control. `close` silences every target and is harmless twice.

    Parameters
    ----------
    rig : Rig
        Checked.
    source : str
        Name of its file, for messages.
    strict : bool
        Refuse a device, port or host that is not there. Else it is waited for: `Status.away` names it.

    Attributes
    ----------
    live : LiveState
        What may be changed, as it stands; `change` is the way to change it.
    targets : dict of str to Target
        Opened; the built-in voices live in the player.
    remote : RemoteControl or None
        What turns the knobs from outside, if the rig has ``[control]``.

    Raises
    ------
    InputError
        A device, port, host, model or preset cannot be used. Nothing stays open.
    """

    def __init__(self, rig: Rig, source: str, strict: bool = False) -> None:
        self.rig = rig
        self.clock = StreamClock(rig.input.sample_rate)
        self.live = LiveState.of(rig, rig_mappings(rig))
        self._statistics = StrokeStatistics(self.clock)
        self._unplayed = UnplayedStrokes(rig, self.live.mappings)
        events: SimpleQueue[Event] = SimpleQueue()
        # The player starts while the targets open: each takes half a second.
        self.supervisor = Supervisor(rig, self.live, self.clock, events, waits=not strict)
        self.targets: dict[str, Target] = {}
        self.remote: RemoteControl | None = None
        try:
            self.targets = open_targets(rig, strict=strict)
            routes = routes_of(rig, self.live.mappings, self.targets, source)
            dispatcher = Dispatcher(routes, self.live.mappings, self.clock.at, self.clock.host_at)
            self._sender = Sender(events, dispatcher, self._note, lambda: self.live.enabled)
            if rig.control is not None:
                self.remote = RemoteControl(rig.control, self, rig.drum)
            if strict and (away := self.away()):
                raise InputError(away[0])
        except BaseException:
            self.supervisor.close()
            close_targets(self.targets)
            raise

    @property
    def state(self) -> str:
        """See `Status`."""
        return self.supervisor.state

    def start(self) -> Opened | None:
        """Wait until the audio runs; None: its device is not there, and is waited for."""
        return self.supervisor.wait_opened()

    def away(self) -> tuple[str, ...]:
        """Return a sentence for each device, port and receiver that is not there; it is taken in when it comes."""
        audio = (self.supervisor.missing,) if self.supervisor.missing else ()
        remote = self.remote.away if self.remote is not None else ()
        return (*audio, *(one for target in self.targets.values() for one in target.away), *remote)

    def change(self, change: Change) -> None:
        """Let a change hold: the next stroke is played so. Any thread may call."""
        self.supervisor.change(change)

    def panic(self) -> None:
        """Silence everything that sounds."""
        self.change(Silence())
        self.end_notes()

    def end_notes(self) -> None:
        """End the notes of other synths."""
        for target in self.targets.values():
            target.panic()

    def resend(self) -> None:
        """Send other synths again what they are sent only when it changes."""
        for target in self.targets.values():
            target.resend()

    def close(self) -> None:
        """End the audio, send what was heard, silence and close every target."""
        if self.remote is not None:
            self.remote.close()
        self.supervisor.close()
        self._sender.close()
        close_targets(self.targets)

    def status(self) -> Status:
        """Return how the session fares; the levels are the highest since the last call."""
        return self._status("display")

    def findings(self) -> list[str]:
        """Return what is wrong with the sound that comes in, with what targets write, and with remote control.

        Each sentence stays as it is while it holds.
        """
        report, rate = self.supervisor.report, self.rig.input.sample_rate
        seconds = report.stream.samples / rate if report else 0.0
        remote = self.remote.findings if self.remote is not None else ()
        troubles = filter(None, (target.trouble for target in self.targets.values()))
        return [*input_findings(self.supervisor.loudest, self._statistics.strokes, seconds), *troubles, *remote]

    def numbers(self) -> dict[str, float]:
        """Return the numbers of the live state; the levels are the highest since the last call."""
        return self._status("remote").numbers()

    def last(self, key: PlayKey) -> Strike | None:
        """Return the latest stroke of a mapping."""
        return self._statistics.last.get(key)

    def strokes_by_drum(self) -> dict[str, int]:
        """Return how often each drum was struck so far."""
        return {drum.name: self._statistics.by_drum[drum.name] for drum in self.rig.drum}

    def _note(self, event: Event) -> None:
        """Count an event that was sent; the sender's thread."""
        self._statistics.note(event)
        self._unplayed.note(event)

    def _last_stroke(self) -> str:
        """Return the latest stroke in words: its drum where there are several, its velocity, its note."""
        strike = self._statistics.struck
        if strike is None:
            return ""
        drum = [strike.drum] if len(self.rig.drum) > 1 else []
        notes = dict(target.counters.last for target in self.targets.values())
        return " ".join(filter(None, [*drum, f"{strike.velocity:.2f}", notes.get(strike.drum, "")]))

    def _status(self, looker: Looker) -> Status:
        report = self.supervisor.report
        level_db, outputs_db = self.supervisor.meters.take_db(looker)
        counters = tuple(target.counters for target in self.targets.values())
        delays_s = [delay_s for one in counters for delay_s in one.delays_s.copy()]
        sources = Sources(
            players=(*self.supervisor.ended, *([report] if report else [])),
            targets=counters,
            send_errors=self._sender.errors,
            ignored=self.remote.ignored if self.remote is not None else 0,
            refusals=self.supervisor.refusals + sum(target.refusals for target in self.targets.values()),
        )
        return Status(
            state=self.state,
            level_db=level_db,
            outputs_db=outputs_db,
            strokes=self._statistics.strokes,
            unplayed=self._unplayed.count,
            latency_ms=1000 * median_high(delays_s) if delays_s else self._statistics.latency_ms,
            report=report,
            losses=self.supervisor.losses,
            counts=counted(sources),
            midi_in=self.remote.midi.state if self.remote is not None else "closed",
            failure=report.stream.failure if report else "",
            send_error=self._sender.last_error,
            away=self.away(),
            worst_ms=1000 * max(self._statistics.worst_s, *(one.worst_s for one in counters), 0.0),
            last=self._last_stroke(),
            targets=tuple(_fares(target) for target in self.targets.values()),
        )


def _fares(target: Target) -> TargetStatus:
    """Return how a target fares; one of several receivers that is away makes it so."""
    name = target.settings.name
    return TargetStatus(name, target.place, bool(target.away), target.counters.lost, target.written)
