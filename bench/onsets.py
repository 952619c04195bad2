"""How well strokes are heard: ``python -m bench.onsets`` prints the tables of docs/notes/onsets.md.

Our drummer's takes on several drums, gains, noises, or recorded ones where there is a folder of them; the published
two-envelope detector and aubio beside ours. Nothing here is asserted: machines and drums differ.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench import scenes
from bench.report import asked, head, heading, line
from bench.rivals import rivals
from bench.scenes import RATE, RECORDED, Audio, Scene, recorded
from bridge.audio.files import Recording
from bridge.calibration.measure import calibrate_audio
from bridge.calibration.paths import TAPS
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.score import score
from bridge.rig.detector import MOST_PATHS, DetectorSettings, LeakPath
from bridge.session.detect import detect_strokes, mark, marks_table

DRUMS = ("tight", "ringing", "wires-off", "dead")
CLEAN = ("graded", "groove", "rolls", "flams", "singles")
GAINS_DB = (0.0, -10.0, -20.0, -30.0)
SEED = 7
"""Of every take here; training used other random streams."""

LEARNED_S = 15.0
"""What calibrate hears of a kit."""

Marks = list[dict[str, Any]]


def played(take: str, drum: str = "tight", seed: int = SEED, **surroundings: float) -> Scene:
    """Return a take of our drummer."""
    made = scenes.played(take, drum, seed=seed, **surroundings)
    told = [f"{key.removesuffix('_dbfs')} {value:.0f} dBFS" for key, value in surroundings.items()]
    return replace(made, name=", ".join([made.name if seed == SEED else f"{made.name} {seed}", *told]))


def ours(scene: Scene, settings: Sequence[DetectorSettings] | None = None) -> Marks:
    """Return our marks per channel."""
    recording = Recording(scene.audio, scene.sample_rate, Path(scene.name))
    channels = [ChannelSettings(one) for one in settings] if settings else None
    return [marks_table(one) for one in mark(detect_strokes(recording, channels), scene.strokes)]


def compare(some: Iterable[Scene]) -> None:
    """Print F1 of every detector on one-channel scenes, ours with its details."""
    others = rivals()
    head("take", "F1", "early F1", "missed", "false", "twice", "delay ms", "95 %", "onset 95 %", *others)
    for scene in some:
        row = ours(scene)[0]
        cells = [f"{row[key]:.3f}" for key in ("f1", "early_f1")]
        cells += [row[key] for key in ("missed", "false", "duplicates")]
        cells += [f"{row[key] or 0.0:.2f}" for key in ("delay_median_ms", "delay_95_ms", "onset_error_95_ms")]
        for rival in others.values():
            found_s = rival(scene.audio[:, 0], scene.sample_rate).tolist()
            cells.append(f"{score(found_s, found_s, scene.onsets_s).f1:.3f}")
        line(scene.name, *cells)


def one_microphone(takes: Path | None, quick: bool) -> Iterator[Scene]:
    """Yield the takes of one microphone: recorded ones loud and soft, or our drummer's on his drums."""
    if takes:
        for take in ("graded", "groove", "rolls"):
            yield recorded(takes, take)
            yield recorded(takes, take).at_gain(-30.0)
        yield recorded(takes, "bleed")
        return
    for drum in DRUMS[:1] if quick else DRUMS:
        for take in CLEAN:
            scene = played(take, drum)
            for gain_db in GAINS_DB if take == "groove" and not quick else (0.0, -30.0):
                yield scene.at_gain(gain_db)
        yield played("bleed", drum)
    surroundings = (("noise_dbfs", -60.0), ("noise_dbfs", -50.0), ("hum_dbfs", -50.0), ("hum_dbfs", -35.0))
    for key, dbfs in () if quick else surroundings:
        yield played("groove", "tight", SEED, **{key: dbfs})


def show_calibration(pairs: Iterator[tuple[Scene, Audio]]) -> None:
    """Print F1 per channel before and after calibration."""
    print()
    head("take", "F1 per channel, as it comes", "calibrated", "missed and false")
    known, settings = np.zeros(0, np.float32), [DetectorSettings()]
    for scene, heard in pairs:
        if heard is not known:
            current = [DetectorSettings()] * scene.audio.shape[1]
            settings = [one.settings for one in calibrate_audio(heard, scene.sample_rate, current, scene.name)]
            known = heard
        before, after = ours(scene), ours(scene, settings)
        cells = [" ".join(f"{row['f1']:.3f}" for row in rows) for rows in (before, after)]
        line(scene.name, *cells, ", ".join(f"{row['missed']} {row['false']}" for row in after))


def calibration_pairs(takes: Path | None, quick: bool) -> Iterator[tuple[Scene, Audio]]:
    """Yield (scene, what calibrate hears first): for bleed the same drum alone, for a kit its beginning."""
    for drum in DRUMS[:1] if quick or takes else DRUMS:
        play = partial(recorded, takes) if takes else partial(played, drum=drum)
        alone = play("graded").audio
        yield from ((play(take), alone) for take in ("bleed", "groove", "rolls"))
        kits = [play("kit")] if quick or takes else [played("kit", drum, seed) for seed in range(SEED, SEED + 3)]
        for kit in kits:
            learned_s = min(LEARNED_S, len(kit.audio) / kit.sample_rate / 2)
            yield kit.after(learned_s), kit.first(learned_s).audio


