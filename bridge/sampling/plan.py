"""What is recorded of a synth: repeats, a sweep of each control, and settings spread evenly over all controls.

Settings are points of a scrambled Sobol sequence (Sobol, 1967; Owen, 1998): a part of it covers the space evenly, and
it can be gone on with. Weights of choices bend it, and forbidden settings are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.synth import Array, SampledSynth
from synth.errors import InputError, shown

Purpose = Literal["repeat", "sweep", "joint", "anchor", "more"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

REPEATS = 20
"""Takes of one setting, whose spread is the floor under whatever learns the synth."""

FEWEST_STEPS, MOST_STEPS = 9, 17
"""Of a sweep."""

TWICE = 2
"""Takes of each step of a sweep: one just after the control has moved, one while it rests."""

ANCHOR_EVERY = 50
"""Settings between two takes of the default: they show a drift."""

_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is recorded, in its order.

    Parameters
    ----------
    purposes : (n,) of str
        One of `PURPOSES` for each.
    controls : (n,) int64
        The column that a sweep moves; -1: none.
    steps : (n,) int64
        The step of a sweep; -1: none.
    unit : (n, columns) float64
        Values of 0..1, as the synth takes them.
    """

    purposes: NDArray[np.str_]
    controls: NDArray[np.int64]
    steps: NDArray[np.int64]
    unit: Array

    def __len__(self) -> int:
        return len(self.unit)

    def rows_of(self, *purposes: Purpose) -> NDArray[np.int64]:
        """Return the rows of some purposes."""
        return np.flatnonzero(np.isin(self.purposes, purposes))

    def followed_by(self, other: Plan) -> Plan:
        """Return both, one after the other."""
        parts = ((getattr(self, name), getattr(other, name)) for name in ("purposes", "controls", "steps", "unit"))
        return Plan(*(np.concatenate(pair) for pair in parts))


def _plan(purpose: Purpose, unit: Array, control: int = -1, steps: Sequence[int] | None = None) -> Plan:
    count = len(unit)
    places = np.full(count, -1) if steps is None else np.array(steps, np.int64)
    return Plan(np.full(count, purpose), np.full(count, control), places, unit)


def whole_plan(synth: SampledSynth, notes: int, seed: int) -> Plan:
    """Return repeats, sweeps and ``notes`` joint settings with anchors between them.

    Raises
    ------
    InputError
        A forbidden setting names what is not moved, or hardly any setting is left.
    """
    return first_part(synth).followed_by(with_anchors(synth, "joint", joint_settings(synth, notes, seed)))


def first_part(synth: SampledSynth) -> Plan:
    """Return what the report card is made of: repeats of the default, and a sweep of each column from there."""
    default = synth.default_unit
    plan = _plan("repeat", np.tile(default, (REPEATS, 1)))
    for column, param in enumerate(synth.space):
        values = sweep_values(param.steps)
        unit = np.tile(default, (TWICE * len(values), 1))
        unit[:, column] = np.repeat(values, TWICE)
        plan = plan.followed_by(_plan("sweep", unit, column, np.repeat(np.arange(len(values)), TWICE).tolist()))
    return plan


def sweep_values(steps: int) -> Array:
    """Return the values of a sweep, 0..1, from low to high: each step of a control that has few, else evenly apart.

    >>> sweep_values(3).tolist(), len(sweep_values(0)), len(sweep_values(128)), len(sweep_values(12))
    ([0.0, 0.5, 1.0], 9, 9, 12)
    """
    if steps and steps <= MOST_STEPS:
        return np.linspace(0.0, 1.0, steps)
    if not steps:
        return np.linspace(0.0, 1.0, FEWEST_STEPS)
    # On steps of the control, so that each of the values is one that can be asked for again.
    return np.unique(np.rint(np.linspace(0, steps - 1, FEWEST_STEPS))) / (steps - 1)


