"""The room: a feedback delay network of eight lines, decay times in three bands, and first reflections.

The lines feed each other through a Hadamard matrix, which loses nothing (Jot and Chaigne, AES 90, 1991). What a line
gives is damped so that it falls by 60 dB in the decay time of its band: a one-pole low-pass and a high-pass part the
bands, and their gains sum. The size scales all delays; while it changes they move no faster than `SLEW`, as a tape
would. Delays between samples are read by third-order Lagrange interpolation.

The left and the right of two channels go into lines of their own, and each side hears all lines with other signs. One
channel hears the left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.dsp.compiled import compiled, compiled_exact_tree, compiled_freely
from synth.effects import tables
from synth.effects.effect import Effect
from synth.parts.coefficients import LN_60_DB, gain_of

LINES, TAPS = 8, 8
SOUND_M_PER_S = 343.0
EDGES = np.array([1.0, 1.1213, 1.2571, 1.4093, 1.5801, 1.7713, 1.9861, 2.2267])
"""Length of each line in edges of the room: a geometric series, so no two ring together."""
REFLECTIONS = np.array([0.31, 0.43, 0.52, 0.67, 0.74, 0.89, 0.97, 1.08])
"""Way of each first reflection in edges; the even ones reach the left, the odd ones the right."""
LARGEST_EDGES_M = tables.ROOM.params[0].high * float(EDGES[-1])
"""The longest way of the largest room."""
LOW_HZ, HIGH_HZ = 250.0, 4000.0
SLEW = 0.2
"""Samples that a delay moves in one."""
PIECE = 32
"""Samples that all lines are read for at once: fewer than the shortest delay at any rate from 8 kHz on."""
_MARGIN = PIECE + 4
_POSITION, _READS, _LOW, _HIGH = 0, 1, 1 + LINES + TAPS, 1 + 2 * LINES + TAPS
_RINGS = 1 + 3 * LINES + TAPS
_SIGNS = np.array([[1, 1, 1, 1, -1, -1, 1, -1], [1, -1, 1, -1, 1, -1, -1, 1]], dtype=np.float64)
_SCALE = 1.0 / float(np.sqrt(LINES))


def record(number: type) -> np.dtype[Any]:
    """Return the coefficients as a record of ``number``."""
    lines, taps = (LINES,), (TAPS,)
    return np.dtype(
        [
            ("length", number, lines),
            ("low", number, lines),
            ("mid", number, lines),
            ("high", number, lines),
            ("late", number, taps),
            ("early", number, taps),
            ("dry", number),
            ("wet", number),
            ("below", number),
            ("above", number),
            ("ring", number),
        ]
    )


LENGTH, LOW, MID, HIGH, LATE, EARLY = (LINES * place for place in range(6))
DRY, WET, BELOW, ABOVE, RING = (6 * LINES + place for place in range(5))


def ring_samples(rate: float) -> float:
    """Return how long a line is at most, a power of two: the largest room."""
    return float(2.0 ** np.ceil(np.log2(LARGEST_EDGES_M / SOUND_M_PER_S * rate + _MARGIN)))


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients: `synth.parts.solver.solve`."""
    edge = v.size * (rate / SOUND_M_PER_S)
    loss = 0.0 * v.size
    for i in range(LINES):
        length = EDGES[i] * edge
        c.length[i] = length
        seconds = length * (1000.0 / rate)
        c.low[i] = np.exp(-LN_60_DB * seconds / v.decay_low)
        c.mid[i] = np.exp(-LN_60_DB * seconds / v.decay_mid)
        c.high[i] = np.exp(-LN_60_DB * seconds / v.decay_high)
        loss = loss + (1.0 - c.mid[i] * c.mid[i]) / LINES
    share = np.sin(0.5 * np.pi * v.mix)
    early = share * gain_of(v.early)
    for i in range(TAPS):
        c.late[i] = REFLECTIONS[i] * edge
        c.early[i] = early * (REFLECTIONS[0] / REFLECTIONS[i])
    # A network gives back 1 / loss of a sound's energy.
    c.wet = share * np.sqrt(loss)
    c.dry = np.cos(0.5 * np.pi * v.mix)
    c.below = 1.0 - np.exp(-2.0 * np.pi * LOW_HZ / rate) + 0.0 * v.size
    c.above = 1.0 - np.exp(-2.0 * np.pi * HIGH_HZ / rate) + 0.0 * v.size
    c.ring = ring_samples(rate) + 0.0 * v.size


