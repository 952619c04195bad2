"""``ghostnote style``: a recording is made to sound like another one, by effects whose values can be edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bridge.audio.files import write_wav
from bridge.cli.screen import AsJson, console, numbers, show_notes
from bridge.learning.lesson import require_torch
from bridge.learning.style import GUARDED, Styled, best_fit, notes_of, set_style, strip_toml, styled, summary
from bridge.learning.style_picture import draw_style
from bridge.learning.style_sound import Measures, Sound, read_sound
from bridge.rig.effects import StripFile
from bridge.rig.validation import checked
from models.style.stylist import STYLES, Stylist, load_stylist
from synth.effects.chain import Chain, chain_named
from synth.errors import InputError
from synth.files import read_toml
from synth.outputs import free_path, require_inputs_kept, require_writable, whole_folder

ENDINGS = (".toml", ".png", ".wav")
SHIPPED = "drums"
WORDS = {
    "spectrum_db": "mean spectrum, dB",
    "level_db": "level, dB",
    "centroid_hz": "centroid of mel bands, Hz",
    "dynamics_db": "dynamics (quiet to loud), dB",
    "peak_db": "highest peak, dB",
}


def style(
    take: Annotated[Path, typer.Argument(help="A recording, in any format.")],
    like: Annotated[list[Path], typer.Option(help="What it shall sound like; given twice, between the two.")],
    chain: Annotated[str, typer.Option(help="Effects in order, with commas between.")] = "eq,compressor",
    out: Annotated[
        Path | None, typer.Option(help="TOML to write or replace; its picture and its WAV stand beside it.")
    ] = None,
    mix: Annotated[
        float | None, typer.Option(help="Between two references: 0 is the first, 1 the second; 0.5 unless told.")
    ] = None,
    search: Annotated[bool, typer.Option("--search", help="Refine by gradients on these recordings.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set effects so that a recording sounds like a reference: values to edit, their curves, and the processed WAV.

    Exit code 1: what was found would not bring it nearer, and nothing is written.
    """
    asked = _chain(chain)
    stylist = _stylist(asked, search)
    _require_references(take, like, mix)
    mix = 0.5 if mix is None else mix
    place = _place(take, out, [take, *like])
    sound, references = read_sound(take), [read_sound(path) for path in like]
    result = _found(sound, references, asked, stylist, mix, search)
    screen, names = console(as_json), " and ".join(map(str, like))
    show_notes([*(note for one in references for note in one.notes), *notes_of(result)], console(as_json=True))
    if result.improves:
        _write(result, names, place, mix)
    if as_json:
        typer.echo(json.dumps(summary(result)))
    if not result.improves:
        screen.print(
            f"{take}: {asked.space.name} brings {_missed(result)} to {names}; nothing is written", style="bold"
        )
        raise typer.Exit(1)
    if not as_json:
        _show(result, place, screen)


def _chain(named: str) -> Chain:
    try:
        return chain_named(named)
    except InputError as error:
        raise InputError(f"--chain: {error}") from None


def _require_references(take: Path, like: list[Path], mix: float | None) -> None:
    if len(like) > 2:
        raise InputError(f"--like is given {len(like)} times; allowed are one or two references")
    if mix is not None and len(like) == 1:
        raise InputError("--mix goes between two references; give --like twice")
    if mix is not None and not 0.0 <= mix <= 1.0:
        raise InputError(f"--mix is {mix:g}; allowed is 0 to 1")
    if like == [take]:
        raise InputError(f"--like is {take}, the take itself; give another recording")


def _missed(result: Styled) -> str:
    """Return in words what the effects do not do."""
    for name in GUARDED:
        if name in result.farther and result.after.whole < result.before.whole:
            before, after = (getattr(one, name) for one in (result.before, result.after))
            return f"its {name.removesuffix('_db')} no nearer ({before:.1f} dB apart, then {after:.1f} dB)"
    return "it no nearer"


def _stylist(chain: Chain, search: bool) -> Stylist | None:
    """Return the model that sets a chain; `InputError` if there is none and it is not to be searched for."""
    stylist = load_stylist(STYLES.find(SHIPPED))
    if stylist.chain.space.ranges == chain.space.ranges:
        return stylist
    if not search:
        trained = ",".join(kind.name for kind in stylist.chain.kinds)
        raise InputError(f"--chain is {chain.space.name.replace('+', ',')}; trained is {trained}; add --search for it")
    return None


def _place(take: Path, out: Path | None, inputs: list[Path]) -> Path:
    if out is not None and out.suffix != ENDINGS[0]:
        raise InputError(f"--out is {out}; its name ends with {ENDINGS[0]}")
    if out is not None:
        _require_own(out)
    place = out or free_path(Path(f"{take.stem}-style{ENDINGS[0]}"), *ENDINGS[1:])
    written = [place.with_suffix(ending) for ending in ENDINGS]
    for one in written:
        require_writable(one)
    require_inputs_kept(inputs, written)
    return place


def _require_own(out: Path) -> None:
    """Refuse to write over what this command has not written: a rig, or a recording beside it."""
    if out.exists():
        try:
            checked(StripFile, read_toml(out), str(out))
        except InputError:
            raise InputError(f"{out}: it is there and is no file of effects; give --out another name") from None
        return
    for other in [out.with_suffix(ending) for ending in ENDINGS[1:]]:
        if other.exists():
            raise InputError(
                f"{other}: it is there, would be written over, and has no {out.name} that it belongs to; give --out "
                "another name"
            )


def _found(
    sound: Sound, references: list[Sound], chain: Chain, stylist: Stylist | None, mix: float, search: bool
) -> Styled:
    if stylist is None:
        ends = [best_fit(sound, like, chain, chain.space.defaults) for like in references]
        result = styled(sound, references, chain, ends, mix)
    else:
        result = set_style(sound, references, stylist, mix)
    if search:
        require_torch()
        from bridge.learning.search_style import search_style

        pairs = zip(references, result.ends, strict=True)
        ends = [search_style(sound, like, chain, values) for like, values in pairs]
        result = min(result, styled(sound, references, chain, ends, mix), key=lambda one: one.rank)
    return result


def _write(result: Styled, names: str, place: Path, mix: float) -> None:
    about = f"{result.sound.path.name} like {names}, at {result.sound.rate_hz} Hz"
    # All three or none: values that belong to another sound would mislead.
    with whole_folder(place.parent, place) as folder:
        unfinished = folder / place.name
        write_wav(unfinished.with_suffix(ENDINGS[2]), result.audio.T, result.sound.rate_hz)
        draw_style(result, unfinished.with_suffix(ENDINGS[1]))
        unfinished.write_text(strip_toml(result.chain, result.ends, about, mix), encoding="utf-8")


def _show(result: Styled, place: Path, screen: Console) -> None:
    table = Table("apart from the reference (0 is alike)", *numbers("before", "after"))
    for name in Measures.__dataclass_fields__:
        before, after = (getattr(one, name) for one in (result.before, result.after))
        digits = 0 if name.endswith("_hz") else 1
        table.add_row(WORDS[name], f"{before:.{digits}f}", f"{after:.{digits}f}")
    screen.print(table)
    louder = result.heard_after.level_db - result.sound.portrait.level_db
    screen.print(f"It is {abs(louder):.1f} dB {'louder' if louder >= 0.0 else 'softer'} than before.")
    screen.print(f"Wrote {', '.join(str(place.with_suffix(ending)) for ending in ENDINGS)}.")
