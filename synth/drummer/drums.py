"""The drums of our drummer: shells, heads, wires and cymbals, as a table of physical numbers.

`synth.drummer.strike.strike` turns one of these and a stroke into sound; `DRUMS` holds all of them by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from synth.errors import entry_named


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
    grip: float = 0.15


@dataclass(frozen=True, slots=True)
class Drum:
    """One drum or cymbal.

    Parameters
    ----------
    name : str
        Its key in `DRUMS`.
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
    click_db, bright_hz : float
        Knock of a hard tip against the head's peak, and where its spectrum begins to fall.
    push_db : float
        Height of the first edge against the head's peak.
    hoop_db : float
        The weak ring that outlasts the head's own swing.
    shell_hz : tuple of float
        Resonances of shell and hoop.
    wires : Wires or None
        None for kick, tom, or wires thrown off.
    length_s : float
        Longest that a stroke is computed.
    cymbal : bool
        Whether it has partials instead of a head: then what is said of heads, shells and wires counts nothing.
    """

    name: str
    tone_hz: float
    ring_ms: float
    damping: float = 0.7
    split: float = 0.06
    glide: float = 0.02
    contact_ms: float = 1.6
    click_db: float = -14.0
    bright_hz: float = 5000.0
    push_db: float = -13.0
    hoop_db: float = -30.0
    shell_hz: tuple[float, ...] = (740.0, 1180.0, 1710.0, 2600.0)
    wires: Wires | None = None
    length_s: float = 1.2
    cymbal: bool = False


# Fitted to the real snare of docs/notes/drummer.md; the others are built around it.
_MAPLE = Drum(
    name="maple",
    tone_hz=196.0,
    ring_ms=56.0,
    damping=0.3,
    split=0.155,
    glide=0.015,
    contact_ms=2.3,
    click_db=-11.5,
    bright_hz=3300.0,
    push_db=-8.0,
    hoop_db=-35.0,
    wires=Wires(-28.0, 70.0, 700.0, 4800.0),
)


def _snare(name: str, tone_hz: float, ring_ms: float, wires: Wires | None, **other: Any) -> Drum:
    return replace(_MAPLE, name=name, tone_hz=tone_hz, ring_ms=ring_ms, wires=wires, **other)


SNARES = (
    _snare("tight", 222.0, 42.0, Wires(-17.0, 60.0, 900.0, 6000.0), damping=0.55, bright_hz=5000.0, hoop_db=-36.0),
    _snare("ringing", 188.0, 190.0, Wires(-20.0, 120.0, 900.0, 6000.0), split=0.05, hoop_db=-27.0),
    _snare("wires-off", 172.0, 110.0, None, damping=0.4, split=0.07, hoop_db=-28.0),
    _snare("dead", 160.0, 26.0, Wires(-16.0, 36.0, 800.0, 5000.0), damping=0.8, hoop_db=-45.0),
    _MAPLE,
    _snare("piccolo", 290.0, 55.0, Wires(-12.0, 75.0, 1500.0, 9000.0), contact_ms=1.5, click_db=-5.0, bright_hz=7000.0),
    _snare("deep", 142.0, 95.0, Wires(-18.0, 150.0, 600.0, 4500.0, 0.3), contact_ms=2.8),
    _snare(
        "steel",
        236.0,
        130.0,
        Wires(-14.0, 95.0, 1000.0, 8000.0),
        damping=0.25,
        contact_ms=1.7,
        click_db=-6.0,
        bright_hz=6500.0,
        hoop_db=-28.0,
    ),
    _snare("loose", 176.0, 75.0, Wires(-15.0, 150.0, 700.0, 6000.0, 0.3), contact_ms=2.5),
)

_TOM = Drum(
    name="tom",
    tone_hz=124.0,
    ring_ms=190.0,
    damping=0.6,
    split=0.05,
    glide=0.05,
    contact_ms=2.8,
    click_db=-18.0,
    bright_hz=2600.0,
    push_db=-14.0,
    hoop_db=-32.0,
    shell_hz=(620.0, 990.0),
    length_s=1.5,
)
_KICK = Drum(
    name="kick",
    tone_hz=52.0,
    ring_ms=105.0,
    damping=0.8,
    split=0.05,
    glide=0.5,
    contact_ms=5.0,
    click_db=-5.0,
    bright_hz=5500.0,
    push_db=-16.0,
    hoop_db=-42.0,
    shell_hz=(410.0, 640.0),
    length_s=0.9,
)

OTHERS = (
    _KICK,
    _TOM,
    replace(_TOM, name="high-tom", tone_hz=172.0, ring_ms=150.0),
    replace(_TOM, name="floor-tom", tone_hz=82.0, ring_ms=240.0, contact_ms=3.4, bright_hz=2200.0),
    Drum("hat", tone_hz=420.0, ring_ms=75.0, bright_hz=11_000.0, length_s=1.2, cymbal=True),
    Drum("ride", tone_hz=310.0, ring_ms=700.0, bright_hz=6000.0, length_s=2.0, cymbal=True),
)

DRUMS: dict[str, Drum] = {drum.name: drum for drum in (*SNARES, *OTHERS)}


def find_drum(name: str) -> Drum:
    """Return the drum of that name.

    Raises
    ------
    InputError
        There is none in `DRUMS`; the text lists those that exist.
    """
    return entry_named(DRUMS, name, "drum")
