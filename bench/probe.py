"""What the style encoder knows of styles: ``python -m bench.probe``, for docs/notes/effects.md.

Loops of our drummer's kits are treated in five styles, as the published study defines them (its "warm" without the slip
of its code). A linear classifier tells the styles from what the encoder makes of a loop; beside it the same from what
the encoder hears, whole or in part, and from random projections: of the mel spectrum as the study has it, and of
statistics, as wide as the embedding. The loops are none that the encoder has learned from, and no loop of the test is
near those of the training. The study trains on 60 loops of each style.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.report import asked, head, heading, line
from models.style.examples import loops
from models.style.hearing import Heard, heard
from models.style.stylist import EMBEDDING, STYLES, load_stylist
from models.training.intervals import ends_of
from synth.effects.chain import chain_named

SEED, RATE_HZ, SECONDS = 0, 44_100, 3.0
TRAIN_SEED, TEST_SEED = 3_000_000, 2_000_000
SPECTRUM_FRAMES, SPECTRUM_NUMBERS = 96, 4096
"""Frames of a loop whose bands are projected, and to how many numbers: the study's."""
PROJECTIONS = 10
"""Random projections whose accuracies are averaged: one alone may be a lucky one."""
CHAIN = chain_named("eq,compressor")
RIDGES = 10.0 ** np.arange(-4.0, 3.0)
DRAWS = 2000
Array = NDArray[np.float64]
Range = tuple[float, float]

STYLES_OF: dict[str, dict[str, Range]] = {
    "neutral": {
        "compressor.threshold": (-30.0, -20.0),
        "compressor.ratio": (1.5, 2.0),
        "compressor.attack": (50.0, 70.0),
        "compressor.release": (100.0, 300.0),
        "eq.low_shelf.gain": (1.0, 3.0),
        "eq.low_shelf.freq": (80.0, 200.0),
        "eq.high_shelf.gain": (1.0, 3.0),
        "eq.high_shelf.freq": (6000.0, 8000.0),
    },
    "broadcast": {
        "compressor.threshold": (-50.0, -40.0),
        "compressor.ratio": (3.0, 5.0),
        "compressor.attack": (5.0, 30.0),
        "compressor.release": (50.0, 150.0),
        "eq.low_shelf.gain": (2.0, 6.0),
        "eq.low_shelf.freq": (80.0, 200.0),
        "eq.high_shelf.gain": (2.0, 6.0),
        "eq.high_shelf.freq": (6000.0, 8000.0),
    },
    "telephone": {
        "compressor.threshold": (-40.0, -20.0),
        "compressor.ratio": (1.5, 3.0),
        "compressor.attack": (1.0, 6.0),
        "compressor.release": (10.0, 60.0),
        "eq.low_shelf.gain": (-24.0, -20.0),
        "eq.low_shelf.freq": (200.0, 400.0),
        "eq.peak3.gain": (12.0, 16.0),
        "eq.peak3.freq": (1000.0, 2000.0),
        "eq.high_shelf.gain": (-24.0, -20.0),
        "eq.high_shelf.freq": (4000.0, 6000.0),
    },
    "bright": {
        "compressor.ratio": (1.0, 1.0),
        "eq.low_shelf.gain": (-24.0, -20.0),
        "eq.low_shelf.freq": (200.0, 400.0),
        "eq.high_shelf.gain": (20.0, 24.0),
        "eq.high_shelf.freq": (8000.0, 10_000.0),
    },
    "warm": {
        "compressor.ratio": (1.0, 1.0),
        "eq.low_shelf.gain": (20.0, 24.0),
        "eq.low_shelf.freq": (200.0, 400.0),
        "eq.high_shelf.gain": (-20.0, -14.0),
        "eq.high_shelf.freq": (4000.0, 8000.0),
    },
}
NAMES = tuple(STYLES_OF)


def styled(style: str, rng: np.random.Generator) -> Array:
    """Return values of a style."""
    values = CHAIN.space.defaults
    for name, (low, high) in STYLES_OF[style].items():
        values[CHAIN.space.index(name)] = rng.uniform(low, high)
    return values


def examples(count: int, seed: int) -> tuple[list[Heard], NDArray[np.int64]]:
    """Return what is heard of so many loops of each style, and the styles' numbers. A loop has one style only.

    Loops are brought to one peak, as the study does: styles differ by more than how loud they are.
    """
    rng, source = np.random.default_rng([seed, 7]), loops(seed, RATE_HZ, SECONDS)
    found: list[Heard] = []
    labels: list[int] = []
    while len(found) < count * len(NAMES):
        label = len(found) % len(NAMES)
        sound = CHAIN.played(styled(NAMES[label], rng), next(source)[None], RATE_HZ)[0]
        found.append(heard(sound * (0.25 / max(float(np.abs(sound).max()), 1e-9)), RATE_HZ))
        labels.append(label)
    return found, np.array(labels)


