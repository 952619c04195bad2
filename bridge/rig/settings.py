"""What every table of a rig file is, and the numbers that several tables hold. Door: pydantic (third)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from bridge.rig.validation import source_of

CcNumber = Annotated[int, Field(ge=0, le=127)]
SevenBit = Annotated[int, Field(ge=0, le=127)]
Channel = Annotated[int, Field(ge=1, le=16)]
MAX_CHANNELS = 64
AudioChannel = Annotated[int, Field(ge=1, le=MAX_CHANNELS)]
Port = Annotated[int, Field(ge=1, le=65535)]


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
