"""The named numbers that a stroke carries, with the range of each, and how one becomes a message's value.

A map names a number (``from = "centroid"``). `number_ranges` is the table of all that exist for a mapping,
`StrokeNumbers` reads them from its strikes and `Scaler` brings one to its place. A map that gives no range uses the
number's own, so the full range reaches both ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from bridge.events import Numbers, Strike
from bridge.rig.plays import Source
from bridge.rig.validation import nearest
from models.features.tables import ONSET_FEATURES
from synth.errors import InputError, shown
from synth.spec import Curve, ParamSpace

BEND = 4.0
"""Steepness of the exponential and logarithmic curves: their middle lies 18 dB under and over the linear one's."""


class Reading(NamedTuple):
    """What numbers are read from: a strike, what was heard, and its parameters in real units, in 0..1 and as moved."""

    strike: Strike
    heard: list[float]
    values: list[float]
    unit: list[float]
    moved: list[float]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a stroke.

    Parameters
    ----------
    name : str
        As a map names it.
    low, high : float
        Both ends of its range, in its own unit.
    read : callable
        Takes it from a stroke.
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
    read: Callable[[Reading], float]
    unit: str = ""
    curve: Curve = "linear"
    whole: bool = False
    early: bool = False


Ranges = Mapping[str, Number]


def _numbers(space: ParamSpace) -> Iterator[Number]:
    """Yield the table: every number of a stroke with the parameters of ``space``."""
    count = 2.0**31 - 1
    yield Number("velocity", 0.0, 1.0, lambda stroke: stroke.strike.velocity, early=True)
    yield Number("gain_db", -40.0, 12.0, lambda stroke: stroke.strike.gain_db, "dB")
    for i, feature in enumerate(ONSET_FEATURES):
        early = feature.name == "level"
        yield Number(feature.name, feature.low, feature.high, _column("heard", i), feature.unit, early=early)
    for i, param in enumerate(space):
        yield Number(param.name, param.low, param.high, _column("values", i), param.unit, param.curve)
        yield Number(f"unit.{param.name}", 0.0, 1.0, _column("unit", i))
        yield Number(f"mod.{param.name}", -1.0, 1.0, _column("moved", i))
    yield Number("stroke", 0.0, count, lambda stroke: float(stroke.strike.hit.number), whole=True, early=True)
    yield Number(
        "onset_samples", 0.0, count, lambda stroke: float(stroke.strike.hit.onset), "samples", whole=True, early=True
    )


def _column(part: str, index: int) -> Callable[[Reading], float]:
    column = attrgetter(part)
    return lambda stroke: float(column(stroke)[index])


def number_ranges(space: ParamSpace) -> dict[str, Number]:
    """Return every number that a map may use for a drum that plays ``space``, by name.

    >>> from synth.spec import Param
    >>> ranges = number_ranges(ParamSpace("s", (Param("cutoff", 20, 20_000, "Hz", "log", 1000),)))
    >>> ranges["unit.cutoff"].high, ranges["cutoff"].unit
    (1.0, 'Hz')
    """
    return {number.name: number for number in _numbers(space)}


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
        return self._read(strike, self._whole, self._space.to_unit(strike.values).tolist())

    def early(self, strike: Strike) -> Numbers:
        """Return what is known of a strike that was only announced."""
        return self._read(strike, self._early, [])

    def _read(self, strike: Strike, numbers: Ranges, unit: list[float]) -> Numbers:
        reading = Reading(
            strike, strike.hit.features.tolist(), strike.values.tolist(), unit, strike.modulation.tolist()
        )
        return {name: number.read(reading) for name, number in numbers.items()}


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
