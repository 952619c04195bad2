"""The kernels through which every voice runs: a wiring's parts forward, and their slopes backward.

Forward is one code for playing and for learning. It is given whole chunks of a stroke, always the same ones, so no bit
depends on blocks, and the compiler may order sums as it likes. For learning it keeps each part's state at the start of
every chunk; backward goes through the chunks from the last to the first, plays each again from there, and pulls the
gradient through its parts in reverse. So the memory between the two is small, and stays in the processor's cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.dsp.compiled import compiled, compiled_tree
from synth.parts.biquad import play_filter, slopes_filter
from synth.parts.drive import play_drive, slopes_drive
from synth.parts.envelope import play_envelope, slopes_envelope
from synth.parts.fine_drive import play_fine_drive, slopes_fine_drive
from synth.parts.fm import play_fm, slopes_fm
from synth.parts.mix import play_mix, slopes_mix
from synth.parts.noise import play_noise
from synth.parts.oversampling import HISTORY
from synth.parts.partials import MOST, ROWS, play_partials, slopes_partials
from synth.parts.shaper import play_shaper, slopes_shaper
from synth.parts.sine import SIZE, TRACE, play_sine, slopes_sine, trace_sine
from synth.parts.squares import play_squares, slopes_squares
from synth.parts.tables import play_tables, slopes_tables
from synth.parts.wiring import (
    COEFS,
    COLUMNS,
    CONSTANT,
    COUNT,
    DRIVE,
    ENVELOPE,
    FILTER,
    FM,
    GATE,
    INPUTS,
    KIND,
    MIX,
    NEEDED,
    NOISE,
    PARTIALS,
    SHAPER,
    SINE,
    SQUARES,
    STATE,
    TABLES,
    Wiring,
)

CHUNK = 256
"""Samples that are worked on at once in learning."""
NO_NOISE = np.zeros(0)
_SCRATCH_ROWS = ROWS + 2
_AHEAD = HISTORY
"""Samples of a chunk that pull on the one before it; the longest history of any part."""


def scratch_for(wiring: Wiring, samples: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return what `play` needs to play ``samples`` at once: planes, traces without length, scratch."""
    planes, traces = np.zeros((len(wiring.parts), samples)), np.zeros((0, TRACE, samples))
    return planes, traces, np.zeros((_SCRATCH_ROWS, max(samples, MOST) + _AHEAD))


def play(
    program: Any, c: Any, state: Any, key: Any, white: Any, age: int, whole: int, planes: Any, traces: Any,
    scratch: Any, step: Any, tables: Any,
) -> None:  # fmt: skip
    """Play the next samples of a stroke.

    Parameters
    ----------
    program : (parts, columns) int64
        `synth.parts.wiring.Wiring.program`.
    c, state : (n,), (m,) float64
        Coefficients, and the state, which is moved on.
    key : uint64
        Of the stroke's noise.
    white : (n,) floats
        Noise that is played instead, or nothing.
    age, whole : int
        Samples since the stroke's start, and how many are asked for.
    planes : (parts, at least ``whole``) float64
        Is written: what each part gives; the last is the sound.
    traces : (parts, `synth.parts.sine.TRACE`, samples) float64
        Is written: what the slopes of each part need of it. Where its length is 0 the slopes are not asked for, and
        all is played; otherwise what no slope needs is left out.
    scratch : (rows, at least ``whole`` + `HISTORY`) float64
        Is overwritten.
    step : array
        `synth.parts.squares.STEP`.
    tables : array
        The voice's own, `synth.parts.bands.banded`, or `synth.parts.bands.NO_TABLES`.
    """
    traced = traces.shape[0] > 0
    for row in range(len(program)):
        p = program[row]
        count = _sounding(p, c, age, whole)
        out = planes[row, :count]
        if count > 0 and (not traced or p[NEEDED] > 0 or p[KIND] == SINE):
            own, kept = c[p[COEFS] :], state[p[STATE] :]
            if p[KIND] == SINE and traced:
                trace_sine(c[p[COEFS] : p[COEFS] + SIZE], kept, p[COUNT], age, out, traces[row], scratch[0])
            elif p[KIND] == SINE:
                play_sine(c[p[COEFS] : p[COEFS] + SIZE], kept, p[COUNT], age, out, scratch)
            elif p[KIND] == NOISE:
                play_noise(key, white, age, out)
            elif p[KIND] == CONSTANT:
                for i in range(count):
                    out[i] = 1.0
            elif p[KIND] == SQUARES:
                play_squares(own, p[COUNT], key, white, age, out, scratch[0], step)
            elif p[KIND] == PARTIALS:
                play_partials(own, kept, p[COUNT], age, out, scratch)
            elif p[KIND] == FM:
                play_fm(own, kept, p[COUNT], age, out, scratch)
            elif p[KIND] == SHAPER:
                play_shaper(own, kept, p[COUNT], age, out, scratch)
            elif p[KIND] == TABLES:
                play_tables(own, kept, age, out, scratch, tables)
            else:
                given = scratch[1, :count]
                _sum_given(p, planes, given)
                if p[KIND] == ENVELOPE:
                    play_envelope(own, kept, p[COUNT], age, given, out, scratch[0])
                elif p[KIND] == FILTER:
                    play_filter(own, kept, given, out, scratch[0])
                elif p[KIND] == DRIVE and p[COUNT] > 1 and own[3] > 0.0:
                    play_fine_drive(own, kept, given, out, scratch[3:])
                elif p[KIND] == DRIVE:
                    play_drive(own, given, out)
                elif p[KIND] == MIX:
                    play_mix(given, out)
        rest = planes[row, count:whole]
        for i in range(len(rest)):
            rest[i] = 0.0


