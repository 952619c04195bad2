"""What every table of a rig file is, and the kinds of value that several tables hold. Door: pydantic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from bridge.rig.validation import source_of
from synth.errors import shown

SevenBit = Annotated[int, Field(ge=0, le=127)]
Channel = Annotated[int, Field(ge=1, le=16)]
MAX_CHANNELS = 64
AudioChannel = Annotated[int, Field(ge=1, le=MAX_CHANNELS)]
Port = Annotated[int, Field(ge=1, le=65535)]

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


class Settings(BaseModel):
    """A table of a rig file: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True, allow_inf_nan=False)


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
