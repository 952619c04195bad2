"""``ghostnote match --synth`` as a person types it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import write_wav
from bridge.learning.recorded import examples_of
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.settings_file import read_settings
from models.embeddings.segments import Segments
from models.proxies.bundle import save_proxy
from models.proxies.fit import fit_proxy
from models.proxies.settings import FitSettings
from models.training.match_sound import RATE_HZ
from tests.bridge.cli.typing_words import Type
from tests.bridge.sampling.synths import CONTROLS, recorded

SYNTH = ("--synth", "snare808", "--proxy", "snare.proxy.safetensors")
QUICK = ("--renders", "3", "--schedule", "none")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snare's takes, its proxy, and a sound of it."""
    folder = tmp_path_factory.mktemp("learned")
    takes = recorded(folder / "snare808-takes", 120, CONTROLS)
    proxy = fit_proxy(examples_of(takes, Segments(), figures=False), FitSettings(parameters=10_000, nets=1, steps=200))
    made = {"made": {"synth": "snare808"}}
    save_proxy(replace(proxy, card=dict(proxy.card) | made), folder / "snare.proxy.safetensors")
    engine = engine_of(takes.synth).start(takes.synth, Way())
    unit = takes.synth.space.realised(np.array([[0.4, 0.5, 0.6]]))
    write_wav(folder / "hit.wav", engine.record(takes.synth.notes(unit))[0], RATE_HZ)
    return folder


@pytest.fixture
def there(folder: Path, learned: Path) -> Path:
    shutil.copytree(learned, folder, dirs_exist_ok=True)
    return folder


def test_a_hit_becomes_settings_a_picture_and_a_listening_file(ghostnote: Type, there: Path) -> None:
    done = ghostnote("match", "hit.wav", *SYNTH, *QUICK)
    assert (done.code, done.stderr) == (0, "")
    assert "hit.wav: snare808, " in done.stdout
    assert "after 3 renders" in done.stdout
    assert "Wrote hit-snare808.toml, hit-snare808.png, hit-snare808.listen.wav." in done.stdout.replace("\n", " ")
    assert all((there / f"hit-snare808{end}").is_file() for end in (".toml", ".png", ".listen.wav"))
    assert ghostnote("match", "hit.wav", *SYNTH, *QUICK).code == 0
    assert (there / "hit-snare808-2.toml").is_file()


def test_json_says_how_near_it_comes_and_where_the_settings_are(ghostnote: Type, there: Path) -> None:
    done = ghostnote("match", "hit.wav", *SYNTH, *QUICK, "--takes", "snare808-takes", "--out", "mine.toml", "--json")
    told = json.loads(done.stdout)
    assert (told["synth"], told["settings"], told["renders"]) == ("snare808", "mine.toml", 3)
    assert 0.0 <= told["refined"] <= told["retrieved"]
    from bridge.sampling.folder import SampleSet

    unit, _ = read_settings(there / "mine.toml", SampleSet.load(there / "snare808-takes").synth)
    assert unit.shape == (1, 3)


def test_several_sounds_go_into_a_folder_and_one_that_is_silent_costs_no_other(ghostnote: Type, there: Path) -> None:
    write_wav(there / "silence.wav", np.zeros(4800, np.float32), RATE_HZ)
    done = ghostnote("match", "hit.wav", "silence.wav", *SYNTH, *QUICK)
    assert done.code == 2
    assert "silence.wav: is silent" in done.stderr
    assert (there / "matched" / "hit.toml").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--voice is missing: a voice of ours, or best; or give --synth with --proxy"),
        (("--voice", "claves", "--synth", "snare808"), "give --voice or --synth, not both"),
        (("--voice", "claves", "--proxy", "snare.proxy.safetensors"), "--proxy belongs to --synth"),
        (("--synth", "snare808"), "--synth snare808 needs --proxy FILE; make one with ghostnote sample snare808"),
        (("--synth", "snare808", "--proxy", "none.safetensors"), "none.safetensors"),
        (("--synth", "modal", "--proxy", "snare.proxy.safetensors"), "is a proxy of snare808, not of modal"),
        ((*SYNTH, "--takes", "."), "holds no recorded synth"),
        ((*SYNTH, "--schedule", "swap"), "--schedule is 'swap'"),
        ((*SYNTH, "--effort", "2"), "belong to --voice"),
        ((*SYNTH, "--presets", "none.toml"), "none.toml"),
        ((*SYNTH, "--out", "mine.wav"), "a preset's name ends with .toml"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(
    ghostnote: Type, there: Path, words: tuple[str, ...], told: str
) -> None:
    done = ghostnote("match", "hit.wav", *words)
    assert done.code == 2
    assert told in " ".join(done.stderr.split())
    assert not list(there.glob("hit-*"))


def test_takes_of_another_synth_are_refused(ghostnote: Type, there: Path) -> None:
    facts = there / "snare808-takes" / "set.toml"
    facts.write_text(facts.read_text().replace('synth = "snare808"', 'synth = "drumbox"'))
    done = ghostnote("match", "hit.wav", *SYNTH, *QUICK)
    assert done.code == 2
    assert "holds takes of drumbox, not of snare808" in " ".join(done.stderr.split())


def test_a_silent_sound_alone_ends_the_command(ghostnote: Type, there: Path) -> None:
    write_wav(there / "silence.wav", np.zeros(4800, np.float32), RATE_HZ)
    done = ghostnote("match", "silence.wav", *SYNTH, *QUICK)
    assert (done.code, "is silent" in done.stderr) == (2, True)
