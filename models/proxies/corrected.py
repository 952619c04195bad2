"""A proxy that is corrected where its synth has been heard since: what was wrong there is interpolated between.

A mapping learned through a proxy goes where the proxy errs in its favour. So its settings are played on the synth, and
the differences are added back: kernel ridge regression of the residuals, Gaussian kernel, its width chosen by leaving
one out. Near what was played the correction is the synth's own, far from it nothing is left of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from torch import Tensor

from models.proxies.proxy import Proxy

Array = NDArray[np.float64]

WIDTHS = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Of the kernel, in 0..1 of a control, times the root of the number of controls."""

RIDGES = (1e-3, 1e-2, 1e-1)
"""Times the kernel's own variance: how much of a residual is taken for the synth's noise."""

CHOOSING = 600
"""Settings by which width and ridge are chosen, spread over all that were heard: the inverses of 2 400 take 20 s of a
core in one round."""


class CorrectedFigures:
    """The figures of a proxy and what the synth has added to them.

    Parameters
    ----------
    proxy : Proxy
    """

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._unit = np.zeros((0, len(proxy.space)))
        self._real = np.zeros((0, len(proxy.figure_names)))
        self._weights = torch.zeros(0, len(proxy.figure_names), dtype=torch.float64)
        self._width = 1.0

    def __len__(self) -> int:
        """How many settings were heard."""
        return len(self._unit)

    def hear(self, unit: Array, figures: NDArray[Any]) -> None:
        """Take what settings, (n, p) of 0..1, really sound like: (n, f) figures."""
        self._unit = np.concatenate([self._unit, unit])
        self._real = np.concatenate([self._real, np.asarray(figures, np.float64)])
        residuals = self._real - self._believed(self._unit)
        scale = self._proxy.outside.scale[self._proxy.dimensions :].double().numpy()
        few = np.unique(np.linspace(0, len(residuals) - 1, min(CHOOSING, len(residuals))).round().astype(int))
        relative = residuals[few] / scale
        errors = {
            (width, ridge): _left_out(_kernel(self._unit[few], width), ridge, relative)
            for width in WIDTHS
            for ridge in RIDGES
        }
        self._width, ridge = min(errors, key=lambda pair: errors[pair])
        kernel = _kernel(self._unit, self._width)
        solved = np.linalg.solve(kernel + ridge * np.eye(len(kernel)), residuals)
        # Where even leaving one out says that nothing can be known from the neighbours, nothing is added.
        useful = errors[self._width, ridge] < float(np.square(relative).mean())
        self._weights = torch.from_numpy(solved if useful else np.zeros_like(solved))

    def __call__(self, unit: Tensor) -> Tensor:
        """Return the figures of (batch, p) values of 0..1, (batch, f), with gradients."""
        believed = self._proxy.figures(unit)
        if not len(self):
            return believed
        points = torch.from_numpy(self._unit)
        squares = (unit.double()[:, None, :] - points[None]).square().mean(-1)
        kernel = torch.exp(-0.5 * squares / self._width**2)
        return believed + (kernel @ self._weights).to(believed.dtype)

    def _believed(self, unit: Array) -> Array:
        with torch.no_grad():
            return np.asarray(self._proxy.figures(torch.from_numpy(unit)).double().numpy())


def _kernel(unit: Array, width: float) -> Array:
    squares = cdist(unit, unit, "sqeuclidean") / unit.shape[1]
    return np.asarray(np.exp(-0.5 * squares / width**2))


def _left_out(kernel: Array, ridge: float, wanted: Array) -> float:
    """Return the mean square error of each row as predicted from the others (Rasmussen and Williams, 2006, 5.4.2)."""
    inverse = np.linalg.inv(kernel + ridge * np.eye(len(kernel)))
    errors = (inverse @ wanted) / np.diag(inverse)[:, None]
    return float(np.square(errors).mean())
