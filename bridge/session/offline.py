"""The chain over files: the same engine, fed block by block, with every target recorded and none opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Recording, rig_channels
from bridge.ear.beginning import BEGINNING_S
from bridge.engine.build import build_chain
from bridge.events import Hit, Onset, PlayKey, Strike, Transcript, TranscriptEntry
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import Rig
from bridge.targets.dispatch import Dispatcher, close_targets, open_targets, routes_of, stream_time
from synth.spec import ParamSpace

LONGEST_TAIL_S = 4.0
"""Silence after the file in which voices ring out; the longest legal decay reaches -80 dB in 2.7 s."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Performance:
    """What a recording played.

    Parameters
    ----------
    recording : Recording
        The input.
    strikes : tuple of Strike
        In the order in which they were ready.
    spaces : dict of PlayKey to ParamSpace
        Parameter space of each mapping that is played.
    channels : dict of PlayKey to int
        Input channel of each, from 0.
    synth : (n,) or (n, outputs) float32
        The built-in voices' mix, within -1..1; as long as the recording and its tail. One column for each channel of
        the rig's output, unless all of them carry the same.
    tape : tuple of TranscriptEntry
        Every message of every other target, in time order.
    voiced : bool
        Whether any drum plays a built-in voice; if none does, ``synth`` is silence.
    non_finite : int
        Input samples that were no finite numbers.
    """

    recording: Recording
    strikes: tuple[Strike, ...]
    spaces: dict[PlayKey, ParamSpace]
    channels: dict[PlayKey, int]
    synth: NDArray[np.float32]
    tape: tuple[TranscriptEntry, ...]
    voiced: bool
    non_finite: int

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The strokes, each once, however many strikes it made."""
        return tuple({strike.hit.number: strike.hit for strike in self.strikes}.values())


def perform(rig: Rig, recording: Recording, block: int = 64, progress: Progress | None = None) -> Performance:
    """Play a recording through a rig.

    Parameters
    ----------
    rig : Rig
        Its device settings are not used; the recording's rate is.
    recording : Recording
        At least as many channels as the rig's drums.
    block : int
        Frames a step; the result does not depend on it, to the bit.
    progress : callable, optional
        Called now and then with the share that is done, 0..1.

    Raises
    ------
    InputError
        The recording has fewer channels than the rig needs, or a model or preset cannot be used.
    """
    tail = round(LONGEST_TAIL_S * recording.sample_rate)
    audio = np.pad(rig_channels(recording, rig).audio, ((0, tail), (0, 0)))
    chain = build_chain(rig, recording.sample_rate, rig_mappings(rig))
    engine, tape = chain.engine, Transcript()
    targets = open_targets(rig, tape)
    routes = routes_of(rig, chain.mappings, targets, str(recording.path))
    dispatcher = Dispatcher(routes, chain.mappings, stream_time(recording.sample_rate))
    engine.end = len(recording.audio)
    engine.begin(audio[: round(BEGINNING_S * recording.sample_rate)])
    synth = np.zeros((len(audio), engine.mixer.channels), dtype=np.float32)
    strikes: list[Strike] = []
    for start in range(0, len(audio), block):
        stop = min(start + block, len(audio))
        engine.process(audio[start:stop], synth[start:stop])
        while not engine.outbox.empty():
            event: Onset | Strike = engine.outbox.get_nowait()
            dispatcher.add(event)
            if isinstance(event, Strike):
                strikes.append(event)
        if progress and (start // block) % 256 == 0:
            progress(start / len(audio))
    close_targets(targets)
    # What rings after the recording is kept.
    length = max(len(recording.audio), 1 + int(np.flatnonzero(synth.any(axis=1)).max(initial=-1)))
    return Performance(
        recording=recording,
        strikes=tuple(strikes),
        spaces={drum.mapping.key: drum.mapping.space for drum in engine.drums},
        channels={drum.mapping.key: drum.channel for drum in engine.drums},
        synth=synth[:length, 0] if engine.mixer.channels == 1 else synth[:length],
        tape=tuple(sorted(tape, key=attrgetter("time_s"))),
        voiced=any(drum.plays for drum in engine.drums),
        non_finite=engine.analyzer.non_finite,
    )
