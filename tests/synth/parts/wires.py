"""Wirings of one or a few parts, played and pulled through the kernels that every voice runs through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.dsp.noise import key_of, white_noise, word
from synth.parts.bands import NO_TABLES
from synth.parts.graph import CHUNK, backward_rows, forward_rows, play_compiled, scratch_for
from synth.parts.squares import STEP
from synth.parts.wiring import NOISE, Part, Wiring

Array = NDArray[np.float64]
RATE = 48_000.0


@dataclass(frozen=True)
class Wire:
    """A wiring with its coefficients; everything sounds for ``samples``.

    Parameters
    ----------
    parts : tuple of Part
        The last is heard.
    fill : callable
        Sets the coefficients: a record of records by the names of the parts.
    samples : int
        After which parts are silent.
    """

    parts: tuple[Part, ...]
    fill: Callable[[Any], None]
    samples: int = 1000

    @property
    def wiring(self) -> Wiring:
        return Wiring(self.parts)

    @property
    def coefficients(self) -> Array:
        """(1, n), with the end of the stroke and of each part set."""
        record = np.zeros(1, self.wiring.coefficients())
        named = record.view(np.recarray)[0]
        for name in record.dtype.names or ():
            for ending in {"until", "end"} & set(record[name].dtype.names or ()):
                record[name][ending] = self.samples
        self.fill(named)
        return record.view(np.float64).reshape(1, -1)

    def names(self) -> list[str]:
        """Return the name of each coefficient."""
        record = self.wiring.coefficients()
        return [
            f"{part}.{name}{k}"
            for part in record.names or ()
            for name in record[part].names or ()
            for k in range(int(np.prod(record[part][name].shape)))
        ]

    def rendered(self, coefficients: Array | None = None, seed: int = 0) -> Array:
        """Return strokes as learning renders them, (batch, samples)."""
        rows = self.coefficients if coefficients is None else coefficients
        out, white = np.zeros((len(rows), self.samples)), white_noise(seed, 0, max(self.samples, 100))[None]
        unkept = np.empty((len(rows), 0, self.wiring.state_size))
        forward_rows(0, 1, self.wiring.program, rows, white, out, unkept, STEP, NO_TABLES)
        return out

    def slopes(self, wanted: Array, seed: int = 0) -> Array:
        """Return the slopes by the coefficients of the sum of samples times ``wanted``, (n,)."""
        rows, white = self.coefficients, white_noise(seed, 0, max(self.samples, 100))[None]
        states = np.empty((1, -(-self.samples // CHUNK), self.wiring.state_size))
        forward_rows(0, 1, self.wiring.program, rows, white, np.zeros((1, self.samples)), states, STEP, NO_TABLES)
        slopes = np.zeros_like(rows)
        backward_rows(0, 1, self.wiring.program, rows, white, wanted[None], states, slopes, STEP, NO_TABLES)
        return np.asarray(slopes[0])

    def played(self, chunks: list[int], seed: int = 0) -> Array:
        """Return the stroke as playing renders it, in chunks of some lengths, over and over."""
        c, state = self.coefficients[0], np.zeros(self.wiring.state_size)
        planes, traces, scratch = scratch_for(self.wiring, max(chunks))
        key, out, age = np.uint64(key_of(word(seed), word(0))), np.zeros(self.samples), 0
        while age < self.samples:
            count = min(chunks[0], self.samples - age)
            chunks = [*chunks[1:], chunks[0]]
            args = (np.zeros(0), age, count, planes, traces, scratch, STEP, NO_TABLES)
            play_compiled(self.wiring.program, c, state, key, *args)
            out[age : age + count] = planes[-1, :count]
            age += count
        return out


def source(part: Part, fill: Callable[[Any], None], samples: int = 1000) -> Wire:
    """Return a part that sounds by itself."""
    return Wire((part,), fill, samples)


def changer(part: Part, fill: Callable[[Any], None], samples: int = 1000) -> Wire:
    """Return a part that is given white noise."""
    return Wire((Part("white", NOISE), part), fill, samples)
