"""The player: the process that holds the audio stream and must never wait.

It is a process of its own for two reasons. Its audio thread shares the interpreter's lock with nothing but a main
thread that sleeps; and when a JACK server dies, PortAudio can neither go on nor close: then the player is killed and
another takes its place (`bridge.engine.supervisor`) while targets, remote control and the display live on. It takes a
`Job` and changes, and tells `bridge.engine.messages` and strokes.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bridge.audio.stream import AudioStream
from bridge.engine.build import build_chain, warm_up
from bridge.engine.changes import Change, SetBlend, SetBypass, SetDetector, SetEffect, Silence
from bridge.engine.messages import Job, Opened, Refused, Report, Waiting, pack
from bridge.realtime.clock import StreamClock
from bridge.realtime.loop import PunctualLoop, serve
from bridge.realtime.priority import ask_real_time, is_real_time, let_go_of_the_compiler, quiet_the_collector
from bridge.rig.effects import EffectPlace, EffectSettings
from bridge.rig.rig import Rig
from synth.effects.running import RunningEffect
from synth.errors import InputError, MissingError
from synth.voices.registry import register

REPORT_S = 0.1
"""How often the player reports, at least."""

CLOSING_S = 0.4
"""How long the stream may take to close before the process ends without it."""

SWITCH_S = 0.0002
"""The main thread may hold the interpreter's lock this long while the audio thread asks for it."""

MAIN_PRIORITY = 20
"""Real-time priority of the main thread, under the audio thread's: what holds the lock must not lose its processor."""


