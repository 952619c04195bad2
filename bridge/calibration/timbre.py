"""What a drum sounds like among leaks, learned while `calibrate` hears it alone: a small network for its microphone.

Trained in numpy in seconds; its numbers are the rig's ``timbre`` list, in the order of `packed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import HOPS_PER_S, RING, VERDICT_HOPS
from bridge.ear.detector import band_energies
from bridge.ear.leaks import TIMBRE_FEATURES, TIMBRE_STATE, timbre_features
from bridge.rig.detector import TIMBRE_SHAPE

STEPS, BATCH, LEARNING_RATE, DECAY = 6000, 64, 4e-3, 0.3
FARTHEST = 5.0
"""Inputs are clipped so many standard deviations away while learning."""

Floats = NDArray[np.float64]


def timbre_rows(signal: NDArray[np.float32], sample_rate: int, onsets: Sequence[int]) -> NDArray[np.float32]:
    """Return what the detector hears of the timbre of each stroke: (strokes, features), as `timbre_features` says."""
    energies = np.pad(band_energies(signal, sample_rate), ((0, 0), (RING, RING)), mode="edge")
    rows = np.zeros((len(onsets), TIMBRE_FEATURES), np.float32)
    for row, onset in zip(rows, onsets, strict=True):
        first = onset * HOPS_PER_S // sample_rate + RING
        near = np.ascontiguousarray(energies[:, first - RING // 2 : first + RING // 2])
        timbre_features(near, RING // 2, RING // 2 + VERDICT_HOPS, np.zeros(TIMBRE_STATE), True, row)
    return rows


def fit_timbre(rows: NDArray[np.float32], own: NDArray[np.bool_], seed: int = 0) -> tuple[float, ...]:
    """Return the network, `packed`, that tells a drum's own strokes from leaks."""
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
