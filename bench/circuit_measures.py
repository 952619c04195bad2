"""How a number of a circuit is asked for, and measured in the sound of a stroke in which the other parts are silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, signal

from synth.dsp.noise import white_noise
from synth.parts.wiring import NOISE, SQUARES
from synth.voices.circuit import Circuit
from synth.voices.polyphony import alone

RATE = 48_000
Sound = NDArray[np.float64]
Measure = Callable[[Sound], float]
SEEDS = 16
_WINDOW = 2048
_LOWEST_HZ = 100.0
_LINES = _WINDOW // 2 + 1
_KNOWN = 1e-5
"""Of the strongest line of what goes in: below it nothing is known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number: of which voice, what it is, how it is asked for, and how it is measured.

    ``within`` is the tolerance in the unit of the number, or as a share of it where ``share`` is true. ``less`` are the
    values of a stroke that is taken away first: it holds what cannot be silenced.
    """

    circuit: Circuit
    what: str
    number: float
    unit: str
    values: Mapping[str, float]
    measure: Measure
    within: float
    share: bool = False
    less: Mapping[str, float] | None = None

    def measured(self) -> float:
        """Return the number as rendered; of a voice with noise it is the median of several strokes."""
        random = any(part.kind in (NOISE, SQUARES) for part in self.circuit.wiring.parts)
        return float(np.median([self.measure(self.sound(seed)) for seed in range(SEEDS if random else 1)]))

    def sound(self, seed: int) -> Sound:
        """Return what is measured."""
        stroke = sound(self.circuit, self.values, seed)
        return stroke if self.less is None else stroke - sound(self.circuit, self.less, seed)

    def holds(self, found: float) -> bool:
        """Whether what was measured is near enough."""
        return abs(found - self.number) <= self.within * (abs(self.number) if self.share else 1.0)


def sound(circuit: Circuit, values: Mapping[str, float], seed: int = 0) -> Sound:
    """Return a stroke with some values set and all others at their defaults."""
    asked_for = circuit.space.defaults
    for name, value in values.items():
        asked_for[circuit.space.index(name)] = value
    return alone(circuit, asked_for, RATE, seed, samples=4 * RATE)


@dataclass(frozen=True, slots=True)
class FilterRow(Row):
    """One number of a filter: its measure is given frequencies in Hz and levels in dB, (2, n).

    The levels are those of the stroke over what goes into the filters, from ``from_ms`` to ``to_ms``, and over those of
    the stroke ``less``.
    """

    source: Callable[[int], Sound] = field(default=lambda seed: white_noise(seed, 0, 4 * RATE))
    from_ms: float = 5.0
    to_ms: float = 400.0

    def measured(self) -> float:
        """Return the number as rendered, from several strokes of noise or squares."""
        freqs, level_db = self._response(self.values)
        if self.less is not None:
            level_db -= self._response(self.less)[1]
        return self.measure(np.stack([freqs, level_db]))

    def _response(self, values: Mapping[str, float]) -> tuple[Sound, Sound]:
        part = slice(round(self.from_ms * RATE / 1000), round(self.to_ms * RATE / 1000))
        across, into = np.zeros(_LINES, complex), np.zeros(_LINES)
        for seed in range(SEEDS):
            given, stroke = self.source(seed)[part], sound(self.circuit, values, seed)[part]
            freqs, crossed = signal.csd(given, stroke, RATE, nperseg=_WINDOW, window="blackmanharris")
            across += crossed
            into += signal.welch(given, RATE, nperseg=_WINDOW, window="blackmanharris")[1]
        known = (into > _KNOWN * np.max(into)) & (freqs > _LOWEST_HZ)
        level_db = 20 * np.log10(np.abs(across[known] / into[known]) + 1e-20)
        return freqs[known], level_db


def level_at(at_hz: float, beside_hz: float = 0.0) -> Measure:
    """Return a measure of the level of a filter in dB, beside that at another frequency if there is one."""

    def measure(response: Sound) -> float:
        found = np.interp([at_hz, beside_hz], *response)
        return float(found[0] - found[1] if beside_hz else found[0])

    return measure


def middle(near_hz: float, sections: int = 1) -> Measure:
    """Return a measure of the middle in Hz of a band that so many filters make."""
    return lambda response: _band(response, near_hz, sections)[0]


def width(near_hz: float) -> Measure:
    """Return a measure of the Q of a band: its middle over its width."""
    return lambda response: _band(response, near_hz)[1]


def _band(response: Sound, near_hz: float, sections: int = 1) -> tuple[float, float]:
    """Return middle and Q of the band-pass that is most alike within an octave and a half around a frequency."""
    freqs, level_db = response
    near = np.abs(np.log2(freqs / near_hz)) < 1.5
    warped, wanted = np.tan(np.pi * freqs[near] / RATE), level_db[near]

    def off(guess: Sound) -> Sound:
        ratio = warped / np.tan(np.pi * np.exp(guess[1]) / RATE)
        down_db = 10 * sections * np.log10(1 + np.exp(2 * guess[2]) * (ratio - 1 / ratio) ** 2)
        return np.asarray(guess[0] - down_db - wanted)

    found = optimize.least_squares(off, [wanted.max(), np.log(near_hz), 0.5], loss="soft_l1").x
    return float(np.exp(found[1])), float(np.exp(found[2]))


def pitch(low_hz: float, high_hz: float, from_ms: float = 0.0, to_ms: float = 2000.0) -> Measure:
    """Return a measure of the strongest frequency in a band, between two times."""

    def measure(stroke: Sound) -> float:
        part = stroke[round(from_ms * RATE / 1000) : round(to_ms * RATE / 1000)]
        level = np.abs(np.fft.rfft(part * np.hanning(len(part)), 2**20))
        freq_hz = np.fft.rfftfreq(2**20, 1 / RATE)
        inside = (freq_hz >= low_hz) & (freq_hz <= high_hz)
        return float(freq_hz[inside][np.argmax(level[inside])])

    return measure


def ring(top_db: float = -3.0, bottom_db: float = -33.0) -> Measure:
    """Return a measure of the time in ms in which a tone falls by 60 dB: the slope of its peaks between two levels."""

    def measure(stroke: Sound) -> float:
        size = np.abs(stroke)
        peaks = signal.argrelmax(size)[0]
        level_db = 20 * np.log10(size[peaks] / size.max())
        used = peaks[(level_db < top_db) & (level_db > bottom_db)]
        slope = np.polyfit(used / RATE * 1000, 20 * np.log10(size[used]), 1)[0]
        return float(-60.0 / slope)

    return measure


def envelope_at(at_ms: float, window_ms: float = 4.0) -> Callable[[Sound], float]:
    """Return a measure of the RMS in dB around a time."""

    def measure(stroke: Sound) -> float:
        half = round(window_ms * RATE / 2000)
        at = round(at_ms * RATE / 1000)
        return float(10 * np.log10(np.mean(stroke[max(at - half, 0) : at + half] ** 2) + 1e-20))

    return measure


def fall_of_noise(first_ms: float, last_ms: float, window_ms: float = 8.0) -> Measure:
    """Return a measure of a time constant in ms from the levels at two times."""

    def measure(stroke: Sound) -> float:
        fallen_db = envelope_at(first_ms, window_ms)(stroke) - envelope_at(last_ms, window_ms)(stroke)
        return float((last_ms - first_ms) * 8.685889638 / fallen_db)

    return measure


def falls_to(share: float) -> Measure:
    """Return a measure of the time in ms after which the RMS over 4 ms stays below a share of its greatest."""

    def measure(stroke: Sound) -> float:
        smooth = np.sqrt(signal.fftconvolve(stroke**2, np.hanning(RATE // 250), "same").clip(0))
        return float(np.flatnonzero(smooth > share * smooth.max())[-1]) * 1000 / RATE

    return measure


def pitch_at(at_ms: float) -> Measure:
    """Return a measure of the frequency between the two upward zeros before a time and the two after it."""

    def measure(stroke: Sound) -> float:
        before = np.flatnonzero((stroke[:-1] < 0) & (stroke[1:] >= 0))
        zeros = before + stroke[before] / (stroke[before] - stroke[before + 1])
        middle = int(np.searchsorted(zeros, at_ms * RATE / 1000))
        first, last = max(middle - 2, 0), middle + 1
        return float((last - first) * RATE / (zeros[last] - zeros[first]))

    return measure
