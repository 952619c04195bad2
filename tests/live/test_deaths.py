"""What dies while playing comes back or is missed by nobody, and no note is left on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from tests.live import rigs
from tests.live.harness import RATE, JackServer, OscReceiver, Play, Stage, wait_until

pytestmark = pytest.mark.live

GIVE_UP_S = 6.0
"""How long to wait for what comes back before the test has failed. It is no promise and no measurement: how long a
return took is printed, and docs/notes/latency.md has the figures."""


def steady_take(seconds: float, per_second: float = 4.0) -> NDArray[np.float32]:
    """Return equal strokes at a steady rate."""
    rng = np.random.default_rng(5)
    length = RATE // 8
    stroke = 0.6 * rng.standard_normal(length) * np.exp(-np.arange(length) / 1200.0)
    audio = np.zeros(round(seconds * RATE))
    for start_s in np.arange(0.5, seconds - 0.2, 1.0 / per_second):
        start = round(start_s * RATE)
        audio[start : start + length] += stroke[: len(audio) - start]
    return np.clip(audio, -1, 1).astype(np.float32)[:, None]


CONSTANT = '[{number=20, from="velocity", low=64, high=64}]'
"""A controller that is sent once and never changes."""


@pytest.fixture
def receiver() -> Iterator[OscReceiver]:
    receiver = OscReceiver()
    yield receiver
    receiver.close()


def rig(folder: Path, server: JackServer, receiver: OscReceiver, note_ms: int = 60) -> str:
    text = rigs.head(server.period) + rigs.VOICE + rigs.osc(receiver.port) + rigs.midi()
    plays = (rigs.play_voice(), rigs.play_osc(), rigs.play_midi(note_ms=str(note_ms)))
    return text + rigs.drum(rigs.model(folder), *plays)


def midi_child(play: Play) -> psutil.Process:
    children = psutil.Process(play.process.pid).children(recursive=True)
    return next(child for child in children if "bridge.midi.child" in child.cmdline())


def audio_child(play: Play) -> psutil.Process:
    children = psutil.Process(play.process.pid).children(recursive=True)
    return next(child for child in children if "bridge.engine.player" in child.cmdline())


def test_a_jack_server_that_dies_is_played_again_when_it_is_back(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(3), 3)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        stage.play()
        before = len(receiver.strokes())
        server.kill()
        stage.close()
        play.wait_for("waiting", 5)
        time.sleep(1.0)
        server.start()
        began_s = time.monotonic()
        stage = Stage(server, tmp_path, steady_take(4), 4)
        play.wait_for("playing", GIVE_UP_S)
        print(f"audio reopened {time.monotonic() - began_s:.2f} s after the server was back")
        wait_until(lambda: "ghostnote:out" in server.ports(), GIVE_UP_S, "the MIDI port")
        server.connect("ghostnote:out", "stage:midi_1")
        capture = stage.play()
        assert before > 0
        assert len(receiver.strokes()) - before == pytest.approx(14, abs=2)
        assert len(capture.notes()) == pytest.approx(14, abs=2)
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_player_process_that_is_killed_is_replaced(server: JackServer, receiver: OscReceiver, tmp_path: Path) -> None:
    stage = Stage(server, tmp_path, steady_take(3), 3)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        audio_child(play).kill()
        play.wait_for("waiting", 5)
        play.wait_for("playing", GIVE_UP_S)
        stage.play()
        assert len(receiver.strokes()) == pytest.approx(10, abs=2)
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_midi_process_that_is_killed_is_replaced_and_the_rest_plays_on(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(5), 5)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        time.sleep(1.5)
        midi_child(play).kill()
        wait_until(lambda: "ghostnote:out" not in server.ports(), 3, "the port's end")
        began_s = time.monotonic()
        wait_until(lambda: "ghostnote:out" in server.ports(), GIVE_UP_S, "the port's return")
        print(f"MIDI port back after {time.monotonic() - began_s:.2f} s")
        server.connect("ghostnote:out", "stage:midi_1")
        assert stage.ask("wait 10")["done"]
        capture = stage.save()
        assert len(receiver.strokes()) == pytest.approx(18, abs=2)
        assert capture.notes()[-1][0] > capture.frame_of_sample(4 * RATE)
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_machine_that_is_unplugged_is_found_again_and_gets_its_state_and_the_rest_plays_on(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(8), 8)
    text = rigs.head(server.period) + rigs.osc(receiver.port) + rigs.midi(port='"stage:midi_1"', api='"jack"')
    # The note would last to the end of the take: it sounds when the machine goes.
    plays = (rigs.play_osc(), rigs.play_midi(note_ms="30000", program="3", cc=CONSTANT))
    play = Play(server, tmp_path, text + rigs.drum(rigs.model(tmp_path), *plays))
    try:
        stage.ask("go")
        time.sleep(2.0)
        gone = stage.ask("unplug 0")["frame"]
        time.sleep(1.0)
        back = stage.ask("plug 0")["frame"]
        assert stage.ask("wait 15")["done"]
        capture = stage.save()
        before = [message.hex() for _, frame, message in capture.midi if frame < gone]
        after = [(frame, message.hex()) for _, frame, message in capture.midi if frame > back]
        print(f"MIDI port found again {(after[0][0] - back) / RATE:.2f} s after it was back")
        assert before.count("99267f") == before.count("892640") + 1
        assert [data for _, data in after[:5]] == ["892640", "b97b00", "b97800", "c902", "b91440"]
        assert capture.notes()[-1][0] > capture.frame_of_sample(7 * RATE)
        assert len(receiver.strokes()) == pytest.approx(30, abs=2)
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_synth_that_connects_late_gets_the_program_and_the_values_that_never_change(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(5), 5)
    text = rigs.head(server.period) + rigs.osc(receiver.port) + rigs.midi()
    text += rigs.drum(rigs.model(tmp_path), rigs.play_osc(), rigs.play_midi(program="3", cc=CONSTANT))
    play = Play(server, tmp_path, text)
    try:
        stage.ask("go")
        wait_until(lambda: len(receiver.strokes()) >= 4, 10, "the first strokes")
        server.connect("ghostnote:out", "stage:midi_1")
        assert stage.ask("wait 10")["done"]
        capture = stage.save()
        received = [message.hex() for _, _, message in capture.midi]
        assert (received.count("c902"), received.count("b91440")) == (1, 1)
        assert received.index("c902") < received.index("b91440")
        assert len(capture.notes()) < len(receiver.strokes())
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_an_osc_host_that_goes_and_returns_misses_only_what_was_sent_meanwhile(
    server: JackServer, tmp_path: Path
) -> None:
    receiver = OscReceiver()
    stage = Stage(server, tmp_path, steady_take(6), 6)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        time.sleep(2.0)
        receiver.close()
        time.sleep(2.0)
        again = OscReceiver(receiver.port)
        assert stage.ask("wait 10")["done"]
        capture = stage.save()
        assert len(capture.notes()) == pytest.approx(22, abs=2)
        assert len(again.strokes()) >= 4
        assert play.stop() == 0
        again.close()
    finally:
        play.close()
        stage.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_note_is_left_on_however_it_ends(
    how: signal.Signals, server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(4), 4)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver, note_ms=30_000))
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        time.sleep(1.6)
        os.kill(play.process.pid, how)
        play.process.wait(5)
        assert stage.ask("wait 10")["done"]
        capture = stage.save()
        assert capture.notes()
        assert capture.sounding() == set()
        assert play.process.returncode == (-9 if how is signal.SIGKILL else 0)
    finally:
        play.close()
        stage.close()


def test_every_process_ends_with_a_session_that_is_killed(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(1), 1)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    children = psutil.Process(play.process.pid).children(recursive=True)
    try:
        play.process.kill()
        wait_until(lambda: not any(alive(child) for child in children), 5, "the end of every child")
    finally:
        play.close()
        stage.close()


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_an_unknown_host_is_one_sentence_and_code_2(server: JackServer, tmp_path: Path) -> None:
    text = rigs.head() + rigs.osc(9) + rigs.drum(rigs.model(tmp_path), rigs.play_osc())
    text = text.replace('type = "osc"', 'type = "osc"\nhost = "no-such-host.invalid"').replace("stage:drum_1", "")
    with pytest.raises(AssertionError, match=r"play ended \(2\): .*no-such-host.invalid"):
        Play(server, tmp_path, text)


def test_a_machine_that_has_no_such_jack_port_is_told_those_it_has(server: JackServer, tmp_path: Path) -> None:
    text = rigs.head() + rigs.VOICE + rigs.drum(rigs.model(tmp_path), rigs.play_voice())
    with pytest.raises(AssertionError, match=r"play ended \(2\): .*stage:drum_1.*system:capture_1"):
        Play(server, tmp_path, text)
