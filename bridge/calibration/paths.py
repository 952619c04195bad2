"""Measure the paths on which drums leak into other microphones. Part of ``ghostnote calibrate``.

Around the loud strokes of a drum, what another microphone hears is fitted with what the drum's own microphone hears,
delayed and through a short filter: weighted least squares, in which a moment counts the less, the more of it stays
unexplained. So the other drum's own strokes hardly count. A path is kept if it takes away what leaks in strokes that it
was not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bridge.calibration.least_squares import (
    FEWEST,
    FRAME,
    LENGTH,
    ORDER,
    Floats,
    filtered,
    fit_filters,
    frame_means,
    heard_alone,
    whitener,
)
from bridge.ear.canceller import PASSES, PATH_RATE_HZ
from bridge.events import Hit
from bridge.rig.detector import MOST_PATHS, LeakPath
from synth.dsp.levels import decibels

LONGEST_DELAY = 288
"""Samples at 48 kHz, 6 ms: two metres."""

TAPS, BEFORE = 16, 4
"""Numbers of a path's filter, and how many of them lie before its loudest."""

MOST_STROKES = 30
"""Of a drum, the loudest, tell its paths."""

ROUNDS = 4
"""A path that another one hides is found when that one is taken away; then all are fitted anew."""

_RUN_IN = PASSES * (LONGEST_DELAY + TAPS)
_OWN_BEFORE, _OWN_AFTER = 240, 2880

Paths = dict[tuple[int, int], tuple[int, Floats]]
"""(to, from): samples before the first tap, taps."""


def learned_paths(audio: NDArray[np.float32], sample_rate: int, hits: Sequence[Hit]) -> list[tuple[LeakPath, ...]]:
    """Return each channel's ``leak_paths``, the strongest leaks only; none where none is sure.

    Parameters
    ----------
    audio : (samples, channels) float32
        Before any gain.
    sample_rate : int
        Hz.
    hits : sequence of Hit
        What was heard in it.
    """
    pieces = _cut(audio, sample_rate, hits)
    paths: Paths = {}
    for _ in range(ROUNDS if len(pieces.source) else 0):
        freed = _freed(pieces.sound, paths)
        found: Paths = {}
        for here in range(audio.shape[1]):
            found |= _paths_to(here, pieces, freed, {j: paths[i, j][0] for i, j in paths if i == here})
        before, paths = paths, found
        if paths.keys() == before.keys():
            break
    return [tuple(_told(j, *paths[i, j]) for i, j in sorted(paths) if i == here) for here in range(audio.shape[1])]


def _told(source: int, first: int, taps: Floats) -> LeakPath:
    """Return a path in the rig's units, without the taps at its ends that hardly count."""
    counts = np.flatnonzero(np.abs(taps) > 0.01 * np.abs(taps).max())
    kept = taps[counts[0] : counts[-1] + 1]
    size = float(np.sqrt(np.sum(kept**2)))
    delay_ms = (first + int(counts[0])) * 1000 / PATH_RATE_HZ
    rounded = tuple(round(float(tap), 4) for tap in kept / size)
    return LeakPath(input=source + 1, delay_ms=round(delay_ms, 4), gain_db=round(decibels(size), 2), taps=rounded)


class _Pieces(NamedTuple):
    """The surroundings of the loud strokes of every drum.

    Parameters
    ----------
    sound : (pieces, samples, channels) float64
        At 48 kHz; `_RUN_IN` samples lead to what counts, `LENGTH`.
    own : (pieces, samples, channels) bool
        Where each channel's own drum sounds, of what counts.
    source : (pieces,) int
        The drum that each was cut out for.
    """

    sound: Floats
    own: NDArray[np.bool_]
    source: NDArray[np.int64]


