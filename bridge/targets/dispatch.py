"""From the engine's outbox to every target, each stroke at its moment: the thread between the audio and the wires.

`Dispatcher` decides, in the time it is given, which plays a stroke has and when each is due; `render` uses it with the
stream's time, `Sender` runs it live on a thread with the machine's. What is due later waits in the targets' child
processes, so this thread only ever works on what has just been heard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

from bridge.events import Dismissed, Event, Moment, Onset, PlayKey, Strike, Transcript
from bridge.mapping.mapping import DrumMapping
from bridge.mapping.numbers import StrokeNumbers, number_ranges
from bridge.mapping.when import EVERY_STROKE, When, when_of
from bridge.realtime.priority import ask_real_time
from bridge.rig.rig import Rig
from bridge.rig.targets import register
from bridge.targets.base import DrumContext, Play, Target
from bridge.targets.midi import MidiTarget
from bridge.targets.osc import OscTarget
from bridge.targets.tape import TapeTarget
from synth.errors import InputError

SENDER_PRIORITY = 50
"""Real-time priority of the sending thread, where it is allowed: a busy machine must not hold a stroke back."""

STEADY_S = 0.0005
"""A steady stroke leaves this long after the moment of its window's last sample: time for the block that begins with
that sample to be heard and handed over. Within a block, what is known early waits for its own moment."""

TimeOf = Callable[[float], float]
"""Seconds, on the targets' clock, of a sample of the stream."""


TARGETS: tuple[type[Target], ...] = (OscTarget, MidiTarget, TapeTarget)
"""Every kind of target; the built-in voices are the engine's."""

register(*(target.settings_type for target in TARGETS))


@dataclass(frozen=True, slots=True)
class Route:
    """One drum's play of one target.

    Parameters
    ----------
    source : PlayKey
        Whose strikes it takes.
    channel : int
        The drum's input channel, from 0.
    target : Target
    play : Play
        The map, as the target made it.
    when : When
        Which strikes it takes.
    """

    source: PlayKey
    channel: int
    target: Target
    play: Play
    when: When = EVERY_STROKE


def open_targets(rig: Rig, tape: Transcript | None = None, strict: bool = False) -> dict[str, Target]:
    """Return the rig's targets by name, opened, or writing on ``tape``; the built-in voices are the engine's.

    A port or host that is not there is waited for (`Target.away` names it), unless ``strict`` refuses it.

    Raises
    ------
    InputError
        A file cannot be written, or something is not there that ``strict`` asks for. What was opened is closed again.
    """
    kinds = {target.settings_type: target for target in TARGETS}
    outside = [settings for settings in rig.targets if type(settings) in kinds]
    with ExitStack() as opened:
        targets = {one.name: opened.enter_context(kinds[type(one)](one, tape)) for one in outside}
        if strict and (away := [sentence for target in targets.values() for sentence in target.away]):
            raise InputError(away[0])
        opened.pop_all()
    return targets


def close_targets(targets: Mapping[str, Target]) -> None:
    """Silence and close every target."""
    for target in targets.values():
        target.close()


def routes_of(
    rig: Rig, mappings: Mapping[PlayKey, DrumMapping], targets: Mapping[str, Target], source: str
) -> list[Route]:
    """Return every play of one of the targets, bound to it; `InputError` names an unknown number."""
    routes = []
    for drum in rig.drum:
        for number, (key, play) in enumerate(zip(drum.play_keys, drum.plays, strict=True), 1):
            if (target := targets.get(play.target)) is not None:
                space = mappings[key].space
                context = DrumContext(drum.name, space.names, number_ranges(space))
                bound = target.bind(play, context, f"{source}: drum '{drum.name}' play[{number}]")
                routes.append(Route(key, drum.channel - 1, target, bound, when_of(drum, number, space)))
    return routes


