"""How well strokes are heard: ``python -m bench.onsets [--quick]`` prints the tables of docs/onsets.md.

Our drummer's takes on several drums, gains, noises; the real takes in ``--audio`` where they exist; the published
two-envelope detector and aubio beside ours. Nothing here is asserted: machines and drums differ.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.two_envelopes import PUBLISHED, aubio, aubio_installed, two_envelopes
from bridge.audio.files import Recording, read_recording
from bridge.calibration.measure import calibrate_audio
from bridge.calibration.paths import TAPS
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.score import score
from bridge.rig.detector import MOST_PATHS, DetectorSettings, LeakPath
from bridge.session.detect import detect_strokes, mark, read_truth
from synth.drummer.perform import Stroke, perform
from synth.dsp.levels import gain

RATE = 48_000
DRUMS = ("tight", "ringing", "wires-off", "dead")
CLEAN = ("graded", "groove", "rolls", "flams", "singles")
GAINS_DB = (0.0, -10.0, -20.0, -30.0)
SEED = 7
"""Of every take here; training used other random streams."""

Audio = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """A take and its truth."""

    name: str
    audio: Audio
    strokes: tuple[Stroke, ...]
    sample_rate: int = RATE


def played(take: str, drum: str, seed: int = SEED, **surroundings: float) -> Scene:
    """Return a take of our drummer."""
    made = perform(take, drum, seed, RATE, **surroundings)  # type: ignore[arg-type]
    name = f"{drum} {take}" + (f" {seed}" if seed != SEED else "")
    return Scene(name, made.audio, made.strokes)


def recorded(folder: Path, take: str) -> Scene:
    """Return a take of a folder of recordings with truth files."""
    recording = read_recording(folder / f"{take}.flac")
    truth = read_truth(folder / f"{take}.csv", recording.channels)
    return Scene(f"real {take}", recording.audio, tuple(truth), recording.sample_rate)


def at_gain(scene: Scene, gain_db: float) -> Scene:
    """Return the scene played softer."""
    return Scene(f"{scene.name} {gain_db:+.0f}", scene.audio * np.float32(gain(gain_db)), scene.strokes)


def ours(scene: Scene, settings: Sequence[DetectorSettings] | None = None) -> list[dict[str, float]]:
    """Return our marks per channel."""
    recording = Recording(scene.audio, scene.sample_rate, Path(scene.name))
    channels = [ChannelSettings(one) for one in settings] if settings else None
    rows = []
    for one in mark(detect_strokes(recording, channels), scene.strokes):
        delay, error = one.final.delay_s, np.abs(one.final.onset_error_s)
        rows.append(
            {
                "f1": one.final.f1,
                "early": one.early.f1,
                "missed": one.final.missed,
                "false": one.final.false,
                "twice": one.final.duplicates,
                "delay": 1e3 * float(np.median(delay)) if len(delay) else 0.0,
                "delay95": 1e3 * float(np.percentile(delay, 95)) if len(delay) else 0.0,
                "error95": 1e3 * float(np.percentile(error, 95)) if len(error) else 0.0,
            }
        )
    return rows


def others() -> dict[str, Callable[[Audio, int], NDArray[np.float64]]]:
    """Return the detectors to compare with."""
    known: dict[str, Callable[[Audio, int], NDArray[np.float64]]] = {
        name: lambda audio, rate, settings=settings: two_envelopes(audio, rate, settings)  # type: ignore[misc]
        for name, settings in PUBLISHED.items()
    }
    if aubio_installed():
        known["aubio specflux"] = lambda audio, rate: aubio(audio, rate, "specflux", 0.3)
        known["aubio hfc"] = lambda audio, rate: aubio(audio, rate, "hfc", 0.1)
    return known


def compare(scenes: Iterator[Scene]) -> None:
    """Print F1 of every detector on one-channel scenes, ours with its details."""
    rivals = others()
    headings = ["take", "F1", "early F1", "missed", "false", "twice", "delay ms", "95 %", "onset 95 %", *rivals]
    print("| " + " | ".join(headings) + " |\n|" + "---|" * len(headings))
    for scene in scenes:
        row = ours(scene)[0]
        truth_s = [stroke.onset_s for stroke in scene.strokes]
        cells = [f"{row[key]:.3f}" for key in ("f1", "early")]
        cells += [f"{row[key]:.0f}" for key in ("missed", "false", "twice")]
        cells += [f"{row[key]:.2f}" for key in ("delay", "delay95", "error95")]
        for rival in rivals.values():
            found_s = rival(scene.audio[:, 0], scene.sample_rate)
            cells.append(f"{score(found_s.tolist(), found_s.tolist(), truth_s).f1:.3f}")
        print(f"| {scene.name} | " + " | ".join(cells) + " |", flush=True)


def scenes(quick: bool) -> Iterator[Scene]:
    """Yield our drummer's one-microphone takes."""
    for drum in DRUMS[:1] if quick else DRUMS:
        for take in CLEAN:
            scene = played(take, drum)
            for gain_db in (0.0, -30.0) if quick or take not in ("groove",) else GAINS_DB:
                yield at_gain(scene, gain_db)
        yield played("bleed", drum)
    for noise_dbfs in () if quick else (-60.0, -50.0):
        scene = played("groove", "tight", noise_dbfs=noise_dbfs)
        yield Scene(f"{scene.name}, noise {noise_dbfs:.0f} dBFS", scene.audio, scene.strokes)
    for hum_dbfs in () if quick else (-50.0, -35.0):
        scene = played("groove", "tight", hum_dbfs=hum_dbfs)
        yield Scene(f"{scene.name}, hum {hum_dbfs:.0f} dBFS", scene.audio, scene.strokes)


