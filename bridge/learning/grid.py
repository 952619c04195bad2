"""What an experiment crosses with what: a grid file, checked before anything runs, becomes jobs.

A job carries the contents of its preset, model, loss and recipe, and the digest of all that its result depends on. So a
worker elsewhere needs no file but recordings, and what was edited is never served the result of what it was before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from bridge.learning.provenance import preset_hash
from bridge.learning.sources import RATE, Source, digest, digest_of
from bridge.rig.settings import AudioChannel, Settings
from bridge.rig.validation import checked
from models.mapping.architectures import ARCHITECTURES, Architecture
from models.mapping.bundle import LONGEST_WINDOW_S, SHORTEST_WINDOW_S
from models.mapping.bundle import VERSION as BUNDLE_VERSION
from models.training.loss_kinds import LOSSES, LossKind, weighted
from models.training.recipes import LARGEST_BATCH, LARGEST_RATE, LEAST_RATE, RECIPES, Recipe
from models.training.strokes import FOLDS
from synth.drummer.drums import DRUMS
from synth.drummer.perform import TAKES
from synth.errors import InputError, choices, shown
from synth.files import Shelf, config_dir, read_toml
from synth.voices.presets import Patch, load_preset

GRIDS = Shelf(config_dir() / "experiments", ".toml", "experiment")
"""The experiments that ship."""

DIRECT = "direct"
"""In the place of a model: direct optimisation of each held-out stroke."""

RESULTS_VERSION = 2
"""Raised whenever the same job would give another result, or a result of another form."""

Several = Field(strict=False, min_length=1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The contents behind the names of a job.

    Parameters
    ----------
    source : Source
    patch : Patch
    architecture : Architecture or None
        None for direct optimisation.
    loss : LossKind
    weights : dict of str to float
        Feature of the loss to what it counts.
    recipe : Recipe
        With the grid's learning rate and batch.
    """

    source: Source
    patch: Patch
    architecture: Architecture | None
    loss: LossKind
    weights: Mapping[str, float]
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Job:
    """One cell of the table.

    Parameters
    ----------
    drum, preset : str
        As in the grid.
    model : str
        An architecture, or ``direct``.
    window_samples : int
        At 48 kHz.
    seed : int
        Of folds, first weights and noise.
    split_seed : int or None
        Of the folds, if they shall not change with ``seed``.
    loss, recipe : str
    epochs, folds : int
    content : str
        Digest of all that the result depends on.
    inputs : Inputs, optional
        None only in jobs that are not run.
    """

    drum: str
    preset: str
    model: str
    window_samples: int
    seed: int
    split_seed: int | None = None
    loss: str = "default"
    recipe: str = "ours"
    epochs: int = 100
    folds: int = FOLDS
    content: str = ""
    inputs: Inputs | None = field(default=None, compare=False, repr=False)

    @property
    def words(self) -> str:
        """Name it in a sentence."""
        window = "" if self.model == DIRECT else f" {self.window_samples}"
        return f"{self.drum}, {self.preset}, {self.model}{window}, seed {self.seed}"

    @property
    def file_name(self) -> str:
        """Name of the file that keeps its result."""
        parts = [Path(self.drum).name, Path(self.preset).name, self.model, f"w{self.window_samples}", f"s{self.seed}"]
        return "-".join([*parts, self.loss, f"e{self.epochs}", f"{self.content[:16]}.json"])

    def described(self) -> dict[str, Any]:
        """Return it as JSON values, without the contents."""
        return asdict(replace(self, inputs=None)) | {"content": self.content}

    def require_whole(self, result: Mapping[str, Any]) -> None:
        """Raise what a result that is not as it should be runs into: a table would be wrong, or not come about."""
        strokes, names, groups = result["strokes"], result["names"], np.array(result["groups"])
        errors = np.array([result["error"], result["do_nothing"]], np.float64)
        if result["job"] != self.described():
            raise ValueError("it is of another job")
        if not all(isinstance(name, str) for name in names) or groups.shape != (strokes,) or groups.dtype.kind != "i":
            raise ValueError("names are texts, and each stroke has a group")
        if errors.shape != (2, strokes, len(names)) or not np.isfinite(errors).all():
            raise ValueError("each stroke has an error of every name")


class RecordedDrum(Settings):
    """A recording as a drum of a grid."""

    recording: str = Field(min_length=1)
    channel: AudioChannel | None = None
    groups: str = ""


