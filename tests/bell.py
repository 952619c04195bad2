"""A voice of two parameters that only tests know: a sine that dies away. This is all that a voice has to say."""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import last_until, set_sine
from synth.parts.wiring import SINE, Part, Wiring
from synth.spec import Param, ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.registry import circuit_kind

SPACE = ParamSpace(
    "bell",
    (
        Param("pitch", 100, 4000, "Hz", "log", 500, "of the bell", "pitch"),
        Param("decay", 20, 1000, "ms", "log", 200, "its ring, to -60 dB", "decay"),
    ),
)
WIRING = Wiring((Part("tone", SINE),))


def solve(v: Any, rate: float, c: Any) -> None:
    set_sine(c.tone, 1.0, v.pitch, v.decay, 1.0, rate)
    last_until(c.stroke, c.tone, 1.0, v.decay, 1.0, rate)
    c.stroke.level = 1.0


CIRCUIT = Circuit(SPACE, WIRING, solve)

KIND = circuit_kind(SPACE, "tests.bell:CIRCUIT")

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
