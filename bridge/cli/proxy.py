"""``ghostnote proxy``: a recorded synth becomes a differentiable stand-in, with figures of how well it stands in."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bridge.cli.screen import AsJson, breaking_off, console, numbers, progress, show_notes
from bridge.learning.lesson import require_torch
from bridge.sampling.engine import ENGINES, Way
from bridge.sampling.folder import SampleSet
from models.embeddings.registry import DEFAULT, EMBEDDINGS
from synth.errors import InputError
from synth.outputs import free_path, require_writable

if TYPE_CHECKING:
    from models.proxies.proxy import Proxy
    from models.proxies.settings import FitSettings

ARCHITECTURE = "mlp-bends"

SUFFIX = ".proxy.safetensors"


def proxy(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that ghostnote sample has recorded.")],
    arch: Annotated[str, typer.Option(help="Kind of net; docs/sampling.md has them.")] = ARCHITECTURE,
    embedding: Annotated[str, typer.Option(help=f"What is alike: {', '.join(EMBEDDINGS)}, or onnx:FILE.")] = DEFAULT,
    out: Annotated[Path | None, typer.Option(help="File to write or replace; default: a free name.")] = None,
    parameters: Annotated[int, typer.Option(help="Of each net.", min=1_000, max=20_000_000)] = 330_000,
    nets: Annotated[int, typer.Option(help="Nets whose mean counts; their spread tells doubt.", min=1, max=9)] = 3,
    steps: Annotated[int | None, typer.Option(help="Of each net; default: by how many takes there are.", min=1)] = None,
    seconds: Annotated[float | None, typer.Option(help="The most that training may take.", min=1, max=86_400)] = None,
    seed: Annotated[int, typer.Option(help="Of first weights, order and what is held out.", min=0, max=2**32 - 1)] = 0,
    gradients: Annotated[
        bool | None, typer.Option(help="Play the synth to compare gradients; default: where that is quick.")
    ] = None,
    presets: Annotated[
        list[Path] | None, typer.Option(help="Hand-made settings to measure it on: TOML, or a DX7's .syx.")
    ] = None,
    plugin: Annotated[str, typer.Option(help="File of the plugin, for a synth that was sampled from one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Learn a recorded synth: a proxy that says how any setting sounds, and has gradients."""
    require_torch()
    from models.proxies.bundle import save_proxy

    found = SampleSet.load(folder)
    path = out or free_path(Path(f"{found.synth.name}{SUFFIX}"))
    if not path.name.endswith(".safetensors"):
        raise InputError(f"--out is {path}; the name of a proxy ends with .safetensors")
    require_writable(path)
    began = time.perf_counter()
    made, notes = _made(
        found, fit_settings(arch, parameters, nets, steps, seconds, seed), embedding, gradients, presets or [], plugin
    )
    path = out or free_path(path)
    save_proxy(made, path)
    took = time.perf_counter() - began
    if as_json:
        typer.echo(json.dumps({"proxy": str(path), "seconds": round(took, 2), "arch": made.arch, **made.card}))
        return
    screen = console()
    show_notes(notes, screen)
    show(made, path, took, screen)


def fit_settings(
    arch: str, parameters: int, nets: int, steps: int | None, seconds: float | None, seed: int
) -> FitSettings:
    """Return how nets are fitted, as the options say."""
    from models.proxies.settings import FitSettings

    return FitSettings(arch=arch, parameters=parameters, nets=nets, steps=steps, budget_s=seconds, seed=seed)


def _made(
    found: SampleSet,
    settings: FitSettings,
    embedding: str,
    gradients: bool | None,
    presets: list[Path],
    plugin: str,
) -> tuple[Proxy, tuple[str, ...]]:
    from bridge.learning.stand_in import Wanted, dx7_setting, make_proxy

    compared = ENGINES[found.facts.engine].quick if gradients is None else gradients
    fit = replace(settings, dx7=dx7_setting(found))
    wanted = Wanted(fit, embedding, compared, tuple(presets), Way(plugin=plugin))
    with breaking_off(), progress("Learning", 1.0) as show_bar:
        return make_proxy(found, wanted, lambda share: show_bar(share))


def show(made: Proxy, path: Path, seconds: float, screen: Console) -> None:
    """Print how well a proxy stands in."""
    card = made.card
    screen.print(_table(card))
    if "gradient" in card:
        found = card["gradient"]
        screen.print(
            f"Gradients lie to the synth's own differences at {found['points']} settings with a cosine of "
            f"{found['mean']:.2f} (median {found['median']:.2f}, worst {found['worst']:.2f})."
        )
    screen.print(
        f"{card['examples']} takes, {card['nets']} {made.arch} nets of {card['parameters']} parameters, "
        f"{made.embedding}: {seconds:.1f} s."
    )
    screen.print(f"Wrote {path}.")
    screen.print(f"Use it: ghostnote train RECORDING --synth {made.space.name} --proxy {path}")


def _table(card: Any) -> Table:
    table = Table("measured on", *numbers("L1", "mean predictor", "dB", "finds its own", "of"))
    names = {"held_out": "takes held out"} | {name: name for name in card if name.startswith("presets ")}
    for key, name in names.items():
        scores = card[key]
        for size, (mrr, _) in scores["ranks"].items():
            l1 = f"{scores['l1']:.3f}", f"{scores['l1_of_mean']:.3f}", f"{scores['own']:.2f}"
            table.add_row(name, *l1, f"{mrr:.3f}", size)
    return table
