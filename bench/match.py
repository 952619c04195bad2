"""How well voices are fitted to sounds: ``python -m bench.match`` prints the tables of docs/notes/match.md.

Random presets of each voice, every parameter anywhere in its range, are matched by the same voice. `before` and `after`
are the distances of its default and of what was found, both with the noise of the target, which the fit never heard;
`noise` is what the target itself is away from its own values with other noise: nothing can be told below that.
Pitches are those of `models.training.match_sound.clear_pitch_hz`, where the target has one that its values keep with
other noise: a peak of noise is no pitch. Seconds are of one core, without the start of the program, which stands below
the table.

With ``--sounds FOLDER`` recordings of a TR-808, named as in ``BD5010.WAV``, are matched by the circuit that they come
from and by other voices; then the knobs of the files' names are compared with what was found.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from bench.report import asked, folder, head, heading, line
from bridge.learning.match import MatchJob, run_match
from bridge.learning.matched import Match
from bridge.learning.one_shot import OneShot, one_shot
from models.features.likeness import Likeness
from models.training.match_sound import RATE_HZ, clear_pitch_hz
from models.training.threads import one_thread_per_call
from synth.dsp.noise import white_noise
from synth.voices.panel import panel_of
from synth.voices.registry import VoiceKind, voice_kind, voice_kinds

SAMPLES = 2 * RATE_HZ
TARGET_NOISE, OTHER_NOISE = 101, 102
SOFTEST_PEAK = 1e-3
SHORTEST_S = 0.003
TENTH = 0.1


class Cell(NamedTuple):
    """What one target gave: distances in dB, semitones from its pitch (no number without one), seconds."""

    before_db: float
    after_db: float
    noise_db: float
    semitones: float
    seconds: float


def rendered(kind: VoiceKind, values: NDArray[np.float64], seed: int) -> NDArray[np.float32]:
    """Return two seconds of a voice with the noise of a seed."""
    noise = torch.from_numpy(white_noise(seed, 0, SAMPLES)).float()[None]
    with torch.no_grad():
        audio = kind.learnable().render(torch.from_numpy(values[None]).float(), noise, RATE_HZ, SAMPLES)
    return audio[0].numpy()


def from_onset(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a sound from -40 dB of its peak on, to where it falls to -60 dB."""
    size = np.abs(audio)
    heard = np.flatnonzero(size > 0.001 * size.max())
    return audio[int(np.argmax(size > 0.01 * size.max())) : int(heard.max()) + 1]


def distance_db(target: NDArray[np.float32], audio: NDArray[np.float32]) -> float:
    """Return how far a sound is from a target, dB."""
    padded = np.zeros(SAMPLES, np.float32)
    padded[: len(target)] = target
    with one_thread_per_call():
        return float(Likeness(torch.from_numpy(padded), RATE_HZ).decibels(torch.from_numpy(audio)[None]))


