"""Compile a SuperCollider SynthDef without its language: a graph of unit generators as version 2 of the file format.

`scsynth` loads the bytes from a file or over OSC (``/d_recv``). ``python -m synth.voices.snare808.synthdef`` writes the
snare that ships in ``config/patches``; `snare` is its graph, the signal flow of `synth.voices.snare808.table` in unit
generators.

The format, big-endian: ``SCgf``, version, number of definitions; each: name, constants, parameter defaults, parameter
names with positions, unit generators (class, rate, special index, inputs as (generator, output) or (-1, constant),
output rates), variants.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from synth.files import config_dir
from synth.voices.snare808.table import SNARE808

SCALAR, CONTROL, AUDIO = 0, 1, 2
ADD, MULTIPLY, DIVIDE, MAXIMUM = 0, 2, 4, 13
DB_TO_GAIN, TANH = 21, 36
FREE_WHEN_DONE = 2

NAME = "ghostnote-snare"
FILE = f"{NAME}.scsyndef"


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a unit generator, or a parameter: what may be an input."""

    unit: int
    index: int
    rate: int


Input = Output | float


@dataclass(slots=True)
class Graph:
    """A SynthDef under construction: units in the order in which they run.

    Parameters
    ----------
    name : str
        What ``/s_new`` asks for.
    parameters : dict of str to float
        Controls with their defaults, in order.
    """

    name: str
    parameters: dict[str, float]
    _units: list[bytes] = field(default_factory=list)
    _constants: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unit("Control", CONTROL, outputs=len(self.parameters))

    def parameter(self, name: str) -> Output:
        """Return a control."""
        return Output(0, list(self.parameters).index(name), CONTROL)

    def unit(self, name: str, rate: int, *inputs: Input, outputs: int = 1, special: int = 0) -> Output:
        """Add a unit generator; return its first output."""
        head = _text(name) + struct.pack(">biih", rate, len(inputs), outputs, special)
        self._units.append(head + b"".join(map(self._input, inputs)) + bytes([rate]) * outputs)
        return Output(len(self._units) - 1, 0, rate)

    def binary(self, operation: int, first: Input, second: Input) -> Output:
        """Add a sum, product, quotient or maximum, at the faster of both rates."""
        rate = max(one.rate if isinstance(one, Output) else SCALAR for one in (first, second))
        return self.unit("BinaryOpUGen", rate, first, second, special=operation)

    def unary(self, operation: int, only: Output) -> Output:
        """Add a function of one input, at its rate."""
        return self.unit("UnaryOpUGen", only.rate, only, special=operation)

    def compiled(self) -> bytes:
        """Return the bytes of a file with this one definition."""
        constants, defaults = self._constants, list(self.parameters.values())
        names = b"".join(_text(name) + struct.pack(">i", index) for index, name in enumerate(self.parameters))
        return b"".join(
            [
                struct.pack(">4sih", b"SCgf", 2, 1),
                _text(self.name),
                struct.pack(f">i{len(constants)}f", len(constants), *constants),
                struct.pack(f">i{len(defaults)}f", len(defaults), *defaults),
                struct.pack(">i", len(defaults)) + names,
                struct.pack(">i", len(self._units)) + b"".join(self._units),
                struct.pack(">h", 0),
            ]
        )

    def _input(self, one: Input) -> bytes:
        if isinstance(one, Output):
            return struct.pack(">ii", one.unit, one.index)
        if one not in self._constants:
            self._constants.append(one)
        return struct.pack(">ii", -1, self._constants.index(one))


def _text(text: str) -> bytes:
    encoded = text.encode("ascii")
    return bytes([len(encoded)]) + encoded


def control_name(parameter: str) -> str:
    """Return a parameter's name as SuperCollider's language can spell it: ``osc1.freq`` is ``osc1_freq``."""
    return parameter.replace(".", "_")


def snare() -> Graph:
    """Return the 808's snare as a graph; its controls are our parameters in real units, ``level_db``, ``amp``, ``out``.

    ``level_db`` takes a stroke's ``gain_db``, after the saturation as in the built-in voice: what follows the drum's
    loudness is the level, not the bite.
    """
    controls = {control_name(param.name): param.default for param in SNARE808}
    graph = Graph(NAME, controls | {"level_db": 0.0, "amp": 1.0, "out": 0.0})
    take = graph.parameter
    sweep = _decay(graph, take("freq_env_decay"))
    parts = [_shell(graph, number, sweep) for number in (1, 2)] + [_snappy(graph)]
    total = graph.binary(ADD, graph.binary(ADD, parts[0], parts[1]), parts[2])
    driven = graph.binary(MULTIPLY, total, graph.unary(DB_TO_GAIN, take("drive")))
    level = graph.binary(MULTIPLY, graph.unary(DB_TO_GAIN, take("level_db")), take("amp"))
    sound = graph.binary(MULTIPLY, graph.unary(TANH, driven), level)
    _free_when_silent(graph)
    graph.unit("Out", AUDIO, take("out"), sound, sound, outputs=0)
    return graph


def _decay(graph: Graph, milliseconds: Output) -> Output:
    """Add an envelope that falls from 1 to -60 dB."""
    return graph.unit("XLine", AUDIO, 1.0, 0.001, graph.binary(MULTIPLY, milliseconds, 0.001), 0.0)


def _shell(graph: Graph, number: int, sweep: Output) -> Output:
    take = graph.parameter
    bend = graph.binary(ADD, graph.binary(MULTIPLY, sweep, take(f"osc{number}_mod")), 1.0)
    wave = graph.unit("SinOsc", AUDIO, graph.binary(MULTIPLY, bend, take(f"osc{number}_freq")), 0.0)
    ringing = graph.binary(MULTIPLY, wave, _decay(graph, take(f"osc{number}_env_decay")))
    return graph.binary(MULTIPLY, ringing, graph.unary(DB_TO_GAIN, take(f"osc{number}_gain")))


def _snappy(graph: Graph) -> Output:
    take = graph.parameter
    damping = graph.binary(DIVIDE, 1.0, take("noise_filter_q"))
    noise = graph.unit("BHiPass", AUDIO, graph.unit("WhiteNoise", AUDIO), take("noise_filter_freq"), damping)
    falling = graph.binary(MULTIPLY, noise, _decay(graph, take("noise_env_decay")))
    return graph.binary(MULTIPLY, falling, graph.unary(DB_TO_GAIN, take("noise_gain")))


def _free_when_silent(graph: Graph) -> None:
    """End the synth when its longest part has fallen by 80 dB."""
    take = graph.parameter
    longest = graph.binary(MAXIMUM, take("osc1_env_decay"), take("osc2_env_decay"))
    longest = graph.binary(MAXIMUM, longest, take("noise_env_decay"))
    seconds = graph.binary(MULTIPLY, longest, 0.001 * 80 / 60)
    graph.unit("Line", CONTROL, 0.0, 0.0, seconds, float(FREE_WHEN_DONE))


def shipped_file() -> Path:
    """Return where the compiled snare ships."""
    return config_dir() / "patches" / FILE


if __name__ == "__main__":
    shipped_file().write_bytes(snare().compiled())
