"""What a rig may say about a drum's ear: one table that the schema, the docs, `calibrate` and the detector read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from synth.errors import InputError, shown

TIMBRE_SHAPE = (17, 8, 4, 1)
"""Inputs, units and output of the network that a rig may hold for a drum."""

TIMBRE_NUMBERS = sum((inputs + 1) * units for inputs, units in pairwise(TIMBRE_SHAPE))


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of ``[drum.detector]``.

    Parameters
    ----------
    key : str
        As written in a rig.
    unit : str
        Unit of the number, or of each number of the list.
    low, high : float
        What is allowed, both ends included.
    default : float | tuple of float
        What holds where a rig says nothing; an empty tuple is an unlearned list; None must be said.
    meaning : str
        One line.
    lengths : tuple of int
        Lengths that a list may have; empty for a plain number.
    """

    key: str
    unit: str
    low: float
    high: float
    default: float | tuple[float, ...] | None
    meaning: str
    lengths: tuple[int, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting("sensitivity", "unit", 0.0, 1.0, 0.5, "0 hears clear strokes only, 1 every rustle; 0.5 suits all drums"),
    Setting("shortest_interval_ms", "ms", 8.0, 200.0, 13.0, "strokes closer together than this are one stroke"),
    Setting("floor_db", "dBFS", -110.0, -20.0, -100.0, "strokes that peak under this are never heard"),
    Setting("gain_db", "dB", -40.0, 60.0, 0.0, "applied to the input before anything listens to it"),
    Setting(
        "leak_rejection",
        "logit",
        -30.0,
        3.0,
        -0.8,
        "how surely a stroke must sound like this drum, against leaks; calibrate raises it to what the drum allows",
    ),
    Setting(
        "leaks_db",
        "dB",
        -90.0,
        10.0,
        (),
        "energy of each input's five bands that arrives here, input 1 first; calibrate measures it",
        tuple(range(5, 321, 5)),
    ),
    Setting(
        "timbre",
        "weight",
        -1000.0,
        1000.0,
        (),
        "what this drum sounds like, against leaks: a network that calibrate learns where the drum is heard alone",
        (TIMBRE_NUMBERS,),
    ),
)


MOST_PATHS, MOST_TAPS = 4, 48
"""Drums that one microphone may be freed of, and numbers that may tell a path: what 16 channels can afford."""

PATH_SETTINGS: tuple[Setting, ...] = (
    Setting("input", "", 1, 64, None, "the input whose drum leaks"),
    Setting("delay_ms", "ms", 0.0, 6.0, None, "how much later it arrives here, in steps of 1/48 ms"),
    Setting("gain_db", "dB", -100.0, 40.0, None, "how loud it arrives here, both inputs before any gain"),
    Setting(
        "taps",
        "",
        -1.0,
        1.0,
        (1.0,),
        "its tone: the path's answer to a click, 48 000 numbers a second, of energy 1; may be left out",
        tuple(range(1, MOST_TAPS + 1)),
    ),
)


@dataclass(frozen=True, slots=True)
class LeakPath:
    """How one drum arrives at another drum's microphone; fields as in `PATH_SETTINGS`."""

    input: int
    delay_ms: float
    gain_db: float
    taps: tuple[float, ...] = (1.0,)

    def to_table(self) -> dict[str, float | list[float]]:
        """Return the path, ready for a rig file."""
        return {"input": self.input, "delay_ms": self.delay_ms, "gain_db": self.gain_db, "taps": list(self.taps)}


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """The expert settings of one channel's detector; the defaults suit every drum. Fields as in `SETTINGS`.

    ``leak_paths``: how other drums arrive here, which is subtracted before anything listens.
    """

    sensitivity: float = 0.5
    shortest_interval_ms: float = 13.0
    floor_db: float = -100.0
    gain_db: float = 0.0
    leak_rejection: float = -0.8
    leaks_db: tuple[float, ...] = ()
    timbre: tuple[float, ...] = ()
    leak_paths: tuple[LeakPath, ...] = ()

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str = "detector") -> DetectorSettings:
        """Check a rig's table against `SETTINGS`.

        Raises
        ------
        InputError
            A key is unknown, or its value is no number in the allowed range; ``where`` leads the sentence.
        """
        plain = {key: value for key, value in table.items() if key != "leak_paths"}
        values = _checked_table(plain, SETTINGS, where, ("leak_paths",))
        return cls(**values, leak_paths=_checked_paths(table.get("leak_paths", ()), f"{where}.leak_paths"))

    def to_table(self) -> dict[str, Any]:
        """Return what differs from the defaults, ready for a rig file."""
        table: dict[str, Any] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value != entry.default:
                table[entry.name] = list(value) if isinstance(value, tuple) else value
        if self.leak_paths:
            table["leak_paths"] = [path.to_table() for path in self.leak_paths]
        return table


def _checked_paths(entries: Any, where: str) -> tuple[LeakPath, ...]:
    """Return a rig's list of paths, or refuse it."""
    if not isinstance(entries, Sequence) or isinstance(entries, str) or len(entries) > MOST_PATHS:
        raise InputError(f"{where} is {entries!r:.60}; allowed is a list of at most {MOST_PATHS} tables")
    paths = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping):
            raise InputError(f"{where}[{number}] is {entry!r:.60}; it must be a table")
        values = _checked_table(entry, PATH_SETTINGS, f"{where}[{number}]")
        for key in ("input", "delay_ms", "gain_db"):
            if key not in values:
                raise InputError(f"{where}[{number}]: {key} is missing; it needs input, delay_ms and gain_db")
        if values["input"] != int(values["input"]):
            raise InputError(f"{where}[{number}]: input is {values['input']:g}; allowed is a whole number, 1 to 64")
        paths.append(LeakPath(**(values | {"input": int(values["input"])})))
    return tuple(paths)


def _checked_table(
    table: Mapping[str, Any], settings: Sequence[Setting], where: str, further: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the values of a table that ``settings`` declare, or refuse it; ``further`` keys are named as allowed."""
    known = {setting.key: setting for setting in settings}
    for key in table:
        if key not in known:
            raise InputError(f"{where}: {shown(key)} is not known; allowed are {', '.join((*known, *further))}")
    return {key: _checked(known[key], value, where) for key, value in table.items()}


def _checked(setting: Setting, value: Any, where: str) -> float | tuple[float, ...]:
    """Return ``value`` as the setting's type, or refuse it."""
    if not setting.lengths:
        return _checked_number(setting, value, where)
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) not in setting.lengths:
        raise InputError(f"{where}: {setting.key} is {shown(value)}; allowed is a list of {_lengths(setting)} numbers")
    return tuple(_checked_number(setting, number, where) for number in value)


def _checked_number(setting: Setting, value: Any, where: str) -> float:
    """Return ``value`` as a float within the setting's range, or refuse it."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not setting.low <= value <= setting.high:
        raise InputError(
            f"{where}: {setting.key} is {shown(value)}; allowed is {setting.low:g} to {setting.high:g} {setting.unit}"
        )
    return float(value)


def _lengths(setting: Setting) -> str:
    """Return how long a list may be, in words."""
    if len(setting.lengths) < 4:
        return " or ".join(map(str, setting.lengths))
    return f"{setting.lengths[0]}, {setting.lengths[1]}, {setting.lengths[2]} ... {setting.lengths[-1]}"