def presets(kind: VoiceKind, count: int, seed: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """Yield values from anywhere in a voice's table and their sounds; what nobody would hear is left out."""
    rng = np.random.default_rng(seed)
    found = 0
    while found < count:
        values = kind.space.from_unit(rng.random(len(kind.space)))
        audio = rendered(kind, values, TARGET_NOISE)
        if np.isfinite(audio).all() and np.abs(audio).max() > SOFTEST_PEAK:
            target = from_onset(audio)
            if len(target) > SHORTEST_S * RATE_HZ:
                found += 1
                yield values, target


def measured(kind: VoiceKind, values: NDArray[np.float64], target: NDArray[np.float32], effort: float) -> Cell:
    """Match a target and return what it gave."""
    whole = bool(np.abs(target[-RATE_HZ // 100 :]).max() < 0.01 * np.abs(target).max())
    began = time.process_time()
    found = run_match(MatchJob(OneShot(Path("preset.wav"), target, whole), kind, effort=effort))
    seconds = time.process_time() - began
    default, fitted = rendered(kind, kind.space.defaults, TARGET_NOISE), rendered(kind, found.values, TARGET_NOISE)
    other = rendered(kind, values, OTHER_NOISE)
    apart = semitones(target, from_onset(fitted)) if semitones(target, from_onset(other)) < 1.0 else np.nan
    before, after, noise = (distance_db(target, audio) for audio in (default, fitted, other))
    return Cell(before, after, noise, apart, seconds)


def semitones(target: NDArray[np.float32], audio: NDArray[np.float32]) -> float:
    """Return how far a pitch is from a target's: infinite where there is none, no number where the target has none."""
    pitch, found = clear_pitch_hz(target), clear_pitch_hz(audio)
    if pitch is None:
        return np.nan
    return np.inf if found is None else float(abs(12 * np.log2(found / pitch)))


def own_presets(kinds: Sequence[VoiceKind], count: int, seed: int, effort: float) -> None:
    """Print the table of random presets."""
    print(f"\nrandom presets, {count} of each voice, matched by the same voice\n")
    head(
        "voice", "before, dB", "after, dB", "after / before", "up to a tenth", "noise, dB", "pitch kept", "s", "most s"
    )
    for kind in kinds:
        cells = [measured(kind, values, target, effort) for values, target in presets(kind, count, seed)]
        before, after, noise, apart, seconds = np.array(cells).T
        pitched = np.isfinite(apart) | np.isinf(apart)
        tenth, kept = int((after <= TENTH * before).sum()), int((apart[pitched] < 1.0).sum())
        figures = f"{before.mean():.1f}", f"{after.mean():.2f}", f"{after.sum() / before.sum():.3f}"
        times = f"{seconds.mean():.1f}", f"{seconds.max():.1f}"
        line(kind.name, *figures, f"{tenth} of {count}", f"{noise.mean():.2f}", f"{kept} of {pitched.sum()}", *times)


MACHINE: dict[str, tuple[str, dict[str, slice]]] = {
    "BD": ("bass-drum", {"tone": slice(2, 4), "decay": slice(4, 6)}),
    "SD": ("snare-drum", {"tone": slice(2, 4), "snappy": slice(4, 6)}),
    "LT": ("low-tom", {"tuning": slice(2, 4)}),
    "MT": ("mid-tom", {"tuning": slice(2, 4)}),
    "HT": ("high-tom", {"tuning": slice(2, 4)}),
    "LC": ("low-conga", {"tuning": slice(2, 4)}),
    "MC": ("mid-conga", {"tuning": slice(2, 4)}),
    "HC": ("high-conga", {"tuning": slice(2, 4)}),
    "RS": ("rim-shot", {}),
    "CL": ("claves", {}),
    "CP": ("hand-clap", {}),
    "MA": ("maracas", {}),
    "CB": ("cow-bell", {}),
    "CY": ("cymbal", {"tone": slice(2, 4), "decay": slice(4, 6)}),
    "OH": ("open-hat", {"decay": slice(2, 4)}),
    "CH": ("closed-hat", {}),
}
"""First letters of a file: its circuit, and where in its name each knob stands."""
POSITIONS = {"00": 0.0, "25": 2.5, "50": 5.0, "75": 7.5, "10": 10.0}


def recordings(place: Path, rivals: Sequence[VoiceKind], effort: float) -> None:
    """Print how near circuits and other voices come to recordings, and how knobs and parameters go together."""
    known = {kind.name for kind in voice_kinds()}
    files = [path for path in sorted(place.iterdir()) if MACHINE.get(path.stem[:2], ("",))[0] in known]
    print(f"\n{len(files)} recordings of {place.name}; distances in dB, mean of the files\n")
    head("sound", "files", "circuit", *(kind.name for kind in rivals), "circuit / the best other", "most s")
    rows: list[list[float]] = []
    values: dict[str, list[tuple[str, NDArray[np.float64]]]] = defaultdict(list)
    for name, group in groupby(files, lambda path: path.stem[:2]):
        circuit = voice_kind(MACHINE[name][0])
        those = []
        for path in group:
            matches = [_timed(MatchJob(one_shot(path), kind, effort=effort)) for kind in (circuit, *rivals)]
            values[name].append((path.stem, matches[0][0].values))
            those.append([match.after_db for match, _ in matches] + [max(seconds for _, seconds in matches)])
        _distance_line(name, np.array(those))
        rows += those
    _distance_line("all", np.array(rows))
    _knobs(values)


def _timed(job: MatchJob) -> tuple[Match, float]:
    began = time.process_time()
    return run_match(job), time.process_time() - began


def _distance_line(name: str, rows: NDArray[np.float64]) -> None:
    """Print a line of (files, voices + 1) distances, the circuit's first, and seconds."""
    means = rows[:, :-1].mean(0)
    ratio = f"{means[0] / means[1:].min():.2f}" if len(means) > 1 else ""
    line(name, len(rows), *(f"{mean:.2f}" for mean in means), ratio, f"{rows[:, -1].max():.1f}")


def _knobs(values: dict[str, list[tuple[str, NDArray[np.float64]]]]) -> None:
    """Print how a knob goes together with the parameter that it moves most, and with all of them along its way."""
    print("\nrank correlation of knobs with what was found\n")
    head("sound", "knob", "files", "parameter it moves most", "correlation", "of all it moves")
    for name, rows in values.items():
        voice, knobs = MACHINE[name]
        panel = panel_of(voice)
        for knob, digits in knobs.items():
            if panel is None or knob not in panel.knobs:
                continue
            turned = [POSITIONS[stem[digits]] for stem, _ in rows]
            if len(set(turned)) < 2:
                continue
            units = np.array([panel.space.to_unit(found) for _, found in rows])
            way = {column: marks[-1] - marks[0] for column, marks in panel.knobs[knob].moves.items()}
            most = max(way, key=lambda column: abs(way[column]))
            along = units[:, list(way)] @ np.array(list(way.values()))
            one, all_of_it = (
                float(spearmanr(turned, found).statistic) for found in (np.sign(way[most]) * units[:, most], along)
            )
            line(name, knob, len(rows), panel.space.names[most], f"{one:.2f}", f"{all_of_it:.2f}")


def startup_s() -> float:
    """Return the seconds of one core that the command takes before it fits anything."""
    began = time.monotonic()
    program = "import bridge.cli.match, models.training.match; bridge.cli.match._kinds('snare808')"
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.monotonic() - began


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = asked(
        __doc__,
        words,
        voices=("all", "voices, with commas between"),
        presets=(20, "of each voice"),
        seed=(1, "of the presets"),
        effort=(1.0, "times the usual work"),
        sounds=(folder, "recordings of a TR-808 to match instead"),
        rivals=("snare808,modal", "voices beside the circuits, with commas between"),
    )
    torch.set_num_threads(1)
    print(heading(options.seed))
    names = {kind.name for kind in voice_kinds()}
    if options.sounds:
        rivals = [voice_kind(name) for name in options.rivals.split(",") if name in names]
        recordings(options.sounds, rivals, options.effort)
        return
    asked_for = [voice_kind(name) for name in options.voices.split(",")] if options.voices != "all" else voice_kinds()
    own_presets([kind for kind in asked_for if kind.learns], options.presets, options.seed, options.effort)
    print(f"\nthe program starts in {startup_s():.1f} s")


if __name__ == "__main__":
    main()
