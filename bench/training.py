"""Training, measured: time and memory of the whole command, and how `follow_level` follows.

``python -m bench.training time RECORDING`` times `ghostnote train` as a process of its own; ``python -m bench.training
follow RECORDING`` measures `follow_level`. Held-out errors come from `bench.learning`. The tables stand in
docs/notes/training.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.process import measured
from bench.report import asked, head, heading, line
from bridge.audio.files import read_recording
from bridge.learning.strokes import hear
from models.mapping.follower import Follower
from models.training.export import finish
from models.training.instruments import VOICE
from models.training.loss_kinds import LOSSES
from models.training.train import Settings, train
from synth.voices.presets import load_preset
from synth.voices.snare808.table import SNARE808

PRESET = "snare-1"


def time_command(recording: Path, epochs: int, splits: int) -> None:
    """Run the command as a user does; the second time its compiled kernels are on disk."""
    command = [sys.executable, "-m", "bridge.cli.main", "train", str(recording), "--preset", PRESET]
    head("loss", "strokes", "epochs", "whole command, s", "training, s", "MB", "within 5 % of the best after epoch")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.safetensors"
        for loss in list(LOSSES)[:splits]:
            words = [*command, "--loss", loss, "--epochs", str(epochs), "--out", str(out), "--json"]
            done = measured(words)
            said = json.loads(done.said)
            best = np.minimum.accumulate(json.loads(out.with_suffix(".card.json").read_text())["curve"]["validation"])
            useful = int(np.argmax(best <= 1.05 * best[-1])) + 1
            figures = (f"{done.seconds:.1f}", f"{said['seconds']:.1f}", f"{done.peak_mb:.0f}", useful)
            line(loss, said["strokes"], said["epochs"], *figures)


def print_following(recording: Path, epochs: int, splits: int) -> None:
    """Print the correlation of drum and synth loudness on held-out strokes, with and without `follow_level`."""
    strokes = hear([read_recording(recording)]).strokes
    patch = load_preset(PRESET, SNARE808)
    rows = []
    for seed in range(splits):
        settings = Settings(epochs=epochs, seed=seed, split_seed=seed)
        done = finish(train(strokes, patch, settings), strokes, patch, settings)
        test, space = done.trained.split.test, patch.space
        modulation = done.trained.modulation(strokes.features[test]).double().numpy()
        unit = np.clip(patch.unit + patch.depths * modulation, 0.0, 1.0)
        synth = VOICE.loudness_db(unit, patch, strokes.sample_rate, seed=99)
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
    head("split", "follow_level 0", "follow_level 1")
    for name, row in (*enumerate(rows), ("mean", np.mean(rows, axis=0))):
        line(name, *(f"{correlation:.4f}" for correlation in row))
    print(f"\n{stroke_us:.0f} us a stroke")


WHAT = {"time": (time_command, 250), "follow": (print_following, 30)}
"""Name to (what is measured, its epochs)."""


def main(words: Sequence[str] | None = None) -> None:
    """Measure one of the two."""
    chosen = asked(
        __doc__,
        words,
        "what",
        "recording",
        epochs=(0, "of each training; 0 for those of the documented tables"),
        splits=(5, "how many, from seed 0; of `time`, how many losses"),
    )
    measure, epochs = WHAT[chosen.what]
    print(heading(seed=0))
    measure(Path(chosen.recording), chosen.epochs or epochs, chosen.splits)


if __name__ == "__main__":
    main()