@compiled
def _weights(f: float) -> tuple[float, float, float, float]:
    """Return the weights of four samples for a place ``f`` before the second of them; the first is the newest."""
    return (
        -f * (1.0 - f) * (2.0 - f) * (1 / 6),
        (f + 1.0) * (1.0 - f) * (2.0 - f) * 0.5,
        (f + 1.0) * f * (2.0 - f) * 0.5,
        -(f + 1.0) * f * (1.0 - f) * (1 / 6),
    )


@compiled
def _slopes(f: float) -> tuple[float, float, float, float]:
    """Return the slopes of `_weights` by ``f``."""
    square = f * f
    return (
        -(2.0 - 6.0 * f + 3.0 * square) * (1 / 6),
        (3.0 * square - 4.0 * f - 1.0) * 0.5,
        (2.0 + 2.0 * f - 3.0 * square) * 0.5,
        -(1.0 - 3.0 * square) * (1 / 6),
    )


@compiled
def _read(ring: Any, mask: int, position: int, length: float, target: float, out: Any) -> float:
    """Write what was given ``length`` samples ago, while the length moves to its target; return it."""
    for i in range(len(out)):
        length = min(max(target, length - SLEW), length + SLEW)
        whole = int(length)
        w0, w1, w2, w3 = _weights(length - whole)
        at = position + i - whole
        out[i] = (
            w0 * ring[(at + 1) & mask] + w1 * ring[at & mask] + w2 * ring[(at - 1) & mask] + w3 * ring[(at - 2) & mask]
        )
    return length


@compiled
def _damp(c: Any, i: int, low: float, high: float, given: Any, out: Any) -> tuple[float, float]:
    """Write what a line hands on of what it gives; return its two filters' states."""
    mid, below, above = c[MID + i], c[BELOW], c[ABOVE]
    more_low, more_high = c[LOW + i] - mid, c[HIGH + i] - mid
    for k in range(len(given)):
        x = given[k]
        low += below * (x - low)
        high += above * (x - high)
        out[k] = mid * x + more_low * low + more_high * (x - high)
    return low, high


@compiled
def _feed_back(rows: Any, count: int) -> None:
    """Multiply the first ``count`` samples of eight rows by the Hadamard matrix over the root of eight."""
    for half in (4, 2, 1):
        for i in range(LINES):
            if i & half == 0:
                one, other = rows[i], rows[i + half]
                for k in range(count):
                    one[k], other[k] = one[k] + other[k], one[k] - other[k]
    for i in range(LINES):
        for k in range(count):
            rows[i, k] *= _SCALE


def _play(c: Any, state: Any, sound: Any, key: Any, scratch: Any) -> None:
    for start in range(0, sound.shape[1], PIECE):
        _play_piece(c, state, sound[:, start : start + PIECE], scratch)


@compiled
def _play_piece(c: Any, state: Any, sound: Any, scratch: Any) -> None:
    channels, count = sound.shape
    size, position = int(c[RING]), int(state[_POSITION])
    rings, mask = state[_RINGS:], size - 1
    given, fed, read = scratch[:LINES], scratch[LINES : 2 * LINES], scratch[2 * LINES, :count]
    if state[_READS] == 0.0:
        for i in range(LINES):
            state[_READS + i], state[_READS + LINES + i] = c[LENGTH + i], c[LATE + i]
    for i in range(LINES):
        line = rings[i * size : (i + 1) * size]
        state[_READS + i] = _read(line, mask, position, state[_READS + i], c[LENGTH + i], given[i, :count])
        state[_LOW + i], state[_HIGH + i] = _damp(c, i, state[_LOW + i], state[_HIGH + i], given[i, :count], fed[i])
    _feed_back(fed, count)
    for i in range(LINES):
        for k in range(count):
            rings[i * size + ((position + k) & mask)] = fed[i, k] + sound[i % channels, k]
    for channel in range(channels):
        row, heard = sound[channel], rings[(LINES + channel) * size : (LINES + channel + 1) * size]
        for k in range(count):
            heard[(position + k) & mask] = row[k]
            row[k] *= c[DRY]
        for i in range(LINES):
            sign = c[WET] * _SCALE * _SIGNS[channel, i]
            for k in range(count):
                row[k] += sign * given[i, k]
        for i in range(channel, TAPS, 2):
            place = _READS + LINES + i
            state[place] = _read(heard, mask, position, state[place], c[LATE + i], read)
            for k in range(count):
                row[k] += c[EARLY + i] * read[k]
    state[_POSITION] = (position + count) & mask


