"""Level and decay that follow the drum directly, beside the learned mapping.

Players want a loud stroke to sound loud whatever the mapping does with timbre. So each bundle carries three small
regressions, fitted when it is made: how loud a stroke will have been after 53 ms and how long it will ring, both told
from its onset features, and how loud the voice will be, told from its parameter values. `Follower` turns them into a
gain and into longer or shorter decays. numpy only; a few microseconds a stroke.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.spec import ParamSpace

Array = NDArray[np.float64]

GAIN_LIMIT_DB = 40.0
"""A predicted silence must not become a gain that throws the speakers."""

DECAY_LIMIT_OCTAVES = 2.0


@dataclass(frozen=True, slots=True)
class Following:
    """Constants of the direct layer, fitted per bundle.

    Parameters
    ----------
    drum_loudness : (terms,) float64
        Coefficients over `drum_terms`: K-weighted loudness of the first 53 ms, dB above the reference stroke.
    drum_decay : (terms,) float64
        The same for decay time, in octaves above the reference stroke.
    voice_weight : (hidden, n) float64
    voice_bias : (hidden,) float64
    voice_out : (hidden,) float64
        Loudness of the voice for parameters in 0..1, dB above the preset: ``voice_out @ tanh(weight @ unit + bias)``,
        less ``voice_offset_db``.
    voice_offset_db : float
        What that sum is at the preset.
    """

    drum_loudness: Array
    drum_decay: Array
    voice_weight: Array
    voice_bias: Array
    voice_out: Array
    voice_offset_db: float

    def tensors(self) -> dict[str, Array]:
        """Return every constant as a named array, for a bundle."""
        return {each.name: np.atleast_1d(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Array]) -> Following:
        """Return what `tensors` gave away."""
        arrays: dict[str, Any] = {each.name: np.asarray(tensors[each.name], np.float64) for each in fields(cls)}
        return cls(**arrays | {"voice_offset_db": float(arrays["voice_offset_db"][0])})


@functools.cache
def _pairs(features: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(features)


def drum_terms(relative: Array) -> Array:
    """Return (..., terms) of (..., features) relative to the reference stroke: they and their products, all 0 there.

    >>> drum_terms(np.array([2.0, 3.0]))
    array([2., 3., 4., 6., 9.])
    """
    first, second = _pairs(relative.shape[-1])
    return np.concatenate([relative, relative[..., first] * relative[..., second]], axis=-1)


def plain_following(scale: Array, params: int, hidden: int = 1) -> Following:
    """Return constants that need no training: level counts one to one, decay and voice count nothing.

    Parameters
    ----------
    scale : (features,) float64
        Range of each onset feature, as in `models.mapping.bundle.Bundle`; the first is that of the level in dB.
    params : int
        How many parameters the voice has.
    hidden : int
        How many units tell the voice's loudness.
    """
    decay = np.zeros_like(drum_terms(scale))
    loudness = decay.copy()
    loudness[0] = scale[0]
    return Following(loudness, decay, np.zeros((hidden, params)), np.zeros(hidden), np.zeros(hidden), 0.0)


class Follower:
    """Apply `Following` to strokes. Allocates a few short arrays a call; never reads a file or waits.

    Parameters
    ----------
    following : Following
    space : ParamSpace
        Of the values that it will see.
    """

    def __init__(self, following: Following, space: ParamSpace) -> None:
        self._following, self._space = following, space
        self._decays = np.array([param.role == "decay" for param in space])
        self._low, self._high = np.array([(param.low, param.high) for param in space])[self._decays].T

    def gain_db(self, relative: Array, values: Array, follow_level: float) -> float:
        """Return the gain that makes the voice as much louder than its preset as the drum is than its reference.

        Parameters
        ----------
        relative : (features,) float64
            Scaled onset features relative to the reference stroke: `models.mapping.mapper.Mapper.relative`.
        values : (n,) float64
            What the voice will play, real units.
        follow_level : float
            0: no gain. 1: all of it.
        """
        if follow_level == 0.0:
            return 0.0
        wanted = float(drum_terms(relative) @ self._following.drum_loudness)
        return follow_level * min(max(wanted - self.voice_db(values), -GAIN_LIMIT_DB), GAIN_LIMIT_DB)

    def voice_db(self, values: Array) -> float:
        """Return the loudness that the voice will have with (n,) ``values`` in real units, dB above its preset."""
        constants = self._following
        hidden = np.tanh(constants.voice_weight @ self._space.to_unit(values) + constants.voice_bias)
        return float(hidden @ constants.voice_out) - constants.voice_offset_db

    def decays(self, relative: Array, values: Array, follow_decay: float) -> None:
        """Stretch the envelope decays in ``values``, in place, as the drum's decay differs from its reference's.

        Parameters
        ----------
        relative, values
            As in `gain_db`.
        follow_decay : float
            0: nothing. 1: a drum that rings an octave longer doubles the decays.
        """
        if follow_decay == 0.0:
            return
        octaves = float(drum_terms(relative) @ self._following.drum_decay)
        factor = 2.0 ** (follow_decay * min(max(octaves, -DECAY_LIMIT_OCTAVES), DECAY_LIMIT_OCTAVES))
        values[self._decays] = np.clip(values[self._decays] * factor, self._low, self._high)
