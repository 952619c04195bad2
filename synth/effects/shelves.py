"""Shelves and bells as filter coefficients, from the formulas of Bristow-Johnson's cookbook of equaliser filters.

They are plain arithmetic of numbers and of complex numbers alike, as in `synth.parts.coefficients`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.parts.coefficients import HIGHEST, PER_DB, at_most


def _angle(freq_hz: Any, q: Any, rate: float) -> tuple[Any, Any]:
    """Return the cosine of a frequency's angle, and the cookbook's alpha: sine / 2 q."""
    angle = 2.0 * np.pi * at_most(freq_hz / rate, HIGHEST)
    return np.cos(angle), 0.5 * np.sin(angle) / q


def set_peak(part: Any, gain_db: Any, freq_hz: Any, q: Any, rate: float) -> None:
    """Set a bell of ``gain_db`` at ``freq_hz``; its edges, at half the gain in dB, are ``freq_hz / q`` apart."""
    cosine, alpha = _angle(freq_hz, q, rate)
    a = np.exp(0.5 * PER_DB * gain_db)
    share = 1.0 / (1.0 + alpha / a)
    part.b0 = (1.0 + alpha * a) * share
    part.b1 = -2.0 * cosine * share
    part.b2 = (1.0 - alpha * a) * share
    part.a1 = part.b1
    part.a2 = (1.0 - alpha / a) * share


def set_low_shelf(part: Any, gain_db: Any, freq_hz: Any, q: Any, rate: float) -> None:
    """Set a shelf of ``gain_db`` below ``freq_hz``, where half of it is reached."""
    _set_shelf(part, gain_db, freq_hz, q, rate, 1.0)


def set_high_shelf(part: Any, gain_db: Any, freq_hz: Any, q: Any, rate: float) -> None:
    """Set a shelf of ``gain_db`` above ``freq_hz``, where half of it is reached."""
    _set_shelf(part, gain_db, freq_hz, q, rate, -1.0)


def _set_shelf(part: Any, gain_db: Any, freq_hz: Any, q: Any, rate: float, side: float) -> None:
    """Set a low shelf (``side`` 1) or a high one (-1), which is the low one's mirror in frequency."""
    cosine, alpha = _angle(freq_hz, q, rate)
    cosine = side * cosine
    a = np.exp(0.5 * PER_DB * gain_db)
    slope = 2.0 * np.sqrt(a) * alpha
    share = 1.0 / ((a + 1.0) + (a - 1.0) * cosine + slope)
    part.b0 = a * ((a + 1.0) - (a - 1.0) * cosine + slope) * share
    part.b1 = side * 2.0 * a * ((a - 1.0) - (a + 1.0) * cosine) * share
    part.b2 = a * ((a + 1.0) - (a - 1.0) * cosine - slope) * share
    part.a1 = side * -2.0 * ((a - 1.0) + (a + 1.0) * cosine) * share
    part.a2 = ((a + 1.0) + (a - 1.0) * cosine - slope) * share
