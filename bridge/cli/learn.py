"""``ghostnote learn``: record, check, train, load, play: one command at the drum."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bridge.cli.play import play
from bridge.cli.record import recorded, save_recording
from bridge.cli.train import watching
from bridge.learning import learn_from, require_torch, write_beside
from bridge.rig import Drum, Rig, load_rig
from bridge.taking import drum_channel
from synth.errors import InputError
from synth.presets import load_preset
from synth.snare808 import SNARE808


def learn(
    rig: Annotated[str, typer.Option(help="Rig file, or the name of a shipped one.")] = "808",
    seconds: Annotated[
        float, typer.Option(help="How long to record; Ctrl-C ends the recording, not the lesson.")
    ] = 60.0,
    drum: Annotated[str, typer.Option(help="Which of the rig's drums; the first, if not given.")] = "",
    preset: Annotated[str, typer.Option(help="What the middling stroke plays; the drum's own, if not given.")] = "",
    arch: Annotated[str, typer.Option(help="The model: linear, mlp, mlp-large.")] = "mlp",
    epochs: Annotated[int, typer.Option(help="Times through all strokes.", min=1)] = 100,
    out: Annotated[Path, typer.Option(help="The bundle to write; recording and card lie beside it.")] = Path(
        "learned.safetensors"
    ),
    play_s: Annotated[float, typer.Option("--play-seconds", help="Play this long afterwards; 0: until Ctrl-C.")] = 0.0,
    stay_silent: Annotated[bool, typer.Option("--no-play", help="Only learn.")] = False,
) -> None:
    """Play your drum for a minute; half a minute later the synth answers it."""
    require_torch()
    from models.train import Settings

    checked = load_rig(rig)
    pupil = chosen_drum(checked, drum)
    patch = load_preset(preset or pupil.preset or "snare-1", SNARE808)
    if out.suffix != ".safetensors":
        raise InputError(f"--out is {out}; a bundle's name ends with .safetensors")
    console = Console()
    console.print(f"Play '{pupil.name}' for {seconds:g} s: soft and loud, middle and edge, single strokes and rolls.")
    recording, lost = recorded(checked, seconds, console)
    began = time.monotonic()
    save_recording(out.with_suffix(".wav"), recording)
    if lost:
        console.print(f"[yellow]Note:[/] audio was lost {lost} times; see ghostnote doctor.")
    settings = Settings(arch=arch, epochs=epochs)
    with watching(console, settings) as watch:
        heard_from = drum_channel(recording, pupil.channel, checked.input.gain_db)
        finished, heard = learn_from([heard_from], patch, settings, watch, detector=pupil.detector)
    finished.bundle.save(out)
    write_beside(finished, heard, out)
    for warning in heard.warnings:
        console.print(f"[yellow]Note:[/] {warning}.")
    error = 100 * finished.relative_error
    console.print(
        f"{len(heard.strokes)} strokes, held-out error {error:.0f} % of doing nothing, "
        f"learned in {time.monotonic() - began:.1f} s. Wrote {out}."
    )
    if not stay_silent:
        play(rig=rig, model=str(out), seconds=play_s)


def chosen_drum(rig: Rig, name: str) -> Drum:
    """Return a drum of the rig by its name, or the first."""
    if not name:
        return rig.drum[0]
    for drum in rig.drum:
        if drum.name == name:
            return drum
    raise InputError(f"--drum is '{name}'; the rig has {', '.join(drum.name for drum in rig.drum)}")
