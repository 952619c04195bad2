"""Recordings whose style is compared: read, run through effects, and measured against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import read_recording
from models.style.hearing import FLOOR_DB, QUANTILES, Heard, band_middles_hz, heard
from synth.effects.chain import Chain
from synth.effects.running import RunningEffect
from synth.errors import InputError

Array = NDArray[np.float64]

SHORTEST_S = 1.0
SOFTEST_PEAK = 1e-3
"""-60 dBFS: what stays below has no style to hear."""
PIECE = 1 << 16
"""Samples that effects are given at once."""


@dataclass(frozen=True)
class Sound:
    """A recording, whole.

    Parameters
    ----------
    path : Path
        Of its file.
    audio : (channels, samples) float64
        At its own level.
    rate_hz : int
        Its rate.
    """

    path: Path
    audio: Array
    rate_hz: int

    @property
    def heard(self) -> Heard:
        """What the encoder takes of it: its channels together."""
        return heard(self.audio.mean(0), self.rate_hz)


def read_sound(path: Path) -> Sound:
    """Read a recording; `InputError` if it is silent or shorter than a second."""
    recording = read_recording(path)
    audio = np.ascontiguousarray(recording.audio.T, dtype=np.float64)
    seconds = audio.shape[1] / recording.sample_rate
    if seconds < SHORTEST_S:
        raise InputError(f"{path}: it lasts {seconds:.2f} s; a style is heard from {SHORTEST_S:g} s on")
    peak = float(np.abs(audio.mean(0)).max())
    if peak < SOFTEST_PEAK:
        raise InputError(f"{path}: it is silent, or its channels cancel; its peak must be above -60 dBFS")
    return Sound(path, audio, recording.sample_rate)


def run_chain(chain: Chain, values: Array, audio: Array, rate_hz: int) -> Array:
    """Run effects over (channels, samples) of any number of channels, whose levels stay linked.

    Of more than two channels each runs alone, and an effect that takes a key listens to the loudest of all.
    """
    out = audio.copy()
    for kind, own in zip(chain.kinds, chain.split(values), strict=True):
        wide = len(out) <= 2
        runs = [out] if wide else [out[channel : channel + 1] for channel in range(len(out))]
        key = np.abs(out).max(0) if kind.takes_key and not wide else np.zeros(0)
        for rows in runs:
            effect = RunningEffect(kind.effect, own, rate_hz, len(rows))
            for start in range(0, rows.shape[1], PIECE):
                block = np.ascontiguousarray(rows[:, start : start + PIECE])
                effect.process(block, block.shape[1], np.ascontiguousarray(key[start : start + PIECE]))
                rows[:, start : start + PIECE] = block
    return out


@dataclass(frozen=True)
class Measures:
    """How far a recording is from another one, whatever they play.

    Parameters
    ----------
    spectrum_db : float
        Mean difference of their mean spectra in mel bands.
    level_db : float
        Difference of their levels, root mean square.
    centroid_hz : float
        Difference of the centroids of their spectra.
    dynamics_db : float
        Mean difference of the quantiles of their levels, without the difference of their medians.
    """

    spectrum_db: float
    level_db: float
    centroid_hz: float
    dynamics_db: float

    @property
    def whole(self) -> float:
        """One number for all: dB, with an octave of the centroid left out, since the spectrum has it."""
        return self.spectrum_db + 0.5 * self.level_db + 0.5 * self.dynamics_db


def measured(sound: Heard, like: Heard) -> Measures:
    """Return how far one recording is from another."""
    own, other = profile_db(sound), profile_db(like)
    quantiles = 50.0 * (sound.levels[: len(QUANTILES)] - like.levels[: len(QUANTILES)])
    middle = float(np.median(quantiles))
    return Measures(
        float(np.abs(own - other).mean()),
        float(50.0 * abs(sound.levels[-1] - like.levels[-1])),
        abs(centroid_hz(own) - centroid_hz(other)),
        float(np.abs(quantiles - middle).mean()),
    )


def profile_db(sound: Heard) -> Array:
    """Return the mean level of each band in dB, of the frames that are loud enough to count."""
    frames = (sound.frames.astype(np.float64) - 1.0) * -FLOOR_DB
    power = 10.0 ** (frames / 10.0)
    return np.asarray(np.maximum(10.0 * np.log10(power.mean(0) + 1e-12), -90.0))


def centroid_hz(profile_db: Array) -> float:
    """Return the centroid of a profile, whose levels count as amplitudes."""
    amplitude = 10.0 ** (profile_db / 20.0)
    return float((amplitude * band_middles_hz()).sum() / amplitude.sum())
