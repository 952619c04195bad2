"""Level and decay that follow the drum directly, beside the learned mapping.

Players want a loud stroke to sound loud whatever the mapping does with timbre. So each bundle carries three small
regressions, fitted when it is made: how loud a stroke will have been after 53 ms and how long it will ring, both told
from its onset features, and how loud the voice will be, told from its parameter values. `Follower` turns them into a
gain and into longer or shorter decays. numpy only; a few microseconds a stroke.
"""

from __future__ import annotations

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


def term_count(features: int) -> int:
    """Return how many numbers `drum_terms` gives: each feature and each product of two."""
    return features + features * (features + 1) // 2


def drum_terms(relative: Array) -> Array:
    """Return (..., terms) of (..., features) relative to the reference stroke: they and their products, all 0 there.

    >>> drum_terms(np.array([2.0, 3.0]))
    array([2., 3., 4., 6., 9.])
    """
    first, second = np.triu_indices(relative.shape[-1])
    return np.concatenate([relative, relative[..., first] * relative[..., second]], axis=-1)


def plain_following(scale: Array, params: int) -> Following:
    """Return constants that need no training: level counts one to one, decay and voice count nothing.

    Parameters
    ----------
    scale : (features,) float64
        Range of each onset feature, as in `models.mapping.bundle.Bundle`; the first is that of the level in dB.
    params : int
        How many parameters the voice has.
    """
    loudness = np.zeros(term_count(len(scale)))
    loudness[0] = scale[0]
    return Following(
        loudness, np.zeros_like(loudness), np.zeros((1, params)), np.zeros(1), np.zeros(1), voice_offset_db=0.0
    )


class Follower:
    """Apply `Following` to strokes. Allocates a few short arrays a call; never reads a file or waits.

    Parameters
    ----------
    following : Following
    space : ParamSpace
        Of the values that it will see.
    """

    def __init__(self, following: Following, space: ParamSpace) -> None:
        self._following = following
        self._first, self._second = np.triu_indices(features_of(following))
        low, high = np.array([(param.low, param.high) for param in space]).T
        self._decays = np.array([param.role == "decay" for param in space])
        self._low, self._high = low[self._decays], high[self._decays]
        self._log = np.array([param.curve == "log" for param in space])
        self._offset, top = (np.where(self._log, np.log(np.where(self._log, end, 1.0)), end) for end in (low, high))
        self._span = top - self._offset

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
        wanted = float(self._terms(relative) @ self._following.drum_loudness)
        return follow_level * min(max(wanted - self.voice_db(values), -GAIN_LIMIT_DB), GAIN_LIMIT_DB)

    def voice_db(self, values: Array) -> float:
        """Return the loudness that the voice will have with (n,) ``values`` in real units, dB above its preset."""
        constants = self._following
        unit = (np.where(self._log, np.log(np.maximum(values, 1e-9)), values) - self._offset) / self._span
        hidden = np.tanh(constants.voice_weight @ unit + constants.voice_bias)
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
        octaves = float(self._terms(relative) @ self._following.drum_decay)
        factor = 2.0 ** (follow_decay * min(max(octaves, -DECAY_LIMIT_OCTAVES), DECAY_LIMIT_OCTAVES))
        values[self._decays] = np.clip(values[self._decays] * factor, self._low, self._high)

    def _terms(self, relative: Array) -> Array:
        return np.concatenate([relative, relative[self._first] * relative[self._second]])


def features_of(following: Following) -> int:
    """Return how many onset features the constants were fitted over."""
    count = 1
    while term_count(count) < len(following.drum_loudness):
        count += 1
    return count
