"""Presets of the tonal voices: as loud as each other, and without a click at either end."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from synth.voices.circuit import Circuit
from synth.voices.polyphony import alone
from synth.voices.presets import load_preset, preset_names
from synth.voices.registry import voice_kind
from tests.synth.voices.sounding import RATE

VOICES = ("modal", "fm", "wavetable", "shaper")


def circuit_of(voice: str) -> Circuit:
    circuit: Circuit = import_module(f"synth.voices.{voice}.circuit").CIRCUIT
    return circuit


PATCHES = [(voice, name) for voice in VOICES for name in ("", *preset_names(voice_kind(voice).space))]


@pytest.mark.parametrize(("voice", "name"), PATCHES)
def test_a_stroke_peaks_below_full_scale_and_begins_and_ends_in_silence(voice: str, name: str) -> None:
    circuit = circuit_of(voice)
    sound = alone(circuit, load_preset(name, circuit.space).values if name else circuit.space.defaults, RATE)
    peak_db = 20 * np.log10(np.abs(sound).max())
    assert -6.0 <= peak_db <= -1.0
    assert abs(sound[0]) < 0.01
    assert np.abs(sound[-48:]).max() < 2e-4
    assert abs(sound.mean()) < 2e-3


@pytest.mark.parametrize("voice", VOICES)
def test_presets_keep_their_note_and_ratios(voice: str) -> None:
    space = voice_kind(voice).space
    for name in preset_names(space):
        patch = load_preset(name, space)
        assert 12 * np.log2(5000 / 20) * patch.depths[space.index("freq")] == pytest.approx(2.0, abs=0.1)
        ratios = [i for i, param in enumerate(space.names) if param.endswith(".ratio")]
        assert not patch.depths[ratios].any()
