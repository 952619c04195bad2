"""An effect in a stream does what it does in learning, at any rate and block size, and its slopes are right."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs torch; pip install 'ghostnote[train]'")

from synth.effects.differentiable import processed  # noqa: E402
from synth.effects.registry import EffectKind  # noqa: E402
from synth.effects.running import RunningEffect  # noqa: E402
from tests.synth.effects.sounds import KINDS, RATES_HZ, Sound, bursts, corners, some_values, streamed  # noqa: E402

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def learned(kind: EffectKind, values: Sound, sound: Sound, rate_hz: float, key: Sound | None = None) -> Sound:
    keys = None if key is None else torch.from_numpy(key)[None]
    out = processed(kind.effect, torch.from_numpy(values)[None], torch.from_numpy(sound)[None], rate_hz, keys)
    return np.asarray(out[0].numpy())


@each_kind
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_stream_sounds_as_in_learning(kind: EffectKind, rate_hz: float) -> None:
    sound = bursts(int(0.4 * rate_hz), rate_hz=rate_hz)
    for values in (kind.space.defaults, *some_values(kind, 6), *corners(kind, 6)):
        expected = learned(kind, values, sound, rate_hz)
        heard = streamed(RunningEffect(kind.effect, values, rate_hz, 2), sound)
        np.testing.assert_allclose(heard, expected, rtol=0, atol=1e-6 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_chain_of_all_sounds_as_in_learning(rate_hz: float) -> None:
    sound = bursts(int(0.4 * rate_hz), rate_hz=rate_hz)
    for seed in range(3):
        expected, heard = sound, sound
        for kind in KINDS:
            values = some_values(kind, 1, seed)[0]
            expected = learned(kind, values, expected, rate_hz)
            heard = streamed(RunningEffect(kind.effect, values, rate_hz, 2), heard)
        np.testing.assert_allclose(heard, expected, rtol=0, atol=1e-6 * max(1.0, np.abs(expected).max()))


def test_a_key_is_heard_alike_by_both() -> None:
    kind = next(kind for kind in KINDS if kind.takes_key)
    sound, key = bursts(20_000, seed=3), bursts(20_000, channels=1, seed=4)[0]
    values = some_values(kind, 1)[0]
    expected = learned(kind, values, sound, 48_000.0, key)
    np.testing.assert_allclose(streamed(RunningEffect(kind.effect, values, 48_000.0, 2), sound, key=key), expected)
    assert not np.allclose(expected, learned(kind, values, sound, 48_000.0))


@each_kind
def test_no_bit_depends_on_how_a_stream_is_cut(kind: EffectKind) -> None:
    sound = bursts(24_000)
    sound[:, 14_000:20_000] = 0.0
    effect = RunningEffect(kind.effect, some_values(kind, 1)[0], 48_000.0, 2)
    heard = []
    for blocks in ((64,), (1,), (33, 7, 500), (4096,)):
        effect.reset()
        heard.append(streamed(effect, sound, blocks))
    assert all(np.array_equal(heard[0], other) for other in heard[1:])


@each_kind
@pytest.mark.parametrize("channels", [1, 2])
def test_slopes_are_those_of_finite_differences(kind: EffectKind, channels: int) -> None:
    rate_hz, rng = 48_000.0, np.random.default_rng(5)
    sound, wanted = bursts(6000, channels), torch.from_numpy(rng.normal(size=(channels, 6000)))
    for values in some_values(kind, 4, seed=6):
        leaf = torch.from_numpy(values[None].copy()).requires_grad_()
        (processed(kind.effect, leaf, torch.from_numpy(sound)[None], rate_hz)[0] * wanted).sum().backward()
        for column, param in enumerate(kind.space):
            # A way that changes its length by whole samples has a corner there: the step stays far within one.
            step = 1e-7 * (param.high - param.low)
            sides = []
            for side in (-step, step):
                moved = values.copy()
                moved[column] += side
                sides.append(float((torch.from_numpy(learned(kind, moved, sound, rate_hz)) * wanted).sum()))
            slope, scale = (sides[1] - sides[0]) / (2.0 * step), param.high - param.low
            assert float(leaf.grad[0, column]) * scale == pytest.approx(slope * scale, rel=1e-3, abs=1e-4), param.name


@each_kind
def test_slopes_by_the_sound_are_those_of_finite_differences(kind: EffectKind) -> None:
    rate_hz, rng = 48_000.0, np.random.default_rng(7)
    values, sound = some_values(kind, 1, seed=8)[0], bursts(4000)
    leaf, wanted = torch.from_numpy(sound[None].copy()).requires_grad_(), torch.from_numpy(rng.normal(size=(2, 4000)))
    (processed(kind.effect, torch.from_numpy(values[None]), leaf, rate_hz)[0] * wanted).sum().backward()
    way = rng.normal(size=sound.shape)
    sides = [
        float((torch.from_numpy(learned(kind, values, sound + side * way, rate_hz)) * wanted).sum())
        for side in (-1e-6, 1e-6)
    ]
    assert float((leaf.grad[0] * torch.from_numpy(way)).sum()) == pytest.approx((sides[1] - sides[0]) / 2e-6, rel=1e-4)


def test_slopes_by_a_key_are_those_of_finite_differences() -> None:
    kind = next(kind for kind in KINDS if kind.takes_key)
    values, sound, key = some_values(kind, 1, seed=9)[0], bursts(4000), bursts(4000, channels=1, seed=10)[0]
    leaf = torch.from_numpy(key[None].copy()).requires_grad_()
    out = processed(kind.effect, torch.from_numpy(values[None]), torch.from_numpy(sound[None]), 48_000.0, leaf)
    out.sum().backward()  # type: ignore[no-untyped-call]
    way = np.random.default_rng(11).normal(size=key.shape)
    sides = [learned(kind, values, sound, 48_000.0, key + side * way).sum() for side in (-1e-6, 1e-6)]
    assert float((leaf.grad[0] * torch.from_numpy(way)).sum()) == pytest.approx((sides[1] - sides[0]) / 2e-6, rel=1e-4)


@each_kind
def test_what_learning_is_given_wrongly_is_refused(kind: EffectKind) -> None:
    values, audio = torch.from_numpy(kind.space.defaults)[None], torch.zeros(1, 2, 100)
    for bad in (values[:, 1:], values[0], values * torch.nan):
        with pytest.raises(ValueError, match="values"):
            processed(kind.effect, bad, audio, 48_000.0)
    with pytest.raises(ValueError, match="audio"):
        processed(kind.effect, values, torch.zeros(1, 3, 100), 48_000.0)
