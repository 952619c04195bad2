"""The chain over files: the same engine, fed block by block, with every target recorded and none opened.

`Playback` gives what a take plays piece by piece, so a take of any length is played in the same memory.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Take, rig_channels
from bridge.ear.beginning import BEGINNING_S
from bridge.engine.build import build_chain
from bridge.events import Audio, Event, Hit, PlayKey, Strike, Transcript, TranscriptEntry
from bridge.mapping.load import rig_mappings
from bridge.mapping.when import UnplayedStrokes
from bridge.rig.rig import Rig
from bridge.targets.dispatch import Dispatcher, close_targets, open_targets, routes_of, stream_time
from synth.spec import ParamSpace

LONGEST_TAIL_S = 4.0
"""Silence after the file in which voices ring out; the longest legal decay reaches -80 dB in 2.7 s. Effects ring on."""

STEP_SAMPLES = 8192
"""Of a step, about: what is in memory at once."""

Progress = Callable[[float], None]

_TIME = attrgetter("time_s")


@dataclass(frozen=True, slots=True)
class Step:
    """What some samples of a take played.

    Parameters
    ----------
    heard : (n, channels) float32
        The take, and the silence behind it.
    synth : (n, outputs) float32
        The built-in voices' mix, within -1..1.
    strikes : list of Strike
        In the order in which they were ready.
    sent : list of TranscriptEntry
        Messages of the other targets that left before the end of these samples and after the last step's, in the
        order of time.
    """

    heard: NDArray[np.float32]
    synth: NDArray[np.float32]
    strikes: list[Strike]
    sent: list[TranscriptEntry]


class Playback:
    """A take on its way through a rig.

    Parameters
    ----------
    rig : Rig
        Its device settings are not used; the take's rate is.
    take : Take
        At least as many channels as the rig's drums.
    block : int
        Frames a block; the result does not depend on it, to the bit.

    Attributes
    ----------
    take : Take
        The channels that the rig listens to.
    spaces : dict of PlayKey to ParamSpace
        Parameter space of each mapping that is played.
    channels : dict of PlayKey to int
        Input channel of each, from 0.
    outputs : int
        Channels of the mix: those of the rig's output, or one if all of them carry the same.
    voiced : bool
        Whether any drum plays a built-in voice; if none does, the mix is silence.
    samples : int
        Of the take and the silence behind it.

    Raises
    ------
    InputError
        The take has fewer channels than the rig needs, or a model or preset cannot be used.
    """

    def __init__(self, rig: Rig, take: Take, block: int = 64) -> None:
        self.take = rig_channels(take, rig)
        self.samples = len(take.audio) + round((LONGEST_TAIL_S + rig.effects_ring_s) * take.sample_rate)
        self._block, self._peak = block, 0.0
        chain = build_chain(rig, take.sample_rate, rig_mappings(rig))
        self._engine = chain.engine
        self._engine.end = len(take.audio)
        self._engine.begin(self.take.audio[: round(BEGINNING_S * take.sample_rate)])
        self._tape = Transcript()
        self._targets = open_targets(rig, self._tape)
        routes = routes_of(rig, chain.mappings, self._targets, str(take.path))
        self._time_of = stream_time(take.sample_rate)
        self._dispatcher = Dispatcher(routes, chain.mappings, self._time_of)
        self.spaces = {drum.mapping.key: drum.mapping.space for drum in chain.engine.drums}
        self.channels = {drum.mapping.key: drum.channel for drum in chain.engine.drums}
        self.outputs = chain.engine.mixer.channels
        self.voiced = any(drum.plays for drum in chain.engine.drums)
        self._unplayed = UnplayedStrokes(rig, chain.mappings)

    @property
    def unplayed(self) -> int:
        """Strokes so far that no play of their drum took."""
        return self._unplayed.count

    @property
    def non_finite(self) -> int:
        """Input samples so far that were no finite numbers."""
        return self._engine.analyzer.non_finite

    @property
    def output_peak(self) -> float:
        """Highest level of the outputs so far, linear, before what is too loud is bent."""
        self._peak = max(self._peak, *self._engine.mixer.take_peaks())
        return self._peak

    @property
    def clipped(self) -> int:
        """Output samples so far that were beyond full scale."""
        return self._engine.mixer.clipped

    def steps(self, progress: Progress | None = None) -> Iterator[Step]:
        """Play the take, once; ``progress`` hears now and then the share that is done, 0..1."""
        length = self._block * max(1, STEP_SAMPLES // self._block)
        try:
            for first in range(0, self.samples, length):
                yield self._step(first, min(length, self.samples - first))
                if progress:
                    progress(first / self.samples)
        finally:
            close_targets(self._targets)
        nothing = np.zeros((0, 1), np.float32)
        yield Step(nothing, np.zeros((0, self.outputs), np.float32), [], self._sent_before(float("inf")))

    def _step(self, first: int, count: int) -> Step:
        heard = np.zeros((count, self.take.channels), np.float32)
        there = self.take.audio[first : first + count]
        heard[: len(there)] = there
        synth = np.zeros((count, self.outputs), np.float32)
        strikes: list[Strike] = []
        for start in range(0, count, self._block):
            stop = start + self._block
            self._engine.process(heard[start:stop], synth[start:stop])
            while not self._engine.outbox.empty():
                event: Event = self._engine.outbox.get_nowait()
                self._dispatcher.add(event)
                self._unplayed.note(event)
                if isinstance(event, Strike):
                    strikes.append(event)
        # Whatever is heard later is known later: nothing that leaves before this moment is missing.
        now_s = self._time_of(first + count)
        for target in self._targets.values():
            target.pass_time(now_s)
        return Step(heard, synth, strikes, self._sent_before(now_s))

    def _sent_before(self, end_s: float) -> list[TranscriptEntry]:
        """Take the messages that left before a moment off the tape, in the order of time."""
        self._tape.sort(key=_TIME)
        count = bisect_left(self._tape, end_s, key=_TIME)
        sent = self._tape[:count]
        del self._tape[:count]
        return sent


@dataclass(frozen=True, slots=True)
class Played:
    """What a take played.

    Parameters
    ----------
    recording : Take
        The input.
    strikes : tuple of Strike
        In the order in which they were ready.
    spaces : dict of PlayKey to ParamSpace
        Parameter space of each mapping that is played.
    channels : dict of PlayKey to int
        Input channel of each, from 0.
    synth : (n,) or (n, outputs) float32
        The built-in voices' mix, within -1..1; as long as the recording and its tail. One column for each channel of
        the rig's output, unless all of them carry the same. In memory, or in the file that it was written to.
    sent : mapping of str to int
        How many messages each other target sent.
    voiced : bool
        Whether any drum plays a built-in voice; if none does, ``synth`` is silence.
    peak : float
        Largest size of a sample of ``synth``.
    non_finite : int
        Input samples that were no finite numbers.
    tape : tuple of TranscriptEntry
        Every message of every other target, in time order; empty where they went into a file.
    output_peak : float
        Highest level of the outputs, linear, before what is too loud is bent.
    clipped : int
        Output samples beyond full scale.
    unplayed : int
        Strokes that no play of their drum took.
    """

    recording: Take
    strikes: tuple[Strike, ...]
    spaces: dict[PlayKey, ParamSpace]
    channels: dict[PlayKey, int]
    synth: Audio
    sent: Mapping[str, int]
    voiced: bool
    peak: float
    non_finite: int
    tape: tuple[TranscriptEntry, ...] = ()
    output_peak: float = 0.0
    clipped: int = 0
    unplayed: int = 0

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The strokes, each once, however many strikes it made."""
        return tuple({strike.hit.number: strike.hit for strike in self.strikes}.values())


