"""The measurement of docs/notes/latency.md runs to its end, on two seconds of a take."""

from __future__ import annotations

import pytest

from bench import latency
from tests.live.conftest import require

pytestmark = pytest.mark.live


def test_it_plays_every_rig_and_prints_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    require("jackd", "jack_lsp", "jack_connect")
    latency.main(["--seconds", "2", "--attempts", "1", "--waits"])
    printed = capsys.readouterr().out
    print(printed)
    counts = [line.split(" | ")[1] for line in printed.splitlines() if "xruns" not in line and " of " in line]
    assert len(counts) == 7
    in_frames = counts[1], counts[-1]
    assert not any(count.startswith("0 of") for count in in_frames), "MIDI notes and the voice, by JACK's own frames"


def test_without_a_jack_server_it_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"needs jackd, jack_lsp, jack_connect"):
        latency.main([])
