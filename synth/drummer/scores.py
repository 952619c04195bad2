"""What our drummer plays: takes as lists of notes, in seconds and dBFS, without any sound.

Each take is a function of a random generator; `SCORES` names them and `synth.drummer.perform.perform` plays them. A bar
is a word of sixteen letters, one for each sixteenth note: see `_LETTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synth.drummer.strike import Technique

LOUDEST_DBFS, SOFTEST_DBFS = -1.5, -50.0


EXTRAS = ("piccolo", "deep", "steel", "loose", "wires-off", "ringing", "dead", "tight", "maple")
"""Further drums of a large kit."""


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
        ``hit``, ``backbeat``, ``ghost``, ``flam``, ``rollN`` (N strokes a second); other drums go by their name.
    drum : str
        ``snare``, or a name in `synth.drummer.drums.DRUMS`.
    position : float
        0 centre, 1 rim.
    technique : str
        See `synth.drummer.strike.strike`.
    """

    onset_s: float
    level_dbfs: float
    kind: str = "hit"
    drum: str = "snare"
    position: float = 0.3
    technique: Technique = "hit"


Score = Callable[[np.random.Generator], list[Note]]

# letter: kind, softest and loudest dBFS, position from and to, technique
_LETTERS: dict[str, tuple[str, float, float, float, float, Technique]] = {
    "B": ("backbeat", -5.5, -2.0, 0.05, 0.25, "hit"),
    "R": ("backbeat", -3.5, -1.5, 0.3, 0.4, "rimshot"),
    "a": ("hit", -16.0, -9.0, 0.15, 0.4, "hit"),
    "g": ("ghost", -30.0, -18.0, 0.3, 0.6, "hit"),
    "q": ("ghost", -44.0, -30.0, 0.4, 0.75, "hit"),
}

_GROOVES = (
    "..g.B.gg.g..B..g",
    ".qg.B..g.gq.B.g.",
    "..q.B.qg.qg.B.qq",
    ".g..B.g..gg.F..g",
    "q.g.B.dq.g.qB.g.",
    "..g.F..g.g.qR.qg",
    ".qqgBqgq.gqgBqgq",
)

_DEMO = (
    "....q...q...q.q.",
    "..q.q.q.q.gqg.gq",
    "g.gqg.qgg.gqg.ga",
    "..g.B.qg.g..B..q",
    "..g.B.qg.gq.B.gg",
    ".qg.B..g.gq.R.g.",
    "..g.B.dq.g.qB.ga",
    "a.aaF.aaa.aaF.RR",
    ".qqgBqgq.gqgBqgq",
    ".qqgRqgq.gqgFqga",
)


def bar(rng: np.random.Generator, word: str, start_s: float, step_s: float) -> Iterator[Note]:
    """Play a word: ``.`` rests, ``F`` is a flam, ``d`` a double stroke; odd sixteenths swing a little late.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws levels, places and small errors of time.
    word : str
        A letter for each sixteenth note, of those of `_LETTERS` and ``.``, ``F``, ``d``; of any length.
    start_s, step_s : float
        When the word begins; length of a sixteenth note.
    """
    for step, letter in enumerate(word):
        onset_s = start_s + (step + 0.08 * (step % 2)) * step_s + rng.normal(0, 0.003)
        if letter == "F":
            yield from flam(rng, onset_s, rng.uniform(-5, -2), rng.uniform(0.015, 0.035))
        elif letter == "d":
            yield _letter(rng, "q", onset_s)
            yield _letter(rng, "g", onset_s + 0.5 * step_s)
        elif letter != ".":
            yield _letter(rng, letter, onset_s)


def _letter(rng: np.random.Generator, letter: str, onset_s: float) -> Note:
    kind, low, high, near, far, technique = _LETTERS[letter]
    return Note(onset_s, rng.uniform(low, high), kind, "snare", rng.uniform(near, far), technique)


