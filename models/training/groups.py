"""Strokes that are copies of one recording: they form a group that no split divides. numpy only.

A take that was put together from samples, or played on an electronic pad, holds one recording several times, at other
levels and over other noise. If a copy of a test stroke has trained, the test says nothing about new strokes.

Two strokes are copies if their first 50 ms are one waveform up to gain and delay. All strokes of a drum correlate at up
to 0.998 there, because its lowest mode is the same. Therefore both spectra are flattened, only frequencies above the
noise count, and the noise's own part is taken out of the correlation. docs/notes/training.md has what this gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.training.strokes import Strokes

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

COMPARED_S = 0.05
LARGEST_DELAY_S = 0.001
"""Two onsets of one sound are found less than this apart."""

SAME = 0.99
"""Correlation from which strokes are copies: recorded ones have 0.998 and more, strokes of our tom 0.978 and less."""

NARROWEST_HZ = 2_000.0
"""With less bandwidth above the noise, copies cannot be told from strokes that are alike: they stay apart."""

_LEAST_OVER_NOISE = 3.0
"""Signal over noise, as power, below which a frequency does not count."""

_ALIKE = 0.5
"""Correlation of magnitudes from which waveforms are compared: copies have 0.6 and more, it costs a matrix product."""

_MEAN_MAGNITUDE = 0.886
"""Of a flattened spectrum, as of any Gaussian signal: the root of pi / 4."""

_SMOOTHING_BINS = 31
_QUIETEST_PART, _FEWEST_FRAMES = 0.05, 8


def near_copies(strokes: Strokes) -> Rows:
    """Return the group of each stroke, (n,) int64: the row of the first of its copies, its own where it has none."""
    length = round(COMPARED_S * strokes.sample_rate)
    spectra = np.fft.rfft(_starts(strokes, length), 2 * length).astype(np.complex64)
    power = _smoothed(np.square(np.abs(spectra)))
    noise = _noise(strokes, length)
    over = np.maximum(power / noise - 1.0, 0.0)
    heard = np.where(over < _LEAST_OVER_NOISE, 0.0, over / (over + _LEAST_OVER_NOISE)).astype(np.float32)
    flat = (spectra / np.sqrt(power)).astype(np.complex64)
    signal = np.sqrt(np.clip(1.0 - noise / power, 0.0, 1.0), dtype=np.float32)
    lag = round(LARGEST_DELAY_S * strokes.sample_rate)
    pairs = (
        (row, int(other))
        for row, others in _alike(np.abs(flat), heard)
        for other in others[_same(flat, heard, signal, row, others, lag)]
    )
    return joined(len(strokes), pairs)


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> Rows:
    """Return the (count,) groups in which both of each pair lie together, each named by its first row.

    >>> joined(5, [(1, 3), (3, 4)])
    array([0, 1, 2, 1, 1])
    """
    first = np.arange(count)
    for one, other in pairs:
        low, high = sorted((first[one], first[other]))
        if low != high:
            first[first == high] = low
    return first


def _starts(strokes: Strokes, length: int) -> Floats:
    """Return (n, length): the beginnings, silent from the next stroke on."""
    inside = np.arange(length) < strokes.ends[:, None]
    return np.asarray(strokes.audio[:, :length] * inside, dtype=np.float32)


def _smoothed(power: Floats) -> Floats:
    """Return the running mean over neighbouring bins, (n, bins)."""
    half = _SMOOTHING_BINS // 2
    padded = np.pad(power, ((0, 0), (half, half)), mode="edge").astype(np.float64)
    sums = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=-1)
    means = (sums[:, _SMOOTHING_BINS:] - sums[:, :-_SMOOTHING_BINS]) / _SMOOTHING_BINS
    return np.asarray(np.maximum(means, 1e-20), dtype=np.float32)


def _noise(strokes: Strokes, length: int) -> Floats:
    """Return the power spectrum, (bins,), of the quietest twentieth of all that was recorded before a next stroke."""
    frames = sliding_window_view(strokes.audio, length, axis=1)[:, ::length]
    ends = (np.arange(frames.shape[1]) + 1) * length
    level = np.stack([np.square(row).mean(-1) for row in frames])
    level[ends > strokes.ends[:, None]] = np.inf
    count = min(max(_FEWEST_FRAMES, int(_QUIETEST_PART * np.isfinite(level).sum())), level.size)
    quietest = np.unravel_index(np.argsort(level, axis=None)[:count], level.shape)
    power = np.square(np.abs(np.fft.rfft(frames[quietest], 2 * length))).mean(0, keepdims=True)
    noise: Floats = _smoothed(power.astype(np.float32))[0]
    return noise


def _alike(magnitudes: Floats, heard: Floats) -> Iterator[tuple[int, Rows]]:
    """Yield each row with the later rows whose magnitudes correlate with its own."""
    centred = (magnitudes - _MEAN_MAGNITUDE) * np.sqrt(heard)
    centred /= np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-9)
    for row in range(len(centred) - 1):
        others = np.flatnonzero(centred[row + 1 :] @ centred[row] >= _ALIKE)
        if others.size:
            yield row, others + row + 1


def _same(flat: NDArray[np.complex64], heard: Floats, signal: Floats, row: int, others: Rows, lag: int) -> Rows:
    """Return which of the (k,) others are copies of a row, (k,) bool."""
    common = np.minimum(heard[row], heard[others])
    size = 2 * (flat.shape[1] - 1)
    found = np.abs(np.fft.irfft(common * np.conj(flat[row]) * flat[others], size))
    peak = np.concatenate([found[:, -lag:], found[:, : lag + 1]], axis=-1).max(-1) * size / 2
    own = (common * np.square(np.abs(flat[row]))).sum(-1)
    theirs = (common * np.square(np.abs(flat[others]))).sum(-1)
    # Without noise, the correlation of copies is 1; noise lowers it to the signal's part of both.
    share = (common * signal[row] * signal[others]).sum(-1)
    total = common.sum(-1)
    correlation = peak / np.maximum(np.sqrt(own * theirs) * share / np.maximum(total, 1e-9), 1e-9)
    bin_hz = 0.5 / COMPARED_S
    return np.asarray((correlation >= SAME) & (total * bin_hz >= NARROWEST_HZ))
