"""The slopes of every voice are those of its sound, and learning can start from anywhere in its table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from synth.voices.registry import VoiceKind
from tests.synth.voices.kinds import KINDS, Array, circuit_of, corners, learned, noise, presets, random

RATE = 44_100
SAMPLES = 2500
STEP = 2e-6
"""Of a parameter's range."""


def weights(samples: int) -> Array:
    """Return what makes a sum of every sample with a share of its own."""
    return np.asarray(np.random.default_rng(0).standard_normal(samples))


def slopes(
    kind: VoiceKind, values: Array, shares: Array, rate: int = RATE, dtype: torch.dtype = torch.float64
) -> Array:
    """Return the gradient of the sum of each stroke's samples times their shares."""
    asked = torch.tensor(values, dtype=dtype, requires_grad=True)
    sound = kind.learnable().render(asked, noise(0, 0, shares.shape[-1]).to(dtype), rate, shares.shape[-1])
    total = (sound * torch.from_numpy(shares).to(dtype)).sum()
    return np.asarray(torch.autograd.grad(total, asked)[0].double().numpy())


def corners_in_time(kind: VoiceKind, values: Array) -> Array:
    """Return (strokes, n): the samples at which a part or partial ends, or an exponential begins to rise or to fall."""
    circuit = circuit_of(kind)
    record = circuit.coefficients_of(values, RATE).view(circuit.wiring.coefficients())[:, 0]
    found = [record["stroke"]["end"]]
    for part in (record[name] for name in record.dtype.names or ()):
        names = part.dtype.names or ()
        found += [part["until"]] if "until" in names else []
        found += [*part["last"].T] if "last" in names else []
        if "delay" in names:
            found += [*part["delay"].T, *(part["delay"] + part["attack"] - 1.0).T]
    return np.asarray(np.ceil(found)).T


def before_a_step_crosses_a_corner(kind: VoiceKind, shifted: Array) -> NDArray[np.bool_]:
    """Return (strokes, samples): what comes before the first sample at which slopes differ before and after a step.

    ``shifted`` is (strokes, steps, values).
    """
    strokes, steps, count = shifted.shape
    at = corners_in_time(kind, shifted.reshape(-1, count)).reshape(strokes, steps, -1)
    crossed = at.min(axis=1) != at.max(axis=1)
    first = np.where(crossed, at.min(axis=1), np.inf).min(axis=1)
    return np.asarray(np.arange(SAMPLES) < first[:, None])


@KINDS
def test_slopes_are_those_of_the_sound(kind: VoiceKind) -> None:
    space = kind.space
    unit = np.concatenate([np.random.default_rng(1).random((12, len(space))), space.to_unit(presets(kind))[:4]])
    # Four steps for each value: the slope of the quartic through them.
    steps = np.array([[far * STEP * way for way in np.eye(len(space))] for far in (1, -1, 2, -2)]).reshape(
        -1, len(space)
    )
    shifted = np.asarray(space.from_unit(unit[:, None, :] + steps))
    shares = weights(SAMPLES) * before_a_step_crosses_a_corner(kind, shifted)
    assert np.median(np.count_nonzero(shares, axis=1)) > 400
    sounds = learned(kind, shifted.reshape(-1, len(space)), RATE, SAMPLES).reshape(len(unit), 4, len(space), SAMPLES)
    up, down, far_up, far_down = np.einsum("ijkl,il->jik", sounds, shares)
    numeric = (8.0 * (up - down) - (far_up - far_down)) / (12.0 * STEP)
    values = np.asarray(space.from_unit(unit))
    by_unit = (shifted[:, : len(space)] - shifted[:, len(space) : 2 * len(space)])[
        :, range(len(space)), range(len(space))
    ]
    analytic = slopes(kind, values, shares) * by_unit / (2.0 * STEP)
    np.testing.assert_allclose(analytic, numeric, rtol=1e-4, atol=1e-5)


@KINDS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_slopes_are_finite_everywhere_in_the_table(kind: VoiceKind, dtype: torch.dtype) -> None:
    values = np.concatenate([presets(kind), random(kind, 256, 8), corners(kind, 256, 9)])
    assert np.isfinite(slopes(kind, values, weights(SAMPLES), dtype=dtype)).all()


@KINDS
@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_slopes_are_finite_to_the_last_sample(kind: VoiceKind, rate: int) -> None:
    values = np.concatenate([random(kind, 6, 10), corners(kind, 32, 11)])
    assert np.isfinite(slopes(kind, values, weights(2 * rate), rate)).all()


@KINDS
def test_every_parameter_moves_the_sound_somewhere(kind: VoiceKind) -> None:
    found = slopes(kind, random(kind, 64, 12), weights(RATE))
    assert (found != 0).any(axis=0).all(), np.array(kind.space.names)[(found == 0).all(axis=0)]


@KINDS
def test_float32_slopes_follow_float64(kind: VoiceKind) -> None:
    values, shares = presets(kind), weights(SAMPLES)
    single, double = slopes(kind, values, shares, dtype=torch.float32), slopes(kind, values, shares)
    assert (np.abs(single - double) <= 0.01 * np.abs(double).mean(axis=0) + 1e-9).all()


@KINDS
def test_backward_twice_gives_the_same(kind: VoiceKind) -> None:
    values, render = torch.tensor(presets(kind), requires_grad=True), kind.learnable().render
    sound = render(values, noise(0, 0, 4000), 48_000, 4000).square().sum()
    first = torch.autograd.grad(sound, values, retain_graph=True)[0]
    render(values, noise(0, 0, 4000), 48_000, 4000)
    assert torch.equal(first, torch.autograd.grad(sound, values)[0])
