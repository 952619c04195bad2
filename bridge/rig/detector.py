"""What a rig may say about a drum's ear: the table that checks a rig, `calibrate`, live control and the docs read."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from bridge.rig.settings import Settings, number, numbers_of

TIMBRE_SHAPE = (17, 8, 4, 1)
"""Inputs, units and output of the network that a rig may hold for a drum."""

TIMBRE_NUMBERS = sum((inputs + 1) * units for inputs, units in pairwise(TIMBRE_SHAPE))

_BANDS = 5
"""Numbers that `leaks_db` holds for each input: one per band of the detector."""

MOST_PATHS, MOST_TAPS = 4, 48
"""Drums that one microphone may be freed of, and numbers that may tell a path: what 16 channels can afford."""


def _whole_inputs(leaks_db: tuple[float, ...]) -> tuple[float, ...]:
    if len(leaks_db) % _BANDS:
        raise ValueError(f"it holds {len(leaks_db)} numbers; each input needs {_BANDS}")
    return leaks_db


class LeakPath(Settings):
    """How one drum arrives at another drum's microphone. A path from an input that the rig does not use is left out."""

    input: int = Field(ge=1, le=64, description="the input whose drum leaks")
    delay_ms: float = number(..., 0.0, 6.0, "ms", "how much later it arrives here, in steps of 1/48 ms")
    gain_db: float = number(..., -100.0, 40.0, "dB", "how loud it arrives here, both inputs before any gain")
    taps: tuple[Annotated[float, Field(ge=-1, le=1)], ...] = Field(
        (1.0,),
        strict=False,
        min_length=1,
        max_length=MOST_TAPS,
        description="its tone: the path's answer to a click, 48 000 numbers a second, of energy 1; may be left out",
    )


class DetectorSettings(Settings):
    """Expert settings of the ear; the defaults suit every drum."""

    sensitivity: float = number(0.5, 0.0, 1.0, "", "0 hears clear strokes only, 1 every rustle; 0.5 suits all drums")
    shortest_interval_ms: float = number(13.0, 8.0, 200.0, "ms", "strokes closer together than this are one stroke")
    floor_db: float = number(-100.0, -110.0, -20.0, "dBFS", "strokes that peak under this are never heard")
    gain_db: float = number(0.0, -40.0, 60.0, "dB", "applied to the input before anything listens to it")
    leak_rejection: float = number(
        -0.8,
        -30.0,
        3.0,
        "logit",
        "how surely a stroke must sound like this drum, against leaks; calibrate raises it to what the drum allows",
    )
    leaks_db: Annotated[tuple[Annotated[float, Field(ge=-90, le=10)], ...], AfterValidator(_whole_inputs)] = Field(
        (),
        strict=False,
        min_length=_BANDS,
        max_length=64 * _BANDS,
        description="energy of each input's five bands that arrives here, input 1 first; calibrate measures it",
    )
    timbre: tuple[Annotated[float, Field(ge=-1000, le=1000)], ...] = Field(
        (),
        strict=False,
        min_length=TIMBRE_NUMBERS,
        max_length=TIMBRE_NUMBERS,
        description="what this drum sounds like, against leaks: a network that calibrate learns where the drum is "
        "heard alone",
    )
    leak_paths: tuple[LeakPath, ...] = Field(
        (),
        strict=False,
        max_length=MOST_PATHS,
        description="how other drums arrive here, which is subtracted before anything listens; calibrate measures it",
    )

    def to_table(self) -> dict[str, Any]:
        """Return what differs from the defaults, ready for a rig file."""
        whole = self.model_dump(mode="json")
        return {key: whole[key] for key in self.model_dump(exclude_defaults=True)}


SETTINGS = numbers_of(DetectorSettings)
"""The settings that are one number, in their order: what live control turns."""
