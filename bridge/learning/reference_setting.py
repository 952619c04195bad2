"""The setting from which a synth can follow a drum furthest: what the reference stroke plays if a person asks for it.

A few settings that sound are tried: strokes of all levels are fitted from each through the proxy, one by one, and the
setting counts from which they come nearest. How near the nearest of many other settings is does not tell that: in a
space of ten controls 2 000 settings lie too far apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridge.learning.through import Reached, maker_of, patch_of
from bridge.sampling.plan import joint_settings
from bridge.sampling.synth import VELOCITY

if TYPE_CHECKING:
    from models.training.strokes import Strokes

CANDIDATES = 11
"""Beside the profile's own default."""

STROKES = 16
STEPS = 80

SOFTEST_LKFS = -40.0
"""A reference stroke that is softer leaves no room for ghost notes."""

VELOCITIES = 33

_SETTINGS = 256
_SEED = 31

Array = NDArray[np.float64]


def best_setting(found: Reached, strokes: Strokes, reference: int) -> Array:
    """Return the setting, (columns,) of 0..1, from which the strokes of a drum can be followed best.

    Parameters
    ----------
    found : Reached
    strokes : Strokes
    reference : int
        Row of the reference stroke.
    """
    settings = joint_settings(found.synth, _SETTINGS, _SEED)
    loud = settings[_loudness(found, settings) > SOFTEST_LKFS][:CANDIDATES]
    tried = [found.synth.default_unit, *loud]
    return np.asarray(min(tried, key=lambda unit: _cost(found, unit, strokes, reference)))


def with_headroom(found: Reached, unit: Array, strokes: Strokes, reference: int) -> Array:
    """Return a setting whose velocity lets strokes be as much louder and softer as the drum's are.

    Where the synth has not that range, what is missing is missing on both sides alike.
    """
    from models.training.loss_kinds import LOSSES
    from models.training.losses import DrumDifferences

    names = found.synth.space.names
    if VELOCITY not in names:
        return unit
    drum = DrumDifferences(strokes, reference, LOSSES["balanced"], np.arange(len(strokes)))
    softer, louder = np.percentile(drum.wanted[:, 0].numpy(), (5, 95)) * (-1.0, 1.0)
    settings = np.tile(unit, (VELOCITIES, 1))
    settings[:, names.index(VELOCITY)] = np.linspace(0.0, 1.0, VELOCITIES)
    loudness = _loudness(found, settings)
    low, high = float(loudness.min()), float(loudness.max())
    missing = max(softer + louder - (high - low), 0.0)
    wanted = high - louder + missing * louder / max(softer + louder, 1e-9)
    return np.asarray(found.synth.space.realised(settings[np.abs(loudness - wanted).argmin()]))


def _loudness(found: Reached, settings: Array) -> Array:
    """Return how loud settings begin, as the proxy believes."""
    import torch

    from models.training.figures import LOUDNESS

    with torch.no_grad():
        figures = found.proxy.figures(torch.from_numpy(settings))
    return np.asarray(figures[:, LOUDNESS].double().numpy())


def _cost(found: Reached, unit: Array, strokes: Strokes, reference: int) -> float:
    """Return the error that is left where each of some strokes plays what suits it."""
    from models.training.evaluate import errors_of
    from models.training.oracle import optimize_strokes

    patch, maker, rows = patch_of(found.synth, unit, "tried"), maker_of(found, "proxy"), _spread(strokes.features[:, 0])
    best = optimize_strokes(strokes, rows, reference, patch, "balanced", STEPS, made=maker)
    return errors_of(best, rows, strokes, reference, patch, "reference", made=maker).mean_relative


def _spread(levels_db: Array) -> NDArray[np.int64]:
    """Return rows of all levels alike, at most `STROKES`."""
    order = np.argsort(levels_db)
    places = np.linspace(0, len(order) - 1, min(len(order), STROKES)).round().astype(int)
    return np.asarray(order[places], np.int64)
