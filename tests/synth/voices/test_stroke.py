"""Strokes to listen to: how hard they are, and how long they sound."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from synth.voices.registry import VoiceKind, voice_kind
from synth.voices.stroke import SHORTEST_S, soft_to_hard, struck, whole_stroke

RATE = 22_050
CLAVES, SNARE, DRUM = voice_kind("claves"), voice_kind("snare808"), voice_kind("bass-drum")
TRIGGER = CLAVES.space.index("trigger")


def peak_db(kind: VoiceKind, velocity: float) -> float:
    values, gain = struck(kind.space, kind.space.defaults, velocity)
    return float(20 * np.log10(np.abs(whole_stroke(kind, values, RATE, gain)).max()))


@pytest.mark.parametrize(("velocity", "volts"), [(1, 4), (100, 9), (127, 14)])
def test_a_velocity_turns_the_trigger_over_its_range_with_its_plain_voltage_at_100(velocity: int, volts: float) -> None:
    values, _ = struck(CLAVES.space, CLAVES.space.defaults, velocity)
    assert values[TRIGGER] == pytest.approx(volts)
    np.testing.assert_array_equal(np.delete(values, TRIGGER), np.delete(CLAVES.space.defaults, TRIGGER))


def test_a_plain_velocity_leaves_the_level_as_it_is() -> None:
    assert struck(CLAVES.space, CLAVES.space.defaults, 100)[1] == pytest.approx(1)
    assert struck(SNARE.space, SNARE.space.defaults, 100)[1] == 1


@pytest.mark.parametrize("kind", [CLAVES, SNARE], ids=lambda kind: kind.name)
def test_the_level_follows_the_square_of_the_velocity(kind: VoiceKind) -> None:
    assert peak_db(kind, 100) - peak_db(kind, 50) == pytest.approx(12, abs=1)
    assert [*np.diff([peak_db(kind, velocity) for velocity in (1, 30, 60, 100, 127)])] > [0] * 4


def test_values_that_are_given_stay_as_they_were() -> None:
    before = CLAVES.space.defaults
    given = before.copy()
    struck(CLAVES.space, given, 40)
    np.testing.assert_array_equal(given, before)


def starts(audio: NDArray[np.float64], gap: int) -> list[float]:
    return [float(np.abs(audio[place : place + gap]).max()) for place in range(0, len(audio), gap)]


def test_a_stroke_is_as_long_as_it_sounds_and_no_longer() -> None:
    short, long = (whole_stroke(DRUM, with_decay(decay), RATE) for decay in (400, 1200))
    assert SHORTEST_S * RATE < len(short) < len(long) < 3 * RATE
    assert short[-1] != 0
    np.testing.assert_array_equal(short, whole_stroke(DRUM, with_decay(400), RATE))


def test_silence_follows_a_stroke_that_is_over_too_soon_for_a_file() -> None:
    clave = whole_stroke(CLAVES, CLAVES.space.defaults, RATE)
    assert len(clave) == round(SHORTEST_S * RATE)
    assert 0 < np.flatnonzero(clave)[-1] < len(clave) / 2


def with_decay(decay_ms: float) -> NDArray[np.float64]:
    values = DRUM.space.defaults
    values[DRUM.space.index("body.decay")] = decay_ms
    return values


def test_strokes_from_soft_to_hard_each_get_louder_and_have_time() -> None:
    audio = soft_to_hard(CLAVES, CLAVES.space.defaults, (30, 60, 100, 127), RATE, 1.0)
    loud = starts(audio, round(0.25 * RATE))
    assert len(loud) == 4
    assert loud == sorted(loud)
