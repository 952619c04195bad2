"""Knobs turned from outside while it plays: OSC over the loopback interface, MIDI over JACK."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from bench import jack_rigs as rigs
from bench.jack_harness import OscReceiver, Play, Stage
from bench.jack_server import RATE, JackServer, wait_until
from bridge.control.midi_moves import Source
from bridge.control.remote import RemoteControl
from bridge.events import PlayKey
from bridge.osc.messages import message_bytes
from bridge.rig.control import CcControl, ControlSettings
from tests.bridge.stages import DRUMS, QuietStage
from tests.live.conftest import free_port
from tests.live.test_deaths import GIVE_UP_S, TAKE_S, steady_take

pytestmark = pytest.mark.live

AMOUNT = "/ghostnote/drum/snare/amount"

KNOB = """
import jack, sys
client = jack.Client("knob", no_start_server=True)
out, waiting = client.midi_outports.register("out"), []

@client.set_process_callback
def process(frames):
    out.clear_buffer()
    # A few a period: a stall lets thousands wait, more than a period's buffer or RtMidi's queue of an input holds.
    for message in waiting[:8]:
        out.write_midi_event(0, waiting.pop(0))

with client:
    print("ready", flush=True)
    for line in sys.stdin:
        waiting.append(bytes.fromhex(line))
"""


def test_a_session_is_stopped_started_and_watched_over_osc(server: JackServer, tmp_path: Path) -> None:
    receiver, watcher, port = OscReceiver(), OscReceiver(), free_port()
    control = f"\n[control]\nport = {port}\nsend_to = [{{ port = {watcher.port} }}]\n"
    drum = rigs.drum(rigs.model(tmp_path), rigs.play_osc())
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(server, tmp_path, rigs.head(server.period) + rigs.osc(receiver.port) + drum + control)
    remote = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    remote.connect(("127.0.0.1", port))
    try:
        remote.send(message_bytes("/ghostnote/enabled", [0]))
        wait_until(lambda: not described(port, "/ghostnote/enabled"), GIVE_UP_S, "the switch")
        stage.ask("go")
        stage.at(2.5)
        assert receiver.strokes() == []
        remote.send(message_bytes("/ghostnote/enabled", [1]))
        remote.send(b"\xff" * 64)
        wait_until(lambda: described(port, "/ghostnote/enabled"), GIVE_UP_S, "the switch")
        wait_until(lambda: len(receiver.strokes()) >= 8, GIVE_UP_S, "strokes")
        told = "/ghostnote/drum/snare/stroke/velocity"
        wait_until(
            lambda: any(told == one for packet in watcher.packets for one, _ in packet.messages), GIVE_UP_S, told
        )
        seen = {address for packet in watcher.packets for address, _ in packet.messages}
        assert {AMOUNT, "/ghostnote/state/strokes", told} <= seen
        assert play.stop() == 0
    finally:
        for part in (play, stage, receiver, watcher, remote):
            part.close()


def test_half_requests_leave_descriptors_for_a_port_that_must_be_opened_again(
    server: JackServer, tmp_path: Path
) -> None:
    port = free_port()
    rig = rigs.head(server.period) + rigs.midi() + rigs.drum(rigs.model(tmp_path), rigs.play_midi())
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(server, tmp_path, f"{rig}\n[control]\nport = {port}\n")
    try:
        process = psutil.Process(play.process.pid)
        process.rlimit(psutil.RLIMIT_NOFILE, (256, 256))
        with half_requests(port, 480):
            assert process.num_fds() < 128
            [owner] = owners_of_a_port(process)
            owner.kill()
            wait_until(lambda: owners_of_a_port(process) not in ([], [owner]), GIVE_UP_S, "another owner of the port")
            assert described(port, "/ghostnote/enabled")
        assert play.stop() == 0
    finally:
        for part in (play, stage):
            part.close()


@contextmanager
def half_requests(port: int, count: int) -> Iterator[None]:
    """Begin requests and never end them: a byte a second goes on each, for who counts the time from the last one."""
    over = threading.Event()
    with ExitStack() as opened:
        halves = []
        for _ in range(count):
            with suppress(OSError):  # who is full may take none
                halves.append(opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=0.05)))
                halves[-1].sendall(b"GET / HTTP/1.1\r\n")

        def go_on() -> None:
            while not over.wait(1.0):
                for one in halves:
                    with suppress(OSError):
                        one.sendall(b"x")

        feeding = threading.Thread(target=go_on, daemon=True)
        feeding.start()
        try:
            yield
        finally:
            over.set()
            feeding.join()


def owners_of_a_port(process: psutil.Process) -> list[psutil.Process]:
    """Return the processes that own a MIDI output of a session."""
    found = []
    for child in process.children():
        with suppress(psutil.Error):  # one that has ended has no command line
            found += [child] if "bridge.midi.child" in child.cmdline() else []
    return found


def test_a_stop_ends_what_sounds(server: JackServer, tmp_path: Path) -> None:
    port, receiver = free_port(), OscReceiver()
    rig = rigs.head(server.period) + rigs.VOICE + rigs.midi() + rigs.osc(receiver.port)
    rig += rigs.drum(rigs.model(tmp_path), rigs.play_voice(), rigs.play_midi(note_ms="60000"), rigs.play_osc())
    stage = Stage(server, tmp_path, steady_take(TAKE_S), TAKE_S)
    play = Play(server, tmp_path, f"{rig}\n[control]\nport = {port}\nquery = false\n")
    try:
        server.connect("PortAudio:out_0", "stage:in_1")
        server.connect("ghostnote:out", "stage:midi_1")
        stage.ask("go")
        wait_until(lambda: len(receiver.strokes()) >= 4, GIVE_UP_S, "the first strokes")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as remote:
            remote.sendto(message_bytes("/ghostnote/enabled", [0]), ("127.0.0.1", port))
        end = round(stage.more(2.0) * RATE)
        capture = stage.save()
        assert capture.notes()
        assert capture.sounding() == set()
        assert np.abs(capture.audio).max() > 0.01
        assert np.abs(capture.audio[end - RATE : end]).max() < 1e-6
        assert play.stop() == 0
    finally:
        for part in (play, stage, receiver):
            part.close()


def described(port: int, address: str) -> bool:
    """Return what OSCQuery says of a switch."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}?VALUE", timeout=5) as reply:
        return bool(json.loads(reply.read())["VALUE"][0])


