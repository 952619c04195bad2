"""``ghostnote sample``: record a synth that is not ours, and report on each of its controls."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bridge.cli.experiment import executor
from bridge.cli.screen import AsJson, console, numbers, progress, show_notes
from bridge.learning.lesson import require_torch
from bridge.learning.recorded import FEWEST
from bridge.rig.chart import profile_text
from bridge.sampling.alone import alone_in
from bridge.sampling.attributes import ATTRIBUTES
from bridge.sampling.begin import Asked, begun
from bridge.sampling.card import Card, report_card
from bridge.sampling.card_files import write_card
from bridge.sampling.discover import discover as discover_controls
from bridge.sampling.discover import discovered, probed
from bridge.sampling.engine import ENGINES, EngineKind, Way, engine_of
from bridge.sampling.folder import SampleSet
from bridge.sampling.record import Told, Watch, record, sentence
from bridge.sampling.synth import sampled_synth
from bridge.sampling.timing import Looped
from synth.errors import InputError, counted_noun, shown
from synth.outputs import require_writable, write_whole


def sample(
    synth: Annotated[str, typer.Argument(help="A profile of a synth, with [sampling]; see docs/sampling.md.")],
    controls: Annotated[str, typer.Option(help="Controls to move, joined by commas; default: all with a range.")] = "",
    notes: Annotated[int, typer.Option(help="Settings over all controls at once.", min=16, max=200_000)] = 1500,
    out: Annotated[Path | None, typer.Option(help="Folder to record into; default: SYNTH-takes.")] = None,
    engine: Annotated[str, typer.Option(help=f"How it is reached: {', '.join(ENGINES)}; default: the profile's.")] = "",
    plugin: Annotated[str, typer.Option(help="File of a plugin or SynthDef, for the engines that load one.")] = "",
    device: Annotated[str, typer.Option(help="Sound device, for live: its name or a part of it.")] = "",
    midi_port: Annotated[str, typer.Option(help="MIDI port to the synth, for live, in place of the profile's.")] = "",
    input_: Annotated[
        int | None, typer.Option("--input", help="Input channel at which it is heard, for live.", min=1, max=64)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of which settings are recorded.", min=0, max=2**32 - 1)] = 0,
    more: Annotated[
        Path | None,
        typer.Option(metavar="PROXY", help="Add --notes settings to the folder where this proxy doubts most."),
    ] = None,
    discover: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only find its controllers, and write a profile with them.")
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="Only measure the device's own delay, an output cabled to the input.")
    ] = False,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, as tcp://HOST:8786.")] = "",
    workers: Annotated[int, typer.Option(help="Processes, for engines in memory; 0: one per core.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Record a synth: repeats, a sweep of each control, and settings spread over all of them; write a report card.

    The same command goes on after a stop, and with more --notes it adds to what is there.
    """
    if discover is not None:
        find_controls(synth, engine, Way(plugin, device, midi_port, input_), discover, as_json)
        return
    if loop:
        show_loop(synth, engine, Way(plugin, device, midi_port, input_), as_json)
        return
    named = [name.strip() for name in controls.split(",")] if controls else []
    if not all(named):
        raise InputError(f"--controls is {shown(controls)}; it needs a name before and after each comma")
    found_synth = sampled_synth(synth, named)
    kind = engine_of(found_synth, engine)
    way = Way(plugin, device, midi_port, input_)
    folder = out or Path(f"{found_synth.name}-takes")
    began = time.perf_counter()
    with alone_in(folder):
        found = grown(folder, more, notes) if more else begun(folder, Asked(found_synth, kind, way, notes, seed))
        told = recorded(found, kind, way, scheduler, workers)
        card = report_card(found)
        written = write_card(card, folder)
    seconds = time.perf_counter() - began
    if as_json:
        typer.echo(json.dumps(summary(card, told, folder, seconds)))
    else:
        show(card, told, folder, written, seconds, console())


def recorded(found: SampleSet, kind: EngineKind, way: Way, scheduler: str, workers: int) -> Told:
    """Record what is missing; a person who stops it is told what is there."""
    try:
        with ExitStack() as parts:
            watch = parts.enter_context(watching(found))
            pool = parts.enter_context(executor(scheduler, workers)) if kind.in_memory else None
            return record(found, kind, way, pool, watch)
    except (KeyboardInterrupt, SystemExit):
        words = (
            f"Stopped: {len(found.taken)} of {len(found.plan)} takes are in {found.folder}; "
            "the same command does the rest."
        )
        console(as_json=True).print(words)
        raise


