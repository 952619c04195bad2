"""Where fitting a voice to a hit may begin: guesses from what was measured of the hit, and what is bred from the best.

Gradients find a pitch only from near it. So pitches are set to partials, the lowest to that with the lowest default;
decays are scattered about the measured one; the rest is taken from the voice's presets and scattered, or drawn at
random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from synth.spec import ParamSpace

Units = NDArray[np.float64]
"""(rows, parameters) values in 0..1 along their curves."""

_NEAR = 0.12
"""How far values are scattered about a preset, as a part of the range."""
_DRAWN = (0.0, 0.3, 0.6, 1.0)
"""The share of values that are drawn at random, guess after guess."""
_MEASURED_DECAYS = 0.7
_DECAY_SPREAD = 0.7
"""Of a measured decay, as a logarithm: half to double."""
_PULL, _STEP, _CHANGED = 0.5, 0.6, 0.7
_BEST = 6


class Guesses:
    """Guesses for one hit.

    Parameters
    ----------
    space : ParamSpace
        The voice's table.
    presets : (k, parameters) units
        Of the voice, its default first.
    held : sequence of int
        Columns that stay as in the default.
    partials_hz : (m,) float64
        The hit's strongest partials.
    default_hz : float or None
        The strongest partial of the default, where it has one: what a pitch is that is given as a ratio.
    decay_ms : float
        The hit's.
    rng : numpy Generator
    """

    def __init__(
        self,
        space: ParamSpace,
        presets: Units,
        held: Sequence[int],
        partials_hz: NDArray[np.float64],
        default_hz: float | None,
        decay_ms: float,
        rng: np.random.Generator,
    ) -> None:
        self._space, self._presets, self._held = space, presets, list(held)
        self._partials_hz, self._default_hz, self._decay_ms, self._rng = partials_hz, default_hz, decay_ms, rng

    def first(self, count: int) -> Units:
        """Return so many guesses, the presets themselves first."""
        rows = [self._guess(number) for number in range(max(count - len(self._presets), 0))]
        return self._kept(np.array([*self._presets[:count], *rows]))

    def _guess(self, number: int) -> NDArray[np.float64]:
        rng = self._rng
        base = self._presets[int(rng.integers(len(self._presets)))]
        near = base + _NEAR * rng.standard_normal(len(base))
        drawn = rng.random(len(base)) < _DRAWN[number % len(_DRAWN)]
        values = self._space.from_unit(np.where(drawn, rng.random(len(base)), near).clip(0.0, 1.0))
        self._set_pitches(values, strongest_first=number % 3 == 0)
        self._set_decays(values)
        unit: NDArray[np.float64] = self._space.to_unit(values)
        return unit

    def _set_pitches(self, values: NDArray[np.float64], strongest_first: bool) -> None:
        found = self._partials_hz if strongest_first else self._rng.permutation(self._partials_hz)
        columns = [column for column, param in enumerate(self._space) if param.role == "pitch"]
        given = [column for column in columns if self._space.params[column].unit == "Hz"]
        # The low shell of a snare stays the low one, as on its panel, where both could play either partial.
        given.sort(key=lambda column: self._space.params[column].default)
        ratios = [column for column in columns if column not in given]
        wanted_hz = [*np.sort(found[: len(given)]), *found[len(given) :]]
        for column, partial_hz in zip([*given, *ratios], wanted_hz, strict=False):
            param = self._space.params[column]
            wanted = float(partial_hz)
            if param.unit != "Hz":
                wanted = param.default * wanted / self._default_hz if self._default_hz else param.default
            if param.low <= wanted <= param.high:
                values[column] = wanted

    def _set_decays(self, values: NDArray[np.float64]) -> None:
        for column, param in enumerate(self._space):
            if param.role == "decay" and param.unit == "ms" and self._rng.random() < _MEASURED_DECAYS:
                scattered_ms = self._decay_ms * np.exp(_DECAY_SPREAD * self._rng.standard_normal())
                values[column] = min(max(scattered_ms, param.low), param.high)

    def bred(self, units: Units) -> Units:
        """Return as many guesses from (rows, parameters) earlier ones, the best first: differential evolution."""
        rng, count = self._rng, len(units)
        one, other = rng.permutation(count), rng.permutation(count)
        best = units[rng.integers(0, min(_BEST, count), count)]
        moved = units + _PULL * (best - units) + _STEP * (units[one] - units[other])
        moved = np.where(rng.random(units.shape) < _CHANGED, moved, units)
        return self._kept(np.where(moved > 1.0, 2.0 - moved, np.abs(moved)).clip(0.0, 1.0))

    def _kept(self, units: Units) -> Units:
        units[:, self._held] = self._presets[0, self._held]
        return units.clip(0.0, 1.0)


def evolved(
    guesses: Guesses, judge: Callable[[Units], NDArray[np.float64]], population: int, generations: int, parents: int
) -> Units:
    """Return the guesses that are left, (rows, parameters), the best first.

    Parameters
    ----------
    guesses : Guesses
    judge : callable
        (rows, parameters) units to (rows,) distances.
    population, generations, parents : int
        First guesses, how often the best are bred, and how many of them.
    """
    units = guesses.first(population)
    distances = judge(units)
    for _ in range(generations):
        order = np.argsort(distances, kind="stable")[:parents]
        units, distances = units[order], distances[order]
        children = guesses.bred(units)
        theirs = judge(children)
        better = theirs < distances
        units, distances = np.where(better[:, None], children, units), np.where(better, theirs, distances)
    return units[np.argsort(distances, kind="stable")]


def distinct(units: Units, count: int, least: float = 0.02) -> Units:
    """Return the first rows that differ by more than ``least`` somewhere, ``count`` at most."""
    kept: list[NDArray[np.float64]] = []
    for row in units:
        if all(np.abs(row - other).max() > least for other in kept):
            kept.append(row)
        if len(kept) == count:
            break
    return np.array(kept)
