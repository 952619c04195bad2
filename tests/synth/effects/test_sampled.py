"""The frequency-sampled effects are what others use: near ours where theirs can be."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs torch; pip install 'ghostnote[train]'")

from synth.effects.differentiable import processed  # noqa: E402
from synth.effects.registry import effect_kind  # noqa: E402
from synth.effects.sampled import SAMPLED, sampled_compressor, sampled_eq  # noqa: E402
from tests.synth.effects.sounds import bursts, some_values  # noqa: E402


def test_an_equaliser_that_does_not_ring_long_is_the_same() -> None:
    kind = effect_kind("eq")
    values = torch.from_numpy(some_values(kind, 4))
    audio = torch.from_numpy(np.vstack([bursts(24_000, channels=1, seed=seed) for seed in range(4)]))
    np.testing.assert_allclose(
        sampled_eq(values, audio, 48_000.0), processed(kind.effect, values, audio, 48_000.0), atol=1e-4
    )


def test_a_compressor_is_the_same_where_only_the_attack_matters() -> None:
    kind = effect_kind("compressor")
    values = torch.from_numpy(some_values(kind, 4))
    values[:, 3] = values[:, 2].clamp(min=5.0)
    values[:, 2] = values[:, 3]
    level = torch.linspace(0.01, 0.5, 4, dtype=torch.float64)[:, None].expand(4, 24_000)
    np.testing.assert_allclose(
        sampled_compressor(values, level, 48_000.0), processed(kind.effect, values, level, 48_000.0), rtol=2e-3
    )


@pytest.mark.parametrize(("name", "least"), [("eq", 0.999), ("compressor", 0.5)])
def test_its_gradient_goes_the_same_way_mostly(name: str, least: float) -> None:
    kind, audio = effect_kind(name), torch.from_numpy(bursts(24_000, channels=1))
    wanted = torch.from_numpy(np.random.default_rng(0).normal(size=audio.shape))
    spans = np.array([param.high - param.low for param in kind.space])
    slopes = []
    for exact in (True, False):
        values = torch.from_numpy(some_values(kind, 1, seed=4)).requires_grad_()
        out = processed(kind.effect, values, audio, 48_000.0) if exact else SAMPLED[name](values, audio, 48_000.0)
        (out * wanted).sum().backward()
        slopes.append(np.asarray(values.grad[0].numpy() * spans))
    assert slopes[0] @ slopes[1] > least * np.linalg.norm(slopes[0]) * np.linalg.norm(slopes[1])
