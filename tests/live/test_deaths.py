"""What dies while playing comes back or is missed by nobody, and no note is left on."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.deaths import death
from bench.jack_harness import Capture, OscReceiver, Play, Stage
from bench.jack_server import RATE, JackServer, wait_until
from bench.pace import WrongAtAnyLoadError
from tests.live.conftest import assert_no_note_left, free_port

pytestmark = pytest.mark.live

GIVE_UP_S = 30.0
"""How long to wait for what comes back before the test has failed. It is no promise and no measurement: how long a
return took is printed, and docs/notes/latency.md has the figures."""


TAKE_S = 60.0
"""Of takes that end when the test has seen enough: longer than anything that is waited for."""


def steady_onsets(seconds: float, per_second: float = 4.0) -> list[int]:
    """Return the samples at which the strokes of a `steady_take` begin."""
    return [round(start_s * RATE) for start_s in np.arange(0.5, seconds - 0.2, 1.0 / per_second)]


def steady_take(seconds: float, per_second: float = 4.0) -> NDArray[np.float32]:
    """Return equal strokes at a steady rate."""
    rng = np.random.default_rng(5)
    length = RATE // 8
    stroke = 0.6 * rng.standard_normal(length) * np.exp(-np.arange(length) / 1200.0)
    audio = np.zeros(round(seconds * RATE))
    for start in steady_onsets(seconds, per_second):
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


def osc_frames(receiver: OscReceiver, capture: Capture, first: int = 0) -> list[float]:
    """Return the frame of each stroke over OSC, from one of them on."""
    return [capture.frame_of_time(packet.time_s) for packet in receiver.strokes()[first:]]


def note_frames(capture: Capture) -> list[int]:
    return [frame for frame, *_ in capture.notes()]


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
        play.wait_for("waiting", GIVE_UP_S)
        server.start()
        began_s = time.monotonic()
        stage = Stage(server, tmp_path, steady_take(4), 4)
        play.wait_for("playing", GIVE_UP_S)
        print(f"audio reopened {time.monotonic() - began_s:.2f} s after its source was back")
        wait_until(lambda: "ghostnote:out" in server.ports(), GIVE_UP_S, "the MIDI port")
        server.connect("ghostnote:out", "stage:midi_1")
        capture = stage.play()
        assert before > 0
        assert not capture.missing(steady_onsets(4), osc_frames(receiver, capture, before))
        assert not capture.missing(steady_onsets(4), note_frames(capture))
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_source_that_is_not_there_is_looked_for_without_a_port_or_one_more_client_each_time(
    server: JackServer, tmp_path: Path
) -> None:
    text = rigs.head(server.period) + rigs.VOICE + rigs.drum(rigs.model(tmp_path), rigs.play_voice())
    play = Play(server, tmp_path, text, until="waiting")
    try:
        player = audio_child(play)
        few = most_descriptors(player, 1.0)
        # Each attempt takes a third of a second, and each client three descriptors: a leak would add 36.
        assert most_descriptors(player, 4.0) < few + 10
        assert not [name for name in server.ports() if name.startswith("PortAudio")]
        assert play.stop() == 0
    finally:
        play.close()


def most_descriptors(process: psutil.Process, seconds: float) -> int:
    """Return the most descriptors that a process had at a time."""
    until_s, most = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        most = max(most, process.num_fds())
        time.sleep(0.01)  # a client that comes and goes is there for longer, and one that is left behind stays
    return most


def test_a_player_process_that_is_killed_is_replaced(server: JackServer, receiver: OscReceiver, tmp_path: Path) -> None:
    stage = Stage(server, tmp_path, steady_take(3), 3)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        audio_child(play).kill()
        play.wait_for("waiting", GIVE_UP_S)
        play.wait_for("playing", GIVE_UP_S)
        capture = stage.play()
        assert not capture.missing(steady_onsets(3), osc_frames(receiver, capture))
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_midi_process_that_is_killed_is_replaced_and_the_rest_plays_on(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        stage.at(1.5)
        first = midi_child(play)
        first.kill()
        wait_until(lambda: not alive(first), GIVE_UP_S, "the port's end")
        gone = stage.ask("at 0")

        def plays_again() -> bool:
            # JACK lists the dead client's port for a while, and a connection with it goes with it.
            server.connected("ghostnote:out", "stage:midi_1")
            return bool(stage.ask("at 0")["messages"] > gone["messages"])

        wait_until(plays_again, GIVE_UP_S, "the port's return")
        back_s = stage.at(0.0)
        print(f"MIDI port played again after {back_s - gone['seconds']:.2f} s")
        stage.more(1.5)
        capture = stage.save()
        assert not capture.missing(steady_onsets(TAKE_S), osc_frames(receiver, capture))
        assert note_frames(capture)[-1] > capture.frame_of_sample(round(back_s * RATE))
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_machine_that_is_unplugged_is_found_again_and_gets_its_state_and_the_rest_plays_on(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    text = rigs.head(server.period) + rigs.osc(receiver.port) + rigs.midi(port='"stage:midi_1"', api='"jack"')
    # The note would last to the end of the take: it sounds when the machine goes.
    plays = (rigs.play_osc(), rigs.play_midi(note_ms="30000", program="3", cc=CONSTANT))
    play = Play(server, tmp_path, text + rigs.drum(rigs.model(tmp_path), *plays))
    try:
        stage.ask("go")
        stage.at(2.0)
        gone = stage.ask("unplug 0")["frame"]
        stage.more(1.0)
        back = stage.ask("plug 0")["frame"]
        wait_until(lambda: server.connections("stage:midi_1"), GIVE_UP_S, "the machine's connection")
        stage.more(1.5)
        capture = stage.save()
        before = [message.hex() for _, frame, message in capture.midi if frame < gone]
        after = [(frame, message.hex()) for _, frame, message in capture.midi if frame > back]
        print(f"MIDI port found again {(after[0][0] - back) / RATE:.2f} s after it was back")
        assert sum(data.startswith("9926") for data in before) == before.count("892640") + 1
        assert [data for _, data in after[:5]] == ["892640", "b97b00", "b97800", "c902", "b91440"]
        assert note_frames(capture)[-1] > back
        assert not capture.missing(steady_onsets(TAKE_S), osc_frames(receiver, capture))
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()


def test_a_synth_that_connects_late_gets_the_program_and_the_values_that_never_change(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    text = rigs.head(server.period) + rigs.osc(receiver.port) + rigs.midi()
    text += rigs.drum(rigs.model(tmp_path), rigs.play_osc(), rigs.play_midi(program="3", cc=CONSTANT))
    play = Play(server, tmp_path, text)
    try:
        stage.ask("go")
        wait_until(lambda: len(receiver.strokes()) >= 4, GIVE_UP_S, "the first strokes")
        server.connect("ghostnote:out", "stage:midi_1")
        stage.more(1.5)
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
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        wait_until(lambda: len(receiver.strokes()) >= 4, GIVE_UP_S, "the first strokes")
        receiver.close()
        stage.more(2.0)
        again = OscReceiver(receiver.port)
        open_s = stage.at(0.0)
        stage.more(1.5)
        capture = stage.save()
        assert not capture.missing(steady_onsets(TAKE_S), note_frames(capture))
        later = [onset for onset in steady_onsets(TAKE_S) if onset > open_s * RATE]
        assert not capture.missing(later, osc_frames(again, capture))
        assert play.stop() == 0
        again.close()
    finally:
        play.close()
        stage.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_note_is_left_on_however_it_ends(
    how: signal.Signals, server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver, note_ms=30_000))
    children = psutil.Process(play.process.pid).children(recursive=True)
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        wait_until(lambda: len(receiver.strokes()) >= 4, GIVE_UP_S, "the first strokes")
        os.kill(play.process.pid, how)
        play.process.wait(GIVE_UP_S)
        wait_until(lambda: not any(alive(child) for child in children), GIVE_UP_S, "the end of every child")
        stage.more(0.1)
        capture = stage.save()
        assert capture.notes()
        assert_no_note_left(capture)
        assert play.process.returncode == (-9 if how is signal.SIGKILL else 0)
    finally:
        play.close()
        stage.close()


def test_a_session_that_ends_leaves_jack_so_that_a_synchronous_server_plays_on(
    waiting_server: JackServer, tmp_path: Path
) -> None:
    control = f'\n[control]\nport = {free_port()}\nmidi = "ghostnote"\n'
    plays = (rigs.play_voice(), rigs.play_midi())
    text = rigs.head(waiting_server.period) + rigs.VOICE + rigs.midi() + rigs.drum(rigs.model(tmp_path), *plays)
    stage = Stage(waiting_server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(waiting_server, tmp_path, text + control)
    try:
        stage.ask("go")
        stage.at(1.0)
        before_s = seconds_for_more(stage)
        assert play.stop() == 0
        # The server waits for a client of its cycles that did not leave through its timeout of 4 s, ten times.
        assert seconds_for_more(stage) < 3 * before_s, "the server stood still for everybody else"
    finally:
        play.close()
        stage.close()


def seconds_for_more(stage: Stage) -> float:
    """Return how long a second of the take lasts."""
    began_s = time.monotonic()
    stage.more(1.0)
    return time.monotonic() - began_s


def test_every_process_of_a_session_that_is_killed_ends_in_time(
    server: JackServer, receiver: OscReceiver, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(1), 1)
    play = Play(server, tmp_path, rig(tmp_path, server, receiver))
    children = psutil.Process(play.process.pid).children(recursive=True)
    try:
        play.process.kill()
        wait_until(lambda: not any(alive(child) for child in children), GIVE_UP_S, "the end of every child")
        assert not [child for child in children if alive(child)]
    finally:
        play.close()
        stage.close()


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_an_unknown_host_is_one_sentence_and_code_2_where_that_is_asked_for(server: JackServer, tmp_path: Path) -> None:
    text = rigs.head(server.period) + rigs.osc(9) + rigs.drum(rigs.model(tmp_path), rigs.play_osc())
    text = text.replace('type = "osc"', 'type = "osc"\nhost = "no-such-host.invalid"').replace("stage:drum_1", "")
    with pytest.raises(AssertionError, match=r"play ended \(2\): .*no-such-host.invalid"):
        Play(server, tmp_path, text, "--strict")


def test_a_machine_that_has_no_such_jack_port_is_told_those_it_has(server: JackServer, tmp_path: Path) -> None:
    text = rigs.head(server.period) + rigs.VOICE + rigs.drum(rigs.model(tmp_path), rigs.play_voice())
    with pytest.raises(AssertionError, match=r"play ended \(2\): .*stage:drum_1.*system:capture_1"):
        Play(server, tmp_path, text, "--strict")


@pytest.mark.parametrize(
    ("how", "stall_s"),
    [(signal.SIGINT, 1.2), (signal.SIGTERM, 0.4), (signal.SIGHUP, 0.8), (signal.SIGKILL, 1.2), (signal.SIGKILL, 0.1)],
)
def test_no_note_is_left_on_where_the_server_stalls_as_the_player_ends(
    how: signal.Signals, stall_s: float, server: JackServer, tmp_path: Path
) -> None:
    ended = death(server, tmp_path, how, stall_s, random.Random(7))
    assert ended.notes > 0
    if ended.left:
        raise WrongAtAnyLoadError(str(ended))


def test_strokes_that_a_stall_of_the_sender_made_late_are_dropped_and_counted(
    waiting_server: JackServer, tmp_path: Path
) -> None:
    stage = Stage(waiting_server, tmp_path, steady_take(TAKE_S, 8.0), TAKE_S)
    text = rigs.head(waiting_server.period) + rigs.midi(late_ms="100")
    play = Play(waiting_server, tmp_path, text + rigs.drum(rigs.model(tmp_path), rigs.play_midi(note_ms="20")))
    try:
        waiting_server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        stage.at(2.0)
        play.process.send_signal(signal.SIGSTOP)
        stage.more(1.0)
        # A server that was held up hurries afterwards: its second may be short, and its strokes were only just struck.
        time.sleep(0.3)
        play.process.send_signal(signal.SIGCONT)
        stage.more(1.0)
        wait_until(lambda: play.status["late_notes"] >= 5, GIVE_UP_S, "the count of late notes")
        capture = stage.save()
        strokes = play.status["strokes"]
        assert play.stop() == 0
    finally:
        play.close()
        stage.close()
    frames = note_frames(capture)
    print(f"{len(frames)} notes of {strokes} strokes, the nearest {min(np.diff(frames)) / RATE * 1000:.0f} ms apart")
    # 125 ms apart as they were struck; a note that is late by up to late_ms may come so much nearer to the next one.
    assert min(np.diff(frames)) > 0.02 * RATE


def test_a_server_that_stands_still_for_good_is_given_up_and_what_may_sound_is_said(
    server: JackServer, tmp_path: Path
) -> None:
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    text = rigs.head(server.period) + rigs.midi()
    play = Play(server, tmp_path, text + rigs.drum(rigs.model(tmp_path), rigs.play_midi(note_ms="30000")))
    try:
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        stage.at(1.0)
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        play.process.send_signal(signal.SIGINT)
        wait_until(lambda: play.process.poll() is not None, GIVE_UP_S, "the end of the player")
        server.process.send_signal(signal.SIGCONT)
        assert play.process.returncode == 0
        assert "its notes may still sound: its server ran no cycle for 10 s" in play.errors.read_text()
    finally:
        play.close()
        stage.close()
