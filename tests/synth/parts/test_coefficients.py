"""Coefficients say what their formulas are called, and their slopes are exact by a complex step."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from synth.parts.coefficients import (
    FLOOR,
    SHORTEST_S,
    at_least,
    at_most,
    decay_of,
    gain_of,
    last_until,
    set_bandpass,
    set_first_order,
    set_highpass,
    set_lowpass,
)

RATE = 44_100.0
CUTOFFS = pytest.mark.parametrize(("cutoff_hz", "q"), [(20, 0.5), (1000, 0.707), (2500, 2), (20_000, 10)])


def filter_of(setter: Callable[..., None], *settings: Any, rate: float = RATE) -> NDArray[Any]:
    """Return (b0, b1, b2, a1, a2)."""
    c = SimpleNamespace()
    setter(c, *settings, rate)
    return np.array([c.b0, c.b1, c.b2, c.a1, c.a2])


def gains(c: NDArray[Any], at_hz: list[float]) -> NDArray[np.float64]:
    return np.abs(signal.freqz(c[:3], [1.0, *c[3:]], at_hz, fs=RATE)[1])


@CUTOFFS
def test_a_high_pass_passes_the_top_and_stops_the_bottom(cutoff_hz: float, q: float) -> None:
    np.testing.assert_allclose(
        gains(filter_of(set_highpass, cutoff_hz, q), [0, cutoff_hz, 22_050]), [0, q, 1], atol=1e-6
    )


@CUTOFFS
def test_a_low_pass_passes_the_bottom_and_stops_the_top(cutoff_hz: float, q: float) -> None:
    np.testing.assert_allclose(
        gains(filter_of(set_lowpass, cutoff_hz, q), [0, cutoff_hz, 22_050]), [1, q, 0], atol=1e-6
    )


@CUTOFFS
def test_a_band_pass_passes_its_middle(cutoff_hz: float, q: float) -> None:
    np.testing.assert_allclose(
        gains(filter_of(set_bandpass, cutoff_hz, q), [0, cutoff_hz, 22_050]), [0, 1, 0], atol=1e-6
    )


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (1.0, 0.0), (0.3, 1.2)])
def test_a_shelf_has_a_gain_at_either_end(low: float, high: float) -> None:
    np.testing.assert_allclose(gains(filter_of(set_first_order, 700.0, low, high), [0, 22_050]), [low, high], atol=1e-9)


def test_filters_are_finite_at_low_rates() -> None:
    for setter in (set_highpass, set_lowpass, set_bandpass):
        assert np.isfinite(filter_of(setter, 20_000, 0.5, rate=8000.0)).all()


@pytest.mark.parametrize("setter", [set_highpass, set_lowpass, set_bandpass])
@pytest.mark.parametrize(("cutoff_hz", "q"), [(20.0, 0.5), (1000.0, 2.0), (15_000.0, 7.0)])
def test_slopes_by_a_complex_step_are_those_of_the_filter(
    setter: Callable[..., None], cutoff_hz: float, q: float
) -> None:
    by_hz = filter_of(setter, complex(cutoff_hz, 1e-30), complex(q)).imag / 1e-30
    rise = (filter_of(setter, cutoff_hz + 1e-3, q) - filter_of(setter, cutoff_hz - 1e-3, q)) / 2e-3
    np.testing.assert_allclose(by_hz, rise, atol=1e-10)
    by_q = filter_of(setter, complex(cutoff_hz), complex(q, 1e-30)).imag / 1e-30
    rise = (filter_of(setter, cutoff_hz, q + 1e-5) - filter_of(setter, cutoff_hz, q - 1e-5)) / 2e-5
    np.testing.assert_allclose(by_q, rise, atol=1e-8)


def test_a_decay_time_is_sixty_db() -> None:
    assert decay_of(50, 48_000) ** 2400 == pytest.approx(gain_of(-60))
    assert gain_of(-6.0) == pytest.approx(0.501187)


@pytest.mark.parametrize("bound", [at_most, at_least])
def test_beyond_a_bound_there_is_no_slope(bound: Callable[[Any, float], Any]) -> None:
    inside, outside = (0.4, 0.6) if bound is at_most else (0.6, 0.4)
    assert bound(complex(inside, 1e-30), 0.5) == complex(inside, 1e-30)
    assert bound(complex(outside, 1e-30), 0.5) == 0.5


def lasts(peak: float, decay_ms: float, lead: float = 0.0, before: float = 0.0) -> tuple[float, float]:
    stroke, part = SimpleNamespace(end=np.float64(before)), SimpleNamespace(until=np.float64(0.0))
    last_until(stroke, part, np.float64(peak), np.float64(decay_ms), lead, 48_000.0)
    return float(part.until), float(stroke.end)


def test_a_part_lasts_until_it_is_a_third_of_the_floor() -> None:
    until, end = lasts(1.0, 500.0, lead=48.0)
    assert until == end
    assert 0.001 ** ((until - 48) / 24_000) == pytest.approx(FLOOR / 3, rel=1e-3)


def test_a_part_that_is_never_heard_lasts_long_enough_to_learn_from() -> None:
    assert lasts(1e-9, 500.0) == (SHORTEST_S * 48_000, SHORTEST_S * 48_000)


def test_a_stroke_lasts_as_long_as_its_longest_part() -> None:
    assert lasts(1.0, 20.0, before=30_000.0)[1] == 30_000.0
