"""Random treatments of drums: what the encoder learns to tell apart, and the controller to set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synth.effects.chain import Chain
from synth.spec import ParamSpace

Array = NDArray[np.float64]

BAND_SHARE, COMPRESSED_SHARE = 0.6, 0.7
"""How often a band of the equaliser is used, and the compressor."""


def _eq(space: ParamSpace, rng: np.random.Generator, strength: float) -> Array:
    values = np.asarray(space.from_unit(rng.uniform(0.1, 0.9, len(space))))
    for column, param in enumerate(space):
        if param.name.endswith(".gain"):
            used = rng.random() < BAND_SHARE
            values[column] = np.clip(rng.normal(0.0, 8.0 * strength), -18.0, 18.0) if used else 0.0
        elif param.name.endswith(".q"):
            values[column] = np.exp(rng.uniform(np.log(0.4), np.log(2.0)))
    return values


def _compressor(space: ParamSpace, rng: np.random.Generator, strength: float) -> Array:
    used = rng.random() < COMPRESSED_SHARE * strength
    return np.array(
        [
            rng.uniform(-45.0, -8.0),
            np.exp(rng.uniform(np.log(1.5), np.log(12.0))) if used else 1.0,
            np.exp(rng.uniform(np.log(0.3), np.log(60.0))),
            np.exp(rng.uniform(np.log(15.0), np.log(500.0))),
            rng.uniform(0.0, 12.0),
            rng.uniform(-3.0, 12.0) if used else rng.uniform(-6.0, 6.0),
        ]
    )


_TREATMENTS: dict[str, Callable[[ParamSpace, np.random.Generator, float], Array]] = {
    "eq": _eq,
    "compressor": _compressor,
}


def treatment(chain: Chain, rng: np.random.Generator, strength: float = 1.0) -> Array:
    """Return values of a chain, (n,) real units, as drums may be treated.

    Parameters
    ----------
    chain : Chain
        An effect whose treatments are not known gets any values of its table.
    rng : Generator
        Of the choice.
    strength : float
        0 to 1: less changes the sound less.
    """
    parts = []
    for kind in chain.kinds:
        known = _TREATMENTS.get(kind.name)
        anything = np.asarray(kind.space.from_unit(rng.random(len(kind.space))))
        parts.append(known(kind.space, rng, strength) if known else anything)
    return np.concatenate(parts)
