"""Real receivers sound every stroke: Pd and scsynth over OSC with what ships, FluidSynth over MIDI."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import Capture, Play, Stage, listens
from bench.jack_server import RATE, JackServer, wait_until
from bench.pace import stretched
from bridge.audio.files import read_recording
from bridge.osc.messages import bundle, message_bytes
from synth.files import config_dir
from synth.voices.snare808.synthdef import NAME
from tests.live.conftest import free_port, give_up, require
from tests.live.test_deaths import GIVE_UP_S, steady_take

pytestmark = pytest.mark.live

PATCHES = config_dir() / "patches"
SOUND_FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
SECONDS = 6.0
STROKES = 22
SLOWEST_SOUND_S = 0.1


@contextmanager
def running(server: JackServer, folder: Path, *command: str, **environment: str) -> Iterator[None]:
    """Run a receiver until the block ends."""
    log = (folder / f"{command[0]}.log").open("wb")
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=server.environment | environment
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def port_of(server: JackServer, pattern: str) -> str:
    """Wait for a receiver's port and return its name."""
    found: list[str] = []

    def there() -> bool:
        found[:] = [port for port in server.ports() if re.fullmatch(pattern, port)]
        return bool(found)

    wait_until(there, GIVE_UP_S, f"a port {pattern}")
    return found[0]


def play_to(server: JackServer, folder: Path, rig: str, output: str, midi_in: str = "") -> Capture:
    """Play a steady take with every other stroke dull, while ``output`` is recorded."""
    stage = Stage(server, folder, varied_take(), SECONDS)
    play = Play(server, folder, rig)
    try:
        server.connect(output, "stage:in_1")
        if midi_in:
            # Who connected before the stage has been noticed when the stage is sent the program.
            server.connect("ghostnote:out", midi_in)
            server.connect("ghostnote:out", "stage:midi_1")
            stage.listens()
        capture = stage.play()
        assert play.stop() == 0
        return capture
    finally:
        play.close()
        stage.close()