def show_rates(some: Iterable[Scene]) -> None:
    """Print F1 at other rates and how far onset times move from those at 48 kHz."""
    print()
    head("take", "44.1 kHz: F1", "onsets within 0.1 ms", "96 kHz: F1", "onsets within 0.1 ms")
    for scene in some:
        at_48 = _onsets_s(scene.audio, RATE)
        cells = []
        for rate, up, down in ((44_100, 147, 160), (96_000, 2, 1)):
            onsets_s = _onsets_s(signal.resample_poly(scene.audio, up, down, axis=0).astype(np.float32), rate)
            moved_s = score(onsets_s, onsets_s, at_48).onset_error_s
            f1 = score(onsets_s, onsets_s, scene.onsets_s).f1
            cells += [f"{f1:.4f}", f"{np.mean(np.abs(moved_s) < 1e-4):.1%}"]
        line(scene.name, *cells)


def _onsets_s(audio: Audio, rate: int) -> list[float]:
    return [hit.onset / rate for hit in detect_strokes(Recording(audio, rate, Path("take"))).hits]


def show_nothing(seconds: float) -> None:
    """Print how many events a minute of nothing gives."""
    white = np.random.default_rng(SEED).standard_normal(round(seconds * RATE))
    phase = 2 * np.pi * 50 * np.arange(len(white)) / RATE
    hum = np.sin(phase) + 0.3 * np.sin(2 * phase + 1) + 0.4 * np.sin(3 * phase + 2)
    nothings = {
        "white noise": white / 4,
        "dark noise": signal.lfilter([0.03], [1, -0.97], white) / 4,
        "hum 50 Hz": 0.5 * hum,
        "hum and noise": 0.5 * hum + 0.01 * white,
        "silence": 0.0 * white,
    }
    gains_db = (0, -20, -40, -60, -80)
    print()
    head(f"{seconds:g} s of", *(f"{gain_db} dB" for gain_db in gains_db))
    for name, audio in nothings.items():
        scaled = [(audio[:, None] * 10 ** (gain_db / 20)).astype(np.float32) for gain_db in gains_db]
        found = [detect_strokes(Recording(one, RATE, Path(name))) for one in scaled]
        line(name, *(f"{len(one.hits)} ({len(one.onsets)} early)" for one in found))


def show_cost(audio: Audio) -> None:
    """Print what share of a core 1 to 16 channels take at 64 frames, at last with as many known leaks as can be."""
    print()
    head("channels", "share of a core", "a block's median, us", "99 %")
    plain = [(str(channels), [DetectorSettings()] * channels) for channels in (1, 4, 8, 16)]
    leaking = [DetectorSettings(leak_paths=_paths(here)) for here in range(16)]
    for name, settings in [*plain, (f"16, {MOST_PATHS} leaks subtracted from each", leaking)]:
        spent_us = _spent_us(audio, settings)
        share = spent_us.sum() * 1e-6 * RATE / len(audio)
        line(name, f"{share:.1%}", f"{np.median(spent_us):.0f}", f"{np.percentile(spent_us, 99):.0f}")


def _spent_us(audio: Audio, settings: Sequence[DetectorSettings]) -> NDArray[np.float64]:
    """Return the processor time of every block of 64 frames, with the same audio shifted on each channel."""
    several = np.stack([np.roll(audio, 7001 * channel) for channel in range(len(settings))], axis=1)
    analyzer = Analyzer(RATE, [ChannelSettings(one) for one in settings])
    analyzer.process(several[:64])
    spent_us = []
    for first in range(0, len(several), 64):
        began = time.thread_time_ns()
        analyzer.process(several[first : first + 64])
        spent_us.append((time.thread_time_ns() - began) / 1e3)
    return np.array(spent_us)


def _paths(here: int) -> tuple[LeakPath, ...]:
    """Return as many paths to one of 16 channels as there may be, with as many numbers as `calibrate` gives them."""
    taps = tuple(np.random.default_rng(here).uniform(-0.3, 0.3, TAPS).tolist())
    return tuple(
        LeakPath(input=(here + k) % 16 + 1, delay_ms=1.0 + 0.7 * k, gain_db=-15.0, taps=taps)
        for k in range(1, MOST_PATHS + 1)
    )


def main(words: Sequence[str] | None = None) -> None:
    """Print every table."""
    chosen = asked(
        __doc__,
        words,
        quick=(False, "one drum, fewer gains"),
        calibration=(False, "what calibrate changes, nothing else"),
        takes=RECORDED,
        seconds=(60.0, "of nothing; a sixth of them to measure the cost"),
    )

    print(f"{heading(SEED)}\n")
    if not chosen.calibration:
        compare(one_microphone(chosen.takes, chosen.quick))
    show_calibration(calibration_pairs(chosen.takes, chosen.quick))
    if not chosen.calibration:
        play = partial(recorded, chosen.takes) if chosen.takes else played
        show_rates((play("groove"), play("rolls")))
        show_nothing(chosen.seconds)
        show_cost(play("groove").audio[: round(chosen.seconds / 6 * RATE), 0])


if __name__ == "__main__":
    main()
