"""Sounds and voices become presets: the jobs of ``ghostnote match``, what each gives, and the files of one.

A job carries its sound and its voice, so a worker elsewhere needs no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import write_wav
from bridge.learning.match_picture import draw_match
from bridge.learning.matched import Match
from bridge.learning.one_shot import OneShot
from models.training.match_sound import RATE_HZ, clear_pitch_hz
from synth.errors import InputError, spelt
from synth.figures import drawable
from synth.outputs import whole_folder
from synth.voices.panel import number_text, rounded
from synth.voices.panel_presets import depth_of
from synth.voices.registry import VoiceKind

ENDINGS = (".toml", ".png", ".listen.wav")
"""Of the files of a match, the preset first."""

PAUSE_S = 0.4
_LOUDEST = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class MatchJob:
    """A voice to fit to a sound.

    Parameters
    ----------
    sound : OneShot
    kind : VoiceKind
    seed : int
        Of the guesses.
    effort : float
        Times the usual work.
    """

    sound: OneShot
    kind: VoiceKind
    seed: int = 0
    effort: float = 1.0


def run_match(job: MatchJob, watch: Callable[[float], object] = lambda share: None) -> Match:
    """Fit a voice to a sound and measure what is left.

    Raises
    ------
    InputError
        The voice has no gradients.
    """
    from models.features.likeness import Likeness
    from models.training.match import Fitting, match
    from models.training.match_words import cannot
    from models.training.threads import one_thread_per_call

    sound, space = job.sound, job.kind.space
    found = match(sound.audio, sound.whole, job.kind, job.seed, job.effort, watch)
    values = np.array([rounded(value, param) for value, param in zip(found.values, space, strict=True)])
    with one_thread_per_call():
        fitting = Fitting(job.kind, sound.audio, sound.whole)
        likeness: Likeness = fitting.judge
        after = found.after
        left = cannot(likeness, sound.audio, after, space, values, found.after_db, fitting.judged)
    heard = after[: max(len(sound.audio), 1)]
    pitches = clear_pitch_hz(sound.audio), clear_pitch_hz(heard) if heard.any() else None
    return Match(
        sound, space, values, found.before_db, found.after_db, *pitches, tuple(left), found.before, found.after
    )


@dataclass(frozen=True, slots=True)
class NoMatch:
    """A job that gave nothing, and why.

    Parameters
    ----------
    path : Path
        Its sound.
    voice : str
    words : str
    """

    path: Path
    voice: str
    words: str


def match_all(
    jobs: Sequence[MatchJob], pool: Executor, watch: Callable[[], object] = lambda: None
) -> list[Match | NoMatch]:
    """Do all jobs in a pool and return what each gave, in order; a job that fails costs no other.

    Parameters
    ----------
    jobs : sequence of MatchJob
    pool : Executor
    watch : callable, optional
        Called after every job.
    """
    found: dict[int, Match | NoMatch] = {}
    waiting = {pool.submit(run_match, job): place for place, job in enumerate(jobs)}
    for future in as_completed(waiting):
        job = jobs[waiting[future]]
        found[waiting[future]] = _outcome(job, future.result)
        watch()
    return [found[place] for place in range(len(jobs))]


def _outcome(job: MatchJob, result: Callable[[], Match]) -> Match | NoMatch:
    try:
        return result()
    except BrokenExecutor:
        words = "a worker's process ended in the midst of it; the same command tries it again"
    except InputError as error:
        words = str(error)
    except Exception as error:  # whatever a job or a cluster raises, the other jobs go on
        words = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return NoMatch(job.sound.path, job.kind.name, words)


def ranked(matches: Sequence[Match]) -> list[Match]:
    """Return matches of one sound, the nearest first."""
    return sorted(matches, key=lambda match: match.after_db)


def preset_text(match: Match) -> str:
    """Return the preset as TOML, with a line on where it comes from."""
    name = spelt(drawable(match.sound.path.name))
    lines = [
        f"# Matched to {name}: {match.after_db:.1f} dB from it, its default {match.before_db:.1f} dB.",
        "# value: in the unit of the parameter's table. depth: how far a full modulation moves it, as a part of its "
        "range;",
        "# pitch moves by 2 semitones, so that a drum keeps its note.",
        *(f"# What the voice cannot do: {words}." for words in match.cannot),
        "",
        f'voice = "{match.space.name}"',
        "",
    ]
    width = max(map(len, match.space.names))
    for param, value in zip(match.space, match.values, strict=True):
        entry = f"{{ value = {number_text(value)}, depth = {depth_of(param):g} }}"
        lines.append(f"{param.name:{width}} = {entry}  # {param.unit}".removesuffix("  # "))
    return "\n".join(lines) + "\n"


def write_match(match: Match, preset: Path) -> list[Path]:
    """Write the preset, and beside it the picture and the listening file: all or none.

    Returns
    -------
    list of Path
        What was written, the preset first.

    Raises
    ------
    InputError
        One of them cannot be written.
    """
    with whole_folder(preset.parent) as folder:
        words, drawn, heard = (folder / path.name for path in places(preset))
        words.write_text(preset_text(match), encoding="utf-8")
        draw_match(match, drawn)
        write_wav(heard, listening(match), RATE_HZ)
    return places(preset)


def places(preset: Path) -> list[Path]:
    """Return the files of a match by its preset."""
    return [preset.with_suffix(ending) for ending in ENDINGS]


def listening(match: Match) -> NDArray[np.float32]:
    """Return the sound, a pause, and the preset, equally loud: (samples,)."""
    sound, pause = match.sound.audio, np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
    fitted = match.after * (_loudness(sound) / max(_loudness(match.after), 1e-9))
    both = np.concatenate([sound, pause, fitted])
    return np.asarray(both * min(1.0, _LOUDEST / float(np.abs(both).max())), np.float32)


def _loudness(audio: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(audio[: round(0.3 * RATE_HZ)], dtype=np.float64))))


def by_sound(found: Sequence[Match | NoMatch]) -> Iterator[list[Match]]:
    """Yield the matches of each sound, the nearest first, sounds in the order of their jobs."""
    groups: dict[Path, list[Match]] = {}
    for one in found:
        if isinstance(one, Match):
            groups.setdefault(one.sound.path, []).append(one)
    yield from map(ranked, groups.values())
