"""``ghostnote match`` as a person types it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.audio.files import write_wav
from bridge.cli import match as command
from bridge.learning.match import MatchJob, NoMatch, match_all, run_match
from bridge.learning.one_shot import one_shot
from models.training.match_sound import RATE_HZ
from synth.errors import InputError
from synth.voices.panel_presets import depth_of
from synth.voices.presets import load_preset
from synth.voices.registry import VoiceKind, voice_kind
from tests.bridge.cli.typing_words import Type
from tests.models.training.test_match import CLAVES, KICK, SNARE, apart_db, hit_of, rendered, sound_of

QUICK = ("--effort", "0.05")


@pytest.fixture(autouse=True)
def _voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `best` try three voices, and jobs run in threads: processes take seconds to begin."""
    monkeypatch.setattr(command, "voice_kinds", lambda: (SNARE, CLAVES, KICK))

    @contextmanager
    def threads(scheduler: str, workers: int = 0) -> Iterator[Executor]:
        with ThreadPoolExecutor(1) as pool:
            yield pool

    monkeypatch.setattr(command, "executor", threads)


@pytest.fixture
def sound(folder: Path) -> Path:
    write_wav(folder / "wood.wav", hit_of(sound_of(CLAVES, body__freq=1900.0)), RATE_HZ)
    return folder / "wood.wav"


def test_a_hit_becomes_a_preset_a_picture_and_a_listening_file(ghostnote: Type, sound: Path) -> None:
    done = ghostnote("match", "wood.wav", "--voice", "claves", "--out", "mine.toml", "--effort", "0.3")
    assert (done.code, done.stderr) == (0, "")
    assert "wood.wav: claves, " in done.stdout
    assert "Wrote mine.toml, mine.png, mine.listen.wav." in done.stdout
    folder = sound.parent
    patch = load_preset(folder / "mine.toml")
    target = hit_of(sound_of(CLAVES, body__freq=1900.0))
    default = apart_db(target, rendered(CLAVES, CLAVES.space.defaults))
    assert apart_db(target, rendered(CLAVES, patch.values)) < 0.1 * default
    assert patch.depths.tolist() == [depth_of(param) for param in CLAVES.space]
    heard, rate = soundfile.read(folder / "mine.listen.wav")
    assert (rate, np.abs(heard).max() <= 1.0, len(heard) > len(target)) == (RATE_HZ, True, True)
    assert (folder / "mine.png").read_bytes().startswith(b"\x89PNG")
    assert not list(folder.glob(".unfinished-*"))


def test_without_a_name_no_earlier_match_is_written_over(ghostnote: Type, sound: Path) -> None:
    (sound.parent / "wood-claves.toml").write_text("mine")
    (sound.parent / "wood-claves-2.png").write_text("mine too")
    assert ghostnote("match", "wood.wav", "--voice", "claves", *QUICK).code == 0
    assert (sound.parent / "wood-claves.toml").read_text() == "mine"
    assert (sound.parent / "wood-claves-3.toml").is_file()


def test_rates_channels_and_silence_change_little(ghostnote: Type, sound: Path) -> None:
    from scipy.signal import resample_poly

    audio = resample_poly(hit_of(sound_of(CLAVES, body__freq=1900.0)).astype(np.float64), 147, 160)
    late = np.concatenate([np.zeros(9000), audio])
    write_wav(sound.parent / "other.wav", np.stack([late, 0.5 * late], 1), 44_100)
    found = []
    for name in ("wood.wav", "other.wav"):
        done = ghostnote("match", name, "--voice", "claves", "--json", "--out", "x.toml", "--effort", "0.3")
        assert done.code == 0, done.stderr
        found.append(json.loads(done.stdout))
    assert all(one["after_db"] < 0.1 * one["before_db"] for one in found)
    assert all(abs(12 * np.log2(one["matched_hz"] / 1900.0)) < 1.0 for one in found)


