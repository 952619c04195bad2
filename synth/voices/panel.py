"""Panels: the knobs of the machine that a voice is modelled on, as curves of its parameters. TOML in and out.

A knob stands at 0 to 10. The parameters that it moves are measured at a few positions of it, its marks; between them
they follow a monotone cubic, which neither overshoots nor has a corner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError, choices, shown
from synth.files import Shelf, config_dir, read_toml
from synth.outputs import write_whole
from synth.spec import Param, ParamSpace
from synth.voices.registry import voice_kind, voice_kinds

PANELS = Shelf(config_dir() / "panels", ".toml", "panel")
"""The panels that ship, one for each voice that has knobs."""

LOWEST, MIDDLE, HIGHEST = 0.0, 5.0, 10.0
"""The ends of a knob's way and the middle between them."""
LEVEL = "level"
"""The knob of a voice's level."""
DIGITS = 4
"""That a number has in a file: recordings tell no more."""

Knobs = Mapping[str, Mapping[str, Sequence[float] | NDArray[np.float64]]]
"""As in a file: knob to its ``marks``, and to a list of values for each parameter that it moves."""

_AGREE = 0.01
"""Of a parameter's range: knobs that move it together may differ so much where all of them rest."""
_KEYS = ("voice", "values", "knobs")


def rest_of(knob: str) -> float:
    """Return where a knob stands that nobody has turned: the level full, all others in the middle."""
    return HIGHEST if knob == LEVEL else MIDDLE


@dataclass(frozen=True, slots=True, eq=False)
class Knob:
    """A knob of a panel.

    Parameters
    ----------
    name : str
    marks : (k,) float64
        Positions at which the parameters are known, rising from 0 to 10.
    moves : dict of int to (k,) float64
        Of each parameter that it moves, by its column: its 0..1 value at each mark.
    """

    name: str
    marks: NDArray[np.float64]
    moves: dict[int, NDArray[np.float64]]

    def unit(self, column: int, position: float) -> float:
        """Return the 0..1 value of a parameter for a position."""
        # Here, since it takes a second to load and playing asks for no panel.
        from scipy.interpolate import PchipInterpolator

        return float(PchipInterpolator(self.marks, self.moves[column])(position))


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The panel of a voice, checked against its table.

    Parameters
    ----------
    space : ParamSpace
        The voice's table.
    base : (n,) float64
        Real units: the parameters that no knob moves.
    knobs : dict of str to Knob
        By their names.
    """

    space: ParamSpace
    base: NDArray[np.float64]
    knobs: dict[str, Knob]

    def values(self, positions: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the voice's values for the positions of its knobs: (n,) float64, real units.

        Of several knobs that move one parameter each adds how far it has moved it, along its curve, from where it
        rests. A knob that is not named rests: see `rest_of`.

        Raises
        ------
        InputError
            There is no such knob, or it does not turn so far.
        """
        for name, position in positions.items():
            if name not in self.knobs:
                known = choices(name, self.knobs)
                raise InputError(f"the panel of {self.space.name} has no knob {shown(name)}; {known}")
            if not LOWEST <= position <= HIGHEST:
                there = ", ".join(self.knobs)
                raise InputError(f"the knob {name} is at {position:g}; allowed is 0 to 10 for each of {there}")
        unit, values, movers = self.space.to_unit(self.base), self.base.copy(), self.movers()
        for column, knobs in movers.items():
            rests = [knob.unit(column, rest_of(knob.name)) for knob in knobs]
            now = [knob.unit(column, positions.get(knob.name, rest_of(knob.name))) for knob in knobs]
            unit[column] = np.clip(np.mean(rests) + np.sum(np.subtract(now, rests)), 0.0, 1.0)
        moved = list(movers)
        values[moved] = self.space.from_unit(unit)[moved]
        return values

    def movers(self) -> dict[int, list[Knob]]:
        """Return the knobs that move each parameter, by its column."""
        columns = sorted({column for knob in self.knobs.values() for column in knob.moves})
        return {column: [knob for knob in self.knobs.values() if column in knob.moves] for column in columns}


