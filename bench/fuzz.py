"""Everything that comes from outside, damaged: ``python -m bench.fuzz``; each kind has a program of its own.

Each runs in this process or one of its own, where no more than 256 descriptors may be open. What is asked: no
exception, no hang, one sentence or sound for each file, panic obeyed throughout, and memory that stands still.
"""

from __future__ import annotations

import resource
from collections.abc import Sequence
from importlib import import_module

from bench.report import asked

SEED = 7
DESCRIPTORS = 256

KINDS = {
    "rigs": ("fuzz_rigs", 10_000, "damaged rigs"),
    "bundles": ("fuzz_bundles", 1_000, "damaged models"),
    "datagrams": ("fuzz_osc", 100_000, "datagrams at remote control"),
    "http": ("fuzz_http", 10_000, "requests at OSCQuery"),
    "midi": ("fuzz_midi", 100_000, "MIDI messages at remote control"),
}
"""For each kind its program, how many there are without a word, and what they are."""


def main(words: Sequence[str] | None = None) -> None:
    """Run the programs, each with its count; 0 leaves one out."""
    options = {name: (count, f"{what}; 0: none") for name, (_, count, what) in KINDS.items()}
    counts = asked(__doc__, words, seed=(SEED, "of the damage"), **options)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, most))
    for name, (program, _, what) in KINDS.items():
        if count := getattr(counts, name):
            print(f"\n## {what}\n", flush=True)
            # Imported when its turn comes: a server's libraries are no part of what a rig needs.
            import_module(f"bench.{program}").main(["--count", str(count), "--seed", str(counts.seed)])


if __name__ == "__main__":
    main()
