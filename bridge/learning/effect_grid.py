"""An experiment on effects: ways to their gradient x seeds, from a TOML file with ``ways``.

The published study (Steinmetz, Bryan and Reiss, 2022) compares five ways; `models.devices.ways` has them all. Beside
them stand learning by the values alone, the rule that the study compares with, and doing nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from bridge.learning.sources import digest
from bridge.rig.settings import Settings
from bridge.rig.validation import checked
from models.devices.gradients import GRADIENTS
from synth.effects.chain import chain_named
from synth.errors import InputError, choices, shown
from synth.files import read_toml

EXACT, VALUES, RULE, NOTHING = "exact", "values", "rule-based", "nothing"
WAYS = (NOTHING, RULE, VALUES, EXACT, *GRADIENTS)
"""In the order of the table. ``autodiff`` goes through the frequency-sampled copy, ``exact`` through the effects."""
THROUGH_PROXY = ("proxy", "half-hybrid", "hybrid")
"""These share a network, so they are one job."""
METRICS = ("stft", "mel", "centroid_hz", "rms_db", "lufs_db", "values")
RESULTS_VERSION = 2
TESTS_SEED = 1_000_000
"""Of the held-out lessons, which are the same for every job. A grid's own seeds are lower."""


@dataclass(frozen=True, slots=True)
class EffectJob:
    """Some ways with one seed.

    Parameters
    ----------
    ways : tuple of str
        Of `WAYS`; several only if they share a proxy.
    seed : int
        Of lessons, weights and draws.
    chain : str
        Effects with commas between.
    lessons, tests, steps, batch, proxy_steps : int
        How much is learned from, and held out.
    rate_hz : int
        Of the audio in learning.
    transfer_hz : tuple of int
        Other rates at which the held-out lessons are played as well.
    seconds : float
        Of a lesson's half.
    """

    ways: tuple[str, ...]
    seed: int
    chain: str
    lessons: int
    tests: int
    steps: int
    batch: int
    proxy_steps: int
    rate_hz: int
    transfer_hz: tuple[int, ...]
    seconds: float

    @property
    def words(self) -> str:
        """Name it in a sentence."""
        return f"{', '.join(self.ways)}, seed {self.seed}"

    @property
    def file_name(self) -> str:
        """Name of the file that keeps its result."""
        content = digest([self.described(), metadata.version("ghostnote"), RESULTS_VERSION])
        return f"{self.ways[0]}-s{self.seed}-{content[:16]}.json"

    def described(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items()}

    def require_whole(self, result: Mapping[str, Any]) -> None:
        """Raise what a result that is not as it should be runs into."""
        if result["job"] != self.described():
            raise ValueError("it is of another job")
        for way in self.ways:
            if not np.isfinite([result["ways"][way][key] for key in ("step_s", "load")]).all():
                raise ValueError("both times are numbers")
            for rate in (self.rate_hz, *self.transfer_hz):
                rows = np.array(result["ways"][way]["rows"][str(rate)], np.float64)
                if rows.shape != (self.tests, len(METRICS)):
                    raise ValueError("each lesson has a number of every metric")


class EffectGrid(Settings):
    """The keys of a file with ``ways``."""

    ways: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=TESTS_SEED)], ...], Field(strict=False, min_length=1)] = (0,)
    chain: str = "eq,compressor"
    lessons: int = Field(4000, ge=16, le=100_000)
    tests: int = Field(100, ge=2, le=10_000)
    steps: int = Field(1500, ge=1, le=1_000_000)
    batch: int = Field(16, ge=1, le=256)
    proxy_steps: int = Field(800, ge=1, le=1_000_000)
    rate_hz: int = Field(16_000, ge=8000, le=96_000)
    transfer_hz: Annotated[tuple[Annotated[int, Field(ge=8000, le=96_000)], ...], Field(strict=False)] = (44_100,)
    seconds: float = Field(1.0, ge=0.5, le=10.0)

    @classmethod
    def load(cls, path: Path) -> EffectGrid:
        """Read a grid; `InputError` names what is wrong in it."""
        return checked(cls, read_toml(path), str(path))

    def jobs(self, where: Path = Path("effects.toml")) -> list[EffectJob]:
        """Return a job for each way and seed; those that share a proxy are one.

        Raises
        ------
        InputError
            A way or an effect that does not exist, or what stands twice in a list.
        """
        try:
            kinds = [kind.name for kind in chain_named(self.chain).kinds]
        except InputError as error:
            raise InputError(f"{where}: chain: {error}") from None
        for number, way in enumerate(self.ways, 1):
            if way not in WAYS:
                raise InputError(f"{where}: ways[{number}] is {shown(way)}; {choices(way, WAYS, 'allowed is')}")
        for key, values in (("ways", self.ways), ("seeds", self.seeds)):
            if len(set(values)) < len(values):
                raise InputError(f"{where}: {key} names one twice; name each once")
        if not set(kinds) <= {"eq", "compressor"} and {"autodiff", "hybrid-autodiff"} & set(self.ways):
            raise InputError(f"{where}: chain is {self.chain}; only eq and compressor have a copy for autodiff")
        shared = tuple(way for way in self.ways if way in THROUGH_PROXY)
        alone = [(way,) for way in self.ways if way not in THROUGH_PROXY]
        # By seeds: a worker keeps the lessons of one.
        return [self._job(ways, seed) for seed in self.seeds for ways in (*([shared] if shared else []), *alone)]

    def _job(self, ways: tuple[str, ...], seed: int) -> EffectJob:
        numbers = self.lessons, self.tests, self.steps, self.batch, self.proxy_steps, self.rate_hz
        return EffectJob(ways, seed, self.chain, *numbers, self.transfer_hz, self.seconds)


def is_effect_grid(path: Path) -> bool:
    """Return whether a file is a grid of effects."""
    return "ways" in read_toml(path)
