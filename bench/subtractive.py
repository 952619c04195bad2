"""A plain subtractive synth for the ranking test: a saw, a resonant low-pass, two envelopes, one LFO, a small room.

It has the thirteen attributes of the published test. Values of 0..1 follow `SPACE`; the LFO starts with the note.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from bridge.learning.ranking import STEPS, Audio, Ranked
from synth.dsp.compiled import compiled
from synth.spec import Param, ParamSpace

RATE_HZ, SECONDS, HELD_S = 22_050, 4.0, 2.0
"""Length of a sound and of its note, as published."""
RELEASE_S = 0.2
ROOM_S = 1.2
LOUDEST = 0.3

SPACE = ParamSpace(
    "subtractive",
    (
        Param("amp_attack", 1, 1500, "ms", "log", 5),
        Param("amp_decay", 30, 3000, "ms", "log", 300),
        Param("amp_sustain", 0, 1, "ratio", "linear", 0.7),
        Param("cutoff", 100, 8000, "Hz", "log", 1000),
        Param("filter_decay", 30, 3000, "ms", "log", 300),
        Param("filter_amount", 0, 5, "octaves", "linear", 1),
        Param("resonance", 0.5, 12, "Q", "log", 1),
        Param("lfo_amount_amp", 0, 1, "ratio", "linear", 0),
        Param("lfo_amount_filter", 0, 2, "octaves", "linear", 0),
        Param("lfo_amount_pitch", 0, 7, "semitones", "linear", 0),
        Param("lfo_rate", 0.3, 20, "Hz", "log", 4),
        Param("coarse_pitch", -24, 24, "semitones", "linear", 0, steps=49),
        Param("reverb_wet", 0, 1, "ratio", "linear", 0),
    ),
)

BASE: dict[str, tuple[float, float]] = {
    "amp_attack": (0.0, 0.2),
    "amp_decay": (0.2, 0.8),
    "amp_sustain": (0.4, 0.9),
    "cutoff": (0.3, 0.7),
    "filter_decay": (0.2, 0.8),
    "filter_amount": (0.0, 0.6),
    "resonance": (0.0, 0.6),
    "lfo_rate": (0.2, 0.7),
    "coarse_pitch": (0.3, 0.7),
    "reverb_wet": (0.0, 0.3),
}
"""Between which values of 0..1 a preset is drawn; the other parameters are 0."""

_HEARD = (0.3, 0.9)
ATTRIBUTES: dict[str, tuple[str, dict[str, tuple[float, float]]]] = {
    "amp_attack": ("amp_attack", {}),
    "amp_decay": ("amp_decay", {"amp_sustain": (0.0, 0.3)}),
    "cutoff": ("cutoff", {}),
    "filter_decay": ("filter_decay", {"filter_amount": (0.4, 0.9), "cutoff": (0.1, 0.4)}),
    "resonance": ("resonance", {}),
    "lfo_amount_amp": ("lfo_amount_amp", {}),
    "lfo_amount_filter": ("lfo_amount_filter", {}),
    "lfo_amount_pitch": ("lfo_amount_pitch", {}),
    "lfo_rate_amp": ("lfo_rate", {"lfo_amount_amp": _HEARD}),
    "lfo_rate_filter": ("lfo_rate", {"lfo_amount_filter": _HEARD}),
    "lfo_rate_pitch": ("lfo_rate", {"lfo_amount_pitch": _HEARD}),
    "coarse_pitch": ("coarse_pitch", {}),
    "reverb_wet": ("reverb_wet", {}),
}
"""Of each attribute the parameter that is turned, and what a preset has otherwise than `BASE`, so that it is heard."""


def subtractive(seed: int) -> Ranked:
    """Return the synth for the test, its presets drawn with a seed."""

    def render(attribute: str, preset: int) -> Audio:
        turned, instead = ATTRIBUTES[attribute]
        rng = np.random.default_rng((seed, list(ATTRIBUTES).index(attribute), preset))
        drawn = {name: rng.uniform(*ends) for name, ends in (BASE | instead).items()}
        unit = np.tile([drawn.get(name, 0.0) for name in SPACE.names], (STEPS, 1))
        unit[:, SPACE.index(turned)] = np.linspace(0.0, 1.0, STEPS)
        return np.stack([rendered(row) for row in np.asarray(SPACE.from_unit(SPACE.realised(unit)))])

    return Ranked("subtractive", RATE_HZ, tuple(ATTRIBUTES), render)


def rendered(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the sound of (13,) values in real units."""
    dry = np.zeros(round(SECONDS * RATE_HZ))
    _voice(dry, values, float(RATE_HZ), HELD_S, RELEASE_S)
    wet = fftconvolve(dry, _room())[: len(dry)]
    share = values[-1]
    return np.asarray(LOUDEST * ((1.0 - 0.5 * share) * dry + share * wet), np.float32)


def _room() -> NDArray[np.float64]:
    """Return the room: noise that fades by 60 dB in `ROOM_S`, with the energy of a pulse."""
    samples = round(ROOM_S * RATE_HZ)
    tail = np.random.default_rng(0).standard_normal(samples) * 10.0 ** (-3.0 * np.arange(samples) / samples)
    return tail / math.sqrt(float(tail @ tail))


@compiled
def _voice(out, values, rate_hz, held_s, release_s):  # type: ignore[no-untyped-def]
    attack_ms, decay_ms, sustain, cutoff_hz, filter_ms, filter_octaves, q = values[:7]
    lfo_amp, lfo_octaves, lfo_semitones, lfo_hz, coarse = values[7:12]
    phase, low, band, envelope_at_release = 0.0, 0.0, 0.0, 0.0
    for i in range(len(out)):
        now = i / rate_hz
        lfo = math.sin(2.0 * math.pi * lfo_hz * now)
        step = 261.626 * 2.0 ** ((coarse + lfo_semitones * lfo) / 12.0) / rate_hz
        phase = (phase + step) % 1.0
        saw = 2.0 * phase - 1.0
        if phase < step:  # both sides of the jump are rounded over a sample (PolyBLEP), so that little folds back
            part = phase / step
            saw -= part + part - part * part - 1.0
        elif phase > 1.0 - step:
            part = (phase - 1.0) / step
            saw -= part * part + part + part + 1.0
        if now < held_s:
            rise = min(1.0, 1000.0 * now / attack_ms)
            fall = math.exp(-6.9 * max(0.0, 1000.0 * now - attack_ms) / decay_ms)
            envelope = rise * (sustain + (1.0 - sustain) * fall)
            envelope_at_release = envelope
        else:
            envelope = envelope_at_release * math.exp(-6.9 * (now - held_s) / release_s)
        octaves = filter_octaves * math.exp(-6.9 * 1000.0 * now / filter_ms) + lfo_octaves * lfo
        # A state-variable filter in the trapezoidal form (Zavalishin, The Art of VA Filter Design).
        g = math.tan(math.pi * min(cutoff_hz * 2.0**octaves, 0.45 * rate_hz) / rate_hz)
        high = (saw - (1.0 / q + g) * band - low) / (1.0 + g / q + g * g)
        band_now = g * high + band
        low_now = g * band_now + low
        band = g * high + band_now
        low = g * band_now + low_now
        out[i] = low_now * envelope * (1.0 - lfo_amp * 0.5 * (1.0 - lfo))
