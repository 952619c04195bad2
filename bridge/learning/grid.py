"""What an experiment crosses with what: a grid file, checked before anything runs, becomes jobs.

A job carries the contents of its preset, model, loss and recipe, and the digest of all that its result depends on. So a
worker elsewhere needs no file but recordings, and what was edited is never served the result of what it was before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from bridge.audio.files import Take, open_take
from bridge.learning.strokes import hear
from bridge.rig.settings import AudioChannel, Settings
from bridge.rig.validation import checked
from models.mapping.architectures import ARCHITECTURES, Architecture
from models.mapping.bundle import LONGEST_WINDOW_S, SHORTEST_WINDOW_S
from models.mapping.bundle import VERSION as BUNDLE_VERSION
from models.training.groups import near_copies
from models.training.loss_kinds import LOSSES, LossKind
from models.training.recipes import RECIPES, Recipe
from models.training.strokes import FOLDS, Strokes
from synth.drummer.drums import DRUMS
from synth.drummer.perform import TAKES, perform
from synth.errors import InputError, nearest, shown
from synth.files import Shelf, config_dir, read_toml
from synth.reading import TABLE_FILE, read_file
from synth.voices.presets import Patch, load_preset

GRIDS = Shelf(config_dir() / "experiments", ".toml", "experiment")
"""The experiments that ship."""

DIRECT = "direct"
"""In the place of a model: direct optimisation of each held-out stroke."""

RESULTS_VERSION = 2
"""Raised whenever the same job would give another result, or a result of another form."""

RATE = 48_000
"""At which windows are counted."""

AUDIO_SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".ogg")
PAUSE_S = 0.2
"""Between the single strokes of a folder."""

Several = Field(strict=False, min_length=1)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the strokes of a job come from.

    Parameters
    ----------
    name : str
        As in the grid.
    take : str
        What our drummer plays, where the drum is one of its drums.
    path : str
        Absolute, of a recording or of a folder of single strokes; else empty.
    channel : int
        Of the recording, from 1; 0: the loudest.
    groups : str
        Absolute, of a CSV that says which strokes are copies; else empty.
    digest : str
        Of what these files hold.
    """

    name: str
    take: str = ""
    path: str = ""
    channel: int = 0
    groups: str = ""
    digest: str = ""


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
        With the grid's weights.
    recipe : Recipe
        With the grid's learning rate and batch.
    """

    source: Source
    patch: Patch
    architecture: Architecture | None
    loss: LossKind
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
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Several] = (0,)
    split_seed: int | None = Field(None, ge=0)
    folds: int = Field(FOLDS, ge=2, le=100)
    loss: str = "default"
    recipe: str = "ours"
    lr: float | None = Field(None, ge=1e-6, le=1.0)
    batch: int | None = Field(None, ge=1, le=4096)
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
            A drum, preset, model, loss, recipe, take or window that does not exist, or a recording that cannot be used.
        """
        folder = where.absolute().parent
        self._check_names(where)
        sources = [self._source(number, drum, where, folder) for number, drum in enumerate(self.drums, 1)]
        patches = [self._patch(number, name, where, folder) for number, name in enumerate(self.presets, 1)]
        loss = LOSSES[self.loss]
        cells = product(sources, zip(self.presets, patches, strict=True), self.models, self.windows, self.seeds)
        return [
            self._job(Inputs(source, patch, ARCHITECTURES.get(model), loss, self._recipe(model)), preset, window, seed)
            for source, (preset, patch), model, window, seed in cells
            if model != DIRECT or window == self.windows[0]
        ]

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

    def _source(self, number: int, drum: str | RecordedDrum, where: Path, folder: Path) -> Source:
        key = f"{where}: drums[{number}]"
        if isinstance(drum, str) and drum in DRUMS:
            return Source(drum, take=self.take, digest=_digest([asdict(DRUMS[drum]), self.take]))
        wanted = drum if isinstance(drum, RecordedDrum) else RecordedDrum(recording=drum)
        path = folder / Path(wanted.recording).expanduser()
        if not path.exists():
            hint = nearest(wanted.recording, DRUMS)
            raise InputError(
                f"{key} is {shown(wanted.recording)}; there is no recording or folder {path}, and our drummer's drums "
                f"are {', '.join(DRUMS)}{'; ' if hint else ''}{hint}"
            )
        groups = str(folder / Path(wanted.groups).expanduser()) if wanted.groups else ""
        bare = Source(wanted.recording, "", str(path), wanted.channel or 0, groups)
        try:
            return replace(bare, digest=digest_of(bare))
        except InputError as error:
            raise InputError(f"{key}: {error}") from None

    def _patch(self, number: int, name: str, where: Path, folder: Path) -> Patch:
        try:
            return load_preset(name, beside=folder)
        except InputError as error:
            raise InputError(f"{where}: presets[{number}]: {error}") from None

    def _recipe(self, model: str) -> Recipe:
        recipe = RECIPES[self.recipe]
        if self.lr is not None:
            recipe = replace(recipe, learning_rate={**recipe.learning_rate, model: self.lr})
        return recipe if self.batch is None else replace(recipe, batch=self.batch)

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
        hint = nearest(name, known)
        raise InputError(f"{where} is {shown(name)}; allowed is {', '.join(known)}{'; ' if hint else ''}{hint}")