def flam(rng: np.random.Generator, onset_s: float, level_dbfs: float, gap_s: float) -> list[Note]:
    """Play a grace note, then the stroke at ``onset_s``: two strokes, both in the truth.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the place of both, and how much softer the grace note is: 3 to 15 dB.
    onset_s, level_dbfs : float
        Of the stroke.
    gap_s : float
        How much sooner the grace note comes.
    """
    grace_dbfs = level_dbfs - rng.uniform(3, 15)
    near = rng.uniform(0.1, 0.4)
    return [
        Note(onset_s - gap_s, grace_dbfs, "flam", position=near + 0.2),
        Note(onset_s, level_dbfs, "flam", position=near),
    ]


def roll(
    rng: np.random.Generator, start_s: float, seconds: float, rate_hz: float, levels_dbfs: Sequence[float]
) -> Iterator[Note]:
    """Play single strokes through those levels at equal times; the left hand is softer and further out.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws small errors of time and level, and places.
    start_s, seconds : float
        When the roll begins, and its length.
    rate_hz : float
        Strokes a second.
    levels_dbfs : sequence of float
        At equal distances over the roll, with straight lines between them.
    """
    count = int(seconds * rate_hz)
    line = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(levels_dbfs)), levels_dbfs)
    for k in range(count):
        left = k % 2
        level = min(line[k] - 2.0 * left + rng.normal(0, 1.0), LOUDEST_DBFS)
        onset_s = start_s + (k + rng.normal(0, 0.03)) / rate_hz
        yield Note(onset_s, float(level), f"roll{rate_hz:g}", position=0.2 + 0.15 * left + rng.uniform(0, 0.08))


def singles(rng: np.random.Generator) -> list[Note]:
    """Play 26 lone strokes of all levels and positions, each left to ring out."""
    levels = rng.permutation(np.linspace(SOFTEST_DBFS, LOUDEST_DBFS, 26))
    return [Note(0.5 + 1.25 * i, float(level), position=rng.uniform(0, 0.9)) for i, level in enumerate(levels)]


def graded(rng: np.random.Generator) -> list[Note]:
    """Play 80 strokes up and down in level, twice."""
    ramp = np.concatenate([np.linspace(SOFTEST_DBFS, -2, 20), np.linspace(-2, SOFTEST_DBFS, 20)])
    levels = np.clip(np.tile(ramp, 2) + rng.normal(0, 1.0, 80), SOFTEST_DBFS, LOUDEST_DBFS)
    return [
        Note(0.5 + 0.4 * i + rng.normal(0, 0.004), float(level), position=rng.uniform(0.05, 0.6))
        for i, level in enumerate(levels)
    ]


def rolls(rng: np.random.Generator) -> list[Note]:
    """Play rolls of 8 to 24 strokes a second, three seconds each, up and down in level."""
    notes: list[Note] = []
    for i, rate_hz in enumerate((8, 10, 12, 14, 16, 18, 20, 24)):
        soft, loud = rng.uniform(-34, -22), rng.uniform(-7, -2)
        notes.extend(roll(rng, 0.5 + 4.2 * i, 3.0, rate_hz, (soft, loud, soft)))
    return notes


def flams(rng: np.random.Generator) -> list[Note]:
    """Play 48 flams, 15 to 35 ms apart, at all levels."""
    gaps_s = rng.permutation(np.linspace(0.015, 0.035, 48))
    return [note for i, gap_s in enumerate(gaps_s) for note in flam(rng, 0.5 + 0.6 * i, rng.uniform(-28, -2), gap_s)]


def groove(rng: np.random.Generator, bars: int = 12) -> list[Note]:
    """Play backbeats on two and four, ghost notes around them, a flam now and then."""
    step_s = _step_s(rng)
    words = rng.choice(_GROOVES, bars)
    return [note for i, word in enumerate(words) for note in bar(rng, word, 0.6 + 16 * i * step_s, step_s)]


def _step_s(rng: np.random.Generator) -> float:
    return float(60 / rng.uniform(92, 122) / 4)


def band(rng: np.random.Generator, bars: int = 12) -> list[Note]:
    """Play the groove on the whole kit; strokes fall together, some on the very same sample."""
    step_s = _step_s(rng)
    notes: list[Note] = []
    for i, word in enumerate(rng.choice(_GROOVES, bars)):
        start_s = 0.6 + 16 * i * step_s
        notes += bar(rng, word, start_s, step_s)
        notes += _around(rng, start_s, step_s, fill=i % 4 == 3)
    return _together(rng, notes)


