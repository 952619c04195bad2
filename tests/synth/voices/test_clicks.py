"""No voice clicks when a stroke is stolen, choked or taken back: it fades along the curve, and that adds nothing.

What a fade adds lies beside what the stroke has. So the spectrum around the fade may reach 6 dB higher than the
stroke's own within 1 kHz, where parts of it no longer cancel others, and anywhere -60 dB of its peak.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.purity import added
from synth.voices.polyphony import FADE_S
from synth.voices.registry import VoiceKind
from synth.voices.voice import Voice
from tests import bell
from tests.synth.voices.kinds import KINDS, Array, faded, played, presets, random

RATE, SAMPLES = 48_000, 6000
CLICK = 1e-3
"""-60 dB."""


def steal(voice: Voice, stroke: int, at: int) -> None:
    """Let the next stroke, which is not heard, take the only place."""
    voice.trigger(voice.space.defaults, at, gain=0.0)


def choke(voice: Voice, stroke: int, at: int) -> None:
    voice.choke(at)


def take_back(voice: Voice, stroke: int, at: int) -> None:
    voice.revise(stroke, voice.space.defaults, at, gain=0.0)


ENDS = pytest.mark.parametrize("end", [steal, choke, take_back], ids=lambda end: end.__name__)


def ended(kind: VoiceKind, values: Array, at: int, end: Callable[[Voice, int, int], None]) -> Array:
    """Return a stroke that something ends."""
    voice, out = kind.streaming(RATE, polyphony=1), np.zeros(SAMPLES)
    end(voice, voice.trigger(values), at)
    voice.render(out)
    return out


@KINDS
@ENDS
@pytest.mark.parametrize("at", [240, 1203])
def test_a_stroke_that_is_ended_is_what_it_was_times_the_fade(
    kind: VoiceKind, end: Callable[[Voice, int, int], None], at: int
) -> None:
    for values in [*presets(kind), *random(kind, 4, seed=1)]:
        whole = played(kind.streaming(RATE, polyphony=1), values, SAMPLES)
        found = ended(kind, values, at, end)
        np.testing.assert_allclose(found, faded(whole, at, RATE), atol=1e-12 * np.abs(whole).max())


@KINDS
@pytest.mark.parametrize("at", [240, 1203])
def test_a_fade_adds_nothing_beside_the_stroke(kind: VoiceKind, at: int) -> None:
    for values in presets(kind):
        whole = played(kind.streaming(RATE, polyphony=1), values, SAMPLES)
        middle = at + round(FADE_S * RATE) // 2
        assert added(ended(kind, values, at, choke), [whole], middle, RATE) < CLICK


@KINDS
def test_a_revision_to_the_same_values_changes_nothing(kind: VoiceKind) -> None:
    for values in presets(kind):
        voice = kind.streaming(RATE)
        whole = played(voice, values, SAMPLES)
        voice.reset()
        voice.revise(voice.trigger(values), values, 240)
        voice.render(out := np.zeros(SAMPLES))
        np.testing.assert_allclose(out, whole, atol=1e-12 * np.abs(whole).max())


@pytest.mark.parametrize("cut_samples", [1, 48])
def test_the_measure_hears_a_cut_and_a_hasty_fade(cut_samples: int) -> None:
    whole: NDArray[np.float64] = played(bell.KIND.streaming(RATE), bell.SPACE.defaults, SAMPLES)
    left = np.clip(1.0 - (np.arange(SAMPLES) - 1203) / cut_samples, 0.0, 1.0)
    assert added(whole * left, [whole], 1203, RATE) > CLICK