def _sounding(p: Any, c: Any, age: int, whole: int) -> int:
    """Return for how many of the next samples a part sounds."""
    if p[GATE] < 0:
        return whole
    return int(max(min(float(whole), math.ceil(c[p[GATE]]) - age), 0.0))


def _sum_given(p: Any, planes: Any, total: Any) -> None:
    """Write what a part is given: the sum of some planes."""
    first = planes[p[INPUTS]]
    for i in range(len(total)):
        total[i] = first[i]
    for column in range(INPUTS + 1, COLUMNS):
        if p[column] >= 0:
            _add(planes[p[column]], total)


def _add(row: Any, total: Any) -> None:
    for i in range(len(total)):
        total[i] += row[i]


def _pull_back(
    program: Any, c: Any, state: Any, ahead: Any, key: Any, white: Any, age: int, whole: int, planes: Any,
    traces: Any, pulls: Any, slopes: Any, scratch: Any, step: Any, tables: Any,
) -> None:  # fmt: skip
    """Pull the gradient of a chunk, which stands in the last row of ``pulls``, through all parts; add their slopes.

    ``state`` is that before the chunk, and is overwritten.
    """
    for back in range(len(program)):
        row = len(program) - 1 - back
        p = program[row]
        count = _sounding(p, c, age, whole)
        if count == 0:
            continue
        own, kept, by = c[p[COEFS] :], state[p[STATE] :], slopes[p[COEFS] :]
        pull = pulls[row, :count]
        if p[KIND] == SINE:
            place = slice(p[COEFS], p[COEFS] + SIZE)
            slopes_sine(c[place], p[COUNT], age, pull, slopes[place], traces[row])
        elif p[KIND] == SQUARES:
            slopes_squares(own, p[COUNT], key, white, age, pull, by, scratch[0], step)
        elif p[KIND] == PARTIALS:
            slopes_partials(own, kept, p[COUNT], age, pull, by, scratch, scratch[ROWS:])
        elif p[KIND] == FM:
            slopes_fm(own, kept, p[COUNT], age, pull, by, scratch)
        elif p[KIND] == SHAPER:
            slopes_shaper(own, kept, p[COUNT], age, pull, by, scratch)
        elif p[KIND] == TABLES:
            slopes_tables(own, kept, age, pull, by, scratch, tables)
        elif p[KIND] != NOISE and p[KIND] != CONSTANT:
            given = scratch[1, :count]
            _sum_given(p, planes, given)
            pulled = scratch[2, :count]
            for i in range(count):
                pulled[i] = 0.0
            if p[KIND] == ENVELOPE:
                slopes_envelope(own, kept, p[COUNT], age, given, pull, pulled, by, scratch[3:])
            elif p[KIND] == FILTER:
                slopes_filter(own, ahead[row], given, planes[row, :count], pull, pulled, by, scratch[0])
            elif p[KIND] == DRIVE and p[COUNT] > 1 and own[3] > 0.0:
                slopes_fine_drive(own, kept, ahead[row], given, pull, pulled, by, scratch[3:])
            elif p[KIND] == DRIVE:
                slopes_drive(own, given, pull, pulled, by)
            elif p[KIND] == MIX:
                slopes_mix(pull, pulled)
            for column in range(INPUTS, COLUMNS):
                if p[column] >= 0:
                    _add(pulled, pulls[p[column], :count])


