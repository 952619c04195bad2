"""Wave shapes of numbers: polynomials, because the compiler turns those into vector code.

They give the same bits wherever a block begins or ends. What sets a part's coefficients is in
`synth.parts.coefficients`.
"""

import math

import numpy as np

from synth.dsp.compiled import compiled, compiled_fused

_LOG_2 = math.log(2.0)


@compiled
def sine(turns: float) -> float:
    """Return sin(2 pi turns) within 1e-15: fold into a quarter turn either side of zero, then ten terms of the series.

    >>> abs(sine(1000.125) - math.sqrt(0.5)) < 1e-15
    True
    """
    folded: float = turns - np.rint(turns)
    folded = folded - 2.0 * max(folded - 0.25, 0.0) - 2.0 * min(folded + 0.25, 0.0)
    x = 2.0 * math.pi * folded
    s = x * x
    odd = 1 / 355687428096000 - s * (1 / 121645100408832000)
    odd = 1 / 6227020800 - s * (1 / 1307674368000 - s * odd)
    odd = 1 / 362880 - s * (1 / 39916800 - s * odd)
    return x - x * s * (1 / 6 - s * (1 / 120 - s * (1 / 5040 - s * odd)))


@compiled_fused
def sine_cosine(turns: float) -> tuple[float, float]:
    """Return (sin, cos) of 2 pi turns within 1e-15: fold into an eighth turn either side of the nearest quarter.

    >>> [round(x, 12) for x in sine_cosine(-7.0 / 12.0)]
    [0.5, -0.866025403784]
    """
    quarters = np.rint(4.0 * turns)
    x = 2.0 * math.pi * (turns - 0.25 * quarters)
    s = x * x
    odd = 1 / 362880 - s * (1 / 39916800 - s * (1 / 6227020800 - s * (1 / 1307674368000)))
    even = 1 / 40320 - s * (1 / 3628800 - s * (1 / 479001600 - s * (1 / 87178291200 - s * (1 / 20922789888000))))
    sine_here = x - x * s * (1 / 6 - s * (1 / 120 - s * (1 / 5040 - s * odd)))
    cosine_here = 1.0 - s * (1 / 2 - s * (1 / 24 - s * (1 / 720 - s * even)))
    halves = np.floor(0.5 * quarters)
    sign = 1.0 - 2.0 * (halves - 2.0 * np.floor(0.5 * halves))
    turned = quarters != 2.0 * halves
    return sign * (cosine_here if turned else sine_here), sign * (-sine_here if turned else cosine_here)


@compiled
def saturate(x: float) -> float:
    """Return tanh(x) within 1e-14.

    >>> abs(saturate(-0.3) - math.tanh(-0.3)) < 1e-14
    True
    """
    e = _fall(x)
    return math.copysign((1.0 - e) / (1.0 + e), x)


@compiled_fused
def saturation(x: float) -> tuple[float, float]:
    """Return (tanh, its slope) at x; the slope stays above zero where tanh itself has rounded to one.

    >>> 0 < saturation(19.0)[1] < 1e-15
    True
    """
    e = _fall(x)
    share = 1.0 / (1.0 + e)
    return math.copysign((1.0 - e) * share, x), 4.0 * e * share * share


@compiled
def log_cosh(x: float) -> float:
    """Return log(cosh(x)), the integral of tanh, within 1e-14.

    >>> abs(log_cosh(-0.3) - math.log(math.cosh(0.3))) < 1e-14
    True
    """
    e = _fall(x)
    # log(1 + e) is twice the area tangent of this, which is a third at most.
    z = e / (2.0 + e)
    s = z * z
    late = 1 / 17 + s * (1 / 19 + s * (1 / 21 + s * (1 / 23 + s * (1 / 25 + s * (1 / 27 + s * (1 / 29))))))
    series = 1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13 + s * (1 / 15 + s * late))))))
    return abs(x) + 2.0 * z * (1.0 + s * series) - _LOG_2


@compiled
def _fall(x: float) -> float:
    """Return exp(-2|x|), no further than |x| = 20: eight terms of the series of a 64th of it, squared six times."""
    y = min(abs(x), 20.0) * (-2.0 / 64.0)
    e = 1 / 120 + y * (1 / 720 + y * (1 / 5040 + y * (1 / 40320)))
    e = 1.0 + y * (1.0 + y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * e))))
    e = e * e
    e = e * e
    e = e * e
    e = e * e
    e = e * e
    return e * e
