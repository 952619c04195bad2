from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.measure import Delays, Noise
from bridge.sampling.timing import TIMING, read_timing, timing_of, write_timing
from synth.errors import InputError


def test_a_latency_is_the_median_and_one_late_note_is_not_taken_for_jitter() -> None:
    seconds = np.array([0.0120] * 9 + [0.0119] * 5 + [0.0121] * 5 + [0.030])
    timing = timing_of(Delays(seconds), Noise(0.002, 0.001))
    assert (timing.notes, timing.latency_ms, timing.noise_dbfs) == (20, 12.0, -60.0)
    assert timing.jitter_ms == pytest.approx(0.1)
    assert timing.words.startswith("heard 12.0 ms after it is sent")


def test_a_timing_comes_back_from_its_folder_and_a_folder_without_has_none(tmp_path: Path) -> None:
    assert read_timing(tmp_path) is None
    timing = timing_of(Delays(np.array([0.01, 0.011])), Noise(0.0, 0.0))
    write_timing(tmp_path, timing)
    assert read_timing(tmp_path) == timing


@pytest.mark.parametrize(
    ("text", "said"),
    [("notes = 1\n", "latency_ms"), ('notes = "x"\n', "notes"), ("lateness = 1\n", "lateness")],
)
def test_a_timing_that_is_not_ours_is_refused_with_its_key(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / TIMING).write_text(text)
    with pytest.raises(InputError, match=rf"timing\.toml.*{said}"):
        read_timing(tmp_path)
