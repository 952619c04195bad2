"""Segments, with two parts whose distances grow with how far a rate or a pitch has moved: 512 numbers.

Levels of bands tell that two tones differ, not by how much: those an octave apart are as far from each other as those
four octaves apart, and so it is with the rates of an LFO. Both parts are cumulative instead, along frequency and along
rate. The L1 distance of two cumulative distributions is their earth mover's distance: the share that moves, times how
far it moves.
"""

from __future__ import annotations

import numpy as np

from models.embeddings.bands import HIGHEST_HZ, LOWEST_HZ, UNIT_S, decibels, mel_bank, octave_bank, powers_of
from models.embeddings.embedding import Floats, each_row
from models.embeddings.segments import (
    BANDS,
    WINDOW_UNITS,
    log_mel,
    powers,
    segment_weights,
    segmented,
)

GROUPS = 8
"""Groups of neighbouring mel bands, each with a modulation spectrum of its own."""
RATE_WINDOW_UNITS, RATE_HOP_UNITS = 2, 1
"""13 and 7 ms: 150 frames a second. In longer windows an LFO of more than 20 Hz is no modulation any longer."""
OCTAVES = 8
"""Of modulation: from 75 Hz, half of the frames' rate, down to 0.6 Hz."""
DEEPEST_DB, FARTHEST_DB, LOWEST_DB = 40.0, 50.0, -80.0
"""How far a band is followed below its loudest moment and below that of the loudest band, and down to what level.
A fade to silence is no modulation, nor is what leaks from one band into others."""
LEAST_DB_S = 0.2
"""A modulation that adds up to this counts half as one that is strong."""

SPANS, SPANS_GROWTH = 3, 3.0
"""Spans of time with a cumulative spectrum each."""
PITCH_BANDS = 64
"""From 30 Hz to 10 kHz, an eighth of an octave each."""
LEAST_AMPLITUDE = 1e-4
"""A spectrum whose amplitudes add up to this counts half as one that is loud."""

RATE_WEIGHT, PITCH_WEIGHT = 100.0, 1000.0
"""What an octave counts: of rate in one group, of pitch in one span. In all of them together that is as much as 3 and
12 dB in each of the 256 levels. They were chosen on sounds of our own; docs/notes/embeddings.md has what they give."""


def modulation(audio: Floats, rate_hz: int) -> Floats:
    """Return the cumulative modulation spectrum of the bands of a sound, (64,), from the fastest octave on.

    An octave is what a Haar wavelet of its length finds: the mean of 1, 2, 4 ... 128 frames against that of as many
    before, times the root of its rate. Without that the slow octaves, in which a fast LFO shows too, would outweigh the
    fast ones, in which a slow LFO hardly shows. Magnitudes are added over time, not squares, since a single note-off
    would outweigh an LFO in these.
    """
    bank = mel_bank(BANDS, rate_hz, RATE_WINDOW_UNITS)
    levels_db = decibels(powers_of(audio, rate_hz, RATE_WINDOW_UNITS, RATE_HOP_UNITS) @ bank)
    least = np.maximum(levels_db.max(axis=0) - DEEPEST_DB, max(levels_db.max() - FARTHEST_DB, LOWEST_DB))
    held = np.maximum(levels_db, least).astype(np.float64)
    sums = np.concatenate([np.zeros((1, BANDS)), np.cumsum(held, axis=0)])
    found = np.zeros((OCTAVES, BANDS))
    for octave in range(OCTAVES):
        length = 1 << octave
        if len(held) >= 2 * length:
            means = (sums[length:] - sums[:-length]) / length
            found[octave] = np.abs(means[length:] - means[:-length]).sum(axis=0) / length**0.5
    grouped = RATE_HOP_UNITS * UNIT_S * found.reshape(OCTAVES, GROUPS, -1).mean(axis=2)
    shares = np.cumsum(grouped, axis=0) / (grouped.sum(axis=0) + LEAST_DB_S)
    return np.asarray(RATE_WEIGHT * shares, np.float32).ravel()


def pitches(bins: Floats, rate_hz: int) -> Floats:
    """Return the cumulative spectrum of (frames, bins) powers along the octaves, (192,), in three spans of time."""
    spans = segment_weights(len(bins), SPANS, SPANS_GROWTH) @ bins
    amplitudes = np.sqrt(spans @ octave_bank(PITCH_BANDS, rate_hz, WINDOW_UNITS))
    shares = np.cumsum(amplitudes, axis=1) / (amplitudes.sum(axis=1, keepdims=True) + LEAST_AMPLITUDE)
    octaves = np.log2(HIGHEST_HZ / LOWEST_HZ) / PITCH_BANDS
    return np.asarray(PITCH_WEIGHT * octaves * shares, np.float32).ravel()


def segments_modulation(audio: Floats, rate_hz: int) -> Floats:
    """Return all parts of a sound, (512,): levels, modulation, pitches."""
    bins = powers(audio, rate_hz)
    return np.concatenate([segmented(log_mel(bins, rate_hz)), modulation(audio, rate_hz), pitches(bins, rate_hz)])


class SegmentsModulation:
    """Segments, a modulation spectrum and a cumulative spectrum, 512 numbers."""

    name = "segments-modulation"

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return rows of `segments_modulation`."""
        return each_row(audio, rate_hz, segments_modulation)
