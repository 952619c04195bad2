"""Garbage at the MIDI input of remote control does no harm, in short; ``bench.fuzz_midi`` is the long run."""

from __future__ import annotations

import pytest

from bench import fuzz_midi


def test_twenty_thousand_garbage_messages_do_no_harm() -> None:
    report = fuzz_midi.run(20_000, seed=3)
    assert report.failures == ()
    assert report.messages == 20_000
    assert 0 < report.ignored < report.messages
    assert report.learned > 0


def test_the_fuzzer_prints_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    fuzz_midi.main(["--count", "200"])
    assert "| exceptions" in capsys.readouterr().out
