"""``ghostnote rig`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.rig.rig import RIGS
from tests.bridge.cli.typing_words import Type


def test_the_rigs_that_ship_are_listed_with_what_they_are(ghostnote: Type) -> None:
    done = ghostnote("rig")
    assert (done.code, [line.split()[0] for line in done.stdout.splitlines()]) == (0, list(RIGS.names()))
    assert "808             A snare on input 1 plays the built-in 808, live: ghostnote play --rig 808" in done.stdout


@pytest.mark.parametrize("name", RIGS.names())
def test_a_rig_is_printed_as_it_ships_beside_the_empty_file_that_it_goes_to(
    name: str, ghostnote: Type, folder: Path
) -> None:
    (folder / name).touch()
    done = ghostnote("rig", name)
    assert (done.code, done.stdout.encode()) == (0, (RIGS.folder / f"{name}.toml").read_bytes())
