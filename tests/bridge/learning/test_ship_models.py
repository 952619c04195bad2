"""The bundles that ship are those of the table, each learned for its preset on its drum."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.learning.ship_models import EPOCHS, SHIPPED
from models.mapping.bundle import MODELS, Bundle
from synth.voices.presets import load_preset
from synth.voices.registry import voice_kinds

DO_NOTHING = 1.0


def test_exactly_the_bundles_of_the_table_ship() -> None:
    assert set(MODELS.names()) == set(SHIPPED)


def test_every_voice_has_a_bundle() -> None:
    assert {load_preset(name).space.name for name in SHIPPED} == {kind.name for kind in voice_kinds()}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_bundle_is_of_its_preset_as_it_ships(name: str) -> None:
    preset = load_preset(name)
    kept = Bundle.load(MODELS.find(name), preset.space).preset
    np.testing.assert_allclose(kept.values, preset.values)
    np.testing.assert_allclose(kept.depths, preset.depths)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_bundle_follows_the_drum_of_the_table(name: str) -> None:
    bundle = Bundle.load(MODELS.find(name), load_preset(name).space)
    assert bundle.preset.name == name
    assert SHIPPED[name] in bundle.card["recordings"][0]
    assert bundle.card["settings"]["epochs"] == EPOCHS
    assert bundle.card["relative_error"]["default"] < DO_NOTHING
