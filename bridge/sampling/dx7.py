"""The DX7's voice as one table: its parameters in the order of its voice data, and a voice as names and whole numbers.

A voice is 155 bytes, one a parameter ("VCED", Yamaha DX7 owner's manual, MIDI data format). Operator 6 comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from synth.errors import InputError, nearest, shown

Voice = bytes
"""155 bytes, each a value of `PARAMETERS` in their order."""

OPERATORS = 6
NAME_LENGTH = 10
CURVES = ("-lin", "-exp", "+exp", "+lin")
MODES = ("ratio", "fixed")
WAVES = ("triangle", "saw down", "saw up", "square", "sine", "sample and hold")
SWITCH = ("off", "on")


class Packed(NamedTuple):
    """Where a value lies in the 128 bytes of a voice in a bank ("VMEM").

    Parameters
    ----------
    byte : int
    shift : int
        Bits that lie below it in this byte.
    """

    byte: int
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a voice; its lowest value is 0.

    Parameters
    ----------
    name : str
    number : int
        Of its byte in a voice, and of the message that changes it alone.
    high : int
        Its highest value.
    default : int
        In the voice that the DX7 calls INIT VOICE.
    meaning : str
        One line for a person.
    packed : Packed
    choices : tuple of str
        Names of its values, if they have no order; two for a switch.
    """

    name: str
    number: int
    high: int
    default: int
    meaning: str
    packed: Packed
    choices: tuple[str, ...] = ()

    def held(self, value: float) -> int:
        """Return a value as the DX7 takes it: a whole number within the range."""
        return min(max(round(value), 0), self.high)


class _Row(NamedTuple):
    """A parameter without its place: name, highest value, default, meaning, place when packed, choices."""

    name: str
    high: int
    default: int
    meaning: str
    byte: int
    shift: int = 0
    choices: tuple[str, ...] = ()


_STAGES = ("attack", "first decay", "second decay", "release")

_OPERATOR = (
    *(_Row(f"rate{n}", 99, 99, f"envelope: speed of the {_STAGES[n - 1]}; 99 is fastest", n - 1) for n in range(1, 5)),
    *(_Row(f"level{n}", 99, 99, f"envelope: level that the {_STAGES[n - 1]} ends at", n + 3) for n in range(1, 4)),
    _Row("level4", 99, 0, "envelope: level that the release ends at and the attack begins at", 7),
    _Row("break_point", 99, 39, "keyboard scaling of the output: note at which it turns, A-1 to C8; 39 is C3", 8),
    _Row("left_depth", 99, 0, "keyboard scaling: change of the output below the break point", 9),
    _Row("right_depth", 99, 0, "keyboard scaling: change of the output above the break point", 10),
    _Row("left_curve", 3, 0, "keyboard scaling: curve below the break point", 11, 0, CURVES),
    _Row("right_curve", 3, 0, "keyboard scaling: curve above the break point", 11, 2, CURVES),
    _Row("rate_scaling", 7, 0, "how much faster the envelope runs for higher notes", 12),
    _Row("amp_mod", 3, 0, "how much the LFO moves the output", 13),
    _Row("velocity", 7, 0, "how much the velocity moves the output; 0: not at all", 13, 2),
    _Row("output", 99, 0, "output level: loudness of a carrier, depth of a modulator", 14),
    _Row("mode", 1, 0, "ratio to the note, or a fixed frequency", 15, 0, MODES),
    _Row("coarse", 31, 1, "ratio: 0 is one half; fixed: power of ten of the Hz, counted modulo 4", 15, 1),
    _Row("fine", 99, 0, "ratio: hundredths of it more; fixed: hundredths of a decade more", 16),
    _Row("detune", 14, 7, "detuned; 7 is the centre", 12, 3),
)
"""Of one operator, in the order of a voice; bytes count within the operator's 17."""

