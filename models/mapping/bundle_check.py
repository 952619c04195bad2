"""What a bundle must hold before anything plays it: a damaged file ends in one sentence, not in a wrong sound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.architectures import ARCHITECTURES
from models.mapping.follower import term_count

if TYPE_CHECKING:
    from models.mapping.bundle import Bundle

SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 0.001, 0.1

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 22_050, 192_000
"""Of the recordings that can be trained on."""

LARGEST_NUMBER = 1e6
"""No feature, weight or constant comes near it; far beyond, products of finite numbers are infinite."""

SMALLEST_SCALE = 1e-6


def fault_of(bundle: Bundle) -> str:
    """Say what is wrong with a bundle's content; empty if nothing is."""
    return _fault_of_words(bundle) or _fault_of_shapes(bundle) or _fault_of_numbers(bundle)


def _fault_of_words(bundle: Bundle) -> str:
    if not isinstance(bundle.arch, str) or bundle.arch not in ARCHITECTURES:
        return f"there is no mapping model {bundle.arch!r:.60}; there are {', '.join(ARCHITECTURES)}"
    if bundle.feature_names != ONSET_FEATURE_NAMES:
        heard = ", ".join(map(str, bundle.feature_names))
        return f"the bundle listens to '{heard:.60}'; this Ghostnote measures {', '.join(ONSET_FEATURE_NAMES)}"
    if not all(isinstance(param.name, str) and param.curve in ("linear", "log") for param in bundle.space):
        return "its parameter table needs a name and a curve, linear or log, for each parameter"
    for name in ("detector", "card"):
        if not isinstance(getattr(bundle, name), Mapping):
            return f"its {name} is {getattr(bundle, name)!r:.60}; it must be a table"
    return ""


def _fault_of_shapes(bundle: Bundle) -> str:
    features, params = len(bundle.feature_names), len(bundle.space)
    expected = ARCHITECTURES[bundle.arch].shapes(features, params)
    found = _shapes(bundle.weights)
    if found != expected:
        return f"the weights have shapes {found}; model '{bundle.arch}' needs {expected}"
    if [bundle.offset.shape, bundle.scale.shape, bundle.reference.shape] != [(features,)] * 3:
        return f"scaler and reference must hold {features} numbers each"
    if [bundle.preset.values.shape, bundle.preset.depths.shape] != [(params,)] * 2:
        return f"the preset must hold {params} values and depths"
    hidden, terms = bundle.following.voice_bias.size, term_count(features)
    expected = {
        "drum_loudness": (terms,),
        "drum_decay": (terms,),
        "voice_weight": (hidden, params),
        "voice_bias": (hidden,),
        "voice_out": (hidden,),
        "voice_offset_db": (1,),
    }
    found = _shapes(bundle.following.tensors())
    return "" if found == expected else f"the following constants have shapes {found}; needed are {expected}"


def _fault_of_numbers(bundle: Bundle) -> str:
    if not SHORTEST_WINDOW_S <= bundle.window_s <= LONGEST_WINDOW_S:
        return f"window_s is {bundle.window_s:g}; allowed is {SHORTEST_WINDOW_S:g} to {LONGEST_WINDOW_S:g} s"
    if not LOWEST_RATE_HZ <= bundle.sample_rate <= HIGHEST_RATE_HZ:
        return f"sample_rate is {bundle.sample_rate!r:.20}; allowed is {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz"
    numbers: dict[str, NDArray[Any]] = {**bundle.weights, **bundle.following.tensors()}
    numbers |= {"offset": bundle.offset, "scale": bundle.scale, "reference": bundle.reference}
    for name, array in numbers.items():
        if not np.isfinite(array).all():
            return f"{name} holds numbers that are not finite"
        if np.abs(array).max(initial=0.0) > LARGEST_NUMBER:
            return f"{name} holds numbers beyond {LARGEST_NUMBER:g}"
    if not (bundle.scale >= SMALLEST_SCALE).all():
        return f"scale is {bundle.scale.tolist()}; allowed is {SMALLEST_SCALE:g} and more"
    return _fault_of_ranges(bundle)


def _fault_of_ranges(bundle: Bundle) -> str:
    """Say which parameter of the preset lies outside its own table."""
    for param, value, depth in zip(bundle.space, bundle.preset.values, bundle.preset.depths, strict=True):
        if not math.isfinite(param.high - param.low):
            return f"{param.name} has no finite range"
        if not param.low <= value <= param.high or not 0 <= depth <= 1:
            allowed = f"{param.low:g} to {param.high:g} and 0 to 1"
            return f"value and depth of {param.name} are {value:g} and {depth:g}; allowed are {allowed}"
    return ""


def _shapes(arrays: Mapping[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(array.shape) for name, array in arrays.items()}
