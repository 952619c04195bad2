"""What is away when a player starts, or goes while it plays, is named and taken in when it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.jack_harness import Play
from bench.returns import returns
from tests.live.conftest import require

pytestmark = pytest.mark.live


def test_a_rig_starts_with_nothing_names_what_is_away_and_plays_each_part_as_it_comes_and_comes_back(
    tmp_path: Path,
) -> None:
    require("jackd", "jack_lsp", "jack_connect")
    away: list[str] = []

    def note(play: Play) -> None:
        away.extend(next(line["away"] for line in play.lines if line.get("state") == "waiting"))

    found = list(returns(("udp", "server", "port", "tcp"), tmp_path, note))
    print([(one.part, one.when, f"{one.seconds:.2f} s") for one in found])
    starts = ["[input] device", "target 'tcp': host is", "target 'midi': port is 'machine:midi_1'"]
    assert [any(start in sentence for sentence in away) for start in starts] == [True] * 3, away
    assert {(one.part, one.when) for one in found} >= {
        (part, when) for part in ("udp", "port", "tcp") for when in ("start", "return")
    } - {("udp", "start")}
