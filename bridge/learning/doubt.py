"""Where a proxy should hear more: the settings on which its nets disagree most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.folder import SampleSet
from bridge.sampling.plan import joint_settings, with_anchors
from synth.errors import InputError

if TYPE_CHECKING:
    from models.proxies.proxy import Proxy

CANDIDATES = 8
"""Times the settings that are asked for."""

OTHER_SEED = 1_000_003
"""Of the candidates: not the sequence of the settings that were recorded already."""


def doubtful_settings(proxy: Proxy, found: SampleSet, count: int) -> NDArray[np.float64]:
    """Return the settings, (count, columns) of 0..1, on which the nets of a proxy are furthest apart.

    Raises
    ------
    InputError
        The proxy has a single net, which agrees with itself, or is of another synth.
    """
    import torch

    if len(proxy.nets) < 2:
        raise InputError("the proxy has one net, which tells no doubt; make one with --nets 3")
    if proxy.space.ranges != found.synth.space.ranges:
        raise InputError(f"{found.folder}: holds other controls or ranges than the proxy knows; make it of this folder")
    seed = found.facts.seed + OTHER_SEED + len(found.plan.rows_of("more"))
    candidates = joint_settings(found.synth, CANDIDATES * count, seed)
    with torch.no_grad():
        spread = proxy.spread(torch.from_numpy(candidates)).numpy()
    return np.asarray(candidates[np.argsort(spread)[::-1][:count]])


def ask_for_doubtful(proxy: Proxy, found: SampleSet, count: int) -> None:
    """Add the settings of doubt to what is recorded in a folder."""
    unit = doubtful_settings(proxy, found, count)
    found.plan = found.plan.followed_by(with_anchors(found.synth, "more", unit))
    found.write_plan()
