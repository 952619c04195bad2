"""Settings of a synth are found for a sound: here a voice of ours stands in, in memory."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from bridge.audio.files import write_wav
from bridge.learning import match_synth
from bridge.learning.match_synth import NEAREST, Effort, SynthMatcher, apart_db, loaded, target_of
from bridge.learning.match_synth_files import places, write_synth_match
from bridge.learning.one_shot import OneShot, one_shot
from bridge.learning.recorded import examples_of, joint_takes
from bridge.sampling.dx7 import values_of
from bridge.sampling.dx7_sysex import read_voices
from bridge.sampling.engine import Engine, Way, engine_of
from bridge.sampling.folder import SampleSet
from bridge.sampling.settings_file import read_settings, settings_text
from bridge.sampling.synth import sampled_synth
from models.embeddings.segments import Segments
from models.proxies.bundle import save_proxy
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.settings import FitSettings
from models.training.match_sound import RATE_HZ
from synth.errors import InputError
from tests.bridge.sampling.synths import recorded

NAMES = ("osc1.freq", "osc1_env.decay", "noise_gain", "noise_filter.freq")
QUICK = Effort(renders=10, schedule="none", guesses=256)


class Known(NamedTuple):
    """What was learned of a synth, and where it lies."""

    proxy: Proxy
    found: SampleSet
    path: Path
    engine: Engine


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    """A snare of which four controls move."""
    folder = tmp_path_factory.mktemp("synth")
    takes = recorded(folder / "takes", 300, NAMES)
    examples = examples_of(takes, Segments(), figures=False)
    proxy = fit_proxy(examples, FitSettings(parameters=40_000, nets=1, steps=900))
    proxy = replace(proxy, card=dict(proxy.card) | {"made": {"synth": "snare808"}})
    save_proxy(proxy, folder / "snare.proxy.safetensors")
    engine = engine_of(takes.synth).start(takes.synth, Way())
    yield Known(proxy, takes, folder / "snare.proxy.safetensors", engine)
    engine.close()


@pytest.fixture(scope="module")
def matcher(known: Known) -> SynthMatcher:
    return SynthMatcher(known.proxy, known.found, known.engine, QUICK)


def hit(known: Known, folder: Path, seed: int, gain: float = 1.0, lead_s: float = 0.1) -> OneShot:
    """Return a sound of the synth that was not recorded, as a file that begins with silence."""
    unit = np.random.default_rng(seed).random((1, len(NAMES)))
    audio = known.engine.record(known.found.synth.notes(unit))[0]
    path = folder / f"hit{seed}.wav"
    write_wav(path, np.concatenate([np.zeros(round(lead_s * RATE_HZ), np.float32), gain * audio]), RATE_HZ)
    return one_shot(path)


def test_what_is_found_is_much_nearer_than_what_was_looked_up(
    known: Known, matcher: SynthMatcher, tmp_path: Path
) -> None:
    matches = [matcher.match(hit(known, tmp_path, seed)) for seed in range(4)]
    looked_up, found = (np.mean([getattr(one, name) for one in matches]) for name in ("retrieved_db", "refined_db"))
    assert found < 0.7 * looked_up
    assert all(one.course[-1] <= one.course[0] for one in matches)
    assert all(len(one.course) == QUICK.renders + 1 for one in matches)


def test_the_level_of_a_recording_counts_for_nothing_and_is_told(
    known: Known, matcher: SynthMatcher, tmp_path: Path
) -> None:
    loud, soft = (matcher.match(hit(known, tmp_path, 5, gain)) for gain in (0.5, 0.005))
    np.testing.assert_allclose(soft.unit, loud.unit, atol=0.05)
    assert soft.gain_db - loud.gain_db == pytest.approx(40.0, abs=1.0)


def test_a_take_itself_is_found_by_looking_it_up(known: Known, matcher: SynthMatcher, tmp_path: Path) -> None:
    number = joint_takes(known.found)[17]
    path = tmp_path / "take.wav"
    write_wav(path, known.found.audio([number])[0], known.found.facts.sample_rate)
    found = matcher.match(one_shot(path))
    np.testing.assert_array_equal(found.retrieved_unit, known.found.plan.unit[number])
    assert found.refined_db < 0.5


def test_without_renders_the_answer_is_what_was_looked_up(known: Known, tmp_path: Path) -> None:
    found = SynthMatcher(known.proxy, known.found, known.engine, replace(QUICK, renders=0)).match(
        hit(known, tmp_path, 6)
    )
    np.testing.assert_array_equal(found.unit, found.retrieved_unit)
    assert found.refined_db == pytest.approx(found.retrieved_db, abs=0.1)
    assert len(found.course) == 1


def test_an_estimator_takes_part(known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[float] = []
    monkeypatch.setattr(match_synth, "ESTIMATOR_STEPS", 60)
    effort = replace(QUICK, renders=1, schedule="switch", guesses=0)
    matcher = SynthMatcher(known.proxy, known.found, known.engine, effort, watch=learned.append)
    found = matcher.match(hit(known, tmp_path, 7))
    assert len(found.course) == 2
    assert learned == sorted(learned)
    assert 0.5 < learned[-1] <= 1.0


def test_presets_are_looked_up_too(known: Known, tmp_path: Path) -> None:
    unit = known.found.synth.space.realised(np.array([0.31, 0.62, 0.23, 0.84]))
    preset = tmp_path / "mine.toml"
    preset.write_text(settings_text(known.found.synth, unit), encoding="utf-8")
    write_wav(tmp_path / "mine.wav", known.engine.record(known.found.synth.notes(unit[None]))[0], RATE_HZ)
    matcher = SynthMatcher(known.proxy, known.found, known.engine, replace(QUICK, renders=0), [preset])
    found = matcher.match(one_shot(tmp_path / "mine.wav"))
    np.testing.assert_allclose(found.unit, unit, atol=1e-4)


def test_a_sound_has_the_length_of_a_take_and_one_that_breaks_off_is_compared_as_far_as_it_goes() -> None:
    tone = np.sin(np.arange(round(2.0 * RATE_HZ)) / 9.0).astype(np.float32)
    longer = target_of(OneShot(Path("a.wav"), tone, True), Segments(), 0.5, 0.25)
    assert (len(longer.audio), longer.heard) == (round(0.5 * RATE_HZ), 1.0)
    assert np.abs(longer.audio).max() == pytest.approx(0.25, rel=1e-3)
    cut = target_of(OneShot(Path("b.wav"), tone[: RATE_HZ // 4], False), Segments(), 0.5, 1.0)
    assert cut.heard == pytest.approx(0.5)
    assert not cut.audio[RATE_HZ // 4 :].any()
    # Whatever sounds behind its end is no difference.
    whole = np.sin(np.arange(round(0.5 * RATE_HZ)) / 9.0).astype(np.float32)
    assert apart_db(cut, whole, RATE_HZ) < 0.6 * apart_db(replace(cut, heard=1.0), whole, RATE_HZ)


def test_the_files_say_what_was_found(known: Known, matcher: SynthMatcher, tmp_path: Path) -> None:
    found = matcher.match(hit(known, tmp_path, 8))
    written = write_synth_match(found, tmp_path / "out" / "mine.toml")
    assert [path.name for path in written] == ["mine.toml", "mine.png", "mine.listen.wav"]
    table = tomllib.loads(written[0].read_text(encoding="utf-8"))
    assert (table["synth"], set(table["controls"]) >= set(NAMES)) == ("snare808", True)
    assert "Matched to hit8.wav" in written[0].read_text(encoding="utf-8")
    unit, notes = read_settings(written[0], known.found.synth)
    np.testing.assert_allclose(unit[0], found.unit, atol=1e-4)
    assert notes == ()
    assert written[1].read_bytes().startswith(b"\x89PNG")
    heard, rate = soundfile.read(written[2])
    assert (rate, len(heard) > 3 * len(found.wanted)) == (RATE_HZ, True)
    assert np.abs(heard).max() <= 1.0


def test_nothing_is_left_of_files_that_cannot_all_be_written(
    known: Known, matcher: SynthMatcher, tmp_path: Path
) -> None:
    found = matcher.match(hit(known, tmp_path, 9))
    (tmp_path / "out" / "mine.png").mkdir(parents=True)
    with pytest.raises(InputError, match="nothing was changed"):
        write_synth_match(found, tmp_path / "out" / "mine.toml")
    assert not (tmp_path / "out" / "mine.toml").exists()


def test_what_is_of_another_synth_is_refused_in_a_sentence(known: Known, tmp_path: Path) -> None:
    proxy, found = loaded("snare808", known.path, known.found.folder)
    assert (proxy.space, found.facts.synth) == (known.proxy.space, "snare808")
    with pytest.raises(InputError, match="is a proxy of snare808, not of modal"):
        loaded("modal", known.path, known.found.folder)
    with pytest.raises(InputError, match="holds no recorded synth"):
        loaded("snare808", known.path, tmp_path)
    recorded(tmp_path / "fewer", 64, NAMES[:3])
    with pytest.raises(InputError, match=r"make it again with: ghostnote proxy"):
        loaded("snare808", known.path, tmp_path / "fewer")


def test_a_dx7_is_matched_and_its_bank_holds_the_voice(tmp_path: Path) -> None:
    pytest.importorskip("dexed")
    from bridge.sampling.begin import Asked, begun
    from bridge.sampling.record import record

    synth = sampled_synth("dx7-drum", ("op1.rate2", "op2.output", "op2.coarse"))
    kind = engine_of(synth)
    takes = begun(tmp_path / "takes", Asked(synth, kind, Way(), 200, 0))
    record(takes, kind, Way())
    proxy = fit_proxy(examples_of(takes, Segments(), figures=False), FitSettings(parameters=20_000, nets=1, steps=300))
    unit = synth.space.realised(np.array([[0.3, 0.7, 0.5]]))
    engine = kind.start(synth, Way())
    write_wav(tmp_path / "bell.wav", 0.3 * engine.record(synth.notes(unit))[0], RATE_HZ)
    found = SynthMatcher(proxy, takes, engine, QUICK).match(one_shot(tmp_path / "bell.wav"))
    written = write_synth_match(found, tmp_path / "bell.toml")
    assert (
        [path.suffix for path in written]
        == [".toml", ".png", ".wav", ".syx"]
        == [path.suffix for path in places(tmp_path / "bell.toml", synth)]
    )
    voice = values_of(read_voices(written[-1]).voices[0])
    [note] = synth.notes(found.unit[None])
    assert tuple(voice[name] for name in ("op1.rate2", "op2.output", "op2.coarse")) == note.values
    assert found.course[-1] <= found.course[0]
    assert len(takes.taken) > NEAREST
