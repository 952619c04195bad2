"""How the ear fares on drums and rooms it has not met: ``python -m bench.other_drums [--takes FOLDER]``.

One drum cannot show that. Its takes played slower or faster are larger and smaller drums; filters, early reflections, a
compressor and noise stand for other microphones and rooms. Nothing was chosen by these figures: they check what was
chosen on our drummer's takes, so recorded ones say more. The speeds change the drum's wires and sticks as well, further
than any real drum would differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.onsets import ours
from bench.report import asked, head, heading, line
from bench.scenes import RATE, RECORDED, Scene, scene

SEED = 3
TAKES = ("graded", "groove", "rolls", "bleed")

Change = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def filtered(kind: Literal["low", "high"], cutoff_hz: float) -> Change:
    """Return a first-order filter."""
    sections = signal.butter(1, cutoff_hz, kind, fs=RATE, output="sos")
    return lambda audio: np.asarray(signal.sosfilt(sections, audio))


def in_a_room(audio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return audio with three early reflections and a quarter of a second of reverberation."""
    length = RATE // 4
    answer = np.random.default_rng(SEED).standard_normal(length) * 0.03 * 10 ** (-3.0 * np.arange(length) / length)
    answer[: RATE // 250] = 0.0
    for delay_s, gain in ((0.0, 1.0), (0.0031, 0.35), (0.0072, 0.25), (0.0113, -0.2)):
        answer[round(delay_s * RATE)] += gain
    return np.asarray(signal.fftconvolve(audio, answer)[: len(audio)])


def compressed(audio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return audio through a compressor: 2.5 to 1 over -30 dBFS, 10 ms."""
    envelope = np.maximum(signal.lfilter([0.002], [1.0, -0.998], np.abs(audio)), 1e-4)
    return np.asarray(audio * np.minimum(1.0, 10 ** (-30 / 20) / envelope) ** 0.6)


def noisy(audio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return audio with white noise of -60 dBFS."""
    return np.asarray(audio + np.random.default_rng(SEED).standard_normal(len(audio)) * 1e-3)


CHANGES: dict[str, tuple[Change, tuple[int, int]]] = {
    "as it is": (lambda audio: audio, (1, 1)),
    "1.6 times slower": (lambda audio: audio, (8, 5)),
    "1.33 times slower": (lambda audio: audio, (4, 3)),
    "1.33 times faster": (lambda audio: audio, (3, 4)),
    "1.67 times faster": (lambda audio: audio, (3, 5)),
    "darker from 2 kHz": (filtered("low", 2000.0), (1, 1)),
    "darker from 700 Hz": (filtered("low", 700.0), (1, 1)),
    "thinner under 800 Hz": (filtered("high", 800.0), (1, 1)),
    "in a room": (in_a_room, (1, 1)),
    "compressed": (compressed, (1, 1)),
    "noise of -60 dBFS": (noisy, (1, 1)),
}
"""What is done to a take: a change of its sound, then of its length as (up, down)."""


def changed(take: Scene, change: Change, speed: tuple[int, int]) -> Scene:
    """Return a take as another drum or room would sound, with the truth that goes with it."""
    up, down = speed
    audio = signal.resample_poly(change(take.audio[:, 0].astype(np.float64)), up, down)
    strokes = tuple(replace(stroke, onset_s=stroke.onset_s * up / down) for stroke in take.strokes)
    return replace(take, audio=audio.astype(np.float32)[:, None], strokes=strokes)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    takes = asked(__doc__, words, takes=RECORDED).takes
    print(heading(seed=SEED))
    head("F1 (missed, false)", *TAKES)
    for name, (change, speed) in CHANGES.items():
        rows = [ours(changed(scene(takes, take, seed=SEED), change, speed))[0] for take in TAKES]
        line(name, *(f"{row['f1']:.3f} ({row['missed']}, {row['false']})" for row in rows))


if __name__ == "__main__":
    main()
