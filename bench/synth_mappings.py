"""How mappings follow a drum on synths that are not ours: ``python -m bench.synth_mappings --synth X --proxy FILE``.

Every fold of a take is learned through the proxy, by one or more ways, and its held-out strokes are played on the real
synth. Each fold leaves a file in --results, so a run that was stopped goes on. Definitions and the tables stand in
docs/notes/synth-mappings.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench.report import asked, head, heading, line
from bridge.audio.files import Recording, read_recording
from bridge.learning.gradient_fold import SEARCH_NOTES, CountedEngine, Lab, measured
from bridge.learning.gradient_pool import AUDIBLE, SETS, pooled
from bridge.learning.gradient_ways import SEARCH, WAYS
from bridge.learning.strokes import hear, strokes_at_rate
from bridge.learning.through import reached
from bridge.sampling.engine import Way, engine_of
from models.training.groups import near_copies
from models.training.strokes import FOLDS, Strokes, folds
from synth.drummer.perform import perform
from synth.outputs import write_whole

LEFT_OUT = ("punch", "TC")
"""The temporal centroid, as our eleven features and the published seven have it."""

LOUDNESS = "body_loudness"
DRUM, DRUM_SEED = "tight", 7
"""Of our drummer's take, where no other is given."""


def strokes_of(take: str) -> tuple[Strokes, NDArray[np.int64]]:
    """Return the strokes of a file, or of our own drummer, and the groups of copies among them."""
    if take:
        recording = read_recording(Path(take))
    else:
        played = perform("graded", DRUM, DRUM_SEED)
        recording = Recording(played.audio[:, :1], played.sample_rate, Path(f"graded-{DRUM}"))
    strokes = strokes_at_rate(hear([recording]).strokes)
    return strokes, near_copies(strokes)


def print_tables(done: dict[str, list[dict[str, Any]]], synth: str) -> None:
    """Print the table of five features, and those of whole sets."""
    print(f"\n{synth}: held-out strokes on the synth itself, error over the best fixed setting\n")
    head("way", *AUDIBLE, "mean, 95 %", "believed", "loudness goes along", "notes", "CPU s", "strokes")
    for name, results in done.items():
        found = pooled(results, "default")
        real, believed = (found.over_fixed(who, AUDIBLE) for who in ("real", "believed"))
        cells = (f"{value:.2f}" for value in real.relative)
        belief = "" if name == SEARCH else f"{believed.mean_relative:.3f}"
        notes, spent = (np.mean([one[key] for one in results]) for key in ("notes", "cpu_s"))
        follows = f"{found.correlation(LOUDNESS):.3f}"
        line(name, *cells, f"**{real.interval()}**", belief, follows, f"{notes:.0f}", f"{spent:.0f}", len(found.wanted))
    for kind in SETS:
        names = done[next(iter(done))][0][kind]["names"]
        print(f"\n{synth}: {SETS[kind]}\n")
        head("way", *names, "mean", "without the temporal centroid")
        for name, results in done.items():
            found = pooled(results, kind)
            cells = (f"{value:.2f}" for value in found.over_fixed("real", names).relative)
            rest = [name for name in names if name not in LEFT_OUT]
            means = (found.over_fixed("real", some).mean_relative for some in (names, rest))
            line(name, *cells, *(f"{mean:.3f}" for mean in means))


def main(words: Sequence[str] | None = None) -> None:
    """Do the folds that have no result yet, then print the tables of what is there."""
    options = asked(
        __doc__,
        words,
        synth=("dx7-drum", "a profile, or a voice of ours"),
        proxy=("dx7-drum.proxy.safetensors", "its proxy"),
        take=("", "a recording; without it our own drummer plays"),
        results=("synth-mappings", "folder of the folds' results"),
        ways=("proxy,proxy-0", f"separated by commas: {', '.join((*WAYS, SEARCH))}"),
        folds=(FOLDS, f"of {FOLDS}: how many"),
        epochs=(250, "of each training"),
        notes=(SEARCH_NOTES, "that a search may play"),
    )
    torch.set_num_threads(1)
    print(heading(seed=0))
    found, folder = reached(options.synth, Path(options.proxy)), Path(options.results)
    folder.mkdir(parents=True, exist_ok=True)
    strokes, groups = strokes_of(options.take)
    done: dict[str, list[dict[str, Any]]] = {}
    with closing(CountedEngine(engine_of(found.synth).start(found.synth, Way()))) as engine:
        lab = Lab(strokes, groups, found, engine, options.epochs, search_notes=options.notes)
        splits = folds(strokes, 0, groups)[: options.folds]
        for number, name in product(range(len(splits)), options.ways.split(",")):
            path = folder / f"{found.synth.name}-{name}-{number}.json"
            if not path.is_file():
                write_whole(path, json.dumps(measured(lab, name, splits[number])))
            done.setdefault(name, []).append(json.loads(path.read_text(encoding="utf-8")))
    print_tables(done, found.synth.name)


if __name__ == "__main__":
    main()
