"""MIDI on a real wire: zones, chords, names of ports, a low data byte that comes first, garbage at the input."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.jack_harness import Capture, Stage
from bench.jack_server import RATE, JackServer, wait_until
from bridge.rig.targets import MidiTargetSettings, parse_target
from bridge.targets.midi import MidiTarget
from tests.bridge.control.remotes import AMOUNT, remote_of
from tests.bridge.stages import QuietStage
from tests.bridge.strokes import CONTEXT, at, numbers, play_of, sent
from tests.live.conftest import give_up, require
from tests.live.test_control import KNOB, turn
from tests.live.test_deaths import GIVE_UP_S
from tests.live.test_receivers import SOUND_FONT, port_of, running

pytestmark = pytest.mark.live

APART_S = 0.5
BEGIN_S = 0.5
SECONDS = 6.0
ATTENUATION = (120 << 7) + 48
"""FluidSynth's number of a generator of SoundFont 2: 48 attenuates, by 0.1 dB a step."""


@pytest.fixture
def jack(server: JackServer, monkeypatch: pytest.MonkeyPatch) -> JackServer:
    """A server that the processes of this test's targets find."""
    return found_by_targets(server, monkeypatch)


def found_by_targets(server: JackServer, monkeypatch: pytest.MonkeyPatch) -> JackServer:
    """Let the processes of this test's targets find a server."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server


def settings_of(**table: Any) -> MidiTargetSettings:
    settings = parse_target({"name": "t", "type": "midi", "api": "jack", **table}, "test")
    assert isinstance(settings, MidiTargetSettings)
    return settings


def performed(
    jack: JackServer, folder: Path, play: dict[str, Any], units: list[float], *wires: tuple[str, str], **target: Any
) -> Capture:
    """Play strokes of given places in their range, half a second apart, while the stage records."""
    with ExitStack() as stack:
        stage = Stage(jack, folder, np.zeros((1, 1), np.float32), SECONDS)
        stack.callback(stage.close)
        opened = stack.enter_context(MidiTarget(settings_of(**target)))
        bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
        for source, sink in (("ghostnote:out", "stage:midi_1"), *wires):
            jack.connect(source, sink)
        stage.ask("go")
        for index, unit in enumerate(units):
            stage.at(BEGIN_S + APART_S * index)
            opened.strike(bound, numbers(unit, velocity=1.0), at(time.monotonic()))
        return stage.finish()


def test_a_zones_messages_reach_the_wire_as_they_are_recorded(
    waiting_server: JackServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # An asynchronous server drops what a client that the machine held up has not finished in its cycle.
    jack = found_by_targets(waiting_server, monkeypatch)
    values = [{"from": "mod.cutoff", "signed_bend": True}, {"from": "cutoff", "cc": 74}]
    play = {"note": ["C4", "E4"], "note_ms": 200, "values": values}
    target = {"mpe": {"members": 4, "bend_semitones": 24}}
    units = [0.0, 1.0, 0.5, 0.25, 0.75]
    capture = performed(jack, tmp_path, play, units, **target)
    recorded = sent(
        play, [(1.0 + index, numbers(unit, velocity=1.0)) for index, unit in enumerate(units)], type="midi", **target
    )
    found = [message.hex() for _, _, message in capture.midi]
    # Who connects late is sent the set-up again: what counts is what comes from the first stroke on.
    first = found.index("e10000")
    expected = [data.hex() for _, data in recorded]
    assert found[first : first + len(expected) - expected.index("e10000")] == expected[expected.index("e10000") :]
    assert capture.sounding() == set()


def test_fluidsynth_follows_a_parameter_whose_low_byte_comes_first(jack: JackServer, tmp_path: Path) -> None:
    require("fluidsynth")
    if not SOUND_FONT.exists():
        give_up(f"needs {SOUND_FONT} (Debian: timgm6mb-soundfont)")
    command = ["fluidsynth", "-a", "jack", "-m", "jack", "-s", "-i", "-r", str(RATE), "-g", "1"]
    units, peaks_db = [0.0, 1.0] * 4, {}
    for kind in ("nrpn_low_first", "nrpn"):
        play = {"note": 38, "values": [{kind: ATTENUATION, "from": "cutoff", "low": 8192, "high": 8192 + 120}]}
        with running(jack, tmp_path, *command, str(SOUND_FONT)):
            output = port_of(jack, "fluidsynth.*:left")
            wires = ((output, "stage:in_1"), ("ghostnote:out", port_of(jack, "fluidsynth.*:midi.*")))
            audio = performed(jack, tmp_path, play, units, *wires).audio[:, 0]
        starts = [round(RATE * (BEGIN_S + APART_S * index)) for index in range(len(units))]
        peaks = [np.abs(audio[start : start + round(RATE * APART_S)]).max() for start in starts]
        peaks_db[kind] = 20 * np.log10(np.array(peaks) + 1e-9)
        print(kind, np.round(peaks_db[kind], 1))
    loud, soft = peaks_db["nrpn_low_first"][2::2], peaks_db["nrpn_low_first"][3::2]
    assert loud.min() - soft.max() > 10.0
    # The other order is a stroke late: FluidSynth acts on the high byte, with the low one that it had before.
    assert peaks_db["nrpn"][2::2].max() < peaks_db["nrpn"][3::2].min()


LISTENER = """
import jack, sys
client = jack.Client(sys.argv[1], no_start_server=True)
for name in sys.argv[2:]:
    client.midi_inports.register(name)
