"""A circuit as a function of tensors, with exact gradients to its parameters.

Forward and backward are one compiled pass each over the samples that sound (`synth.parts.graph`). The slopes by a
part's coefficients are its own; those of the coefficients by the values are taken by a complex step
(`synth.parts.solver`). Inside, numbers are float64.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from synth.parts.graph import CHUNK, backward_rows, forward_rows
from synth.parts.squares import STEP
from synth.spec import ParamSpace
from synth.voices.voice import LearnableVoice
from synth.voices.wired import Wired

_ROWS_A_THREAD = 4


def learnable(circuit: Wired) -> LearnableVoice:
    """Return a circuit as training needs it."""
    return LearnableVoice(partial(render, circuit), partial(_lengths, circuit))


def render(circuit: Wired, values: Tensor, noise: Tensor, sample_rate: float, samples: int) -> Tensor:
    """Render one stroke for each row of values.

    Parameters
    ----------
    circuit : Wired
        The voice.
    values : (batch, n) float32 or float64
        Real units, in the order of the voice's table; all finite.
    noise : (batch or 1, m) tensor
        White, -1..1, at least ``samples`` long; a constant to the gradient.
    sample_rate : float
        Hz.
    samples : int
        Length of the result; a stroke that is over sooner is followed by silence.

    Returns
    -------
    (batch, samples), of the type and on the device of ``values``

    Raises
    ------
    ValueError
        Values or noise of another shape or kind, or values that are not finite.
    """
    _require_values(circuit.space, values)
    needed = max(samples, circuit.wiring.drawn)
    if noise.ndim != 2 or noise.shape[0] not in (1, len(values)) or noise.shape[1] < needed:
        raise ValueError(f"noise is {tuple(noise.shape)}; needed is (1 or {len(values)}, at least {needed})")
    learns = torch.is_grad_enabled() and values.requires_grad
    return _Circuit.apply(values, noise, circuit, float(sample_rate), int(samples), learns)  # type: ignore[no-any-return,no-untyped-call]


def _require_values(space: ParamSpace, values: Tensor) -> None:
    """Refuse what is no batch of the voice's parameters, before a compiled kernel meets it."""
    count = len(space)
    if values.ndim == 2 and values.shape[1] == count and values.dtype in (torch.float32, torch.float64):
        return
    kind = str(values.dtype).removeprefix("torch.")
    hint = f"; one stroke is values[None], (1, {count})" if values.shape == (count,) else ""
    raise ValueError(
        f"values is {tuple(values.shape)} of {kind}; needed is (strokes, {count}) of float32 or float64, "
        f"a column for each parameter of {space.name}{hint}"
    )


def _lengths(circuit: Wired, values: Tensor, sample_rate: float) -> NDArray[np.int64]:
    """Return after how many samples each stroke has fallen below -80 dBFS."""
    _require_values(circuit.space, values)
    rows = values.detach().double().cpu().contiguous().numpy()
    return circuit.coefficients_of(rows, sample_rate)[:, 0].astype(np.int64)


class _Circuit(torch.autograd.Function):
    """The compiled passes between tensors."""

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, noise: Tensor, circuit: Wired, sample_rate: float, samples: int, learns: bool
    ) -> Tensor:
        rows = values.detach().to("cpu", torch.float64, copy=True).contiguous().numpy()
        if not np.isfinite(rows).all():
            raise ValueError("values must be finite")
        coefs = circuit.coefficients_of(rows, sample_rate)
        out = torch.zeros(len(rows), samples, dtype=values.dtype)
        longest = min(int(coefs[:, 0].max(initial=0)), samples) if learns else 0
        states = np.empty((len(rows), (longest + CHUNK - 1) // CHUNK, circuit.wiring.state_size))
        white = noise.detach().cpu().contiguous().numpy()
        _share(forward_rows, circuit, coefs, white, out.numpy(), states)
        ctx.kept = circuit, rows, sample_rate, coefs, white, states
        return out.to(values.device)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        circuit, rows, sample_rate, coefs, white, states = ctx.kept
        wanted = gradients[0].cpu().contiguous().numpy()
        slopes = np.zeros_like(coefs)
        _share(backward_rows, circuit, coefs, white, wanted, states, slopes)
        by_values = torch.from_numpy(circuit.slopes_of(rows, sample_rate, slopes))
        return by_values.to(gradients[0]), None, None, None, None, None


def _share(kernel: Callable[..., None], circuit: Wired, coefs: NDArray[np.float64], *rest: Any) -> None:
    """Run a kernel over all rows, on as many threads as torch may use."""
    program, given = circuit.wiring.program, (*rest, STEP, circuit.tables)
    threads = min(torch.get_num_threads(), len(coefs) // _ROWS_A_THREAD)
    if threads < 2:
        kernel(0, 1, program, coefs, *given)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(kernel, first, threads, program, coefs, *given) for first in range(threads)]:
            done.result()
