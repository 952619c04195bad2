"""Training, measured: time and memory of the whole command, and held-out errors on five splits.

``python -m bench.training time RECORDING`` times `ghostnote train` as a process of its own; ``python -m bench.training
errors RECORDING`` trains with all losses and the published recipe and optimises directly, on the same splits;
``python -m bench.training follow RECORDING`` measures `follow_level`. Prints tables; `docs/training.md` keeps them.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from bridge.audio.files import read_recording
from bridge.learning.strokes import hear
from models.mapping.follower import Follower
from models.training.evaluate import Errors, errors_of
from models.training.export import finish
from models.training.fit_follower import voice_loudness_db
from models.training.losses import LOSSES
from models.training.oracle import optimize_strokes
from models.training.recipes import PUBLISHED
from models.training.strokes import Split, Strokes, split_strokes
from models.training.train import Settings, train
from synth.presets import load_preset
from synth.voices.snare808.table import SNARE808

PRESET, EPOCHS, SPLITS = "snare-1", 250, range(5)


def main(what: str, recording: Path) -> None:
    """Measure one of the three."""
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}"
    )
    {"time": time_command, "errors": print_errors, "follow": print_following}[what](recording)


def time_command(recording: Path) -> None:
    """Run the command as a user does; the second time its compiled kernels are on disk."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.safetensors"
        command = [sys.executable, "-m", "bridge.cli.main", "train", str(recording), "--preset", PRESET]
        for loss in LOSSES:
            began = time.perf_counter()
            done = subprocess.run(
                [*command, "--loss", loss, "--epochs", str(EPOCHS), "--out", str(out), "--json"],
                capture_output=True,
                text=True,
                check=True,
            )
            seconds = time.perf_counter() - began
            said = json.loads(done.stdout)
            memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            curve = json.loads(out.with_suffix(".card.json").read_text())["curve"]["validation"]
            best = np.minimum.accumulate(curve)
            useful = int(np.argmax(best <= 1.05 * best[-1])) + 1
            print(
                f"{loss}: {said['strokes']} strokes, {said['epochs']} epochs, whole command {seconds:.1f} s "
                f"({said['seconds']:.1f} s by itself), {memory_mb:.0f} MB; "
                f"within 5 % of the final validation error after epoch {useful}"
            )


def print_errors(recording: Path) -> None:
    """Print error over doing nothing per published feature, mean over the splits."""
    strokes = hear([read_recording(recording)]).strokes
    print(f"{len(strokes)} strokes of {recording.name}, preset {PRESET}, MLP 590, {EPOCHS} epochs, splits 0 to 4\n")
    ways: dict[str, Callable[[Strokes, Split, int], Errors]] = {
        "direct optimisation": _direct,
        "`reference` loss": lambda s, split, seed: _trained(s, split, Settings(loss="reference", epochs=EPOCHS), seed),
        "`default` loss": lambda s, split, seed: _trained(s, split, Settings(loss="default", epochs=EPOCHS), seed),
        "`balanced` loss": lambda s, split, seed: _trained(s, split, Settings(loss="balanced", epochs=EPOCHS), seed),
        "published recipe": lambda s, split, seed: _trained(
            s, split, Settings(loss="reference", epochs=EPOCHS, recipe=PUBLISHED), seed
        ),
    }
    heading = False
    for name, way in ways.items():
        began = time.perf_counter()
        errors = [way(strokes, split_strokes(strokes, seed), seed) for seed in SPLITS]
        relative = np.mean([each.relative for each in errors], axis=0)
        if not heading:
            print(f"| | {' | '.join(errors[0].names)} | mean | splits | s a split |")
            print("|---" * (len(relative) + 4) + "|")
            heading = True
        splits = " ".join(f"{each.mean_relative:.2f}" for each in errors)
        row = " | ".join(f"{value:.2f}" for value in relative)
        seconds = (time.perf_counter() - began) / len(errors)
        print(f"| {name} | {row} | **{relative.mean():.3f}** | {splits} | {seconds:.0f} |", flush=True)


def _direct(strokes: Strokes, split: Split, seed: int) -> Errors:
    patch = load_preset(PRESET, SNARE808)
    found = optimize_strokes(strokes, split.test, split.reference, patch, "reference", steps=400)
    return errors_of(found, split.test, strokes, split.reference, patch, "reference")


def _trained(strokes: Strokes, split: Split, settings: Settings, seed: int) -> Errors:
    patch = load_preset(PRESET, SNARE808)
    chosen = Settings(loss=settings.loss, epochs=settings.epochs, recipe=settings.recipe, seed=seed, split_seed=seed)
    trained = train(strokes, patch, chosen)
    found = trained.modulation(strokes.features[split.test])
    return errors_of(found, split.test, strokes, split.reference, patch, "reference")


def print_following(recording: Path) -> None:
    """Print the correlation of drum and synth loudness on held-out strokes, with and without `follow_level`."""
    strokes = hear([read_recording(recording)]).strokes
    patch = load_preset(PRESET, SNARE808)
    rows = []
    for seed in SPLITS:
        settings = Settings(epochs=30, seed=seed, split_seed=seed)
        done = finish(train(strokes, patch, settings), strokes, patch, settings)
        test, space = done.trained.split.test, patch.space
        modulation = done.trained.modulation(strokes.features[test]).double().numpy()
        unit = np.clip(patch.unit + patch.depths * modulation, 0.0, 1.0)
        synth = voice_loudness_db(unit, patch, strokes.sample_rate, seed=99)
        relative = done.trained.relative(strokes.features[test]).double().numpy()
        follower = Follower(done.bundle.following, space)
        values = space.from_unit(unit)
        gain = [follower.gain_db(r, v, 1.0) for r, v in zip(relative, values, strict=True)]
        drum = strokes.rows(test).loudness_db()
        rows.append((np.corrcoef(drum, synth)[0, 1], np.corrcoef(drum, synth + gain)[0, 1]))
        began = time.perf_counter()
        for _ in range(1000):
            follower.gain_db(relative[0], values[0], 1.0)
        stroke_us = 1000 * (time.perf_counter() - began)
    print("| split | follow_level 0 | follow_level 1 |\n|---|---|---|")
    for seed, (without, following) in zip(SPLITS, rows, strict=True):
        print(f"| {seed} | {without:.4f} | {following:.4f} |")
    print(f"| mean | {np.mean(rows, axis=0)[0]:.4f} | {np.mean(rows, axis=0)[1]:.4f} |\n\n{stroke_us:.0f} us a stroke")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
