"""A SynthDef is rendered off line: what the score holds, and what scsynth makes of it."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle

from bridge.osc.messages import message_bytes
from bridge.sampling.engine import EngineError, Way
from bridge.sampling.score import ScoreEngine, score_bytes
from bridge.sampling.synth import Note, SampledSynth, sampled_synth
from synth.errors import InputError
from synth.voices.snare808.synthdef import Graph
from tests.bridge.sampling.synths import box

needs_scsynth = pytest.mark.skipif(shutil.which("scsynth") is None, reason="needs scsynth")


def snare(*names: str) -> SampledSynth:
    return sampled_synth("ghostnote-sc", names)


def without_noise(count: int) -> tuple[SampledSynth, list[Note]]:
    """Return our snare without its snappy, whose noise is another one each time, and different settings of it."""
    synth = snare()
    unit = np.random.default_rng(3).random((count, len(synth.space)))
    place = [control.name for control in synth.controls].index("noise_gain")
    notes = synth.notes(unit)
    return synth, [one._replace(values=(*one.values[:place], -140.0, *one.values[place + 1 :])) for one in notes]


def test_a_score_is_bundles_with_their_lengths_and_times() -> None:
    events = [(0.0, [message_bytes("/a", [1])]), (1.5, [message_bytes("/b", []), message_bytes("/c", [2.0])])]
    score, times, addresses = score_bytes(iter(events)), [], []
    while score:
        (length,) = struct.unpack_from(">i", score)
        packet, score = score[4 : 4 + length], score[4 + length :]
        seconds, fraction = struct.unpack_from(">II", packet, 8)
        times.append(seconds + fraction / 2**32)
        addresses.append([part.address for part in OscBundle(packet)])
    assert times == [0.0, 1.5]
    assert addresses == [["/a"], ["/b", "/c"]]


@needs_scsynth
def test_a_take_does_not_depend_on_its_neighbours() -> None:
    synth, notes = without_noise(4)
    engine = ScoreEngine(synth, Way())
    takes = engine.record(notes)
    again = engine.record([notes[2], notes[0], notes[2]])
    assert takes.shape == (4, round(synth.take_s * engine.sample_rate))
    assert np.abs(takes).max(axis=1).min() > 1e-3
    # The muted noise is 140 dB down and differs.
    assert np.allclose(again[[0, 1, 2]], takes[[2, 0, 2]], atol=1e-6)
    assert not np.allclose(takes[0], takes[1], atol=1e-3)


@needs_scsynth
def test_a_take_begins_with_its_note_at_any_rate() -> None:
    synth, notes = without_noise(2)
    for rate in (44_100, 48_000):
        engine = ScoreEngine(synth, Way(sample_rate=rate))
        takes = engine.record(notes)
        assert engine.sample_rate == rate
        peaks = np.abs(takes).max(axis=1, keepdims=True)
        assert np.argmax(np.abs(takes) > 0.02 * peaks, axis=1).max() < 0.001 * rate


@needs_scsynth
def test_a_pitch_is_heard_in_the_take() -> None:
    synth = snare("osc1.freq")
    # The other parts are mute.
    synth, notes = without_noise(1)
    values = {control.name: value for control, value in zip(synth.controls, notes[0].values, strict=True)}
    values |= {"osc2_gain": -60.0, "osc1_gain": 0.0, "osc1.mod": 0.0, "osc1.freq": 440.0, "osc1_env.decay": 500.0}
    values |= {"drive": -18.0}
    take = ScoreEngine(synth, Way()).record([Note(tuple(values.values()), 60, 127)])[0]
    spectrum = np.abs(np.fft.rfft(take * np.hanning(len(take)), 1 << 17))
    assert np.argmax(spectrum) * 48_000 / (1 << 17) == pytest.approx(440.0, abs=2.0)


@needs_scsynth
def test_a_synthdef_of_ones_own_is_played_and_hears_its_gate(tmp_path: Path) -> None:
    graph = Graph("ghostnote-snare", {"amp": 0.5, "gate": 1.0, "out": 0.0, "osc1_freq": 440.0})
    wave = graph.unit("SinOsc", 2, graph.parameter("osc1_freq"), 0.0)
    sound = graph.binary(2, graph.binary(2, wave, graph.parameter("amp")), graph.parameter("gate"))
    graph.unit("Out", 2, graph.parameter("out"), sound, outputs=0)
    (tmp_path / "own.scsyndef").write_bytes(graph.compiled())
    synth = snare("osc1.freq")
    take = ScoreEngine(synth, Way(plugin=str(tmp_path / "own.scsyndef"))).record([Note((440.0,), 60, 127)])[0]
    off = round(synth.note_s * 48_000)
    assert np.abs(take[: off - 128]).max() == pytest.approx(0.5, abs=0.01)
    assert not take[off + 128 :].any()


@needs_scsynth
def test_a_synthdef_of_another_name_is_refused(tmp_path: Path) -> None:
    graph = Graph("other", {"out": 0.0})
    graph.unit("Out", 2, graph.parameter("out"), graph.unit("WhiteNoise", 2), outputs=0)
    (tmp_path / "other.scsyndef").write_bytes(graph.compiled())
    synth = snare("osc1.freq")
    engine = ScoreEngine(synth, Way(plugin=str(tmp_path / "other.scsyndef")))
    with pytest.raises(InputError, match="finds no SynthDef of the name that trigger_args begins with"):
        engine.record([Note((440.0,), 60, 127)])


@needs_scsynth
def test_what_is_no_synthdef_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.scsyndef").write_text("SynthDef(\\a)", encoding="utf-8")
    with pytest.raises(InputError, match="is no compiled SynthDef"):
        ScoreEngine(snare(), Way(plugin=str(tmp_path / "text.scsyndef")))
    with pytest.raises(InputError, match="there is no such SynthDef"):
        ScoreEngine(snare(), Way(plugin=str(tmp_path / "none.scsyndef")))


@needs_scsynth
def test_a_profile_that_plays_no_synthdef_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="scsynth plays a profile with layout = 'single' and trigger = '/s_new'"):
        ScoreEngine(box(tmp_path, 'name = "tone"\ncc = 20'), Way())


def program(folder: Path, lines: str) -> Path:
    """Write a program of the name scsynth."""
    path = folder / "scsynth"
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_without_scsynth_a_sentence_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="scsynth is not there; install SuperCollider's server"):
        ScoreEngine(snare(), Way())


@pytest.mark.parametrize(
    ("lines", "words"),
    [("echo out of memory; exit 3", r"ended with 3 \(out of memory\)"), ("exec sleep 60", "has not rendered")],
)
def test_a_scsynth_that_fails_or_hangs_may_be_tried_again(
    lines: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, lines)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("bridge.sampling.score.PATIENCE_S", 1.0)
    engine = ScoreEngine(snare("osc1.freq"), Way())
    with pytest.raises(EngineError, match=words):
        engine.record([Note((440.0,), 60, 127)])