def varied_take() -> NDArray[np.float32]:
    """Return strokes of which every other one is dull and soft."""
    take = steady_take(SECONDS)[:, 0]
    dull = np.convolve(take, np.hanning(24) / np.hanning(24).sum(), mode="same").astype(np.float32)
    which = (np.arange(len(take)) - RATE // 2 + 100) // (RATE // 4) % 2 == 1
    return np.where(which, dull, take)[:, None]


def sounds(capture: Capture) -> list[NDArray[np.float32]]:
    """Return what was heard of each stroke, from its onset until shortly before the next."""
    starts = [RATE // 2 + index * RATE // 4 for index in range(STROKES)]
    return [capture.audio[start : start + RATE // 4 - 480, 0] for start in starts]


def first_sound_s(sound: NDArray[np.float32]) -> float:
    """Return when a stroke's sound begins: where it first exceeds a tenth of its peak."""
    return float(np.argmax(np.abs(sound) > 0.1 * np.abs(sound).max())) / RATE


def brightness(sound: NDArray[np.float32]) -> float:
    """Return the spectral centroid in Hz."""
    magnitude = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(magnitude @ np.fft.rfftfreq(len(sound), 1 / RATE) / magnitude.sum())


def assert_heard_and_followed(capture: Capture) -> None:
    """Every stroke sounds soon, and two kinds of strokes make two kinds of sounds."""
    heard = sounds(capture)
    peaks = [float(np.abs(sound).max()) for sound in heard]
    assert min(peaks) > 1e-3, peaks
    bright, dull = (np.array([brightness(sound) for sound in heard[first::2]]) for first in (0, 1))
    print("peaks", np.round(peaks, 3), "centroids", np.round(bright), np.round(dull))
    assert abs(np.median(bright) - np.median(dull)) > 2 * max(spread(bright), spread(dull), 1.0)


def spread(values: NDArray[np.float64]) -> float:
    """Return the median absolute deviation."""
    return float(np.median(np.abs(values - np.median(values))))


def shipped_rig(name: str, folder: Path) -> str:
    """Return a shipped rig that listens to the stage and sends also what a crowded machine made late."""
    text = (config_dir() / "rigs" / f"{name}.toml").read_text()
    text = text.replace("block = 64", 'block = 64\nconnect = "stage:drum_1"')
    text = text.replace('type = "osc"', f'type = "osc"\nlate_ms = {rigs.LATE_MS}')
    return text.replace('model = "snare-1"', f'model = "{rigs.model(folder)}"')


def test_pd_plays_every_stroke_with_the_shipped_patch(server: JackServer, tmp_path: Path) -> None:
    require("pd")
    command = ["pd", "-nogui", "-jack", "-r", "48000", "-nomidi", "-audiobuf", "10"]
    with running(server, tmp_path, *command, str(PATCHES / "ghostnote-snare.pd")):
        output = port_of(server, r"pure_data.*:output_?1")
        wait_until(lambda: listens(9000), GIVE_UP_S, "the patch's port")
        assert_heard_and_followed(play_to(server, tmp_path, shipped_rig("max-pd-osc", tmp_path), output))


def heard_of(server: JackServer, folder: Path, port: int, *addresses: str) -> list[bool]:
    """Return whether a Pd that runs sounds a stroke that is sent to each address in turn."""
    stage = Stage(server, folder, np.zeros((RATE * (1 + len(addresses)), 1), np.float32), 1.0 + len(addresses))
    try:
        server.connect(port_of(server, r"pure_data.*:output_?1"), "stage:in_1")
        wait_until(lambda: listens(port), GIVE_UP_S, "the patch's port")
        stage.ask("go")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            starts = []
            for index, address in enumerate(addresses):
                starts.append(round(RATE * stage.at(1.0 + index)))
                udp.sendto(bundle([message_bytes(address, [1.0, 0.0])]), ("127.0.0.1", port))
        audio = stage.finish().audio[:, 0]
    finally:
        stage.close()
    # A stroke rings for less than a second; a voice that has ended is -100 dB.
    ends = [*starts[1:], len(audio)]
    return [bool(np.abs(audio[start:end]).max() > 0.01) for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("drum", ["all", "tom"])
def test_the_pd_patch_plays_every_drum_or_the_one_that_it_is_given(
    server: JackServer, tmp_path: Path, drum: str
) -> None:
    require("pd")
    port = free_port()
    patch = "#N canvas 0 0 400 300 12;\n#X obj 10 10 ghostnote-snare {drum} {port};\n"
    (tmp_path / "both.pd").write_text(patch.format(drum=drum, port=port))
    command = ["pd", "-nogui", "-jack", "-r", "48000", "-nomidi", "-path", str(PATCHES)]
    with running(server, tmp_path, *command, str(tmp_path / "both.pd")):
        strokes = heard_of(server, tmp_path, port, "/drum/snare/hit", "/drum/tom/hit", "/drum/tom/other")
    assert strokes == [drum == "all", True, False]


def test_scsynth_plays_every_stroke_with_the_shipped_synth(server: JackServer, tmp_path: Path) -> None:
    require("scsynth")
    command = ["scsynth", "-u", "57110", "-i", "0", "-o", "2", "-R", "0"]
    with running(server, tmp_path, *command, SC_SYNTHDEF_PATH=str(PATCHES)):
        output = port_of(server, "SuperCollider:out_1")
        wait_until(lambda: listens(57110), GIVE_UP_S, "the server's port")
        assert_heard_and_followed(play_to(server, tmp_path, shipped_rig("supercollider", tmp_path), output))


def test_scsynth_plays_softer_by_as_many_decibels_as_it_is_told(tmp_path: Path) -> None:
    require("scsynth")
    peaks_db = []
    for level_db in (0.0, -12.0):
        # Another seed a run would be another noise: the snappy is silent here.
        stroke = message_bytes("/s_new", [NAME, -1, 0, 0, "noise_gain", -120.0, "level_db", level_db])
        # The score's clock begins at 0; its last message ends it.
        starts = [struct.pack(">Q", round(seconds * 2**32)) for seconds in (0.0, 0.5)]
        score = [bundle([stroke], starts[0]), bundle([message_bytes("/c_set", [0, 0.0])], starts[1])]
        (tmp_path / "score").write_bytes(b"".join(len(packet).to_bytes(4, "big") + packet for packet in score))
        command = ["scsynth", "-N", "score", "_", "heard.wav", str(RATE), "WAV", "float", "-o", "1"]
        environment = os.environ | {"SC_SYNTHDEF_PATH": str(PATCHES)}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=stretched(60))
        peaks_db.append(20 * np.log10(np.abs(read_recording(tmp_path / "heard.wav").audio).max()))
    assert peaks_db[0] - peaks_db[1] == pytest.approx(12.0, abs=0.1)


def test_fluidsynth_plays_every_stroke_over_midi(server: JackServer, tmp_path: Path) -> None:
    require("fluidsynth")
    if not SOUND_FONT.exists():
        give_up(f"needs {SOUND_FONT} (Debian: timgm6mb-soundfont)")
    command = ["fluidsynth", "-a", "jack", "-m", "jack", "-s", "-i", "-r", "48000", "-g", "1"]
    with running(server, tmp_path, *command, str(SOUND_FONT)):
        output = port_of(server, "fluidsynth.*:left")
        text = rigs.head(server.period) + rigs.midi()
        text += rigs.drum(rigs.model(tmp_path), rigs.play_midi(program="1"))
        capture = play_to(server, tmp_path, text, output, port_of(server, "fluidsynth.*:midi.*"))
    heard = [float(np.abs(sound).max()) for sound in sounds(capture)]
    print("peaks", np.round(heard, 3))
    assert min(heard) > 1e-3
    assert np.median(heard[0::2]) > np.median(heard[1::2])
    assert max(first_sound_s(sound) for sound in sounds(capture)) < SLOWEST_SOUND_S
