"""Real synths are sampled in real time: Pd by OSC and FluidSynth by MIDI, through PortAudio and RtMidi under JACK."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.jack_harness import listens
from bench.jack_server import JackServer, running_server, wait_until
from bridge.sampling.engine import EngineError, Way
from bridge.sampling.live import LiveEngine
from bridge.sampling.synth import Note, SampledSynth, sampled_synth
from synth.errors import InputError
from synth.files import config_dir
from tests.live.conftest import give_up, require

pytestmark = pytest.mark.live

PERIOD = 256
COMES_S = 20.0
SOUND_FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
PATCH = config_dir() / "patches" / "ghostnote-snare.pd"

PD = ("pd", "-nogui", "-noprefs", "-jack", "-r", "48000", "-nomidi", "-callback", str(PATCH))
FLUID = (
    *("fluidsynth", "-is", "-a", "jack", "-m", "jack", "-r", "48000", "-g", "1"),
    *("-o", "audio.jack.id=fluid", "-o", "midi.jack.id=fluid", "-o", "audio.jack.autoconnect=0"),
    *("-o", "synth.reverb.active=0", "-o", "synth.chorus.active=0", str(SOUND_FONT)),
)

PROFILE = """
name = "FluidSynth"
channel = 10
channel_source = "tried"
[sources]
tried = "this test"
[sampling]
source = "tried"
midi_port = "fluid"
jack_audio = "fluid:left"
notes = [38, 38]
velocities = [60, 127]
note_ms = 30.0
tail_ms = 170.0
[[controls]]
name = "volume"
cc = 7
source = "tried"
low = 30
default = 100
role = "level"
[[controls]]
name = "cutoff"
nrpn_low_first = 15368
low = 2000
high = 8192
default = 8192
source = "tried"
"""

LOUD, MUTE = 'low = 30\ndefault = 100\nrole = "level"\n', "default = 0\n"


class Running:
    """A synth that is started, killed and started again."""

    def __init__(self, server: JackServer, ports: set[str], command: tuple[str, ...]) -> None:
        self._server, self._ports, self._command = server, ports, command
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._server.environment,
        )
        wait_until(lambda: self._ports <= set(self._server.ports()), COMES_S, f"the ports {self._ports}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def jack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JackServer]:
    require("jackd", "jack_lsp", "jack_connect")
    with running_server(tmp_path, PERIOD) as server:
        for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER", "JACK_NO_AUDIO_RESERVATION"):
            monkeypatch.setenv(key, server.environment[key])
        yield server


@contextlib.contextmanager
def running(server: JackServer, ports: set[str], command: tuple[str, ...]) -> Iterator[Running]:
    require(command[0])
    synth = Running(server, ports, command)
    try:
        yield synth
    finally:
        synth.kill()


@pytest.fixture
def pd(jack: JackServer) -> Iterator[Running]:
    with running(jack, {"pure_data:output_1"}, PD) as synth:
        wait_until(lambda: listens(9000), COMES_S, "the patch's port")
        yield synth


@pytest.fixture
def fluid(jack: JackServer) -> Iterator[Running]:
    if not SOUND_FONT.exists():
        give_up(f"needs {SOUND_FONT} (Debian: timgm6mb-soundfont)")
    with running(jack, {"fluid:left", "fluid:midi_00"}, FLUID) as synth:
        yield synth


@contextlib.contextmanager
def opened(synth: SampledSynth) -> Iterator[LiveEngine]:
    engine = LiveEngine(synth, Way())
    try:
        yield engine
    finally:
        engine.close()


def fluidsynth(folder: Path, profile: str = PROFILE) -> SampledSynth:
    (folder / "fluid.toml").write_text(profile, encoding="utf-8")
    return sampled_synth(str(folder / "fluid.toml"))


def onsets_ms(takes: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Return where each take first comes within 34 dB of its peak."""
    peaks = np.abs(takes).max(axis=1, keepdims=True)
    return np.asarray(np.argmax(np.abs(takes) > 0.02 * peaks, axis=1) * 1000.0 / rate, np.float64)


