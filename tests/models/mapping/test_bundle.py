import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from models.mapping.architectures import ARCHITECTURES
from models.mapping.bundle import Bundle, untrained_bundle
from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.presets import Patch
from synth.voices.registry import DEFAULT_VOICE, voice_kind
from tests.models.patches import PATCH, SPACE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "toy.safetensors"


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_a_bundle_comes_back_to_the_bit(path: Path, arch: str) -> None:
    bundle = replace(untrained_bundle(PATCH, arch), card={"strokes": 72}, reference=np.array([-20.1, 1 / 3, -5.0]))
    bundle.save(path)
    again = Bundle.load(path, SPACE)
    assert (again.arch, again.space.name, again.card, again.window_s) == (arch, "toy", {"strokes": 72}, 256 / 48_000)
    assert again.space.ranges == SPACE.ranges
    assert again.reference.tobytes() == bundle.reference.tobytes()
    assert {k: v.tobytes() for k, v in again.weights.items()} == {k: v.tobytes() for k, v in bundle.weights.items()}
    assert np.array_equal(again.preset.values, PATCH.values)


def test_roles_are_those_of_the_voice_of_the_space(path: Path) -> None:
    kind = voice_kind(DEFAULT_VOICE)
    patches = PATCH, Patch("", kind.space, kind.space.defaults, np.ones(len(kind.space)))
    roles = []
    for patch in patches:
        untrained_bundle(patch).save(path)
        roles.append([param.role for param in Bundle.load(path).space])
    assert roles == [["", "", ""], [param.role for param in kind.space]]


def test_saving_twice_gives_the_same_file(path: Path) -> None:
    untrained_bundle(PATCH).save(path)
    first = path.read_bytes()
    Bundle.load(path).save(path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("kept", [0, 7, 200, 1000])
def test_a_truncated_file_is_refused_in_a_sentence(path: Path, kept: int) -> None:
    untrained_bundle(PATCH).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="not a readable bundle"):
        Bundle.load(path)


def test_foreign_safetensors_are_refused(path: Path) -> None:
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(InputError, match="not a Ghostnote bundle"):
        Bundle.load(path)


def test_another_version_is_refused(path: Path) -> None:
    header_with(path, version=99)
    with pytest.raises(InputError, match="version 99; this Ghostnote reads version 1"):
        Bundle.load(path)


def test_another_parameter_space_is_refused(path: Path) -> None:
    untrained_bundle(PATCH).save(path)
    with pytest.raises(InputError, match="drives toy"):
        Bundle.load(path, ParamSpace("other", SPACE.params[:2]))
    with pytest.raises(InputError, match="other ranges of gain"):
        Bundle.load(path, ParamSpace("toy", (*SPACE.params[:2], replace(SPACE.params[2], low=-90.0))))


def test_weights_of_another_shape_are_refused(path: Path) -> None:
    bundle = untrained_bundle(PATCH, "linear")
    replace(bundle, weights={"0.weight": np.zeros((2, 3), np.float32)}).save(path)
    with pytest.raises(InputError, match="needs"):
        Bundle.load(path)


def test_numbers_that_are_not_finite_are_refused(path: Path) -> None:
    bundle = untrained_bundle(PATCH, "linear")
    replace(bundle, weights={"0.weight": np.full((3, 3), np.nan, np.float32)}).save(path)
    with pytest.raises(InputError, match="not finite"):
        Bundle.load(path)


def header_with(path: Path, **changed: Any) -> None:
    """Save a bundle, then change entries of its header as a damaged or forged file would have them."""
    bundle = untrained_bundle(PATCH)
    bundle.save(path)
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["ghostnote"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - the file is no mapping
    save_file(tensors, path, metadata={"ghostnote": json.dumps(changed.get("whole", header | changed))})


@pytest.mark.parametrize(
    "changed",
    [
        {"whole": [1]},
        {"arch": ["mlp"]},
        {"arch": "forest"},
        {"features": [1.0, 2.0, 3.0]},
        {"window_s": float("nan")},
        {"window_s": float("inf")},
        {"window_s": -0.005},
        {"window_s": 10**400},
        {"sample_rate": 0},
        {"reference": [1e308] * 3},
        {"offset": [float("nan")] * 3},
        {"scale": [0.0] * 3},
        {"card": []},
        {"preset": {"name": "toy", "values": [1.0], "depths": [1.0]}},
    ],
    ids=str,
)
def test_a_damaged_header_is_refused_in_a_sentence_that_names_the_file(path: Path, changed: dict[str, Any]) -> None:
    header_with(path, **changed)
    with pytest.raises(InputError, match=r"toy\.safetensors: .*train it again$"):
        Bundle.load(path)


@pytest.mark.parametrize("name", ["drum_decay", "voice_weight", "voice_bias", "voice_out"])
def test_following_constants_of_another_shape_are_refused(path: Path, name: str) -> None:
    bundle = untrained_bundle(PATCH)
    wrong: dict[str, Any] = {name: np.zeros((2, 5))}
    replace(bundle, following=replace(bundle.following, **wrong)).save(path)
    with pytest.raises(InputError, match=f"following constants have shapes .*{name}"):
        Bundle.load(path)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(InputError, match="no such bundle"):
        Bundle.load(path)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    bundle = untrained_bundle(PATCH)
    bundle.save(path)
    with pytest.raises(InputError, match="cannot be written"):
        bundle.save(path / "below-a-file.safetensors")
    assert [p.name for p in path.parent.iterdir()] == [path.name]