def panel_of(voice: str) -> Panel | None:
    """Return the panel that ships for a voice; none where there is none."""
    return load_panel(voice) if voice in PANELS.names() else None


def load_panel(name_or_path: str | Path) -> Panel:
    """Return a shipped panel by the name of its voice, or one from a file.

    A parameter that the file leaves out keeps its default.

    Raises
    ------
    InputError
        No such panel; not TOML; an unknown voice, key or parameter; a value outside its range; a knob whose marks or
        values are wrong, or which disagrees with another one.
    """
    path = PANELS.find(name_or_path)
    return _panel(f"{path}: ", read_toml(path))


def _panel(where: str, document: Mapping[str, Any]) -> Panel:
    """Return a panel from what its file holds; ``where`` begins the sentences of errors."""
    for key in document:
        if key not in _KEYS:
            raise InputError(f"{where}{shown(key)} is no key here; allowed are {', '.join(_KEYS)}")
    space = _space(where, document.get("voice", ""))
    base = space.defaults
    fixed = dict(_entries(_table(where, "values", document.get("values", {}))))
    for name, value in fixed.items():
        column = space.index(name, where)
        base[column] = _checked(where, "", space.params[column], value)
    knobs = {
        name: _knob(where, name, space, _table(where, f"knobs.{name}", entry))
        for name, entry in _table(where, "knobs", document.get("knobs", {})).items()
    }
    panel = Panel(space, base, knobs)
    _require_one_place(where, panel, fixed)
    return panel


def _space(where: str, voice: Any) -> ParamSpace:
    names = [kind.name for kind in voice_kinds()]
    if voice not in names:
        raise InputError(f"{where}voice is {shown(voice)}; {choices(str(voice), names)}")
    return voice_kind(voice).space


