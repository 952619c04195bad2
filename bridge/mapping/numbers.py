"""The named numbers that a stroke carries, with the range of each, and how one becomes a message's value.

A map names a number (``from = "centroid"``). `number_ranges` is the table of all that exist for a mapping,
`StrokeNumbers` reads them from its strikes and `Scaler` brings one to its place. A map that gives no range uses the
number's own, so the full range reaches both ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from bridge.events import Numbers, Strike
from bridge.rig.plays import Source
from models.features.tables import ONSET_FEATURES
from synth.errors import InputError, nearest, shown
from synth.spec import Curve, ParamSpace

BEND = 4.0
"""Steepness of the exponential and logarithmic curves: their middle lies 18 dB under and over the linear one's."""


Read = Callable[[Strike, Sequence[float]], float]
"""Takes a number from a strike and its parameters in 0..1."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a stroke.

    Parameters
    ----------
    name : str
        As a map names it.
    low, high : float
        Both ends of its range, in its own unit.
    read : Read
    unit : str
        Of ``low`` and ``high``.
    curve : {"linear", "log"}
        How its range is divided evenly for the ear.
    whole : bool
        Whether it counts something: an integer in a message.
    early : bool
        Whether it is known when a stroke has only been detected.
    """

    name: str
    low: float
    high: float
    read: Read
    unit: str = ""
    curve: Curve = "linear"
    whole: bool = False
    early: bool = False


Ranges = Mapping[str, Number]


def number_ranges(space: ParamSpace) -> dict[str, Number]:
    """Return every number of a stroke that has the parameters of ``space``, by name: what a map may use.

    >>> from synth.spec import Param
    >>> ranges = number_ranges(ParamSpace("s", (Param("cutoff", 20, 20_000, "Hz", "log", 1000),)))
    >>> ranges["unit.cutoff"].high, ranges["cutoff"].unit
    (1.0, 'Hz')
    """
    table = [
        Number("velocity", 0.0, 1.0, _reader("velocity"), early=True),
        Number("gain_db", -40.0, 12.0, _reader("gain_db"), "dB"),
    ]
    for i, feature in enumerate(ONSET_FEATURES):
        heard, early = _reader("hit.features", i), feature.name == "level"
        table.append(Number(feature.name, feature.low, feature.high, heard, feature.unit, early=early))
    for i, param in enumerate(space):
        table += [
            Number(param.name, param.low, param.high, _reader("values", i), param.unit, param.curve),
            Number(f"unit.{param.name}", 0.0, 1.0, _unit(i)),
            Number(f"mod.{param.name}", -1.0, 1.0, _reader("modulation", i)),
        ]
    counted = (("stroke", "hit.number", ""), ("onset_samples", "hit.onset", "samples"))
    table += [
        Number(name, 0.0, 2.0**31 - 1, _reader(part), unit, whole=True, early=True) for name, part, unit in counted
    ]
    return {number.name: number for number in table}


def _reader(part: str, index: int | None = None) -> Read:
    """Return what reads an attribute of a strike, or one place of it."""
    get = attrgetter(part)
    return lambda strike, _: float(get(strike) if index is None else get(strike)[index])


def _unit(index: int) -> Read:
    return lambda _, unit: unit[index]


def early_numbers(ranges: Ranges) -> tuple[str, ...]:
    """Return the names of what is known when a stroke has only been detected."""
    return tuple(name for name, number in ranges.items() if number.early)


class StrokeNumbers:
    """Reads the numbers of the strokes of one mapping.

    Parameters
    ----------
    space : ParamSpace
        The mapping's parameters.
    """

    def __init__(self, space: ParamSpace) -> None:
        self._space = space
        self._whole = number_ranges(space)
        self._early = {name: self._whole[name] for name in early_numbers(self._whole)}

    def of(self, strike: Strike) -> Numbers:
        """Return every number of a strike by name."""
        unit = self._space.to_unit(strike.values).tolist()
        return {name: number.read(strike, unit) for name, number in self._whole.items()}

    def early(self, strike: Strike) -> Numbers:
        """Return what is known of a strike that was only announced."""
        return {name: number.read(strike, ()) for name, number in self._early.items()}


def checked_source(name: str, ranges: Ranges, where: str) -> Number:
    """Return the range of ``name``; `InputError` names the key, the name and the nearest."""
    if name not in ranges:
        meant = "; ".join(filter(None, [" (docs/protocol.md lists them)", nearest(name, ranges)]))
        raise InputError(f"{where}: {shown(name)} is no number of a stroke{meant}")
    return ranges[name]


@dataclass(frozen=True, slots=True)
class Scaler:
    """Brings one number of a stroke to a message's range, clamped to it.

    Parameters
    ----------
    source : str
        Name of the number.
    start, end : float
        Values of the number that become ``low`` and ``high``; ``start`` may be above ``end``.
    low, high : float
        Ends of the message's range; ``low`` may be above ``high``.
    log : bool
        Whether the number's range is divided by ratio.
    curve : str
        linear, exponential or logarithmic.
    """

    source: str
    start: float
    end: float
    low: float
    high: float
    log: bool = False
    curve: str = "linear"

    @classmethod
    def of(cls, map_entry: Source, ranges: Ranges, low: float, high: float, where: str) -> Scaler:
        """Return the scaler of a map's entry; ``low`` and ``high`` are used where the entry gives none."""
        own = checked_source(map_entry.source, ranges, f"{where}.from")
        start, end = map_entry.range or (own.low, own.high)
        if start == end:
            raise InputError(f"{where}.range: its ends are both {start}; they must differ")
        return cls(
            source=map_entry.source,
            start=start,
            end=end,
            low=low if map_entry.low is None else map_entry.low,
            high=high if map_entry.high is None else map_entry.high,
            log=own.curve == "log" and start > 0 and end > 0,
            curve=map_entry.curve,
        )

    def unit(self, numbers: Numbers) -> float:
        """Return where the number lies between ``start`` and ``end``, 0..1, bent by the curve."""
        value = numbers[self.source]
        if self.log:
            place = math.log(max(value, 1e-12) / self.start) / math.log(self.end / self.start)
        else:
            place = (value - self.start) / (self.end - self.start)
        return bend(min(max(place, 0.0), 1.0), self.curve)

    def __call__(self, numbers: Numbers) -> float:
        """Return the message's value."""
        return self.low + (self.high - self.low) * self.unit(numbers)


def bend(unit: float, curve: str) -> float:
    """Return 0..1 bent by a curve; the ends stay.

    >>> bend(0.5, "linear"), round(bend(0.5, "exponential"), 3), round(bend(0.5, "logarithmic"), 3)
    (0.5, 0.119, 0.881)
    """
    if curve == "exponential":
        return math.expm1(BEND * unit) / math.expm1(BEND)
    if curve == "logarithmic":
        return 1.0 - math.expm1(BEND * (1.0 - unit)) / math.expm1(BEND)
    return unit
