"""``ghostnote match``: recordings of single hits become presets of a voice, or settings of a synth that is not ours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bridge.cli.experiment import executor
from bridge.cli.match_synth import OnSynth, match_on_synth
from bridge.cli.screen import AsJson, console, numbers, progress, show_notes
from bridge.learning.lesson import require_torch
from bridge.learning.match import ENDINGS, MatchJob, NoMatch, by_sound, match_all, places, run_match, write_match
from bridge.learning.match_synth_files import places as synth_places
from bridge.learning.matched import Match
from bridge.learning.one_shot import OneShot, one_shot
from synth.errors import InputError
from synth.outputs import free_path, require_inputs_kept, require_writable
from synth.voices.registry import VoiceKind, voice_kind, voice_kinds

BEST = "best"
FOLDER = Path("matched")
"""Where the presets of several sounds go."""


def match(
    sounds: Annotated[list[Path], typer.Argument(metavar="SOUND", help="A recording of one hit, in any format.")],
    voice: Annotated[str, typer.Option(help="The voice to fit, or `best`: try all and keep the nearest.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Preset file to write or replace; for several sounds a folder of them.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the first guesses.", min=0, max=2**32 - 1)] = 0,
    effort: Annotated[float, typer.Option(help="Times the usual work, 0.05 to 20.", min=0.05, max=20.0)] = 1.0,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, as tcp://HOST:8786.")] = "",
    workers: Annotated[int, typer.Option(help="Processes on this machine; 0: one per core.", min=0)] = 0,
    synth: Annotated[str, typer.Option(help="In place of --voice: a profile of a synth that was sampled.")] = "",
    proxy: Annotated[Path | None, typer.Option(help="Its proxy, for --synth; ghostnote proxy makes one.")] = None,
    takes: Annotated[Path | None, typer.Option(help="Its takes, for --synth; default: SYNTH-takes.")] = None,
    presets: Annotated[
        list[Path] | None, typer.Option(help="Settings to begin from too, for --synth: TOML, or a DX7's .syx.")
    ] = None,
    renders: Annotated[int, typer.Option(help="Settings that the synth may play for a sound.", min=0, max=10_000)] = 30,
    schedule: Annotated[
        str, typer.Option(help="Of the estimator, for --synth: ploss, mix, switch or none.")
    ] = "switch",
    plugin: Annotated[str, typer.Option(help="File of the plugin, for a synth that was sampled from one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fit a voice or a synth of yours to recordings of single hits: a preset, a picture, a listening file for each.

    Exit code 2: some sounds could not be used; the others are matched.
    """
    require_torch()
    on_synth = OnSynth(synth, proxy, takes, tuple(presets or ()), renders, schedule, plugin, seed)
    on_synth.require_alone(voice)
    if synth:
        if scheduler or workers or effort != 1.0:
            raise InputError("--effort, --scheduler and --workers belong to --voice; with --synth say --renders")
        _match_on_synth(sounds, on_synth, out, as_json)
        return
    kinds = _kinds(voice)
    files = _places(sounds, voice, out, places)
    heard, refused = _heard(sounds)
    jobs = [MatchJob(sound, kind, seed, effort) for sound in heard for kind in kinds]
    began = time.perf_counter()
    found = _done(jobs, scheduler, workers)
    seconds = time.perf_counter() - began
    screen = console()
    for failed in (one for one in found if isinstance(one, NoMatch)):
        refused.append(f"{failed.path}: {failed.voice}: {failed.words}")
    for ranks in by_sound(found):
        preset = files[ranks[0].sound.path] if out or len(sounds) > 1 else _free(ranks[0])
        written = write_match(ranks[0], preset)
        if as_json:
            typer.echo(json.dumps(summary(ranks, written, seconds)))
        else:
            show(ranks, written, screen)
    _tell(refused)


def _match_on_synth(sounds: Sequence[Path], asked: OnSynth, out: Path | None, as_json: bool) -> None:
    known = asked.found()
    synth = known[1].synth
    files = _places(sounds, synth.name, out, lambda settings: synth_places(settings, synth))
    heard, refused = _heard(sounds)
    named = bool(out) or len(sounds) > 1
    match_on_synth(heard, known, asked, lambda sound: files[sound.path] if named else None, as_json)
    _tell(refused)


def _tell(refused: Sequence[str]) -> None:
    """Print what is wrong with some sounds, and end with the code for that."""
    for words in refused:
        console(as_json=True).print(words, style="bold red")
    if refused:
        raise typer.Exit(2)


def _kinds(voice: str) -> list[VoiceKind]:
    """Return the voices to fit; `InputError` where there is none of that name, or none that has gradients."""
    kinds = [kind for kind in voice_kinds() if kind.learns] if voice == BEST else [voice_kind(voice)]
    for kind in kinds:
        kind.learnable()
    return kinds