def real_scenes(folder: Path) -> Iterator[Scene]:
    """Yield the real one-microphone takes, loud and soft."""
    for take in ("graded", "groove", "rolls", "bleed"):
        if (folder / f"{take}.flac").is_file():
            scene = recorded(folder, take)
            yield scene
            if take != "bleed":
                yield at_gain(scene, -30.0)


def show_calibration(pairs: Iterator[tuple[Scene, Audio]]) -> None:
    """Print F1 per channel before and after calibration."""
    print("\n| take | F1 per channel, as it comes | calibrated | missed and false |\n|---|---|---|---|")
    known, settings = np.zeros(0, np.float32), [DetectorSettings()]
    for scene, heard in pairs:
        if heard is not known:
            current = [DetectorSettings()] * scene.audio.shape[1]
            settings = [one.settings for one in calibrate_audio(heard, scene.sample_rate, current, scene.name)]
            known = heard
        before, after = ours(scene), ours(scene, settings)
        cells = [" ".join(f"{row['f1']:.3f}" for row in rows) for rows in (before, after)]
        counts = ", ".join(f"{row['missed']:.0f} {row['false']:.0f}" for row in after)
        print(f"| {scene.name} | {cells[0]} | {cells[1]} | {counts} |", flush=True)


def calibration_pairs(folder: Path, quick: bool) -> Iterator[tuple[Scene, Audio]]:
    """Yield (scene, what calibrate hears first): for bleed the same drum alone, for a kit its first 15 s."""
    for drum in DRUMS[:1] if quick else DRUMS:
        alone = played("graded", drum).audio
        yield from ((played(take, drum), alone) for take in ("bleed", "groove", "rolls"))
        for seed in range(SEED, SEED + 3):
            yield _after(played("kit", drum, seed), 15.0)
    if (folder / "kit.flac").is_file():
        alone = recorded(folder, "graded").audio
        yield from ((recorded(folder, take), alone) for take in ("bleed", "groove", "rolls"))
        yield _after(recorded(folder, "kit"), 15.0)


def _after(scene: Scene, seconds: float) -> tuple[Scene, Audio]:
    """Return (the scene after some seconds, those seconds)."""
    cut = round(seconds * scene.sample_rate)
    strokes = tuple(
        Stroke(s.onset_s - seconds, s.level_dbfs, s.kind, s.channel)
        for s in scene.strokes
        if s.onset_s >= seconds + 0.05
    )
    name = f"{scene.name}, after {seconds:g} s"
    return Scene(name, scene.audio[cut:], strokes, scene.sample_rate), scene.audio[:cut]


def show_rates(some: Sequence[Scene]) -> None:
    """Print F1 at other rates and how far onset times move from those at 48 kHz."""
    print("\n| take | 44.1 kHz: F1 | onsets within 0.1 ms | 96 kHz: F1 | onsets within 0.1 ms |\n|---|---|---|---|---|")
    for scene in some:
        at_48 = _onsets_s(scene.audio, RATE)
        cells = []
        for rate, up, down in ((44_100, 147, 160), (96_000, 2, 1)):
            other = signal.resample_poly(scene.audio, up, down, axis=0).astype(np.float32)
            onsets_s = _onsets_s(other, rate)
            pairs = score(onsets_s.tolist(), onsets_s.tolist(), at_48.tolist())
            f1 = score(onsets_s.tolist(), onsets_s.tolist(), [stroke.onset_s for stroke in scene.strokes]).f1
            cells += [f"{f1:.4f}", f"{np.mean(np.abs(pairs.onset_error_s) < 1e-4):.1%}"]
        print(f"| {scene.name} | " + " | ".join(cells) + " |", flush=True)


