"""A plugin in a process of its own: it plays, and whatever happens to it ends in one sentence."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.engine import EngineError, Way
from bridge.sampling.plugin import PluginEngine
from bridge.sampling.plugin_process import PluginProcess, list_parameters
from bridge.sampling.synth import Note, SampledSynth, sampled_synth
from synth.errors import InputError
from tests.bridge.sampling.synths import box

PLUGIN = "/usr/lib/vst/amsynth_vst.so"
WAY = Way(plugin=PLUGIN)


@pytest.fixture(scope="module")
def synth() -> SampledSynth:
    pytest.importorskip("dawdreamer")
    if not Path(PLUGIN).exists():
        pytest.skip("amsynth's VST is not installed")
    return sampled_synth("amsynth-vst")


@pytest.fixture
def engine(synth: SampledSynth) -> Iterator[PluginEngine]:
    found = PluginEngine(synth, WAY)
    yield found
    found.close()


def some_notes(synth: SampledSynth, count: int) -> list[Note]:
    return synth.notes(np.random.default_rng(5).random((count, len(synth.space))))


def test_takes_are_alike_in_any_order(synth: SampledSynth, engine: PluginEngine) -> None:
    notes, order = some_notes(synth, 30), np.random.default_rng(6).permutation(30)
    first = engine.record(notes)
    second = engine.record([notes[place] for place in order])
    assert first.shape == (30, 28_800)
    assert (np.sqrt(np.mean(np.square(first), axis=1)) > 0.01).all()
    assert np.abs(first[order] - second).max() < 1e-3


def test_the_parameters_are_those_that_the_plugin_names(synth: SampledSynth) -> None:
    names = [one.name for one in list_parameters(PLUGIN)]
    assert len(names) == 41
    assert {control.key for control in synth.profile.controls} <= set(names)


def test_a_plugin_that_crashes_in_a_note_is_told_and_comes_back(synth: SampledSynth, engine: PluginEngine) -> None:
    notes = some_notes(synth, 4)
    before = engine.record(notes)
    killed = threading.Timer(0.2, os.kill, (engine.pid, signal.SIGKILL))
    killed.start()
    with pytest.raises(EngineError, match=r"amsynth_vst\.so: the plugin has crashed \(signal 9\)"):
        engine.record(notes * 1000)
    killed.join()
    engine.restart()
    assert np.abs(engine.record(notes) - before).max() < 1e-3


def test_a_plugin_that_hangs_is_ended(synth: SampledSynth, engine: PluginEngine) -> None:
    engine.patience_s = 0.5
    os.kill(engine.pid, signal.SIGSTOP)
    with pytest.raises(EngineError, match=r"has not answered for 0\.5 s"):
        engine.record(some_notes(synth, 2))
    with pytest.raises(ProcessLookupError):
        os.kill(engine.pid, 0)


def test_a_file_that_is_no_plugin_is_refused_in_one_sentence(synth: SampledSynth, tmp_path: Path) -> None:
    path = tmp_path / "song.so"
    path.write_bytes(b"no plugin")
    with pytest.raises(InputError, match=r"song\.so: is no plugin that dawdreamer can load"):
        PluginEngine(synth, Way(plugin=str(path)))
    with pytest.raises(InputError, match="--plugin: there is no file nowhere"):
        PluginEngine(synth, Way(plugin="nowhere"))
    with pytest.raises(InputError, match="give the plugin's file: --plugin FILE"):
        PluginEngine(synth, Way())


def test_a_misspelt_parameter_is_named(synth: SampledSynth, tmp_path: Path) -> None:
    wrong = box(tmp_path, 'name = "decay"\nkey = "amp_decya"\nlow = 0.0\nhigh = 1.0')
    with pytest.raises(InputError, match="control decay: 'amp_decya' is no parameter of the plugin; did you mean"):
        PluginEngine(wrong, WAY)


def test_closing_twice_is_harmless(synth: SampledSynth) -> None:
    process = PluginProcess(PLUGIN, 48_000)
    process.close()
    process.close()
    with pytest.raises(EngineError):
        process.ask({"values": [], "note": 60, "velocity": 100}, 1.0)


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dawdreamer", None)
    with pytest.raises(InputError, match=r"needs dawdreamer, which is not installed; install it with: .*pip install"):
        PluginEngine(sampled_synth("amsynth-vst"), WAY)
