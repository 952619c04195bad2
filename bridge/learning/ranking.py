"""Whether an embedding orders sounds as an ear does: the ranking test, on sounds of which one attribute grows in steps.

Of each preset a synth renders one attribute in equal steps from its lowest to its highest value, with all else kept.
From the sound at either end the others should lie in the order of their steps: the L1 distances of their embeddings
are compared with that order by Spearman's rank correlation. The mean over both ends is the score of a preset, that over
presets the score of an attribute, and that over attributes the score of the embedding; 1 is the right order throughout.
The test is that of Combes, Weinzierl and Obermayer (JAES 73(9), 2025), who choose an audio model by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.stats import rankdata

Audio = NDArray[np.float32]
Array = NDArray[np.float64]

STEPS = 20
"""Of an attribute, as published."""

PRESETS = 10
"""Of an attribute, as published."""


@dataclass(frozen=True)
class Ranked:
    """A synth that the test asks for sounds.

    Parameters
    ----------
    name : str
    rate_hz : int
        Of its sounds.
    attributes : tuple of str
        What can be turned in steps.
    render : callable
        (attribute, preset) to (steps, samples): the sounds of one preset, the attribute from its lowest value to its
        highest.
    """

    name: str
    rate_hz: int
    attributes: tuple[str, ...]
    render: Callable[[str, int], Audio]


def order_kept(rows: NDArray[Any]) -> float:
    """Return how well the embeddings of sounds, (steps, d), keep the order of the steps: -1 to 1.

    Where all distances from an end are equal, there is no order, and the end counts 0.

    >>> order_kept(np.array([[0.0], [1.0], [4.0], [9.0]]))
    1.0
    """
    apart = cdist(rows[[0, -1]].astype(np.float64), rows.astype(np.float64), "cityblock")
    steps = np.arange(1, len(rows), dtype=np.float64)
    return (_rank_correlation(apart[0, 1:], steps) + _rank_correlation(apart[1, :-1], -steps)) / 2.0


def _rank_correlation(found: Array, true: Array) -> float:
    """Return Spearman's rank correlation, equal values sharing their mean rank; 0 where all are equal or not finite."""
    if not np.isfinite(found).all():
        return 0.0
    one, other = (rankdata(values) - (len(values) + 1) / 2.0 for values in (found, true))
    size = float(np.sqrt(one @ one * (other @ other)))
    return float(one @ other) / size if size > 0.0 else 0.0


def ranking(
    synth: Ranked,
    embeddings: Mapping[str, Callable[[Audio, int], NDArray[np.float32]]],
    presets: int = PRESETS,
    watch: Callable[[], object] = lambda: None,
) -> dict[str, Array]:
    """Return of each embedding the (attributes, presets) scores on a synth; every sound is rendered once.

    Parameters
    ----------
    synth : Ranked
    embeddings : mapping of str to callable
        (audio, rate_hz) to rows, as of `models.embeddings.embedding.Embedding`.
    presets : int
    watch : callable, optional
        Called after every preset.
    """
    scores = {name: np.zeros((len(synth.attributes), presets)) for name in embeddings}
    for row, attribute in enumerate(synth.attributes):
        for preset in range(presets):
            sounds = synth.render(attribute, preset)
            for name, embedding in embeddings.items():
                scores[name][row, preset] = order_kept(embedding(sounds, synth.rate_hz))
            watch()
    return scores


def of_attributes(scores: Array) -> tuple[float, float]:
    """Return mean and standard deviation over attributes of (attributes, presets) scores."""
    means = scores.mean(1)
    return float(means.mean()), float(means.std())


def attributes_of(scores: Array, attributes: Iterable[str], wanted: Callable[[str], bool]) -> float:
    """Return the mean score of those attributes whose name is wanted; no number where there is none."""
    rows = [row for row, name in enumerate(attributes) if wanted(name)]
    return float(scores[rows].mean()) if rows else float("nan")
