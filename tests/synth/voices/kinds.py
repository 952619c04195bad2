"""Every voice that there is, and the bell: what the rules of voices run over, and the strokes that they take."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from synth.dsp.noise import white_noise
from synth.voices.circuit import Circuit
from synth.voices.polyphony import FADE_S
from synth.voices.presets import load_preset, preset_names
from synth.voices.registry import VoiceKind, voice_kinds
from synth.voices.voice import Voice
from tests import bell

Array = NDArray[np.float64]

KINDS = pytest.mark.parametrize("kind", [*voice_kinds(), bell.KIND], ids=lambda kind: kind.name)
RATES = pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])


def circuit_of(kind: VoiceKind) -> Circuit:
    """Return what a voice is wired as."""
    module, name = kind.plays.removesuffix(".voice").split(":")
    found = getattr(import_module(module), name)
    assert isinstance(found, Circuit)
    return found


def presets(kind: VoiceKind) -> Array:
    """Return the defaults and every preset of a voice."""
    named = (load_preset(name, kind.space).values for name in preset_names(kind.space))
    return np.array([kind.space.defaults, *named])


def random(kind: VoiceKind, count: int, seed: int) -> Array:
    """Return strokes from anywhere in the table."""
    return np.asarray(kind.space.from_unit(np.random.default_rng(seed).random((count, len(kind.space)))))


def corners(kind: VoiceKind, count: int, seed: int) -> Array:
    """Return strokes of which every value is at an end of its range."""
    ends = np.random.default_rng(seed).integers(0, 2, (count, len(kind.space)))
    return np.asarray(kind.space.from_unit(ends.astype(np.float64)))


def noise(seed: int, stroke: int, samples: int) -> Tensor:
    """Return the noise of a stroke, as learning takes it."""
    return torch.from_numpy(white_noise(seed, stroke, max(samples, 100)))[None]


def learned(kind: VoiceKind, values: Array, sample_rate: int, samples: int, seed: int = 0, stroke: int = 0) -> Array:
    """Return a stroke for each row of values as learning renders it, all with the noise of one stroke."""
    render = kind.learnable().render
    return np.asarray(render(torch.from_numpy(values), noise(seed, stroke, samples), sample_rate, samples).numpy())


def played(voice: Voice, values: Array, samples: int) -> Array:
    """Return the first stroke of a voice."""
    voice.reset()
    voice.trigger(values)
    voice.render(out := np.zeros(samples))
    return out


def faded(sound: Array, at: int, sample_rate: int) -> Array:
    """Return a sound that fades from a sample on, as every voice lets what is stolen or choked fade."""
    left = np.clip(1.0 - (np.arange(len(sound)) - at) / round(FADE_S * sample_rate), 0.0, 1.0)
    return np.asarray(sound * left**3 * (10.0 - left * (15.0 - 6.0 * left)))
