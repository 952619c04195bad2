"""The snare of the 808 as a streaming voice: one stroke; `synth.voices.polyphony` makes many of it.

Each stroke has its own sine phases, filter state and noise, all of them at rest when it starts.
"""

from __future__ import annotations

import math
from typing import Any

from synth.dsp.compiled import compiled
from synth.dsp.formulas import saturate, sine
from synth.dsp.noise import noise_at
from synth.voices.polyphony import Polyphony
from synth.voices.snare808.circuit import VOICE, prepare
from synth.voices.snare808.table import SNARE808


@compiled
def add(stroke: Any, mix: Any, scratch: Any) -> None:
    """Add the next samples of one stroke to ``mix``, which is 0: `synth.voices.polyphony.add`."""
    _add_oscillator(stroke, stroke.osc1, mix, scratch)
    _add_oscillator(stroke, stroke.osc2, mix, scratch)
    _add_noise(stroke, stroke.noise, mix, scratch[0])
    for i in range(len(mix)):
        mix[i] = saturate(stroke.drive * mix[i])
    # A stroke that has just begun counts as whole: its envelopes have yet to rise.
    if stroke.age + len(mix) >= stroke.attack:
        tonal = stroke.osc1.gain * stroke.osc1.envelope + stroke.osc2.gain * stroke.osc2.envelope
        stroke.loudness = min(stroke.drive * (tonal + stroke.noise.gain * stroke.noise.envelope), 1.0)


@compiled
def _add_oscillator(stroke: Any, oscillator: Any, mix: Any, scratch: Any) -> None:
    """Add a shell: a sine whose phase, the sum of its swept frequency, follows from the sweep's envelope alone."""
    amplitude, sweep = scratch[0], scratch[1]
    samples = min(len(mix), oscillator.end - stroke.age)
    envelope, swept = oscillator.envelope, oscillator.sweep
    for i in range(samples):
        age = stroke.age + i
        rising = age < stroke.attack
        envelope = (age + 1) / stroke.attack if rising else envelope * oscillator.decay
        swept = (age + 1) / stroke.attack if rising else swept * oscillator.sweep_decay
        amplitude[i] = envelope
        sweep[i] = swept
    oscillator.envelope, oscillator.sweep = envelope, swept
    per_sweep = -1.0 / math.expm1(math.log(oscillator.sweep_decay))
    swept_by_peak = 0.5 * (stroke.attack + 1) + oscillator.sweep_decay * per_sweep
    for i in range(samples):
        age = stroke.age + i
        rise = age * (age + 1) / (2.0 * stroke.attack)
        swept_samples = rise if age < stroke.attack else swept_by_peak - per_sweep * sweep[i]
        mix[i] += oscillator.gain * amplitude[i] * sine(oscillator.turns * (age + oscillator.depth * swept_samples))


@compiled
def _add_noise(stroke: Any, part: Any, mix: Any, white: Any) -> None:
    """Add the snappy: white noise, high-pass, envelope, gain."""
    samples = min(len(mix), part.end - stroke.age)
    for i in range(samples):
        white[i] = noise_at(stroke.key, stroke.age + i)
    envelope, state1, state2 = part.envelope, part.state1, part.state2
    for i in range(samples):
        age = stroke.age + i
        envelope = (age + 1) / stroke.attack if age < stroke.attack else envelope * part.decay
        y = part.b0 * white[i] + state1
        state1 = state2 - 2.0 * part.b0 * white[i] - part.a1 * y
        state2 = part.b0 * white[i] - part.a2 * y
        mix[i] += part.gain * envelope * y
    part.envelope, part.state1, part.state2 = envelope, state1, state2


class Snare808Voice(Polyphony, space=SNARE808, record=VOICE, prepare=prepare, add=add):
    """Plays strokes of the 808 snare."""
