"""``ghostnote learn``: record, check, train, load, play: one command at the drum."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bridge.audio.files import Recording
from bridge.audio.recorder import require_seconds
from bridge.cli.play import play_rig
from bridge.cli.record import record_into, require_room_to_record
from bridge.cli.screen import ENDING, RigName, breaking_off, console, show_notes, stop_on
from bridge.cli.train import chosen_drum, held_out_errors, judged, require_bundle_name, watching
from bridge.learning.cable import BUDGETS
from bridge.learning.lesson import learn_from, require_room, require_torch, write_lesson
from bridge.learning.strokes import Pupil
from bridge.learning.synth_teacher import AT_THE_DRUM_HELP, ROUNDS_AT_THE_DRUM, teacher_of
from bridge.learning.teacher import Teacher
from bridge.mapping.load import load_bundle, require_playable, with_lesson
from bridge.rig.rig import RIGS, Drum, Rig, load_rig
from bridge.rig.targets import VoiceTargetSettings
from bridge.sampling.engine import Way
from models.mapping.architectures import ARCHITECTURES, architecture_named
from synth.errors import counted_noun
from synth.outputs import free_path
from synth.voices.presets import load_preset

if TYPE_CHECKING:
    from models.training.train import Settings


def learn(
    rig: RigName = "808",
    seconds: Annotated[float, typer.Option(help="Seconds to record; Ctrl-C ends it, training follows.")] = 60.0,
    drum: Annotated[str, typer.Option(help="Drum of the rig; default: the first.")] = "",
    preset: Annotated[str, typer.Option(help="Preset for a stroke of median loudness; default: the drum's own.")] = "",
    arch: Annotated[str, typer.Option(help=f"The model: {', '.join(ARCHITECTURES)}.")] = "mlp",
    epochs: Annotated[int, typer.Option(help="Passes over all strokes.", min=1)] = 100,
    out: Annotated[Path, typer.Option(help="Bundle file, numbered if it exists.")] = Path("learned.safetensors"),
    play_s: Annotated[float, typer.Option("--play-seconds", help="Seconds to play afterwards; 0: until Ctrl-C.")] = 0.0,
    stay_silent: Annotated[bool, typer.Option("--no-play", help="Do not play afterwards.")] = False,
    synth: Annotated[str, typer.Option(help="Profile of a synth that is not ours, which the drum plays.")] = "",
    proxy: Annotated[Path | None, typer.Option(help="The synth's proxy, made by ghostnote proxy.")] = None,
    rounds: Annotated[int | None, typer.Option(help=f"With --synth: {AT_THE_DRUM_HELP}", min=0)] = None,
    budget: Annotated[str, typer.Option(help=f"With --synth, the cable: {', '.join(BUDGETS)}.")] = "none",
) -> None:
    """Record your drum for a minute, train on it for about half a minute, then play live."""
    require_torch()
    from models.training.train import Settings

    architecture_named(arch)
    require_seconds(seconds)
    checked = load_rig(rig)
    pupil = chosen_drum(checked, drum)
    teacher = teacher_for(checked, pupil, preset, synth, proxy, rounds, budget)
    bundle = free_place(out)
    file = bundle.with_suffix(".wav")
    require_room(bundle)
    require_room_to_record(file, checked, seconds)
    screen = console()
    words = f"Play '{pupil.name}' for {seconds:g} s: soft and loud, middle and edge, single strokes and rolls."
    with stop_on(*ENDING) as stop:
        ask, beside = partial(screen.print, words), (bundle.suffix,)
        file, taken = record_into(out.with_suffix(".wav"), checked, seconds, screen, stop, ask, beside)
        screen.print(f"Wrote {file}.")
    bundle = file.with_suffix(bundle.suffix)  # another lesson may have taken the first name meanwhile
    if stop.code:  # after Ctrl-C the training follows; a terminal that is closed ends it all
        raise typer.Exit(stop.code)
    if taken.lost:
        advice = "see ghostnote doctor, and record again where that is often"
        show_notes([f"audio was lost {taken.lost} times: {advice}"], screen)
    played = replace(taken.recording, path=file)
    settings = Settings(arch=arch, epochs=epochs)
    last_stroke_s = lesson(played, teacher, settings, Pupil(checked, pupil), bundle, screen)
    for line in rig_lines(bundle, preset if pupil.preset and not synth else "", RIGS.find(rig)):
        screen.print(f"For the rig, under [[drum]] '{pupil.name}': {line}")

    def ready() -> None:
        waited_s = time.monotonic() - taken.ended_s + last_stroke_s
        screen.print(f"Ready {waited_s:.1f} s after the last stroke, {waited_s - last_stroke_s:.1f} s after recording.")

    if not stay_silent:
        play_rig(with_lesson(checked, pupil.name, bundle), str(RIGS.find(rig)), play_s, ready=ready)


def lesson(
    recording: Recording, teacher: Teacher, settings: Settings, pupil: Pupil, bundle: Path, screen: Console
) -> float:
    """Train on a recording, write and print the result; return the seconds from its last stroke to its end."""
    began = time.monotonic()
    with teacher, breaking_off() as stop, watching(settings) as watch:
        finished, heard = learn_from([recording], teacher, settings, watch, pupil=pupil, command=sys.argv[1:])
        write_lesson(finished, heard, bundle, teacher)
    show_notes(heard.warnings, screen)
    screen.print(judged(finished, heard).sentence(), style="bold")
    learned = f"{counted_noun(len(heard.strokes), 'stroke')} learned in {time.monotonic() - began:.1f} s"
    screen.print(f"{learned}: {held_out_errors(finished)}. Wrote {bundle}.")
    if stop.code:
        raise typer.Exit(stop.code)
    return float(heard.strokes.ends[-1]) / heard.strokes.sample_rate


def free_place(out: Path) -> Path:
    """Return ``out``, numbered if an earlier lesson has that name: no lesson is written over."""
    require_bundle_name(out)
    return free_path(out, ".wav")


def rig_lines(bundle: Path, preset: str, rig: Path) -> list[str]:
    """Return what to write into the file ``rig`` so that its drum plays what was learned."""
    named = {"model": _seen_from(rig, bundle)} | ({"preset": _seen_from(rig, Path(preset))} if preset else {})
    # A JSON string is a TOML string.
    return [f"{key} = {json.dumps(path, ensure_ascii=False)}" for key, path in named.items()]


def _seen_from(rig: Path, path: Path) -> str:
    """Return a file as a rig names it: a rig's relative paths are seen from its own folder."""
    if not path.is_file():
        return str(path)  # what ships has a name
    return path.name if path.absolute().parent == rig.absolute().parent else str(path.absolute())


def teacher_for(
    rig: Rig, drum: Drum, preset: str, synth: str, proxy: Path | None, rounds: int | None, budget: str
) -> Teacher:
    """Return who teaches a drum: a voice of ours by ``preset``, the drum's own or its model's; or another synth.

    Raises
    ------
    InputError
        It cannot be used, or a voice that is to play what is learned has other parameters. A play with a model of its
        own plays that one.
    """
    if synth or proxy is not None:
        teacher = teacher_of(preset, synth, proxy, "proxy", budget, Way(), rounds, ROUNDS_AT_THE_DRUM)
    elif preset:
        teacher = Teacher(load_preset(preset))
    else:
        teacher = Teacher(load_preset(drum.preset, beside=drum.folder) if drum.preset else load_bundle(drum).preset)
    taught = {play.target for play in drum.plays if play.model is None}
    for target in rig.targets:
        if isinstance(target, VoiceTargetSettings) and target.name in taught:
            require_playable(drum, teacher.space, target)
    return teacher
