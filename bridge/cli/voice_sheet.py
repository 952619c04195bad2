"""A sheet of voices: each struck from soft to hard, its waveform over its spectrum, all on one page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.dsp.levels import decibels
from synth.figures import BLUE, FONT_PT, extremes, picture
from synth.voices.registry import VoiceKind
from synth.voices.stroke import soft_to_hard

PICTURE = "voices.png"
VELOCITIES = (30, 55, 80, 100, 127)
LONGEST_GAP_S = 1.0
COLUMNS = 5
"""Of the page: a voice in each, on a screen of 1280 x 800."""

BANDS = 60
LOWEST_HZ, HIGHEST_HZ = 40.0, 20_000.0
SPAN_DB = 70.0
_TICKS_HZ = {100.0: "100", 1000.0: "1k", 10_000.0: "10k"}
_WINDOW, _MOMENTS = 2048, 240


def row_of_strokes(kind: VoiceKind, values: ArrayLike, sample_rate: float) -> NDArray[np.float64]:
    """Return the strokes of one voice as the sheet shows them, (samples,) float64."""
    return soft_to_hard(kind, values, VELOCITIES, sample_rate, LONGEST_GAP_S)


def draw_sheet(sounds: Mapping[str, NDArray[np.float64]], sample_rate: float, path: Path) -> None:
    """Draw voices by their names: (samples,) audio each."""
    rows = math.ceil(len(sounds) / COLUMNS)
    with picture(path) as figure:
        velocities = ", ".join(map(str, VELOCITIES))
        figure.suptitle(f"Velocities {velocities}: waveform, and spectrum (Hz over seconds, {SPAN_DB:g} dB)")
        cells = figure.subfigures(rows, COLUMNS, squeeze=False).ravel()
        for cell, (name, audio) in zip(cells, sounds.items(), strict=False):
            _draw_voice(cell, name, audio, sample_rate)


def _draw_voice(cell: Any, name: str, audio: NDArray[np.float64], sample_rate: float) -> None:
    wave, spectrum = cell.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2, 3], "hspace": 0.0})
    seconds, peak = len(audio) / sample_rate, float(np.abs(audio).max())
    starts, low, high = extremes(audio, 400)
    wave.fill_between(starts / sample_rate, low, high, color=BLUE, linewidth=0.3)
    wave.set_title(f"{name}, peak {decibels(peak):.1f} dBFS", loc="left", fontsize=FONT_PT)
    wave.set_ylim(-1.05 * peak, 1.05 * peak)
    wave.set_yticks([])
    power_db = band_powers_db(audio, sample_rate)
    extent = (0.0, seconds, 0.0, float(BANDS))
    spectrum.imshow(
        power_db, origin="lower", aspect="auto", extent=extent, vmin=power_db.max() - SPAN_DB, cmap="cividis"
    )
    spectrum.set_yticks([_band_of(hz, sample_rate) for hz in _TICKS_HZ], _TICKS_HZ.values())
    spectrum.tick_params(labelsize=FONT_PT - 2)
    spectrum.set_xlim(0.0, seconds)


def _highest_hz(sample_rate: float) -> float:
    return min(HIGHEST_HZ, sample_rate / 2)


def _band_of(hz: float, sample_rate: float) -> float:
    return BANDS * math.log(hz / LOWEST_HZ) / math.log(_highest_hz(sample_rate) / LOWEST_HZ)


def band_powers_db(audio: NDArray[np.float64], sample_rate: float) -> NDArray[np.float64]:
    """Return the power in bands of equal width on a logarithmic scale, in dB: (bands, moments)."""
    padded = np.pad(audio, _WINDOW // 2)
    starts = np.linspace(0, len(audio), _MOMENTS).astype(np.int64)
    frames = np.stack([padded[start : start + _WINDOW] for start in starts]) * np.hanning(_WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames)))
    total = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1)], axis=1)
    edges_hz = np.geomspace(LOWEST_HZ, _highest_hz(sample_rate), BANDS + 1)
    # Between the lines of the spectrum the sum is interpolated: low bands are narrower than a line.
    lines = edges_hz * _WINDOW / sample_rate
    sums = np.stack([np.interp(lines, np.arange(total.shape[1]), row) for row in total])
    return np.asarray(10.0 * np.log10(np.diff(sums, axis=1) / np.diff(lines) + 1e-12).T)
