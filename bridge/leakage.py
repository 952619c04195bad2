"""How much of each drum the other drums' microphones hear, learned from playing: part of ``ghostnote calibrate``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.events import Hit
from bridge.onset import LEAK_DB, band_energies
from bridge.onset_kernel import BANDS, HOPS_PER_S, LEAK_HOPS, LEAST_RISE, VERDICT_HOPS

QUANTILE = 0.3
"""Of the ratios that the strokes of a drum show: the pure ones lie low, for other drums only add to a ratio."""

MARGIN_DB = 4.0
"""Kept between what a leak was and what still counts as one."""

HIGHEST_DB = -3.0
FEWEST = 4

_BEFORE_HOPS = 36


def learned_leaks(
    audio: NDArray[np.float32], sample_rate: int, hits: Sequence[Hit], gains_db: Sequence[float]
) -> list[tuple[float, ...]]:
    """Return each channel's ``leaks_db``: five numbers for every channel, the channel's own being 0.

    Parameters
    ----------
    audio : (samples, channels) float32
        Before any gain.
    sample_rate : int
        Hz.
    hits : sequence of Hit
        What was heard in it.
    gains_db : sequence of float
        The gain that each channel will have.
    """
    channels = audio.shape[1]
    energies = [band_energies(audio[:, channel], sample_rate) for channel in range(channels)]
    firsts = [
        [int(hit.onset / sample_rate * HOPS_PER_S) for hit in hits if hit.channel == channel]
        for channel in range(channels)
    ]
    return [
        tuple(
            round(value, 1)
            for source in range(channels)
            for value in (
                np.zeros(BANDS)
                if source == here
                else _leak_db(energies[source], energies[here], firsts[source], gains_db[here] - gains_db[source])
            )
        )
        for here in range(channels)
    ]


def _leak_db(
    source: NDArray[np.float64], here: NDArray[np.float64], firsts: Sequence[int], gain_db: float
) -> NDArray[np.float64]:
    """Return what of the source's strokes arrives here, per band, with its margin; the default where few tell."""
    ratios: list[list[float]] = [[] for _ in range(BANDS)]
    for first in firsts:
        if first < _BEFORE_HOPS or first + VERDICT_HOPS + LEAK_HOPS > source.shape[1]:
            continue
        sent, rise = _novelty(source, first, first + VERDICT_HOPS, 1)
        arrived, _ = _novelty(here, first - 3, first + VERDICT_HOPS + LEAK_HOPS - 3, 4)
        for band in np.flatnonzero((rise > LEAST_RISE) & (arrived > 0)):
            ratios[band].append(10.0 * float(np.log10(arrived[band] / sent[band])))
    found = [float(np.quantile(row, QUANTILE)) + MARGIN_DB if len(row) >= FEWEST else LEAK_DB for row in ratios]
    return np.clip(np.minimum(found, HIGHEST_DB) + gain_db, -90.0, 10.0)


def _novelty(
    energy: NDArray[np.float64], first: int, last: int, gap: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (energy above what was there, its rise) of the hops from ``first`` to before ``last``, per band."""
    before = energy[:, first - gap - 12 : first - gap + 1].mean(1)
    total = np.maximum(energy[:, first:last] - before[:, None], 0.0).sum(1)
    return total, total / ((last - first) * before)
