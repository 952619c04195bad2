"""What our drummer plays: takes as lists of notes, in seconds and dBFS, without any sound.

Each take is a function of a random generator; ``SCORES`` names them. ``drummer.perform`` plays them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from synth.acoustic import Technique


@dataclass(frozen=True, slots=True)
class Note:
    """One stroke to be played.

    Parameters
    ----------
    onset_s : float
        When.
    level_dbfs : float
        Its peak.
    kind : str
        ``hit``, ``backbeat``, ``ghost``, ``flam``, ``rollN``, ``kick``, ``hat``, ``tom``.
    drum : str
        ``snare``, or a name in `synth.drums.DRUMS`.
    position : float
        0 centre, 1 rim.
    technique : str
        See `synth.acoustic.strike`.
    """

    onset_s: float
    level_dbfs: float
    kind: str = "hit"
    drum: str = "snare"
    position: float = 0.3
    technique: Technique = "hit"


Score = Callable[[np.random.Generator], list[Note]]


def singles(rng: np.random.Generator) -> list[Note]:
    """Lone strokes, all levels and positions, each left to ring out."""
    levels = rng.permutation(np.linspace(-50, -1.5, 32))
    return [Note(0.5 + 1.25 * i, float(level), "hit", position=rng.uniform(0, 0.9)) for i, level in enumerate(levels)]


def graded(rng: np.random.Generator) -> list[Note]:
    """Eighty strokes up and down in level."""
    ramp = np.concatenate([np.linspace(-50, -2, 20), np.linspace(-2, -50, 20)])
    levels = np.minimum(np.tile(ramp, 2) + rng.normal(0, 1.0, 80), -1.5)
    return [
        Note(0.5 + 0.4 * i + rng.normal(0, 0.004), float(max(level, -50)), "hit", position=rng.uniform(0.05, 0.6))
        for i, level in enumerate(levels)
    ]


def rolls(rng: np.random.Generator) -> list[Note]:
    """Single-stroke rolls of 8 to 24 a second, each three seconds up and down in level."""
    notes: list[Note] = []
    for i, rate in enumerate((8, 10, 12, 14, 16, 18, 20, 24)):
        notes.extend(roll(rng, 0.5 + 4.5 * i, 3.0, rate, -26.0, -3.0))
    return notes


def roll(
    rng: np.random.Generator, start_s: float, seconds: float, rate_hz: float, low: float, high: float
) -> Iterator[Note]:
    """Crescendo and diminuendo; the left hand is softer than the right."""
    count = int(seconds * rate_hz)
    for k in range(count):
        level = low + (high - low) * (1 - abs(2 * k / (count - 1) - 1)) - 2.0 * (k % 2) + rng.normal(0, 1.0)
        onset_s = start_s + (k + rng.normal(0, 0.03)) / rate_hz
        yield Note(
            onset_s, float(min(level, -1.5)), f"roll{rate_hz:g}", position=0.25 + 0.15 * (k % 2) + rng.uniform(0, 0.05)
        )


def flams(rng: np.random.Generator) -> list[Note]:
    """Grace note and stroke, 15 to 35 ms apart, at all levels."""
    notes: list[Note] = []
    for i in range(48):
        notes.extend(flam(rng, 0.5 + 0.6 * i, float(rng.uniform(-24, -2)), rng.uniform(0.015, 0.035)))
    return notes


def flam(rng: np.random.Generator, onset_s: float, level: float, gap_s: float) -> list[Note]:
    """Grace note, then the stroke at ``onset_s``."""
    grace = level - rng.uniform(3, 16)
    return [Note(onset_s - gap_s, float(grace), "flam", position=0.5), Note(onset_s, level, "flam", position=0.3)]


def groove(rng: np.random.Generator, bars: int = 16) -> list[Note]:
    """Backbeats on two and four, ghost notes around them, a flam now and then."""
    sixteenth = 60 / rng.uniform(92, 122) / 4
    notes: list[Note] = []
    for step in range(16 * bars):
        onset_s = 0.6 + step * sixteenth * 1.0 + (0.012 if step % 2 else 0) + rng.normal(0, 0.004)
        if step % 8 == 4:
            level = float(rng.uniform(-6, -2))
            if rng.random() < 0.15:
                notes.extend(flam(rng, onset_s, level, rng.uniform(0.018, 0.035)))
            else:
                notes.append(Note(onset_s, level, "backbeat", position=0.2))
        elif rng.random() < 0.5:
            notes.append(Note(onset_s, float(rng.uniform(-42, -18)), "ghost", position=rng.uniform(0.3, 0.7)))
    return notes


def kit(rng: np.random.Generator) -> list[Note]:
    """Play a groove on snare, kick, hi-hat and tom; some strokes fall together."""
    snare = groove(rng)
    step_s = (max(n.onset_s for n in snare) - 0.6) / (16 * 16 - 1)
    notes = list(snare)
    for step in range(16 * 16):
        onset_s = 0.6 + step * step_s
        if step % 2 == 0:
            way: Technique = "open" if step % 16 == 14 else "closed"
            notes.append(Note(onset_s + rng.normal(0, 0.004), float(rng.uniform(-22, -11)), "hat", "hat", 0.7, way))
        if step % 8 == 0 or (step % 2 == 0 and rng.random() < 0.2):
            notes.append(Note(onset_s + rng.normal(0, 0.004), float(rng.uniform(-9, -4)), "kick", "kick", 0.1))
        if step % 64 in (58, 60, 61, 62):
            notes.append(Note(onset_s + rng.normal(0, 0.004), float(rng.uniform(-14, -5)), "tom", "tom", 0.3))
    return notes


def minute(rng: np.random.Generator) -> list[Note]:
    """Play a minute to learn from: every level and position, alone, in a groove and in rolls."""
    lone = [replace(n, onset_s=0.5 + 0.5 * i) for i, n in enumerate(singles(rng))]
    beat = [replace(n, onset_s=n.onset_s + 16.5) for n in groove(rng, 12)]
    last = max(n.onset_s for n in beat) + 0.6
    return [*lone, *beat, *roll(rng, last, 3.0, 12, -30, -3), *roll(rng, last + 3.5, 2.5, 8, -24, -2)]


def demo(rng: np.random.Generator) -> list[Note]:
    """Half a minute that makes sense: ghost notes, a groove, a fill, a roll that swells."""
    beat = groove(rng, 10)
    last = max(n.onset_s for n in beat) + 0.4
    return [*beat, *roll(rng, last, 3.0, 16, -34, -2), Note(last + 3.3, -1.8, "backbeat", position=0.1)]


SCORES: dict[str, Score] = {
    "singles": singles,
    "graded": graded,
    "groove": groove,
    "rolls": rolls,
    "flams": flams,
    "bleed": kit,
    "kit": kit,
    "minute": minute,
    "demo": demo,
}
