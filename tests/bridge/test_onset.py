from typing import Any

import numpy as np
import pytest

from bridge.detector_settings import SETTINGS, DetectorSettings, Setting
from bridge.onset import DETECTED, Detector
from synth.errors import InputError
from tests.bridge.signals import strokes


def test_each_stroke_is_one_event() -> None:
    audio = strokes([0.5, 0.8, 1.1], [-3, -20, -30], 1.5, 48_000)
    found = np.concatenate([Detector(48_000, [DetectorSettings()]).process(audio.T, 0)[:, DETECTED]])
    assert np.allclose(found / 48_000, [0.5, 0.8, 1.1], atol=0.003)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_the_table_declares_the_defaults(setting: Setting) -> None:
    assert getattr(DetectorSettings(), setting.key) == setting.default


def test_a_rig_table_makes_settings_and_back() -> None:
    table: dict[str, Any] = {"sensitivity": 0.7, "floor_db": -60.0}
    assert DetectorSettings.from_table(table).to_table() == table


@pytest.mark.parametrize("table", [{"sensitivty": 0.5}, {"sensitivity": 2}, {"floor_db": "low"}, {"gain_db": True}])
def test_a_wrong_rig_table_is_named(table: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(table))):
        DetectorSettings.from_table(table)
