"""An experiment on proxies: synths x architectures x embeddings x seeds, from a TOML file with ``synths``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from bridge.learning.synth_grid import Names, SynthJob, SynthKeys
from bridge.sampling.synth import sampled_synth
from models.embeddings.registry import EMBEDDINGS
from synth.errors import InputError
from synth.files import read_toml

FIGURES = ("l1", "l1_of_mean", "own", "own_of_mean")
DX7_NETS = "module-"
"""Begins the name of a net that is made for a DX7 alone."""


@dataclass(frozen=True, slots=True)
class ProxyJob(SynthJob):
    """A proxy of a synth, made and measured where the work is done: the synth runs there too.

    Parameters
    ----------
    synth : str
        A profile whose engine plays faster than real time, or a voice.
    controls : tuple of str
        That are moved; empty: the profile's own.
    arch, embedding : str
    seed : int
        Of settings, weights and what is held out.
    notes, held_out, parameters, nets, steps : int
    gradients : bool
        Whether the synth's own differences are compared with.
    """

    RESULTS_VERSION: ClassVar[int] = 1
    NAMED_BY: ClassVar[tuple[str, ...]] = ("synth", "arch")

    synth: str
    controls: tuple[str, ...]
    arch: str
    embedding: str
    seed: int
    notes: int
    held_out: int
    parameters: int
    nets: int
    steps: int
    gradients: bool

    @property
    def words(self) -> str:
        """Name it in a sentence."""
        return f"{self.synth}, {self.arch}, {self.embedding}, seed {self.seed}"

    def require_whole(self, result: Mapping[str, Any]) -> None:
        """Raise what a result that is not as it should be runs into."""
        self.require_own(result)
        numbers = [result["scores"][key] for key in FIGURES] + [result["seconds"]]
        numbers += [mrr for mrr, _ in result["scores"]["ranks"].values()]
        numbers += [result["gradient"][key] for key in ("mean", "worst")] if self.gradients else []
        if not np.isfinite(np.array(numbers, np.float64)).all():
            raise ValueError("every figure is a number")


class ProxyGrid(SynthKeys):
    """The keys of a file with ``synths`` and neither ``schedules`` nor ``ways``."""

    architectures: Names = ("mlp-bends",)
    embeddings: Names = ("segments",)
    notes: int = Field(2000, ge=64, le=200_000)
    held_out: int = Field(512, ge=8, le=100_000)
    parameters: int = Field(330_000, ge=1000, le=20_000_000)
    nets: int = Field(1, ge=1, le=9)
    steps: int = Field(3000, ge=1, le=1_000_000)
    gradients: bool = True

    def jobs(self, where: Path = Path("proxies.toml")) -> list[ProxyJob]:
        """Return a job for each synth, architecture, embedding and seed.

        Raises
        ------
        InputError
            A name that does not exist or stands twice, a synth that plays in real time alone, or too few notes.
        """
        from models.proxies.proxy import ARCHITECTURES

        self.require_names(where, {"architectures": ARCHITECTURES, "embeddings": tuple(EMBEDDINGS)})
        if self.held_out > self.notes // 2:
            raise InputError(f"{where}: held_out is {self.held_out}; allowed is half of notes, {self.notes // 2}")
        # By synths and seeds: a worker keeps the takes of one.
        return [
            self._job(synth, arch, embedding, seed)
            for synth in self.synths
            for seed in self.seeds
            for embedding in self.embeddings
            for arch in self.architectures
            if not arch.startswith(DX7_NETS) or sampled_synth(synth).sampling.engine == "dexed"
        ]

    def _job(self, synth: str, arch: str, embedding: str, seed: int) -> ProxyJob:
        numbers = self.notes, self.held_out, self.parameters, self.nets, self.steps
        return ProxyJob(synth, self.controls.get(synth, ()), arch, embedding, seed, *numbers, self.gradients)


def is_proxy_grid(path: Path) -> bool:
    """Return whether a file is a grid of proxies: other grids of synths have a key of their own."""
    keys = read_toml(path)
    return "synths" in keys and not keys.keys() & {"schedules", "ways"}
