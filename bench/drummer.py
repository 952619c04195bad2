"""Hold our drummer against real strokes: envelopes, wires, spectra, and what a published detector makes of both.

``python -m bench.drummer [--hits FOLDER] [--takes FOLDER]`` prints the tables of docs/notes/drummer.md. Without
recordings of single strokes and of takes it prints ours alone; without ``aubioonset`` no detections.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.report import asked, folder, head, heading, line
from bench.rivals import aubios
from bench.scenes import RATE, RECORDED, Scene, played, recorded
from bridge.audio.files import read_recording
from bridge.ear.score import score
from models.features.tables import ONSET_FEATURES, OnsetFeatures
from synth.drummer.drums import SNARES, find_drum
from synth.drummer.perform import perform
from synth.drummer.room import in_room
from synth.drummer.strike import RANGE_DB, strike

LEVELS_DBFS = {"soft": -20.0, "middle": -9.0, "hard": -3.0}
TAKES = ("graded", "groove", "rolls", "bleed")
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


def our_strokes(drum: str, level_dbfs: float, count: int) -> list[Floats]:
    """Return strokes of about that level, where a player aims, each in a room like that of `perform`."""
    rng = np.random.default_rng(0)
    sounds = []
    for i in range(count):
        velocity = 1 + (level_dbfs + rng.normal(0, 2)) / RANGE_DB
        sound = strike(find_drum(drum), rng.uniform(0.05, 0.35), velocity, "hit", RATE, rng)
        sounds.append(in_room(np.pad(sound, (0, RATE // 10)), -26.0, 0.6, RATE, f"bench {i}"))
    return sounds


def compare(real: Sequence[Floats], drum: str, count: int) -> None:
    """Print medians and 10 to 90 % of soft, middle and hard strokes, real beside ours."""
    groups: dict[str, Sequence[Floats]] = {}
    for third, (name, level_dbfs) in enumerate(LEVELS_DBFS.items()):
        if real:
            groups[f"{name}, real"] = real[third * len(real) // 3 : (third + 1) * len(real) // 3]
        groups[f"{name}, {drum}"] = our_strokes(drum, level_dbfs, count)
    columns = [[figures(sound) for sound in group] for group in groups.values()]
    head("of one stroke", *groups)
    for key in columns[0][0]:
        spreads = [np.percentile([row[key] for row in column], [10, 50, 90]) for column in columns]
        line(key, *(f"**{middle:.1f}** {low:.1f}..{high:.1f}" for low, middle, high in spreads))


def detections(takes: Path | None, seed: int) -> None:
    """Print what published detection functions with fixed settings make of recorded takes and of ours."""
    drummers = {"real": [recorded(takes, take) for take in TAKES]} if takes else {}
    drummers |= {drum.name: [played(take, drum.name, seed) for take in TAKES] for drum in SNARES}
    print()
    head("F1 (precision, recall)", *TAKES)
    for name, detector in aubios().items():
        for drummer, scenes in drummers.items():
            line(f"{name}, {drummer}", *(_marks(detector(one.audio[:, 0], RATE).tolist(), one) for one in scenes))


def _marks(found_s: list[float], scene: Scene) -> str:
    marks = score(found_s, found_s, scene.onsets_s)
    return f"{marks.f1:.2f} ({marks.precision:.2f}, {marks.recall:.2f})"


def main(words: Sequence[str] | None = None) -> None:
    """Print everything."""
    chosen = asked(
        __doc__,
        words,
        hits=(folder, "recordings of single strokes, from soft to hard by their names"),
        takes=RECORDED,
        drum=("maple", f"one of {', '.join(drum.name for drum in SNARES)}"),
        strokes=(19, "ours of each level"),
        take=("groove", "what is played to see how long that takes"),
        seed=(5, "of the takes"),
    )
    print(f"{heading(chosen.seed)}\n")
    paths = sorted(chosen.hits.iterdir()) if chosen.hits else []
    compare([read_recording(path).audio[:, 0].astype(np.float64) for path in paths], chosen.drum, chosen.strokes)
    if aubios():
        detections(chosen.takes, chosen.seed)
    start = time.perf_counter()
    take = perform(chosen.take, chosen.drum, chosen.seed)
    seconds = time.perf_counter() - start
    print(f"\n{len(take.strokes)} strokes in {len(take.audio) / RATE:.0f} s of {chosen.take}: {seconds:.2f} s")


if __name__ == "__main__":
    main()
