"""Cymbals: many partials without order and a wash of noise that grows out of them. They leak into every microphone."""

from __future__ import annotations

import zlib

import numpy as np

from synth.drummer.drums import Drum
from synth.drummer.resonance import Floats, Touch, band, ring

_PARTIALS = 60

# How long and how suddenly: (decay against the drum's, rise in ms, noise against partials).
_WAYS = {"open": (5.0, 0.3, 0.9), "foot": (0.7, 4.0, 1.4), "hit": (1.0, 0.2, 1.0), "closed": (1.0, 0.2, 1.0)}


def struck_cymbal(drum: Drum, touch: Touch) -> Floats:
    """Return the sound of a stroke on a cymbal, (touch.samples,) float64, at any scale; position 0 is the bell."""
    longer, rise_ms, noisy = _WAYS.get(touch.technique, _WAYS["hit"])
    fall_ms = drum.ring_ms * longer * (0.8 + 0.4 * touch.velocity) * touch.spread(0.1)
    time = touch.time_s(touch.samples / touch.rate)
    freq_hz, falls = _partials(drum)
    # A harder stroke reaches higher partials; the bell speaks in the low ones.
    reach_hz = (0.5 + 0.5 * touch.velocity) * drum.bright_hz * (0.4 + 0.6 * touch.position)
    weight = touch.rng.normal(0, 1, _PARTIALS) / (1 + (freq_hz / reach_hz) ** 2)
    tone = ring(freq_hz, fall_ms * falls, weight, touch.rate, touch.samples)[: len(time)]
    top_hz = drum.bright_hz * (0.7 + 0.5 * touch.velocity)
    hiss = band(touch.hiss.standard_normal(len(time)), 0.7 * drum.bright_hz, top_hz, touch.rate)
    wash = hiss * 10 ** (-time / (fall_ms * 0.9e-3))
    sound = 0.5 * tone / np.abs(tone).max() + noisy * touch.position * wash / np.abs(wash).max()
    return touch.whole(sound * (1 - np.exp(-time / (rise_ms * 1e-3))))


def _partials(drum: Drum) -> tuple[Floats, Floats]:
    """Return (frequency, relative decay time) of the partials: always the same for one cymbal."""
    rng = np.random.default_rng(zlib.crc32(drum.name.encode()))
    place = 1 + np.arange(_PARTIALS) * 0.8 + rng.uniform(-0.3, 0.3, _PARTIALS)
    return drum.tone_hz * np.maximum(place, 0.8) ** 0.95, rng.uniform(0.35, 1.2, _PARTIALS)
