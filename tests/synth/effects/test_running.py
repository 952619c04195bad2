"""An effect in a stream: edits and bypass do not click, silence rests, and no fault lives on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from synth.effects.effect import NO_KEY
from synth.effects.registry import EffectKind, effect_kind
from synth.effects.running import GLIDE_S, RunningEffect
from tests.synth.effects.sounds import KINDS, Sound, bursts, corners, some_values, streamed

RATE_HZ = 48_000.0
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def play(effect: RunningEffect, sound: Sound, key: Sound = NO_KEY) -> bool:
    """Run some samples in place, and return whether any may be heard."""
    block = np.ascontiguousarray(sound)
    sounded = effect.process(block, sound.shape[1], key)
    sound[:] = block
    return sounded


def default(kind: EffectKind, channels: int = 2, bypass: bool = False) -> RunningEffect:
    return RunningEffect(kind.effect, kind.space.defaults, RATE_HZ, channels, bypass)


def tone(samples: int = 48_000, hz: float = 100.0) -> Sound:
    return np.tile(0.3 * np.sin(2.0 * np.pi * hz * np.arange(samples) / RATE_HZ), (2, 1))


def click_db(sound: Sound, above_hz: float = 6000.0) -> float:
    """Return the loudest 5 ms above a frequency, over the loudest 5 ms of all."""
    high = sosfilt(butter(8, above_hz, "high", fs=RATE_HZ, output="sos"), sound[0])
    step = int(0.005 * RATE_HZ)
    # Without the beginning of the tone.
    loudest = [np.square(one[4800:].reshape(-1, step)).mean(1).max() for one in (high, sound[0])]
    return float(10.0 * np.log10(loudest[0] / loudest[1] + 1e-20))


@each_kind
def test_no_edit_of_a_value_clicks(kind: EffectKind) -> None:
    for column, param in enumerate(kind.space):
        effect, sound = default(kind), tone()
        values = kind.space.defaults
        for number, end in enumerate((param.low, param.high, param.low)):
            values[column] = end
            start = 12_000 * (number + 1)
            play(effect, sound[:, start - 12_000 : start])
            effect.set_values(values.copy())
        play(effect, sound[:, 36_000:])
        own = []
        for end in (param.low, param.high):
            values[column] = end
            own.append(click_db(streamed(RunningEffect(kind.effect, values, RATE_HZ, 2), tone())))
        assert click_db(sound) < max(-60.0, max(own) + 3.0), param.name


@each_kind
def test_bypass_is_the_sound_as_it_came_and_does_not_click(kind: EffectKind) -> None:
    effect, sound = default(kind), tone()
    before = sound.copy()
    play(effect, sound[:, :12_000])
    effect.set_bypass(True)
    play(effect, sound[:, 12_000:24_000])
    fade = int(GLIDE_S * RATE_HZ) + 1
    np.testing.assert_array_equal(sound[:, 12_000 + fade : 24_000], before[:, 12_000 + fade : 24_000])
    effect.set_bypass(False)
    play(effect, sound[:, 24_000:])
    still = streamed(default(kind), tone())
    assert click_db(sound) < max(-60.0, click_db(still) + 3.0)


@each_kind
def test_it_may_begin_bypassed(kind: EffectKind) -> None:
    sound = bursts(4800)
    np.testing.assert_array_equal(streamed(default(kind, bypass=True), sound), sound)


@each_kind
def test_edits_end_exactly_at_what_was_asked(kind: EffectKind) -> None:
    values = some_values(kind, 1)[0]
    edited, fresh = default(kind), RunningEffect(kind.effect, values, RATE_HZ, 2)
    edited.set_values(values)
    silence = np.zeros((2, 4800))
    play(edited, silence)
    np.testing.assert_array_equal(streamed(edited, bursts(4800)), streamed(fresh, bursts(4800)))
    np.testing.assert_array_equal(edited.values, values)


@each_kind
def test_values_out_of_range_are_clamped_and_no_number_is_the_default(kind: EffectKind) -> None:
    wild = RunningEffect(kind.effect, np.full(len(kind.space), np.inf), RATE_HZ)
    np.testing.assert_array_equal(wild.values, kind.space.defaults)
    wild.set_values(np.full(len(kind.space), 1e9))
    np.testing.assert_array_equal(wild.values, [param.high for param in kind.space])


@each_kind
def test_it_comes_to_rest_and_says_so(kind: EffectKind) -> None:
    effect = default(kind)
    assert not play(effect, np.zeros((2, 64)))
    play(effect, bursts(4800))
    silence = np.zeros((2, 96_000 * 2))
    play(effect, silence)
    assert not play(effect, np.zeros((2, 64)))
    assert np.abs(silence[:, -64:]).max() == 0.0


@each_kind
def test_silence_that_passes_is_silence_that_was_played(kind: EffectKind) -> None:
    passed, played = default(kind), default(kind)
    sound = bursts(4800)
    for effect in (passed, played):
        streamed(effect, sound)
        assert not effect.rest(64), "it rings"
        play(effect, np.zeros((2, 192_000)))
    assert passed.rest(77)
    play(played, np.zeros((2, 77)))
    np.testing.assert_array_equal(streamed(passed, sound), streamed(played, sound))
    passed.set_values(some_values(kind, 1)[0])
    assert not passed.rest(64), "values glide"


@each_kind
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_what_is_no_number_is_silence_and_does_not_stay(kind: EffectKind, bad: float) -> None:
    effect, sound = default(kind), bursts(9600)
    sound[0, 1000] = bad
    play(effect, sound[:, :4800])
    assert np.isfinite(sound[:, :4800]).all()
    assert effect.faults == 1
    after = streamed(effect, bursts(4800, seed=3))
    assert np.isfinite(after).all()
    assert np.abs(after).max() > 0.01


@each_kind
def test_no_number_becomes_denormal(kind: EffectKind) -> None:
    for values in (kind.space.defaults, *corners(kind, 4)):
        effect = RunningEffect(kind.effect, values, RATE_HZ)
        play(effect, bursts(4800, channels=1))
        # Not silent, so it may not rest; far below what a state has kept.
        for _ in range(40):
            play(effect, np.full((1, 24_000), 2e-15))
        state = np.abs(effect._state)
        assert not ((state > 0.0) & (state < np.finfo(np.float64).tiny)).any()


@each_kind
def test_reset_is_the_beginning(kind: EffectKind) -> None:
    effect = default(kind)
    first = streamed(effect, bursts(9600))
    effect.set_values(some_values(kind, 1)[0])
    effect.set_bypass(True)
    play(effect, bursts(4800, seed=4))
    effect.reset()
    np.testing.assert_array_equal(streamed(effect, bursts(9600)), first)


def test_a_key_alone_makes_no_sound() -> None:
    effect = default(effect_kind("compressor"))
    silence = np.zeros((2, 4800))
    play(effect, silence, bursts(4800, channels=1)[0])
    assert not silence.any()


@each_kind
def test_a_stroke_is_heard_from_its_sample_on_whatever_the_blocks(kind: EffectKind) -> None:
    values, heard = some_values(kind, 2), []
    for block in (16, 64, 480):
        effect, sound = default(kind), tone(9600)
        for start in range(0, 9600, block):
            for number, moment in enumerate((1700, 4801)):
                if start <= moment < start + block:
                    effect.set_stroke(values[number], moment - start)
            play(effect, sound[:, start : start + block])
        heard.append(sound)
    assert all(np.array_equal(heard[0], other) for other in heard[1:])
    np.testing.assert_array_equal(heard[0][:, :1696], streamed(default(kind), tone(9600))[:, :1696])
    assert not np.array_equal(heard[0][:, 1728:4000], streamed(default(kind), tone(9600))[:, 1728:4000])
