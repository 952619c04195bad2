"""Train the ear's third network on our own drummer: ``python -m bridge.learning.train_timbre --out FILE``.

It tells a drum from leaks before anybody has calibrated. The other two, from `bridge.learning.train_ear`, are kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.calibration.timbre import timbre_examples
from bridge.ear.detector import WEIGHTS
from bridge.learning.train_ear import fit, joined, write_networks
from synth.drummer.drums import SNARES
from synth.drummer.perform import perform

RATE = 48_000
FIRST_SEED = 1000
"""The benchmark plays other seeds."""

UNITS = (16, 8)


def rows_of(number: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return what the ear hears of every candidate of one groove among leaks, and which of them were the drum."""
    take = perform("bleed", SNARES[number % len(SNARES)].name, FIRST_SEED + number, RATE)
    return timbre_examples(take.audio[:, 0], RATE, [stroke.onset_s for stroke in take.strokes], learned=False)


def main() -> None:
    """Play the grooves, fit the network, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=40)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    rows, own = joined(rows_of(number) for number in range(chosen.takes))
    print(f"timbre: {len(rows)} candidates, {own.mean():.1%} of the drum itself", flush=True)
    write_networks({"timbre": fit(rows, own.astype(np.float32), 30, 128, 3e-2, UNITS)}, chosen.out)


if __name__ == "__main__":
    main()
