"""How a voice is wired: its parts in the order of the signal, as data that one compiled program reads.

A part has coefficients, which a voice derives from a stroke's values, and a state, which begins at zero. Every voice
runs through the same kernels (`synth.parts.graph`), so a new voice compiles nothing but its own few formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.parts.oversampling import HISTORY

SINE, NOISE, SQUARES, ENVELOPE, FILTER, DRIVE, CONSTANT, MIX, PARTIALS, FM, SHAPER, TABLES = range(12)

_EACH, _ONCE = "each", "once"
_SINE: tuple[tuple[str, str], ...] = tuple(
    (name, _ONCE)
    for name in (
        "until", "gain", "turns", "phase", "decay", "attack",
        "depth", "sweep", "sweeps", "depth2", "sweep2", "sweeps2",
    )
)  # fmt: skip
_FIELDS: Mapping[int, tuple[tuple[str, str], ...]] = {
    SINE: _SINE,
    NOISE: (),
    CONSTANT: (),
    SQUARES: (("until", _ONCE), ("gain", _EACH), ("turns", _EACH), ("duty", _EACH)),
    ENVELOPE: (("until", _ONCE), ("gain", _EACH), ("decay", _EACH), ("delay", _EACH), ("attack", _EACH)),
    FILTER: tuple((name, _ONCE) for name in ("b0", "b1", "b2", "a1", "a2")),
    DRIVE: tuple((name, _ONCE) for name in ("gain", "bias", "level", "fine")),
    MIX: (),
    PARTIALS: (
        ("until", _ONCE), ("attack", _ONCE), ("gain", _EACH), ("real", _EACH), ("imag", _EACH), ("last", _EACH),
    ),
    FM: (*_SINE, ("ratio", _EACH), ("index", _EACH), ("fall", _EACH)),
    SHAPER: (*_SINE, ("rest", _ONCE), ("span", _ONCE), ("fall", _ONCE), ("odd", _EACH), ("even", _EACH)),
    TABLES: (*_SINE, ("place", _ONCE), ("shift", _ONCE), ("fall", _ONCE), ("level", _ONCE)),
}  # fmt: skip
_STATE_ONCE = {SINE: 3, FILTER: 4, FM: 3, SHAPER: 4, TABLES: 4}
_STATE_EACH = {ENVELOPE: 1, PARTIALS: 2, FM: 1}
_MOST_INPUTS = 4

KIND, COUNT, COEFS, STATE, GATE, NEEDED, INPUTS = range(7)
"""Columns of a program.

``GATE`` is the place of the coefficient after which the part is silent, or -1. ``NEEDED`` is 1 where the slopes of some
part need the sound of this one.
"""
COLUMNS = INPUTS + _MOST_INPUTS


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a voice.

    Parameters
    ----------
    name : str
        By which the voice's formulas set its coefficients.
    kind : int
        ``SINE``, ``NOISE``, ``SQUARES``, ``PARTIALS``, ``FM``, ``SHAPER``, ``TABLES`` and ``CONSTANT``, a 1, are
        sources; ``ENVELOPE``, ``FILTER`` and ``DRIVE`` change what they are given; ``MIX`` is its sum.
    of : tuple of str
        Parts whose sum it is given; earlier ones.
    count : int
        Sweeps of a ``SINE``, oscillators of ``SQUARES``, ``PARTIALS``, exponentials of an ``ENVELOPE``, modulators of
        ``FM``, terms of each series of a ``SHAPER``. A ``DRIVE`` of more than 1 may bend at four times the rate, where
        its ``fine`` is above 0.
    rests_with : str
        An earlier part with which it falls silent too: one that has been given time to ring out.
    """

    name: str
    kind: int
    of: tuple[str, ...] = ()
    count: int = 1
    rests_with: str = ""

    def fields(self, number: type) -> np.dtype[Any]:
        """Return its coefficients as a record of ``number``."""
        each = (self.count,)
        return np.dtype([(name, number, each) if per == _EACH else (name, number) for name, per in _FIELDS[self.kind]])

    @property
    def state_size(self) -> int:
        """How many numbers it keeps from sample to sample."""
        if self.kind == DRIVE:
            return HISTORY if self.count > 1 else 0
        return _STATE_ONCE.get(self.kind, 0) + self.count * _STATE_EACH.get(self.kind, 0)


@dataclass(frozen=True)
class Wiring:
    """The parts of a voice, in the order of the signal; the last one is heard.

    Raises
    ------
    ValueError
        A name stands twice, or a part is given one that does not come before it.
    """

    parts: tuple[Part, ...]
    _places: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for place, part in enumerate(self.parts):
            earlier = (*part.of, part.rests_with) if part.rests_with else part.of
            unknown = [name for name in earlier if name not in self._places]
            if unknown or part.name in self._places or len(part.of) > _MOST_INPUTS:
                raise ValueError(f"part '{part.name}': its name or what it is of ({', '.join(part.of)}) is wrong")
            self._places[part.name] = place

    def coefficients(self, number: type = np.float64) -> np.dtype[Any]:
        """Return the record that a voice's formulas fill: a record for each part, and what is known of the stroke.

        ``end`` is the sample after which nothing is heard, ``level`` the loudness at its start, 0 to 1.
        """
        stroke = np.dtype([("end", number), ("level", number)])
        named = [(part.name, part.fields(number)) for part in self.parts if _FIELDS[part.kind]]
        return np.dtype([("stroke", stroke), *named])

    @cached_property
    def size(self) -> int:
        """Coefficients of a stroke."""
        return self.coefficients().itemsize // np.dtype(np.float64).itemsize

    @cached_property
    def state_size(self) -> int:
        """Numbers that a stroke keeps from sample to sample."""
        return sum(part.state_size for part in self.parts)

    @cached_property
    def drawn(self) -> int:
        """Samples of a stroke's noise that are read however short it is: the first ones set the phases of squares."""
        return max((part.count for part in self.parts if part.kind == SQUARES), default=0)

    @cached_property
    def program(self) -> NDArray[np.int64]:
        """The wiring as the kernels read it: a row for each part, see `KIND` and the columns after it."""
        program = np.full((len(self.parts), COLUMNS), -1, np.int64)
        record, word, state = self.coefficients(), np.dtype(np.float64).itemsize, 0
        for row, part in zip(program, self.parts, strict=True):
            offset = record.fields[part.name][1] // word if part.name in (record.names or ()) else 0  # type: ignore[index]
            row[KIND], row[COUNT], row[COEFS], row[STATE] = part.kind, part.count, offset, state
            row[INPUTS : INPUTS + len(part.of)] = [self._places[name] for name in part.of]
            row[NEEDED] = part.kind == FILTER
            for name in part.of if part.kind != MIX else ():
                program[self._places[name], NEEDED] = 1
            if "until" in dict(_FIELDS[part.kind]):
                row[GATE] = offset
            elif part.rests_with:
                row[GATE] = program[self._places[part.rests_with], GATE]
            state += part.state_size
        self._gate_what_only_feeds(program)
        return program

    def _gate_what_only_feeds(self, program: NDArray[np.int64]) -> None:
        """Let a part rest as soon as the only one that it feeds is silent."""
        for place in reversed(range(len(program))):
            fed = [row for row in program if place in row[INPUTS:]]
            if program[place, GATE] < 0 and len(fed) == 1:
                program[place, GATE] = fed[0][GATE]
