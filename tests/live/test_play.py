"""A take is played live to three targets at once, and each receives what `render` wrote for the same stroke."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import LOOP_PERIODS, Capture, OscReceiver, Packet, Play, Stage
from bench.jack_server import RATE, ROOT, JackServer, running_server
from bridge.audio.files import read_recording, write_wav
from tests.live.conftest import assert_no_note_left, give_up, require

pytestmark = pytest.mark.live

LONGER_PERIODS = (256, 1024, 4096, 4096)
"""What a block costs is asked of a take without an xrun: a host that takes the processor away within a block charges it
to us. Where the machine stalled at the promised period, the take is played again at a longer one."""

SECONDS = 33.0
PROGRAM = 0xC
"""A listener that has just come is sent the program and all values when it is noticed: the take begins after that."""


@dataclass
class Performance:
    """A take, played live and rendered from the same samples."""

    capture: Capture
    packets: list[Packet]
    status: dict[str, Any]
    first_sample: int
    rendered: list[dict[str, Any]]
    synth: NDArray[np.float32]
    truth: list[float]


@contextmanager
def playing(
    server: JackServer, folder: Path, take: NDArray[np.float32]
) -> Iterator[tuple[Stage, Play, OscReceiver, str]]:
    """Wire a stage, a player and a receiver, until the block ends."""
    receiver = OscReceiver()
    stage = Stage(server, folder, take, SECONDS)
    rig = rigs.head(server.period) + rigs.VOICE + rigs.osc(receiver.port) + rigs.midi()
    rig += rigs.drum(rigs.model(folder), rigs.play_voice(), rigs.play_osc(units='"real"'), rigs.play_midi(program="1"))
    play = Play(server, folder, rig)
    try:
        server.connect("PortAudio:out_0", "stage:in_1")
        server.connect("ghostnote:out", "stage:midi_1")
        stage.listens()
        yield stage, play, receiver, rig
    finally:
        play.close()
        stage.close()
        receiver.close()


def render(folder: Path, rig: str, audio: NDArray[np.float32]) -> list[dict[str, Any]]:
    write_wav(folder / "heard.wav", audio, RATE)
    (folder / "rig.toml").write_text(rig, encoding="utf-8")
    command = [sys.executable, "-m", "bridge.cli.main", "render", str(folder / "heard.wav")]
    subprocess.run([*command, "--rig", str(folder / "rig.toml"), "--out", str(folder / "out")], cwd=ROOT, check=True)
    lines = (folder / "out" / "messages.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def onsets_of(entries: list[dict[str, Any]]) -> list[int]:
    return [entry["args"][1] for entry in entries if entry.get("address", "").endswith("/hit")]


@pytest.fixture(scope="module")
def performance(
    tmp_path_factory: pytest.TempPathFactory, demo_take: tuple[NDArray[np.float32], list[float]]
) -> Performance:
    """Play the take on a server that loses nothing of it; then render what the player heard."""
    require("jackd", "jack_lsp", "jack_connect")
    take, truth = demo_take
    folder = tmp_path_factory.mktemp("play")
    with running_server(folder, waits=True) as server, playing(server, folder, take) as (stage, play, receiver, rig):
        capture = stage.play()
        assert play.stop() == 0
    packets, status = receiver.packets, play.status
    print(f"xruns {server.xruns()}, player's {status['xruns']}")
    assert capture.skipped == 0
    lead = np.zeros((RATE, 1), np.float32)
    there = onsets_of(render(folder, rig, np.concatenate([lead, take])))
    live = [packet.messages[-1][1][1] for packet in packets]
    first_sample = RATE + int(np.median(np.subtract(live[: len(there)], there[: len(live)])))
    rendered = render(folder, rig, np.concatenate([np.zeros((first_sample, 1), np.float32), take]))
    synth = read_recording(folder / "out" / "synth.wav").audio[:, 0]
    return Performance(capture, packets, status, first_sample, rendered, synth, truth)


@pytest.fixture
def undisturbed(
    performance: Performance, demo_take: tuple[NDArray[np.float32], list[float]], tmp_path: Path
) -> dict[str, Any]:
    """Return the player's status after a take without an xrun; a take that has one is ended."""
    if not performance.status["xruns"]:
        return performance.status
    for number, period in enumerate(LONGER_PERIODS):
        folder = tmp_path / str(number)
        folder.mkdir()
        with running_server(folder, period, waits=True) as server, playing(server, folder, demo_take[0]) as parts:
            stage, play = parts[:2]
            stage.ask("go")
            for second in range(round(SECONDS) + 1):
                stage.at(second)
                if play.status["xruns"]:
                    break
            assert play.stop() == 0
        print(f"{period} frames: {second} s, {play.status['xruns']} xruns, {play.status['busy_blocks']} busy blocks")
        if not play.status["xruns"]:
            return play.status
    give_up("this machine stalled the JACK server at every period")


def test_nearly_every_true_stroke_is_played(performance: Performance) -> None:
    live_s = np.array([(p.messages[-1][1][1] - performance.first_sample) / RATE for p in performance.packets])
    found = [np.abs(live_s - onset_s).min() < 0.01 for onset_s in performance.truth]
    assert np.mean(found) > 0.95


def test_osc_carries_every_rendered_stroke_in_order_to_the_bit(performance: Performance) -> None:
    written = [(entry["address"], entry["args"]) for entry in performance.rendered if "address" in entry]
    received = [(address, list(arguments)) for packet in performance.packets for address, arguments in packet.messages]
    assert len(received) == len(written)
    assert all(first[0] == second[0] for first, second in zip(received, written, strict=True))
    assert all(as_float32(first[1]) == as_float32(second[1]) for first, second in zip(received, written, strict=True))


def as_float32(values: list[Any]) -> list[Any]:
    return [struct.pack("f", value) if isinstance(value, float) else value for value in values]


def test_midi_carries_every_rendered_message_in_order(performance: Performance) -> None:
    written = [bytes(entry["bytes"]) for entry in performance.rendered if "bytes" in entry]
    received = [message for _, _, message in performance.capture.midi]
    # A note-off is due in its own time, which may be that of the next stroke's first controller: it is counted only.
    expected = [message for message in written if message[0] >> 4 not in (8, PROGRAM)]
    assert [message for message in received if message[0] >> 4 != 8][: len(expected)] == expected
    assert len(received) >= len(written) - 1


def test_the_808_sounds_what_was_rendered_to_the_bit(performance: Performance) -> None:
    heard = performance.capture.audio[LOOP_PERIODS * performance.capture.period :, 0]
    expected = performance.synth[performance.first_sample :][: len(heard)]
    assert np.array_equal(heard[: len(expected)], expected)


def test_no_failure_and_no_lost_event_however_the_machine_stalls(performance: Performance) -> None:
    assert (performance.status["failures"], performance.status["lost_events"]) == (0, 0)


def test_no_block_cost_more_processor_time_than_it_lasts(undisturbed: dict[str, Any]) -> None:
    assert (undisturbed["busy_blocks"], undisturbed["failures"], undisturbed["lost_events"]) == (0, 0, 0)


def test_nothing_sounds_after_the_end(performance: Performance) -> None:
    assert_no_note_left(performance.capture)