def knob() -> subprocess.Popen[str]:
    """Return a controller that sends each line of its input as a MIDI message, once it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", KNOB],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=os.environ,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def turn(process: subprocess.Popen[str], message: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{message}\n")


def test_a_controller_that_comes_or_goes_is_waited_for_and_turns_again(
    server: JackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    stage, cc = QuietStage(), (CcControl(number=7, control=AMOUNT),)
    settings = ControlSettings(midi="knob", query=False, port=free_port(), cc=cc)
    controller: subprocess.Popen[str] | None = None
    try:
        with closing(RemoteControl(settings, stage, DRUMS)) as remote:
            missing = "control: midi is 'knob'; the MIDI inputs here are"
            wait_until(lambda: missing in "".join(remote.away), GIVE_UP_S, "the sentence that names it")
            controller = knob()
            wait_until(lambda: remote.midi.state == "ready", GIVE_UP_S, "the controller's port")
            assert remote.away == ()
            end(controller)
            wait_until(lambda: remote.midi.state == "waiting", GIVE_UP_S, "the loss")
            controller = knob()
            wait_until(lambda: remote.midi.state == "ready", GIVE_UP_S, "the return")
            turn(controller, "b0077f")
            wait_until(lambda: stage.mappings[PlayKey("snare")].controls.amount == 4.0, GIVE_UP_S, "the controller")
    finally:
        if controller is not None:
            end(controller)


def test_a_controller_turns_a_knob_and_another_is_learned(server: JackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server.name)
    stage = QuietStage()
    settings = ControlSettings(
        midi="ghostnote", query=False, port=free_port(), cc=(CcControl(number=7, control=AMOUNT),)
    )
    controller = knob()
    try:
        with closing(RemoteControl(settings, stage, DRUMS)) as remote:
            wait_until(lambda: "ghostnote-control:in" in server.ports(), GIVE_UP_S, "the MIDI input")
            server.connect("knob:out", "ghostnote-control:in")
            turn(controller, "b0077f")
            wait_until(lambda: stage.mappings[PlayKey("snare")].controls.amount == 4.0, GIVE_UP_S, "the controller")
            remote.take("/ghostnote/learn", ["/ghostnote/drum/snare/follow_level"])
            turn(controller, "b56340")
            wait_until(
                lambda: remote.midi.bindings.get(Source("cc", 5, 99)) is not None, GIVE_UP_S, "the learned controller"
            )
            assert stage.mappings[PlayKey("snare")].controls.follow_level == pytest.approx(64 / 127)
    finally:
        end(controller)
