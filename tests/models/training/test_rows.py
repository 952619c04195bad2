"""An architecture, a loss and a feature are one row each: a toy of each trains, is saved, loaded and played."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.mapping import architectures
from models.mapping.architectures import Architecture, architecture_named
from models.mapping.bundle import Bundle
from models.mapping.mapper import Mapper
from models.training import loss_kinds
from models.training.evaluate import errors_of
from models.training.export import finish
from models.training.loss_kinds import HEARING_SET, LossKind
from models.training.recipes import OURS, RECIPES
from models.training.train import Settings, train
from synth.errors import InputError
from synth.voices.presets import load_preset
from tests.models.signals import drum_strokes

ROOT = Path(__file__).parents[3]
TOY = Architecture("toy", hidden=(5, 4), bias=True, squash="clamp")
TOY_LOSS = LossKind("toy", HEARING_SET, balance=0.3, faded=True, raw_first=0.0, modulation_price=0.1)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    architectures.register(TOY)
    loss_kinds.register(TOY_LOSS)
    yield
    architectures.unregister(TOY.name)
    loss_kinds.unregister(TOY_LOSS.name)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_row_trains_is_saved_loaded_and_plays_what_training_heard(recipe: str, tmp_path: Path) -> None:
    strokes, patch = drum_strokes(), load_preset("snare-1")
    settings = Settings(arch="toy", loss="toy", epochs=3, recipe=RECIPES[recipe])
    trained = train(strokes, patch, settings)
    finish(trained, strokes, patch, settings).bundle.save(tmp_path / "toy.safetensors")
    mapper = Mapper(Bundle.load(tmp_path / "toy.safetensors"))
    played = np.stack([mapper(row) for row in strokes.features])
    assert np.allclose(played, trained.modulation(strokes.features).numpy(), atol=1e-5)
    test = trained.split.test
    errors = errors_of(trained.modulation(strokes.features[test]), test, strokes, trained.split.reference, patch, "toy")
    assert np.isfinite(errors.relative).all()


def test_a_recipe_trains_a_model_that_it_does_not_name_as_its_kind() -> None:
    assert OURS.pace(TOY) == OURS.pace(architecture_named("mlp"))
    flat = Architecture("flat", hidden=(), bias=True, squash="tanh")
    assert OURS.pace(flat) == OURS.pace(architecture_named("linear"))
    assert OURS.pace(architecture_named("mlp-large")).learning_rate == 1e-3


def test_a_name_is_taken_once() -> None:
    architectures.register(TOY)
    with pytest.raises(ValueError, match="there is another mapping model 'toy'"):
        architectures.register(replace(TOY, hidden=(6,)))
    with pytest.raises(ValueError, match="there is another loss 'toy'"):
        loss_kinds.register(replace(TOY_LOSS, balance=1.0))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: replace(TOY, name="a/b"), "'a/b'; allowed are letters, digits"),
        (lambda: replace(TOY, hidden=(3, 0)), "hidden is .3, 0.; each layer needs 1 unit or more"),
        (lambda: replace(TOY_LOSS, raw_first=1.5), "raw_first is 1.5; allowed is 0 to 1"),
        (lambda: replace(TOY_LOSS, balance=-1.0), "balance is -1.0; allowed is 0 up"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_where_it_is_made(made: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made()


def test_a_name_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(
        InputError, match="no mapping model 'mpl'; there are linear, mlp, mlp-large, toy; did you mean 'mlp'"
    ):
        architecture_named("mpl")


FEATURE = """
import sys
import numpy as np
from models.features import tables

peak = tables.Feature("peak", lambda heard: float(heard.magnitude.max() / heard.total), "", 0.0, 1.0, "largest part")
tables.ONSET_FEATURES += (peak,)
tables.ONSET_FEATURE_NAMES += ("peak",)

from pathlib import Path
from bridge.audio.files import Recording
from bridge.learning.lesson import learn_from
from bridge.mapping.load import with_lesson
from bridge.rig.rig import load_rig
from bridge.session.offline import perform as render
from bridge.session.report import draw_report, hits_csv
from models.training.train import Settings
from synth.drummer.perform import perform
from synth.voices.presets import load_preset

take, folder = perform("singles", "tight"), Path(sys.argv[1])
recording = Recording(take.audio[: 12 * take.sample_rate, :1], take.sample_rate, Path("take.wav"))
finished, _ = learn_from([recording], load_preset("snare-1"), Settings(epochs=1))
finished.bundle.save(folder / "peak.safetensors")
rig = load_rig("808")
played = render(with_lesson(rig, rig.drum[0].name, folder / "peak.safetensors"), recording)
draw_report(played, folder / "report.png", "take")
print(hits_csv(played).splitlines()[0])
"""


def test_a_feature_is_one_row(tmp_path: Path) -> None:
    # In a process of its own: every module takes the table when it is imported.
    command = [sys.executable, "-c", FEATURE, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "level,centroid,flatness,peak," in done.stdout