def with_anchors(synth: SampledSynth, purpose: Purpose, unit: Array) -> Plan:
    """Return settings with an anchor before each `ANCHOR_EVERY` of them, and one behind the last."""
    anchor = _plan("anchor", synth.default_unit[None])
    plan = anchor
    for first in range(0, len(unit), ANCHOR_EVERY):
        plan = plan.followed_by(_plan(purpose, unit[first : first + ANCHOR_EVERY])).followed_by(anchor)
    return plan


def joint_settings(synth: SampledSynth, count: int, seed: int, skipped: int = 0) -> Array:
    """Return (count, columns) settings of 0..1 that cover the space evenly.

    Parameters
    ----------
    synth : SampledSynth
    count : int
    seed : int
        Of the scrambling: another one gives other settings.
    skipped : int
        Settings of the same sequence that were taken before.

    Raises
    ------
    InputError
        A forbidden setting names what is not moved, or fewer than one setting in a hundred is allowed.
    """
    forbidden = list(_forbidden(synth))
    found, taken = [np.zeros((0, len(synth.space)))], 0
    for number, points in enumerate(_sequence(len(synth.space), seed)):
        unit = synth.space.realised(_weighed(synth, points))
        allowed = unit[~np.any([_inside(unit, one) for one in forbidden], axis=0)] if forbidden else unit
        found.append(allowed)
        taken += len(allowed)
        if taken >= skipped + count:
            break
        if taken < 0.01 * _AT_ONCE * (number + 1):
            raise InputError(f"{synth.name}: [[sampling.forbid]] leaves hardly any setting; forbid less")
    return np.concatenate(found)[skipped : skipped + count]


def _sequence(columns: int, seed: int) -> Iterator[Array]:
    from scipy.stats.qmc import Sobol

    # Scrambled, as the first points of the plain sequence lie in corners.
    sequence = Sobol(columns, scramble=True, rng=np.random.default_rng(seed))
    while True:
        yield sequence.random(_AT_ONCE)


def _weighed(synth: SampledSynth, points: Array) -> Array:
    """Return points of which each value of a choice has its share."""
    unit = points.copy()
    for column, param in enumerate(synth.space):
        if param.steps:
            weights = synth.controls[column].weights if column < len(synth.controls) else ()
            edges = np.cumsum(weights or np.ones(param.steps))
            step = np.searchsorted(edges / edges[-1], points[:, column], side="right")
            unit[:, column] = np.minimum(step, param.steps - 1) / (param.steps - 1)
    return unit


Region = dict[int, tuple[float, float]]
"""Column to the part of 0..1 that is forbidden together with the parts of the other columns."""


def _forbidden(synth: SampledSynth) -> Iterator[Region]:
    columns = {control.name.lower(): column for column, control in enumerate(synth.controls)}
    fixed = {control.name.lower(): value for control, value in synth.fixed}
    for one in synth.sampling.forbid:
        region = _region(synth, one.when, columns, fixed)
        if region is not None:
            yield region


def _region(
    synth: SampledSynth,
    when: Mapping[str, tuple[float, float]],
    columns: Mapping[str, int],
    fixed: Mapping[str, float],
) -> Region | None:
    """Return the columns of a forbidden combination; None where a control that rests keeps out of it."""
    region: Region = {}
    for name, (low, high) in when.items():
        place = columns.get(name.lower())
        if place is not None:
            row = np.tile(synth.space.defaults, (2, 1))
            param = synth.space.params[place]
            row[:, place] = np.clip([low, high], param.low, param.high)
            ends = synth.space.to_unit(row)[:, place]
            region[place] = (float(ends[0]) - 1e-9, float(ends[1]) + 1e-9)
        elif name.lower() in fixed:
            if not low <= fixed[name.lower()] <= high:
                return None
        else:
            raise InputError(f"{synth.name}: [[sampling.forbid]] names {shown(name)}, which is no control with a value")
    if not region:
        raise InputError(f"{synth.name}: [[sampling.forbid]] forbids every setting, as {', '.join(when)} do not move")
    return region


def _inside(unit: Array, region: Region) -> NDArray[np.bool_]:
    parts = [(unit[:, column] >= low) & (unit[:, column] <= high) for column, (low, high) in region.items()]
    inside: NDArray[np.bool_] = np.all(parts, axis=0)
    return inside