@compiled
def _read_back(row: Any, start: int, length: float, out: Any) -> None:
    """Write what stood ``length`` samples before each place of a signal that begins at rest."""
    whole = int(length)
    w0, w1, w2, w3 = _weights(length - whole)
    for k in range(len(out)):
        at = start + k - whole
        if at >= 2:
            out[k] = w0 * row[at + 1] + w1 * row[at] + w2 * row[at - 1] + w3 * row[at - 2]
        else:
            out[k] = w0 * _past(row, at + 1) + w1 * _past(row, at) + w2 * _past(row, at - 1)


@compiled
def _past(row: Any, at: int) -> float:
    return row[at] if at >= 0 else 0.0


@compiled
def _kept_rows(kept: Any, channels: int) -> tuple[Any, Any, Any, Any]:
    """Return what is kept of all lines: what they are given, what they give, and both filters of it."""
    lines = kept[channels:]
    return lines[:LINES], lines[LINES : 2 * LINES], lines[2 * LINES : 3 * LINES], lines[3 * LINES :]


def _trace(c: Any, sound: Any, key: Any, kept: Any, scratch: Any) -> None:
    channels, samples = sound.shape
    kept[:channels] = sound
    fed, given, lows, highs = _kept_rows(kept, channels)
    for start in range(0, samples, PIECE):
        stop = min(start + PIECE, samples)
        count = stop - start
        rows, read = scratch[:LINES], scratch[LINES, :count]
        for i in range(LINES):
            out = given[i, start:stop]
            _read_back(fed[i], start, c[LENGTH + i], out)
            low, high = (lows[i, start - 1], highs[i, start - 1]) if start > 0 else (0.0, 0.0)
            for k in range(count):
                low += c[BELOW] * (out[k] - low)
                high += c[ABOVE] * (out[k] - high)
                lows[i, start + k], highs[i, start + k] = low, high
                more = (c[LOW + i] - c[MID + i]) * low + (c[HIGH + i] - c[MID + i]) * (out[k] - high)
                rows[i, k] = c[MID + i] * out[k] + more
        _feed_back(rows, count)
        for i in range(LINES):
            for k in range(count):
                fed[i, start + k] = rows[i, k] + kept[i % channels, start + k]
        for channel in range(channels):
            row = sound[channel, start:stop]
            for k in range(count):
                row[k] *= c[DRY]
            for i in range(LINES):
                sign = c[WET] * _SCALE * _SIGNS[channel, i]
                for k in range(count):
                    row[k] += sign * given[i, start + k]
            for i in range(channel, TAPS, 2):
                _read_back(kept[channel], start, c[LATE + i], read)
                for k in range(count):
                    row[k] += c[EARLY + i] * read[k]


@compiled
def _scatter(pull: Any, row: Any, start: int, length: float, by_row: Any) -> float:
    """Hand a pull on what `_read_back` wrote back to the signal, and return the slope by the length."""
    whole = int(length)
    f = length - whole
    weights, slopes = _weights(f), _slopes(f)
    by_length = 0.0
    for k in range(len(pull)):
        at = start + k - whole
        for tap in range(4):
            if at + 1 - tap >= 0:
                by_row[at + 1 - tap] += weights[tap] * pull[k]
                by_length += slopes[tap] * row[at + 1 - tap] * pull[k]
    return by_length


