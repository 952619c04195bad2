"""Hold our drummer against real strokes: envelopes, wires, spectra, and what a published detector makes of both.

``python -m bench.drummer [SHARED_AUDIO] [--drum maple]`` prints the tables of docs/drummer.md. Without the folder of
real recordings (default ``../shared/audio``) it prints ours alone; without ``aubioonset`` no detections.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.machine import heading
from bridge.audio.files import read_recording, write_wav
from models.features.tables import ONSET_FEATURES, OnsetFeatures
from synth.drummer.perform import perform
from synth.drummer.room import in_room
from synth.drummer.strike import RANGE_DB, SNARES, find_drum, strike

RATE = 48_000
LEVELS_DBFS = (-20.0, -9.0, -3.0)
Floats = NDArray[np.float64]


def envelope_db(sound: Floats, step_ms: float) -> Floats:
    """Return the RMS level of each step."""
    step = int(step_ms * RATE / 1000)
    whole = len(sound) // step * step
    return np.asarray(10 * np.log10(np.mean(sound[:whole].reshape(-1, step) ** 2, axis=1) + 1e-12))


def ripple_db(level_db: Floats, start: int, stop: int) -> float:
    """Return the spread of an envelope around its own smooth fall."""
    at = np.arange(stop - start)
    part = level_db[start:stop]
    return float(np.std(part - np.polyval(np.polyfit(at, part, 3), at)))


def slope_db(level_db: Floats, start: int, stop: int) -> float:
    """Return the fall of an envelope of 1 ms steps in dB per 10 ms."""
    return float(10 * np.polyfit(np.arange(stop - start), level_db[start:stop], 1)[0])


def largest_rise_db(level_db: Floats, start: int, stop: int, back: int) -> float:
    """Return the largest climb of the tail: what may look like a stroke."""
    return max(float(level_db[i] - level_db[i - back : i + 1].min()) for i in range(start, stop))


def figures(sound: Floats) -> dict[str, float]:
    """Return what is compared of one stroke."""
    sound = np.asarray(sound, dtype=np.float64)
    sound = sound / np.abs(sound).max()
    size = np.abs(sound)
    start = int(np.argmax(size > 2e-3))
    sound, size = np.pad(sound[start:], (0, RATE)), size[start:]
    slow, fast = envelope_db(sound, 10), envelope_db(sound, 2)
    result = {
        "time to -20 dB of the peak, ms": float(np.argmax(size > 0.1)) / RATE * 1e3,
        "time to -6 dB of the peak, ms": float(np.argmax(size > 0.5)) / RATE * 1e3,
        "edge within 0.25 ms, dB of peak": 20 * np.log10(size[:12].max()),
        "peak over loudest 10 ms, dB": -float(slow.max()),
    }
    for at_ms in (20, 50, 100, 200, 300, 500):
        result[f"level at {at_ms} ms, dB"] = float(slow[at_ms // 10] - slow.max())
    result["ripple 30-100 ms, dB"] = ripple_db(fast, 15, 50)
    result["ripple 100-300 ms, dB"] = ripple_db(fast, 50, 150)
    result["largest rise in 20 ms, 100-300 ms, dB"] = largest_rise_db(fast, 50, 150, 10)
    heard = OnsetFeatures(RATE, 256)(sound[:256])
    result.update({f"{f.name} of the window, {f.unit}": float(v) for f, v in zip(ONSET_FEATURES, heard, strict=True)})
    for low, high in ((1500, 5000), (5000, 15_000)):
        band = signal.sosfilt(signal.butter(2, (low, high), "bandpass", fs=RATE, output="sos"), sound)
        level = envelope_db(band, 1)
        name = f"{low / 1000:g}-{high / 1000:g} kHz"
        result[f"{name} at 5 ms, dB of peak"] = float(level[4:7].mean())
        result[f"{name} slope 10-60 ms, dB/10 ms"] = slope_db(level, 10, 60)
        result[f"{name} slope 60-150 ms, dB/10 ms"] = slope_db(level, 60, 150)
        result[f"{name} ripple 10-60 ms, dB"] = ripple_db(level, 10, 60)
    return result


def our_strokes(drum: str, level_dbfs: float, count: int = 19) -> list[Floats]:
    """Return strokes of about that level, where a player aims, each in a room like that of `perform`."""
    rng = np.random.default_rng(0)
    sounds = []
    for i in range(count):
        velocity = 1 + (level_dbfs + rng.normal(0, 2)) / RANGE_DB
        sound = strike(find_drum(drum), rng.uniform(0.05, 0.35), velocity, "hit", RATE, rng)
        sounds.append(in_room(np.pad(sound, (0, RATE // 10)), -26.0, 0.6, RATE, f"bench {i}"))
    return sounds


def compare(real: Sequence[Floats], drum: str) -> None:
    """Print medians and 10 to 90 % of soft, middle and hard strokes, real beside ours."""
    thirds = [real[i * len(real) // 3 : (i + 1) * len(real) // 3] for i in range(3)]
    groups: list[Sequence[Floats]] = []
    heads = []
    for name, level_dbfs, third in zip(("soft", "middle", "hard"), LEVELS_DBFS, thirds, strict=True):
        if real:
            groups.append(third)
            heads.append(f"{name}, real")
        groups.append(our_strokes(drum, level_dbfs))
        heads.append(f"{name}, {drum}")
    columns = [[figures(sound) for sound in group] for group in groups]
    print("| of one stroke | " + " | ".join(heads) + " |\n|---" + "|---" * len(heads) + "|")
    for key in columns[0][0]:
        cells = []
        for column in columns:
            low, middle, high = np.percentile([row[key] for row in column], [10, 50, 90])
            cells.append(f"**{middle:.1f}** {low:.1f}..{high:.1f}")
        print(f"| {key} | " + " | ".join(cells) + " |")


def aubio(audio: Floats, method: str, threshold: float) -> list[float]:
    """Return the onsets that aubio finds, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.wav"
        write_wav(path, audio, RATE)
        options = ["-B", "512", "-H", "64", "-M", "0.02", "-O", method, "-t", str(threshold)]
        done = subprocess.run(["aubioonset", "-i", str(path), *options], capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


def scores(found: Sequence[float], truth: Sequence[float]) -> tuple[float, float, float]:
    """Return (F1, precision, recall), one to one within 10 ms."""
    left = list(found)
    hits = 0
    for onset_s in truth:
        near = min(left, key=lambda at: abs(at - onset_s), default=None)
        if near is not None and abs(near - onset_s) <= 0.01:
            left.remove(near)
            hits += 1
    return 2 * hits / (len(found) + len(truth)), hits / max(len(found), 1), hits / len(truth)


def detections(shared: Path, seed: int) -> None:
    """Print what two published detection functions with fixed settings make of real and of our takes."""
    takes = ("graded", "groove", "rolls", "bleed")
    print("\n| F1 (precision, recall) | " + " | ".join(takes) + " |\n|---" + "|---" * len(takes) + "|")

    def row(name: str, play: Callable[[str], tuple[Floats, list[float]]], method: str, threshold: float) -> None:
        cells = []
        for take in takes:
            audio, truth = play(take)
            cells.append("{:.2f} ({:.2f}, {:.2f})".format(*scores(aubio(audio, method, threshold), truth)))
        print(f"| {method} {threshold}, {name} | " + " | ".join(cells) + " |")

    def real(take: str) -> tuple[Floats, list[float]]:
        with (shared / f"takes/{take}.csv").open() as file:
            truth = [float(line["onset_s"]) for line in csv.DictReader(file)]
        return np.asarray(read_recording(shared / f"takes/{take}.flac").audio[:, 0], dtype=np.float64), truth

    for method, threshold in (("specflux", 0.3), ("hfc", 0.1)):
        if shared.is_dir():
            row("real", real, method, threshold)
        for drum in SNARES:

            def ours(take: str, name: str = drum.name) -> tuple[Floats, list[float]]:
                played = perform(take, name, seed)
                return played.audio[:, 0].astype(np.float64), [stroke.onset_s for stroke in played.strokes]

            row(drum.name, ours, method, threshold)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=Path("../shared/audio"))
    parser.add_argument("--drum", default="maple")
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    print(f"{heading(chosen.seed)}\n")
    real = [read_recording(path).audio[:, 0].astype(np.float64) for path in sorted(chosen.shared.glob("snare-hits/*"))]
    compare(real, chosen.drum)
    if shutil.which("aubioonset"):
        detections(chosen.shared, chosen.seed)
    start = time.perf_counter()
    take = perform("groove", chosen.drum, chosen.seed)
    seconds = time.perf_counter() - start
    print(f"\n{len(take.strokes)} strokes in {len(take.audio) / RATE:.0f} s of groove: played in {seconds:.2f} s")


if __name__ == "__main__":
    main()
