"""Fit what one microphone hears with what others send: the least squares behind `bridge.calibration.paths`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, signal

from bridge.ear.bands import BANDS_HZ
from bridge.ear.canceller import PATH_RATE_HZ

Floats = NDArray[np.float64]

FRAME, FRAMES = 128, 22
LENGTH = FRAME * FRAMES
"""Samples of a piece, 59 ms; each frame has one weight."""

FEWEST = 8
"""Strokes of a drum that tell its paths."""

LEAST_DROP_DB, MOST_RISE_DB = 3.0, 6.0
"""A path is kept if some band falls by at least the first and none rises by more than the second. A band with hardly
any leak may rise a little, because the source's microphone carries leaks of its own."""

LEAST_ALONE = 0.25
ORDER = 24

_REWEIGHTED = 3
_RIDGE = 1e-3
_BANDS = [signal.butter(2, band, "band", fs=PATH_RATE_HZ, output="sos") for band in BANDS_HZ]


def fit_filters(
    sent: Mapping[int, Floats], arrived: Floats, alone: Floats, source: NDArray[np.int64]
) -> dict[int, Floats]:
    """Return the filters of the sources that leak for sure, fitted together.

    Parameters
    ----------
    sent : mapping of int to (pieces, samples, taps) float64
        What each source sends, by the delay of each tap.
    arrived, alone : (pieces, samples) float64
        What the microphone hears; where to look, 0 or 1.
    source : (pieces,) int
        The source whose stroke each piece holds.

    Returns
    -------
    dict of int to (taps,) float64
        By source.
    """
    proven = _proven(sent, arrived, alone, source)
    if not proven:
        return {}
    taps = _solved(np.concatenate([sent[one] for one in proven], axis=2), arrived, alone)
    return dict(zip(proven, np.split(taps, len(proven)), strict=True))


def _proven(sent: Mapping[int, Floats], arrived: Floats, alone: Floats, source: NDArray[np.int64]) -> list[int]:
    """Return the sources whose filter takes away what leaks in the half of the pieces that it was not fitted to."""
    everything = np.concatenate(list(sent.values()), axis=2)
    without: dict[int, list[Floats]] = {one: [] for one in sent}
    for half in (0, 1):
        fitted = np.arange(len(source)) % 2 == half
        taps = _solved(everything[fitted], arrived[fitted], alone[fitted])
        for one, own in zip(sent, np.split(taps, len(sent)), strict=True):
            heard = ~fitted & (source == one) & (alone.mean(1) > 0.5)
            left = arrived[heard] - everything[heard] @ taps
            with_it = left + sent[one][heard] @ own
            without[one].append(_level_db(left, alone[heard]) - _level_db(with_it, alone[heard]))
    changes_db = {one: np.concatenate(parts) for one, parts in without.items()}
    return [one for one, change_db in changes_db.items() if _is_less(change_db)]


def _is_less(change_db: Floats) -> bool:
    """Return whether (strokes, bands) of changes speak for a path."""
    if len(change_db) < FEWEST // 2:
        return False
    typical_db = np.median(change_db, axis=0)
    falls, rises = typical_db.min() < -LEAST_DROP_DB, typical_db.max() > MOST_RISE_DB
    return bool(falls and not rises and typical_db.mean() < 0.0)


def _level_db(sound: Floats, alone: Floats) -> Floats:
    """Return the energy of each piece in each of the ear's bands, (pieces, bands)."""
    energies = [np.sum(np.asarray(signal.sosfilt(band, sound * alone)) ** 2, axis=1) for band in _BANDS]
    return np.asarray(10 * np.log10(np.stack(energies, axis=1) + 1e-14))


def _solved(sent: Floats, arrived: Floats, alone: Floats) -> Floats:
    """Return the taps that explain some pieces best."""
    rows = sent.reshape(-1, sent.shape[2])
    left: Floats = arrived
    floor = float(np.percentile(frame_means(arrived**2), 5)) + 1e-14
    taps: Floats = np.zeros(sent.shape[2])
    for _ in range(_REWEIGHTED):
        weights = (alone / (frame_means(left**2) + floor)).ravel()
        weighted = rows * weights[:, None]
        square = weighted.T @ rows
        square[np.diag_indices_from(square)] *= 1 + _RIDGE
        square[np.diag_indices_from(square)] += 1e-9
        taps = np.asarray(np.linalg.solve(square, weighted.T @ arrived.ravel()), dtype=np.float64)
        left = np.asarray(arrived - sent @ taps, dtype=np.float64)
    return taps


def heard_alone(own: NDArray[np.bool_]) -> Floats:
    """Return where to listen for a leak, (pieces, samples): where the channel's own drum is silent.

    Everywhere, if it hardly ever is: a kick nearly always falls together with a hat. ``own``, (pieces, samples), says
    where it sounds; the result is 0 or 1.
    """
    alone = ~own
    return (alone if alone.mean() > LEAST_ALONE else np.ones_like(alone)).astype(np.float64)


def frame_means(squares: Floats) -> Floats:
    """Return the mean of each frame, repeated to the shape of ``squares``, (pieces, `LENGTH`)."""
    means = squares.reshape(len(squares), FRAMES, FRAME).mean(2)
    return np.repeat(means, FRAME, axis=1)


def filtered(taps: Floats, sound: Floats) -> Floats:
    """Return pieces of sound, (pieces, samples), through a filter without feedback, (taps,)."""
    return np.asarray(signal.lfilter(taps, [1.0], sound), dtype=np.float64)


def whitener(sound: Floats) -> Floats:
    """Return the (ORDER + 1,) taps that make pieces of sound, (pieces, samples), white: every band counts alike."""
    size = 1 << int(np.ceil(np.log2(2 * sound.shape[1])))
    correlation = np.fft.irfft(np.sum(np.abs(np.fft.rfft(sound, size)) ** 2, 0))[: ORDER + 1]
    correlation[0] = correlation[0] * (1 + 1e-5) + 1e-12
    foreseen = np.asarray(linalg.solve_toeplitz(correlation[:-1], correlation[1:]), dtype=np.float64)
    return np.concatenate([[1.0], -foreseen])
