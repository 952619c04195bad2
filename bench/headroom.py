"""How loud the shipped rigs play: ``python -m bench.headroom`` prints the table of docs/notes/voice.md.

Every rig that plays a built-in voice plays our drummer's `graded`, single strokes from the softest to the loudest, and
`groove`, where strokes ring together; a rig with several drums plays `kit` instead of both. The peak is the output's,
before what is too loud is bent. Levels are set for the drums and seeds of the first table; the second has other ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE, kit_scene, played
from bridge.audio.files import Recording
from bridge.rig.rig import RIGS, Rig, load_rig
from bridge.session.offline import perform
from synth.drummer.drums import DRUMS
from synth.dsp.levels import decibels

TAKES = ("graded", "groove", "kit")
CHOSEN, REPORTED = (1,), (2, 3)
"""Seeds of our drummer: those that levels were set for, and others."""


def peaks_db(rig: Rig, take: str, drums: Iterable[str], seeds: Iterable[int], seconds: float) -> list[float]:
    """Return the output's peak in each take, dBFS."""
    peaks = []
    for drum in drums:
        for seed in seeds:
            scene = kit_scene(rig, drum, seed) if take == "kit" else played(take, drum, seed)
            performance = perform(rig, Recording(scene.first(seconds).audio, RATE, Path(take)), 4096)
            peaks.append(decibels(performance.output_peak))
    return peaks


def table(drums: Sequence[str], seeds: Sequence[int], seconds: float) -> None:
    """Print the peaks of every rig with a voice."""
    print(f"\n{', '.join(drums)}; seeds {', '.join(map(str, seeds))}; {len(drums) * len(seeds)} takes of each kind\n")
    head("rig", *(f"{take}: {what}, dBFS" for take in TAKES for what in ("median peak", "highest")))
    for name in RIGS.names():
        if (rig := load_rig(name)).voices:
            cells = []
            for take in TAKES:
                fits = (take == "kit") == (rig.channels > 1)
                peaks = peaks_db(rig, take, drums, seeds, seconds) if fits else []
                cells += percentiles(peaks, (50, 100), ".1f")
            line(name, *cells)


def main(words: Sequence[str] | None = None) -> None:
    """Print both tables."""
    options = asked(
        __doc__, words, drums=(6, "how many of our drummer's drums"), seconds=(3600.0, "of each take, at most")
    )
    names = list(DRUMS)[: options.drums]
    print(heading(CHOSEN[0]))
    table(names[::2], CHOSEN, options.seconds)
    table(names[1::2] or names, REPORTED, options.seconds)


if __name__ == "__main__":
    main()