def test_the_voice_of_a_sound_is_ranked_first(ghostnote: Type, sound: Path) -> None:
    done = ghostnote("match", "wood.wav", "--voice", "best", "--json", "--effort", "0.1")
    assert done.code == 0, done.stderr
    said = json.loads(done.stdout)
    ranks = [row["voice"] for row in said["rank"]]
    assert ranks[0] == said["voice"] == "claves"
    assert sorted(ranks) == ["bass-drum", "claves", "snare808"]
    assert said["preset"] == "wood-claves.toml"
    words = ghostnote("match", "wood.wav", "--voice", "best", *QUICK).stdout
    assert "after, dB" in words


def test_each_of_several_sounds_gets_its_preset_and_bad_ones_are_named(ghostnote: Type, sound: Path) -> None:
    write_wav(sound.parent / "again.wav", hit_of(sound_of(CLAVES, body__freq=2200.0)), RATE_HZ)
    write_wav(sound.parent / "nothing.wav", np.zeros(4800), RATE_HZ)
    (sound.parent / "words.wav").write_text("hello")
    names = ("wood.wav", "nothing.wav", "again.wav", "words.wav")
    done = ghostnote("match", *names, "--voice", "claves", "--out", "kit", *QUICK)
    assert done.code == 2
    assert sorted(path.name for path in (sound.parent / "kit").glob("*.toml")) == ["again.toml", "wood.toml"]
    refused = done.stderr.strip().splitlines()
    assert [line.split(":")[0] for line in refused] == ["nothing.wav", "words.wav"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("wood.wav", "--voice", "clave"), "there is no voice 'clave'"),
        (("wood.wav",), "--voice is missing"),
        (("loop.wav", "--voice", "claves"), "loop.wav: holds 12 strokes, as a loop does"),
        (("missing.wav", "--voice", "claves"), "missing.wav: there is no such file"),
        (("wood.wav", "--voice", "claves", "--out", "wood"), "--out is wood"),
        (("wood.wav", "wood.wav", "--voice", "claves"), "two sounds have one name"),
        (("wood.wav", "take.wav", "--voice", "claves", "--out", "take.wav"), "take.wav: is a file"),
        (("x.listen.wav", "--voice", "claves", "--out", "x.toml"), "would be written over"),
        (("wood.wav", "--voice", "claves", "--effort", "0"), "--effort is '0'"),
    ],
)
def test_what_is_wrong_is_one_sentence(ghostnote: Type, sound: Path, words: tuple[str, ...], said: str) -> None:
    (sound.parent / "x.listen.wav").write_bytes(sound.read_bytes())
    hit = hit_of(sound_of(CLAVES))
    write_wav(sound.parent / "loop.wav", np.tile(np.pad(hit, (0, 10_000)), 12), RATE_HZ)
    before = sorted(sound.parent.iterdir())
    done = ghostnote("match", *words)
    assert (done.code, len(done.stderr.strip().splitlines())) == (2, 1)
    assert said in done.stderr
    assert sorted(sound.parent.iterdir()) == before


def test_a_voice_without_gradients_is_refused(ghostnote: Type, sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "voice_kind", lambda name: VoiceKind(CLAVES.space, CLAVES.plays))
    done = ghostnote("match", "wood.wav", "--voice", "claves")
    assert (done.code, "has no gradients" in done.stderr) == (2, True)


def test_a_job_travels_and_gives_the_same_elsewhere(sound: Path) -> None:
    job = MatchJob(one_shot(sound), voice_kind("claves"), effort=0.05)
    there = pickle.loads(pickle.dumps(job))
    np.testing.assert_array_equal(run_match(there).values, run_match(job).values)


def test_a_job_that_fails_costs_no_other(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_in_two(job: MatchJob) -> int:
        if job.seed == 1:
            raise InputError("it went wrong")
        if job.seed == 2:
            raise ZeroDivisionError("by zero")
        return job.seed

    monkeypatch.setattr("bridge.learning.match.run_match", one_in_two)
    jobs = [MatchJob(one_shot(sound), CLAVES, seed) for seed in range(4)]
    with ThreadPoolExecutor(1) as pool:
        found = match_all(jobs, pool)
    words = [one.words if isinstance(one, NoMatch) else one for one in found]
    assert words == [0, "it went wrong", "ZeroDivisionError: by zero", 3]