play_compiled = compiled_tree(play)
_pull_back_compiled = compiled_tree(_pull_back)


@compiled
def _fill_white(noise: Any, start: int, white: Any) -> None:
    """Copy a chunk of a stroke's noise: so the parts are compiled for one kind of numbers, whichever is learned in.

    What is drawn at the start of a stroke lies in its first chunk, however short the stroke is.
    """
    for i in range(start, min(start + CHUNK, len(noise))):
        white[i] = noise[i]


@compiled
def forward_rows(
    first: int, stride: int, program: Any, coefs: Any, noise: Any, out: Any, states: Any, step: Any, tables: Any
) -> None:
    """Render strokes ``first``, ``first + stride``...

    Parameters
    ----------
    program : (parts, columns) int64
    coefs : (batch, n) float64
        Coefficients; the first is the sample after which a stroke is silent.
    noise : (batch or 1, n) floats
        White, -1..1, at least ``samples`` long, and as long as `synth.parts.wiring.Wiring.drawn`.
    out : (batch, samples) float32 or float64
        Zeros; is written as far as a stroke sounds.
    states : (batch, chunks, m) float64
        Is written for `backward_rows`; with no chunks, it is not.
    """
    parts, size = len(program), states.shape[2]
    planes, scratch = np.zeros((parts, CHUNK)), np.zeros((_SCRATCH_ROWS, CHUNK + _AHEAD))
    state, traces, white = np.zeros(size), np.zeros((0, TRACE, CHUNK)), np.zeros(noise.shape[1])
    for row in range(first, len(coefs), stride):
        state[:] = 0.0
        end = min(int(coefs[row, 0]), out.shape[1])
        for start in range(0, end, CHUNK):
            count = min(CHUNK, end - start)
            if states.shape[1] > 0:
                states[row, start // CHUNK] = state
            _fill_white(noise[row % len(noise)], start, white)
            play_compiled(
                program, coefs[row], state, np.uint64(0), white, start, count, planes, traces, scratch, step, tables
            )
            for i in range(count):
                out[row, start + i] = planes[parts - 1, i]


@compiled
def backward_rows(
    first: int, stride: int, program: Any, coefs: Any, noise: Any, wanted: Any, states: Any, slopes: Any, step: Any,
    tables: Any,
) -> None:  # fmt: skip
    """Add the slopes of strokes ``first``, ``first + stride``...

    Parameters
    ----------
    program, coefs, noise, states, step, tables
        As forward had and left them.
    wanted : (batch, samples) float32 or float64
        The gradient by the sound.
    slopes : (batch, n) float64
        Zeros; is written: the gradient by the coefficients.
    """
    parts, size = len(program), states.shape[2]
    planes, pulls, traces = np.zeros((parts, CHUNK)), np.zeros((parts, CHUNK)), np.zeros((parts, TRACE, CHUNK))
    scratch, ahead, state = np.zeros((_SCRATCH_ROWS, CHUNK + _AHEAD)), np.zeros((parts, _AHEAD)), np.zeros(size)
    white = np.zeros(noise.shape[1])
    for row in range(first, len(coefs), stride):
        c = coefs[row]
        ahead[:] = 0.0
        _fill_white(noise[row % len(noise)], 0, white)
        end = min(int(c[0]), wanted.shape[1])
        for chunk in range((end + CHUNK - 1) // CHUNK - 1, -1, -1):
            start = chunk * CHUNK
            count = min(CHUNK, end - start)
            state[:] = states[row, chunk]
            _fill_white(noise[row % len(noise)], start, white)
            play_compiled(program, c, state, np.uint64(0), white, start, count, planes, traces, scratch, step, tables)
            state[:] = states[row, chunk]
            pulls[:] = 0.0
            for i in range(count):
                pulls[parts - 1, i] = wanted[row, start + i]
            _pull_back_compiled(
                program, c, state, ahead, np.uint64(0), white, start, count, planes, traces,
                pulls, slopes[row], scratch, step, tables,
            )  # fmt: skip