def grown(folder: Path, more: Path, notes: int) -> SampleSet:
    """Return a folder that asks for more settings, where a proxy doubts."""
    require_torch()
    from bridge.learning.doubt import ask_for_doubtful
    from models.proxies.bundle import load_proxy

    found = SampleSet.load(folder)
    if not len(found.missing):  # else the last such command was stopped, and goes on
        ask_for_doubtful(load_proxy(more), found, notes)
    return found


def find_controls(synth: str, engine: str, way: Way, out: Path, as_json: bool) -> None:
    """Find the controllers of a synth and write its profile with them."""
    require_writable(out)
    whole = probed(synth)
    with progress("Controllers", 1.0) as show_bar:
        found = discover_controls(whole, engine_of(whole, engine), way, lambda share: show_bar(share))
    working = [one for one in found if one.works]
    if not working:
        raise InputError(f"{synth}: no controller changes its sound; turn MIDI control on there, and check the channel")
    write_whole(out, profile_text(discovered(synth, found, datetime.date.today().isoformat())))
    if as_json:
        typer.echo(json.dumps({"profile": str(out), "controllers": [one.number for one in working]}))
        return
    screen = console()
    table = Table(*numbers("controller", "low to high, dB", "twins, dB"))
    for one in sorted(working, key=lambda one: -one.reach_db):
        table.add_row(str(one.number), f"{one.reach_db:.1f}", f"{one.twins_db:.2f}")
    screen.print(table)
    screen.print(f"{len(working)} of {len(found)} controllers change the sound. Wrote {out}.")
    screen.print(f"Name them there, then: ghostnote sample {out}")


def show_loop(synth: str, engine: str, way: Way, as_json: bool) -> None:
    """Measure the delay from the outputs of a device to its input, which a cable connects, and print it."""
    found = sampled_synth(synth)
    with closing(engine_of(found, engine).start(found, way)) as opened:
        if not isinstance(opened, Looped):
            raise InputError("--loop measures a sound device; use it with --engine live")
        timing = opened.loop()
    if as_json:
        typer.echo(json.dumps(timing.model_dump()))
    else:
        console().print(f"The loop is {timing.words}; {counted_noun(timing.notes, 'sweep')}.")


@contextmanager
def watching(found: SampleSet) -> Iterator[Watch]:
    """Give what tells of every chunk: a bar with the time left on a terminal, elsewhere a line on stderr."""
    screen = console(as_json=True)
    with progress("Takes", len(found.plan)) as show_bar:
        show_bar(len(found.taken))

        def watch(told: Told) -> None:
            left = "" if told.left_s is None else f", {told.left_s:.0f} s left"
            words = f"{told.done} of {told.planned}{left}"
            show_bar(told.done, words)
            if not screen.is_terminal:
                screen.print(words)

        yield watch


def summary(card: Card, told: Told, folder: Path, seconds: float) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "folder": str(folder),
        "seconds": round(seconds, 2),
        "takes": told.done,
        "recorded": told.recorded,
        "restarts": told.restarts,
        "timing": card.timing.model_dump() if card.timing else None,
        "silent": card.silent,
        "clipped": card.clipped,
        "floor_db": round(card.floor_db, 4),
        "repeats_identical": card.identical,
        "controls": {report.param.name: report.works for report in card.controls},
        "warnings": list(card.warnings),
    }


def show(card: Card, told: Told, folder: Path, written: list[Path], seconds: float, screen: Console) -> None:
    """Print the card."""
    show_notes(card.warnings, screen)
    screen.print(card_table(card))
    repeats = "repeat to the bit" if card.identical else f"repeat within {card.floor_db:.2g} dB"
    screen.print(
        f"{card.synth}: {counted_noun(card.takes, 'setting')}, peak {card.level_db:.1f} dBFS, "
        f"floor {card.noise_db:.0f} dBFS; its sounds {repeats}."
    )
    if card.timing is not None:
        screen.print(f"A note is {card.timing.words}.")
    screen.print(f"{sentence(told)}, in {seconds:.1f} s.")
    screen.print(f"Wrote {folder} with {', '.join(path.name for path in written)}.")
    if card.takes >= FEWEST:
        screen.print(f"Learn it: ghostnote proxy {folder}")


def card_table(card: Card) -> Table:
    """Return a row for each control: what it changes most, and where it does."""
    table = Table(*numbers("control", "changes", "by", "order", "works in", "curve"))
    table.columns[0].justify = "left"
    for report in card.controls:
        main = ATTRIBUTES[report.main]
        low, high = report.live
        cells = ["nothing", "", "", "", ""]
        if report.works:
            by, order = f"{report.change(report.main):.1f} {main.unit}", f"{report.order(report.main):+.2f}"
            cells = [main.name, by, order, f"{low:.3g} to {high:.3g}", report.curve]
        table.add_row(report.param.name, *cells)
    return table
