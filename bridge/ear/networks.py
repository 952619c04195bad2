"""Compute the inputs of the ear's first two networks, and a network's answer. Compiled.

Every input is a difference in dB. So the input's gain does not matter.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import BANDS, EMPTY, RING, VERDICT_HOPS, mean_of, peak_of
from synth.dsp.compiled import compiled

_MEANS = np.array([(0, 1), (1, 2), (2, 3), (3, 5), (5, 8), (8, 13), (13, 24), (24, 48), (48, 96)])
_PEAKS = np.array([(3, 8), (8, 24), (24, 72), (72, 160)])
_AFTER = np.array([(0, 1), (1, 2), (2, 4), (4, 6), (6, 9), (9, 12), (12, 15)])
_BEFORE = np.array([(0, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 120)])
_PEAKS_BEFORE = np.array([(2, 10), (10, 40), (40, 140)])

EARLY_FEATURES = BANDS * (len(_MEANS) + len(_PEAKS) + 1) + 1
VERDICT_FEATURES = BANDS * (len(_AFTER) + len(_BEFORE) + len(_PEAKS_BEFORE) + 1) + 4
LOWEST_LOGIT = -30.0
_FARTHEST_DB = 70.0


class Network(NamedTuple):
    """Two hidden layers and an answer: weights (inputs, units) and offsets (units,) of each; the last has one unit."""

    first: NDArray[np.float32]
    first_offset: NDArray[np.float32]
    second: NDArray[np.float32]
    second_offset: NDArray[np.float32]
    last: NDArray[np.float32]
    last_offset: NDArray[np.float32]


@compiled
def _db(energy):  # type: ignore[no-untyped-def]
    return 10.0 * math.log10(energy + EMPTY)


@compiled
def _clipped(db):  # type: ignore[no-untyped-def]
    return min(max(db, -_FARTHEST_DB), _FARTHEST_DB)


@compiled
def _past(energy, hop, noise, means, peaks, now_db, out, at):  # type: ignore[no-untyped-def]
    """Write what a band held until ``hop``, as spans of hops back from it, and its noise; return the next place."""
    for first, last in means:
        out[at] = _clipped(_db(mean_of(energy, hop, first, last)) - now_db)
        at += 1
    for first, last in peaks:
        out[at] = _clipped(_db(peak_of(energy, hop, first, last)) - now_db)
        at += 1
    out[at] = _clipped(_db(noise) - now_db)
    return at + 1


@compiled
def early_features(energy, floor, hop, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with what the first network hears at the end of ``hop``: the past against the last four hops.

    Parameters
    ----------
    energy, floor : (BANDS, RING) float64
        Mean squares of one channel.
    hop : int
        The last whole one.
    out : (EARLY_FEATURES,) floats
        dB; is written.
    """
    now = 0.0
    noise = 0.0
    for band in range(BANDS):
        now += mean_of(energy[band], hop, 0, 4)
        noise += floor[band, hop & (RING - 1)]
    now_db = _db(now)
    at = 0
    for band in range(BANDS):
        at = _past(energy[band], hop, floor[band, hop & (RING - 1)], _MEANS, _PEAKS, now_db, out, at)
    out[at] = min(now_db - _db(noise), 60.0)


@compiled
def verdict_features(energy, floor, logits, first, heard, opened, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with what the second network hears of a stroke that starts in hop ``first``.

    Parameters
    ----------
    energy, floor : (BANDS, RING) float64
        Mean squares of one channel.
    logits : (RING,) float64
        What the first network answered at each hop.
    first, heard, opened : int
        Hop in which the stroke starts; the last whole one, which a window shorter than 5 ms repeats; the one at whose
        end it was first suspected.
    out : (VERDICT_FEATURES,) floats
        dB, but for three logits at the end, times three; is written.
    """
    now = 0.0
    noise = 0.0
    for band in range(BANDS):
        for after in range(VERDICT_HOPS):
            now += energy[band, min(first + after, heard) & (RING - 1)]
        noise += floor[band, first & (RING - 1)]
    now_db = _db(now / VERDICT_HOPS)
    at = 0
    for band in range(BANDS):
        for row in range(len(_AFTER)):
            total = 0.0
            for after in range(_AFTER[row, 0], _AFTER[row, 1]):
                total += energy[band, min(first + after, heard) & (RING - 1)]
            out[at] = _clipped(_db(total / (_AFTER[row, 1] - _AFTER[row, 0])) - now_db)
            at += 1
        noise_there = floor[band, first & (RING - 1)]
        at = _past(energy[band], first - 1, noise_there, _BEFORE, _PEAKS_BEFORE, now_db, out, at)
    highest = -10.0
    total = 0.0
    for after in range(VERDICT_HOPS):
        logit = max(logits[min(first + after, heard) & (RING - 1)], -10.0)
        highest = max(highest, logit)
        total += logit
    out[at] = min(now_db - _db(noise), 60.0)
    # Times three: of the size of the other features, which are dB.
    out[at + 1] = 3.0 * max(logits[opened & (RING - 1)], -10.0)
    out[at + 2] = 3.0 * highest
    out[at + 3] = 3.0 * total / VERDICT_HOPS


@compiled
def logit_of(inputs, net, hidden):  # type: ignore[no-untyped-def]
    """Return the output of a network of two hidden layers, rectified: a logit.

    Parameters
    ----------
    inputs : (inputs,) float32
    net : Network
    hidden : (2, n) float32
        Is written; n is no less than the units of either hidden layer.
    """
    first, first_offset, second, second_offset = net.first, net.first_offset, net.second, net.second_offset
    wide = hidden[0]
    for unit in range(len(first_offset)):
        wide[unit] = first_offset[unit]
    for index in range(len(inputs)):
        value = inputs[index]
        for unit in range(len(first_offset)):
            wide[unit] += value * first[index, unit]
    narrow = hidden[1]
    for unit in range(len(second_offset)):
        narrow[unit] = second_offset[unit]
    for index in range(len(first_offset)):
        value = max(wide[index], np.float32(0.0))
        for unit in range(len(second_offset)):
            narrow[unit] += value * second[index, unit]
    total = np.float64(net.last_offset[0])
    for index in range(len(second_offset)):
        total += max(narrow[index], np.float32(0.0)) * net.last[index, 0]
    return total
