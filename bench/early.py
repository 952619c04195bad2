"""How near the velocity of an early note comes to the one that is known later: ``python -m bench.early``.

Each confirmed stroke of our drummer's takes: the velocity guessed at detection against that of its whole window, in the
default range of a rig. The curve of the guess (`bridge.ear.guess`) was fitted to seed 21 of five
drums; other seeds and drums are another test. Intervals are 95 % of a bootstrap over strokes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench import scenes
from bench.report import asked, head, heading, line
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.listen import listen
from bridge.events import Hit, Onset, PlayKey
from bridge.mapping.mapping import Controls, DrumMapping
from models.mapping.bundle import untrained_bundle
from synth.drummer.drums import SNARES
from synth.voices.presets import load_preset
from synth.voices.snare808.table import SNARE808

CHOSEN_ON = ("tight", "ringing", "wires-off", "dead", "piccolo")
TAKES = ("graded", "groove")
WITHIN = 0.15
RESAMPLED = 1000
LEVELS_DB = (-60, -40, -30, -20, -10, 0)

Floats = NDArray[np.float64]


def velocities(take: str, drum: str, seed: int, rate: int) -> Floats:
    """Return (strokes, 3): guessed velocity, that of the window, and the window's level in dB."""
    bundle = untrained_bundle(load_preset("snare-1", SNARE808))
    mapping = DrumMapping(PlayKey(drum), bundle, Controls.neutral(bundle.space))
    scene = scenes.played(take, drum, seed) if rate == scenes.RATE else scenes.played_at(take, drum, seed, rate)
    analyzer, noticed, rows = Analyzer(rate, [ChannelSettings()]), dict[int, Onset](), []
    for _, events in listen(analyzer, scene.audio):
        for event in events:
            if isinstance(event, Hit):
                guess = mapping.announced(noticed[event.number]).velocity
                rows.append((guess, mapping.velocity(event.level_db), event.level_db))
            else:
                noticed[event.number] = event
    return np.array(rows).reshape(-1, 3)


def show(name: str, rows: Floats, rng: np.random.Generator) -> None:
    """Print a line: strokes, median difference and share within `WITHIN`, each with its interval; guesses at an end."""
    if not len(rows):
        return
    difference = rows[:, 0] - rows[:, 1]
    again = difference[rng.integers(0, len(difference), (RESAMPLED, len(difference)))]
    medians, shares = np.median(again, axis=1), np.mean(np.abs(again) <= WITHIN, axis=1)
    cells = [
        f"{np.median(difference):+.3f} ({np.percentile(medians, 2.5):+.3f} to {np.percentile(medians, 97.5):+.3f})"
    ]
    share = np.mean(np.abs(difference) <= WITHIN)
    cells.append(f"{share:.1%} ({np.percentile(shares, 2.5):.1%} to {np.percentile(shares, 97.5):.1%})")
    line(name, len(rows), *cells, int(np.count_nonzero((rows[:, 0] <= 0.0) | (rows[:, 0] >= 1.0))))


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    every_drum = ",".join(drum.name for drum in SNARES)
    chosen = asked(
        __doc__,
        words,
        seed=(7, "of the takes"),
        rate=(scenes.RATE, "Hz"),
        drums=(every_drum, "separated by commas"),
        takes=(",".join(TAKES), "separated by commas"),
    )
    print(f"{heading(chosen.seed)}\n")
    head("drum", "strokes", "guess minus final, median", f"within {WITHIN}", "guesses at 0 or 1")
    rng = np.random.default_rng(chosen.seed)
    found = {}
    for drum in chosen.drums.split(","):
        takes = chosen.takes.split(",")
        found[drum] = np.concatenate([velocities(take, drum, chosen.seed, chosen.rate) for take in takes])
        show(drum + ("" if drum in CHOSEN_ON else ", not fitted to"), found[drum], rng)
    every = np.concatenate(list(found.values()))
    show("all", every, rng)
    for low, high in pairwise(LEVELS_DB):
        show(f"windows of {low} to {high} dB", every[(every[:, 2] >= low) & (every[:, 2] < high)], rng)


if __name__ == "__main__":
    main()
