"""Amp and room in the snare's strip and a compressor on the bus, with the whole kit live: the audio does not stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.jack_server import PERIOD, RATE
from tests.kit import onsets_of
from tests.live.conftest import require
from tests.live.kit_stage import KIT, STROKES, Played, played_at, undisturbed_status

pytestmark = pytest.mark.live

SNARE = next(one.voice for one in STROKES if "snare" in one.voice)
EFFECTS = """
[[target.effect]]
kind = "amp"
values = { gain = 6.0 }

[[target.effect]]
kind = "room"
values = { size = 6.0, "decay_mid" = 900.0, mix = 0.4 }
"""
BUS = """
[[bus.effect]]
kind = "eq"
values = { "low_shelf.gain" = 3.0 }

[[bus.effect]]
kind = "compressor"
values = { threshold = -24.0 }
"""


def with_effects() -> str:
    """Return the kit's rig with effects behind the snare's table and on the bus."""
    before, named, after = KIT.partition(f'name = "{SNARE}"')
    own, table, rest = after.partition("\n[[")
    return before + named + own + EFFECTS + table + rest + BUS


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return what is heard at 64 frames."""
    require("jackd", "jack_lsp", "jack_connect")
    return played_at(tmp_path_factory.mktemp("effects"), PERIOD, with_effects())


@pytest.fixture
def undisturbed(played: Played, tmp_path: Path) -> dict[str, Any]:
    """Return the player's status after a take without an xrun."""
    return undisturbed_status(played, tmp_path, with_effects())


def test_no_stroke_is_lost_and_no_effect_fails(played: Played) -> None:
    assert played.status["strokes"] == len(STROKES)
    counts = ("failures", "lost_events", "dropped_strokes", "effect_faults")
    assert {name: played.status[name] for name in counts} == dict.fromkeys(counts, 0)


def test_no_block_cost_more_processor_time_than_it_lasts(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["busy_blocks"] == 0


def test_the_room_rings_on_behind_the_snare(played: Played) -> None:
    place = next(i for i, one in enumerate(STROKES) if one.voice == SNARE)
    onset = onsets_of(STROKES)[place]
    output = played.outputs[:, played.voices.index(SNARE)]
    tail = np.abs(output[onset + RATE // 3 : onset + RATE // 2]).max()
    assert tail > 1e-4
