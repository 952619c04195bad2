"""What the four bytes of an OSC integer or float hold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from synth.errors import shown

LARGEST_INT = 2**31 - 1
LARGEST_FLOAT = (2 - 2**-23) * 2.0**127


def fits_osc(value: Any) -> Any:
    """Return an argument as it is; refuse a number or text that OSC cannot carry.

    >>> fits_osc(-(2**31))
    -2147483648
    """
    if isinstance(value, str) and "\0" in value:
        raise ValueError(f"{shown(value)} holds a NUL, which ends a text in OSC; leave it out")
    if isinstance(value, int) and not -LARGEST_INT - 1 <= value <= LARGEST_INT:
        raise ValueError(f"{shown(value)} is no OSC integer; allowed is {-LARGEST_INT - 1} to {LARGEST_INT}")
    if isinstance(value, float) and abs(value) > LARGEST_FLOAT:
        raise ValueError(f"{shown(value)} is no OSC float; allowed is -{LARGEST_FLOAT:.2g} to {LARGEST_FLOAT:.2g}")
    return value


OscConstant = Annotated[str | int | float, AfterValidator(fits_osc)]
"""A text or number of a map that is sent as it stands."""
