"""Augmentation: strokes of a drum that was recorded alone, mixed with leaks of our drummer's drums as in a kit.

What `bridge.calibration.timbre` learns from: nobody has to play a kick for `calibrate` to know how one sounds in a
snare's microphone. No recording is used but the player's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from synth.drummer.drums import DRUMS
from synth.drummer.randomised import like
from synth.drummer.strike import RANGE_DB, Technique, strike
from synth.dsp.levels import gain

LOUDEST_LEAK_DB, LEAK_SPREAD_DB = -10.0, 8.0
"""Another drum leaks at most so loud, against the loudest strokes of the microphone's own."""

LONGEST_STROKE_S = 0.4
ROLLS = 0.1
"""Bars that are a roll: without any, four strokes of a real roll in ten were taken for leaks."""

_KIT = ("kick", "hat", "ride", "tom", "high-tom", "floor-tom")
_LEAD_S, _FADE_S = 0.0005, 0.01
_NEAREST = 8
_NOISE = gain(-75)

Audio = NDArray[np.float32]


def imagined(
    alone: Audio, onsets: Sequence[int], sample_rate: int, seed: int, seconds: float
) -> tuple[Audio, list[float]]:
    """Return (samples,) of a groove in leaks, and the seconds at which the drum's own strokes start.

    Parameters
    ----------
    alone : (samples,) float32
        The drum, nothing else.
    onsets : sequence of int
        Samples at which its strokes start.
    sample_rate : int
        Hz.
    seed : int
        Another kit and another groove for each.
    seconds : float
        Its length.
    """
    rng = np.random.default_rng([seed, 6])
    strokes = _strokes(alone, onsets, sample_rate)
    peaks_db = np.array([20 * np.log10(np.abs(stroke).max() + 1e-9) for stroke in strokes])
    loudest_db = float(np.percentile(peaks_db, 95))
    step_s = 15.0 / rng.uniform(88, 125)
    audio = _NOISE * rng.standard_normal(int((seconds + 2) * sample_rate))
    for at, sound in _leaks(rng, seconds, step_s, sample_rate):
        _add(audio, at, gain(loudest_db) * sound)
    true_s = []
    for beat, level_db in _groove(rng, int(seconds / step_s), step_s):
        at = round((beat * step_s + rng.normal(0, 0.002)) * sample_rate)
        near = np.argsort(np.abs(peaks_db - loudest_db - level_db))[:_NEAREST]
        _add(audio, at, strokes[int(rng.choice(near))] * gain(rng.uniform(-2, 2)))
        true_s.append(at / sample_rate + _LEAD_S)
    return audio.astype(np.float32), true_s


def _strokes(alone: Audio, onsets: Sequence[int], sample_rate: int) -> list[NDArray[np.float64]]:
    """Cut every stroke out, from just before its start until it ends or the next one starts."""
    lead, fade, longest = (round(seconds * sample_rate) for seconds in (_LEAD_S, _FADE_S, LONGEST_STROKE_S))
    cut = []
    for onset, following in zip(onsets, [*onsets[1:], len(alone)], strict=True):
        stroke = alone[max(onset - lead, 0) : min(following - fade // 2, onset + longest)].astype(np.float64)
        if len(stroke) > 2 * fade:
            stroke[:lead] *= np.linspace(0, 1, lead)
            stroke[-fade:] *= np.linspace(1, 0, fade)
            cut.append(stroke)
    return cut


def _groove(rng: np.random.Generator, steps: int, step_s: float) -> Iterator[tuple[float, float]]:
    """Yield (sixteenths, level in dB under the loudest): backbeats, whatever may stand between them, flams, rolls."""
    for bar in range(0, steps - 16, 16):
        if rng.random() < ROLLS:
            yield from _roll(rng, bar, step_s)
            continue
        for step in range(bar, bar + 16):
            if step % 8 == 4:
                level_db = rng.uniform(-8, 0)
                if rng.random() < 0.2:
                    yield step - rng.uniform(0.016, 0.035) / step_s, level_db - rng.uniform(3, 15)
                yield step, level_db
            elif step and rng.random() < 0.5:
                yield step + 0.1 * (step % 2), rng.uniform(-38, -8)


def _roll(rng: np.random.Generator, bar: int, step_s: float) -> Iterator[tuple[float, float]]:
    """Yield a bar of a roll that swells and fades."""
    strokes = int(16 * step_s * rng.uniform(8, 24))
    soft_db, loud_db = rng.uniform(-34, -18), rng.uniform(-12, 0)
    for stroke in range(strokes):
        swell = 1.0 - abs(2.0 * stroke / strokes - 1.0)
        yield bar + 0.2 + 15.0 * stroke / strokes, soft_db + (loud_db - soft_db) * swell - 2.0 * (stroke % 2)


def _leaks(
    rng: np.random.Generator, seconds: float, step_s: float, sample_rate: int
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield (sample, sound) of every leak: full scale is the drum's loudest stroke."""
    # No kit has exactly our drums.
    drums = {name: like(DRUMS[name], rng, tone_hz=0.2, ring_ms=0.3, contact_ms=0.3, click_db=4) for name in _KIT}
    gains = {name: gain(LOUDEST_LEAK_DB - rng.uniform(0, LEAK_SPREAD_DB)) for name in _KIT}
    for step in range(1, int(seconds / step_s)):
        for name, low_db, high_db, technique in _leaking(rng, step):
            velocity = 1 + rng.uniform(low_db, high_db) / RANGE_DB
            # A drum in another tuning is the same drum at another rate.
            rate = sample_rate * float(np.exp(rng.normal(0, 0.15)))
            sound = strike(drums[name], float(rng.uniform(0, 0.9)), velocity, technique, rate, rng)
            yield round((step * step_s + rng.normal(0, 0.004)) * sample_rate), gains[name] * sound


def _leaking(rng: np.random.Generator, step: int) -> Iterator[tuple[str, float, float, Technique]]:
    """Yield what else is struck on a sixteenth: drum, softest and loudest level, technique."""
    if step % 2 == 0 and rng.random() < 0.85:
        way: Technique = rng.choice(["closed", "foot", "open"], p=[0.8, 0.1, 0.1])
        yield "hat", -22, -8, way
    if step % 8 == 0 or rng.random() < 0.15:
        yield "kick", -12, -2, "hit"
    if rng.random() < 0.03:
        yield "ride", -18, -8, "hit"
    if rng.random() < 0.03:
        yield str(rng.choice(_KIT[3:])), -15, -4, "hit"


def _add(audio: NDArray[np.float64], at: int, sound: NDArray[np.float64]) -> None:
    """Add a sound where it fits."""
    last = min(at + len(sound), len(audio))
    audio[at:last] += sound[: max(last - at, 0)]
