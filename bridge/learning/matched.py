"""A voice or a synth that was fitted to a hit, as its files and pictures show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.learning.one_shot import OneShot
from bridge.sampling.synth import SampledSynth
from synth.spec import ParamSpace


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """What a job gave.

    Parameters
    ----------
    sound : OneShot
    space : ParamSpace
        Of the voice.
    values : (n,) float64
        Real units, as the preset has them.
    before_db, after_db : float
        How far the voice's default and the preset are from the sound.
    pitch_hz, matched_hz : float or None
        Of the sound and of the preset, where one stands out.
    cannot : tuple of str
        What the voice cannot do of the sound.
    before, after : (samples,) float32
        How the default and the preset sound, at `RATE_HZ`.
    """

    sound: OneShot
    space: ParamSpace
    values: NDArray[np.float64]
    before_db: float
    after_db: float
    pitch_hz: float | None
    matched_hz: float | None
    cannot: tuple[str, ...]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class SynthMatch:
    """Settings of a synth that is not ours.

    Parameters
    ----------
    sound : OneShot
    synth : SampledSynth
    retrieved_unit, unit : (columns,) float64
        The nearest recorded setting or preset, and the one that was found, 0..1.
    retrieved_db, refined_db : float
        How far what they play is from the sound at any level: log-mel, mean difference. They are not what the search
        goes by where the embedding knows more than levels.
    course : tuple of float
        The distance, as the proxy's embedding has it, of what was looked up, then of the nearest after each render.
    gain_db : float
        By how much what was found is louder than the recording.
    wanted : (samples,) float32
        The sound at `RATE_HZ`, as long as a take.
    retrieved, refined : (samples,) float32
        What the settings play.
    rate_hz : int
        Of these.
    """

    sound: OneShot
    synth: SampledSynth
    retrieved_unit: NDArray[np.float64]
    unit: NDArray[np.float64]
    retrieved_db: float
    refined_db: float
    course: tuple[float, ...]
    gain_db: float
    wanted: NDArray[np.float32]
    retrieved: NDArray[np.float32]
    refined: NDArray[np.float32]
    rate_hz: int