@dataclass(frozen=True, slots=True)
class Performance(Played):
    """What a take played, all in memory."""

    synth: NDArray[np.float32]


def perform(rig: Rig, recording: Take, block: int = 64, progress: Progress | None = None) -> Performance:
    """Play a recording through a rig and keep all that it plays in memory; see `Playback`."""
    playback = Playback(rig, recording, block)
    steps = list(playback.steps(progress))
    synth = np.concatenate([step.synth for step in steps])
    # What rings after the recording is kept.
    synth = synth[: max(len(recording.audio), rung(synth))]
    tape = tuple(entry for step in steps for entry in step.sent)
    return Performance(
        recording=recording,
        strikes=tuple(strike for step in steps for strike in step.strikes),
        spaces=playback.spaces,
        channels=playback.channels,
        synth=synth[:, 0] if playback.outputs == 1 else synth,
        sent=Counter(entry.target for entry in tape),
        voiced=playback.voiced,
        peak=float(np.abs(synth).max(initial=0.0)),
        non_finite=playback.non_finite,
        tape=tape,
        output_peak=playback.output_peak,
        clipped=playback.clipped,
        unplayed=playback.unplayed,
    )


def rung(synth: NDArray[np.float32]) -> int:
    """Return the number of samples up to the last that is no silence."""
    return 1 + int(np.flatnonzero(synth.any(axis=1)).max(initial=-1))
