"""What the whole 808 costs to play: ``python -m bench.kit`` prints the tables of docs/notes/808.md.

Each of the sixteen sounds has four strokes ringing in every block of 64 frames at 48 kHz; those that have ended are
struck again between blocks. The time is that of all sixteen voices together, in one thread, and of each alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE
from synth.voices.polyphony import Polyphony
from synth.voices.registry import voice_kinds
from synth.voices.tr808.common import TRIGGER

SEED = 0
BLOCK = 64
RINGING = 4
PERIOD_US = BLOCK / RATE * 1e6


def kit() -> list[Polyphony]:
    """Return the voices of the 808, in the order of the registry."""
    kinds = [kind for kind in voice_kinds() if TRIGGER in kind.space.params]
    voices = [kind.streaming(RATE, SEED, polyphony=RINGING) for kind in kinds]
    return [voice for voice in voices if isinstance(voice, Polyphony)]


def keep_ringing(voice: Polyphony) -> None:
    """Strike a voice until four of its strokes ring."""
    ringing = int(np.count_nonzero(voice._strokes["end"])) + int(voice._stream["waiting"][0])
    for _ in range(RINGING - ringing):
        voice.trigger(voice.space.defaults)


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    blocks = asked(__doc__, words, blocks=(4000, "that are timed")).blocks
    print(heading(SEED))
    print(f"\n{RINGING} strokes ringing on each voice, block {BLOCK} at {RATE} Hz ({PERIOD_US:.0f} us); us\n")
    voices, out = kit(), np.zeros(BLOCK)
    spent = np.zeros((blocks, len(voices)))
    for block in range(blocks):
        for voice in voices:
            keep_ringing(voice)
        for place, voice in enumerate(voices):
            start = time.perf_counter()
            voice.render(out)
            spent[block, place] = (time.perf_counter() - start) * 1e6
    head("voice", "best", "median", "p99", "p99 of the period")
    for place, voice in enumerate(voices):
        _row(voice.space.name, spent[:, place])
    _row("all sixteen", spent.sum(axis=1))


def _row(name: str, times_us: NDArray[np.float64]) -> None:
    line(name, *percentiles(times_us, (0, 50, 99), ".1f"), f"{np.percentile(times_us, 99) / PERIOD_US:.1%}")


if __name__ == "__main__":
    main()
