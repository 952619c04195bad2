"""A mapping is learned through a synth that is not ours: here a voice of ours stands in, whose truth is known."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.learning import cable
from bridge.learning.on_synth import on_synth, played_synth
from bridge.learning.recorded import examples_of
from bridge.learning.reference_setting import best_setting, with_headroom
from bridge.learning.stand_in import synth_of_proxy
from bridge.learning.synth_teacher import SynthTeacher, teacher_of
from bridge.learning.through import Reached, device_of, maker_of, patch_of, played_by
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.settings_file import settings_text
from bridge.sampling.synth import sampled_synth
from models.devices.agreement import agreement
from models.devices.ways import Through
from models.embeddings.registry import embedding_named
from models.features.hit import ReferenceFeatures
from models.mapping.bundle import Bundle, untrained_bundle
from models.proxies.bundle import load_proxy, save_proxy
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.settings import FitSettings
from models.training.evaluate import errors_of
from models.training.export import finish
from models.training.figures import FIGURE_NAMES, LOUDNESS, figures_of
from models.training.oracle import optimize_strokes
from models.training.strokes import split_strokes
from models.training.train import Settings, train
from synth.errors import InputError
from synth.voices.presets import Patch
from tests.bridge.sampling.synths import CONTROLS, recorded
from tests.models.signals import drum_strokes

STROKES = drum_strokes()

NAMES = ("osc1_gain", "osc1_env.decay", "noise_gain", "noise_filter.freq")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Reached:
    """A snare of which four controls move, and its proxy."""
    folder = tmp_path_factory.mktemp("synth")
    takes = recorded(folder / "takes", 700, NAMES)
    examples = examples_of(takes, embedding_named("segments"))
    proxy = fit_proxy(examples, FitSettings(parameters=60_000, nets=1, steps=1500))
    proxy = replace(proxy, card=dict(proxy.card) | {"made": {"synth": "snare808"}})
    path = folder / "snare.proxy.safetensors"
    save_proxy(proxy, path)
    return Reached(takes.synth, load_proxy(path), path)


def test_a_proxy_knows_the_figures_of_sounds_that_it_has_not_heard(found: Reached) -> None:
    unit = np.random.default_rng(5).random((60, 4))
    with closing(engine_of(found.synth).start(found.synth, Way())) as engine:
        real = figures_of(engine.record(found.synth.notes(unit)), engine.sample_rate)
    with torch.no_grad():
        believed = found.proxy.figures(torch.from_numpy(unit)).numpy()
    error, nothing = np.abs(believed - real).mean(0), np.abs(real - real.mean(0)).mean(0)
    assert (error / nothing)[[0, 1, 2, 3]].max() < 0.25


def test_its_gradient_points_where_the_synth_goes(found: Reached) -> None:
    with closing(engine_of(found.synth).start(found.synth, Way())) as engine:
        through = Through(device_of(found.synth, found.proxy.figures, engine), "proxy")
        wanted = torch.tensor([-20.0])
        cosines = agreement(
            through, lambda out: (out[:, LOUDNESS] - wanted).abs(), np.random.default_rng(1).random((12, 4)), None, 0.03
        )
    assert cosines.mean() > 0.8


def test_a_mapping_that_was_learned_through_a_proxy_follows_the_drum_on_the_synth_itself(found: Reached) -> None:
    split = split_strokes(STROKES, 0)
    patch = patch_of(found.synth, found.synth.default_unit, "snare")
    maker = maker_of(found, "proxy")
    settings = Settings(epochs=60, loss="balanced")
    trained = train(STROKES, patch, settings, split=split, made=maker)
    modulation = trained.modulation(STROKES.features)
    with closing(engine_of(found.synth).start(found.synth, Way())) as engine:
        played = played_by(found.synth, engine)
        real = errors_of(modulation, np.arange(len(STROKES)), STROKES, split.reference, patch, "reference", made=played)
    assert real.relative[0] < 0.4
    assert np.corrcoef(real.wanted[:, 0], real.reached[:, 0])[0, 1] > 0.9


def test_the_setting_that_is_chosen_leaves_no_less_room_than_the_default(found: Reached) -> None:
    rows = np.arange(0, len(STROKES), 3)
    maker = maker_of(found, "proxy")
    errors = []
    for unit in (best_setting(found, STROKES, 0), found.synth.default_unit):
        patch = patch_of(found.synth, unit, "snare")
        best = optimize_strokes(STROKES, rows, 0, patch, "balanced", 80, made=maker)
        errors.append(errors_of(best, rows, STROKES, 0, patch, "reference", made=maker).mean_relative)
    assert errors[0] <= errors[1] + 0.01


@pytest.mark.parametrize("gradient", ["hybrid", "spsa"])
def test_the_synth_itself_plays_where_the_way_says_so(found: Reached, gradient: str) -> None:
    patch = patch_of(found.synth, found.synth.default_unit, "snare")
    unit = torch.tensor(np.random.default_rng(2).random((3, 4)), requires_grad=True)
    with closing(engine_of(found.synth).start(found.synth, Way())) as engine:
        instrument = maker_of(found, gradient, engine)(patch, ReferenceFeatures(48_000), 48_000, torch.float32)
        heard = instrument.measured(unit)
        real = figures_of(engine.record(found.synth.notes(unit.detach().numpy())), engine.sample_rate)
        np.testing.assert_allclose(heard.detach().numpy(), real[:, :7], rtol=1e-4, atol=1e-4)
        (gradients,) = torch.autograd.grad(heard.sum(), unit)
    assert torch.isfinite(gradients).all()
    assert gradients.abs().sum() > 0.0


def taught(found: Reached, rounds: int) -> tuple[float, float, SynthTeacher]:
    """Return the real error of a mapping after some rounds, how its loudness goes, and who taught it."""
    split = split_strokes(STROKES, 0)
    with SynthTeacher(found, "", "proxy", "none", Way(), rounds) as teacher:
        lesson = teacher.teach(STROKES, split, Settings(epochs=40), lambda epoch: None, None)
        modulation, rows = lesson.trained.modulation(STROKES.features), np.arange(len(STROKES))
        with closing(engine_of(found.synth).start(found.synth, Way())) as engine:
            played = played_by(found.synth, engine)
            real = errors_of(modulation, rows, STROKES, split.reference, lesson.patch, "default", made=played)
    return real.mean_relative, float(np.corrcoef(real.wanted[:, 0], real.reached[:, 0])[0, 1]), teacher


def test_hearing_the_synth_in_rounds_brings_the_mapping_nearer_and_belief_to_the_truth(found: Reached) -> None:
    before, _, _ = taught(found, 0)
    after, loudness, teacher = taught(found, 4)
    assert after < before
    assert loudness > 0.95
    first, last = teacher.told[0], teacher.told[-1]
    assert abs(last.believed - last.real) < abs(first.believed - first.real)
    assert last.notes > first.notes


def test_a_synth_without_velocity_keeps_its_setting(found: Reached) -> None:
    assert found.synth.space.names == NAMES
    unit = found.synth.default_unit
    assert with_headroom(found, unit, STROKES, 0) is unit


def test_a_bundle_of_a_synth_is_measured_on_the_synth_beside_the_belief_of_its_proxy(
    found: Reached, tmp_path: Path
) -> None:
    split = split_strokes(STROKES, 0)
    patch, maker = patch_of(found.synth, found.synth.default_unit, "snare"), maker_of(found, "proxy")
    settings = Settings(epochs=5, loss="balanced")
    trained = train(STROKES, patch, settings, split=split, made=maker)
    bundle = finish(trained, STROKES, patch, settings, instrument=maker).bundle
    bundle.save(tmp_path / "m.safetensors")
    loaded = Bundle.load(tmp_path / "m.safetensors")
    assert loaded.space == bundle.space
    synth = played_synth(loaded, "snare808", None)
    assert synth is not None
    result = on_synth(loaded, STROKES, split.reference, synth, found.path, Way())
    assert set(result.real) == set(result.believed) == {"reference", "default"}
    assert result.real["reference"].mean_relative != result.believed["reference"].mean_relative
    assert -1.0 <= result.loudness <= 1.0


def test_on_a_slow_cable_a_mapping_moves_the_controls_that_matter(
    found: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cable, "time_of", lambda control, budget: 0.00096)
    monkeypatch.setattr(cable, "TRIAL_EPOCHS", 15)
    split = split_strokes(STROKES, 0)
    patch = patch_of(found.synth, found.synth.default_unit, "snare")
    settings = Settings(epochs=15, loss="balanced")
    fitted = cable.fitted(found.synth, "din", patch, STROKES, split, settings, maker_of(found, "proxy"))
    assert np.count_nonzero(fitted.depths) == 2
    assert np.count_nonzero(patch.depths) == 4
    whole = cable.fitted(found.synth, "none", patch, STROKES, split, settings, maker_of(found, "proxy"))
    assert whole is patch


def test_the_time_of_a_control_is_that_of_its_bytes() -> None:
    synth = sampled_synth("amsynth")
    assert cable.time_of(synth.controls[0], "din") == pytest.approx(0.00096)
    assert cable.time_of(synth.controls[0], "none") == 0.0
    assert cable.lead_s("din") == pytest.approx(0.002)


def test_a_file_of_settings_is_the_preset(found: Reached, tmp_path: Path) -> None:
    unit = np.array([0.2, 0.4, 0.6, 0.8])
    path = tmp_path / "mine.toml"
    path.write_text(settings_text(found.synth, unit, "mine"), encoding="utf-8")
    teacher = teacher_of(str(path), "snare808", found.path, "proxy", "none", Way())
    np.testing.assert_allclose(found.synth.space.to_unit(teacher.patch.values), unit, atol=1e-5)
    assert teacher.name == "mine"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("", "", None, "proxy", "none"), "--preset is missing"),
        (("", "", None, "spsa", "none"), "belong to a synth that is not ours"),
        (("", "amsynth", None, "proxy", "none"), "needs --proxy, its stand-in"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: tuple[str, str, None, str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        teacher_of(*options, Way())


def test_a_proxy_of_another_synth_is_refused_with_what_to_do(found: Reached, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is a proxy of snare808, not of amsynth; sample it and make its proxy again"):
        synth_of_proxy(found.proxy, "amsynth", found.path)
    with pytest.raises(InputError, match=r"--gradient is 'magic'"):
        SynthTeacher(found, "", "magic", "none", Way())
    with pytest.raises(InputError, match=r"--budget is 'fast'"):
        SynthTeacher(found, "", "proxy", "fast", Way())


def test_a_proxy_of_other_ranges_is_refused(found: Reached) -> None:
    changed = [
        replace(param, high=param.high * 0.9) if place == 1 else param for place, param in enumerate(found.proxy.space)
    ]
    other: Proxy = replace(found.proxy, space=replace(found.proxy.space, params=tuple(changed)))
    with pytest.raises(InputError, match=r"has other ranges of osc1_env.decay now"):
        synth_of_proxy(other, "snare808", found.path)


def test_a_bundle_of_another_synth_is_not_played() -> None:
    bundle = untrained_bundle(Patch.default(sampled_synth("snare808", CONTROLS).space))
    with pytest.raises(InputError, match="the profile of amsynth has other controls or ranges: train it again"):
        played_synth(bundle, "amsynth", None)
    assert len(FIGURE_NAMES) == 83
