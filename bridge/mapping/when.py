"""Which strokes a play takes (``when`` of ``[[drum.play]]``), which strokes no play takes, and how many they were."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bridge.events import Event, PlayKey, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.mapping.numbers import UNIT, Number, number_ranges
from bridge.rig.plays import PlaySettings
from bridge.rig.rig import Drum, Rig
from models.features.tables import ONSET_FEATURES
from synth.errors import InputError, nearest, shown
from synth.spec import ParamSpace

Part = tuple[float, float]
"""From the first end up to but not including the second; an end that is infinite is open."""


@dataclass(frozen=True, slots=True)
class When:
    """Tells whether a play takes a strike. Without parts it takes every one.

    Parameters
    ----------
    parts : tuple of (Number, Part)
        In which each of these numbers must lie.
    scaled : ParamSpace or None
        Of the strikes, where one of the numbers is in 0..1.
    """

    parts: tuple[tuple[Number, Part], ...] = ()
    scaled: ParamSpace | None = None

    def takes(self, strike: Strike) -> bool:
        """Return whether every number lies in its part. Audio thread: a comparison for each, no lock."""
        if not self.parts:
            return True
        unit = [] if self.scaled is None else self.scaled.to_unit(strike.values).tolist()
        return all(low <= number.of(strike, unit) < high for number, (low, high) in self.parts)


EVERY_STROKE = When()


def when_of(drum: Drum, number: int, space: ParamSpace) -> When:
    """Return which strokes a drum's play takes.

    Parameters
    ----------
    drum : Drum
    number : int
        Of the play, from 1.
    space : ParamSpace
        Parameters of the mapping whose strikes the play takes.

    Raises
    ------
    InputError
        A number is unknown, or never lies in its part.
    """
    given = drum.plays[number - 1].when
    if not given:
        return EVERY_STROKE
    ranges, where = number_ranges(space), f"{drum.where_of(number)}.when"
    parts = tuple((own := _known(name, ranges, where), _opened(own, part, where)) for name, part in given.items())
    return When(parts, space if any(name.startswith(UNIT) for name in given) else None)


def _known(name: str, ranges: Mapping[str, Number], where: str) -> Number:
    if name not in ranges:
        heard = f"there are velocity, {', '.join(one.name for one in ONSET_FEATURES)} and those of docs/protocol.md"
        meant = "; ".join(filter(None, [heard, nearest(name, ranges)]))
        raise InputError(f"{where}: {shown(name)} is no number of a stroke; {meant}")
    return ranges[name]


def _opened(own: Number, part: Part, where: str) -> Part:
    """Return a part whose ends are open where they reach the ends of the number: its highest value is in it."""
    low, high = part
    if low > own.high or high <= own.low:
        raise InputError(
            f"{where}.{own.name} is [{low:g}, {high:g}], where no stroke ever is; "
            f"allowed is what meets {own.low:g} to {own.high:g} {own.unit}".rstrip()
        )
    return _open(part, own.low, own.high)


def _open(part: Part, lowest: float, highest: float) -> Part:
    low, high = part
    return -math.inf if low <= lowest else low, math.inf if high >= highest else high


class UnplayedStrokes:
    """Counts the strokes that no play of their drum takes; those of a drum without plays are not among them.

    Parameters
    ----------
    rig : Rig
        Checked.
    mappings : mapping of PlayKey to DrumMapping
        Of its drums.

    Attributes
    ----------
    count : int
        So far.
    """

    def __init__(self, rig: Rig, mappings: Mapping[PlayKey, DrumMapping]) -> None:
        self._whens: dict[PlayKey, list[When]] = {}
        self.count = 0
        self._taken = False
        for drum in rig.drum:
            for number, key in enumerate(drum.play_keys, 1):
                self._whens.setdefault(key, []).append(when_of(drum, number, mappings[key].space))
        # A hit makes one strike for each mapping that is played, in this order.
        self._last = {key.drum: key for key in self._whens}

    def note(self, event: Event) -> None:
        """Count a stroke with the last of its strikes; other events do not count."""
        if not isinstance(event, Strike) or event.source not in self._whens:
            return
        self._taken = self._taken or any(when.takes(event) for when in self._whens[event.source])
        if event.source == self._last[event.drum]:
            self.count += not self._taken
            self._taken = False


def exclude_each_other(one: PlaySettings, other: PlaySettings) -> bool:
    """Return whether no stroke is taken by both plays of a drum."""
    shared = [(one.when[name], other.when[name]) for name in one.when if name in other.when]
    return any(first[1] <= second[0] or second[1] <= first[0] for first, second in shared)


def gap_in_words(drum: Drum) -> str:
    """Return strokes that no play of a drum takes, as words; empty where there are none, or where that is not known.

    It is known where all plays go by what is heard, which is the same number for every mapping.
    """
    lowest = {one.name: (one.low, one.high) for one in ONSET_FEATURES}
    boxes = [play.when for play in drum.plays]
    if not all(boxes) or any(name not in lowest for box in boxes for name in box):
        return ""
    opened = [{name: _open(part, *lowest[name]) for name, part in box.items()} for box in boxes]
    gap = _gap(opened, list(lowest)) or {}
    return " and ".join(f"{name} {_words(part)}" for name, part in gap.items() if part != (-math.inf, math.inf))


def _gap(boxes: Sequence[Mapping[str, Part]], names: Sequence[str]) -> dict[str, Part] | None:
    """Return a part of each number in which together no box lies; None if the boxes cover everything."""
    if not boxes or not names:
        return None if boxes else {}
    name, rest = names[0], names[1:]
    whole = (-math.inf, math.inf)
    for low, high in pairwise(sorted({*whole, *(end for box in boxes for end in box.get(name, ()))})):
        inside = [box for box in boxes if box.get(name, whole)[0] <= low and high <= box.get(name, whole)[1]]
        if (found := _gap(inside, rest)) is not None:
            return {name: (low, high), **found}
    return None


def _words(part: Part) -> str:
    low, high = part
    return f"under {high:g}" if low == -math.inf else f"from {low:g} up" if high == math.inf else f"{low:g} to {high:g}"
