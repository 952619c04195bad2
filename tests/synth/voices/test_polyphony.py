"""What every voice owes, shown by one: strokes to the sample and to the bit, without clicks, whatever it is given."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from synth.voices.polyphony import FADE_S, Polyphony, alone
from synth.voices.presets import load_preset
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808
from tests.synth.patches import named, presets, random_values

RATE = 48_000
SNARE_1, TOM = (load_preset(name, SNARE808).values for name in ("snare-1", "tom"))
CLICK = 1e-3
"""-60 dBFS."""
RINGING = named(osc1__freq=110, osc1_env__decay=1500, osc1_gain=6, osc2_gain=-60, noise_gain=-60, drive=-24)
"""A pure tone of which eight fill the scale: what it has above 2 kHz is corners."""


def play(
    strokes: list[tuple[int, NDArray[np.float64]]], samples: int, block: int = 64, **voice: int
) -> NDArray[np.float64]:
    """Return what a voice renders, block by block, triggered in the block of each stroke."""
    player, out = CIRCUIT.voice(RATE, **voice), np.zeros(samples)
    for start in range(0, samples, block):
        for at, values in strokes:
            if start <= at < start + block:
                player.trigger(values, at - start)
        player.render(out[start : start + block])
    return out


def placed(at: int, values: NDArray[np.float64], stroke: int, samples: int) -> NDArray[np.float64]:
    """Return one stroke of a take, as if none were near it."""
    return np.concatenate([np.zeros(at), alone(CIRCUIT, values, RATE, stroke=stroke, samples=samples - at)])


def sounding(voice: Polyphony) -> int:
    return int(np.count_nonzero(voice._strokes["end"]))


def clicks(sound: NDArray[np.float64]) -> float:
    """Return the peak above 2 kHz."""
    above = signal.butter(8, 2000, "high", fs=RATE, output="sos")
    return float(np.abs(signal.sosfiltfilt(above, sound)).max())


def take(count: int, samples: int, seed: int) -> list[tuple[int, NDArray[np.float64]]]:
    times = np.sort(np.random.default_rng(seed).integers(0, samples, count))
    return list(zip(times.tolist(), random_values(count, seed), strict=True))


@pytest.mark.parametrize("block", [1, 7, 441, 4096, 24_000])
def test_blocks_do_not_change_a_bit(block: int) -> None:
    strokes = take(40, 24_000, seed=1)
    np.testing.assert_array_equal(play(strokes, 24_000, block), play(strokes, 24_000, 64))


def test_reset_starts_over_to_the_bit() -> None:
    voice, first, again = CIRCUIT.voice(RATE, seed=3), np.zeros(3000), np.zeros(3000)
    for out in (first, again):
        voice.reset()
        voice.trigger(presets()[3])
        voice.trigger(presets()[4], 5000)
        voice.render(out)
    np.testing.assert_array_equal(first, again)


def test_eight_strokes_ring_over_each_other() -> None:
    strokes = take(8, 4000, seed=2)
    together = sum(placed(at, values, k, 24_000) for k, (at, values) in enumerate(strokes))
    np.testing.assert_allclose(play(strokes, 24_000), together, atol=1e-12)


@pytest.mark.parametrize("at", [0, 1, 63, 64, 1000])
def test_a_stroke_starts_at_its_sample_also_beyond_the_block(at: int) -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(2048)
    voice.trigger(presets()[2], at)
    for start in range(0, 2048, 64):
        voice.render(out[start : start + 64])
    np.testing.assert_array_equal(out, placed(at, presets()[2], 0, 2048))


def test_strokes_take_the_noise_of_their_order_in_time() -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(9000)
    voice.trigger(presets()[1], 4000)
    voice.trigger(presets()[1], 0)
    voice.render(out)
    expected = placed(0, presets()[1], 0, 9000) + placed(4000, presets()[1], 1, 9000)
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_render_adds_to_what_is_there() -> None:
    voice, out = CIRCUIT.voice(RATE), np.ones(64)
    voice.render(out)
    np.testing.assert_array_equal(out, np.ones(64))


def test_gain_comes_after_the_saturation() -> None:
    quiet, out = CIRCUIT.voice(RATE), np.zeros(1000)
    quiet.trigger(presets()[0], gain=0.25)
    quiet.render(out)
    np.testing.assert_allclose(out, 0.25 * alone(CIRCUIT, presets()[0], RATE, samples=1000), atol=1e-15)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0])
def test_poison_is_clamped_at_the_door(poison: float) -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(4096)
    voice.trigger(np.full(14, poison), gain=poison)
    voice.render(out)
    assert np.isfinite(out).all()
    voice.reset()
    out[:] = 0
    voice.trigger(presets()[0])
    voice.render(out)
    np.testing.assert_array_equal(out, alone(CIRCUIT, presets()[0], RATE, samples=4096))


def test_what_is_no_number_is_the_default_and_what_is_too_much_the_limit() -> None:
    asked = np.full(14, np.nan)
    asked[13] = 99
    np.testing.assert_array_equal(
        alone(CIRCUIT, asked, RATE, samples=500), alone(CIRCUIT, named(drive=24), RATE, samples=500)
    )


@pytest.mark.parametrize(("gap", "count"), [(1, 12), (48, 200), (480, 20), (3000, 12)])
def test_stealing_does_not_click_even_at_a_thousand_strokes_a_second(gap: int, count: int) -> None:
    strokes = [(gap * k, RINGING) for k in range(count)]
    unstolen = sum(placed(at, values, k, RATE) for k, (at, values) in enumerate(strokes))
    assert clicks(play(strokes, RATE, polyphony=8) - unstolen) < CLICK


def test_retriggering_has_no_corners_but_those_of_each_attack() -> None:
    assert clicks(play([(3000 * k, RINGING) for k in range(8)], RATE)) < clicks(placed(0, RINGING, 0, RATE)) + CLICK


def test_silence_fades_and_forgets() -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(4800)
    voice.trigger(RINGING)
    voice.trigger(RINGING, 2000)
    voice.render(out[:1000])
    voice.silence()
    voice.render(out[1000:])
    assert sounding(voice) == 0
    assert not out[1000 + round(FADE_S * RATE) :].any()
    assert clicks(out) < clicks(placed(0, RINGING, 0, RATE)) + CLICK


def test_strokes_beyond_the_room_are_refused() -> None:
    voice = CIRCUIT.voice(RATE, polyphony=2)
    values = presets()[0]
    assert [voice.trigger(values) for _ in range(300)].count(-1) == 44
    voice.render(np.zeros(64))
    assert sounding(voice) == 4


def test_playing_takes_no_memory() -> None:
    voice, out, values = CIRCUIT.voice(RATE), np.zeros(64), presets()[0]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(1000):
        voice.trigger(values)
        voice.render(out)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 2000


def revised(block: int) -> NDArray[np.float64]:
    voice, out = CIRCUIT.voice(RATE, seed=3), np.zeros(9600)
    stroke = voice.trigger(SNARE_1, 10, 0.5)
    voice.revise(stroke, TOM, 266, 0.7)
    for start in range(0, len(out), block):
        voice.render(out[start : start + block])
    return out


def test_a_revised_stroke_becomes_what_it_would_have_been() -> None:
    crossed = 266 + round(FADE_S * RATE)
    expected = 0.7 * alone(CIRCUIT, TOM, RATE, seed=3, samples=9590)
    assert np.array_equal(revised(64)[crossed:], expected[crossed - 10 :])


def test_until_it_is_revised_a_stroke_sounds_as_it_began() -> None:
    assert np.array_equal(revised(64)[10:266], 0.5 * alone(CIRCUIT, SNARE_1, RATE, seed=3, samples=256))


@pytest.mark.parametrize("block", [1, 7, 441, 9600])
def test_a_revision_is_the_same_for_any_block_size(block: int) -> None:
    assert np.array_equal(revised(block), revised(64))


def test_a_revision_to_no_gain_takes_the_stroke_back() -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(4800)
    voice.revise(voice.trigger(TOM), TOM, 256, 0.0)
    voice.render(out)
    assert not out[256 + round(FADE_S * RATE) :].any()


@pytest.mark.parametrize("gain", [0.0, 1.0])
def test_a_revision_to_what_would_be_over_by_now_fades_the_stroke(gain: float) -> None:
    short = named(osc1_env__decay=10, osc2_env__decay=10, noise_env__decay=10)
    at = len(alone(CIRCUIT, short, RATE)) + 100
    voice, out = CIRCUIT.voice(RATE), np.zeros(9600)
    voice.revise(voice.trigger(RINGING), short, at, gain)
    voice.render(out)
    np.testing.assert_allclose(out, faded(placed(0, RINGING, 0, 9600), at), atol=1e-12)


def test_a_revision_of_a_stroke_that_has_ended_does_nothing() -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(RATE)
    stroke = voice.trigger(SNARE_1)
    voice.render(out)
    voice.revise(stroke, TOM)
    voice.render(later := np.zeros(4800))
    assert not later.any()


def test_strokes_that_find_no_room_are_counted() -> None:
    voice = CIRCUIT.voice(RATE, polyphony=8)
    found = [voice.trigger(SNARE_1, 1) for _ in range(300)]
    assert (found.count(-1), voice.dropped) == (300 - 256, 44), "too many wait"
    voice.render(np.zeros(64))
    assert voice.dropped == 300 - 2 * 8, "eight ring, and eight may fade: the others are dropped as they start"
    voice.reset()
    assert voice.dropped == 0


def choked(at: int, block: int = 64, last: int = 2000) -> NDArray[np.float64]:
    """Return three strokes, one of which starts with the choke and one after it, rendered block by block."""
    voice, out = CIRCUIT.voice(RATE, seed=3), np.zeros(9600)
    voice.trigger(RINGING, 10)
    voice.trigger(TOM, at)
    voice.choke(at)
    voice.trigger(SNARE_1, last)
    for start in range(0, len(out), block):
        voice.render(out[start : start + block])
    return out


def faded(sound: NDArray[np.float64], at: int) -> NDArray[np.float64]:
    """Return a sound that fades from a sample on."""
    left = np.clip(1.0 - (np.arange(len(sound)) - at) / round(FADE_S * RATE), 0.0, 1.0)
    return sound * left**3 * (10.0 - left * (15.0 - 6.0 * left))


@pytest.mark.parametrize("at", [11, 64, 1000, 1501])
def test_a_choke_fades_what_started_before_its_sample_and_lets_the_others_ring(at: int) -> None:
    strokes = [(10, RINGING), (at, TOM), (2000, SNARE_1)]
    first, second, third = (
        np.concatenate([np.zeros(start), alone(CIRCUIT, values, RATE, 3, stroke, 9600 - start)])
        for stroke, (start, values) in enumerate(strokes)
    )
    np.testing.assert_allclose(choked(at), faded(first, at) + second + third, atol=1e-12)


@pytest.mark.parametrize("block", [1, 7, 441, 9600])
def test_a_choke_is_the_same_for_any_block_size(block: int) -> None:
    assert np.array_equal(choked(1501, block), choked(1501))


def test_at_one_sample_a_choke_comes_first_whatever_was_asked_for_first() -> None:
    first, last, out, again = CIRCUIT.voice(RATE), CIRCUIT.voice(RATE), np.zeros(4800), np.zeros(4800)
    first.choke(100)
    for voice in (first, last):
        voice.trigger(RINGING, 99)
        voice.trigger(SNARE_1, 100)
    last.choke(100)
    first.render(out)
    last.render(again)
    assert np.array_equal(out, again)
    assert sounding(first) == sounding(last) == 1


@pytest.mark.parametrize(("revised_at", "late"), [(300, 0), (400, 0), (266, 134)])
def test_no_revision_revives_a_choked_stroke(revised_at: int, late: int) -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(4800)
    stroke = voice.trigger(RINGING)
    voice.choke(266 + late)
    voice.revise(stroke, TOM, revised_at)
    voice.render(out)
    assert sounding(voice) == 0
    assert out[265:300].any()
    assert not out[266 + late + round(FADE_S * RATE) :].any()


def test_a_choke_does_not_click() -> None:
    rest = alone(CIRCUIT, RINGING, RATE, samples=RATE)
    voice, out = CIRCUIT.voice(RATE), np.zeros(RATE)
    voice.trigger(RINGING)
    voice.choke(4000)
    voice.render(out)
    assert clicks(out - rest) < CLICK * np.abs(rest).max()


def test_a_reset_and_a_silence_forget_a_choke() -> None:
    for forget in (Polyphony.reset, Polyphony.silence):
        voice, out = CIRCUIT.voice(RATE), np.zeros(4800)
        voice.choke(100)
        forget(voice)
        voice.trigger(RINGING)
        voice.render(out)
        np.testing.assert_array_equal(out, alone(CIRCUIT, RINGING, RATE, samples=4800))


def test_a_choke_takes_no_memory() -> None:
    voice, out = CIRCUIT.voice(RATE), np.zeros(64)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(1000):
        voice.choke(32)
        voice.render(out)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 2000
