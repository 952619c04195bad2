"""Eight microphones play the whole 808 live: every stroke sounds at its voice, alone on an output of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.jack_server import PERIOD, RATE
from tests.kit import onsets_of, struck
from tests.live.conftest import require
from tests.live.kit_stage import STROKES, Played, played_at, undisturbed_status

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return what is heard at 64 frames."""
    require("jackd", "jack_lsp", "jack_connect")
    return played_at(tmp_path_factory.mktemp("kit"), PERIOD)


@pytest.fixture
def undisturbed(played: Played, tmp_path: Path) -> dict[str, Any]:
    """Return the player's status after a take without an xrun."""
    return undisturbed_status(played, tmp_path)


def test_every_stroke_sounds_at_its_voice_and_at_no_other(played: Played) -> None:
    assert played.capture.skipped == 0
    heard = [[played.voices[i] for i in struck(played.outputs, onset)] for onset in onsets_of(STROKES)]
    assert heard == [[one.voice] for one in STROKES]


def test_no_stroke_is_heard_twice_or_lost(played: Played) -> None:
    assert played.status["strokes"] == len(STROKES)
    counts = ("failures", "lost_events", "unplayed", "dropped_strokes", "output_clipped")
    assert {name: played.status[name] for name in counts} == dict.fromkeys(counts, 0)


def test_no_block_cost_more_processor_time_than_it_lasts(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["busy_blocks"] == 0


def test_the_closed_hat_ends_the_open_one(played: Played) -> None:
    opened = next(i for i, one in enumerate(STROKES) if one.voice == "open hat")
    closed, later = onsets_of(STROKES)[opened + 1 : opened + 3]
    open_hat = played.outputs[:, played.voices.index("open hat")]
    assert np.abs(open_hat[closed - RATE // 100 : closed]).max() > 1e-3
    assert not open_hat[closed + RATE // 50 : later].any()
