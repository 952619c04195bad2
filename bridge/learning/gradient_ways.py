"""Ways to learn a mapping on a synth that is not ours, by name: to a gradient, or by search. It knows no torch."""

from __future__ import annotations

from typing import NamedTuple

from models.devices.gradients import Gradient


class Recipe(NamedTuple):
    """A way to learn.

    Parameters
    ----------
    gradient : str
        A key of `models.devices.gradients.GRADIENTS`.
    corrected : bool
        Whether the synth is heard in rounds in between, and the proxy corrected (`bridge.learning.rounds`).
    """

    gradient: Gradient
    corrected: bool = False


WAYS: dict[str, Recipe] = {
    "proxy": Recipe("proxy", corrected=True),
    "proxy-0": Recipe("proxy"),
    "half-hybrid": Recipe("half-hybrid", corrected=True),
    "hybrid": Recipe("hybrid"),
    "hybrid-autodiff": Recipe("hybrid-autodiff"),
    "autodiff": Recipe("autodiff"),
    "spsa": Recipe("spsa"),
}
SEARCH = "search"
"""In the place of a way: a setting is sought for each held-out stroke by its own sound, as a bound."""
