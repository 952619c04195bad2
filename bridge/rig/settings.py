"""What every table of a rig file is, and the kinds of value that several tables hold. Door: pydantic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from bridge.rig.validation import LONGEST_TEXT, source_of
from synth.errors import shorter, shown

SevenBit = Annotated[int, Field(ge=0, le=127)]
Channel = Annotated[int, Field(ge=1, le=16)]
MAX_CHANNELS = 64
AudioChannel = Annotated[int, Field(ge=1, le=MAX_CHANNELS)]
DeviceNumber = Annotated[int, Field(ge=0, le=999)]
Port = Annotated[int, Field(ge=1, le=65535)]

LONGEST_LIST = 512
"""Entries of a list or table; the longest list of a rig, the leaks of 64 inputs, has 320."""
LONGEST_PORT = 300
"""Characters of a MIDI port's name: JACK's are at most 320, those of ALSA and of Windows shorter."""

LARGEST_INT = 2**31 - 1
LARGEST_FLOAT = (2 - 2**-23) * 2.0**127
"""What the four bytes of an OSC integer or float hold."""


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


OscText = Annotated[str, AfterValidator(fits_osc)]
OscConstant = Annotated[bool | str | int | float, AfterValidator(fits_osc)]
"""A text, a number or a truth value of a map that is sent as it stands."""


def _not_too_large(value: float) -> float:
    if abs(value) > LARGEST_FLOAT:
        raise ValueError(f"it is {value:g}; allowed is -{LARGEST_FLOAT:.2g} to {LARGEST_FLOAT:.2g}")
    return value


Finite = Annotated[float, AfterValidator(_not_too_large)]
"""A number that an OSC float holds."""


class Settings(BaseModel):
    """A table of a rig file: unknown keys are refused, values do not change, texts and lists have a longest length."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        strict=True,
        allow_inf_nan=False,
        str_max_length=LONGEST_TEXT,
    )

    @model_validator(mode="before")
    @classmethod
    def _not_too_long(cls, table: Any) -> Any:
        """Refuse what is longer than any rig needs, before anything works through it."""
        for key, value in table.items() if isinstance(table, dict) else ():
            if isinstance(value, list | tuple | dict) and len(value) > LONGEST_LIST:
                raise ValueError(f"{shorter(str(key))} has {len(value)} entries; allowed are at most {LONGEST_LIST}")
        return table


class FromFile(Settings):
    """A table that knows the rig's file: complaints begin with it, and relative paths are seen from its folder."""

    _source: str = PrivateAttr("rig")

    @property
    def folder(self) -> Path:
        """The folder of the rig's file."""
        return Path(self._source).parent

    @model_validator(mode="after")
    def _remember_the_file(self, info: ValidationInfo) -> Self:
        self._source = source_of(info)
        return self


class Number(NamedTuple):
    """A number: its range, both ends included, what a person is told of it, and whether it counts something."""

    key: str
    low: float
    high: float
    default: float
    unit: str
    meaning: str
    whole: bool = False


def number(default: Any, low: float, high: float, unit: str, meaning: str) -> Any:
    """Return the field of a `Number`; ``...`` as its default makes it required."""
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra={"unit": unit})


def numbers_of(model: type[BaseModel]) -> tuple[Number, ...]:
    """Return the fields of a table that were declared by `number` and have a default, in their order."""
    schema = model.model_json_schema()["properties"]
    return tuple(
        Number(key, own["minimum"], own["maximum"], own["default"], own["unit"], own["description"])
        for key, own in schema.items()
        if {"unit", "default"} <= own.keys()
    )
