"""The compiled passes behind `differentiable`: strokes forward, and their slopes by all 14 values backward.

Forward leaves on a tape what each sample owes to each part; a slope is then a sum of products over the samples that
sound. Chunks keep the work in the processor's nearest cache. Envelopes are closed forms: a power at the chunk's start
times a table of powers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from synth.dsp.compiled import compiled_freely, compiled_fused
from synth.dsp.formulas import highpass_slopes, saturate, saturation, sine, sine_cosine
from synth.voices.snare808.circuit import VALUES

_CHUNK = 256
_LN_PER_DB = math.log(10.0) / 20.0
# A tape's planes: each shell and the same a quarter turn on, the snappy and its slopes, the slope of the saturation.
_OSC1, _OSC2 = (0, 3), (1, 4)
_NOISE, _BY_CUTOFF, _BY_Q, _SLOPE = 2, 5, 6, 7
PLANES = 8


@compiled_fused
def forward_rows(
    first: int, step: int, voices: Any, noise: Any, rows: Any, sample_rate: float, out: Any, tapes: Any
) -> None:
    """Render rows ``first``, ``first + step``...

    Parameters
    ----------
    first, step : int
    voices : (batch,) of `synth.voices.snare808.circuit.VOICE`
        Prepared from ``rows``.
    noise : (batch or 1, n) floats
        White, -1..1, at least ``samples`` long.
    rows : (batch, 14) float64
        Real units, in the order of `synth.voices.snare808.table.SNARE808`.
    sample_rate : float
        Hz.
    out : (batch, samples) float32 or float64
        Zeros; is written as far as a stroke sounds.
    tapes : (batch, `PLANES`, length), of the type of ``out``
        Is written for `backward_rows`, unless its length is 0. At least as long as the longest stroke within ``out``.
    """
    scratch, tables = np.zeros((5, _CHUNK + 2)), np.empty((4, _CHUNK))
    for row in range(first, len(voices), step):
        voice, white = voices[row], noise[row % len(noise)]
        v = rows[row].view(VALUES)[0]
        slopes = highpass_slopes(v.noise_filter_freq, v.noise_filter_q, sample_rate)
        _fill_tables(voice, tables)
        scratch[:, :2] = 0.0
        end = min(voice.end, out.shape[1])
        for start in range(0, end, _CHUNK):
            count = min(_CHUNK, end - start)
            mix = scratch[0]
            mix[:] = 0.0
            _oscillator(voice, voice.osc1, start, count, tables[0], tables[3], scratch, tapes[row], _OSC1)
            _oscillator(voice, voice.osc2, start, count, tables[1], tables[3], scratch, tapes[row], _OSC2)
            _snappy(voice, voice.noise, start, count, white, slopes, tables[2], scratch, tapes[row])
            _saturate(voice.drive, mix, out[row, start : start + count], tapes[row, _SLOPE, start:])


@compiled_fused
def _fill_tables(voice: Any, tables: Any) -> None:
    """Write the powers 0, 1, 2... of the four decays."""
    decays = (voice.osc1.decay, voice.osc2.decay, voice.noise.decay, voice.osc1.sweep_decay)
    tables[:, 0] = 1.0
    for i in range(1, _CHUNK):
        for k in range(4):
            tables[k, i] = tables[k, i - 1] * decays[k]


@compiled_fused
def _oscillator(
    voice: Any, part: Any, start: int, count: int, decays: Any, sweeps: Any, scratch: Any, tape: Any, planes: Any
) -> None:
    """Add a shell to the mix, and to the tape if there is one."""
    mix, amplitude, turns = scratch[0], scratch[3], scratch[4]
    count = min(count, part.end - start)
    per_attack = 1.0 / voice.attack
    envelope = part.gain * math.exp(math.log(part.decay) * (start + 1 - voice.attack))
    swept = math.exp(math.log(part.sweep_decay) * (start + 1 - voice.attack))
    per_sweep = -1.0 / math.expm1(math.log(part.sweep_decay))
    by_peak = 0.5 * (voice.attack + 1) + part.sweep_decay * per_sweep
    for i in range(count):
        age = start + i
        rising = age < voice.attack
        amplitude[i] = part.gain * per_attack * (age + 1) if rising else envelope * decays[i]
        rise = 0.5 * per_attack * age * (age + 1)
        turns[i] = part.turns * (age + part.depth * (rise if rising else by_peak - per_sweep * swept * sweeps[i]))
    if tape.shape[1] == 0:
        for i in range(count):
            mix[i] += amplitude[i] * sine(turns[i])
        return
    straight, quarter_on = tape[planes[0], start:], tape[planes[1], start:]
    for i in range(count):
        now, turned_on = sine_cosine(turns[i])
        mix[i] += amplitude[i] * now
        straight[i] = amplitude[i] * now
        quarter_on[i] = amplitude[i] * turned_on


@compiled_fused
def _snappy(
    voice: Any, part: Any, start: int, count: int, white: Any, slopes: Any, decays: Any, scratch: Any, tape: Any
) -> None:
    """Add the noise to the mix, and to the tape if there is one; two samples of the filter's past lead its scratch."""
    mix, filtered, twice, moving = scratch[0], scratch[1], scratch[2], scratch[3]
    count = min(count, part.end - start)
    fresh = white[start:]
    x2, x1 = (white[start - 2], white[start - 1]) if start > 1 else (0.0, 0.0)
    for i in range(count):
        moving[i] = part.b0 * (fresh[i] - 2.0 * x1 + x2)
        x2, x1 = x1, fresh[i]
    y2, y1, u2, u1 = filtered[0], filtered[1], twice[0], twice[1]
    for i in range(count):
        # In this order only one multiply-add waits for the sample before.
        y = (moving[i] - part.a2 * y2) - part.a1 * y1
        u = (y - part.a2 * u2) - part.a1 * u1
        filtered[i + 2], twice[i + 2] = y, u
        y2, y1, u2, u1 = y1, y, u1, u
    per_attack = 1.0 / voice.attack
    envelope = part.gain * math.exp(math.log(part.decay) * (start + 1 - voice.attack))
    b0_by_hz, a1_by_hz, a2_by_hz, b0_by_q, a1_by_q, a2_by_q = slopes
    for i in range(count):
        age = start + i
        moving[i] = part.gain * per_attack * (age + 1) if age < voice.attack else envelope * decays[i]
        mix[i] += moving[i] * filtered[i + 2]
    if tape.shape[1] > 0:
        sounding, by_cutoff, by_q = tape[_NOISE, start:], tape[_BY_CUTOFF, start:], tape[_BY_Q, start:]
        for i in range(count):
            now, before, long_before = filtered[i + 2], twice[i + 1], twice[i]
            sounding[i] = moving[i] * now
            by_cutoff[i] = moving[i] * (b0_by_hz / part.b0 * now - a1_by_hz * before - a2_by_hz * long_before)
            by_q[i] = moving[i] * (b0_by_q / part.b0 * now - a1_by_q * before - a2_by_q * long_before)
    filtered[0], filtered[1], twice[0], twice[1] = y2, y1, u2, u1


