"""The named numbers that a stroke carries, with the range of each, and how one becomes a message's value.

A map names a number (``from = "centroid"``); `number_ranges` lists all that exist for a drum, `Scaler` brings one to
its place. A map that gives no range uses the number's own, so the full range reaches both ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.events import Numbers
from bridge.rig.plays import Source
from models.features.tables import ONSET_FEATURES
from synth.errors import InputError, nearest, shown
from synth.spec import Curve, ParamSpace

BEND = 4.0
"""Steepness of the exponential and logarithmic curves: their middle lies 18 dB under and over the linear one's."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Where a number of a stroke lies.

    Parameters
    ----------
    low, high : float
        Both ends, in its own unit.
    unit : str
        Of ``low`` and ``high``.
    curve : {"linear", "log"}
        How its range is divided evenly for the ear.
    """

    low: float
    high: float
    unit: str = ""
    curve: Curve = "linear"


Ranges = Mapping[str, NumberRange]

STROKE_RANGES: dict[str, NumberRange] = {
    "velocity": NumberRange(0.0, 1.0),
    "gain_db": NumberRange(-40.0, 12.0, "dB"),
    "stroke": NumberRange(0.0, 2**31 - 1),
    "onset_samples": NumberRange(0.0, 2**31 - 1, "samples"),
}
"""Numbers of every stroke beside its features; ``stroke`` counts them, ``onset_samples`` is its place in the stream."""

EARLY_NUMBERS = ("level", "velocity", "stroke", "onset_samples")
"""What is known when a stroke has only been detected."""


def number_ranges(space: ParamSpace) -> dict[str, NumberRange]:
    """Return every number that a map may use for a drum that plays ``space``.

    >>> from synth.spec import Param
    >>> ranges = number_ranges(ParamSpace("s", (Param("cutoff", 20, 20_000, "Hz", "log", 1000),)))
    >>> ranges["unit.cutoff"].high, ranges["cutoff"].unit
    (1.0, 'Hz')
    """
    ranges = dict(STROKE_RANGES)
    ranges |= {feature.name: NumberRange(feature.low, feature.high, feature.unit) for feature in ONSET_FEATURES}
    for param in space:
        ranges[param.name] = NumberRange(param.low, param.high, param.unit, param.curve)
        ranges[f"unit.{param.name}"] = NumberRange(0.0, 1.0)
        ranges[f"mod.{param.name}"] = NumberRange(-1.0, 1.0)
    return ranges


def checked_source(name: str, ranges: Ranges, where: str) -> NumberRange:
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
