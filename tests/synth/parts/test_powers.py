from __future__ import annotations

import numpy as np
import pytest

from synth.dsp.compiled import compiled_tree
from synth.parts.powers import fill_powers

fill = compiled_tree(fill_powers)


@pytest.mark.parametrize("factor", [0.0, 0.4, 0.99, 0.999_99, 1.0])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 256])
def test_powers_are_the_powers_of_a_factor(factor: float, count: int) -> None:
    row = np.full(count, np.nan)
    fill(0.7, factor, row)
    np.testing.assert_allclose(row, 0.7 * factor ** np.arange(count), rtol=1e-13)


@pytest.mark.parametrize("decay_ms", [1.0, 10.0, 100.0, 2000.0])
def test_what_decays_ends_at_zero_before_its_numbers_become_slow(decay_ms: float) -> None:
    factor, row, lowest = 0.001 ** (1.0 / (decay_ms * 8.0)), np.ones(256), 1.0
    for _ in range(round(decay_ms) * 100):
        fill(row[-1] * factor, factor, row)
        if row.any():
            lowest = min(lowest, row[row > 0].min())
    assert not row.any()
    assert lowest > 1e6 * np.finfo(np.float64).tiny
