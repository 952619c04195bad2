"""Train the ear's third network on our own drummer: ``python -m bridge.learning.train_timbre --out FILE``.

It tells a drum from leaks before anybody has calibrated. The other two, from `bridge.learning.train_ear`, are kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Recording
from bridge.ear.analyzer import ChannelSettings
from bridge.ear.bands import HOPS_PER_S, RING, VERDICT_HOPS
from bridge.ear.detector import WEIGHTS, band_energies
from bridge.ear.leaks import TIMBRE_FEATURES, TIMBRE_STATE, timbre_features
from bridge.ear.score import match
from bridge.learning.ear_network import fit
from bridge.rig.detector import DetectorSettings
from bridge.session.detect import detect_strokes
from synth.drummer.drums import SNARES
from synth.drummer.perform import perform

RATE = 48_000
FIRST_SEED = 1000
"""The benchmark plays other seeds."""

UNITS = (16, 8)


def rows_of(number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the ear hears of every candidate of one groove among leaks, and 1 where it was the drum."""
    drum = SNARES[number % len(SNARES)].name
    take = perform("bleed", drum, FIRST_SEED + number, RATE)
    plain = [ChannelSettings(DetectorSettings(leak_rejection=-30.0))]
    hits = detect_strokes(Recording(take.audio, RATE, Path(drum)), plain).hits
    rows, own = np.zeros((len(hits), TIMBRE_FEATURES), np.float32), np.zeros(len(hits), np.float32)
    energies = np.pad(band_energies(take.audio[:, 0], RATE), ((0, 0), (RING, RING)), mode="edge")
    known = np.zeros(TIMBRE_STATE)
    for row, hit in zip(rows, hits, strict=True):
        first = hit.onset // (RATE // HOPS_PER_S) + RING
        near = np.ascontiguousarray(energies[:, first - RING // 2 : first + RING // 2])
        timbre_features(near, RING // 2, RING // 2 + VERDICT_HOPS, known, False, row)
    pairs = match([hit.onset / RATE for hit in hits], [stroke.onset_s for stroke in take.strokes])
    own[[event for event, _ in pairs]] = 1.0
    return rows, own


def main() -> None:
    """Play the grooves, fit the network, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=40)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    pairs = [rows_of(number) for number in range(chosen.takes)]
    rows, own = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    print(f"timbre: {len(rows)} candidates, {own.mean():.1%} of the drum itself", flush=True)
    network = fit(rows, own, 30, 128, 3e-2, UNITS)
    with np.load(WEIGHTS, allow_pickle=False) as shipped:
        arrays = {name: shipped[name] for name in shipped.files if not name.startswith("timbre.")}
    arrays |= {f"timbre.{index}": array for index, array in enumerate(network)}
    np.savez(chosen.out, allow_pickle=False, **arrays)
    print(f"{chosen.out}: {chosen.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
