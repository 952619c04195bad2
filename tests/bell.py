"""A voice of two parameters that only tests know: a sine that dies away. This is all that a voice has to say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from synth.dsp.compiled import compiled
from synth.dsp.formulas import decay_per_sample, sine
from synth.spec import Param, ParamSpace
from synth.voices.polyphony import STROKE, Polyphony
from synth.voices.registry import VoiceKind
from synth.voices.voice import LearnableVoice

SPACE = ParamSpace(
    "bell",
    (
        Param("pitch", 100, 4000, "Hz", "log", 500, "of the bell", "pitch"),
        Param("decay", 20, 1000, "ms", "log", 200, "its ring, to -60 dB", "decay"),
    ),
)
RECORD = np.dtype([*STROKE, ("turns", np.float64), ("decay", np.float64)])


@compiled
def prepare(values: Any, sample_rate: float, stroke: Any) -> None:
    stroke.turns = values[0] / sample_rate
    stroke.decay = decay_per_sample(values[1], sample_rate)
    stroke.end = math.ceil(2.5 * values[1] * 0.001 * sample_rate)


@compiled
def add(stroke: Any, mix: Any, scratch: Any) -> None:
    for i in range(len(mix)):
        age = stroke.age + i
        mix[i] = stroke.decay**age * sine(stroke.turns * age)
    stroke.loudness = stroke.decay ** (stroke.age + len(mix))


class Bell(Polyphony, space=SPACE, record=RECORD, prepare=prepare, add=add):
    """Plays strokes of the bell."""


def bell(values: Tensor, noise: Tensor, sample_rate: float, samples: int) -> Tensor:
    """Return (batch, samples) of the bell."""
    age = torch.arange(samples, dtype=values.dtype)
    pitch, decay_ms = values[:, :1], values[:, 1:]
    return 0.001 ** (age / (decay_ms * 0.001 * sample_rate)) * torch.sin(2 * math.pi * pitch / sample_rate * age)


LEARNABLE = LearnableVoice(bell)

KIND = VoiceKind(SPACE, plays="tests.bell:Bell", learns="tests.bell:LEARNABLE")

PRESET = 'voice = "bell"\npitch = { value = 800, depth = 0.5 }\n'

RIG = """
[[target]]
name = "built-in"
type = "voice"
voice = "bell"

[[target]]
name = "osc"
type = "osc"
port = 9000

[[target]]
name = "midi"
type = "midi"
budget = "din"

[[drum]]
model = "bell.safetensors"
follow_decay = 1.0

[[drum.play]]
target = "built-in"

[[drum.play]]
target = "osc"
send = ["pitch", "decay"]

[[drum.play]]
target = "midi"
note = 38
cc = [{ number = 20, from = "unit.pitch" }]
"""
