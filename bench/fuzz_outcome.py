"""What a fuzzer tells: how many inputs were refused, played and went wrong, the slowest, and whether memory grew."""

from __future__ import annotations

import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.report import head, line, resident_mb
from synth.errors import InputError

LIMIT_S = 20.0
"""An input that takes longer hangs: it is stopped, and counts as a fault."""

SAID_EVERY = 1000
"""Inputs between two words on how far it is."""

SETTLED = 5
"""Growth is counted from a fifth of the inputs on: until then tables and kernels are filled."""


class HangError(Exception):
    """An input took longer than `LIMIT_S`."""


@dataclass(slots=True)
class Outcome:
    """What came of the inputs of one kind.

    Parameters
    ----------
    kind : str
        Of the inputs.
    refused, accepted : int
        Inputs that got their one sentence, and those that played.
    faults : list of str
        Of each input that did neither: which one, and what happened.
    slowest, slowest_s : int, float
        Number and time of the slowest input.
    settled_mb, last_mb : float
        Resident memory after a fifth of the inputs and after the last.
    """

    kind: str
    refused: int = 0
    accepted: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: int = -1
    slowest_s: float = 0.0
    settled_mb: float = 0.0
    last_mb: float = 0.0

    @property
    def growth_mb(self) -> float:
        """By how much memory grew after the first fifth."""
        return self.last_mb - self.settled_mb


def tried(kind: str, count: int, attempt: Callable[[int], None], show: Callable[[str], None] = print) -> Outcome:
    """Try inputs 0 to ``count - 1``.

    Parameters
    ----------
    kind : str
        What they are called in the table.
    count : int
        How many.
    attempt : callable
        Takes the number of an input; raises `InputError` where it is refused, returns where it has played.
    show : callable
        Is told each fault when it happens, and how far it is.
    """
    outcome = Outcome(kind)
    for index in range(count):
        began_s = time.perf_counter()
        try:
            # A warning on the terminal is a fault, too: nobody can tell what it means for the sound.
            with limited(LIMIT_S), warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                attempt(index)
            outcome.accepted += 1
        except InputError as refusal:
            outcome.refused += 1
            if fault := _fault_of(str(refusal)):
                outcome.faults.append(f"{kind} {index}: {fault}")
                show(outcome.faults[-1])
        except Exception:  # whatever one input meets, the next is tried; the count and the text are the result
            outcome.faults.append(f"{kind} {index}: {traceback.format_exc(limit=-4)}")
            show(outcome.faults[-1])
        if (took_s := time.perf_counter() - began_s) > outcome.slowest_s:
            outcome.slowest, outcome.slowest_s = index, took_s
        if index and index % SAID_EVERY == 0:
            show(f"{kind}: {index} of {count}; {outcome.accepted} played, {len(outcome.faults)} faults")
        if index == count // SETTLED:
            outcome.settled_mb = resident_mb()
    outcome.last_mb = resident_mb()
    return outcome


def _fault_of(sentence: str) -> str:
    """Say what is wrong with a refusal: it is one sentence on one line that a person can read."""
    if len(sentence) > 1000 or not sentence.isprintable():
        return f"a refusal of {len(sentence)} characters, or with some that no terminal should get: {sentence[:300]!r}"
    return ""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop what takes longer by `HangError`; in the main thread only."""

    def stop(_signal: int, _frame: object) -> None:
        raise HangError(f"not done after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def print_outcomes(*outcomes: Outcome) -> None:
    """Print the table of what came of each kind."""
    head("inputs", "tried", "refused in a sentence", "played", "faults", "slowest, s", "memory grew, MB")
    for one in outcomes:
        counts = one.refused, one.accepted, len(one.faults)
        line(one.kind, sum(counts), *counts, f"{one.slowest_s:.2f} (input {one.slowest})", f"{one.growth_mb:+.1f}")