def _cut(audio: NDArray[np.float32], sample_rate: int, hits: Sequence[Hit]) -> _Pieces:
    """Cut out the louder half of each drum's strokes."""
    # As a ratio of whole numbers: 160 to 147 at 44.1 kHz.
    divisor = int(np.gcd(PATH_RATE_HZ, sample_rate))
    up, down = PATH_RATE_HZ // divisor, sample_rate // divisor
    sound = resample_poly(audio.astype(np.float64), up, down, axis=0)
    channels = range(audio.shape[1])
    played = [np.array([hit.onset * up // down for hit in hits if hit.channel == c], np.int64) for c in channels]
    own = np.stack([_sounding(firsts, len(sound)) for firsts in played], 1)
    chosen = [(first, channel) for channel in channels for first in _loud(played[channel], sound[:, channel])]
    firsts, source = np.array(chosen, np.int64).reshape(-1, 2).T
    starts = firsts[:, None] - FRAME // 2
    return _Pieces(sound[starts + np.arange(-_RUN_IN, LENGTH)], own[starts + np.arange(LENGTH)], source)


def _sounding(firsts: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    """Return where a drum sounds, (samples,)."""
    mask = np.zeros(length, bool)
    for first in firsts:
        mask[max(first - _OWN_BEFORE, 0) : first + _OWN_AFTER] = True
    return mask


def _loud(firsts: NDArray[np.int64], sound: Floats) -> NDArray[np.int64]:
    """Return the strokes of the louder half; none if those are too few."""
    whole = firsts[(firsts > _RUN_IN + FRAME) & (firsts < len(sound) - LENGTH)]
    levels = np.array([np.sum(sound[first : first + 960] ** 2) for first in whole])
    count = min(max(FEWEST, len(whole) // 2), MOST_STROKES)
    return whole[np.argsort(-levels)[:count]] if len(whole) >= FEWEST else whole[:0]


def _freed(sound: Floats, paths: Paths) -> Floats:
    """Return the pieces without what is known to leak, as `bridge.ear.canceller` does it."""
    freed = sound
    for _ in range(PASSES if paths else 0):
        left = sound.copy()
        for (here, source), (first, taps) in paths.items():
            sent = filtered(taps, freed[:, :, source])
            left[:, first:, here] -= sent[:, : sent.shape[1] - first]
        freed = left
    return freed


def _paths_to(here: int, pieces: _Pieces, freed: Floats, known: dict[int, int]) -> Paths:
    """Return the paths on which drums reach a channel: those ``known``, source to first sample, and new ones."""
    firsts = dict(known)
    peaks = {
        source: _delay(here, source, pieces, freed)
        for source in np.unique(pieces.source)
        if source not in (here, *known)
    }
    for source, (late, _) in sorted(peaks.items(), key=lambda item: -item[1][1]):
        # What arrives before its own microphone has it cannot be told from that one in time.
        if late >= 0 and len(firsts) < MOST_PATHS:
            firsts[int(source)] = max(late - BEFORE, 0)
    if not firsts:
        return {}
    used = np.isin(pieces.source, list(firsts))
    white = whitener(pieces.sound[used, :, here])
    arrived = filtered(white, pieces.sound[used, :, here])[:, _RUN_IN:]
    sources = {source: filtered(white, freed[used, :, source]) for source in firsts}
    # One column of a filter is its source, delayed.
    sent = {
        source: np.stack([sources[source][:, _RUN_IN - first - tap :][:, :LENGTH] for tap in range(TAPS)], axis=-1)
        for source, first in firsts.items()
    }
    fitted = fit_filters(sent, arrived, heard_alone(pieces.own[used, :, here]), pieces.source[used])
    return {(here, source): (firsts[source], taps) for source, taps in fitted.items()}


def _delay(here: int, source: int, pieces: _Pieces, freed: Floats) -> tuple[int, float]:
    """Return (samples by which a source's strokes arrive here later, how far that stands out)."""
    mine = pieces.source == source
    white = whitener(freed[mine, :, source])
    sent = filtered(white, freed[mine, :, source])[:, ORDER:]
    arrived = filtered(white, freed[mine, :, here])[:, _RUN_IN:]
    weights = heard_alone(pieces.own[mine, :, here]) / np.sqrt(frame_means(arrived**2) + 1e-14)
    size = 1 << int(np.ceil(np.log2(sent.shape[1] + LENGTH)))
    spectrum = np.sum(np.fft.rfft(arrived * weights, size).conj() * np.fft.rfft(sent, size), 0)
    # Lag k of this: arrived(t) against sent(t + k); both are cut, so that t is counted from their own first sample.
    agreement = np.abs(np.fft.irfft(spectrum))
    lags = np.arange(-LONGEST_DELAY, LONGEST_DELAY + 1)
    values = agreement[(_RUN_IN - ORDER - lags) % size]
    best = int(np.argmax(values))
    return int(lags[best]), float(values[best] / (np.sqrt(np.mean(values**2)) + 1e-30))
