"""The losses, one row each. Importing this table loads no torch: `models.training.losses` computes what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from models.mapping.architectures import NAME_PATTERN
from synth.errors import InputError, entry_named, nearest, shown
from synth.rows import add_row

if TYPE_CHECKING:
    from models.features.hit import HitFeatures


@dataclass(frozen=True, slots=True)
class LossKind:
    """A loss by name: which figures of a stroke it compares, and how it weighs them.

    Parameters
    ----------
    name : str
    features : str
        ``module:name`` of what makes a `models.features.hit.HitFeatures` from a sample rate in Hz.
    balance : float
        Features are divided by this power of their comparable units. 0: raw units count; 1: all features count alike.
    faded : bool
        Whether the drum's sound is cut and faded before the next stroke, as published, instead of masked.
    raw_first : float
        For this part of training the power grows from 0. Training then finds loudness first and keeps it; equal weights
        from the start get stuck in local minima.
    modulation_price : float
        Times the mean absolute modulation, added to the loss.
    weights : dict of str to float
        Feature to what it counts, beside the 1 of a feature that is not named; see `weighted`.

    Raises
    ------
    ValueError
        A name that no file's name may hold, or a number out of range: ``raw_first`` beyond 0..1, another below 0.
    """

    name: str
    features: str
    balance: float
    faded: bool
    raw_first: float
    modulation_price: float
    weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME_PATTERN, self.name):
            raise ValueError(f"a loss is named {shown(self.name)}; allowed are letters, digits, _, . and -")
        for key, high in (("balance", float("inf")), ("raw_first", 1.0), ("modulation_price", float("inf"))):
            value = getattr(self, key)
            if not 0.0 <= value <= high:
                raise ValueError(f"{self.name}: {key} is {value}; allowed is 0 {f'to {high:g}' if high == 1 else 'up'}")

    def feature_set(self, sample_rate: int) -> HitFeatures:
        """Return the figures that it compares, at a rate in Hz."""
        module, name = self.features.split(":")
        return cast("HitFeatures", getattr(import_module(module), name)(sample_rate))


REFERENCE_SET, HEARING_SET = "models.features.hit:ReferenceFeatures", "models.features.hit:HearingFeatures"

LOSSES: dict[str, LossKind] = {
    kind.name: kind
    for kind in (
        LossKind("reference", REFERENCE_SET, balance=0.0, faded=True, raw_first=0.0, modulation_price=0.0),
        LossKind("balanced", REFERENCE_SET, balance=0.5, faded=True, raw_first=0.0, modulation_price=0.0),
        LossKind("default", HEARING_SET, balance=1.0, faded=False, raw_first=0.2, modulation_price=0.005),
    )
}
"""Name to loss; `register` adds one."""


def register(kind: LossKind) -> None:
    """Add a loss; the same one may be added again.

    Raises
    ------
    ValueError
        Another loss has its name.
    """
    add_row(LOSSES, kind, "loss")


def unregister(name: str) -> None:
    """Forget a loss."""
    del LOSSES[name]


LARGEST_WEIGHT = 100.0


def weighted(kind: LossKind, weights: Mapping[str, float]) -> LossKind:
    """Return a loss in which some features count more or less than the others.

    Raises
    ------
    InputError
        It has no such feature, a weight is out of 0..100, or nothing is left to count.
    """
    if not weights:
        return kind
    # The names of the features are those of every rate.
    names = [feature.name for feature in kind.feature_set(48_000).table]
    for name, weight in weights.items():
        if name not in names:
            there = f"the loss '{kind.name}' has {', '.join(names)}"
            raise InputError(f"there is no feature {shown(name)}; {nearest(name, names) or there}")
        if not 0.0 <= weight <= LARGEST_WEIGHT:
            raise InputError(f"the weight of {name} is {weight:g}; allowed is 0 to {LARGEST_WEIGHT:g}")
    if not any(weights.get(name, 1.0) for name in names):
        raise InputError("every feature has the weight 0; leave at least one that counts")
    return replace(kind, weights=dict(weights))


def loss_named(name: str) -> LossKind:
    """Return a loss.

    Raises
    ------
    InputError
        There is none of that name; the text lists those that exist.
    """
    return entry_named(LOSSES, name, "loss")
