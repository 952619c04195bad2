"""The slopes of a part are those of its sound, and chunks of any length give the same."""

from __future__ import annotations

import numpy as np
import pytest

from synth.parts.coefficients import set_sine
from synth.parts.graph import CHUNK
from synth.parts.wiring import SINE, Part
from tests.synth.parts.cases import CASES
from tests.synth.parts.wires import RATE, Wire, source

WIRES = pytest.mark.parametrize("wire", CASES.values(), ids=CASES)


def movable(wire: Wire) -> list[int]:
    """Return the coefficients that learning may move: all but endings, the level, and a sine's attack."""
    fixed = ("until0", "stroke.end0", "stroke.level0", "tone.attack0")
    return [k for k, name in enumerate(wire.names()) if not name.endswith(fixed)]


@WIRES
@pytest.mark.parametrize("seed", [1, 2])
def test_slopes_are_those_of_the_sound(wire: Wire, seed: int) -> None:
    assert wire.samples > 3 * CHUNK
    wanted = np.random.default_rng(seed).standard_normal(wire.samples)
    columns, c = movable(wire), wire.coefficients[0]
    step = np.where(c == 0.0, 1e-7, 1e-6 * np.abs(c))
    up, down = (wire.rendered(c + way * np.diag(step)[columns], seed) @ wanted for way in (1, -1))
    np.testing.assert_allclose(
        wire.slopes(wanted, seed)[columns], (up - down) / (2.0 * step[columns]), rtol=1e-5, atol=1e-5
    )


@WIRES
def test_the_slopes_of_what_is_no_number_to_learn_are_zero(wire: Wire) -> None:
    slopes = wire.slopes(np.ones(wire.samples))
    assert not slopes[sorted(set(range(len(slopes))) - set(movable(wire)))].any()


@WIRES
@pytest.mark.parametrize("chunks", [[1], [2], [7, 64, 1], [64], [256], [1000]], ids=str)
def test_chunks_of_any_length_give_the_same(wire: Wire, chunks: list[int]) -> None:
    np.testing.assert_allclose(wire.played(chunks), wire.rendered()[0], atol=1e-12)


def test_a_sweep_that_nothing_sets_has_slopes_that_are_numbers() -> None:
    wire = source(Part("tone", SINE, count=2), lambda c: set_sine(c.tone, 1.0, 300.0, 50.0, 1.0, RATE))
    assert np.isfinite(wire.slopes(np.ones(wire.samples))).all()
