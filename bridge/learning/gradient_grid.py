"""An experiment on ways to a gradient: synths x ways x seeds, from a TOML file with ``synths`` and ``ways``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from bridge.learning.gradient_pool import SETS
from bridge.learning.gradient_ways import SEARCH, WAYS
from bridge.learning.rounds import ROUNDS
from bridge.learning.sources import Source, digest, digest_of
from bridge.learning.synth_grid import Names, SynthJob, SynthKeys, require_known
from models.training.strokes import FOLDS
from synth.drummer.drums import DRUMS
from synth.drummer.perform import TAKES
from synth.errors import InputError, choices, shown
from synth.files import read_toml

ROWS = ("wanted", "real", "believed")


@dataclass(frozen=True, slots=True)
class GradientJob(SynthJob):
    """Mappings of a drum on a synth, learned by one way and measured where the work is done.

    Parameters
    ----------
    synth : str
        A profile whose engine plays faster than real time, or a voice.
    controls : tuple of str
        That are moved; empty: the profile's own.
    way : str
        A key of `bridge.learning.gradient_ways.WAYS`, or ``search``.
    seed : int
        Of takes, weights, noise and what is drawn.
    drum, content : str
        As in the grid, and the digest of its sound.
    folds, epochs, rounds, search_notes : int
        Each stroke is held out once; epochs of each training; the rest as of `bridge.learning.gradient_fold.Lab`.
    notes : int
        Settings that the proxy learns from.
    arch : str
        Of the proxy.
    parameters, nets, steps : int
        Of the proxy and its training.
    source : Source, optional
        None only in jobs that are not run.
    """

    RESULTS_VERSION: ClassVar[int] = 1
    NAMED_BY: ClassVar[tuple[str, ...]] = ("synth", "way")

    synth: str
    controls: tuple[str, ...]
    way: str
    seed: int
    drum: str
    content: str
    folds: int
    epochs: int
    rounds: int
    search_notes: int
    notes: int
    arch: str
    parameters: int
    nets: int
    steps: int
    source: Source | None = field(default=None, compare=False, repr=False)

    @property
    def words(self) -> str:
        """Name it in a sentence."""
        return f"{self.synth}, {self.way}, seed {self.seed}"

    def described(self) -> dict[str, Any]:
        """Return it as JSON values, without where the drum lies."""
        values = SynthJob.described(self)
        del values["source"]
        return values

    def require_whole(self, result: Mapping[str, Any]) -> None:
        """Raise what a result that is not as it should be runs into."""
        self.require_own(result)
        if result["missing"]:
            return
        if len(result["folds"]) != self.folds:
            raise ValueError("each fold is there")
        for fold in result["folds"]:
            if not np.isfinite([fold["notes"], fold["cpu_s"]]).all() or max(fold["rows"]) >= len(fold["groups"]):
                raise ValueError("notes and seconds are numbers, and each stroke has a group")
            for kind in SETS:
                shape = len(fold["rows"]), len(fold[kind]["names"])
                rows = [np.array(fold[kind][key], np.float64) for key in ROWS]
                if any(one.shape != shape or not np.isfinite(one).all() for one in rows):
                    raise ValueError("each stroke has a number of every feature")


class GradientGrid(SynthKeys):
    """The keys of a file with ``synths`` and ``ways``."""

    ways: Names
    drum: str = "tight"
    take: str = "graded"
    folds: int = Field(FOLDS, ge=2, le=100)
    epochs: int = Field(250, ge=1, le=100_000)
    rounds: int = Field(ROUNDS, ge=0, le=1000)
    search_notes: int = Field(50_000, ge=8, le=10_000_000)
    notes: int = Field(2000, ge=64, le=200_000)
    architecture: str = "mlp-bends"
    parameters: int = Field(330_000, ge=1000, le=20_000_000)
    nets: int = Field(3, ge=1, le=9)
    steps: int = Field(3000, ge=1, le=1_000_000)

    def jobs(self, where: Path = Path("gradients.toml")) -> list[GradientJob]:
        """Return a job for each synth, seed and way.

        Raises
        ------
        InputError
            A name that does not exist or stands twice, a synth that plays in real time alone, or a recording that
            cannot be used.
        """
        from models.proxies.proxy import ARCHITECTURES

        require_known(f"{where}: architecture", self.architecture, ARCHITECTURES)
        require_known(f"{where}: take", self.take, TAKES)
        self.require_names(where, {"ways": (*WAYS, SEARCH)})
        source = self._source(where)
        # By synths and seeds: a worker keeps the proxy of one.
        return [
            self._job(synth, way, seed, source) for synth in self.synths for seed in self.seeds for way in self.ways
        ]

    def _source(self, where: Path) -> Source:
        if self.drum in DRUMS:
            return Source(self.drum, take=self.take, digest=digest([asdict(DRUMS[self.drum]), self.take]))
        path = where.absolute().parent / os.path.expanduser(self.drum)
        if not path.exists():
            drums = choices(self.drum, DRUMS, "and our drummer's drums are")
            raise InputError(f"{where}: drum is {shown(self.drum)}; there is no recording or folder {path}, {drums}")
        bare = Source(self.drum, path=str(path))
        return replace(bare, digest=digest_of(bare))

    def _job(self, synth: str, way: str, seed: int, source: Source) -> GradientJob:
        return GradientJob(
            synth=synth,
            controls=self.controls.get(synth, ()),
            way=way,
            seed=seed,
            drum=source.name,
            content=source.digest,
            folds=self.folds,
            epochs=self.epochs,
            rounds=self.rounds,
            search_notes=self.search_notes,
            notes=self.notes,
            arch=self.architecture,
            parameters=self.parameters,
            nets=self.nets,
            steps=self.steps,
            source=source,
        )


def is_gradient_grid(path: Path) -> bool:
    """Return whether a file is a grid of ways on synths; one of effects has ``ways`` alone."""
    return {"synths", "ways"} <= read_toml(path).keys()