class Grid(Settings):
    """What is to be crossed with what; the keys of a file in ``config/experiments``."""

    drums: Annotated[tuple[str | RecordedDrum, ...], Several]
    presets: tuple[str, ...] = Several
    models: tuple[str, ...] = Several
    windows: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Several] = (256,)
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**32)], ...], Several] = (0,)
    split_seed: int | None = Field(None, ge=0)
    folds: int = Field(FOLDS, ge=2, le=100)
    loss: str = "default"
    weights: dict[str, float] = Field(default_factory=dict)
    recipe: str = "ours"
    lr: float | None = Field(None, ge=LEAST_RATE, le=LARGEST_RATE)
    batch: int | None = Field(None, ge=1, le=LARGEST_BATCH)
    epochs: int = Field(100, ge=1)
    take: str = "graded"

    @classmethod
    def load(cls, path: Path) -> Grid:
        """Read a grid; `InputError` names what is wrong in it."""
        return checked(cls, read_toml(path), str(path))

    def jobs(self, where: Path = Path("grid.toml")) -> list[Job]:
        """Return every combination; direct optimisation hears no window, so it has one only.

        Parameters
        ----------
        where : Path
            The grid's file: complaints begin with it, and relative paths are seen from its folder.

        Raises
        ------
        InputError
            A drum, preset, model, loss, recipe, take or window that does not exist or stands in its list twice, or a
            recording that cannot be used.
        """
        folder = where.absolute().parent
        self._check_names(where)
        sources = [self._source(number, drum, where, folder) for number, drum in enumerate(self.drums, 1)]
        patches = [self._patch(number, name, where, folder) for number, name in enumerate(self.presets, 1)]
        self._check_repeats(where, sources, patches)
        loss = LOSSES[self.loss]
        try:
            weighted(loss, self.weights)
        except InputError as error:
            raise InputError(f"{where}: weights: {error}") from None
        cells = product(sources, zip(self.presets, patches, strict=True), self.models, self.windows, self.seeds)
        jobs = []
        for source, (preset, patch), model, window, seed in cells:
            if model != DIRECT or window == self.windows[0]:
                architecture = ARCHITECTURES.get(model)
                recipe = RECIPES[self.recipe].with_own(model, self.lr, self.batch)
                inputs = Inputs(source, patch, architecture, loss, self.weights, recipe)
                jobs.append(self._job(inputs, preset, window, seed))
        return jobs

    def _check_names(self, where: Path) -> None:
        models = (DIRECT, *ARCHITECTURES)
        for number, model in enumerate(self.models, 1):
            _require_known(model, models, f"{where}: models[{number}]")
        _require_known(self.loss, LOSSES, f"{where}: loss")
        _require_known(self.recipe, RECIPES, f"{where}: recipe")
        _require_known(self.take, TAKES, f"{where}: take")
        low, high = round(SHORTEST_WINDOW_S * RATE), round(LONGEST_WINDOW_S * RATE)
        for number, window in enumerate(self.windows, 1):
            if not low <= window <= high:
                raise InputError(f"{where}: windows[{number}] is {window}; allowed is {low} to {high} samples")

    def _check_repeats(self, where: Path, sources: Sequence[Source], patches: Sequence[Patch]) -> None:
        """Refuse what stands in a list twice: its results would count as those of two, and intervals be too narrow."""
        lists: dict[str, Sequence[object]] = {
            "drums": [(source.digest, source.channel) for source in sources],
            "presets": [preset_hash(patch) for patch in patches],
            "models": self.models,
            "windows": self.windows,
            "seeds": self.seeds,
        }
        for key, values in lists.items():
            for number, value in enumerate(values, 1):
                if (first := values.index(value) + 1) < number:
                    raise InputError(f"{where}: {key}[{number}] is the same as {key}[{first}]; name each once")

    def _source(self, number: int, drum: str | RecordedDrum, where: Path, folder: Path) -> Source:
        key = f"{where}: drums[{number}]"
        if isinstance(drum, str) and drum in DRUMS:
            return Source(drum, take=self.take, digest=digest([asdict(DRUMS[drum]), self.take]))
        wanted = drum if isinstance(drum, RecordedDrum) else RecordedDrum(recording=drum)
        path = folder / os.path.expanduser(wanted.recording)
        if not path.exists():
            drums = choices(wanted.recording, DRUMS, "and our drummer's drums are")
            raise InputError(f"{key} is {shown(wanted.recording)}; there is no recording or folder {path}, {drums}")
        groups = str(folder / os.path.expanduser(wanted.groups)) if wanted.groups else ""
        # Channels of one recording are drums of their own: pooled under one name they would pass for seeds.
        name = wanted.recording + (f" channel {wanted.channel}" if wanted.channel else "")
        bare = Source(name, "", str(path), wanted.channel or 0, groups)
        try:
            return replace(bare, digest=digest_of(bare))
        except InputError as error:
            raise InputError(f"{key}: {error}") from None

    def _patch(self, number: int, name: str, where: Path, folder: Path) -> Patch:
        try:
            return load_preset(name, beside=folder)
        except InputError as error:
            raise InputError(f"{where}: presets[{number}]: {error}") from None

    def _job(self, inputs: Inputs, preset: str, window: int, seed: int) -> Job:
        model = inputs.architecture.name if inputs.architecture else DIRECT
        job = Job(
            drum=inputs.source.name,
            preset=preset,
            model=model,
            window_samples=window,
            seed=seed,
            split_seed=self.split_seed,
            loss=self.loss,
            recipe=self.recipe,
            epochs=self.epochs,
            folds=self.folds,
            inputs=inputs,
        )
        return replace(job, content=_content(job, inputs))


def _require_known(name: str, known: Sequence[str] | dict[str, Any], where: str) -> None:
    if name not in known:
        raise InputError(f"{where} is {shown(name)}; {choices(name, known, 'allowed is')}")


def _content(job: Job, inputs: Inputs) -> str:
    source = [inputs.source.digest, inputs.source.channel]
    model = asdict(inputs.architecture) if inputs.architecture else DIRECT
    rows = [preset_hash(inputs.patch), model, asdict(inputs.loss), inputs.weights, asdict(inputs.recipe)]
    numbers = [job.window_samples, job.seed, job.split_seed, job.epochs, job.folds]
    return digest([source, rows, numbers, metadata.version("ghostnote"), BUNDLE_VERSION, RESULTS_VERSION])
