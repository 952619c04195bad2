"""A set of figures can be called with audio, by itself: `ReferenceFeatures(48_000)(audio)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.features.hit import HearingFeatures, ReferenceFeatures
from models.training.loss_kinds import LOSSES
from models.training.losses import DrumDifferences
from tests.models.signals import drum_strokes

Maker = Callable[[int], HearingFeatures | ReferenceFeatures]
STROKES = drum_strokes(4)


def test_a_set_gives_the_features_whose_differences_a_loss_compares() -> None:
    whole = replace(STROKES, ends=np.full(4, STROKES.audio.shape[1]))
    figures = ReferenceFeatures(STROKES.sample_rate)(whole.audio, whole.ends)
    wanted = DrumDifferences(whole, 1, LOSSES["reference"], np.arange(4)).wanted
    assert torch.allclose(wanted, figures - figures[1], atol=1e-4)


@pytest.mark.parametrize("maker", [ReferenceFeatures, HearingFeatures])
def test_audio_may_be_an_array_of_any_length_and_carries_gradients(maker: Maker) -> None:
    made = maker(48_000)
    short = made(STROKES.audio[:, :20_000])
    padded = np.pad(STROKES.audio[:, :20_000], ((0, 0), (0, 60_000)))
    assert torch.equal(short, made(torch.as_tensor(padded)))
    sound = torch.as_tensor(STROKES.audio.copy(), dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(made(sound).sum(), sound)
    assert slope.any()
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize(
    ("audio", "ends", "words"),
    [
        (np.zeros(5), None, r"audio is \(5,\) of float64; needed is \(strokes, samples\) of floats"),
        (np.zeros((2, 5), np.int64), None, r"audio is \(2, 5\) of int64"),
        (np.zeros((2, 5)), [1], r"ends is \(1,\); needed is \(2,\), one for each stroke"),
    ],
)
def test_another_shape_is_named(audio: NDArray[np.floating], ends: list[int] | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ReferenceFeatures(48_000)(audio, ends)
