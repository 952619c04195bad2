"""What the circuits of the 808 share: the trigger and its leak into the sound, and the output stage.

The trigger is a pulse of a millisecond whose voltage is the accent. It kicks what rings, leaks into the sound as a
click, and opens what is gated, so a harder stroke is another sound and not only a louder one.
"""

from __future__ import annotations

from typing import Any

from synth.parts.coefficients import (
    at_most,
    gain_of,
    keep_from_folding,
    last_until,
    set_burst,
    set_drive,
    set_first_order,
)
from synth.parts.wiring import CONSTANT, ENVELOPE, FILTER, Part
from synth.spec import Param

FINE = 2
"""Count of a saturation that may bend at four times the rate."""
HIGHEST_HARMONIC = 3.0
"""Of a square that is loud enough for what it folds back, once bent, to be heard."""
PLAIN_V = 9.0
"""The trigger's voltage at which a sound is as it was measured."""
_DIODE_V = 0.6
_HIGHEST_THRESHOLD = 0.5
_PULSE_MS = 1.0
_PULSE_RISE_MS = 0.02
_PULSE_DROOP_MS = 200.0

TRIGGER = Param("trigger", 4, 14, "V", "linear", PLAIN_V, "voltage of the trigger: the accent")
LEVEL = Param("level", -60, 6, "dB", "linear", 0, "level, as the panel's knob", "level")
DRIVE = Param("drive", -24, 24, "dB", "linear", -12, "how hard the output stage clips")
CLICK = (
    Param("click.level", -60, 6, "dB", "linear", -20, "level of the trigger's leak", "level"),
    Param("click.freq", 40, 12_000, "Hz", "log", 2000, "cutoff of the leak's low-pass"),
)
CLICK_PARTS = (
    Part("one", CONSTANT),
    Part("pulse", ENVELOPE, ("one",), 2),
    Part("click", FILTER, ("pulse",), rests_with="pulse"),
)


def kick_of(trigger_v: Any) -> Any:
    """Return how hard a trigger kicks, past its diode; 1 at the plain voltage."""
    return (trigger_v - _DIODE_V) / (PLAIN_V - _DIODE_V)


def threshold_of(floor: Any, kick: Any) -> Any:
    """Return the share of a stroke at which its gate shuts: a soft one shuts sooner, but none is lost."""
    return at_most(floor / kick, _HIGHEST_THRESHOLD)


def set_click(c: Any, kick: Any, level_db: Any, freq_hz: Any, rate: float) -> None:
    """Set the leak: a pulse that falls by a second one, which begins as the first ends."""
    gain = kick * gain_of(level_db)
    rise = _PULSE_RISE_MS * 0.001 * rate
    left = 0.001 ** (_PULSE_MS / _PULSE_DROOP_MS)
    set_burst(c.pulse, 0, gain, _PULSE_DROOP_MS, 0.0, rise, rate)
    set_burst(c.pulse, 1, -gain * left, _PULSE_DROOP_MS, _PULSE_MS, rise, rate)
    set_first_order(c.click, freq_hz, 1.0, 0.0, rate)
    # The low-pass is given time to ring out: three of its longest time constants for 20 dB each.
    lead = 0.001 * rate * (_PULSE_MS + 30.0)
    c.pulse.until = max(c.pulse.until.real, lead)
    c.stroke.end = max(c.stroke.end.real, lead)


def set_output(part: Any, drive_db: Any, level_db: Any, amplitude: Any, highest_hz: Any, rate: float) -> None:
    """Set the output stage, which leaves what is soft as it is and holds peaks below 1 / drive.

    ``amplitude`` and ``highest_hz`` are those of the tones that it is given.
    """
    drive = gain_of(drive_db)
    set_drive(part, drive, 0.0, gain_of(level_db) / drive)
    keep_from_folding(part, amplitude, highest_hz, rate)


def ring(c: Any, part: Any, gain: Any, decay_ms: Any, lead_ms: float, rate: float) -> None:
    """Let a part last as long as it rings above the floor."""
    last_until(c.stroke, part, gain, decay_ms, lead_ms * 0.001 * rate, rate)
