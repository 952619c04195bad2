"""An experiment on proxies: synths x architectures x embeddings x seeds, from a TOML file with ``synths``."""

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
from bridge.sampling.engine import engine_of
from bridge.sampling.synth import sampled_synth
from models.embeddings.registry import EMBEDDINGS
from synth.errors import InputError, choices, shown
from synth.files import read_toml

RESULTS_VERSION = 1
FIGURES = ("l1", "l1_of_mean", "own", "own_of_mean")
DX7_NETS = "module-"
"""Begins the name of a net that is made for a DX7 alone."""

Names = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
Numbers = Annotated[tuple[Annotated[int, Field(ge=0, lt=1_000_000)], ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True, slots=True)
class ProxyJob:
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

    @property
    def file_name(self) -> str:
        """Name of the file that keeps its result."""
        content = digest([self.described(), metadata.version("ghostnote"), RESULTS_VERSION])
        return f"{self.synth}-{self.arch}-s{self.seed}-{content[:16]}.json"

    def described(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items()}

    def require_whole(self, result: Mapping[str, Any]) -> None:
        """Raise what a result that is not as it should be runs into."""
        if result["job"] != self.described():
            raise ValueError("it is of another job")
        numbers = [result["scores"][key] for key in FIGURES] + [result["seconds"]]
        numbers += [mrr for mrr, _ in result["scores"]["ranks"].values()]
        numbers += [result["gradient"][key] for key in ("mean", "worst")] if self.gradients else []
        if not np.isfinite(np.array(numbers, np.float64)).all():
            raise ValueError("every figure is a number")


class ProxyGrid(Settings):
    """The keys of a file with ``synths``."""

    synths: Names
    architectures: Names = ("mlp-bends",)
    embeddings: Names = ("segments",)
    seeds: Numbers = (0,)
    controls: dict[str, Names] = Field(default_factory=dict, description="synth to the controls that are moved")
    notes: int = Field(2000, ge=64, le=200_000)
    held_out: int = Field(512, ge=8, le=100_000)
    parameters: int = Field(330_000, ge=1000, le=20_000_000)
    nets: int = Field(1, ge=1, le=9)
    steps: int = Field(3000, ge=1, le=1_000_000)
    gradients: bool = True

    @classmethod
    def load(cls, path: Path) -> ProxyGrid:
        """Read a grid; `InputError` names what is wrong in it."""
        return checked(cls, read_toml(path), str(path))

    def jobs(self, where: Path = Path("proxies.toml")) -> list[ProxyJob]:
        """Return a job for each synth, architecture, embedding and seed.

        Raises
        ------
        InputError
            A name that does not exist or stands twice, a synth that plays in real time alone, or too few notes.
        """
        from models.proxies.proxy import ARCHITECTURES

        known = {"architectures": ARCHITECTURES, "embeddings": tuple(EMBEDDINGS)}
        for key, values in (
            ("synths", self.synths),
            ("seeds", self.seeds),
            *((key, getattr(self, key)) for key in known),
        ):
            if len(set(values)) < len(values):
                raise InputError(f"{where}: {key} names one twice; name each once")
        for key, names in known.items():
            for number, name in enumerate(getattr(self, key), 1):
                if name not in names:
                    raise InputError(f"{where}: {key}[{number}] is {shown(name)}; {choices(name, names, 'allowed is')}")
        if self.held_out > self.notes // 2:
            raise InputError(f"{where}: held_out is {self.held_out}; allowed is half of notes, {self.notes // 2}")
        for name in self.controls:
            if name not in self.synths:
                raise InputError(f"{where}: controls names {shown(name)}, which synths has not")
        self._require_quick(where)
        # By synths and seeds: a worker keeps the takes of one.
        return [
            self._job(synth, arch, embedding, seed)
            for synth in self.synths
            for seed in self.seeds
            for embedding in self.embeddings
            for arch in self.architectures
            if not arch.startswith(DX7_NETS) or sampled_synth(synth).sampling.engine == "dexed"
        ]

    def _require_quick(self, where: Path) -> None:
        for name in self.synths:
            synth = sampled_synth(name, self.controls.get(name, ()))
            if not engine_of(synth).quick:
                raise InputError(f"{where}: {name} plays in real time alone; sample it, then: ghostnote proxy --arch")

    def _job(self, synth: str, arch: str, embedding: str, seed: int) -> ProxyJob:
        numbers = self.notes, self.held_out, self.parameters, self.nets, self.steps
        return ProxyJob(synth, self.controls.get(synth, ()), arch, embedding, seed, *numbers, self.gradients)


def is_proxy_grid(path: Path) -> bool:
    """Return whether a file is a grid of proxies."""
    return "synths" in read_toml(path)
