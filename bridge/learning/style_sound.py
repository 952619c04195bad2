"""Recordings whose style is compared: read, run through effects, and measured against each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import HIGHEST_RATE_HZ, open_take
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
LOWEST_STYLE_HZ = 8000
DEPTHS_HZ = np.array([5.0, 20.0, 28.0, 40.0, 57.0])
"""Edges of the bands below those that the encoder hears. Only longer frames tell them apart."""
_DEPTH_FRAME_S, _MOST_DEPTH_FRAMES = 0.37, 64


class Portrait(NamedTuple):
    """What of a recording does not depend on what it plays.

    Parameters
    ----------
    bands_db, depths_db : (n,) float64
        Mean level of each mel band, and of each band of `DEPTHS_HZ`.
    levels_db : (n,) float64
        Quantiles of the level of 5 ms.
    level_db : float
        Root mean square.
    peak_db : float
        The highest sample.
    top_hz : float
        Half its rate: above it nothing is.
    """

    bands_db: Array
    depths_db: Array
    levels_db: Array
    level_db: float
    peak_db: float
    top_hz: float

    def towards(self, other: Portrait, part: float) -> Portrait:
        """Return what is between it (0) and another (1), in dB."""
        return Portrait(
            self.bands_db + part * (other.bands_db - self.bands_db),
            self.depths_db + part * (other.depths_db - self.depths_db),
            self.levels_db + part * (other.levels_db - self.levels_db),
            self.level_db + part * (other.level_db - self.level_db),
            self.peak_db + part * (other.peak_db - self.peak_db),
            min(self.top_hz, other.top_hz),
        )

    def louder(self, by_db: float) -> Portrait:
        """Return it behind a gain."""
        bands, depths, levels = (one + by_db for one in (self.bands_db, self.depths_db, self.levels_db))
        return Portrait(bands, depths, levels, self.level_db + by_db, self.peak_db + by_db, self.top_hz)


def portrait_of(audio: Array, rate_hz: float, known: Heard | None = None) -> Portrait:
    """Return the portrait of (channels, samples); ``known`` is what is heard of it, where that is there."""
    known = known or heard(audio, rate_hz)
    levels_db = 50.0 * (known.levels[: len(QUANTILES)].astype(np.float64) - 1.0)
    peak_db = float(20.0 * np.log10(np.abs(audio).max() + 1e-10))
    return Portrait(profile_db(known), _depths_db(audio, rate_hz), levels_db, level_db(audio), peak_db, 0.5 * rate_hz)


def level_db(audio: Array) -> float:
    """Return the root mean square of all channels, dB over full scale."""
    return float(10.0 * np.log10(np.square(audio).mean() + 1e-10))


def _depths_db(audio: Array, rate_hz: float) -> Array:
    size = min(int(_DEPTH_FRAME_S * rate_hz), audio.shape[1])
    starts = np.arange(0, audio.shape[1] - size + 1, max(size // 2, 1))
    if len(starts) > _MOST_DEPTH_FRAMES:
        starts = starts[np.linspace(0, len(starts) - 1, _MOST_DEPTH_FRAMES).astype(int)]
    window, hz = np.hanning(size), np.fft.rfftfreq(size, 1.0 / rate_hz)
    held = int(np.searchsorted(hz, DEPTHS_HZ[-1]))
    frames = np.stack([audio[:, start : start + size] * window for start in starts])
    power = np.square(np.abs(np.fft.rfft(frames)[:, :, :held])).mean((0, 1)) * (4.0 / np.square(window.sum()))
    bands = [power[(hz[:held] >= low) & (hz[:held] < high)].sum() for low, high in pairwise(DEPTHS_HZ)]
    return np.asarray(np.maximum(10.0 * np.log10(np.array(bands) + 1e-12), -90.0))


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
    notes : tuple of str
        What a person should know of it.
    """

    path: Path
    audio: Array
    rate_hz: int
    notes: tuple[str, ...] = ()

    @cached_property
    def heard(self) -> Heard:
        """What the encoder takes of it: its channels together."""
        return heard(self.audio, self.rate_hz)

    @cached_property
    def portrait(self) -> Portrait:
        """What it is compared by."""
        return portrait_of(self.audio, self.rate_hz, self.heard)


def read_sound(path: Path) -> Sound:
    """Read a recording; `InputError` if it is silent or shorter than a second.

    What stands still in it (DC) is taken away: it is no sound, and an equaliser would raise it.
    """
    take = open_take(path, rates_hz=(LOWEST_STYLE_HZ, HIGHEST_RATE_HZ))
    audio = np.ascontiguousarray(take.audio[:].T, dtype=np.float64)
    seconds = audio.shape[1] / take.sample_rate
    if seconds < SHORTEST_S:
        raise InputError(f"{path}: it lasts {seconds:.2f} s; a style is heard from {SHORTEST_S:g} s on")
    audio -= audio.mean(1, keepdims=True)
    peak = float(np.abs(audio).max())
    if peak < SOFTEST_PEAK:
        raise InputError(f"{path}: it is silent; its peak must be above -60 dBFS")
    return Sound(path, audio, take.sample_rate, tuple(take.warnings))


def run_chain(chain: Chain, values: Array, audio: Array, rate_hz: int) -> Array:
    """Run effects over (channels, samples) of any number of channels, whose levels stay linked.

    An effect that widens makes two channels of one, as in a rig. Of more than two channels each runs alone, and an
    effect that takes a key listens to the loudest of all.
    """
    out = audio.copy()
    for kind, own in zip(chain.kinds, chain.split(values), strict=True):
        if kind.widens and len(out) == 1:
            out = np.repeat(out, 2, axis=0)
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
    peak_db : float
        Difference of their highest samples.
    """

    spectrum_db: float
    level_db: float
    centroid_hz: float
    dynamics_db: float
    peak_db: float

    @property
    def whole(self) -> float:
        """One number for all, dB; the centroid is left out, since the spectrum has it."""
        return self.spectrum_db + 0.5 * self.level_db + 0.5 * self.dynamics_db + 0.25 * self.peak_db


def measured(own: Portrait, like: Portrait) -> Measures:
    """Return how far one recording is from another; of bands those count that both rates hold."""
    there = band_middles_hz() < min(own.top_hz, like.top_hz)
    quantiles = own.levels_db - like.levels_db
    return Measures(
        float(np.abs(own.bands_db - like.bands_db)[there].mean()),
        abs(own.level_db - like.level_db),
        abs(centroid_hz(own.bands_db[there]) - centroid_hz(like.bands_db[there])),
        float(np.abs(quantiles - np.median(quantiles)).mean()),
        abs(own.peak_db - like.peak_db),
    )


def profile_db(sound: Heard) -> Array:
    """Return the mean level of each band in dB, of the frames that are loud enough to count."""
    frames = (sound.frames.astype(np.float64) - 1.0) * -FLOOR_DB
    power = 10.0 ** (frames / 10.0)
    return np.asarray(np.maximum(10.0 * np.log10(power.mean(0) + 1e-12), -90.0))


def centroid_hz(profile_db: Array) -> float:
    """Return the centroid of a profile from the lowest band on, whose levels count as amplitudes."""
    amplitude = 10.0 ** (profile_db / 20.0)
    return float((amplitude * band_middles_hz()[: len(amplitude)]).sum() / amplitude.sum())