def _content(job: Job, inputs: Inputs) -> str:
    patch = inputs.patch
    preset = [patch.space.name, patch.space.ranges, patch.values.tolist(), patch.depths.tolist()]
    source = [inputs.source.digest, inputs.source.channel]
    rows = [asdict(inputs.architecture) if inputs.architecture else DIRECT, asdict(inputs.loss), asdict(inputs.recipe)]
    numbers = [job.window_samples, job.seed, job.split_seed, job.epochs, job.folds]
    return _digest([source, preset, rows, numbers, metadata.version("ghostnote"), BUNDLE_VERSION, RESULTS_VERSION])


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def takes_of(source: Source) -> Iterator[Take]:
    """Yield the recordings of a drum that is no drum of our drummer; `InputError` if there are none or they differ."""
    path = Path(source.path)
    if not path.is_dir():
        take = open_take(path)
        if source.channel > take.channels:
            raise InputError(f"{path}: has {take.channels} channel(s); channel is {source.channel}")
        yield take
        return
    files = [one for one in sorted(path.iterdir()) if one.suffix.lower() in AUDIO_SUFFIXES]
    if not files:
        raise InputError(f"{path}: holds no recordings")
    rates = {}
    for file in files:
        take = open_take(file)
        rates[take.sample_rate] = file.name
        if len(rates) > 1:
            listed = ", ".join(f"{name} has {rate} Hz" for rate, name in rates.items())
            raise InputError(f"{path}: the recordings have different sample rates ({listed}); export them at one rate")
        yield take


def digest_of(source: Source) -> str:
    """Return the digest of the sound of all recordings of a drum, and of its table of groups."""
    digest = hashlib.sha256()
    for take in takes_of(source):
        digest.update(f"{take.sample_rate} {take.audio.shape}".encode())
        for first in range(0, len(take.audio), take.sample_rate):
            digest.update(np.ascontiguousarray(take.audio[first : first + take.sample_rate]).tobytes())
    if source.groups:
        digest.update(read_file(Path(source.groups), TABLE_FILE))
    return digest.hexdigest()


def recording_of(source: Source) -> Take:
    """Return what a job learns from: a take of our drummer, a recording, or single strokes from files in a row."""
    if source.take:
        played = perform(source.take, source.name, seed=1)
        return Take(played.audio[:, :1], played.sample_rate, Path(f"{source.take}-{source.name}"))
    takes = list(takes_of(source))
    if Path(source.path).is_dir():
        rate = takes[0].sample_rate
        pause = np.zeros((round(PAUSE_S * rate), 1), np.float32)
        audio = np.concatenate([part for take in takes for part in (take.audio[: len(take.audio)][:, :1], pause)])
        return Take(audio, rate, Path(source.path))
    take = takes[0]
    if source.channel:
        audio = take.audio[: len(take.audio)]
        return Take(audio[:, source.channel - 1 : source.channel], take.sample_rate, take.path)
    return take


@cache
def _kept() -> dict[tuple[Source, int], tuple[Strokes, Any]]:
    return {}


def strokes_of(source: Source, window_samples: int) -> tuple[Strokes, Any]:
    """Return the strokes of a job and their groups, (n,) int64.

    Those of two jobs are kept for the jobs that follow, which differ in preset, model and seed.

    Raises
    ------
    InputError
        A recording cannot be used, or is not there or another one than when the experiment began.
    """
    kept, key = _kept(), (source, window_samples)
    if key not in kept:
        if not source.take and digest_of(source) != source.digest:
            raise InputError(f"{source.path}: holds another sound than when the experiment began; start it again")
        recording = recording_of(source)
        heard = hear([recording], window_s=window_samples / RATE)
        kept[key] = heard.strokes, near_copies(heard.strokes)
        while len(kept) > 2:
            del kept[next(iter(kept))]
    return kept[key]
