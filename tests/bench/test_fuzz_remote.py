"""A remote control outlives what a network can send, and obeys panic meanwhile: the small form of two benchmarks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench import fuzz_http, fuzz_osc
from bridge.control.web import MOST_CONNECTIONS


def test_datagrams_of_every_kind_end_nothing_and_panic_is_obeyed_among_them() -> None:
    done = fuzz_osc.run(3_000, seed=11)
    assert (done.errors, done.same_threads, done.lost) == ("", True, 0)
    assert done.delays_s
    assert min(done.counters[name] for name in ("malformed", "unknown")) > 100


def test_requests_of_every_kind_end_nothing_and_take_few_descriptors() -> None:
    done, answered = fuzz_http.run(300, seed=11)
    assert (done.errors, done.same_threads, done.lost) == ("", True, 0)
    assert all(answered)
    assert len(answered) > 10
    # Beside its connections it has sockets, pipes and an event loop's of its own.
    assert done.most_descriptors < 4 * MOST_CONNECTIONS


@pytest.mark.parametrize("main", [fuzz_osc.main, fuzz_http.main])
def test_the_fuzzers_print_their_table(main: Callable[[list[str]], None], capsys: pytest.CaptureFixture[str]) -> None:
    main(["--count", "100"])
    assert "| panics meanwhile, of them lost |" in capsys.readouterr().out
