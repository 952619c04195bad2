"""OSC messages are values with the bytes of python-osc, and the reader takes them apart again."""

from __future__ import annotations

import math
import random
from functools import partial

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.mapping.numbers import Scaler
from bridge.osc.messages import Argument, MessageTemplate, Slot, message_bytes
from bridge.osc.reader import parse_packet

DRAW = {"s": lambda dice: "ö" * dice.randrange(9), "i": lambda dice: dice.randrange(-(2**31), 2**31)}
DRAW |= {"f": lambda dice: math.ldexp(dice.randrange(2**24), -12)}


@pytest.mark.parametrize("seed", range(50))
def test_a_message_has_the_bytes_of_python_osc(seed: int) -> None:
    dice = random.Random(seed)
    address, tags = "/" + "x" * dice.randrange(9), [dice.choice("sif") for _ in range(dice.randrange(9))]
    arguments = [DRAW[tag](dice) for tag in tags]
    builder = OscMessageBuilder(address)
    for argument, tag in zip(arguments, tags, strict=True):
        builder.add_arg(argument, tag)
    assert message_bytes(address, arguments) == builder.build().dgram
    assert parse_packet(message_bytes(address, arguments)) == [(address, arguments)]


@pytest.mark.parametrize(
    ("slot", "value", "sent"),
    [
        (Slot("level"), 0.5, 0.5),
        (Slot("level", "d"), 0.1, 0.1),
        (Slot("level", "i"), 2.5, 2),
        (Slot("level", "i"), 1e99, 2**31 - 1),
        (Slot("level"), math.nan, 0.0),
        (Slot("level"), 1e300, (2 - 2**-23) * 2.0**127),
        (Slot(Scaler("level", 0.0, 1.0, 10.0, 20.0)), 0.5, 15.0),
    ],
)
def test_a_slot_is_filled_with_what_its_type_can_carry(slot: Slot, value: float, sent: float) -> None:
    template = MessageTemplate("/a", ("before", slot, 7))
    assert parse_packet(template.pack({"level": value})) == [("/a", ["before", sent, 7])]
    assert len(template) == len(template.pack({"level": value}))


def test_a_template_is_a_value() -> None:
    make = partial(MessageTemplate, "/a")
    arguments: tuple[Argument, ...] = (1, Slot(Scaler("level", 0.0, 1.0, 10.0, 20.0)))
    assert make(arguments) == make(arguments) != make((1,))
    assert {make(arguments)} == {make(arguments)}
    assert eval(repr(make(arguments))) == make(arguments)
