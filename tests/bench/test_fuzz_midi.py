"""Garbage at the MIDI input of remote control does no harm, in short; ``bench.fuzz_midi`` is the long run."""

from __future__ import annotations

from bench.fuzz_midi import run


def test_twenty_thousand_garbage_messages_do_no_harm() -> None:
    report = run(20_000, seed=3)
    assert report.failures == ()
    assert report.messages == 20_000
    assert 0 < report.ignored < report.messages
    assert report.learned > 0