with client:
    print("ready", flush=True)
    sys.stdin.read()
"""


def started(jack: JackServer, script: str, *words: str) -> subprocess.Popen[str]:
    """Start a JACK client and wait until it is there."""
    command = [sys.executable, "-c", script, *words]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=jack.environment, bufsize=1
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def volcas(jack: JackServer) -> Iterator[None]:
    """Two machines whose names begin alike."""
    processes = [started(jack, LISTENER, "Volca Beats 2", "in"), started(jack, LISTENER, "Volca Beats", "in B", "in")]
    yield
    for process in processes:
        process.communicate()


def test_a_port_that_is_named_exactly_is_the_one_that_is_opened(jack: JackServer, volcas: None) -> None:
    with MidiTarget(settings_of(port="Volca Beats:in")) as opened:
        wait_until(lambda: opened.reached, GIVE_UP_S, "the port")
        assert (opened.reached, opened.rivals) == ("Volca Beats:in", ())
        assert "ghostnote:out" in jack.connections("Volca Beats:in")
    with MidiTarget(settings_of(port="Volca Beats")) as opened:
        wait_until(lambda: opened.reached, GIVE_UP_S, "the port")
        assert {opened.reached, *opened.rivals} == {"Volca Beats:in", "Volca Beats:in B"}


def test_check_and_doctor_name_what_the_rig_misses(jack: JackServer, tmp_path: Path, volcas: None) -> None:
    (tmp_path / "rig.toml").write_text(
        '[input]\ndevice = "Scarlet"\nconnect = "system:captur_1"\n'
        '[[target]]\nname = "a"\ntype = "midi"\nport = "Volca"\n'
        '[[target]]\nname = "b"\ntype = "midi"\nport = "TR-8S"\n'
        '[[drum]]\nname = "snare"\n'
    )
    for command in (["check", "rig.toml"], ["doctor", "--rig", "rig.toml"]):
        words = [sys.executable, "-m", "bridge.cli.main", *command, "--json"]
        done = subprocess.run(words, cwd=tmp_path, env=jack.environment, capture_output=True, text=True, timeout=120)
        found = json.loads(done.stdout)
        findings = {one["what"]: one for one in (found["here"] if command[0] == "check" else found)}
        assert done.returncode == (0 if command[0] == "check" else 1)
        assert findings["audio device"]["severity"] == "missing"
        assert "there is no 'Scarlet'" in findings["audio device"]["found"]
        assert "did you mean 'system:capture_1'" in findings["[input] connect"]["found"]
        assert findings["MIDI port of 'a'"]["severity"] == "note"
        assert findings["MIDI port of 'b'"]["severity"] == "missing"
        assert "Volca Beats:in B" in findings["MIDI port of 'b'"]["found"]


def test_garbage_at_the_input_is_survived_and_the_next_knob_turns(jack: JackServer) -> None:
    stage, dice = QuietStage(), random.Random(9)
    with remote_of(stage, midi="ghostnote", cc=[{"number": 7, "control": AMOUNT}]) as remote:
        wait_until(lambda: remote.midi.state == "ready", GIVE_UP_S, "the input")
        knob = started(jack, KNOB)
        jack.connect("knob:out", "ghostnote-control:in")

        def ignored() -> bool:
            """Send garbage until enough of it has come: where the machine stalls, RtMidi's queue drops some."""
            for _ in range(20):
                garbage = dice.randbytes(dice.randrange(1, 24))
                # RtMidi takes everything after the start of a SysEx message for its rest, until one ends with its end.
                turn(knob, (garbage + b"\xf7" if garbage[0] == 0xF0 else garbage).hex())
            return remote.midi.ignored > 3000

        def turned() -> bool:
            """Send a knob's message again until it has come through what waits before it."""
            turn(knob, "b0077f")
            return bool(remote.controls[AMOUNT].get() == 4.0)

        wait_until(ignored, GIVE_UP_S, "the garbage")
        wait_until(turned, GIVE_UP_S, "a turn of the knob")
        assert remote.midi.state == "ready"
        knob.communicate()