def _places(
    sounds: Sequence[Path], name: str, out: Path | None, files: Callable[[Path], list[Path]]
) -> dict[Path, Path]:
    """Return the preset of each sound, after a look at whether its files can be written.

    Parameters
    ----------
    sounds : sequence of Path
    name : str
        Of the voice or synth.
    out : Path, optional
    files : callable
        A preset to all that is written with it.
    """
    if len(sounds) == 1 and (out is None or not out.is_dir()):
        if out is not None and out.suffix != ENDINGS[0]:
            raise InputError(f"--out is {out}; a preset's name ends with {ENDINGS[0]}, or a folder is there already")
        presets = {sounds[0]: out or Path(f"{sounds[0].stem}-{name}{ENDINGS[0]}")}
    else:
        folder = out or FOLDER
        if folder.is_file():
            raise InputError(f"{folder}: is a file; for several sounds --out names a folder")
        presets = {sound: folder / f"{sound.stem}{ENDINGS[0]}" for sound in sounds}
    if len(set(presets.values())) < len(sounds):
        raise InputError(f"{', '.join(map(str, sounds))}: two sounds have one name; rename one")
    written = [place for preset in presets.values() for place in files(preset)]
    for place in written:
        require_writable(place)
    require_inputs_kept(sounds, written)
    return presets


def _free(match: Match) -> Path:
    """Return a name that no earlier match has."""
    return free_path(Path(f"{match.sound.path.stem}-{match.space.name}{ENDINGS[0]}"), *ENDINGS[1:])


def _heard(sounds: Sequence[Path]) -> tuple[list[OneShot], list[str]]:
    """Return the hits, and what is wrong with the other sounds; a sound alone that is wrong ends the command."""
    heard, refused = [], []
    for path in sounds:
        try:
            heard.append(one_shot(path))
        except InputError as error:
            if len(sounds) == 1:
                raise
            refused.append(str(error))
    return heard, refused


def _done(jobs: Sequence[MatchJob], scheduler: str, workers: int) -> list[Match | NoMatch]:
    """Do the jobs: one in this process, several in processes or on a cluster."""
    if len(jobs) == 1 and not scheduler:
        with progress("Matching", 1.0) as show:
            return [run_match(jobs[0], show)]
    if not jobs:
        return []
    with progress("Matching", len(jobs)) as show, executor(scheduler, workers) as pool:
        finished = iter(range(1, len(jobs) + 1))
        return match_all(jobs, pool, lambda: show(next(finished)))


def summary(ranks: Sequence[Match], written: Sequence[Path], seconds: float) -> dict[str, Any]:
    """Return what ``--json`` prints of one sound."""
    best = ranks[0]
    return {
        "sound": str(best.sound.path),
        "voice": best.space.name,
        "preset": str(written[0]),
        "before_db": round(best.before_db, 3),
        "after_db": round(best.after_db, 3),
        "pitch_hz": best.pitch_hz and round(best.pitch_hz, 2),
        "matched_hz": best.matched_hz and round(best.matched_hz, 2),
        "cannot": list(best.cannot),
        "rank": [{"voice": one.space.name, "after_db": round(one.after_db, 3)} for one in ranks],
        "seconds": round(seconds, 2),
        "notes": list(best.sound.notes),
    }


def show(ranks: Sequence[Match], written: Sequence[Path], screen: Console) -> None:
    """Print how near a sound the best voice comes, what it cannot do, and which files were written."""
    best = ranks[0]
    show_notes(best.sound.notes, screen)
    if len(ranks) > 1:
        screen.print(_rank_table(ranks))
    moved = f"{best.before_db:.1f} dB away before, {best.after_db:.1f} dB after"
    screen.print(f"{best.sound.path.name}: {best.space.name}, {moved}; {_pitches(best)}.", style="bold")
    for words in best.cannot:
        screen.print(f"What {best.space.name} cannot do: {words}.")
    screen.print(f"Wrote {', '.join(map(str, written))}.")


def _pitches(match: Match) -> str:
    if match.pitch_hz is None:
        return "no clear pitch"
    matched = "none that is clear" if match.matched_hz is None else f"{match.matched_hz:.1f} Hz"
    return f"pitch {match.pitch_hz:.1f} Hz, matched {matched}"


def _rank_table(ranks: Sequence[Match]) -> Table:
    table = Table("voice", *numbers("before, dB", "after, dB"))
    for one in ranks:
        table.add_row(one.space.name, f"{one.before_db:.1f}", f"{one.after_db:.1f}")
    return table