def _table(where: str, key: str, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InputError(f"{where}{key} is {shown(entry)}; allowed is a table")
    return entry


def _entries(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, entry); TOML reads the dots of ``body.freq`` as nested tables where it stands unquoted."""
    for key, entry in table.items():
        if isinstance(entry, dict):
            yield from _entries(entry, f"{prefix}{key}.")
        else:
            yield prefix + key, entry


def _checked(where: str, of: str, param: Param, value: Any) -> float:
    """Return a value of a parameter; ``of`` says of which knob."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not param.low <= value <= param.high:
        allowed = f"{param.low:g} to {param.high:g} {param.unit}".rstrip()
        raise InputError(f"{where}{param.name}{of} is {shown(value)}; allowed is {allowed}")
    return float(value)


def _knob(where: str, name: str, space: ParamSpace, table: Mapping[str, Any]) -> Knob:
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise InputError(f"{where}a knob is named {shown(name)}; allowed are small letters, digits, - and _")
    entries = dict(_entries(table))
    marks = _marks(where, name, entries.pop("marks", None))
    if not entries:
        raise InputError(f"{where}the knob {name} moves nothing; give it the values of a parameter at its marks")
    moves = {}
    for parameter, values in entries.items():
        column = space.index(parameter, f"{where}knob {name}: ")
        of = f" of the knob {name}"
        if not isinstance(values, list) or len(values) != len(marks):
            raise InputError(f"{where}{parameter}{of} is {shown(values)}; allowed is a list of {len(marks)} numbers")
        real = [_checked(where, of, space.params[column], value) for value in values]
        moves[column] = _unit_of(space, column, real)
    return Knob(name, marks, moves)


def _marks(where: str, knob: str, marks: Any) -> NDArray[np.float64]:
    numbers = marks if isinstance(marks, list) else []
    sound = all(isinstance(mark, int | float) and not isinstance(mark, bool) for mark in numbers)
    if not sound or len(numbers) < 2 or list(numbers) != sorted(set(numbers)) or (numbers[0], numbers[-1]) != (0, 10):
        raise InputError(f"{where}marks of the knob {knob} is {shown(marks)}; allowed are rising numbers from 0 to 10")
    return np.array(numbers, dtype=np.float64)


def _unit_of(space: ParamSpace, column: int, values: Sequence[float]) -> NDArray[np.float64]:
    """Return the 0..1 values of one parameter along its curve."""
    rows = np.tile(space.defaults, (len(values), 1))
    rows[:, column] = values
    return space.to_unit(rows)[:, column]


def _require_one_place(where: str, panel: Panel, fixed: Mapping[str, Any]) -> None:
    """Refuse a parameter that is fixed and moved, or for which two knobs that rest mean different values."""
    for column, knobs in panel.movers().items():
        name = panel.space.names[column]
        if name in fixed:
            raise InputError(f"{where}{name} stands in values, and the knob {knobs[0].name} moves it; leave one out")
        rests = [knob.unit(column, rest_of(knob.name)) for knob in knobs]
        if max(rests) - min(rests) > _AGREE:
            at = (f"{knob.name} at {rest_of(knob.name):g}" for knob in knobs)
            raise InputError(f"{where}{name} has different values for {' and for '.join(at)}; give it the same there")


def rounded(value: float, param: Param) -> float:
    """Return a value with as many digits as a file has, still in the range of its parameter."""
    return min(max(float(f"{value:.{DIGITS}g}"), param.low), param.high)


def number_text(value: float) -> str:
    """Return a number as TOML has it, whole ones without a dot.

    >>> number_text(12000.0), number_text(-0.0), number_text(49.6)
    ('12000', '0', '49.6')
    """
    return str(int(value)) if value == int(value) and abs(value) < 1e9 else repr(float(value))


def panel_text(voice: str, values: Mapping[str, float], knobs: Knobs, about: str = "") -> str:
    """Return the file of a panel, its numbers rounded.

    Parameters
    ----------
    voice : str
        Of the registry.
    values : mapping
        Parameter to value, real units: what no knob moves.
    knobs : mapping
        Knob to its ``marks``, and to a list of values for each parameter that it moves: as in the file.
    about : str
        What the file begins with, as a comment.

    Raises
    ------
    InputError
        As for `load_panel`.
    """
    space = voice_kind(voice).space

    def number(name: str, value: float) -> str:
        return number_text(rounded(value, space.params[space.index(name)]))

    lines = [f"# {line}" for line in about.splitlines()] + [""] * bool(about)
    lines += [f'voice = "{voice}"', *["", "[values]"][: 2 * bool(values)]]
    lines += [f'"{name}" = {number(name, value)}' for name, value in values.items()]
    for knob, table in knobs.items():
        lines += ["", f"[knobs.{knob}]", f"marks = [{', '.join(map(number_text, table['marks']))}]"]
        for name, row in table.items():
            if name != "marks":
                lines.append(f'"{name}" = [{", ".join(number(name, value) for value in row)}]')
    return "\n".join(lines) + "\n"


def write_panel(
    voice: str,
    values: Mapping[str, float],
    knobs: Knobs,
    about: str = "",
    path: Path | None = None,
) -> Path:
    """Write a panel, by default the one that ships for its voice; return where it is.

    What would not be read again is refused before anything is written.

    Parameters
    ----------
    voice, values, knobs, about
        As for `panel_text`.
    path : Path, optional
        Where to.
    """
    path = path or PANELS.shipped(voice)
    document = {"voice": voice, "values": dict(values), "knobs": {knob: dict(knobs[knob]) for knob in knobs}}
    _panel(f"{path}: ", _plain(document))
    write_whole(path, panel_text(voice, values, knobs, about))
    return path


def _plain(entry: Any) -> Any:
    """Return what a caller gives, which may hold arrays and numbers of numpy, as a TOML file holds it."""
    if isinstance(entry, Mapping):
        return {key: _plain(each) for key, each in entry.items()}
    if isinstance(entry, np.ndarray | np.generic):
        return entry.tolist()
    return [_plain(each) for each in entry] if isinstance(entry, list | tuple) else entry
