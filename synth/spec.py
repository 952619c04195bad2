"""The parameter table: what a synth can be told, as values that every other part reads.

``Param`` is one control (name, range, unit, curve, default); ``ParamSpace`` is an ordered set of them. The formulas
take numpy arrays and torch tensors alike, so the learned mapping, both renderings of a voice, OSC, MIDI and the docs
share one definition of "half way up".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError, choices, shown

Curve = Literal["linear", "log"]
Role = Literal["", "pitch", "decay", "level"]
Kind = Literal["number", "choice", "switch"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_STEPS = 16_384
"""Of a control with fourteen bits, the finest that MIDI has."""


@dataclass(frozen=True, slots=True)
class Param:
    """One control of a synth.

    Parameters
    ----------
    name : str
        Lower case, words joined by ``_`` and parts by ``.``, unique in its space.
    low, high : float
        Legal range in real units, both ends included.
    unit : str
        ``Hz``, ``ms``, ``dB``, ``ratio``, ``Q``, ``m``, or empty.
    curve : {"linear", "log"}
        How 0..1 covers the range. ``log`` needs ``low > 0``.
    default : float
        In real units.
    meaning : str
        One line for a person who has never seen the synth.
    role : {"", "pitch", "decay", "level"}
        What it does to a stroke, for those who turn all parameters that do so.
    kind : {"number", "choice", "switch"}
        Whether its values have an order. Those of a choice have none, and a switch is a choice between two.
    steps : int
        How many values it can take, evenly apart in 0..1; 0: any. A choice has one step for each of its values.

    Raises
    ------
    ValueError
        An empty range, a log curve from 0 or below, a default outside the range, a single step, a choice without
        steps, or a switch of more than two.
    """

    name: str
    low: float
    high: float
    unit: str
    curve: Curve
    default: float
    meaning: str = ""
    role: Role = ""
    kind: Kind = "number"
    steps: int = 0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"{self.name}: low {self.low} must be below high {self.high}")
        if self.curve == "log" and self.low <= 0:
            raise ValueError(f"{self.name}: a log curve needs low above 0, not {self.low}")
        if not self.low <= self.default <= self.high:
            raise ValueError(f"{self.name}: default {self.default} must be in {self.low} to {self.high}")
        if self.steps < 0 or self.steps == 1 or (self.kind == "choice" and not self.steps):
            raise ValueError(f"{self.name}: {self.steps} steps; a {self.kind} needs 2 or more")
        if self.kind == "switch" and self.steps != 2:
            raise ValueError(f"{self.name}: a switch has 2 steps, not {self.steps}")


@dataclass(frozen=True, slots=True)
class ParamSpace:
    """An ordered set of `Param`; the last axis of every array of parameters follows its order.

    Parameters
    ----------
    name : str
        Of the synth.
    params : tuple of Param
        In order, n of them.

    Raises
    ------
    ValueError
        Two parameters share a name.
    """

    name: str
    params: tuple[Param, ...]
    _log: NDArray[np.intp] = field(init=False, repr=False, compare=False)
    _rows: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _last_steps: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.params):
            raise ValueError(f"{self.name}: parameter names must be unique")
        # Kept, since every stroke asks for them on the audio thread.
        rows = [(p.low, p.high / p.low if p.curve == "log" else p.high - p.low) for p in self.params]
        object.__setattr__(self, "_rows", np.array(rows, dtype=np.float64).T.copy())
        object.__setattr__(self, "_log", np.flatnonzero([p.curve == "log" for p in self.params]))
        object.__setattr__(self, "_last_steps", np.array([p.steps - 1.0 for p in self.params], dtype=np.float64))

    def __len__(self) -> int:
        return len(self.params)

    def __iter__(self) -> Iterator[Param]:
        return iter(self.params)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(param.name for param in self.params)

    @property
    def defaults(self) -> NDArray[np.float64]:
        """Default values in real units, shape (n,)."""
        return np.array([param.default for param in self.params], dtype=np.float64)

    @property
    def ranges(self) -> tuple[tuple[str, float, float, str], ...]:
        """What values mean, (n,) tuples: spaces with the same may exchange them; texts and defaults may differ."""
        return tuple((param.name, param.low, param.high, param.curve) for param in self.params)

    def index(self, name: str, where: str = "") -> int:
        """Return the column of ``name``; `InputError` says ``where`` it is asked for, and lists those that exist."""
        if name not in self.names:
            known = choices(name, self.names, "it has")
            raise InputError(f"{where}{shown(name)} is no parameter of {self.name}; {known}")
        return self.names.index(name)

    def from_unit(self, unit: Any) -> Any:
        """Return real values for 0..1 values: (..., n) array or tensor in, the same kind out.

        >>> space = ParamSpace("filter", (Param("cutoff", 20, 20_000, "Hz", "log", 1000),))
        >>> space.from_unit(np.array([0.5])).round(6).tolist()
        [632.455532]
        """
        low, span = self._columns(unit)
        real = low + span * unit
        real[..., self._log] = low[self._log] * span[self._log] ** unit[..., self._log]
        return real

    def realised(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what of (..., n) values the synth takes, as 0..1: clamped to the range, on the nearest of its steps.

        >>> space = ParamSpace("synth", (Param("shape", 0, 2, "", "linear", 0, kind="choice", steps=3),))
        >>> space.realised(np.array([[-0.2], [0.2], [0.3], [0.9]])).ravel().tolist()
        [0.0, 0.0, 0.5, 1.0]
        """
        held = np.clip(unit, 0.0, 1.0)
        last = np.maximum(self._last_steps, 1.0)
        return np.where(self._last_steps > 0.0, np.round(held * last) / last, held)

    def between(self, first: NDArray[np.float64], last: NDArray[np.float64], part: float) -> NDArray[np.float64]:
        """Return real values on the way from ``first`` (0) to ``last`` (1), along their curves; both ends to the bit.

        >>> space = ParamSpace("filter", (Param("cutoff", 20, 20_000, "Hz", "log", 1000),))
        >>> space.between(np.array([20.0]), np.array([20_000.0]), 0.5).round(6).tolist()
        [632.455532]
        """
        if part in (0.0, 1.0):
            return last if part else first
        return np.asarray(self.from_unit((1.0 - part) * self.to_unit(first) + part * self.to_unit(last)))

    def to_unit(self, values: Any) -> NDArray[np.float64]:
        """Return 0..1 values for real ones, shape (..., n) in and out; numpy only."""
        real = np.asarray(values, dtype=np.float64)
        low, span = self._rows
        unit: NDArray[np.float64] = (real - low) / span
        unit[..., self._log] = np.log(real[..., self._log] / low[self._log]) / np.log(span[self._log])
        return unit

    def _columns(self, like: Any) -> Any:
        """Return low and span of every column, of the kind and type of ``like``; the span of a log is a ratio."""
        if isinstance(like, np.ndarray):
            return self._rows.astype(like.dtype, copy=False)
        return like.new_tensor(self._rows.tolist())
