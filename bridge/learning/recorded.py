"""A folder of takes becomes what a proxy learns from: each take's embedding and figures beside its setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.folder import SampleSet
from bridge.sampling.plan import Purpose
from models.cores import usable_cores
from models.embeddings.embedding import Embedding
from synth.errors import InputError, counted_noun

if TYPE_CHECKING:
    from models.proxies.examples import Examples

LEARNED: tuple[Purpose, ...] = ("joint", "more")
"""Takes that are learned from. A sweep or a repeat would weigh the middle of the space too much."""

FEWEST = 64
"""Takes from which a proxy is worth making."""


def examples_of(
    found: SampleSet,
    embedding: Embedding,
    figures: bool = True,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    watch: Callable[[float], object] = lambda share: None,
) -> Examples:
    """Return the examples of a folder.

    Parameters
    ----------
    found : SampleSet
    embedding : Embedding
    figures : bool
        Whether the figures of the losses are measured too; a mapping needs them, matching does not.
    rows : (n,) int, optional
        Numbers of takes; by default all joint settings that are there.
    watch : callable, optional
        Called with the part that is done, 0..1.

    Raises
    ------
    InputError
        Too few takes are there, or hardly any of them sounds.
    """
    from models.proxies.examples import Examples
    from models.training.figures import FIGURE_NAMES, figures_of

    numbers = joint_takes(found) if rows is None else np.asarray(rows, np.int64)
    if rows is None:
        _require_enough(found, numbers)
    rate_hz = found.facts.sample_rate
    files = [list(part) for _, part in groupby(numbers.tolist(), key=lambda number: found.taken[number].file)]
    embedded, measured = [], []

    def one(file: list[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        takes = found.audio(file)
        return embedding(takes, rate_hz), figures_of(takes, rate_hz) if figures else np.zeros(
            (len(file), 0), np.float32
        )

    with ThreadPoolExecutor(usable_cores()) as pool:
        for done, (row, figure) in enumerate(pool.map(one, files), 1):
            embedded.append(row)
            measured.append(figure)
            watch(done / len(files))
    return Examples(
        found.synth.space,
        found.plan.unit[numbers],
        np.concatenate(embedded),
        embedding.name,
        np.concatenate(measured),
        FIGURE_NAMES if figures else (),
    )


def joint_takes(found: SampleSet) -> NDArray[np.int64]:
    """Return the numbers of joint settings that are there, in order."""
    there = found.plan.rows_of(*LEARNED)
    return np.array([number for number in there.tolist() if number in found.taken], np.int64)


def _require_enough(found: SampleSet, numbers: NDArray[np.int64]) -> None:
    if len(numbers) < FEWEST:
        raise InputError(
            f"{found.folder}: holds {counted_noun(len(numbers), 'setting')} of {found.synth.name}; at least {FEWEST} "
            "are needed, 1500 are good: run the same ghostnote sample again, or with more --notes"
        )
    silent = sum(found.taken[int(number)].silent for number in numbers)
    if silent > 0.5 * len(numbers):
        raise InputError(
            f"{found.folder}: {silent} of {len(numbers)} takes are silent; look at card.png for the control that mutes "
            f"{found.synth.name}, give it a narrower learn in the profile, and sample it again"
        )
