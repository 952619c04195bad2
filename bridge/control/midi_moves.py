"""What a knob, a pad or a program change says, how it turns a live control, and what a knob's messages show of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from bridge.control.controls import LiveControl
from bridge.rig.control import RELATIVE, CcControl, NoteControl, ProgramControl

Binding = CcControl | NoteControl | ProgramControl

FULL = 127
LOWER_HALF = 32
"""The lower half of a 14-bit controller lies this far above the higher one."""

FIRST_CHANNEL_MODE = 120
"""Controllers from here on are channel mode messages, such as all notes off: no knob sends them."""

FARTHEST_STEP = 15
"""An encoder that is turned fast says up to so many steps at once."""

ENOUGH = 3
"""After so many messages a knob is judged to be an encoder without an end, or not."""


class Source(NamedTuple):
    """What turns a control.

    Parameters
    ----------
    kind : {"cc", "note", "program"}
    channel : int or None
        From 0; None: any.
    number : int
        Controller or note; 0 for program changes.
    """

    kind: Literal["cc", "note", "program"]
    channel: int | None
    number: int

    @property
    def words(self) -> str:
        """Its name for a person."""
        what = {"cc": f"controller {self.number}", "note": f"note {self.number}", "program": "a program change"}
        where = "any channel" if self.channel is None else f"channel {self.channel + 1}"
        return f"{what[self.kind]} on {where}"


class Move(NamedTuple):
    """One message that may turn something: where it comes from, and its value 0..127; a note-off has 0."""

    source: Source
    value: int


def source_of(binding: Binding) -> Source:
    """Return what turns a control by a binding of the rig."""
    channel = None if binding.channel is None else binding.channel - 1
    if isinstance(binding, ProgramControl):
        return Source("program", channel, 0)
    return Source("cc" if isinstance(binding, CcControl) else "note", channel, binding.number)


def read_move(message: bytes) -> Move | None:
    """Return what a MIDI message says, whatever its bytes; None where it turns nothing.

    >>> read_move(bytes((0xB0, 7, 64)))
    Move(source=Source(kind='cc', channel=0, number=7), value=64)
    """
    if not message or max(message[1:], default=0) > FULL:
        return None
    status, channel = message[0] & 0xF0, message[0] & 0x0F
    if status == 0xC0 and len(message) == 2:
        return Move(Source("program", channel, 0), message[1])
    if len(message) != 3:
        return None
    if status in (0x80, 0x90):
        return Move(Source("note", channel, message[1]), message[2] if status == 0x90 else 0)
    if status == 0xB0 and message[1] < FIRST_CHANNEL_MODE:
        return Move(Source("cc", channel, message[1]), message[2])
    return None


def steps_of(encoding: str, value: int) -> int:
    """Return the steps that an encoder without an end says.

    >>> [steps_of("twos-complement", value) for value in (1, 127, 126)]
    [1, -1, -2]
    >>> [steps_of("signed-bit", value) for value in (1, 65, 66)]
    [1, -1, -2]
    >>> [steps_of("binary-offset", value) for value in (65, 63, 64)]
    [1, -1, 0]
    """
    if encoding == "binary-offset":
        return value - 64
    if encoding == "signed-bit":
        return value if value < 64 else 64 - value
    return value if value < 64 else value - 128


def recognised(values: Sequence[int]) -> str:
    """Return the encoding that a knob's messages show, so far as they do.

    An encoder without an end says small steps, the same one again and again, and never 0 or the middle; a knob with an
    end passes through its values. Small steps up alone do not tell two's complement from a signed bit, nor does 65
    alone: the knob must be turned both ways.

    >>> recognised([1, 1, 127]), recognised([65, 65, 63]), recognised([1, 1, 65]), recognised([40, 41, 43])
    ('twos-complement', 'binary-offset', 'signed-bit', 'absolute')
    """
    up = [value for value in values if 1 <= value <= FARTHEST_STEP]
    over = [value for value in values if 64 < value <= 64 + FARTHEST_STEP]
    under = [value for value in values if 64 - FARTHEST_STEP <= value < 64]
    down = [value for value in values if value >= 128 - FARTHEST_STEP]
    repeats = any(one == other for one, other in pairwise(values))
    if len(values) < ENOUGH or not repeats:
        return "absolute"
    shares = {"twos-complement": up + down, "binary-offset": over + under, "signed-bit": up + over}
    return next((name for name, own in shares.items() if len(own) == len(values)), "absolute")


def turn(control: LiveControl, binding: Binding, value: int) -> bool:
    """Turn a control by a message of seven bits; False where it makes no sense there."""
    if isinstance(binding, ProgramControl):
        values = binding.values or control.choices
        return value < len(values) and control.take([values[value]])
    if isinstance(binding, NoteControl):
        return _turn_by_note(control, binding, value)
    if binding.encoding in RELATIVE:
        return _step(control, steps_of(binding.encoding, value), binding.step)
    return control.take_unit(value / FULL)


def _turn_by_note(control: LiveControl, binding: NoteControl, velocity: int) -> bool:
    if binding.value is None and binding.mode == "momentary":
        return control.take_unit(float(velocity > 0))
    if not velocity:
        return True
    if binding.value is not None:
        return control.take([binding.value])
    if binding.mode == "velocity":
        return control.take_unit(velocity / FULL)
    return _switch_over(control)


def _switch_over(control: LiveControl) -> bool:
    """Change a switch, take a number to its other end, choose the next name, pull a trigger."""
    if control.kind == "text" and control.choices:
        return control.take([control.choices[(_place(control) + 1) % len(control.choices)]])
    if control.kind == "number":
        return control.take_unit(float(control.place() < 0.5))
    return control.take([True if control.kind == "trigger" else not control.get()])


def _step(control: LiveControl, steps: int, step: float) -> bool:
    """Move a control from where it is."""
    if control.kind == "text" and control.choices:
        place = _place(control) + (steps > 0) - (steps < 0)
        return control.take([control.choices[min(max(place, 0), len(control.choices) - 1)]])
    if control.kind == "switch":
        return steps == 0 or control.take([steps > 0])
    return control.kind == "number" and control.take_unit(min(max(control.place() + steps * step, 0.0), 1.0))


def _place(control: LiveControl) -> int:
    """Return which of its names a control has; before the first where it has another."""
    present = control.get()
    return control.choices.index(present) if isinstance(present, str) and present in control.choices else -1
