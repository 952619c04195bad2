"""Measure how much of each drum leaks into the other microphones. Part of ``ghostnote calibrate``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import BANDS, HOPS_PER_S, RING, VERDICT_HOPS
from bridge.ear.detector import LEAK_DB, band_energies, energies_around
from bridge.ear.leaks import LEAK_HOPS, LEAST_RISE, novelty
from bridge.events import Hit

QUANTILE = 0.4
"""Of the ratios that the strokes of a drum show: the pure ones lie low, for other drums only add to a ratio."""

MARGIN_DB = 4.0
"""Kept between what a leak was and what still counts as one."""

HIGHEST_DB = LEAK_DB
"""Never stricter than without calibration: allowing -3 dB lost a ghost note on a real kit's snare."""

LOWEST_DB = -20.0
"""Of a leak that is subtracted: the room still answers it, some 20 dB softer and too late to be known as a leak."""

FEWEST = 4

TOGETHER_HOPS = 60
"""Strokes nearer than this, 20 ms, fell together: neither tells how it leaks."""

BEFORE_HOPS = 13
_LEAD_HOPS = 36


def learned_leaks(
    audio: NDArray[np.float32],
    sample_rate: int,
    hits: Sequence[Hit],
    gains_db: Sequence[float],
    subtracted: Collection[tuple[int, int]] = (),
) -> list[tuple[float, ...]]:
    """Return each channel's ``leaks_db``: five numbers for every channel, the channel's own being 0.

    Parameters
    ----------
    audio : (samples, channels) float32
        Before any gain, without what is subtracted.
    sample_rate : int
        Hz.
    hits : sequence of Hit
        What was heard in it.
    gains_db : sequence of float
        The gain that each channel will have.
    subtracted : collection of (int, int)
        (to, from) of leaks that are subtracted: the numbers tell what is left.
    """
    channels = range(audio.shape[1])
    energies = [band_energies(audio[:, channel], sample_rate) for channel in channels]
    firsts = [
        np.array([hit.onset / sample_rate * HOPS_PER_S for hit in hits if hit.channel == channel], dtype=np.int64)
        for channel in channels
    ]

    def leak_db(source: int, here: int) -> NDArray[np.float64]:
        if source == here:
            return np.zeros(BANDS)
        others = np.concatenate([firsts[channel] for channel in channels if channel != source])
        alone = _apart(_apart(firsts[source], firsts[here]), others)
        chosen = alone if len(alone) >= FEWEST else _apart(firsts[source], firsts[here])
        lowest_db = LOWEST_DB if (here, source) in subtracted else -90.0
        found_db = np.maximum(_leak_db(energies[source], energies[here], chosen), lowest_db)
        return np.clip(found_db + gains_db[here] - gains_db[source], -90.0, 10.0)

    return [
        tuple(round(float(value), 1) for source in channels for value in leak_db(source, here)) for here in channels
    ]


def _apart(strokes: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the strokes that none of the others falls together with."""
    if not len(others):
        return strokes
    return np.asarray(strokes[np.abs(strokes[:, None] - others[None]).min(1) > TOGETHER_HOPS])


def _leak_db(source: NDArray[np.float64], here: NDArray[np.float64], firsts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what of the source's strokes arrives here, per band, with its margin; the default where few tell."""
    ratios: list[list[float]] = [[] for _ in range(BANDS)]
    for first in firsts:
        if first < _LEAD_HOPS or first + VERDICT_HOPS + LEAK_HOPS > source.shape[1]:
            continue
        sent, rise = _novelty(source, first, VERDICT_HOPS, 1)
        arrived, _ = _novelty(here, first - 3, VERDICT_HOPS + LEAK_HOPS, 4)
        for band in np.flatnonzero((rise > LEAST_RISE) & (arrived > 0)):
            ratios[band].append(10.0 * float(np.log10(arrived[band] / sent[band])))
    found = [float(np.quantile(row, QUANTILE)) + MARGIN_DB if len(row) >= FEWEST else LEAK_DB for row in ratios]
    return np.minimum(found, HIGHEST_DB)


def _novelty(
    energies: NDArray[np.float64], first: int, hops: int, gap: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (energy above what was there, its rise) of some hops, each (BANDS,), as the ear tells them."""
    above, rise = np.zeros((2, BANDS))
    around = energies_around(energies, first)
    novelty(around, RING // 2, RING // 2 + hops - 1, gap, gap + BEFORE_HOPS, above, rise)
    return above, rise
