"""A run that diverges is noticed, and one that learns or wavers is not."""

from __future__ import annotations

import numpy as np

from models.devices.guard import Guard


def test_a_loss_that_falls_with_noise_is_no_divergence() -> None:
    rng, guard = np.random.default_rng(0), Guard(window=20)
    losses = 4.0 * np.exp(-np.arange(400) / 100.0) + 1.0 + 0.3 * rng.standard_normal(400)
    assert not any(guard.diverges(loss) for loss in losses)


def test_a_loss_that_rises_and_stays_is_divergence() -> None:
    guard = Guard(window=20)
    found = [guard.diverges(loss) for loss in [2.0] * 40 + [4.0] * 40]
    assert not any(found[:40])
    assert found[60]


def test_what_is_no_number_is_divergence_at_once() -> None:
    assert Guard().diverges(float("nan"))
