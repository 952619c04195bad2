"""Takes of our drummer that many tests hear. Each is played once in a process; nobody writes into its audio."""

from __future__ import annotations

from functools import cache

from synth.drummer.perform import perform

once = cache(perform)
