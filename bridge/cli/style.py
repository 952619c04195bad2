"""``ghostnote style``: a recording is made to sound like another one, by effects whose values can be edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bridge.audio.files import write_wav
from bridge.cli.screen import AsJson, console, numbers
from bridge.learning.fit_style import fitted
from bridge.learning.lesson import require_torch
from bridge.learning.style import Styled, set_style, strip_toml, styled, summary
from bridge.learning.style_picture import draw_style
from bridge.learning.style_sound import Measures, Sound, read_sound
from models.style.stylist import STYLES, Stylist, load_stylist
from synth.effects.chain import Chain, chain_named
from synth.errors import InputError
from synth.outputs import free_path, require_inputs_kept, require_writable, whole_file, write_whole

ENDINGS = (".toml", ".png", ".wav")
SHIPPED = "drums"


def style(
    take: Annotated[Path, typer.Argument(help="A recording, in any format.")],
    like: Annotated[list[Path], typer.Option(help="What it shall sound like; given twice, between the two.")],
    chain: Annotated[str, typer.Option(help="Effects in order, with commas between.")] = "eq,compressor",
    out: Annotated[
        Path | None, typer.Option(help="TOML to write or replace; its picture and its WAV stand beside it.")
    ] = None,
    mix: Annotated[float, typer.Option(help="Between two references: 0 is the first.", min=0.0, max=1.0)] = 0.5,
    search: Annotated[bool, typer.Option("--search", help="Refine by gradients on these recordings.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set effects so that a recording sounds like a reference: values to edit, their curves, and the processed WAV.

    Exit code 1: what was found would not bring it nearer, and nothing is written.
    """
    asked = chain_named(chain)
    stylist = _stylist(asked, search)
    place = _place(take, out, [take, *like])
    if len(like) > 2:
        raise InputError(f"--like is given {len(like)} times; allowed are one or two references")
    sound, references = read_sound(take), [read_sound(path) for path in like]
    result = _found(sound, references, asked, stylist, mix, search)
    screen = console(as_json)
    if not result.improves:
        screen.print(f"{take}: {asked.space.name} brings it no nearer to {like[0]}; nothing is written", style="bold")
        raise typer.Exit(1)
    _write(result, references[0 if mix <= 0.5 else -1], place, mix)
    if as_json:
        typer.echo(json.dumps(summary(result)))
    else:
        _show(result, place, screen)


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
    place = out or free_path(Path(f"{take.stem}-style{ENDINGS[0]}"), *ENDINGS[1:])
    written = [place.with_suffix(ending) for ending in ENDINGS]
    for one in written:
        require_writable(one)
    require_inputs_kept(inputs, written)
    return place


def _found(
    sound: Sound, references: list[Sound], chain: Chain, stylist: Stylist | None, mix: float, search: bool
) -> Styled:
    others = [reference.heard for reference in references]
    if stylist is None:
        ends = [fitted(sound, like, chain, chain.space.defaults) for like in others]
        result = styled(sound, others, chain, ends, mix)
    else:
        result = set_style(sound, references, stylist, mix)
    if search:
        require_torch()
        from bridge.learning.search_style import search_style

        pairs = zip(references, result.ends, strict=True)
        ends = [search_style(sound, like, chain, values) for like, values in pairs]
        result = min(result, styled(sound, others, chain, ends, mix), key=lambda one: one.after.whole)
    return result


def _write(result: Styled, like: Sound, place: Path, mix: float) -> None:
    about = f"{result.sound.path.name} like {like.path.name}, at {result.sound.rate_hz} Hz"
    with whole_file(place.with_suffix(ENDINGS[2])) as unfinished:
        write_wav(unfinished, result.audio.T, result.sound.rate_hz)
    with whole_file(place.with_suffix(ENDINGS[1])) as unfinished:
        draw_style(result, like.heard, unfinished)
    write_whole(place, strip_toml(result.chain, result.ends, about, mix))


def _show(result: Styled, place: Path, screen: Console) -> None:
    table = Table("apart from the reference", *numbers("before", "after"))
    words = {"spectrum_db": "mean spectrum, dB", "level_db": "level, dB", "centroid_hz": "centroid, Hz"}
    words["dynamics_db"] = "dynamics, dB"
    for name in Measures.__dataclass_fields__:
        before, after = (getattr(one, name) for one in (result.before, result.after))
        digits = 0 if name.endswith("_hz") else 1
        table.add_row(words[name], f"{before:.{digits}f}", f"{after:.{digits}f}")
    screen.print(table)
    screen.print(f"Wrote {', '.join(str(place.with_suffix(ending)) for ending in ENDINGS)}.")
