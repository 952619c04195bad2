"""Run-time inference: the onset features of a stroke become a modulation for every parameter. numpy only.

Scaler and reference stroke come from the bundle and never change while playing: a stroke equal to the reference is all
zeros at the model's input. Arrays are made once, so a call allocates only its result.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.mapping.architectures import NORM_EPSILON, architecture_named
from models.mapping.bundle import Bundle

Array = NDArray[np.float64]


class Mapper:
    """A trained mapping, ready to play.

    Parameters
    ----------
    bundle : Bundle
        Where weights, scaler and reference come from.
    """

    def __init__(self, bundle: Bundle) -> None:
        architecture = architecture_named(bundle.arch)
        self.bundle = bundle
        self._reference = bundle.reference.copy()
        self._scale = 1.0 / bundle.scale
        self._clamp = architecture.squash == "clamp"
        layers = [_layer(bundle, index) for index in range(len(architecture.hidden) + 1)]
        # Taking the mean of a layer's units away is linear, so it moves into the weights once and for all.
        self._hidden = [(weight - weight.mean(axis=0), bias - bias.mean()) for weight, bias in layers[:-1]]
        self._sums = [np.empty(len(bias)) for _, bias in self._hidden]
        self._last, self._last_bias = layers[-1]

    def __call__(self, features: Array) -> Array:
        """Return the (n,) modulation, -1..1, for (features,) onset features in their own units."""
        return self.modulation(self.relative(features))

    def relative(self, features: Array) -> Array:
        """Return scaled (features,) relative to the reference stroke: what the model hears, zeros at the reference."""
        return (features - self._reference) * self._scale

    def modulation(self, relative: Array) -> Array:
        """Return the (n,) modulation, -1..1, for what `relative` gave, (features,), and a player may have bent."""
        signal, gain = relative, 1.0
        for (weight, bias), sums in zip(self._hidden, self._sums, strict=True):
            np.dot(weight, signal, out=sums)
            sums *= gain
            sums += bias
            # Normalising scales all units alike: the factor may wait until after the next product.
            gain = 1.0 / math.sqrt(float(np.dot(sums, sums)) / len(sums) + NORM_EPSILON)
            signal = np.maximum(sums, 0.0, out=sums)
        result: Array = np.dot(self._last, signal)
        result *= gain
        result += self._last_bias
        if self._clamp:
            return np.clip(result, -1.0, 1.0, out=result)
        np.tanh(result, out=result)
        return result


def _layer(bundle: Bundle, index: int) -> tuple[Array, Array]:
    weight = bundle.weights[f"{index}.weight"].astype(np.float64)
    bias = bundle.weights.get(f"{index}.bias")
    return weight, np.zeros(len(weight)) if bias is None else bias.astype(np.float64)
