"""One part as a voice of its own: played in chunks of any length, and its slopes beside finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.parts.bands import NO_TABLES
from synth.parts.graph import CHUNK, NO_NOISE, backward_rows, forward_rows, play_compiled, scratch_for
from synth.parts.squares import STEP
from synth.parts.wiring import Part, Wiring

Sound = NDArray[np.float64]


class Alone:
    """A part that is heard by itself.

    Parameters
    ----------
    part : Part
        Of a kind that is a source; named "part".
    fill : callable
        Sets its coefficients, a record of zeros.
    tables : array
        Constant data.
    """

    def __init__(self, part: Part, fill: Callable[[Any], None], tables: Sound = NO_TABLES) -> None:
        self.wiring, self.tables = Wiring((part,)), tables
        record = np.zeros(1, self.wiring.coefficients())
        fill(record["part"][0])
        record["part"]["until"] = record["stroke"]["end"] = 1e9
        self.coefficients = record.view(np.float64).copy()
        own = self.wiring.coefficients().fields["part"]  # type: ignore[index]
        self.places = {
            name: range((own[1] + field[1]) // 8, (own[1] + field[1] + field[0].itemsize) // 8)
            for name, field in (own[0].fields or {}).items()
        }

    def played(self, lengths: Sequence[int]) -> Sound:
        """Return what is heard in chunks of these lengths."""
        state = np.zeros(self.wiring.state_size)
        planes, traces, scratch = scratch_for(self.wiring, max(lengths))
        heard, age = [], 0
        for length in lengths:
            play_compiled(
                self.wiring.program, self.coefficients, state, np.uint64(0), NO_NOISE, age, length, planes, traces,
                scratch, STEP, self.tables,
            )  # fmt: skip
            heard.append(planes[-1, :length].copy())
            age += length
        return np.concatenate(heard)

    def learned(self, coefficients: Sound, samples: int) -> tuple[Sound, Sound]:
        """Return what learning hears, and the state at the start of each chunk."""
        out = np.zeros((1, samples))
        states = np.zeros((1, -(-samples // CHUNK), self.wiring.state_size))
        forward_rows(
            0, 1, self.wiring.program, coefficients[None], np.zeros((1, samples)), out, states, STEP, self.tables
        )
        return np.asarray(out[0]), states

    def slopes(self, wanted: Sound) -> Sound:
        """Return the slopes of the sound times ``wanted`` by every coefficient."""
        slopes = np.zeros((1, len(self.coefficients)))
        _, states = self.learned(self.coefficients, len(wanted))
        backward_rows(
            0, 1, self.wiring.program, self.coefficients[None], np.zeros((1, len(wanted))), wanted[None], states,
            slopes, STEP, self.tables,
        )  # fmt: skip
        return np.asarray(slopes[0])

    def differences(self, names: Sequence[str], samples: int = 700) -> Iterator[tuple[str, float, float]]:
        """Yield (name, slope, finite difference) for these coefficients, by a sound of random weights."""
        wanted = np.random.default_rng(1).standard_normal(samples)
        slopes = self.slopes(wanted)
        for name in names:
            for place in self.places[name]:
                step = 1e-6 * max(abs(self.coefficients[place]), 1e-2)
                ends = []
                for sign in (1.0, -1.0):
                    moved = self.coefficients.copy()
                    moved[place] += sign * step
                    ends.append(float(self.learned(moved, samples)[0] @ wanted))
                yield name, float(slopes[place]), (ends[0] - ends[1]) / (2.0 * step)


LENGTHS = (
    [64] * 12,
    [256, 256, 256],
    [1, 2, 61, 100, 5, 16, 15, 17, 300, 251],
)
"""Ways to cut the same 768 samples."""


def require_same_in_any_chunks(part: Alone, within: float = 1e-12) -> None:
    """Fail where chunks of other lengths sound different, in playing or in learning."""
    whole = part.learned(part.coefficients, 768)[0]
    assert np.abs(whole).max() > 0.01
    for lengths in LENGTHS:
        np.testing.assert_allclose(part.played(lengths), whole, rtol=0, atol=within)


def require_true_slopes(part: Alone, names: Sequence[str], within: float = 1e-5) -> None:
    """Fail where a slope is not that of finite differences."""
    for name, slope, difference in part.differences(names):
        assert abs(slope - difference) <= within * (abs(difference) + 1e-3), name
