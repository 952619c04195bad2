"""``ghostnote voices``: the built-in voices; one stroke of one as a file, or all of them on a sheet."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from bridge.audio.files import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, read_recording, write_wav
from bridge.cli.screen import AsJson, console, progress, show_notes
from bridge.cli.voice_sheet import PICTURE, draw_sheet, row_of_strokes
from synth.dsp.levels import decibels, gain
from synth.errors import InputError, choices, shown
from synth.outputs import require_folder, require_writable, whole_file, whole_folder
from synth.spec import Param, ParamSpace
from synth.voices.panel import panel_of
from synth.voices.presets import Patch, load_preset, preset_names
from synth.voices.registry import VoiceKind, voice_kind, voice_kinds
from synth.voices.stroke import HARDEST, PLAIN, SOFTEST, TRIGGER, struck, whole_stroke
from synth.voices.wavetable.waves import learned_tables, save_tables

RATE_HZ = 48_000
LOUDEST_DB = -1.0
"""Peak of the loudest file of a sheet, dBFS: all are lowered alike, so that they can be compared."""

voices = typer.Typer(invoke_without_command=True)

Rate = Annotated[int, typer.Option(metavar="HZ", help="Sample rate.", min=LOWEST_RATE_HZ, max=HIGHEST_RATE_HZ)]


@voices.callback()
def list_voices(context: typer.Context, as_json: AsJson = False) -> None:
    """List the built-in voices with their presets and knobs; `play` writes a stroke of one, `sheet` all of them."""
    if context.invoked_subcommand is not None:
        return
    if as_json:
        typer.echo(json.dumps([_described(kind) for kind in voice_kinds()], indent=2))
        return
    table = Table("voice", "presets", "knobs of its panel, 0 to 10")
    for kind in voice_kinds():
        table.add_row(
            *(Text(cell) for cell in (kind.name, ", ".join(preset_names(kind.space)), ", ".join(_knobs(kind))))
        )
    screen = console()
    screen.print(table)
    screen.print("Hear one: ghostnote voices play bass-drum --out stroke.wav. Parameters: ghostnote docs parameters.")


@voices.command()
def play(
    name: Annotated[str, typer.Argument(metavar="VOICE", help="One of those that ghostnote voices lists.")],
    out: Annotated[Path, typer.Option(metavar="FILE.wav", help="WAV of 32-bit floats to write or replace.")],
    preset: Annotated[str, typer.Option(help="One of its presets, or a file; default: its panel as it rests.")] = "",
    panel: Annotated[
        list[str] | None, typer.Option(metavar="KNOB=0..10,...", help="Where knobs stand, as in tone=2.5,decay=7.5.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="PARAM=VALUE", help="A parameter, in its own unit.")
    ] = None,
    velocity: Annotated[
        int | None,
        typer.Option(help=f"How hard, as in MIDI: {PLAIN} is plain, and so is none.", min=SOFTEST, max=HARDEST),
    ] = None,
    rate: Rate = RATE_HZ,
    as_json: AsJson = False,
) -> None:
    """Write one stroke of a voice as a WAV file, as long as it sounds."""
    sound = chosen_sound(name, preset, panel or (), set_ or (), velocity)
    if out.suffix.lower() != ".wav":
        raise InputError(f"{out}: a stroke is written as .wav; give it that ending")
    require_writable(out)
    audio = whole_stroke(sound.kind, sound.values, rate, sound.gain, tables=sound.tables)
    with whole_file(out) as place:
        write_wav(place, audio, rate)
    summary = _summary(sound, audio, rate, out)
    if as_json:
        typer.echo(json.dumps(summary))
        return
    screen = console()
    show_notes(summary["warnings"], screen)
    words = f"{sound.words}, {summary['seconds']:.2f} s, peak {summary['peak_db']:.1f} dBFS"
    screen.print(f"{out}: {name}, {words}")


@voices.command()
def sheet(
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("voices-out"),
    rate: Rate = RATE_HZ,
) -> None:
    """Write each voice, struck from soft to hard, as a WAV file, and a picture of them all."""
    require_folder(out)
    kinds = voice_kinds()
    rows: dict[str, NDArray[np.float64]] = {}
    with whole_folder(out) as folder, progress("voices", len(kinds)) as show:
        for done, kind in enumerate(kinds):
            show(done, kind.name)
            rows[kind.name] = row_of_strokes(kind, _resting(kind)[0], rate)
        lower_db = max(decibels(max(float(np.abs(row).max()) for row in rows.values())) - LOUDEST_DB, 0.0)
        for name, row in rows.items():
            write_wav(folder / f"{name}.wav", row * gain(-lower_db), rate)
        draw_sheet(rows, rate, folder / PICTURE)
    screen = console()
    screen.print(f"Written to {out}/: {PICTURE} and {len(rows)} files, {kinds[0].name}.wav to {kinds[-1].name}.wav")
    if lower_db:
        screen.print(f"All files are {lower_db:.1f} dB lower than the voices play, so that the loudest stroke fits.")


@voices.command()
def tables(
    recording: Annotated[Path, typer.Argument(metavar="SOUND", help="Recording of one stroke with a pitch.")],
    out: Annotated[Path, typer.Option(metavar="FILE.npy", help="File to write or replace.")],
    pitch: Annotated[
        float | None, typer.Option(metavar="HZ", help="Its pitch, where it is not found.", min=20, max=2000)
    ] = None,
) -> None:
    """Learn the tables of the voice wavetable from a recording; a preset names the file as tables = "FILE.npy"."""
    if out.suffix.lower() != ".npy":
        raise InputError(f"{out}: tables are written as .npy; give it that ending")
    take = read_recording(recording)
    sound = take.audio.mean(axis=1, dtype=np.float64)
    try:
        heard = np.flatnonzero(np.abs(sound) > _ONSET * np.abs(sound).max())
        sound = sound[heard[0] if len(heard) else 0 :]
        row = learned_tables(sound, take.sample_rate, pitch)
    except InputError as error:
        raise InputError(f"{recording}: {error}") from None
    with whole_file(out) as place:
        save_tables(place, row)
    screen = console()
    show_notes(list(take.warnings), screen)
    screen.print(f'{out}: {len(row)} tables; a preset of wavetable plays them with tables = "{out.name}"')


_ONSET = 0.01
"""Of the peak, -40 dB: there a stroke begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A stroke as the options ask for it.

    Parameters
    ----------
    kind : VoiceKind
    values : (n,) float64
        Real units.
    gain : float
        Linear.
    words : str
        Where it comes from, for a person.
    tables : array, optional
        Of a preset that names some.
    """

    kind: VoiceKind
    values: NDArray[np.float64]
    gain: float
    words: str
    tables: NDArray[np.float64] | None = None


def chosen_sound(name: str, preset: str, panel: Sequence[str], settings: Sequence[str], velocity: int | None) -> Sound:
    """Return the stroke that the options of ``play`` ask for.

    Raises
    ------
    InputError
        No such voice, preset, knob or parameter; a value out of its range; options that contradict each other.
    """
    kind = voice_kind(name)
    if preset and panel:
        raise InputError("--preset and --panel are both given; a preset sets every parameter, so leave one of them out")
    set_to = _pairs("--set", settings, "body.freq=60") if settings else {}
    if velocity is not None and TRIGGER in set_to:
        raise InputError(f"--velocity and --set {TRIGGER} are both given; a velocity sets {TRIGGER}, so leave one out")
    patch = _preset(kind, preset) if preset else None
    if patch is not None:
        values, words = patch.values.copy(), f"preset {patch.name}"
    else:
        values, words = _from_panel(kind, panel) if panel else _resting(kind)
    factor = 1.0
    if velocity is not None:
        values, factor = struck(kind.space, values, velocity)
        words += f", velocity {velocity}"
    for parameter, value in set_to.items():
        column = kind.space.index(parameter, "--set: ")
        values[column] = _in_range(kind.space.params[column], value)
    return Sound(kind, values, factor, words, None if patch is None else patch.tables)


def _from_panel(kind: VoiceKind, words: Sequence[str]) -> tuple[NDArray[np.float64], str]:
    panel = panel_of(kind.name)
    if panel is None:
        raise InputError(f"the voice {kind.name} has no panel; give --preset or --set")
    positions = _pairs("--panel", words, "tone=2.5,decay=7.5")
    said = ", ".join(f"{knob} at {position:g}" for knob, position in positions.items())
    return panel.values(positions), said


def _preset(kind: VoiceKind, preset: str) -> Patch:
    known = preset_names(kind.space)
    if preset not in known and not os.path.exists(os.path.expanduser(preset)):
        lead = "give a .toml file or one of"
        raise InputError(f"the voice {kind.name} has no preset {shown(preset)}; {choices(preset, known, lead)}")
    return load_preset(preset, kind.space)


def _resting(kind: VoiceKind) -> tuple[NDArray[np.float64], str]:
    """Return how a voice sounds that nobody has set: its panel as it rests, or its table."""
    panel = panel_of(kind.name)
    return (kind.space.defaults, "as its table says") if panel is None else (panel.values({}), "its panel as it rests")


def _pairs(option: str, words: Iterable[str], example: str) -> dict[str, float]:
    """Return the names and numbers of an option, which may be given several times."""
    pairs: dict[str, float] = {}
    for word in ",".join(words).split(","):
        name, _, number = (part.strip() for part in word.partition("="))
        if not name or not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", number, re.IGNORECASE):
            raise InputError(f"{option} is {shown(word)}; write a name and a number, as in {option} {example}")
        if name in pairs:
            raise InputError(f"{option} gives {name} twice; leave one out")
        pairs[name] = float(number)
    return pairs


def _in_range(param: Param, value: float) -> float:
    if not param.low <= value <= param.high:
        allowed = f"{param.low:g} to {param.high:g} {param.unit}".rstrip()
        raise InputError(f"--set {param.name} is {value:g}; allowed is {allowed}")
    return value


def _summary(sound: Sound, audio: NDArray[np.float64], rate: int, out: Path) -> dict[str, Any]:
    """Return what a program may want to know of a stroke that was written; ``--json`` prints it."""
    peak = float(np.abs(audio).max())
    return {
        "voice": sound.kind.name,
        "values": dict(zip(sound.kind.space.names, sound.values.tolist(), strict=True)),
        "gain": sound.gain,
        "out": str(out),
        "sample_rate": rate,
        "seconds": round(len(audio) / rate, 4),
        "peak_db": round(decibels(peak), 1),
        "warnings": _too_loud(peak),
    }


def _too_loud(peak: float) -> list[str]:
    """Say that a stroke goes over full scale, and what to do; empty where it does not."""
    if peak <= 1.0:
        return []
    hint = "a WAV of floats holds it whole, what plays it may clip, and a softer --velocity lowers it"
    return [f"the stroke goes {decibels(peak):.1f} dB over full scale; {hint}"]


def _knobs(kind: VoiceKind) -> list[str]:
    panel = panel_of(kind.name)
    return [] if panel is None else [*panel.knobs]


def _described(kind: VoiceKind) -> dict[str, Any]:
    return {
        "voice": kind.name,
        "presets": preset_names(kind.space),
        "knobs": _knobs(kind),
        "parameters": _parameters(kind.space),
    }


def _parameters(space: ParamSpace) -> list[dict[str, Any]]:
    fields = ("name", "low", "high", "unit", "curve", "default", "role", "meaning")
    return [{field: getattr(param, field) for field in fields} for param in space]
