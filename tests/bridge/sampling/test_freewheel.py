"""What the freewheel engine refuses before anything is started, and the names of its servers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.sampling.engine import Way
from bridge.sampling.freewheel import FreewheelEngine, program_of
from bridge.sampling.jack_server import NAMES, environment_of, free_name
from bridge.sampling.synth import SampledSynth, sampled_synth, synth_of
from synth.errors import InputError


def with_program(name: str) -> SampledSynth:
    synth = sampled_synth("amsynth")
    sampling = synth.sampling.model_copy(update={"program": name})
    return synth_of(synth.profile.model_copy(update={"sampling": sampling}), "mine", "mine.toml")


def test_a_program_that_is_no_row_is_refused_with_the_other_way() -> None:
    with pytest.raises(InputError, match=r"there are amsynth, zynaddsubfx, fluidsynth.*--engine live"):
        program_of(with_program("rm -rf /"))


def test_a_missing_program_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "amsynth" else f"/bin/{name}")
    with pytest.raises(InputError, match=r"amsynth is not installed.*sudo apt install amsynth"):
        FreewheelEngine(sampled_synth("amsynth"), Way())


def test_a_missing_server_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"jackd is not installed.*sudo apt install jackd2"):
        FreewheelEngine(sampled_synth("amsynth"), Way())


def test_a_missing_python_package_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"JACK-Client.* -m pip install"):
        FreewheelEngine(sampled_synth("amsynth"), Way())


@pytest.mark.parametrize(
    ("name", "words"), [("amsynth", "loads no file"), ("zynaddsubfx", r"there is no such instrument \(.xiz\)")]
)
def test_a_file_that_cannot_be_loaded_is_refused(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    with pytest.raises(InputError, match=f"--plugin: .*{words}"):
        FreewheelEngine(sampled_synth(name), Way(plugin="no/such.file"))


def test_a_name_is_given_to_one_server_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    locks = [free_name() for _ in range(NAMES)]
    assert len({lock.name for lock in locks if lock}) == NAMES
    assert free_name() is None
    first = locks[0]
    assert first is not None
    first.release()
    again = free_name()
    assert again is not None
    assert again.name == first.name
    for lock in (*locks[1:], again):
        assert lock is not None
        lock.release()


def test_a_synth_sees_nothing_of_a_persons_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/me/.config")
    found = environment_of("server", tmp_path)
    assert {found[name] for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")} == {str(tmp_path)}
    assert found["JACK_DEFAULT_SERVER"] == "server"
