"""What a proxy learns from: settings of a synth, and what their sound is to an ear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError
from synth.spec import ParamSpace

Units = NDArray[np.float64]
Floats = NDArray[np.float32]

FEWEST = 16
"""Examples that anything can be learned from."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Settings and sounds, one a row.

    Parameters
    ----------
    space : ParamSpace
        The controls of the synth; where they vary, ``synth.note`` and ``synth.velocity`` at its end.
    unit : (n, p) float64
        Settings, 0..1.
    embedded : (n, d) float32
        The embedding of what was recorded.
    embedding : str
        Its name.
    figures : (n, f) float32, optional
        Other targets that are predicted beside it, as loudness, centroid and flatness frame by frame.
    figure_names : tuple of str
        Of its columns, f.
    in_db : bool
        Whether the embedding is in decibels, so that a gain adds to every number of it.

    Raises
    ------
    ValueError
        Arrays do not fit together.
    InputError
        There are too few examples, or numbers that are not finite or, of settings, not 0..1.
    """

    space: ParamSpace
    unit: Units
    embedded: Floats
    embedding: str = "log-mel"
    figures: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    figure_names: tuple[str, ...] = ()
    in_db: bool = True

    def __post_init__(self) -> None:
        if not self.figure_names:
            object.__setattr__(self, "figures", np.zeros((len(self.unit), 0), np.float32))
        wanted = {"unit": (len(self.unit), len(self.space)), "figures": (len(self.unit), len(self.figure_names))}
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}; needed is {shape}")
        if self.embedded.ndim != 2 or len(self.embedded) != len(self.unit) or not self.embedded.shape[1]:
            raise ValueError(f"embedded has shape {self.embedded.shape}; needed is ({len(self.unit)}, d)")
        for name in ("unit", "embedded", "figures"):
            if not np.isfinite(getattr(self, name)).all():
                raise InputError(f"{self.space.name}: the recorded {name} holds numbers that are not finite")
        if self.unit.size and not 0.0 <= self.unit.min() <= self.unit.max() <= 1.0:
            raise InputError(f"{self.space.name}: settings are {self.unit.min():g} to {self.unit.max():g}, not 0 to 1")

    def __len__(self) -> int:
        return len(self.unit)

    def chosen(self, rows: NDArray[np.intp] | Sequence[int] | slice) -> Examples:
        """Return the examples of some rows."""
        return Examples(
            self.space,
            self.unit[rows],
            self.embedded[rows],
            self.embedding,
            self.figures[rows],
            self.figure_names,
            self.in_db,
        )

    def split(self, seed: int, held_out: int) -> tuple[Examples, Examples]:
        """Return examples to learn from, and as many others as said to be held out, drawn at random.

        Raises
        ------
        InputError
            Fewer than 16 would be left to learn from, or none is held out.
        """
        if not 1 <= held_out <= len(self) - FEWEST:
            raise InputError(
                f"{self.space.name}: of {len(self)} examples {held_out} cannot be held out: "
                f"allowed is 1 to {len(self) - FEWEST}, so that {FEWEST} are left to learn from"
            )
        order = np.random.default_rng([seed, 11]).permutation(len(self))
        return self.chosen(np.sort(order[held_out:])), self.chosen(np.sort(order[:held_out]))


def joined(parts: Sequence[Examples]) -> Examples:
    """Return the examples of several sets of one space and embedding, in order.

    Raises
    ------
    ValueError
        They differ in space, embedding or figures.
    """
    first = parts[0]
    kind = (first.space.ranges, first.embedding, first.figure_names, first.in_db)
    for part in parts[1:]:
        if (part.space.ranges, part.embedding, part.figure_names, part.in_db) != kind:
            raise ValueError(f"{part.space.name}: examples of another space or embedding cannot be joined")
    arrays: Mapping[str, NDArray[np.generic]] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in ("unit", "embedded", "figures")
    }
    return Examples(
        first.space,
        np.asarray(arrays["unit"], np.float64),
        np.asarray(arrays["embedded"], np.float32),
        first.embedding,
        np.asarray(arrays["figures"], np.float32),
        first.figure_names,
        first.in_db,
    )