def _pull_back(c: Any, pull: Any, by_key: Any, key: Any, kept: Any, slopes: Any, scratch: Any) -> None:
    channels, samples = pull.shape
    sound = kept[:channels]
    fed, given, lows, highs = _kept_rows(kept, channels)
    by_fed, by_sound = np.zeros((LINES, samples)), np.zeros((channels, samples))
    carried_low, carried_high = np.zeros(LINES), np.zeros(LINES)
    for start in range((samples - 1) // PIECE * PIECE, -1, -PIECE):
        stop = min(start + PIECE, samples)
        count = stop - start
        rows, by_given, read = scratch[:LINES], scratch[LINES : 2 * LINES], scratch[2 * LINES, :count]
        by_given[:] = 0.0
        for channel in range(channels):
            wanted = pull[channel, start:stop]
            _pull_outputs(c, wanted, sound[channel], start, given, by_given, by_sound[channel], slopes, channel, read)
        for i in range(LINES):
            for k in range(count):
                rows[i, k] = by_fed[i, start + k]
                by_sound[i % channels, start + k] += by_fed[i, start + k]
        _feed_back(rows, count)
        for i in range(LINES):
            carried_low[i], carried_high[i] = _pull_damping(
                c, i, rows[i, :count], given[i, start:stop], lows[i, start:stop], highs[i, start:stop],
                carried_low[i], carried_high[i], by_given[i], slopes,
            )  # fmt: skip
            slopes[LENGTH + i] += _scatter(by_given[i, :count], fed[i], start, c[LENGTH + i], by_fed[i])
    pull[:] = by_sound


@compiled
def _pull_outputs(
    c: Any, wanted: Any, sound: Any, start: int, given: Any, by_given: Any, by_sound: Any, slopes: Any, channel: int,
    read: Any,
) -> None:  # fmt: skip
    """Pull what a side hears of a piece: the sound itself, the lines and the reflections."""
    for k in range(len(wanted)):
        slopes[DRY] += wanted[k] * sound[start + k]
        by_sound[start + k] += c[DRY] * wanted[k]
    for i in range(LINES):
        sign = _SCALE * _SIGNS[channel, i]
        for k in range(len(wanted)):
            slopes[WET] += sign * wanted[k] * given[i, start + k]
            by_given[i, k] += sign * c[WET] * wanted[k]
    for i in range(channel, TAPS, 2):
        _read_back(sound, start, c[LATE + i], read)
        for k in range(len(wanted)):
            slopes[EARLY + i] += wanted[k] * read[k]
            read[k] = c[EARLY + i] * wanted[k]
        slopes[LATE + i] += _scatter(read, sound, start, c[LATE + i], by_sound)


@compiled
def _pull_damping(
    c: Any, i: int, pull: Any, given: Any, lows: Any, highs: Any, low: float, high: float, by_given: Any, slopes: Any
) -> tuple[float, float]:
    """Pull a line's damping, backwards through its two filters, whose carried pulls are returned."""
    mid, below, above = c[MID + i], c[BELOW], c[ABOVE]
    for back in range(len(pull)):
        k = len(pull) - 1 - back
        by_low, by_high = pull[k] * lows[k], pull[k] * (given[k] - highs[k])
        slopes[LOW + i] += by_low
        slopes[HIGH + i] += by_high
        slopes[MID + i] += pull[k] * given[k] - by_low - by_high
        low += pull[k] * (c[LOW + i] - mid)
        high -= pull[k] * (c[HIGH + i] - mid)
        by_given[k] += pull[k] * c[HIGH + i] + below * low + above * high
        low *= 1.0 - below
        high *= 1.0 - above
    return low, high


ROOM = Effect(
    tables.ROOM,
    solve,
    record,
    state_size=lambda channels, rate: _RINGS + (LINES + channels) * int(ring_samples(rate)),
    kept_rows=lambda channels: channels + 4 * LINES,
    play=compiled_exact_tree(_play),
    trace=compiled_freely(_trace),
    pull_back=compiled_freely(_pull_back),
    held=_LOW,
    fine=1,
)
