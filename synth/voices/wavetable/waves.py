"""The tables of the wavetable voice: those that ship, and those that are learned from a recording.

Shipped: the row goes from dark to bright and from full to bare. In table j of 16, with x = j / 15 from 0 to 1, the
h-th harmonic has the level

    h^-(3 - 2.2 x) * (1 + 6 x exp(-(ln(h / (2 + 14 x)) / 0.35)^2))
    * (1 - 0.85 x, if h is even) * (0.2^x, if 3 divides h)

so a formant wanders up from the second harmonic to the sixteenth while the even harmonics and every third fade. Phases
are -pi h^2 / 64, which spreads the energy over the period (Schroeder), from the sine phase on. All tables have one RMS.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.errors import InputError
from synth.parts.bands import MOST_HARMONICS, POINTS
from synth.reading import MIB, FileKind, read_file

ROW_FILE = FileKind("row of tables", MIB)
"""16 tables have 0.13 MiB as a .npy of float32."""

COUNT = 16
"""Tables in a row."""
RMS = 0.35


def shipped_tables() -> NDArray[np.float64]:
    """Return the row of tables that ships: (`COUNT`, `POINTS`) float64."""
    h = np.arange(1, MOST_HARMONICS + 1)
    rows = []
    for x in np.linspace(0.0, 1.0, COUNT):
        level = h ** -(3.0 - 2.2 * x) * (1.0 + 6.0 * x * np.exp(-((np.log(h / (2.0 + 14.0 * x)) / 0.35) ** 2)))
        level *= np.where(h % 2 == 0, 1.0 - 0.85 * x, 1.0) * np.where(h % 3 == 0, 0.2**x, 1.0)
        rows.append(_period(level * np.exp(-1j * np.pi * (h**2 / 64.0 + 0.5))))
    return evened(np.array(rows))


def _period(harmonics: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return one period of harmonics from the first on."""
    spectrum = np.zeros(POINTS // 2 + 1, np.complex128)
    spectrum[1 : len(harmonics) + 1] = harmonics
    return np.fft.irfft(spectrum)


def evened(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return tables of one RMS and without a constant part; a silent one stays silent."""
    centred = tables - tables.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    return np.asarray(RMS * centred / np.maximum(spread, 1e-9))


def learned_tables(sound: ArrayLike, sample_rate: float, freq_hz: float | None = None) -> NDArray[np.float64]:
    """Return a row of tables that travels through a recording, from what is left of it at its end to its onset.

    A period is taken at each of `COUNT` moments, evenly in the logarithm of time, each as the mean of two periods under
    a window, and all turned to the phase of the first harmonic. So a stroke from 1 to 0 passes them as the recording
    did.

    Parameters
    ----------
    sound : (n,) floats
        One stroke of a pitched sound, from its onset on.
    sample_rate : float
        Hz.
    freq_hz : float, optional
        Its pitch; found by autocorrelation where it is not given.

    Raises
    ------
    InputError
        It is silent, or shorter than four periods.
    """
    sound = np.asarray(sound, np.float64)
    freq_hz = pitch_of(sound, sample_rate) if freq_hz is None else freq_hz
    period = sample_rate / freq_hz
    last = len(sound) - 2.0 * period - 2.0
    if last < 2.0 * period:
        raise InputError(f"tables are learned from four periods or more; there are {len(sound) / period:.1f}")
    starts = np.geomspace(period, last, COUNT)[::-1]
    return evened(np.array([_slice(sound, start, period) for start in starts]))


def pitch_of(sound: NDArray[np.float64], sample_rate: float) -> float:
    """Return the pitch of a recording in 20 to 2000 Hz; `InputError`: it is silent or too short."""
    low, high = int(sample_rate / 2000.0), int(sample_rate / 20.0)
    heard = sound[: 4 * high] - sound[: 4 * high].mean()
    if len(heard) < 4 * low or not np.any(heard):
        raise InputError("tables are learned from a sound with a pitch; this one is silent or too short")
    power = np.abs(np.fft.rfft(heard, 2 * len(heard))) ** 2
    likeness = np.fft.irfft(power)[: min(high, len(heard) // 2)]
    likeness /= np.arange(len(heard), len(heard) - len(likeness), -1)
    best = likeness[low:].max()
    # The first lag that is nearly as like as the best: a multiple of the period is as like as the period.
    peaks = [
        lag
        for lag in range(low, len(likeness) - 1)
        if likeness[lag - 1] <= likeness[lag] >= likeness[lag + 1] and likeness[lag] > 0.9 * best
    ]
    lag = peaks[0] if peaks else low + int(np.argmax(likeness[low:]))
    before, at, after = likeness[lag - 1], likeness[lag], likeness[min(lag + 1, len(likeness) - 1)]
    bend = before - 2.0 * at + after
    return float(sample_rate / (lag + (0.5 * (before - after) / bend if bend else 0.0)))


def _slice(sound: NDArray[np.float64], start: float, period: float) -> NDArray[np.float64]:
    """Return one period around a moment, whose first harmonic is a sine."""
    grid = np.arange(2 * POINTS) / POINTS
    two = np.interp(start + grid * period, np.arange(len(sound)), sound)
    window = 0.5 - 0.5 * np.cos(np.pi * grid)
    folded = (two * window)[:POINTS] + (two * window)[POINTS:]
    harmonics = np.fft.rfft(folded)[1 : MOST_HARMONICS + 1]
    turn = -np.pi / 2.0 - np.angle(harmonics[0])
    return _period(harmonics * np.exp(1j * turn * np.arange(1, len(harmonics) + 1)))


def save_tables(path: Path, tables: NDArray[np.float64]) -> None:
    """Write tables as a file that `load_tables` reads."""
    whole = io.BytesIO()
    np.save(whole, tables.astype(np.float32))
    path.write_bytes(whole.getvalue())


def load_tables(path: Path) -> NDArray[np.float64]:
    """Return the tables of a file; `InputError` names the file and what is wrong with it."""
    try:
        tables = np.load(io.BytesIO(read_file(path, ROW_FILE)), allow_pickle=False)
    except (EOFError, OSError, ValueError):
        raise InputError(f"{path}: no tables can be read from it; allowed is a .npy file") from None
    try:
        return checked_tables(tables)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def checked_tables(tables: NDArray[Any]) -> NDArray[np.float64]:
    """Return tables as the voice plays them; `ValueError` says what is wrong with them."""
    if tables.shape != (COUNT, POINTS) or not np.issubdtype(tables.dtype, np.floating) or not np.isfinite(tables).all():
        raise ValueError(f"tables are {COUNT} rows of {POINTS} finite numbers; these are {tables.shape}")
    return evened(tables.astype(np.float64))