_COMMON = (
    *(_Row(f"pitch.rate{n}", 99, 99, f"pitch envelope: speed of stage {n}", 101 + n) for n in range(1, 5)),
    *(
        _Row(f"pitch.level{n}", 99, 50, f"pitch envelope: pitch after stage {n}; 50: none", 105 + n)
        for n in range(1, 4)
    ),
    _Row("pitch.level4", 99, 50, "pitch envelope: pitch after stage 4 and before stage 1; 50: none", 109),
    _Row("algorithm", 31, 0, "which operator modulates which", 110, 0, tuple(map(str, range(1, 33)))),
    _Row("feedback", 7, 0, "how much the algorithm's feedback operator modulates itself", 111),
    _Row("key_sync", 1, 1, "whether a note starts the oscillators anew", 111, 3, SWITCH),
    _Row("lfo.speed", 99, 35, "LFO: speed", 112),
    _Row("lfo.delay", 99, 0, "LFO: time until it acts", 113),
    _Row("lfo.pitch_depth", 99, 0, "LFO: depth on pitch", 114),
    _Row("lfo.amp_depth", 99, 0, "LFO: depth on the outputs", 115),
    _Row("lfo.sync", 1, 1, "LFO: whether a note starts it anew", 116, 0, SWITCH),
    _Row("lfo.wave", 5, 0, "LFO: wave", 116, 1, WAVES),
    _Row("lfo.pitch_sensitivity", 7, 3, "how much the LFO's depth on pitch acts", 116, 4),
    _Row("transpose", 48, 24, "semitones; 24: none", 117),
    *(
        _Row(f"name{n}", 127, code, f"character {n} of the name", 117 + n)
        for n, code in enumerate(b"INIT VOICE", start=1)
    ),
)

_PACKED_OPERATOR = 17


def _table() -> tuple[Parameter, ...]:
    rows = []
    for place in range(OPERATORS):
        operator = OPERATORS - place
        for row in _OPERATOR:
            # INIT VOICE sounds by operator 1 alone.
            default = 99 if (row.name, operator) == ("output", 1) else row.default
            words = f"operator {operator}: {row.meaning}"
            byte = place * _PACKED_OPERATOR + row.byte
            rows.append(row._replace(name=f"op{operator}.{row.name}", default=default, meaning=words, byte=byte))
    return tuple(
        Parameter(row.name, number, row.high, row.default, row.meaning, Packed(row.byte, row.shift), row.choices)
        for number, row in enumerate((*rows, *_COMMON))
    )


PARAMETERS = _table()
"""All 155, in the order of a voice."""

BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}

VOICE_LENGTH = len(PARAMETERS)

INIT_VOICE: Voice = bytes(parameter.default for parameter in PARAMETERS)
"""What the DX7 calls INIT VOICE: a sine."""


def parameter_named(name: str, where: str = "") -> Parameter:
    """Return a parameter; `InputError` says ``where`` it was asked for and which are near.

    >>> parameter_named("op6.rate1").number, parameter_named("algorithm").number
    (0, 134)
    """
    if name not in BY_NAME:
        meant = nearest(name, BY_NAME) or "they are named as op1.output, op6.rate4, algorithm, lfo.speed"
        raise InputError(f"{where}{shown(name)} is no parameter of a DX7; {meant}")
    return BY_NAME[name]


def voice_with(values: Mapping[str, float], voice: Voice = INIT_VOICE, name: str = "") -> Voice:
    """Return a voice with some of its values changed.

    Parameters
    ----------
    values : mapping of str to float
        Parameter to value; rounded, and held within the parameter's range.
    voice : Voice, optional
        The rest.
    name : str, optional
        Ten characters of it are kept; what is not ASCII becomes ``?``.

    >>> values_of(voice_with({"feedback": 6.6, "lfo.speed": 120}))["feedback"]
    7
    """
    changed = bytearray(voice)
    for key, value in values.items():
        parameter = parameter_named(key)
        changed[parameter.number] = parameter.held(value)
    if name:
        changed[-NAME_LENGTH:] = name[:NAME_LENGTH].ljust(NAME_LENGTH).encode("ascii", "replace")
    return bytes(changed)


def values_of(voice: Voice) -> dict[str, int]:
    """Return the values of a voice by name, without those of its name's characters."""
    pairs = zip(PARAMETERS[:-NAME_LENGTH], voice, strict=False)
    return {parameter.name: value for parameter, value in pairs}


def name_of(voice: Voice) -> str:
    """Return a voice's name without the spaces around it; what cannot be printed becomes ``?``.

    >>> name_of(INIT_VOICE)
    'INIT VOICE'
    """
    letters = (chr(code) if 32 <= code < 127 else "?" for code in voice[-NAME_LENGTH:])
    return "".join(letters).strip()


def within_range(voice: Voice) -> Voice:
    """Return a voice whose values all lie in their ranges; the engine and the instrument do not agree on others."""
    return bytes(one.held(value) for value, one in zip(voice, PARAMETERS, strict=True))