def statistics(one: Heard) -> Array:
    """Return mean and spread of each mel band."""
    return np.concatenate([one.frames.mean(0), one.frames.std(0)]).astype(np.float64)


def everything(one: Heard) -> Array:
    """Return all that the encoder takes of a recording, its frames as mean and spread."""
    return np.concatenate([statistics(one), one.levels.astype(np.float64)])


def spectrum(one: Heard) -> Array:
    """Return the mel spectrum over time, as one row."""
    places = np.linspace(0, len(one.frames) - 1, SPECTRUM_FRAMES).astype(int)
    return np.asarray(one.frames[places].ravel(), dtype=np.float64)


def projected(rows: Array, others: Array, numbers: int, number: int) -> tuple[Array, Array]:
    """Return a random projection of two sets of rows, as they stand."""
    ways = np.random.default_rng([SEED, number]).normal(size=(rows.shape[1], numbers)) / np.sqrt(rows.shape[1])
    return rows @ ways, others @ ways


def scaled(rows: Array, others: Array) -> tuple[Array, Array]:
    """Return two sets of rows in which each number counts alike."""
    middle, size = rows.mean(0), rows.std(0) + 1e-9
    return (rows - middle) / size, (others - middle) / size


def accuracy(rows: Array, labels: NDArray[np.int64], tested: Array, wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which tests a linear classifier gets right; its ridge is chosen on a fifth of the training."""
    rows, tested = scaled(rows, tested)
    held = np.arange(len(rows)) // len(NAMES) % 5 == 0
    scores = [(_right(rows[~held], labels[~held], rows[held], labels[held], ridge).mean(), -ridge) for ridge in RIDGES]
    return _right(rows, labels, tested, wanted, -max(scores)[1])


def _right(
    rows: Array, labels: NDArray[np.int64], tested: Array, wanted: NDArray[np.int64], ridge: float
) -> NDArray[np.bool_]:
    design = np.column_stack([rows, np.ones(len(rows))])
    goal = np.eye(len(NAMES))[labels]
    if len(rows) < design.shape[1]:  # the same weights, from the smaller of the two matrices
        weights = design.T @ np.linalg.solve(design @ design.T + ridge * len(rows) * np.eye(len(rows)), goal)
    else:
        weights = np.linalg.solve(design.T @ design + ridge * len(rows) * np.eye(design.shape[1]), design.T @ goal)
    return np.asarray((np.column_stack([tested, np.ones(len(tested))]) @ weights).argmax(1) == wanted)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = asked(__doc__, words, train=(60, "loops of each style to train on"), test=(40, "of each to test on"))
    stylist = load_stylist(STYLES.find("drums"))
    train, labels = examples(options.train, TRAIN_SEED)
    test, wanted = examples(options.test, TEST_SEED)
    print(heading(SEED))
    print(f"\n{len(train)} loops to train a linear classifier on, {len(test)} to test; five styles\n")
    head("from", "numbers", "accuracy", *NAMES)
    ways: dict[str, Callable[[Heard], Array]] = {
        "encoder": lambda one: stylist.embedding(one).astype(np.float64),
        "mel statistics": statistics,
        "mel statistics and levels": everything,
    }
    rows = {name: (_rows(way, train), _rows(way, test)) for name, way in ways.items()}
    for name, (own, tested) in rows.items():
        _print(name, own.shape[1], accuracy(own, labels, tested, wanted)[None], wanted)
    spectra = _rows(spectrum, train), _rows(spectrum, test)
    projections = [("the mel spectrum, as the study's", spectra, SPECTRUM_NUMBERS)]
    projections += [(f"{name}, scaled", scaled(*rows[name]), EMBEDDING) for name in list(rows)[1:]]
    for name, (own, tested), numbers in projections:
        pairs = (projected(own, tested, numbers, number) for number in range(PROJECTIONS))
        right = np.stack([accuracy(one, labels, other, wanted) for one, other in pairs])
        _print(f"random projection of {name}", numbers, right, wanted)


def _rows(way: Callable[[Heard], Array], sounds: Sequence[Heard]) -> Array:
    return np.stack([way(one) for one in sounds])


def _print(name: str, numbers: int, right: NDArray[np.bool_], wanted: NDArray[np.int64]) -> None:
    """Print a row of (projections, tests): the mean, with 95 % over tests, and each style's."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(right.shape[1], size=(DRAWS, right.shape[1]))
    low, high = ends_of(right.mean(0)[drawn].mean(1))
    shares = [f"{right[:, wanted == number].mean():.0%}" for number in range(len(NAMES))]
    line(name, numbers, f"{right.mean():.1%} [{low:.1%} {high:.1%}]", *shares)


if __name__ == "__main__":
    main()