def _together(rng: np.random.Generator, notes: list[Note]) -> list[Note]:
    """Move every third kick or hat that accompanies a backbeat onto its very sample."""
    beats_s = [note.onset_s for note in notes if note.kind == "backbeat"]

    def moved(note: Note) -> Note:
        near_s = min(beats_s, key=lambda beat_s: abs(beat_s - note.onset_s))
        joins = note.drum in ("kick", "hat") and abs(near_s - note.onset_s) < 0.012 and rng.random() < 0.33
        return replace(note, onset_s=near_s) if joins else note

    return [moved(note) for note in notes]


def _around(rng: np.random.Generator, start_s: float, step_s: float, fill: bool) -> Iterator[Note]:
    """Play one bar of everything but the snare."""

    def note(step: int, drum: str, low: float, high: float, place: float, way: Technique = "hit") -> Note:
        onset_s = start_s + step * step_s + rng.normal(0, 0.003)
        return Note(onset_s, rng.uniform(low, high), drum, drum, place + rng.uniform(-0.1, 0.1), way)

    for step in range(0, 16, 2):
        if step == 14 and rng.random() < 0.5:
            yield note(step, "hat", -16, -10, 0.8, "open")
        else:
            yield note(step, "hat", -22, -12, 0.7, "foot" if rng.random() < 0.1 else "closed")
        if step in (0, 8) or rng.random() < 0.2:
            yield note(step, "kick", -9, -4, 0.1)
    yield note(int(rng.integers(16)), "ride", -18, -10, 0.6)
    for drum in rng.choice(EXTRAS, 3):
        yield note(int(rng.integers(16)), str(drum), -24, -5, 0.4)
    for step, drum in zip((12, 13, 14, 15), ("high-tom", "tom", "tom", "floor-tom"), strict=True) if fill else ():
        yield note(step, drum, -14, -5, 0.3)


def minute(rng: np.random.Generator) -> list[Note]:
    """Play a minute to learn from: every level and position, alone, in a groove, in flams and rolls."""
    levels, places = rng.permutation(np.linspace(-44, LOUDEST_DBFS, 48)), rng.permutation(np.linspace(0, 0.9, 48))
    notes = [
        Note(0.5 + 0.42 * i, float(level), "hit", "snare", float(place))
        for i, (level, place) in enumerate(zip(levels, places, strict=True))
    ]
    notes += [replace(note, onset_s=note.onset_s + 20.5) for note in groove(rng, 8)]
    at_s = max(note.onset_s for note in notes) + 0.7
    for i, gap_s in enumerate(np.linspace(0.02, 0.035, 6)):
        notes += flam(rng, at_s + 0.6 * i, rng.uniform(-20, -3), gap_s)
    notes += roll(rng, at_s + 4.0, 4.0, 8, (-36, -4, -30))
    notes += roll(rng, at_s + 8.4, 4.0, 12, (-30, -3, -24))
    return [note for note in notes if note.onset_s < 59]


def demo(rng: np.random.Generator) -> list[Note]:
    """Play half a minute that makes sense: whispers, a groove, a fill, more of it, a roll that swells, the end."""
    step_s = 60 / 100 / 4
    notes = [note for i, word in enumerate(_DEMO) for note in bar(rng, word, 0.5 + 16 * i * step_s, step_s)]
    at_s = 0.5 + 16 * len(_DEMO) * step_s
    notes += roll(rng, at_s, 8 * step_s, 10, (-38, -26))
    notes += roll(rng, at_s + 8 * step_s, 8 * step_s, 20, (-27, -3))
    return [*notes, *flam(rng, at_s + 16 * step_s, -1.8, 0.03), *bar(rng, "....a.g.q", at_s + 16 * step_s, step_s)]


SCORES: dict[str, Score] = {score.__name__: score for score in (demo, singles, graded, groove, rolls, flams)}
SCORES |= {"bleed": band, "kit": band, "minute": minute}
