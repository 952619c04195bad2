"""The profiles of a DX7 that ship, written from the table of its parameters.

``dx7`` has the 100 parameters of the published proxies (Combes, Weinzierl, Obermayer, JAES 73(9), 2025) and their rules
of sampling. ``dx7-drum`` is a percussive voice with twelve controls that a drummer hears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bridge.sampling.dx7 import BY_NAME, NAME_LENGTH, PARAMETERS, Parameter
from synth.errors import entry_named

SHORTEST_RELEASE = 45
"""Lowest rate of a release in ``dx7``: 0.45 of the range. Slower ones outlast a take."""

_SMALLEST = 0.05
COARSE_WEIGHTS = (2.0, 4.0, 1.0, *(round(0.5 * 0.1 ** (n / 28), 3) for n in range(29)))
"""How often a coarse ratio is sampled: ratios of 1/2, 1 and 2 most, then by ratios from 0.5 down to 0.05."""

_CURVES = ("break_point", "left_depth", "right_depth", "left_curve", "right_curve")
_UNUSED = (*_CURVES, "rate_scaling", "velocity")
"""Of an operator; with one note and one velocity nobody hears them."""


class Moved(NamedTuple):
    """How a control of a profile is sampled.

    Parameters
    ----------
    learn : tuple of int, optional
        Part of the range; None: all of it.
    weights : tuple of float
        How often each value is sampled; empty: evenly.
    """

    learn: tuple[int, int] | None = None
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """A profile.

    Parameters
    ----------
    title : str
        What the synth is called.
    about : str
        What a person should know.
    source : str
        Where the selection and its ranges come from.
    sampling : mapping of str to str
        The table ``[sampling]``, its values as TOML.
    moved : mapping of str to Moved
        The controls that are sampled.
    rest : mapping of str to int
        Defaults that differ from INIT VOICE, moved or not.
    """

    title: str
    about: str
    source: str
    sampling: Mapping[str, str]
    moved: Mapping[str, Moved]
    rest: Mapping[str, int] = field(default_factory=dict)


def _published() -> dict[str, Moved]:
    names = [one.name for one in PARAMETERS[:-NAME_LENGTH]]
    left_out = {"key_sync", "lfo.sync", "transpose"}
    return {name: _published_rule(name) for name in names if name not in left_out and name[4:] not in _UNUSED}


def _published_rule(name: str) -> Moved:
    tail = name.partition(".")[2] if name.startswith("op") else name
    rules = {
        "rate4": Moved((SHORTEST_RELEASE, 99)),
        "mode": Moved(weights=(3.0, 1.0)),
        "coarse": Moved(weights=COARSE_WEIGHTS),
        "lfo.pitch_sensitivity": Moved(weights=(21.0, *[1.0] * 7)),
        # Sample and hold is left out: a Dexed that is not this package begins it anywhere.
        "lfo.wave": Moved(weights=(*[1.0] * 5, 0.0)),
    }
    return rules.get(tail, Moved())


_DRUM_MOVED = {
    "op1.rate2": Moved((35, 75)),
    "op2.output": Moved((50, 95)),
    "op2.coarse": Moved((0, 12)),
    "op2.rate2": Moved((35, 80)),
    "op3.output": Moved((60, 99)),
    "op3.rate2": Moved((40, 85)),
    "op4.output": Moved((50, 95)),
    "feedback": Moved(),
    "pitch.level1": Moved((50, 85)),
    "pitch.rate2": Moved((40, 90)),
    "op5.output": Moved((50, 99)),
    "op5.rate2": Moved((40, 90)),
}

# Rates, levels, outputs, coarse ratios and velocity sensitivities of operators 1 to 6.
_DRUM_DECAYS = (55, 60, 62, 65, 70, 78)
_DRUM_OUTPUTS = (97, 80, 88, 80, 80, 85)
_DRUM_COARSE = (1, 2, 3, 5, 1, 7)

# Carriers, the odd ones, give 35 dB at the highest sensitivity: a drum has 39 dB from ghost notes to accents, and with
# a sensitivity of 3 a mapping had to make strokes soft by settings that change their sound too.
_DRUM_VELOCITIES = (7, 4, 7, 4, 7, 4)


def _drum_voice() -> dict[str, int]:
    """Return a struck membrane with a click: algorithm 5, three pairs of a modulator and a carrier that all decay."""
    values = {
        "algorithm": 4,
        "feedback": 4,
        "pitch.level1": 62,
        "pitch.rate2": 65,
        "pitch.rate3": 60,
        "pitch.rate4": 60,
    }
    columns = zip(_DRUM_DECAYS, _DRUM_OUTPUTS, _DRUM_COARSE, _DRUM_VELOCITIES, strict=True)
    for operator, (decay, output, coarse, velocity) in enumerate(columns, start=1):
        rows = {"rate1": 99, "rate2": decay, "rate3": 60, "rate4": 60, "level1": 99, "level2": 0, "level3": 0}
        rows |= {"output": output, "coarse": coarse, "velocity": velocity}
        values |= {f"op{operator}.{name}": value for name, value in rows.items()}
    return values


_ENGINE = {"engine": '"dexed"'}
_ABOUT = "values are those that the DX7 shows as whole numbers from 0; what is not here is as in its INIT VOICE"

SELECTIONS: dict[str, Selection] = {
    "dx7": Selection(
        "Yamaha DX7",
        _ABOUT,
        "proxies",
        {**_ENGINE, "notes": "[60, 60]", "velocities": "[100, 100]", "note_ms": "500.0", "tail_ms": "500.0"},
        _published(),
        {"lfo.pitch_sensitivity": 0},
    ),
    "dx7-drum": Selection(
        "Yamaha DX7, a drum",
        f"a percussive voice on algorithm 5, whose loudness and brightness follow the velocity; {_ABOUT}",
        "tried",
        {**_ENGINE, "notes": "[36, 60]", "velocities": "[16, 127]", "note_ms": "300.0", "tail_ms": "300.0"},
        _DRUM_MOVED,
        _drum_voice(),
    ),
}
"""Name of the file to profile."""

_SOURCES = {
    "manual": "Yamaha DX7 owner's manual, MIDI data format: parameters, their numbers and ranges",
    "proxies": "the 100 parameters and the rules of sampling of Combes, Weinzierl, Obermayer, JAES 73(9), 2025",
    "tried": "tried with dexed-py 0.3.0 at 48 kHz, 2026-11",
}


def profile_text(name: str) -> str:
    """Return the TOML of a profile of `SELECTIONS`; `InputError` names those that there are."""
    selection = entry_named(SELECTIONS, name, "profile of a DX7")
    head = [
        f"# {selection.title}. Written by: python -m bridge.sampling.dx7_profile {name}",
        f"# Ranges are the manual's; default, learn and weights: {selection.source}.",
        "",
        f'name = "{selection.title}"',
        f'about = "{selection.about}"',
        "",
        "[sources]",
        *(f'{key} = "{words}"' for key, words in _SOURCES.items() if key in ("manual", selection.source)),
        "",
        "[sampling]",
        f'source = "{selection.source}"',
        *(f"{key} = {value}" for key, value in selection.sampling.items()),
        "",
        "# controls: what a rig may write as control = ...",
    ]
    named = [*selection.moved, *(name for name in selection.rest if name not in selection.moved)]
    controls = [_control(BY_NAME[key], selection) for key in named]
    return "\n".join([*head, "\n\n".join(controls)]) + "\n"


def _control(parameter: Parameter, selection: Selection) -> str:
    """Return the table of a control; what is not moved by itself has no ``learn``."""
    name = f'"{parameter.name}"'
    rows = {"name": name, "dx7": str(parameter.number), "low": "0", "high": str(parameter.high)}
    if parameter.choices:
        rows |= {"takes": '"choice"', "choices": _list(f'"{one}"' for one in parameter.choices)}
    rows["default"] = str(selection.rest.get(parameter.name, parameter.default))
    moved = selection.moved.get(parameter.name)
    if moved:
        rows["learn"] = _list(map(str, moved.learn or (0, parameter.high)))
        if moved.weights:
            rows["weights"] = _list(f"{weight:g}" for weight in moved.weights)
    rows |= {"meaning": f'"{parameter.meaning}"', "source": '"manual"'}
    return "\n".join(["[[controls]]", *(f"{key} = {value}" for key, value in rows.items())])


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


if __name__ == "__main__":
    import sys

    sys.stdout.write(profile_text(sys.argv[1] if len(sys.argv) > 1 else ""))
