"""A voice's way to the outputs: effects, gain, the drum itself, pan, and a mix for each output."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.strip import Mixer, Strip, pan_gains
from synth.voices.polyphony import Polyphony
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808

RATE, BLOCK = 48_000, 256
SILENCE = np.zeros((BLOCK, 1), dtype=np.float32)


class Halving:
    """Halves what it hears."""

    latency_samples = 3

    def __init__(self) -> None:
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def process(self, block: NDArray[np.float64]) -> None:
        block *= 0.5


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
    effect = Halving()
    strip = Strip(voice(), effects=(effect, effect), gain=2.0)
    np.testing.assert_allclose(mixed(strip), 0.5 * alone(), rtol=1e-6)
    strip.reset()
    assert (effect.resets, strip.latency_samples) == (2, 6)
    assert not mixed(strip).any()


def test_the_drum_itself_joins_after_effects_and_gain_and_follows_the_pan() -> None:
    heard = np.full((BLOCK, 2), 0.2, dtype=np.float32)
    strip = Strip(voice(), (0.0, 1.0), (Halving(),), 0.0, dry_gain=0.5, dry_channels=(1,))
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