def test_pd_is_sampled_by_osc_and_waited_for_when_it_is_killed(jack: JackServer, pd: Running) -> None:
    synth = sampled_synth("ghostnote-pd")
    names = [control.name for control in synth.controls]
    unit = np.random.default_rng(1).random((30, len(synth.space)))
    notes = synth.notes(unit)
    # Of the last two notes only the low shell sounds, at 141 and 424 Hz, both in Pd's 0..1.
    for place, pitch in ((-2, 0.424), (-1, 0.663)):
        pure = {"osc1.freq": pitch, "osc1.mod": 1 / 3, "osc2_gain": 0.0, "noise_gain": 0.0, "osc1_gain": 0.8}
        pure |= {"osc1_env.decay": 0.738, "drive": 0.25}
        notes[place] = Note(
            tuple(pure.get(name, value) for name, value in zip(names, notes[place].values, strict=True)), 60, 127
        )
    with opened(synth) as engine:
        noise, strikes = engine.measured()
        takes = engine.record(notes)
        print("delay, ms", 1000 * strikes.delays.median_s, "spread", 1000 * strikes.delays.spread_s, noise)
        print("offsets, ms", np.round(1000 * np.array(engine.offsets_s), 2), "repeated", engine.repeats)
        rate = engine.sample_rate
        pd.kill()
        with pytest.raises(EngineError, match=r"OSC port 9000 refuses|JACK port 'pure_data:output_1' has gone"):
            engine.record(notes)
        engine.patience_s = 0.5
        with pytest.raises(InputError, match=r"OSC port 9000 refuses what is sent.*it was waited for"):
            engine.restart()
        engine.patience_s = COMES_S
        later = Timer(0.5, pd.start)
        later.start()
        engine.restart()
        later.join()
        again = engine.record(notes[:3])
    assert takes.shape == (30, round(synth.take_s * rate))
    assert np.abs(takes).max(axis=1).min() > 1e-3
    assert np.max(np.abs(onsets_ms(takes, rate) - 1.0)) < 1.5
    assert onsets_ms(again, rate) == pytest.approx(onsets_ms(takes[:3], rate), abs=0.3)
    pitches = [
        np.argmax(np.abs(np.fft.rfft(take * np.hanning(len(take)), 1 << 17))) * rate / (1 << 17) for take in takes[-2:]
    ]
    assert pitches == pytest.approx([20 * 100**0.424, 20 * 100**0.663], rel=0.02)


def test_fluidsynth_is_sampled_by_midi_through_its_death_and_the_servers(
    jack: JackServer, fluid: Running, tmp_path: Path
) -> None:
    synth = fluidsynth(tmp_path)
    notes = synth.notes(np.random.default_rng(1).random((25, len(synth.space))))
    notes[-2:] = [Note((volume, 8192.0), 38, 127) for volume in (40.0, 120.0)]
    with opened(synth) as engine:
        _, strikes = engine.measured()
        takes = engine.record(notes)
        print("delay, ms", np.round(1000 * strikes.delays.seconds, 2), "repeated", engine.repeats)
        assert np.abs(takes).max(axis=1).min() > 1e-3
        quiet, loud = np.abs(takes[-2:]).max(axis=1)
        # Controller 7 is amplitude squared (SoundFont 2.04, 8.1.3; MIDI GM developer guidelines).
        assert 20 * np.log10(loud / quiet) == pytest.approx(40 * np.log10(120 / 40), abs=1.0)
        assert np.max(np.abs(engine.record(notes[:5]) - takes[:5])) < 1e-6

        fluid.kill()
        with pytest.raises(EngineError, match=r"MIDI output 'fluid:midi.*' has gone"):
            engine.record(notes)
        later = Timer(0.5, fluid.start)
        later.start()
        engine.restart()
        later.join()
        assert np.max(np.abs(engine.record(notes[:3]) - takes[:3])) < 1e-6

        ends = Timer(0.3, jack.kill)
        ends.start()
        with pytest.raises(EngineError, match=re.escape("JACK: system gave no sound")):
            engine.record(notes)
        ends.join()
        fluid.kill()
        jack.start()
        fluid.start()
        engine.restart()
        assert np.max(np.abs(engine.record(notes[:3]) - takes[:3])) < 1e-6


def test_a_loop_is_measured_and_a_synth_that_is_silent_is_refused(
    jack: JackServer, fluid: Running, tmp_path: Path
) -> None:
    silent = PROFILE.replace(LOUD, MUTE)
    with opened(fluidsynth(tmp_path, silent)) as engine:
        with pytest.raises(InputError, match="fluid:left: no sound of FluidSynth comes back; play it by hand"):
            engine.record([Note((0.0, 8192.0), 38, 100)])
        with pytest.raises(InputError, match="nothing comes back through the loop"):
            engine.loop()
        jack.connect("PortAudio:out_0", "PortAudio:in_0")
        timing = engine.loop()
        # PortAudio to PortAudio: one period, for a client cannot hear what it plays in the same one.
        assert timing.latency_ms == pytest.approx(1000 * PERIOD / engine.sample_rate, abs=0.1)
        assert timing.jitter_ms < 0.1


def test_what_is_not_there_is_said_in_one_sentence(jack: JackServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no MIDI output 'fluid'"):
        LiveEngine(fluidsynth(tmp_path), Way())
    with pytest.raises(InputError, match="OSC port 9000 refuses what is sent: no program listens"):
        LiveEngine(sampled_synth("ghostnote-pd"), Way())
