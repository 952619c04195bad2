"""The distance of ``bench/panels.py``: what it hears and what it does not."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import panels
from bench.panels import RATE_HZ, Sound, distance_db, from_onset
from synth.voices.panel import load_panel

MEASURE = Path(panels.__file__).parent.parent.parent / "shared" / "tools" / "distance808.py"
"""The same measure, written apart from ours; not part of the project, and nothing is compared where it is absent."""


def tone(freq_hz: float, seconds: float, decay_s: float = 0.1) -> Sound:
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(np.exp(-times_s / decay_s) * np.cos(2 * np.pi * freq_hz * times_s))


def test_a_sound_is_not_far_from_itself_whatever_its_level_and_when_it_starts() -> None:
    sound = tone(200.0, 0.5)
    late: NDArray[np.float64] = np.concatenate([np.zeros(1000), 0.01 * sound])
    assert distance_db(sound, from_onset(late)) == pytest.approx(0.0, abs=1e-3)


def test_a_sound_is_farther_the_less_alike_it_is() -> None:
    sound = tone(200.0, 0.5)
    assert 0.1 < distance_db(sound, tone(210.0, 0.5)) < distance_db(sound, tone(400.0, 0.5))


def test_the_loudness_of_a_short_sound_is_that_of_what_there_is() -> None:
    click = tone(1000.0, 0.02, 0.002)
    assert distance_db(click, np.pad(click, (0, RATE_HZ // 4))) > 1.0
    assert distance_db(np.pad(click, (0, RATE_HZ // 4)), np.pad(click, (0, RATE_HZ // 4))) == 0.0


@pytest.mark.skipif(not MEASURE.exists(), reason="the recordings and their own measure are not beside the project")
@pytest.mark.parametrize("voice", ["bass-drum", "claves", "hand-clap", "closed-hat", "low-tom"])
def test_the_distance_is_that_of_another_hand(voice: str) -> None:
    [one] = panels.strokes_of(load_panel(voice), {}, [1])
    [other] = panels.strokes_of(load_panel("snare-drum"), {}, [2])
    for real, ours in ((one, other), (other, one), (one[:9000], other), (one, 0.01 * other[:9000])):
        assert distance_db(real, ours) == pytest.approx(other_measure().distance(real, ours), abs=1e-4)


def other_measure() -> ModuleType:
    """Return the measure as a module."""
    spec = spec_from_file_location("distance808", MEASURE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
