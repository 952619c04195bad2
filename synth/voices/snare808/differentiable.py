"""The snare of the 808 as a function of tensors, with exact gradients to its 14 parameters.

Every sample of the voice is a closed form of the parameters, but for the high-pass; the slopes of that by its
coefficients are its output, filtered once more by its poles. So forward and backward are one compiled pass each over
the samples that sound (`synth.voices.snare808.gradients`): nothing is unrolled, nothing spent on silence. Inside,
numbers are float64.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from synth.voices.snare808.circuit import VOICE, prepare_rows
from synth.voices.snare808.gradients import PLANES, backward_rows, forward_rows
from synth.voices.snare808.table import SNARE808
from synth.voices.voice import LearnableVoice

_ROWS_A_THREAD = 4
_SPARE_TAPES = 4


def snare808(values: Tensor, noise: Tensor, sample_rate: float, samples: int) -> Tensor:
    """Render one stroke for each row of values.

    Parameters
    ----------
    values : (batch, 14) float32 or float64
        Real units, in the order of `synth.voices.snare808.table.SNARE808`; all finite.
    noise : (batch or 1, n) tensor
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
    _require_values(values)
    if noise.ndim != 2 or noise.shape[0] not in (1, len(values)) or noise.shape[1] < samples:
        raise ValueError(f"noise is {tuple(noise.shape)}; needed is (1 or {len(values)}, at least {samples})")
    learns = torch.is_grad_enabled() and values.requires_grad
    return _Snare808.apply(values, noise, float(sample_rate), int(samples), learns)  # type: ignore[no-any-return,no-untyped-call]


def _require_values(values: Tensor) -> None:
    """Refuse what is no batch of the voice's parameters, before a compiled kernel meets it."""
    count = len(SNARE808)
    if values.ndim == 2 and values.shape[1] == count and values.dtype in (torch.float32, torch.float64):
        return
    kind = str(values.dtype).removeprefix("torch.")
    hint = f"; one stroke is values[None], (1, {count})" if values.shape == (count,) else ""
    raise ValueError(
        f"values is {tuple(values.shape)} of {kind}; needed is (strokes, {count}) of float32 or float64, "
        f"a column for each parameter of {SNARE808.name}{hint}"
    )


def _lengths(values: Tensor, sample_rate: float) -> NDArray[np.int64]:
    """Return after how many samples each stroke has fallen below -80 dBFS."""
    _require_values(values)
    rows = values.detach().double().numpy().copy()
    voices = np.zeros(len(rows), VOICE)
    prepare_rows(rows, sample_rate, voices)
    return np.asarray(voices["end"])


LEARNABLE = LearnableVoice(snare808, _lengths)


class _Tape:
    """Memory for what forward leaves to backward, handed on from graph to graph.

    A fresh tape costs 0.6 ms a stroke in page faults, as much as the voice itself (32 strokes of 1 s, measured).
    """

    spare: ClassVar[list[NDArray[np.uint8]]] = []

    def __init__(self, rows: int, length: int, kind: np.dtype[Any]) -> None:
        size = rows * PLANES * length * kind.itemsize
        try:
            self._memory = self.spare.pop()
        except IndexError:
            self._memory = np.empty(0, np.uint8)
        if self._memory.size < size:
            self._memory = np.empty(size, np.uint8)
        self.planes = self._memory[:size].view(kind).reshape(rows, PLANES, length)

    def __del__(self) -> None:
        if self._memory.size and len(self.spare) < _SPARE_TAPES:
            self.spare.append(self._memory)


class _Snare808(torch.autograd.Function):
    """The compiled passes between tensors."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, noise: Tensor, sample_rate: float, samples: int, learns: bool) -> Tensor:
        rows = values.detach().to("cpu", torch.float64, copy=True).contiguous().numpy()
        if not np.isfinite(rows).all():
            raise ValueError("values must be finite")
        voices = np.zeros(len(rows), VOICE)
        prepare_rows(rows, sample_rate, voices)
        out = torch.zeros(len(rows), samples, dtype=values.dtype)
        longest = min(int(voices["end"].max(initial=0)), samples) if learns else 0
        tape = _Tape(len(rows), longest, out.numpy().dtype)
        white = noise.detach().cpu().contiguous().numpy()
        _share(forward_rows, voices, white, rows, sample_rate, out.numpy(), tape.planes)
        ctx.kept = voices, rows, sample_rate, tape
        return out.to(values.device)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        voices, rows, sample_rate, tape = ctx.kept
        wanted = gradients[0].cpu().contiguous().numpy()
        slopes = np.zeros_like(rows)
        _share(backward_rows, voices, rows, sample_rate, wanted, tape.planes, slopes)
        return torch.from_numpy(slopes).to(gradients[0]), None, None, None, None


def _share(kernel: Callable[..., None], voices: NDArray[np.void], *arguments: Any) -> None:
    """Run a kernel over all rows, on as many threads as torch may use."""
    threads = min(torch.get_num_threads(), len(voices) // _ROWS_A_THREAD)
    if threads < 2:
        kernel(0, 1, voices, *arguments)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(kernel, first, threads, voices, *arguments) for first in range(threads)]:
            done.result()
