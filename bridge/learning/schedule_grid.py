"""An experiment on schedules of estimators: synths x schedules x seeds, from a TOML file with ``schedules``.

The published study (Combes, Weinzierl and Obermayer, 2025) compares three, in domain and out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from bridge.learning.synth_grid import Names, SynthJob, SynthKeys, require_known, require_once
from synth.files import read_toml

OWN = "own"
"""The synth's own held-out settings, beside names of other synths."""


@dataclass(frozen=True, slots=True)
class ScheduleJob(SynthJob):
    """An estimator of a synth by one schedule, made and measured where the work is done.

    Parameters
    ----------
    synth : str
        A profile whose engine plays faster than real time, or a voice.
    controls : tuple of str
        That are moved; empty: the profile's own.
    schedule : str
        A key of `models.proxies.estimator_fit.SCHEDULES`.
    others : tuple of str
        Synths whose sounds are matched too.
    seed : int
        Of settings and weights.
    notes, targets : int
        Settings that are learned from, and sounds of each kind that are matched.
    arch : str
        Of the proxy.
    parameters, nets, proxy_steps, steps : int
        Of the proxy, its training, and that of the estimator.
    """

    RESULTS_VERSION: ClassVar[int] = 1
    NAMED_BY: ClassVar[tuple[str, ...]] = ("synth", "schedule")

    synth: str
    controls: tuple[str, ...]
    schedule: str
    others: tuple[str, ...]
    seed: int
    notes: int
    targets: int
    arch: str
    parameters: int
    nets: int
    proxy_steps: int
    steps: int

    @property
    def words(self) -> str:
        """Name it in a sentence."""
        return f"{self.synth}, {self.schedule}, seed {self.seed}"

    def require_whole(self, result: Mapping[str, Any]) -> None:
        """Raise what a result that is not as it should be runs into."""
        self.require_own(result)
        if set(result["sounds"]) != {OWN, *self.others}:
            raise ValueError("each kind of sounds is there")
        numbers = [result["seconds"], result["proxy"]["l1"], result["proxy"]["l1_of_mean"]]
        for found in result["sounds"].values():
            rows = np.array([found["apart_db"], found["nearest_db"]], np.float64)
            if rows.ndim != 2 or not rows.shape[1] or not 0 <= found["silent"] <= rows.shape[1]:
                raise ValueError("each sound has both distances")
            numbers += rows.ravel().tolist()
        if not np.isfinite(np.array(numbers, np.float64)).all():
            raise ValueError("every figure is a number")


class ScheduleGrid(SynthKeys):
    """The keys of a file with ``schedules``."""

    schedules: Names
    others: Annotated[tuple[str, ...], Field(strict=False)] = ()
    notes: int = Field(4096, ge=64, le=200_000)
    targets: int = Field(100, ge=2, le=10_000)
    architecture: str = "mlp-bends"
    parameters: int = Field(330_000, ge=1000, le=20_000_000)
    nets: int = Field(1, ge=1, le=9)
    proxy_steps: int = Field(3000, ge=1, le=1_000_000)
    steps: int = Field(2000, ge=3, le=1_000_000)

    def jobs(self, where: Path = Path("schedules.toml")) -> list[ScheduleJob]:
        """Return a job for each synth, seed and schedule.

        Raises
        ------
        InputError
            A name that does not exist or stands twice, or a synth that plays in real time alone.
        """
        from models.proxies.estimator_fit import SCHEDULES
        from models.proxies.proxy import ARCHITECTURES

        require_known(f"{where}: architecture", self.architecture, ARCHITECTURES)
        require_once(f"{where}: others", self.others)
        self.require_names(where, {"schedules": tuple(SCHEDULES)}, self.others)
        # By synths and seeds: a worker keeps the proxy of one.
        return [
            self._job(synth, schedule, seed)
            for synth in self.synths
            for seed in self.seeds
            for schedule in self.schedules
        ]

    def _job(self, synth: str, schedule: str, seed: int) -> ScheduleJob:
        others = tuple(name for name in self.others if name != synth)
        numbers = self.parameters, self.nets, self.proxy_steps, self.steps
        return ScheduleJob(
            synth,
            self.controls.get(synth, ()),
            schedule,
            others,
            seed,
            self.notes,
            self.targets,
            self.architecture,
            *numbers,
        )


def is_schedule_grid(path: Path) -> bool:
    """Return whether a file is a grid of schedules."""
    return "schedules" in read_toml(path)
