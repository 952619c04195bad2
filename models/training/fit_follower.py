"""Find the constants of `models.mapping.follower` from strokes and from the voice itself: no training loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.mapping.follower import Following, drum_terms
from models.training.instruments import VOICE, Maker
from models.training.objective import Target
from models.training.strokes import Strokes
from synth.voices.presets import Patch

Array = NDArray[np.float64]

HIDDEN = 96
SAMPLED_PATCHES = 1536
RIDGE = 1e-3
FRAME_S = 0.010
FLOOR_DB = -70.0


def fit_following(
    strokes: Strokes,
    relative: Array,
    reference: int,
    modulation: Array,
    patch: Patch,
    seed: int = 0,
    made: Maker = VOICE,
) -> Following:
    """Return the constants of the direct layer.

    Parameters
    ----------
    strokes : Strokes
        Training strokes.
    relative : (n, features) float64
        Their scaled features relative to the reference stroke.
    reference : int
        Row of the reference stroke among them.
    modulation : (n, params) float64
        What the mapping does with them: the voice is calibrated where it will be played.
    patch : Patch
    seed : int
        Of the sampled patches.
    made : Maker
        What tells the loudness of a patch; by default the voice.
    """
    loudness = strokes.loudness_db()
    decay = decay_octaves(strokes)
    voice = _fit_voice(modulation, patch, strokes.sample_rate, seed, made)
    terms = drum_terms(relative)
    return Following(_ridge(terms, loudness - loudness[reference]), _ridge(terms, decay - decay[reference]), *voice)


def decay_octaves(strokes: Strokes) -> Array:
    """Return log2 of the amplitude-weighted mean time, in s, of each stroke until the next one or silence, (n,)."""
    frame = round(FRAME_S * strokes.sample_rate)
    count = strokes.audio.shape[1] // frame
    # Row by row: the squares of all strokes at once would take twice the memory of their audio.
    power = np.array(
        [np.square(row[: count * frame], dtype=np.float64).reshape(count, frame).mean(-1) for row in strokes.audio]
    )
    inside = (np.arange(1, count + 1) * frame <= strokes.ends[:, None]) & (power > 10.0 ** (FLOOR_DB / 10.0))
    inside[:, 0] = True
    amplitude = np.sqrt(power) * inside
    times = (np.arange(count) + 0.5) * FRAME_S
    return np.asarray(np.log2((amplitude @ times + 1e-9) / (amplitude.sum(-1) + 1e-9)))


def _fit_voice(
    modulation: Array, patch: Patch, sample_rate: int, seed: int, made: Maker
) -> tuple[Array, Array, Array, float]:
    """Return the constants of `Following` that tell the voice's loudness, in its order.

    They are fitted over random patches around those that the mapping plays: random hidden units, linear output.

    Solving one linear system replaces a training run; 96 units are within about a decibel, and cost a stroke a few
    microseconds.
    """
    rng = np.random.default_rng(seed)
    target = Target(patch)
    start, depths = target.unit.numpy(), target.depths.numpy()
    played = modulation[rng.integers(len(modulation), size=SAMPLED_PATCHES)] * rng.uniform(0, 1.5, (SAMPLED_PATCHES, 1))
    spread = rng.standard_normal(played.shape) * rng.choice([0.05, 0.2, 0.5], (SAMPLED_PATCHES, 1))
    unit = np.clip(start + depths * (played + spread), 0.0, 1.0)
    unit[0] = start
    loudness = made.loudness_db(unit, patch, sample_rate)
    weight = rng.standard_normal((HIDDEN, len(start))) * 1.5
    bias = -weight @ start + rng.standard_normal(HIDDEN)
    hidden = np.tanh(unit @ weight.T + bias)
    mean = hidden.mean(0)
    out = _ridge(hidden - mean, loudness - loudness.mean())
    return weight, bias, out, float(np.tanh(weight @ start + bias) @ out)


def _ridge(terms: Array, wanted: Array) -> Array:
    scale = np.sqrt(np.square(terms).mean(0)) + 1e-9
    scaled = terms / scale
    square = scaled.T @ scaled + RIDGE * len(terms) * np.eye(terms.shape[1])
    return np.asarray(np.linalg.solve(square, scaled.T @ wanted) / scale)
