"""Teach an ear what its drum sounds like among leaks, from the drum heard alone: part of ``ghostnote calibrate``.

A small network for the drum's microphone, trained in numpy in seconds on grooves in which the drum's own strokes are
played among the leaks of our drummer's drums. Its numbers are the rig's ``timbre`` list, layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.bands import HOPS_PER_S, RING, VERDICT_HOPS
from bridge.ear.detector import band_energies, energies_around
from bridge.ear.leaks import TIMBRE_FEATURES, TIMBRE_STATE, timbre_features
from bridge.ear.listen import hear_strokes
from bridge.ear.score import match
from bridge.events import Hit
from bridge.rig.detector import TIMBRE_SHAPE, DetectorSettings
from synth.drummer.augment import imagined

FEWEST = 24
"""Fewer strokes do not tell what a drum sounds like."""

STRICTNESS = (0.4, 0.0, -0.4, -0.8)
"""How surely a stroke must sound like the drum, in logits: the first that `LEAST_KEPT` of its own strokes fulfil."""

LEAST_KEPT = 0.85
"""What is dropped may be right to go: of a dead drum, one stroke in ten was an echo."""

IMAGINED, IMAGINED_S = 12, 45.0
"""Grooves among leaks that the drum is imagined in, and their length. Half as many: F1 on leaks falls by 0.015."""

STEPS, BATCH, LEARNING_RATE, DECAY = 6000, 64, 4e-3, 0.3
FARTHEST = 5.0
"""Inputs are clipped so many standard deviations away while learning."""

_HEAR_ALL = -30.0

Audio = NDArray[np.float32]
Floats = NDArray[np.float64]


def learned_timbre(
    alone: Audio, sample_rate: int, hits: Sequence[Hit], progress: Callable[[float], object] = lambda share: None
) -> tuple[tuple[float, ...], float] | None:
    """Return (``timbre``, ``leak_rejection``) for a drum, or None where too little was heard or nothing suits it.

    Parameters
    ----------
    alone : (samples,) float32
        The drum, nothing else, with the gain that it will have.
    sample_rate : int
        Hz.
    hits : sequence of Hit
        Its strokes.
    progress : callable, optional
        Hears the share that is done, 0..1.
    """
    if len(hits) < FEWEST:
        return None
    onsets = [hit.onset for hit in hits]
    grooves = (imagined(alone, onsets, sample_rate, seed, IMAGINED_S) for seed in range(IMAGINED))
    examples = []
    for done, (audio, true_s) in enumerate(grooves, 1):
        examples.append(timbre_examples(audio, sample_rate, true_s, learned=True))
        progress(0.8 * done / IMAGINED)
    timbre = fit_timbre(np.concatenate([rows for rows, _ in examples]), np.concatenate([own for _, own in examples]))
    for strict in STRICTNESS:
        settings = DetectorSettings(timbre=timbre, leak_rejection=strict)
        kept = hear_strokes(Analyzer(sample_rate, [ChannelSettings(settings)]), alone[:, None])
        if len(kept) >= LEAST_KEPT * len(hits):
            return timbre, strict
    return None


def timbre_examples(
    audio: Audio, sample_rate: int, true_s: Sequence[float], learned: bool
) -> tuple[Audio, NDArray[np.bool_]]:
    """Return (strokes, features) of the timbre of every stroke heard in a drum's microphone, and which are the drum's.

    Parameters
    ----------
    audio : (samples,) float32
        The drum among leaks.
    sample_rate : int
        Hz.
    true_s : sequence of float
        When the drum itself is struck.
    learned : bool
        As for `timbre_features`.
    """
    analyzer = Analyzer(sample_rate, [ChannelSettings(DetectorSettings(leak_rejection=_HEAR_ALL))])
    onsets = [hit.onset for hit in hear_strokes(analyzer, audio[:, None])]
    own = np.zeros(len(onsets), bool)
    own[[event for event, _ in match([onset / sample_rate for onset in onsets], true_s)]] = True
    energies, known = band_energies(audio, sample_rate), np.zeros(TIMBRE_STATE)
    rows = np.zeros((len(onsets), TIMBRE_FEATURES), np.float32)
    for row, onset in zip(rows, onsets, strict=True):
        near = energies_around(energies, onset * HOPS_PER_S // sample_rate)
        timbre_features(near, RING // 2, RING // 2 + VERDICT_HOPS, known, learned, row)
    return rows, own


def fit_timbre(rows: NDArray[np.float32], own: NDArray[np.bool_], seed: int = 0) -> tuple[float, ...]:
    """Return the network that tells a drum's own strokes from leaks."""
    rng = np.random.default_rng(seed)
    offset, scale = rows.mean(0).astype(np.float64), np.maximum(rows.std(0).astype(np.float64), 0.05)
    x, y = np.clip((rows - offset) / scale, -FARTHEST, FARTHEST), own.astype(np.float64)[:, None]
    layers: list[Floats] = []
    for inputs, units in pairwise(TIMBRE_SHAPE):
        layers += [rng.standard_normal((inputs, units)) * np.sqrt(2.0 / inputs), np.zeros(units)]
    moments = [(np.zeros_like(one), np.zeros_like(one)) for one in layers]
    for step in range(1, STEPS + 1):
        chosen = rng.integers(len(x), size=BATCH)
        rate = LEARNING_RATE * (1.0 - step / (STEPS + 1))
        for one, gradient, moment in zip(layers, _gradients(layers, x[chosen], y[chosen]), moments, strict=True):
            _adam(one, gradient, moment, step, rate)
    # What scales the inputs is folded into the first layer, so that the kernel need not know it.
    layers[0] = layers[0] / scale[:, None]
    layers[1] = layers[1] - offset @ layers[0]
    return tuple(round(float(value), 4) for one in layers for value in one.ravel())


def _gradients(layers: list[Floats], x: Floats, y: Floats) -> list[Floats]:
    """Return the gradient of the mean cross-entropy, layer by layer."""
    first, first_offset, second, second_offset, last, last_offset = layers
    wide = np.maximum(x @ first + first_offset, 0.0)
    narrow = np.maximum(wide @ second + second_offset, 0.0)
    error = (1.0 / (1.0 + np.exp(-(narrow @ last + last_offset))) - y) / len(x)
    back = error @ last.T * (narrow > 0)
    further = back @ second.T * (wide > 0)
    return [x.T @ further, further.sum(0), wide.T @ back, back.sum(0), narrow.T @ error, error.sum(0)]


def _adam(weights: Floats, gradient: Floats, moment: tuple[Floats, Floats], step: int, rate: float) -> None:
    """Take one step of Adam with weight decay, in place."""
    mean, square = moment
    mean += 0.1 * (gradient - mean)
    square += 0.001 * (gradient**2 - square)
    weights -= rate * (mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8) + DECAY * weights)