def _onsets_s(audio: Audio, rate: int) -> NDArray[np.float64]:
    return np.array([hit.onset / rate for hit in detect_strokes(Recording(audio, rate, Path("take"))).hits])


def show_nothing() -> None:
    """Print how many events a minute of nothing gives."""
    rng = np.random.default_rng(SEED)
    white = rng.standard_normal(60 * RATE)
    phase = 2 * np.pi * 50 * np.arange(len(white)) / RATE
    hum = np.sin(phase) + 0.3 * np.sin(2 * phase + 1) + 0.4 * np.sin(3 * phase + 2)
    minutes = {
        "white noise": white / 4,
        "dark noise": signal.lfilter([0.03], [1, -0.97], white) / 4,
        "hum 50 Hz": 0.5 * hum,
        "hum and noise": 0.5 * hum + 0.01 * white,
        "silence": 0.0 * white,
    }
    print(
        "\n| a minute of | "
        + " | ".join(f"{gain:.0f} dB" for gain in (0, -20, -40, -60, -80))
        + " |\n|---|---|---|---|---|---|"
    )
    for name, audio in minutes.items():
        counts = []
        for gain_db in (0, -20, -40, -60, -80):
            found = detect_strokes(Recording((audio[:, None] * gain(gain_db)).astype(np.float32), RATE, Path(name)))
            counts.append(f"{len(found.hits)} ({len(found.onsets)} early)")
        print(f"| {name} | " + " | ".join(counts) + " |", flush=True)


def show_cost(seconds: int = 10) -> None:
    """Print what share of a core 1 to 16 channels take at 64 frames, at last with as many known leaks as can be."""
    print("\n| channels | share of a core | a block's median, us | 99 % |\n|---|---|---|---|")
    groove = played("groove", "tight").audio[: seconds * RATE, 0]
    plain = [(channels, [DetectorSettings()] * channels) for channels in (1, 4, 8, 16)]
    for channels, settings in [*plain, (16, [DetectorSettings(leak_paths=_paths(here)) for here in range(16)])]:
        audio = np.stack([np.roll(groove, 7001 * channel) for channel in range(channels)], axis=1)
        analyzer = Analyzer(RATE, [ChannelSettings(one) for one in settings])
        analyzer.process(audio[:64])
        spent = []
        for first in range(0, len(audio), 64):
            began = time.thread_time_ns()
            analyzer.process(audio[first : first + 64])
            spent.append((time.thread_time_ns() - began) / 1e3)
        share = sum(spent) / 1e6 / seconds
        name = f"{channels}, {MOST_PATHS} leaks subtracted from each" if settings[0].leak_paths else channels
        print(f"| {name} | {share:.1%} | {np.median(spent):.0f} | {np.percentile(spent, 99):.0f} |", flush=True)


def _paths(here: int) -> tuple[LeakPath, ...]:
    """Return as many paths to one of 16 channels as there may be, with as many numbers as `calibrate` gives them."""
    taps = tuple(np.random.default_rng(here).uniform(-0.3, 0.3, TAPS).tolist())
    return tuple(LeakPath((here + k) % 16 + 1, 1.0 + 0.7 * k, -15.0, taps) for k in range(1, MOST_PATHS + 1))


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one drum, fewer gains")
    parser.add_argument("--calibration", action="store_true", help="what calibrate changes, nothing else")
    parser.add_argument("--audio", type=Path, default=Path("../shared/audio/takes"), help="folder of real takes")
    chosen = parser.parse_args()
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, numba {numba.__version__}"
    print(f"{platform.machine()}, {os.cpu_count()} cores, {versions}, seed {SEED}\n")
    if chosen.calibration:
        show_calibration(calibration_pairs(chosen.audio, chosen.quick))
        return
    compare(scenes(chosen.quick))
    if chosen.audio.is_dir():
        print()
        compare(real_scenes(chosen.audio))
    show_calibration(calibration_pairs(chosen.audio, chosen.quick))
    show_rates([played("groove", "tight"), played("rolls", "ringing")])
    show_nothing()
    show_cost()


if __name__ == "__main__":
    main()
