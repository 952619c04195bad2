"""The named numbers that a stroke carries, with the range of each, and how one becomes a message's value.

A map names a number (``from = "centroid"``). `number_ranges` is the table of all that exist for a mapping,
`StrokeNumbers` reads them from its strikes and `Scaler` brings one to its place.

One law holds for all maps: a name means one number in one unit, whatever key it stands under; ``range`` is in that
unit; ``low`` and ``high`` are in the unit that is sent; `CURVES` says how it goes between. A map that gives no range
uses the number's own, so the full range reaches both ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from bridge.events import Numbers, Strike
from bridge.mapping.mapping import LOUDEST_GAIN_DB, SOFTEST_GAIN_DB
from bridge.rig.plays import CurveName, Source
from models.features.tables import ONSET_FEATURES
from synth.errors import InputError, choices, nearest, shown
from synth.spec import Curve, ParamSpace
from synth.voices.registry import voice_kinds


class MapCurve(NamedTuple):
    """How a map divides its two ranges.

    Parameters
    ----------
    source_by_ratio, sent_by_ratio : bool
        Whether equal steps are equal ratios, of the number of the stroke and of what is sent; else equal differences.
    known_as : str
        Its name in SuperCollider.
    """

    source_by_ratio: bool
    sent_by_ratio: bool
    known_as: str


CURVES: dict[CurveName, MapCurve] = {
    "linear": MapCurve(source_by_ratio=False, sent_by_ratio=False, known_as="linlin"),
    "exponential": MapCurve(source_by_ratio=False, sent_by_ratio=True, known_as="linexp"),
    "logarithmic": MapCurve(source_by_ratio=True, sent_by_ratio=False, known_as="explin"),
    "power": MapCurve(source_by_ratio=True, sent_by_ratio=True, known_as="expexp"),
}
"""The curves of maps."""

SAME = 1e-9
"""Ends of a range that differ by a smaller part of the larger one are equal: nothing lies between them."""


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

    def of(self, strike: Strike, unit: Sequence[float]) -> float:
        """Return the number of a strike, within its range."""
        return min(max(self.read(strike, unit), self.low), self.high)


Ranges = Mapping[str, Number]

UNIT = "unit."
"""Begins the name of a number that is scaled to 0..1."""


def number_ranges(space: ParamSpace) -> dict[str, Number]:
    """Return every number of a stroke that has the parameters of ``space``, by name: what a map may use.

    >>> from synth.spec import Param
    >>> ranges = number_ranges(ParamSpace("s", (Param("cutoff", 20, 20_000, "Hz", "log", 1000),)))
    >>> ranges["unit.cutoff"].high, ranges["cutoff"].unit
    (1.0, 'Hz')
    """
    table = [
        Number("velocity", 0.0, 1.0, _reader("velocity"), early=True),
        Number("gain_db", SOFTEST_GAIN_DB, LOUDEST_GAIN_DB, _reader("gain_db"), "dB"),
    ]
    for i, feature in enumerate(ONSET_FEATURES):
        heard, early = _reader("hit.features", i), feature.name == "level"
        table.append(Number(feature.name, feature.low, feature.high, heard, feature.unit, early=early))
    table += [_scaled_to_one(number) for number in table[1:]]
    for i, param in enumerate(space):
        table += [
            Number(param.name, param.low, param.high, _reader("values", i), param.unit, param.curve),
            Number(f"{UNIT}{param.name}", 0.0, 1.0, _unit(i)),
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


def _scaled_to_one(number: Number) -> Number:
    """Return a linear number as a part of its range."""
    low, span, read = number.low, number.high - number.low, number.read
    return Number(
        f"{UNIT}{number.name}", 0.0, 1.0, lambda strike, _: (read(strike, ()) - low) / span, early=number.early
    )


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
        return {name: number.of(strike, unit) for name, number in self._whole.items()}

    def early(self, strike: Strike) -> Numbers:
        """Return what is known of a strike that was only announced."""
        return {name: number.of(strike, ()) for name, number in self._early.items()}


def checked_source(name: str, ranges: Ranges, where: str) -> Number:
    """Return the range of ``name``; `InputError` names the key, the name and the nearest."""
    if name not in ranges:
        _refuse_of_another_voice(name, ranges, where)
        meant = "; ".join(filter(None, [" (docs/protocol.md lists them)", nearest(name, ranges)]))
        raise InputError(f"{where}: {shown(name)} is no number of a stroke{meant}")
    return ranges[name]


def _refuse_of_another_voice(name: str, ranges: Ranges, where: str) -> None:
    """Say whose parameter it is that a mapping does not move, and which it moves."""
    wanted = name.removeprefix(UNIT)
    voices = [kind.name for kind in voice_kinds() if wanted in kind.space.names]
    if voices:
        always = number_ranges(ParamSpace("", ()))
        moved = [own for own in ranges if UNIT + own in ranges and own not in always]
        there = choices(wanted, moved, "there are") if moved else "there are none"
        raise InputError(f"{where}: {shown(name)} is a parameter of {voices[0]}, not of what this drum plays; {there}")


def unlike_its_knob(entry: Source, ranges: Ranges, where: str) -> list[str]:
    """Return a note on a scaled parameter whose knob goes by ratio where its map does not."""
    own = checked_source(entry.source, ranges, f"{where}.from")
    if own.curve != "log" or CURVES[entry.curve].source_by_ratio:
        return []
    knob = f"{UNIT}{own.name} goes as its knob does"
    return [f"{where}: '{own.name}' goes by {own.unit or 'difference'} here; {knob}, curve = 'logarithmic' by ratio"]


@dataclass(frozen=True, slots=True)
class Scaler:
    """Brings one number of a stroke to a message's range, clamped to it.

    Parameters
    ----------
    source : str
        Name of the number.
    start, end : float
        Values of the number that become ``low`` and ``high``, in its unit; ``start`` may be above ``end``.
    low, high : float
        Ends of the message's range, in the unit that is sent; ``low`` may be above ``high``.
    curve : str
        One of `CURVES`. What goes by ratio has two ends of one sign, neither of them 0.

    Examples
    --------
    >>> numbers = {"x": 0.5}
    >>> [round(Scaler("x", 0, 1, 20, 20_000, curve)(numbers)) for curve in ("linear", "exponential")]
    [10010, 632]
    """

    source: str
    start: float
    end: float
    low: float
    high: float
    curve: CurveName = "linear"

    @classmethod
    def of(cls, entry: Source, ranges: Ranges, low: float, high: float, where: str) -> Scaler:
        """Return the scaler of a map's entry; ``low`` and ``high`` are used where the entry gives none.

        Raises
        ------
        InputError
            The number is unknown, its range has no width, or a curve by ratio is given an end that has no ratio.
        """
        own = checked_source(entry.source, ranges, f"{where}.from")
        start, end = entry.range or (own.low, own.high)
        if abs(end - start) <= SAME * max(abs(start), abs(end)):
            raise InputError(f"{where}.range: its ends are {start:g} and {end:g}; they must differ")
        low = low if entry.low is None else entry.low
        high = high if entry.high is None else entry.high
        curve = CURVES[entry.curve]
        if curve.source_by_ratio:
            _require_ratio(start, end, f"{where}: curve = '{entry.curve}'", "range")
        if curve.sent_by_ratio:
            _require_ratio(low, high, f"{where}: curve = '{entry.curve}'", "low and high")
        return cls(entry.source, start, end, low, high, entry.curve)

    def place(self, numbers: Numbers) -> float:
        """Return where the number lies between ``start`` and ``end``, 0..1."""
        value = min(max(numbers[self.source], min(self.start, self.end)), max(self.start, self.end))
        if not CURVES[self.curve].source_by_ratio:
            return (value - self.start) / (self.end - self.start)
        from_start, span = (math.log(abs(one)) - math.log(abs(self.start)) for one in (value, self.end))
        return from_start / span

    def __call__(self, numbers: Numbers) -> float:
        """Return the message's value."""
        place = self.place(numbers)
        if not CURVES[self.curve].sent_by_ratio:
            return self._within(self.low + (self.high - self.low) * place)
        span = math.log(abs(self.high)) - math.log(abs(self.low))
        return self._within(math.copysign(math.exp(math.log(abs(self.low)) + place * span), self.low))

    def _within(self, value: float) -> float:
        """Return a value between both ends: rounding may leave them."""
        return min(max(value, min(self.low, self.high)), max(self.low, self.high))


def _require_ratio(first: float, last: float, where: str, key: str) -> None:
    """Refuse ends between which no ratio leads."""
    if first * last <= 0:
        raise InputError(
            f"{where} goes by ratio, so {key} must be both above 0 or both below it; they are {first:g} and {last:g}"
        )
