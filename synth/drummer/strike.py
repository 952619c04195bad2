"""Physical-style drums: one stroke of a stick on a head or a cymbal, as pressure at a close microphone.

Nothing here is recorded. ``strike(find_drum("ringing"), 0.2, 0.8, "hit", 48_000, rng)`` is one stroke;
`synth.drummer.perform` plays takes of them.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth.drummer.cymbal import struck_cymbal
from synth.drummer.drums import Drum
from synth.drummer.membrane import struck_membrane
from synth.drummer.resonance import Touch
from synth.dsp.levels import gain

Technique = Literal["hit", "rimshot", "open", "closed", "foot"]

RANGE_DB = 50.0
"""Velocity 0..1 is linear in dB over this range; 1 peaks at full scale."""

_AUDIBLE = 1e-3
_FADE_S = 0.25


def strike(
    drum: Drum, position: float, velocity: float, technique: Technique, sample_rate: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the sound of one stroke; it starts at sample 0.

    Parameters
    ----------
    drum : Drum
        What is struck.
    position : float
        0 centre, 1 rim (a cymbal: bell to edge).
    velocity : float
        The peak is ``10 ** ((velocity - 1) * RANGE_DB / 20)``; its 0..1 also shapes the sound.
    technique : {"hit", "rimshot", "open", "closed", "foot"}
        The last three are for a hi-hat.
    sample_rate : float
        Hz.
    rng : numpy.random.Generator
        The variation from stroke to stroke.

    Returns
    -------
    (n,) float64
        The first sample is the first above a thousandth of the peak; the last ones fade to nothing.
    """
    place, force = min(max(position, 0.0), 1.0), min(max(velocity, 0.0), 1.0)
    samples = int(drum.length_s * (0.4 + 0.6 * force) * sample_rate)
    hiss = np.random.default_rng(rng.integers(2**63))
    touch = Touch(place, force, technique, sample_rate, samples, rng, hiss)
    sound = struck_cymbal(drum, touch) if drum.cymbal else struck_membrane(drum, touch)
    fade = int(_FADE_S * sample_rate)
    sound[-fade:] *= np.linspace(1, 0, fade)
    size = np.abs(sound)
    peak = float(size.max())
    return sound[int(np.argmax(size > _AUDIBLE * peak)) :] * (gain((velocity - 1) * RANGE_DB) / peak)
