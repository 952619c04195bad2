"""Pictures of real sounds beside ours: spectrograms on a logarithmic scale up to 20 kHz, and levels over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.cli.voice_sheet import BANDS, HIGHEST_HZ, LOWEST_HZ, SPAN_DB, band_powers_db
from synth.figures import BLUE, FONT_PT, RED, picture

COLUMNS = 4
SHORTEST_S = 0.1
_SHORTEST_PIECE_S, _PIECES = 0.004, 100
_HEARD = 0.001
_TICKS_HZ = {100.0: "100", 1000.0: "1k", 10_000.0: "10k"}

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A recording and our stroke at the same setting.

    Parameters
    ----------
    setting : str
        Where the knobs stood.
    real, ours : (n,), (m,) float64
        From their onsets on.
    far_db : float
        How far they are apart.
    """

    setting: str
    real: Sound
    ours: Sound
    far_db: float

    def aligned(self, rate_hz: int) -> tuple[Sound, Sound]:
        """Return both as loud as the recording, and as long as either is heard."""
        loud = round(0.3 * rate_hz)
        real_rms, our_rms = (np.sqrt(np.mean(sound[:loud] ** 2)) for sound in (self.real, self.ours))
        both = (self.real, self.ours * real_rms / max(our_rms, 1e-12))
        ends = (int(np.flatnonzero(np.abs(sound) > _HEARD * np.abs(sound).max()).max(initial=0)) for sound in both)
        samples = max(*ends, round(SHORTEST_S * rate_hz))
        real, ours = (np.pad(sound, (0, max(samples - len(sound), 0)))[:samples] for sound in both)
        return real, ours


def some_of(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the first, the middle and the last of the settings, or fewer where there are fewer."""
    return [pairs[place] for place in sorted({0, len(pairs) // 2, len(pairs) - 1})]


def draw_sound(name: str, pairs: Sequence[Pair], rate_hz: int, path: Path) -> None:
    """Draw one sound, a row for each of a few settings: real, ours, and the levels of both."""
    with picture(path) as figure:
        figure.suptitle(f"{name}: Hz over seconds, {SPAN_DB:g} dB; levels in dB, real (red) and ours (blue)")
        rows = some_of(pairs)
        cells = figure.subplots(len(rows), 3, squeeze=False)
        for row, pair in zip(cells, rows, strict=True):
            real, ours = pair.aligned(rate_hz)
            _draw_spectra(row[:2], real, ours, rate_hz)
            row[0].set_title(f"real, {pair.setting}", loc="left")
            row[1].set_title(f"ours, {pair.far_db:.1f} dB", loc="left")
            _draw_levels(row[2], real, ours, rate_hz)


def draw_panels(sounds: Mapping[str, Sequence[Pair]], rate_hz: int, path: Path) -> None:
    """Draw every sound at its middle setting on one page: real left, ours right, the levels of both below."""
    with picture(path) as figure:
        figure.suptitle(
            f"Left the real machine (red), right ours (blue): Hz over seconds, {SPAN_DB:g} dB; levels in dB"
        )
        cells = figure.subfigures(math.ceil(len(sounds) / COLUMNS), COLUMNS, squeeze=False).ravel()
        for cell, (name, pairs) in zip(cells, sounds.items(), strict=False):
            pair = pairs[len(pairs) // 2]
            real, ours = pair.aligned(rate_hz)
            places = cell.subplot_mosaic("ab;cc", gridspec_kw={"hspace": 0.0, "wspace": 0.0, "height_ratios": [3, 2]})
            _draw_spectra([places["a"], places["b"]], real, ours, rate_hz)
            places["a"].set_xticks([])
            places["b"].set_xticks([])
            places["b"].set_yticks([])
            _draw_levels(places["c"], real, ours, rate_hz)
            cell.suptitle(f"{name}, {pair.setting}: {pair.far_db:.1f} dB", fontsize=FONT_PT)


def _draw_spectra(axes: Sequence[Any], real: Sound, ours: Sound, rate_hz: int) -> None:
    powers_db = [band_powers_db(sound, rate_hz) for sound in (real, ours)]
    top = max(float(power_db.max()) for power_db in powers_db)
    extent = (0.0, len(real) / rate_hz, 0.0, float(BANDS))
    for axis, power_db in zip(axes, powers_db, strict=True):
        axis.imshow(
            power_db, origin="lower", aspect="auto", extent=extent, vmin=top - SPAN_DB, vmax=top, cmap="cividis"
        )
        places = [BANDS * math.log(hz / LOWEST_HZ) / math.log(HIGHEST_HZ / LOWEST_HZ) for hz in _TICKS_HZ]
        axis.set_yticks(places, _TICKS_HZ.values())
        axis.tick_params(labelsize=FONT_PT - 2)


def _draw_levels(axis: Any, real: Sound, ours: Sound, rate_hz: int) -> None:
    seconds = len(real) / rate_hz
    for sound, colour in ((real, RED), (ours, BLUE)):
        levels_db = _levels_db(sound, rate_hz)
        axis.plot(np.linspace(0.0, seconds, len(levels_db)), levels_db, color=colour, linewidth=0.8)
    top = float(_levels_db(real, rate_hz).max())
    axis.set_ylim(top - SPAN_DB, top + 6.0)
    axis.set_xlim(0.0, seconds)
    axis.tick_params(labelsize=FONT_PT - 2)


def _levels_db(sound: Sound, rate_hz: int) -> Sound:
    """Return the RMS of pieces in dB; a long sound has longer ones, which hold whole waves of low tones."""
    piece = max(round(_SHORTEST_PIECE_S * rate_hz), len(sound) // _PIECES)
    pieces = np.pad(sound, (0, -len(sound) % piece)).reshape(-1, piece)
    return np.asarray(10.0 * np.log10(np.mean(pieces**2, axis=1) + 1e-12))
