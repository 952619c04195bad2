from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.engine import Engine, VoicePlay
from bridge.engine.strip import CEILING_KNEE, bend_peaks
from bridge.events import Dismissed, Onset, Strike
from synth.voices.polyphony import FADE_S, alone
from synth.voices.snare808.circuit import CIRCUIT
from tests.bridge.rigs import engine_for, played, short_take

TAKE = short_take(2.0)


def bend(mix: NDArray[np.float64]) -> None:
    bend_peaks(mix, np.zeros(len(mix)), np.zeros(len(mix), np.bool_))


def test_the_voice_starts_at_the_sample_that_equals_ready() -> None:
    out, events = played(engine_for(), TAKE.audio, 64)
    first = next(event for event in events if isinstance(event, Strike))
    assert np.flatnonzero(out[:, 0])[0] == first.hit.ready


def test_the_voice_plays_the_strike_s_values() -> None:
    out, events = played(engine_for(), TAKE.audio, 64)
    strikes = [event for event in events if isinstance(event, Strike)]
    ready, until = strikes[0].hit.ready, strikes[1].hit.ready
    expected = alone(CIRCUIT, strikes[0].values, 48_000, seed=0, stroke=0, samples=until - ready)
    bend(expected)
    np.testing.assert_allclose(out[ready:until, 0], expected, atol=1e-6)


def test_an_early_voice_starts_at_detection_and_ends_up_with_the_strike_s_values() -> None:
    out, events = played(engine_for(plays=(VoicePlay(0, 1.0, early=True),)), TAKE.audio, 64)
    onset = next(event for event in events if isinstance(event, Onset))
    strikes = [event for event in events if isinstance(event, Strike)]
    assert np.flatnonzero(out[:, 0])[0] == onset.detected
    crossed, until = strikes[0].hit.ready + round(FADE_S * 48_000), strikes[1].hit.detected
    expected = alone(CIRCUIT, strikes[0].values, 48_000, samples=until - onset.detected)
    expected *= 10 ** (strikes[0].gain_db / 20)
    bend(expected)
    np.testing.assert_allclose(out[crossed:until, 0], expected[crossed - onset.detected :], atol=1e-6)


def test_each_early_play_of_a_voice_revises_its_own_sound() -> None:
    one, muted = VoicePlay(0, 1.0, early=True), VoicePlay(0, 0.0, early=True)
    without, events = played(engine_for(plays=(one,)), TAKE.audio, 64)
    both, _ = played(engine_for(plays=(one, muted)), TAKE.audio, 64)
    second = [event for event in events if isinstance(event, Onset)][1]
    np.testing.assert_array_equal(both[: second.detected], without[: second.detected])


def test_a_fixed_delay_counts_from_the_onset() -> None:
    out, events = played(engine_for(plays=(VoicePlay(0, 1.0, fixed_samples=480),)), TAKE.audio, 64)
    first = next(event for event in events if isinstance(event, Strike))
    assert np.flatnonzero(out[:, 0])[0] == first.hit.onset + 480


def test_an_onset_leaves_before_its_strike_with_the_same_number() -> None:
    _, events = played(engine_for(), TAKE.audio, 64)
    first, second = events[:2]
    assert isinstance(first, Onset)
    assert isinstance(second, Strike)
    assert (first.number, second.hit.number) == (0, 0)


@pytest.mark.parametrize("block", [64, 4096])
def test_an_announced_stroke_is_confirmed_or_dismissed(block: int) -> None:
    # Clicks of every strength between the strokes: some are noticed, and few of them are strokes.
    audio, rng = TAKE.audio.copy(), np.random.default_rng(3)
    for start in rng.integers(0, len(audio) - 64, 300):
        audio[start : start + 3] += rng.uniform(-0.3, 0.3)
    engine = engine_for()
    _, events = played(engine, np.pad(audio, ((0, 4800), (0, 0))), block)
    announced = {event.number for event in events if isinstance(event, Onset)}
    confirmed = {event.hit.number for event in events if isinstance(event, Strike)}
    dismissed = [event for event in events if isinstance(event, Dismissed)]
    assert dismissed
    assert {event.number for event in dismissed} == announced - confirmed
    assert len(dismissed) == len(announced) - len(confirmed)


def test_values_that_are_not_finite_are_silence_and_counted() -> None:
    engine, audio = engine_for(dry_gain=1.0), np.full((256, 1), np.nan, dtype=np.float32)
    audio[::2] = np.inf
    out, events = played(engine, audio, 64)
    assert not out.any()
    assert not events
    assert engine.analyzer.non_finite == 256


def test_the_dry_drum_passes_without_delay() -> None:
    out, _ = played(engine_for(dry_gain=0.5, plays=()), TAKE.audio, 64)
    np.testing.assert_array_equal(out, TAKE.audio * np.float32(0.5))


def test_output_stays_within_full_scale_and_small_signals_are_untouched() -> None:
    mix = np.array([-9.0, -0.8, -0.1, 0.0, CEILING_KNEE, 3.0])
    bent = mix.copy()
    bend(bent)
    assert np.max(np.abs(bent)) <= 1.0
    assert np.array_equal(bent[2:5], mix[2:5])
    assert np.all(np.diff(bent) > 0)


def test_bending_is_the_formula_to_the_bit() -> None:
    mix = 3.0 * np.random.default_rng(0).standard_normal(1001)
    bent, over = mix.copy(), np.abs(mix) > CEILING_KNEE
    bend(bent)
    rest, peak = 1.0 - CEILING_KNEE, np.abs(mix[over])
    mix[over] = np.sign(mix[over]) * (CEILING_KNEE + rest * np.tanh((peak - CEILING_KNEE) / rest))
    assert np.array_equal(bent, mix)


def memory_taken(engine: Engine, samples: int, value: float) -> int:
    """Return the most bytes that a block without a stroke takes at once."""
    block, out = np.full((samples, 1), value, dtype=np.float32), np.zeros((samples, 1), dtype=np.float32)
    for _ in range(20):
        engine.process(block, out)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    engine.process(block, out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before


@pytest.mark.parametrize("value", [0.0, 0.9, np.nan])
def test_a_longer_block_takes_no_more_memory(value: float) -> None:
    engine = engine_for(dry_gain=1.0)
    short, long = (memory_taken(engine, samples, value) for samples in (64, 1024))
    assert abs(long - short) < 512


def test_silence_ends_what_rings() -> None:
    engine = engine_for()
    played(engine, TAKE.audio, 64)
    engine.silence()
    quiet = np.ones((4800, 1), dtype=np.float32)
    engine.process(np.zeros((4800, 1), dtype=np.float32), quiet)
    assert not quiet[480:].any()


def test_a_replaced_mapping_plays_from_the_next_hit() -> None:
    engine = engine_for()
    engine.drums[0].mapping.controls.amount = 0.0
    _, events = played(engine, TAKE.audio, 64)
    strikes = [event for event in events if isinstance(event, Strike)]
    assert all(strike.values == pytest.approx(engine.drums[0].mapping.bundle.preset.values) for strike in strikes)
