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


@each_kind
def test_what_is_edited_at_rest_holds_from_the_next_sound_on(kind: EffectKind) -> None:
    values = some_values(kind, 1)[0]
    effect, fresh = default(kind), RunningEffect(kind.effect, values, RATE_HZ, 2)
    effect.set_values(values)
    effect.set_bypass(True)
    assert effect.rest(77)
    effect.set_bypass(False)
    assert effect.rest(51)
    np.testing.assert_array_equal(streamed(effect, bursts(4800)), streamed(fresh, bursts(4800)))


@each_kind
def test_a_stroke_glides_at_rest_as_its_sample_is_what_counts(kind: EffectKind) -> None:
    effect = default(kind)
    effect.set_stroke(some_values(kind, 1)[0], 10)
    assert not effect.rest(64)
    play(effect, np.zeros((2, 64)))
    assert not effect.rest(64)


def test_strokes_hold_in_the_order_of_their_moments() -> None:
    kind = effect_kind("amp")
    late, early = some_values(kind, 2)
    asked, alone = default(kind), default(kind)
    asked.set_stroke(late, 3000)
    asked.set_stroke(early, 1000)
    alone.set_stroke(early, 1000)
    sound, other = tone(9600), tone(9600)
    play(asked, sound)
    play(alone, other)
    np.testing.assert_array_equal(sound[:, :2990], other[:, :2990])
    np.testing.assert_array_equal(asked.values, late)


@each_kind
def test_an_edit_of_one_value_leaves_what_a_stroke_has_moved(kind: EffectKind) -> None:
    effect, (stroke, edit) = default(kind), some_values(kind, 2)
    effect.set_stroke(stroke)
    play(effect, tone(4800))
    which = np.arange(len(kind.space)) == 1
    effect.set_some(which, edit)
    play(effect, tone(9600))
    np.testing.assert_array_equal(effect.values, np.where(which, edit, stroke))


@each_kind
def test_panic_fades_what_rings_and_forgets_it(kind: EffectKind) -> None:
    effect, sound = default(kind), tone(24_000)
    play(effect, sound[:, :12_000])
    effect.silence()
    play(effect, sound[:, 12_000:])
    over = int(GLIDE_S * RATE_HZ) + 32
    assert np.abs(sound[:, 12_000 + over - 32 : 12_000 + over]).max() < 0.02
    assert click_db(sound) < max(-60.0, click_db(streamed(default(kind), tone(24_000))) + 3.0)
    silent, rung = np.zeros((2, 9600)), default(kind)
    play(rung, bursts(4800))
    rung.silence()
    play(rung, silent)
    assert np.abs(silent[:, over:]).max() == 0.0
    assert rung.rest(64)


@each_kind
@pytest.mark.parametrize("bypass", [False, True])
def test_a_fault_is_the_same_whatever_the_blocks(kind: EffectKind, bypass: bool) -> None:
    heard = []
    for block in (1, 7, 64, 512):
        effect, sound = default(kind), bursts(4800)
        sound[0, 1500], sound[1, 1501], sound[0, 4000] = np.nan, np.inf, 1e30
        for start in range(0, 4800, block):
            if start >= 3840 and bypass:
                effect.set_bypass(True)
            play(effect, sound[:, start : start + block])
        heard.append(sound)
    assert np.isfinite(heard[0]).all()
    until = 3840 if bypass else 4800  # a bypass is asked for at the start of a block
    assert all(np.array_equal(heard[0][:, :until], other[:, :until]) for other in heard[1:])


@each_kind
def test_no_fault_passes_an_effect_that_is_bypassed(kind: EffectKind) -> None:
    effect, sound = default(kind, bypass=True), bursts(4800)
    expected = sound.copy()
    sound[0, 1000], expected[0, 1000] = np.nan, 0.0
    play(effect, sound)
    np.testing.assert_array_equal(sound, expected)
    assert effect.faults == 1


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


@pytest.mark.parametrize("rate_hz", [8000.0, 11_025.0])
def test_a_small_room_at_a_low_rate_is_the_same_whatever_the_blocks(rate_hz: float) -> None:
    kind = effect_kind("room")
    values = kind.space.defaults
    values[kind.space.index("size")], values[kind.space.index("mix")] = 2.0, 1.0
    one, whole = (
        streamed(RunningEffect(kind.effect, values, rate_hz), bursts(4800, 1), (block,)) for block in (1, 4800)
    )
    np.testing.assert_array_equal(one, whole)


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
