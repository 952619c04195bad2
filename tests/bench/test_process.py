"""The measuring of a command in a process of its own."""

import sys

import numpy as np

from bench.process import measured

BIG = "import numpy; numpy.ones(40_000_000); print('done'); raise SystemExit(3)"


def test_a_command_has_its_own_memory_and_not_that_of_who_measures_it() -> None:
    ours = np.ones(40_000_000)
    small = measured([sys.executable, "-c", "print(1)"])
    assert (small.code, small.said) == (0, "1\n")
    assert 1 < small.peak_mb < ours.nbytes / 2e6


def test_what_a_command_takes_is_counted_and_its_code_is_kept() -> None:
    big = measured([sys.executable, "-c", BIG])
    assert (big.code, big.said) == (3, "done\n")
    assert big.peak_mb > 320
