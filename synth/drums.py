"""The drums that our own drummer owns: shells, heads, wires and cymbals, as a table of physical numbers.

``acoustic.strike`` turns one of these and a stroke into sound; ``DRUMS`` is the cupboard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from synth.errors import InputError

Kind = Literal["membrane", "cymbal"]


@dataclass(frozen=True, slots=True)
class Wires:
    """Snare wires under the lower head.

    Parameters
    ----------
    level_db : float
        Peak of the buzz against the head's, at a hard stroke.
    decay_ms : float
        Time in which the buzz of a hard stroke falls by 20 dB.
    low_hz, high_hz : float
        The band in which they speak.
    grip : float
        0..1: how strongly the head's swing chops the buzz; loose wires are chopped more.
    """

    level_db: float
    decay_ms: float
    low_hz: float = 900.0
    high_hz: float = 9000.0
    grip: float = 0.6


@dataclass(frozen=True, slots=True)
class Drum:
    """One drum or cymbal.

    Parameters
    ----------
    name : str
        Its key in `DRUMS`.
    kind : {"membrane", "cymbal"}
        Which model sounds.
    tone_hz : float
        Lowest mode of the head, or lowest partial of the cymbal.
    ring_ms : float
        Time in which the lowest mode falls by 20 dB.
    damping : float
        How much faster higher modes die: decay time goes with frequency to the power of minus this.
    split : float
        Relative detuning of the lower head against the upper: the beating of paired modes.
    glide : float
        Relative sharpness of a hard stroke's start, from the head's own stretch.
    contact_ms : float
        How long the tip stays on the head in a stroke of middle strength.
    click_db : float
        Knock of the tip against the head's peak.
    shell_hz : tuple of float
        Resonances of shell and hoop.
    wires : Wires or None
        None for kick, tom, or wires thrown off.
    length_s : float
        Longest that a stroke is computed.
    """

    name: str
    kind: Kind
    tone_hz: float
    ring_ms: float
    damping: float = 0.7
    split: float = 0.06
    glide: float = 0.02
    contact_ms: float = 1.6
    click_db: float = -14.0
    shell_hz: tuple[float, ...] = (740.0, 1180.0, 1710.0, 2600.0)
    wires: Wires | None = None
    length_s: float = 1.2


_TIGHT = Drum("tight", "membrane", 205.0, 55.0, wires=Wires(-9.0, 70.0))

SNARES = (
    _TIGHT,
    replace(_TIGHT, name="ringing", tone_hz=188.0, ring_ms=190.0, damping=0.45, split=0.035, wires=Wires(-11.0, 130.0)),
    replace(_TIGHT, name="wires-off", tone_hz=172.0, ring_ms=120.0, damping=0.6, wires=None),
    replace(_TIGHT, name="dead", tone_hz=160.0, ring_ms=28.0, damping=0.9, wires=Wires(-8.0, 42.0)),
    replace(
        _TIGHT, name="piccolo", tone_hz=285.0, ring_ms=60.0, click_db=-9.0, wires=Wires(-6.0, 75.0, 1500.0, 12_000.0)
    ),
    replace(
        _TIGHT, name="deep", tone_hz=142.0, ring_ms=95.0, contact_ms=2.2, wires=Wires(-10.0, 150.0, 600.0, 7000.0, 0.8)
    ),
    replace(
        _TIGHT, name="brushed-steel", tone_hz=228.0, ring_ms=140.0, damping=0.5, click_db=-10.0, wires=Wires(-7.0, 95.0)
    ),
    replace(
        _TIGHT,
        name="vintage",
        tone_hz=176.0,
        ring_ms=75.0,
        contact_ms=2.0,
        wires=Wires(-5.0, 190.0, 700.0, 8000.0, 0.8),
    ),
)

OTHERS = (
    Drum("kick", "membrane", 54.0, 110.0, 0.8, 0.04, 0.35, 4.0, -16.0, (2200.0, 3400.0), length_s=0.8),
    Drum("tom", "membrane", 124.0, 210.0, 0.7, 0.03, 0.06, 2.6, -20.0, (620.0, 990.0), length_s=1.4),
    Drum("floor-tom", "membrane", 82.0, 260.0, 0.7, 0.03, 0.07, 3.2, -22.0, (480.0, 830.0), length_s=1.6),
    Drum("hat", "cymbal", 420.0, 55.0, click_db=-6.0, length_s=1.0),
    Drum("ride", "cymbal", 290.0, 900.0, click_db=-4.0, length_s=2.0),
)

DRUMS: dict[str, Drum] = {drum.name: drum for drum in (*SNARES, *OTHERS)}


def find_drum(name: str) -> Drum:
    """Return the drum of that name; `InputError` lists those that exist."""
    if name not in DRUMS:
        raise InputError(f"there is no drum '{name}'; there are {', '.join(DRUMS)}")
    return DRUMS[name]