class Dispatcher:
    """Gives each stroke to its plays, with the moment at which each is due.

    Parameters
    ----------
    routes : sequence of Route
        Every play.
    mappings : mapping of PlayKey to DrumMapping
        For its parameter space and velocities.
    time_of : callable
        Seconds of a sample on the targets' clock.
    host_time_of : callable, optional
        The same by the clock of the audio host, which receivers of OSC on this machine tell the time by. A note that
        leaves through JACK goes into the cycle that runs, so MIDI keeps the stream's.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        mappings: Mapping[PlayKey, DrumMapping],
        time_of: TimeOf,
        host_time_of: TimeOf | None = None,
    ) -> None:
        self._mappings = mappings
        self._numbers = {key: StrokeNumbers(mapping.space) for key, mapping in mappings.items()}
        self._time_of = time_of
        self._host_time_of = host_time_of or time_of
        self._routes = {key: [route for route in routes if route.source == key] for key in mappings}
        self._early = [route for route in routes if route.play.early]

    def add(self, event: Event) -> None:
        """Send what an event asks for."""
        match event:
            case Onset():
                self._add_onset(event)
            case Strike():
                self._add_strike(event)
            case Dismissed():
                self._take_back(event)

    def _add_onset(self, onset: Onset) -> None:
        for route in self._early:
            if route.channel == onset.channel:
                numbers = self._numbers[route.source].early(self._mappings[route.source].announced(onset))
                route.target.early(route.play, numbers, self._moment(route, onset.onset, onset.detected, 0.0))

    def _take_back(self, dismissed: Dismissed) -> None:
        numbers = {"stroke": float(dismissed.number), "onset_samples": float(dismissed.onset)}
        for route in self._early:
            if route.channel == dismissed.channel:
                moment = self._moment(route, dismissed.onset, dismissed.known, 0.0)
                due_s = max(moment.due_s, moment.known_s)
                route.target.cancel(route.play, numbers, Moment(moment.onset_s, moment.known_s, due_s))

    def _add_strike(self, strike: Strike) -> None:
        routes = [route for route in self._routes.get(strike.source, ()) if route.when.takes(strike)]
        if not routes:
            return
        hit = strike.hit
        numbers = self._numbers[strike.source].of(strike)
        for route in routes:
            after_s = STEADY_S if route.target.settings.timing == "steady" else 0.0
            moment = self._moment(route, hit.onset, hit.ready, after_s)
            if moment.known_s > moment.due_s:
                route.target.counters.late += 1
                moment = Moment(moment.onset_s, moment.known_s, moment.known_s)
            route.target.strike(route.play, numbers, moment)

    def _moment(self, route: Route, onset: int, known: int, after_s: float) -> Moment:
        time_of = self._host_time_of if route.target.by_host else self._time_of
        onset_s, known_s = time_of(onset), time_of(known)
        fixed_ms = route.target.settings.fixed_ms
        return Moment(onset_s, known_s, known_s + after_s if fixed_ms is None else onset_s + fixed_ms / 1000)


class Sender:
    """Runs a `Dispatcher` on a thread of its own.

    Parameters
    ----------
    outbox : SimpleQueue of Event
        The engine's; the audio thread only puts.
    dispatcher : Dispatcher
        Decides what leaves when.
    on_event : callable, optional
        Told of each event after it was sent, for displays.
    wanted : callable, optional
        Whether events are sent at all: what was heard before a stop, and is still on its way, must not play after it.
    """

    def __init__(
        self,
        outbox: SimpleQueue[Event],
        dispatcher: Dispatcher,
        on_event: Callable[[Event], None] | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.events = 0
        self.errors = 0
        self.last_error = ""
        self._outbox: SimpleQueue[Event | None] = outbox  # type: ignore[assignment]  # None ends the thread
        self._dispatcher = dispatcher
        self._on_event = on_event
        self._wanted = wanted
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Send what has been heard, then end."""
        if self._thread.is_alive():
            self._outbox.put(None)
            self._thread.join(2.0)

    def _run(self) -> None:
        ask_real_time(SENDER_PRIORITY)
        while (event := self._outbox.get()) is not None:
            try:
                if self._wanted():
                    self._dispatcher.add(event)
                if self._on_event is not None:
                    self._on_event(event)
            except Exception as error:  # whatever one stroke meets, the next one plays; the count is reported
                self.errors += 1
                self.last_error = f"{type(error).__name__}: {error}"
            self.events += 1


def stream_time(sample_rate: int) -> TimeOf:
    """Return the clock of a recording: seconds from its start."""
    return lambda sample: sample / sample_rate
