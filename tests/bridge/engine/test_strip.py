"""A voice's way to the outputs: effects, gain, the drum itself, pan, and a mix for each output."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.inserts import Insert, Inserts
from bridge.engine.strip import Mixer, Strip, pan_gains, pan_sides
from synth.effects.registry import effect_kind
from synth.effects.running import RunningEffect
from synth.voices.polyphony import Polyphony
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808

RATE, BLOCK = 48_000, 256
SILENCE = np.zeros((BLOCK, 1), dtype=np.float32)


def insert(name: str, channels: int = 1, key_channel: int = -1, **values: float) -> Insert:
    """Return an effect of a chain."""
    kind = effect_kind(name)
    chosen = kind.space.defaults
    for param, value in values.items():
        chosen[kind.space.index(param)] = value
    return Insert(RunningEffect(kind.effect, chosen, RATE, channels), channels, key_channel)


def halving(channels: int = 1) -> Insert:
    """Return an effect that halves what it hears."""
    return insert("compressor", channels, ratio=1.0, makeup=20.0 * np.log10(0.5))


def chain(*inserts: Insert) -> Inserts:
    return Inserts(inserts, 1, BLOCK)


def voice() -> Polyphony:
    """Return a voice with a quiet stroke that starts now."""
    voice = CIRCUIT.voice(RATE)
    voice.trigger(SNARE808.defaults, 0, 0.1)
    return voice


def mixed(*strips: Strip, heard: NDArray[np.float32] = SILENCE) -> NDArray[np.float32]:
    mixer = Mixer(strips, BLOCK)
    out = np.full((len(heard), mixer.channels), np.nan, dtype=np.float32)
    mixer.process(heard, out)
    return out


@cache
def alone() -> NDArray[np.float32]:
    """Return the voice by itself; made when a test asks, so that no kernel is compiled to find the tests."""
    return mixed(Strip(voice()))


def test_effects_stand_before_the_gain_and_are_reset_with_the_voice() -> None:
    strip = Strip(voice(), inserts=chain(halving(), halving()), gain=2.0)
    np.testing.assert_allclose(mixed(strip), 0.5 * alone(), rtol=1e-6)
    strip.reset()
    assert strip.latency_samples == 0
    assert not mixed(strip).any()


def test_latencies_of_effects_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    strip = Strip(voice(), inserts=chain(halving(), halving()))
    monkeypatch.setattr(RunningEffect, "latency_samples", 3)
    assert strip.latency_samples == 6


def test_a_strip_that_rests_costs_no_mix() -> None:
    strip, sound = Strip(CIRCUIT.voice(RATE), inserts=chain(insert("eq"), insert("amp"))), np.ones((2, BLOCK))
    assert not strip.render(sound, BLOCK, SILENCE)
    assert not sound[0].any()


def test_a_room_rings_on_after_its_voice() -> None:
    strip = Strip(voice(), inserts=chain(insert("room", mix=1.0)))
    mixer, out = Mixer([strip], BLOCK), np.zeros((BLOCK, 1), dtype=np.float32)
    for _ in range(40):
        mixer.process(SILENCE, out)
    strip.voice.silence()
    for _ in range(40):
        mixer.process(SILENCE, out)
    assert np.abs(out).max() > 1e-5


def test_a_room_has_two_sides_which_the_outputs_of_a_pair_hear() -> None:
    strip = Strip(voice(), (1.0, 1.0, 0.0), chain(halving(), insert("room", 2, mix=0.5)), sides=pan_sides((0, 1), 3))
    mixer, out = Mixer([strip], BLOCK), np.zeros((BLOCK, 3), dtype=np.float32)
    for _ in range(10):
        mixer.process(SILENCE, out)
    assert np.abs(out[:, 0]).max() > 0.0
    assert not np.array_equal(out[:, 0], out[:, 1])
    assert not out[:, 2].any()


def test_a_compressor_is_turned_down_by_the_microphone_that_is_its_key() -> None:
    heard = np.full((BLOCK, 2), 1.0, dtype=np.float32)
    heard[:10, 1] = np.nan
    quiet = insert("compressor", key_channel=1, threshold=-40.0, ratio=20.0, knee=0.0, attack=0.1)
    out = mixed(Strip(voice(), inserts=chain(quiet)), heard=heard)
    assert np.isfinite(out).all()
    assert np.abs(out[BLOCK // 2 :]).max() < 0.05 * np.abs(alone()[BLOCK // 2 :]).max()


def test_the_bus_hears_the_sum_of_all_strips() -> None:
    strips = [Strip(voice(), (1.0, 1.0)), Strip(voice(), (0.5, 0.5))]
    mixer, out = (
        Mixer(strips, BLOCK, lambda channels, widest: (halving(channels),)),
        np.zeros((BLOCK, 2), dtype=np.float32),
    )
    mixer.process(SILENCE, out)
    assert mixer.channels == 1
    np.testing.assert_allclose(out, 0.75 * np.repeat(alone(), 2, axis=1), rtol=1e-6)


def test_panic_ends_what_rings_in_strips_and_in_the_sum() -> None:
    for strip, bus in ((insert("room"), ()), (halving(), (insert("room"),))):
        mixer = Mixer([Strip(voice(), inserts=chain(strip))], BLOCK, lambda *_, bus=bus: bus)
        out = np.zeros((BLOCK, 1), dtype=np.float32)
        mixer.process(SILENCE, out)
        mixer.silence()
        for _ in range(round(0.05 * RATE / BLOCK) + 1):
            mixer.process(SILENCE, out)
        assert not out.any()


def test_the_level_of_the_output_does_not_drive_the_bus() -> None:
    levels = []
    for gain in (1.0, 0.1):
        mixer = Mixer([Strip(voice())], BLOCK, lambda *_: (insert("compressor", threshold=-50.0, ratio=20.0),), gain)
        out = np.zeros((BLOCK, 1), dtype=np.float32)
        mixer.process(SILENCE, out)
        levels.append(out)
    np.testing.assert_allclose(levels[1], 0.1 * levels[0], rtol=1e-5)


def test_the_bus_links_each_pair_of_outputs() -> None:
    def bus(channels: int, widest: int) -> tuple[Insert, ...]:
        return (insert("compressor", channels, threshold=-50.0, ratio=20.0),)

    gains = np.array([1.0, 0.1, 0.1])
    mixer, out = Mixer([Strip(voice(), tuple(gains))], BLOCK, bus), np.zeros((BLOCK, 3), dtype=np.float32)
    mixer.process(SILENCE, out)
    np.testing.assert_allclose(out[:, 1], 0.1 * out[:, 0], rtol=1e-5, atol=1e-9)
    later = np.abs(out[BLOCK // 2 :]).max(axis=0)
    assert later[2] > 1.5 * later[1], "the third output has no pair"


def test_a_room_on_the_bus_gives_each_output_its_side() -> None:
    mixer = Mixer([Strip(voice(), (1.0, 1.0))], BLOCK, lambda channels, widest: (insert("room", widest, mix=0.5),))
    out = np.zeros((BLOCK, 2), dtype=np.float32)
    for _ in range(10):
        mixer.process(SILENCE, out)
    assert mixer.channels == 2
    assert not np.array_equal(out[:, 0], out[:, 1])


def test_the_drum_itself_joins_after_effects_and_gain_and_follows_the_pan() -> None:
    heard = np.full((BLOCK, 2), 0.2, dtype=np.float32)
    strip = Strip(voice(), (0.0, 1.0), chain(halving()), 0.0, dry_gain=0.5, dry_channels=(1,))
    np.testing.assert_allclose(mixed(strip, heard=heard), [[0.0, 0.1]] * BLOCK, rtol=1e-6)


def test_outputs_that_carry_the_same_share_one_mix_of_any_width() -> None:
    mixer, out = Mixer([Strip(voice(), (1.0, 1.0))], BLOCK), np.zeros((BLOCK, 5), dtype=np.float32)
    mixer.process(SILENCE, out)
    assert mixer.channels == 1
    np.testing.assert_array_equal(out, np.repeat(alone(), 5, axis=1))


def test_each_strip_reaches_its_outputs_alone() -> None:
    out = mixed(Strip(voice(), (0.5, 0.0, 0.0)), Strip(voice(), (0.0, 0.0, 1.0)))
    np.testing.assert_allclose(out, alone() * [0.5, 0.0, 1.0], rtol=1e-6)


def test_a_loud_output_is_bent_and_a_quiet_one_beside_it_is_not() -> None:
    heard = np.full((BLOCK, 1), 0.6, dtype=np.float32)
    strip = Strip(CIRCUIT.voice(RATE), (3.0, 1.0), dry_gain=1.0, dry_channels=(0,))
    loud, quiet = mixed(strip, heard=heard).T
    assert 0.9 < loud.max() < 1.0
    np.testing.assert_array_equal(quiet, heard[:, 0])


@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.8, 1.0])
def test_pan_keeps_the_power_of_a_pair(pan: float) -> None:
    left, right = pan_gains(pan, (), 2)
    assert left**2 + right**2 == pytest.approx(2.0)
    assert (left > right) == (pan < 0)


def test_without_a_strip_there_is_silence() -> None:
    assert not mixed().any()


def test_the_meter_tells_each_outputs_level_before_it_is_bent_and_what_was_beyond_full_scale() -> None:
    heard = np.full((BLOCK, 1), 0.5, dtype=np.float32)
    heard[:10] = 2.0
    strip = Strip(voice(), (0.25, 1.0), gain=0.0, dry_gain=1.0, dry_channels=(0,))
    mixer, out = Mixer([strip], BLOCK), np.zeros((BLOCK, 2), dtype=np.float32)
    mixer.process(heard, out)
    assert mixer.take_peaks() == [0.5, 2.0]
    assert mixer.clipped == 10
    assert np.abs(out).max() <= 1.0
    mixer.process(0.0 * heard, out)
    assert mixer.take_peaks() == [0.0, 0.0], "the highest since the last look"
    assert mixer.clipped == 10
