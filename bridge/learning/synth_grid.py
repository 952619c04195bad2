"""What the grids of experiments on synths have in common: keys, how they are checked, and what a job tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from bridge.learning.sources import digest
from bridge.rig.settings import Settings
from bridge.rig.validation import checked
from bridge.sampling.engine import engine_of
from bridge.sampling.synth import sampled_synth
from synth.errors import InputError, choices, shown
from synth.files import read_toml

HELD_OUT_SEED = 1_000_000
"""Of held-out sounds, which are the same for every job. A grid's own seeds are lower."""

Names = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
Numbers = Annotated[tuple[Annotated[int, Field(ge=0, lt=HELD_OUT_SEED)], ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True, slots=True)
class SynthJob:
    """What jobs share; each adds its plain values."""

    RESULTS_VERSION: ClassVar[int]
    NAMED_BY: ClassVar[tuple[str, ...]]
    """Fields that begin the name of its file."""

    def described(self) -> dict[str, Any]:
        """Return it as JSON values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}

    @property
    def file_name(self) -> str:
        """Name of the file that keeps its result."""
        content = digest([self.described(), metadata.version("ghostnote"), self.RESULTS_VERSION])
        parts = [Path(str(getattr(self, name))).name for name in self.NAMED_BY]
        return "-".join([*parts, f"s{self.described()['seed']}", f"{content[:16]}.json"])

    def require_own(self, result: Mapping[str, Any]) -> None:
        """Raise a `ValueError` if a result is of another job."""
        if result["job"] != self.described():
            raise ValueError("it is of another job")


class SynthKeys(Settings):
    """The keys of every file with ``synths``."""

    synths: Names
    seeds: Numbers = (0,)
    controls: dict[str, Names] = Field(default_factory=dict, description="synth to the controls that are moved")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a grid; `InputError` names what is wrong in it."""
        return checked(cls, read_toml(path), str(path))

    def require_names(self, where: Path, known: Mapping[str, Collection[str]], others: Sequence[str] = ()) -> None:
        """Refuse what cannot be run.

        Parameters
        ----------
        where : Path
            The grid's file: complaints begin with it.
        known : mapping of str to collection of str
            Key of the grid to what may stand in its list.
        others : sequence of str
            Synths that are played beside those of the grid.

        Raises
        ------
        InputError
            A name that does not exist or stands twice, or a synth that plays in real time alone.
        """
        for key in ("synths", "seeds", *known):
            require_once(f"{where}: {key}", getattr(self, key))
        for key, names in known.items():
            for number, name in enumerate(getattr(self, key), 1):
                require_known(f"{where}: {key}[{number}]", name, names)
        for name in self.controls:
            if name not in self.synths:
                raise InputError(f"{where}: controls names {shown(name)}, which synths has not")
        for name in (*self.synths, *others):
            if not engine_of(sampled_synth(name, self.controls.get(name, ()))).quick:
                raise InputError(f"{where}: {name} plays in real time alone; sample it, then: ghostnote proxy --arch")


def require_once(where: str, values: Sequence[object]) -> None:
    """Refuse a list that names one twice: it would count as two."""
    if len(set(values)) < len(values):
        raise InputError(f"{where} names one twice; name each once")


def require_known(where: str, name: str, known: Collection[str]) -> None:
    """Refuse a name that does not exist."""
    if name not in known:
        raise InputError(f"{where} is {shown(name)}; {choices(name, known, 'allowed is')}")
