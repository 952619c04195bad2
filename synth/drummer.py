"""A drummer of our own: seeded performances on our own drums, with the exact truth of every stroke.

``perform("groove", "ringing", seed=3)`` returns a `Take`: audio and `Stroke` truth to the sample. The demo, the tests,
the benchmarks and the training material all come from here, so the project needs no recording.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.acoustic import RANGE_DB, find_drum, strike
from synth.errors import InputError
from synth.scores import SCORES, Note

TAKES = tuple(SCORES)
CHANNELS = ("snare", "kick", "hat", "tom", "floor-tom", "ride")
"""Which drum each microphone of a kit stands at; more microphones start over."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """What was truly played.

    Parameters
    ----------
    onset_s : float
        The sample at which the stroke's sound starts, in seconds.
    level_dbfs : float
        Peak of the stroke alone, at its own microphone.
    kind : str
        As in `synth.scores.Note`.
    channel : int
        Microphone of the drum, from 0.
    """

    onset_s: float
    level_dbfs: float
    kind: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Take:
    """A performance.

    Parameters
    ----------
    audio : (samples, channels) float32
        What the microphones hear.
    sample_rate : int
        Hz.
    strokes : tuple of Stroke
        In time order. ``bleed`` lists the snare's only.
    """

    audio: NDArray[np.float32]
    sample_rate: int
    strokes: tuple[Stroke, ...]


def perform(
    take: str,
    drum: str = "tight",
    seed: int = 0,
    sample_rate: int = 48_000,
    *,
    noise_dbfs: float = -72.0,
    hum_dbfs: float | None = None,
    hum_hz: float = 50.0,
    gain_db: float = 0.0,
    n_channels: int | None = None,
) -> Take:
    """Play a take.

    Parameters
    ----------
    take : str
        One of `TAKES`.
    drum : str
        The snare; a name in `synth.drums.DRUMS`.
    seed : int
        Same seed and rate, same take, to the bit.
    sample_rate : int
        Hz.
    noise_dbfs : float
        RMS of the white noise floor of each channel.
    hum_dbfs : float or None
        Peak of the mains hum's fundamental, with harmonics above it; None for none.
    hum_hz : float
        50 or 60.
    gain_db : float
        Input gain: applied to everything, noise too, and to the levels in the truth.
    n_channels : int or None
        Microphones of ``kit`` (default 3: snare, kick, hat); the other takes have one.
    """
    if take not in SCORES:
        raise InputError(f"there is no take '{take}'; there are {', '.join(TAKES)}")
    rng = np.random.default_rng([seed, zlib.crc32(take.encode())])
    notes = sorted(SCORES[take](rng), key=lambda note: note.onset_s)
    channels = (n_channels or 3) if take == "kit" else 1
    audio = np.zeros((int((notes[-1].onset_s + 1.5) * sample_rate), channels))
    strokes = _play(audio, notes, take, drum, seed, sample_rate, rng)
    audio += rng.standard_normal(audio.shape) * 10 ** (noise_dbfs / 20)
    if hum_dbfs is not None:
        audio += _hum(len(audio), hum_hz, hum_dbfs, sample_rate)[:, None]
    audio *= 10 ** (gain_db / 20)
    heard = [Stroke(s.onset_s, s.level_dbfs + gain_db, s.kind, s.channel) for s in strokes]
    return Take(audio.astype(np.float32), sample_rate, tuple(sorted(heard, key=lambda s: s.onset_s)))


def _play(
    audio: NDArray[np.float64], notes: list[Note], take: str, drum: str, seed: int, rate: int, rng: np.random.Generator
) -> list[Stroke]:
    """Add every note to every microphone; return the truth of those that have a microphone of their own."""
    channels = audio.shape[1]
    names = [CHANNELS[i % len(CHANNELS)] for i in range(channels)]
    leak_db = -rng.uniform(12, 20, (channels + 1, channels)) - (4 if take == "bleed" else 0)
    late_s = rng.uniform(0.001, 0.004, (channels + 1, channels))
    if channels > 2:
        late_s[0, 2] = -0.0005
    strokes: list[Stroke] = []
    for number, note in enumerate(notes):
        name = drum if note.drum == "snare" else note.drum
        velocity = 1 + note.level_dbfs / RANGE_DB
        own = np.random.default_rng([seed, zlib.crc32(take.encode()), number])
        sound = strike(find_drum(name), note.position, velocity, note.technique, rate, own)
        home = names.index(note.drum) if note.drum in names else -1
        start = round(note.onset_s * rate)
        for channel in range(channels):
            gain_db = 0.0 if channel == home else float(leak_db[home, channel])
            delay = 0 if channel == home else round(float(late_s[home, channel]) * rate)
            _add(audio[:, channel], sound * 10 ** (gain_db / 20), start + delay)
        if home >= 0:
            strokes.append(Stroke(start / rate, note.level_dbfs, note.kind, home))
    return strokes


def _add(into: NDArray[np.float64], sound: NDArray[np.float64], start: int) -> None:
    stop = min(start + len(sound), len(into))
    into[start:stop] += sound[: stop - start]


def _hum(samples: int, hum_hz: float, level_dbfs: float, rate: int) -> NDArray[np.float64]:
    """Return mains hum: the fundamental and its odd and even harmonics, falling."""
    phase = 2 * np.pi * hum_hz * np.arange(samples) / rate
    parts = ((1, 1.0), (2, 0.35), (3, 0.5), (4, 0.12), (5, 0.25), (7, 0.12), (9, 0.06))
    return np.asarray(10 ** (level_dbfs / 20) * sum(gain * np.sin(k * phase + k) for k, gain in parts))