@compiled_fused
def _saturate(drive: float, mix: Any, sound: Any, slopes: Any) -> None:
    """Bend the mix, and write the bend's slope to the tape if there is one."""
    if len(slopes) == 0:
        for i in range(len(sound)):
            sound[i] = saturate(drive * mix[i])
        return
    for i in range(len(sound)):
        bent, slope = saturation(drive * mix[i])
        sound[i] = bent
        slopes[i] = drive * slope


@compiled_freely
def backward_rows(
    first: int, step: int, voices: Any, rows: Any, sample_rate: float, wanted: Any, tapes: Any, slopes: Any
) -> None:
    """Write the slopes of rows ``first``, ``first + step``...

    Parameters
    ----------
    first, step, voices, rows, sample_rate, tapes
        As forward had and left them.
    wanted : (batch, samples) float32 or float64
        The gradient by the sound.
    slopes : (batch, 14) float64
        Is written: the gradient by the values, per real unit.
    """
    pull, table = np.empty(_CHUNK), np.empty((4, _CHUNK))
    sums = np.empty((3, 5))
    for row in range(first, len(voices), step):
        voice = voices[row]
        _fill_tables(voice, table)
        sums[:] = 0.0
        end = min(voice.end, wanted.shape[1])
        for start in range(0, end, _CHUNK):
            count = min(_CHUNK, end - start)
            slope, wish = tapes[row, _SLOPE, start : start + count], wanted[row, start : start + count]
            for i in range(count):
                pull[i] = 1.0 * slope[i] * wish[i]
            _sum_oscillator(voice, voice.osc1, start, count, pull, table[3], tapes[row], _OSC1, sums[0])
            _sum_oscillator(voice, voice.osc2, start, count, pull, table[3], tapes[row], _OSC2, sums[1])
            _sum_snappy(voice, voice.noise, start, count, pull, tapes[row], sums[2])
        _write_slopes(voice, rows[row].view(VALUES)[0], sample_rate, sums, slopes[row].view(VALUES)[0])


