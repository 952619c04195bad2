"""A device that is lost while a command listens: the stream stops calling, and closing it hangs. Nothing is opened."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator

import pytest
from rich.console import Console

from bridge.audio.recorder import Taken, take_recording
from bridge.audio.stream import AudioStream
from bridge.cli import calibrate
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from bridge.session import loopback
from synth.errors import InputError
from tests.bridge.portaudio import RATE, CardStream, plug_in
from tests.bridge.rigs import rig_from

BLOCKS = 10


class LostStream(CardStream):
    """Calls `BLOCKS` times and never again; closing it lasts until ``let_go``."""

    let_go: threading.Event

    def start(self) -> None:
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self) -> None:
        for _ in range(BLOCKS):
            self.call(0.25)

    def close(self) -> None:
        self.let_go.wait(10)


def stop_portaudio() -> None:
    raise AssertionError("PortAudio must not be stopped where closing hangs: that hangs as well")


@pytest.fixture(autouse=True)
def lost_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    LostStream.let_go = threading.Event()
    plug_in(monkeypatch, LostStream)._exit_handler = stop_portaudio
    monkeypatch.setattr(loopback, "quiet_the_collector", lambda: None)
    monkeypatch.setattr(AudioStream, "grace_s", 0.2)
    monkeypatch.setattr(AudioStream, "closing_s", 0.1)
    yield
    LostStream.let_go.set()


def rig() -> Rig:
    return rig_from('[[drum]]\nname = "snare"\n')


def record(stop: threading.Event, seconds: float = 60.0) -> Taken:
    return take_recording(rig(), seconds, lambda done_s, peak_db: None, stop)


def test_a_recording_ends_and_keeps_what_came() -> None:
    taken = record(threading.Event())
    assert taken.cut
    assert taken.recording.audio.tolist() == [[0.25]] * (BLOCKS * 64)


def test_a_recording_that_is_ended_in_time_is_not_cut_though_closing_hangs() -> None:
    stop = threading.Event()
    stop.set()
    assert not record(stop).cut
    assert not record(threading.Event(), BLOCKS * 64 / RATE).cut


def test_latency_is_refused() -> None:
    with pytest.raises(InputError, match=r"gave no sound for 0\.2 s; is the device still there"):
        loopback.Loopback(rig(), 4)._play_through()


def test_calibrate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cli.calibrate.time.sleep", lambda seconds: None)
    with pytest.raises(InputError, match=r"gave no sound for 0\.2 s; is the device still there"):
        calibrate.listen(rig(), Console(quiet=True))


@pytest.mark.parametrize("hangs", [True, False])
def test_where_a_stream_does_not_close_the_programs_end_does_not_stop_portaudio(
    hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_out: list[object] = []
    monkeypatch.setattr(atexit, "unregister", left_out.append)
    if not hangs:
        LostStream.let_go.set()
    stream = AudioStream(rig(), lambda block, out: None, StreamClock(RATE))
    assert stream.close(0.1 if hangs else 10.0) is not hangs
    assert left_out == ([stop_portaudio] if hangs else [])