class Performance:
    """A job at work: its chain and its stream.

    Parameters
    ----------
    job : Job
        What to play.
    tell : callable
        Takes a record for the other half; False where the pipe is full. Called on the audio thread, too.

    Raises
    ------
    InputError
        The job cannot be done.
    """

    _clock: StreamClock
    _stream: AudioStream

    def __init__(self, job: Job, tell: Callable[[bytes], bool]) -> None:
        self._job, self._tell = job, tell
        for kind in job.voices:
            register(kind)
        self._chain = build_chain(job.rig, job.rig.input.sample_rate, job.live.mappings)
        self._engine = self._chain.engine
        self._lost_events = 0
        self._tried = False
        self.plays = False
        warm_up(self._chain, job.rig)
        for drum in job.rig.drum:
            if job.live.detectors[drum.channel - 1] != drum.detector:
                self._tune(drum.channel - 1)
        self._engine.enabled = job.live.enabled

    @property
    def effects(self) -> Mapping[EffectPlace, tuple[RunningEffect, ...]]:
        """What runs of each effect."""
        return self._chain.effects

    def open(self) -> Opened:
        """Open the stream and let it run; `MissingError`: its device is not there; `InputError`: it refuses."""
        rig = self._job.rig
        # An attempt that failed may have heard blocks: engine and stream count samples from the same one.
        self._engine.reset()
        self._begin_effects()
        self._clock = StreamClock(rig.input.sample_rate)
        rescan, self._tried = self._tried, True
        # Known before it starts: a stroke may be in the very first block.
        self._stream = stream = AudioStream(rig, self._process, self._clock, rescan, self._job.returning)
        stream.start()
        self.plays = True
        names = [f"{device.host}: {device.name}" for device in (stream.input, stream.output)]
        real_time, block = is_real_time(), stream.block_samples()
        return Opened(rig.input.sample_rate, names[0], names[1], real_time, block, stream.input.sample_rate)

    def _begin_effects(self) -> None:
        """Let effects begin as they were edited; those that were not begin as they were built."""
        for place, effect in self._job.live.effects.items():
            if effect != self._job.rig.effects[place]:
                for running in self._chain.effects[place]:
                    running.begin(effect.all_values, effect.bypass)

    def _edit(self, change: SetEffect | SetBlend | SetBypass, before: EffectSettings) -> None:
        """Let an effect follow an edit; what the edit does not touch stays where a stroke has moved it."""
        after = self._job.live.effects[change.place]
        which = before.all_values != after.all_values
        if isinstance(change, SetEffect):
            which[after.effect.space.index(change.parameter)] = True
        for running in self._chain.effects[change.place]:
            if isinstance(change, SetBypass):
                running.set_bypass(after.bypass)
            else:
                running.set_some(which, after.all_values)

    def change(self, change: Change) -> None:
        """Let a change hold; the next stroke is played so."""
        live = self._job.live
        if isinstance(change, SetEffect | SetBlend | SetBypass):
            before = live.effects[change.place]
            live.apply(change)
            self._edit(change, before)
            return
        live.apply(change)
        self._engine.enabled = live.enabled
        for drum in self._engine.drums:
            drum.mapping = live.mappings[drum.mapping.key]
        if isinstance(change, SetDetector):
            self._tune(change.channel)
        if isinstance(change, Silence):
            self._engine.silence()

    def report(self) -> Report:
        """Return how the stream fares."""
        stream, engine = self._stream.counters, self._engine
        peak, stream.peak = stream.peak, 0.0
        resyncs, non_finite = self._clock.resyncs, engine.analyzer.non_finite
        return Report(
            self._clock.line,
            peak,
            stream,
            resyncs,
            self._lost_events,
            engine.late,
            non_finite,
            output_peaks=tuple(engine.mixer.take_peaks()) if engine.strips else (),
            output_clipped=engine.mixer.clipped,
            dropped_strokes=sum(strip.voice.dropped for strip in engine.strips),
            effect_faults=sum(running.faults for each in self._chain.effects.values() for running in each),
        )

    def close(self) -> None:
        """Close the stream and leave PortAudio: the process ends with this."""
        if self.plays:
            self._stream.close(CLOSING_S, leaves=True)

    def _process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Play a block and pass its strokes on; the audio thread."""
        if lost := self._stream.counters.lost:
            self._engine.skip(lost)
        self._engine.process(block, out)
        while not self._engine.outbox.empty():
            event = self._engine.outbox.get_nowait()
            self._lost_events += not self._tell(pack(event, self._clock.line, self._stream.host_line()))

    def _tune(self, channel: int) -> None:
        self._engine.analyzer.tune(channel, self._job.live.detectors[channel])


def report_every_s(rig: Rig) -> float:
    """Return how often the player reports: as often as the state is sent, and for displays ten times a second."""
    return REPORT_S if rig.control is None else min(REPORT_S, 1.0 / rig.control.rate_hz)


class Player(PunctualLoop):
    """Takes a job, performs it, and follows what is changed meanwhile.

    Parameters
    ----------
    pipe, reports : int
        Standard input and output.
    """

    idle_s = REPORT_S
    """How often a report leaves; also how often a player looks for a device that is not there."""

    def __init__(self, _settings: None, pipe: int, reports: int) -> None:
        super().__init__(pipe, reports)
        self._performance: Performance | None = None
        self._over = False
        self._missing = ""
        # A pipe that is full must cost a stroke, never the audio.
        os.set_blocking(reports, False)

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take the job, then changes."""
        message: Job | Change = pickle.loads(payload)  # noqa: S301 - of our own parent
        if isinstance(message, Job):
            self._begin(message)
        elif self._performance is not None:
            self._performance.change(message)

    def look_after(self) -> bool:
        """Report how the stream fares, or look for its device again; False when there is nothing to play."""
        if self._performance is not None and self._performance.plays:
            self.tell(pickle.dumps(self._performance.report()))
        elif self._performance is not None and not self._over:
            self._open(self._performance)
        return not self._over

    def close(self) -> None:
        """Close the stream."""
        if self._performance is not None:
            self._performance.close()

    def _begin(self, job: Job) -> None:
        self._waits, self._returning = job.waits, job.returning is not None
        self.idle_s = report_every_s(job.rig)
        try:
            self._performance = Performance(job, self.tell)
        except InputError as error:
            self._refuse(error)
            return
        let_go_of_the_compiler()
        quiet_the_collector()
        ask_real_time(MAIN_PRIORITY)
        self._open(self._performance)

    def _open(self, performance: Performance) -> None:
        try:
            self.tell(pickle.dumps(performance.open()))
        except InputError as error:
            # What was there once, or was waited for once, is waited for whatever it refuses now.
            waits = self._missing or (self._waits and isinstance(error, MissingError))
            if not self._returning and not waits:
                self._refuse(error)
            elif str(error) != self._missing:
                self._missing = str(error)
                self.tell(pickle.dumps(Waiting(self._missing)))

    def _refuse(self, error: InputError) -> None:
        self.tell(pickle.dumps(Refused(str(error))))
        self._over = True


def main() -> None:
    """Play what standard input says."""
    sys.setswitchinterval(SWITCH_S)
    serve(Player, priority=0)


if __name__ == "__main__":
    main()