@compiled_freely
def _sum_oscillator(
    voice: Any, part: Any, start: int, count: int, pull: Any, sweeps: Any, tape: Any, planes: Any, sums: Any
) -> None:
    """Add up the pull on gain, decay, pitch, sweep depth and sweep decay."""
    count = min(count, part.end - start)
    r, per_decay, per_attack = part.sweep_decay, 1.0 / part.sweep_decay, 1.0 / voice.attack
    swept = math.exp(math.log(r) * (start + 1 - voice.attack))
    per_sweep = -1.0 / math.expm1(math.log(r))
    by_peak = 0.5 * (voice.attack + 1) + r * per_sweep
    gain, decay, pitch, depth, sweep = 0.0, 0.0, 0.0, 0.0, 0.0
    straight, quarter_on = tape[planes[0], start:], tape[planes[1], start:]
    for i in range(count):
        age = start + i
        rising = age < voice.attack
        falling = max(age + 1 - voice.attack, 0)
        on_part = pull[i] * straight[i]
        on_phase = pull[i] * quarter_on[i]
        power = swept * sweeps[i]
        rise = 0.5 * per_attack * age * (age + 1)
        gain += on_part
        decay += on_part * falling
        pitch += on_phase * age
        depth += on_phase * (rise if rising else by_peak - per_sweep * power)
        slope = (1.0 - falling * power * per_decay + (falling - 1) * power) * per_sweep * per_sweep
        sweep += on_phase * (0.0 if rising else slope)
    sums[0] += gain
    sums[1] += decay
    sums[2] += pitch
    sums[3] += depth
    sums[4] += sweep


@compiled_freely
def _sum_snappy(voice: Any, part: Any, start: int, count: int, pull: Any, tape: Any, sums: Any) -> None:
    """Add up the pull on gain, decay, cutoff and q."""
    count = min(count, part.end - start)
    gain, decay, cutoff, q = 0.0, 0.0, 0.0, 0.0
    sounding, by_cutoff, by_q = tape[_NOISE, start:], tape[_BY_CUTOFF, start:], tape[_BY_Q, start:]
    for i in range(count):
        on_part = pull[i] * sounding[i]
        gain += on_part
        decay += on_part * max(start + i + 1 - voice.attack, 0)
        cutoff += pull[i] * by_cutoff[i]
        q += pull[i] * by_q[i]
    sums[0] += gain
    sums[1] += decay
    sums[2] += cutoff
    sums[3] += q


@compiled_freely
def _write_slopes(voice: Any, v: Any, sample_rate: float, sums: Any, slopes: Any) -> None:
    """Turn the sums of the three parts into slopes by the values."""
    osc1, osc2, snappy = sums
    slopes.osc1_gain = osc1[0] * _LN_PER_DB
    slopes.osc2_gain = osc2[0] * _LN_PER_DB
    slopes.noise_gain = snappy[0] * _LN_PER_DB
    slopes.drive = slopes.osc1_gain + slopes.osc2_gain + slopes.noise_gain
    slopes.osc1_env_decay = -osc1[1] * math.log(voice.osc1.decay) / v.osc1_env_decay
    slopes.osc2_env_decay = -osc2[1] * math.log(voice.osc2.decay) / v.osc2_env_decay
    slopes.noise_env_decay = -snappy[1] * math.log(voice.noise.decay) / v.noise_env_decay
    slopes.osc1_freq = 2.0 * math.pi / sample_rate * (osc1[2] + v.osc1_mod * osc1[3])
    slopes.osc2_freq = 2.0 * math.pi / sample_rate * (osc2[2] + v.osc2_mod * osc2[3])
    slopes.osc1_mod = 2.0 * math.pi * voice.osc1.turns * osc1[3]
    slopes.osc2_mod = 2.0 * math.pi * voice.osc2.turns * osc2[3]
    r = voice.osc1.sweep_decay
    swept = voice.osc1.turns * v.osc1_mod * osc1[4] + voice.osc2.turns * v.osc2_mod * osc2[4]
    slopes.freq_env_decay = -2.0 * math.pi * swept * r * math.log(r) / v.freq_env_decay
    slopes.noise_filter_freq, slopes.noise_filter_q = snappy[2], snappy[3]
