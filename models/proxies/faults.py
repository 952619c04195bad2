"""What can be wrong with a proxy that was read, each in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from models.proxies.proxy import Proxy
from synth.spec import KINDS, MOST_STEPS, ParamSpace

LARGEST_NUMBER = 1e6
"""No weight, mean or scale comes near it; far beyond, products of finite numbers are infinite."""
SMALLEST_SCALE = 1e-6
LONGEST_NAME = 100
MOST_OUTPUTS = 65_536
MOST_NETS = 16
MOST_PARAMS = 1_024


def fault_of(proxy: Proxy) -> str:
    """Say what is wrong with a proxy's content; empty if nothing is."""
    return next(chain(_faults_of_words(proxy), _faults_of_space(proxy.space), _faults_of_numbers(proxy)), "")


def difference_of(found: ParamSpace, wanted: ParamSpace) -> str:
    """Say how two spaces differ in what 0..1 means; texts and defaults may differ freely."""
    if found.names != wanted.names:
        return f"the proxy stands for {found.name} ({len(found)} inputs), not {wanted.name} ({len(wanted)})"
    changed = [
        one.name
        for one, other in zip(found, wanted, strict=True)
        if (one.low, one.high, one.curve, one.kind, one.steps)
        != (other.low, other.high, other.curve, other.kind, other.steps)
    ]
    return f"the proxy was made for other ranges or steps of {', '.join(changed)}" if changed else ""


def _faults_of_words(proxy: Proxy) -> Iterator[str]:
    names = (proxy.space.name, proxy.embedding, *proxy.figure_names)
    if not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in names):
        yield f"its synth, embedding and figures need names of at most {LONGEST_NAME} characters"
    if not isinstance(proxy.card, Mapping):
        yield f"its card is {proxy.card!r:.60}; it must be a table"
    known = [param.name for param in proxy.space if param.role == "level" and param.unit == "dB"]
    if not set(proxy.outside.levels) <= set(known):
        yield f"levels outside its nets are {proxy.outside.levels!r:.60}; allowed are {', '.join(known) or 'none'}"
    outputs = len(proxy.outside.mean)
    if type(proxy.dimensions) is not int or proxy.dimensions < 1:
        yield f"dimensions is {proxy.dimensions!r:.20}; allowed is 1 and more"
    elif proxy.dimensions + len(proxy.figure_names) != outputs:
        yield f"it has {outputs} outputs for {proxy.dimensions} numbers and {len(proxy.figure_names)} figures"


def _faults_of_space(space: ParamSpace) -> Iterator[str]:
    if not 1 <= len(space) <= MOST_PARAMS:
        yield f"it has {len(space)} inputs; allowed are 1 to {MOST_PARAMS}"
    for param in space:
        if not isinstance(param.name, str) or len(param.name) > LONGEST_NAME:
            yield f"its inputs need names of at most {LONGEST_NAME} characters"
        elif param.curve not in ("linear", "log") or param.kind not in KINDS:
            yield f"{param.name} needs a curve, linear or log, and a kind ({', '.join(KINDS)})"
        elif type(param.steps) is not int or param.steps > MOST_STEPS:
            yield f"{param.name} has {param.steps!r:.20} steps; allowed are at most {MOST_STEPS}"
        elif not math.isfinite(param.high / param.low if param.curve == "log" else param.high - param.low):
            yield f"{param.name} has no finite range"


def _faults_of_numbers(proxy: Proxy) -> Iterator[str]:
    outside = proxy.outside
    arrays: dict[str, NDArray[np.float32]] = {"mean": outside.mean.numpy(), "scale": outside.scale.numpy()}
    for number, net in enumerate(proxy.nets):
        arrays |= {f"net{number}.{name}": weights.numpy() for name, weights in net.state_dict().items()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            yield f"{name} holds numbers that are not finite"
        if np.abs(array).max(initial=0.0) > LARGEST_NUMBER:
            yield f"{name} holds numbers beyond {LARGEST_NUMBER:g}"
    if not (arrays["scale"] >= SMALLEST_SCALE).all():
        yield f"scale holds {arrays['scale'].min():g}; allowed is {SMALLEST_SCALE:g} and more"
    if not math.isfinite(outside.floor):
        yield f"floor is {outside.floor:g}; it must be finite"
    if proxy.dx7 is not None and not 0.0 < proxy.dx7.held_s <= proxy.dx7.total_s < 1e3:
        yield f"its notes are held {proxy.dx7.held_s!r:.20} of {proxy.dx7.total_s!r:.20} s"
