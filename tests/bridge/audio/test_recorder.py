from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio.recorder import Recorder, take_recording
from tests.bridge.portaudio import RATE, CardStream, plug_in
from tests.bridge.rigs import rig_from


def given(recorder: Recorder, *values: float) -> NDArray[np.float32]:
    """Give blocks of 64 samples; return what was put out."""
    out = np.ones((64, 2), np.float32)
    for value in values:
        recorder.process(np.full((64, 1), value, np.float32), out)
    return out


def test_a_recorder_keeps_blocks_and_plays_silence() -> None:
    recorder = Recorder(np.zeros((100, 1), np.float32))
    recorder.begin(100)
    assert not given(recorder, 0.25, 0.5).any()
    assert np.array_equal(recorder.recorded()[:, 0], np.repeat([0.25, 0.5], [64, 36]).astype(np.float32))


def test_what_comes_between_two_parts_is_dropped() -> None:
    recorder = Recorder(np.zeros((80, 1), np.float32))
    for before, during in ((0.1, 0.25), (0.5, 0.75)):
        given(recorder, before)
        recorder.begin(40)
        given(recorder, during)
    assert recorder.recorded()[:, 0].tolist() == [0.25] * 40 + [0.75] * 40


def test_what_is_not_finite_is_recorded_as_silence() -> None:
    recorder = Recorder(np.zeros((64, 1), np.float32))
    recorder.begin(64)
    given(recorder, np.nan)
    assert not recorder.recorded().any()


class BriefCard(CardStream):
    """Gives twelve blocks."""

    def start(self) -> None:
        threading.Thread(target=lambda: [self.call(0.25) for _ in range(12)], daemon=True).start()


def test_a_recording_ends_with_its_last_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, BriefCard)
    taken = take_recording(rig_from('[[drum]]\nname = "snare"\n'), 700 / RATE, lambda *told: None, threading.Event())
    assert taken.recording.audio.tolist() == [[0.25]] * 700
    assert not taken.cut
