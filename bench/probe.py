"""What the style encoder knows of styles: ``python -m bench.probe``, for docs/notes/effects.md.

Loops of our drummer's kits are treated in five styles, as the published study defines them (its "warm" without the slip
of its code). A linear classifier tells the styles from what the encoder makes of a loop; beside it the same from mel
statistics, and from a random projection of them, as wide as the embedding. No loop of the test is near those of the
training.
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
TEST_SEED = 2_000_000
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


def accuracy(rows: Array, labels: NDArray[np.int64], tested: Array, wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which tests a linear classifier gets right; its ridge is chosen on a fifth of the training."""
    middle, size = rows.mean(0), rows.std(0) + 1e-9
    rows, tested = (rows - middle) / size, (tested - middle) / size
    held = np.arange(len(rows)) // len(NAMES) % 5 == 0
    scores = [(_right(rows[~held], labels[~held], rows[held], labels[held], ridge).mean(), -ridge) for ridge in RIDGES]
    return _right(rows, labels, tested, wanted, -max(scores)[1])


def _right(
    rows: Array, labels: NDArray[np.int64], tested: Array, wanted: NDArray[np.int64], ridge: float
) -> NDArray[np.bool_]:
    design = np.column_stack([rows, np.ones(len(rows))])
    goal = np.eye(len(NAMES))[labels]
    weights = np.linalg.solve(design.T @ design + ridge * len(rows) * np.eye(design.shape[1]), design.T @ goal)
    return np.asarray((np.column_stack([tested, np.ones(len(tested))]) @ weights).argmax(1) == wanted)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = asked(__doc__, words, train=(40, "loops of each style to train on"), test=(40, "of each to test on"))
    stylist = load_stylist(STYLES.find("drums"))
    projection = np.random.default_rng(SEED).normal(size=(2 * 64, EMBEDDING)) / np.sqrt(2 * 64)
    ways: dict[str, Callable[[Heard], Array]] = {
        "encoder": lambda one: stylist.embedding(one).astype(np.float64),
        "mel statistics": statistics,
        "random projection": lambda one: np.tanh(4.0 * (statistics(one) @ projection)),
    }
    train, labels = examples(options.train, SEED)
    test, wanted = examples(options.test, TEST_SEED)
    print(heading(SEED))
    print(f"\n{len(train)} loops to train a linear classifier on, {len(test)} to test; five styles\n")
    head("from", "numbers", "accuracy", *NAMES)
    rng = np.random.default_rng(SEED)
    for name, way in ways.items():
        rows, tested = (np.stack([way(one) for one in each]) for each in (train, test))
        right = accuracy(rows, labels, tested, wanted)
        low, high = ends_of(right[rng.integers(len(right), size=(DRAWS, len(right)))].mean(1))
        shares = [f"{right[wanted == number].mean():.0%}" for number in range(len(NAMES))]
        line(name, rows.shape[1], f"{right.mean():.1%} [{low:.1%} {high:.1%}]", *shares)


if __name__ == "__main__":
    main()
