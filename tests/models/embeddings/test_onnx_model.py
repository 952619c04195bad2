"""A model file of the user's is an embedding, or refused in a sentence."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from models.embeddings.registry import embedding_named
from synth.errors import InputError
from tests.models.embeddings.onnx_files import FLOAT, INT64, Shape, node, write_model
from tests.models.embeddings.sounds import noise

pytest.importorskip("onnxruntime")

RATE_HZ = 16_000
SAID = {"sample_rate": str(RATE_HZ)}
MEAN_SIZE = (node("Abs", "sound", "size"), node("ReduceMean", "size", "out", axes=[1], keepdims=1))
MOMENTS = (node("Unsqueeze", "sound", "out", axes=[2]),)
"""Each sample is a moment with a row of one number."""


def name_of(
    folder: Path,
    nodes: Sequence[bytes] = MEAN_SIZE,
    shape: Shape = ("batch", "samples"),
    outputs: Sequence[str] = ("out",),
    metadata: Mapping[str, str] = SAID,
    element: int = FLOAT,
) -> str:
    return f"onnx:{write_model(folder / 'model.onnx', nodes, shape, outputs, metadata, element)}"


def test_a_row_is_what_the_model_gives(tmp_path: Path) -> None:
    embed, audio = embedding_named(name_of(tmp_path)), noise(4, 5000)
    np.testing.assert_allclose(embed(audio, RATE_HZ)[:, 0], np.abs(audio).mean(1), rtol=1e-5)


def test_a_row_of_a_model_does_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    embed, audio = embedding_named(name_of(tmp_path)), noise(4, 5000)
    assert np.array_equal(embed(audio, RATE_HZ)[2:3], embed(audio[2:3], RATE_HZ))
    assert embed(audio[:0], RATE_HZ).shape == (0, 1)


def test_rows_of_moments_are_averaged_and_outputs_stand_behind_each_other(tmp_path: Path) -> None:
    both = write_model(
        tmp_path / "both.onnx",
        (*MOMENTS, node("Abs", "sound", "size"), node("ReduceMax", "size", "most", axes=[1], keepdims=1)),
        ("batch", "samples"),
        ("out", "most"),
        SAID,
    )
    audio = noise(2, 3000)
    expected = np.stack([audio.mean(1), np.abs(audio).max(1)], axis=1)
    np.testing.assert_allclose(embedding_named(f"onnx:{both}")(audio, RATE_HZ), expected, atol=1e-6)


def test_a_model_without_an_axis_of_sounds_takes_one_at_a_time(tmp_path: Path) -> None:
    nodes = (node("Abs", "sound", "size"), node("ReduceMean", "size", "out", axes=[0], keepdims=1))
    audio = noise(3, 2000)
    rows = embedding_named(name_of(tmp_path, nodes, ("samples",)))(audio, RATE_HZ)
    np.testing.assert_allclose(rows[:, 0], np.abs(audio).mean(1), rtol=1e-5)


def test_a_model_of_fixed_length_hears_pieces_and_silence_after_the_last(tmp_path: Path) -> None:
    audio = noise(1, 2500)
    rows = embedding_named(name_of(tmp_path, shape=("batch", 1000)))(audio, RATE_HZ)
    assert rows[0, 0] == pytest.approx(np.abs(audio).sum() / 3000, rel=1e-5)


def test_a_sound_is_resampled_to_the_models_rate(tmp_path: Path) -> None:
    embed = embedding_named(name_of(tmp_path))
    now = np.arange(48_000) / 48_000
    sine = np.sin(2 * np.pi * 300 * now).astype(np.float32)[None]
    assert embed(sine, 48_000)[0, 0] == pytest.approx(embed(sine[:, ::3].copy(), RATE_HZ)[0, 0], rel=1e-3)


def test_the_rate_stands_in_the_file_or_behind_the_name(tmp_path: Path) -> None:
    silent = name_of(tmp_path, metadata={})
    assert embedding_named(f"{silent}@{RATE_HZ}").name == f"{silent}@{RATE_HZ}"
    with pytest.raises(InputError, match="does not say its sample rate; add it to the name, as in onnx:"):
        embedding_named(silent)
    with pytest.raises(InputError, match="a sample rate of 50 Hz; allowed are 4000 to 192000 Hz"):
        embedding_named(f"{silent}@50")
    said = name_of(tmp_path)
    with pytest.raises(InputError, match="takes sounds of 16000 Hz, as it says itself, not of 8000 Hz"):
        embedding_named(f"{said}@8000")
    with pytest.raises(InputError, match="its sample_rate is '16k'; allowed are whole numbers of Hz"):
        embedding_named(name_of(tmp_path, metadata={"sample_rate": "16k"}))


@pytest.mark.parametrize(
    ("shape", "element", "words"),
    [
        (("batch", "samples"), INT64, r"has the inputs tensor\(int64\); allowed is one, tensor\(float\)"),
        (
            ("batch", 2, "samples"),
            FLOAT,
            r"its input has the shape .*; allowed are \(samples\) and \(sounds, samples\)",
        ),
        ((4, "samples"), FLOAT, "its input has the shape"),
    ],
)
def test_an_input_that_takes_no_sound_is_refused(tmp_path: Path, shape: Shape, element: int, words: str) -> None:
    nodes = (node("Abs", "sound", "out"),)
    with pytest.raises(InputError, match=words):
        embedding_named(name_of(tmp_path, nodes, shape, element=element))


def test_outputs_that_are_no_rows_are_refused(tmp_path: Path) -> None:
    nodes = (node("Unsqueeze", "sound", "out", axes=[2, 3]),)
    with pytest.raises(InputError, match=r"an output has the shape .* allowed are floats, \(sounds, numbers\)"):
        embedding_named(name_of(tmp_path, nodes))


def test_a_model_that_fails_on_a_sound_says_so(tmp_path: Path) -> None:
    nodes = (node("Squeeze", "sound", "out", axes=[1]),)
    with pytest.raises(InputError, match=r"model\.onnx: the model fails on 16000 samples"):
        embedding_named(name_of(tmp_path, nodes))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(InputError, match=r"text\.onnx: is no ONNX model"):
        embedding_named(f"onnx:{tmp_path / 'text.onnx'}@16000")
    with pytest.raises(InputError, match="there is no such ONNX model"):
        embedding_named(f"onnx:{tmp_path / 'nothing.onnx'}@16000")


def test_without_the_package_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = name_of(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match="an ONNX model needs onnxruntime, which is not installed; install it with: "):
        embedding_named(name)
