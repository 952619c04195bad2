"""The names of the ways to a device's gradient. It knows no torch: a grid's file is read without it."""

from __future__ import annotations

from typing import Literal, get_args

Gradient = Literal["autodiff", "hybrid-autodiff", "proxy", "half-hybrid", "hybrid", "spsa"]
GRADIENTS: tuple[Gradient, ...] = get_args(Gradient)

OF_COPY, OF_PROXY = ("autodiff", "hybrid-autodiff"), ("proxy", "half-hybrid", "hybrid")
"""Those that go through a device's copy in formulas, and through its network."""
