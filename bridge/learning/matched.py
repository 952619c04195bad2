"""A voice that was fitted to a hit, as its files and pictures show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.learning.one_shot import OneShot
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
