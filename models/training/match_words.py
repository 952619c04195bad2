"""What a fitted voice cannot do of a sound, in sentences: from what is left by band and time, and ends of ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.features.likeness import WINDOWS, Likeness, band_rows, edges_hz
from models.training.match_sound import RATE_HZ, falls_to_s
from synth.spec import Param, ParamSpace

GOOD_DB = 1.0
"""A sound that is so near lacks nothing that anybody hears."""
MOST = 4
"""Sentences."""

_BANDS = (
    ("below 200 Hz", 0.0, 200.0),
    ("from 200 Hz to 1 kHz", 200.0, 1000.0),
    ("from 1 to 6 kHz", 1000.0, 6000.0),
    ("above 6 kHz", 6000.0, 20_000.0),
)
_TIMES = (("in its first 30 ms", 0.0, 0.03), ("from 30 to 200 ms", 0.03, 0.2), ("after 200 ms", 0.2, 2.0))
_HEARD_AT_LEAST = 0.15
"""Of the cells of a place: fewer say nothing of it."""
_NOTED_DB = 4.0
_FALLS_DB = -40.0
_NOTED_RING_S, _NOTED_RING = 0.05, 0.25
_END = 0.004
"""Of a range: so near an end a parameter would have gone further."""
_INWARD, _MATTERS_DB = 0.1, 0.2


class _Left(NamedTuple):
    """What is left in a band, at a time (-1: at all times), in dB; above 0 the voice is too loud."""

    band: int
    time: int
    db: float


def cannot(
    likeness: Likeness,
    sound: NDArray[np.float32],
    fitted: NDArray[np.float32],
    space: ParamSpace,
    values: NDArray[np.float64],
    after_db: float,
    distances: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> list[str]:
    """Return what the voice cannot do, the worst first; nothing where it is as good as the same.

    Parameters
    ----------
    likeness : Likeness
        Of the sound.
    sound, fitted : (n,) float32
        At `RATE_HZ`, from their onsets on.
    space : ParamSpace
    values : (parameters,) float64
        Real units.
    after_db : float
        The distance of ``fitted``.
    distances : callable
        (rows, parameters) of 0..1 to (rows,) distances.
    """
    if after_db < GOOD_DB:
        return []
    ends = _ends(space, values, distances)
    words = [*_ring(sound, fitted, ends), *_bands(likeness, fitted)]
    return [*words[: MOST - 1], *_stuck(ends)][:MOST]


def _ends(
    space: ParamSpace, values: NDArray[np.float64], distances: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> list[Param]:
    """Return the parameters that stand at an end of their range and would be missed further inside."""
    unit = space.to_unit(values)
    columns = np.flatnonzero((unit < _END) | (unit > 1.0 - _END))
    rows = np.tile(unit, (len(columns) + 1, 1)).clip(0.0, 1.0)
    for row, column in enumerate(columns, 1):
        rows[row, column] = _INWARD if unit[column] < 0.5 else 1.0 - _INWARD
    apart = distances(rows)
    return [space.params[column] for row, column in enumerate(columns, 1) if apart[row] - apart[0] > _MATTERS_DB]


def _ring(sound: NDArray[np.float32], fitted: NDArray[np.float32], ends: list[Param]) -> list[str]:
    wanted_s, there_s = falls_to_s(sound, _FALLS_DB), falls_to_s(fitted, _FALLS_DB)
    apart_s = there_s - wanted_s
    if abs(apart_s) < max(_NOTED_RING_S, _NOTED_RING * wanted_s):
        return []
    decays = [param.name for param in ends if param.role == "decay"]
    why = (
        f" ({', '.join(decays)} at the end of {'its range' if len(decays) == 1 else 'their ranges'})" if decays else ""
    )
    return [f"it rings {abs(apart_s):.2f} s {'longer' if apart_s > 0 else 'shorter'} than the sound{why}"]


def _bands(likeness: Likeness, fitted: NDArray[np.float32]) -> list[str]:
    """Return the bands and times in which the voice is too loud or too soft."""
    import torch

    differences = likeness.differences(torch.from_numpy(fitted)[None])
    places = {(b, t): _mean_db(differences, b, t) for b in range(len(_BANDS)) for t in range(len(_TIMES))}
    left: list[_Left] = []
    for band in range(len(_BANDS)):
        heard = {t: places[band, t] for t in range(len(_TIMES)) if not np.isnan(places[band, t])}
        noted = {t: db for t, db in heard.items() if abs(db) >= _NOTED_DB}
        signs = {np.sign(db) for db in noted.values()}
        if len(noted) == len(heard) > 1 and len(signs) == 1:
            left.append(_Left(band, -1, float(np.mean(list(noted.values())))))
        else:
            left += [_Left(band, t, db) for t, db in noted.items()]
    return [_said(one) for one in sorted(left, key=lambda one: -abs(one.db))]


def _mean_db(differences: list[NDArray[np.float32]], band: int, time: int) -> float:
    """Return the mean difference of the cells of a place, in the longest window that tells times there apart."""
    window = 1 if time < 2 else 0
    samples = WINDOWS[window]
    _, low_hz, high_hz = _BANDS[band]
    middles_hz = edges_hz()[band_rows(samples, RATE_HZ)] * 2.0 ** (1 / 6)
    frames_s = np.arange(len(differences[window])) * (samples // 4 / RATE_HZ)
    rows = (frames_s >= _TIMES[time][1]) & (frames_s < _TIMES[time][2])
    cells = differences[window][rows][:, (middles_hz >= low_hz) & (middles_hz < high_hz)]
    if not cells.size or np.isfinite(cells).mean() < _HEARD_AT_LEAST:
        return float("nan")
    return float(np.nanmean(cells))


def _said(left: _Left) -> str:
    when = "" if left.time < 0 else f" {_TIMES[left.time][0]}"
    return f"{_BANDS[left.band][0]} it is {abs(left.db):.0f} dB too {'loud' if left.db > 0 else 'soft'}{when}"


def _stuck(ends: list[Param]) -> list[str]:
    others = [param.name for param in ends if param.role != "decay"]
    if not others:
        return []
    verb = "stands at the end of its range" if len(others) == 1 else "stand at the ends of their ranges"
    return [f"{', '.join(others)} {verb}"]
