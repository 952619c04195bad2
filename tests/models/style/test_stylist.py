"""Encoder and controller play as they were learned, and travel in a file that holds numbers only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.style.hearing import heard
from models.style.nets import StyleNet
from models.style.stylist import load_stylist
from synth.effects.chain import chain_named
from synth.errors import InputError
from tests.synth.effects.sounds import bursts

CHAIN = chain_named("eq,compressor")
ONE, OTHER = (heard(bursts(48_000, channels=1, seed=seed)[0], 48_000.0) for seed in (1, 2))


def test_what_plays_is_what_was_learned() -> None:
    net = StyleNet(CHAIN, seed=3)
    with torch.no_grad():
        expected = net([ONE], [OTHER])[0].numpy()
    stylist = net.stylist({})
    found = stylist.unit_values(stylist.embedding(ONE), stylist.embedding(OTHER))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_it_begins_near_the_defaults() -> None:
    net = StyleNet(CHAIN, seed=3)
    with torch.no_grad():
        found = CHAIN.space.from_unit(net([ONE], [OTHER])[0].double().numpy())
    gains = [column for column, param in enumerate(CHAIN.space) if param.name.endswith("gain")]
    assert np.abs(found[gains]).max() < 6.0


def test_a_file_gives_the_same_again(tmp_path: Path) -> None:
    stylist = StyleNet(CHAIN, seed=4).stylist({"seed": 4})
    stylist.save(tmp_path / "mine.safetensors")
    read = load_stylist(tmp_path / "mine.safetensors")
    assert read.card == {"seed": 4}
    assert read.chain.space == CHAIN.space
    np.testing.assert_array_equal(read.embedding(ONE), stylist.embedding(ONE))


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    StyleNet(CHAIN).stylist({}).save(path)
    content = path.read_bytes()
    for bad in (
        b"",
        content[:100],
        content[:-10],
        b"\xff" * 500,
        content.replace(b"ghostnote-style", b"ghostnote-other"),
    ):
        path.write_bytes(bad)
        with pytest.raises(InputError, match=r"mine\.safetensors"):
            load_stylist(path)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    stylist = StyleNet(CHAIN).stylist({})
    stylist.weights["embed.bias"][0] = np.nan
    stylist.save(tmp_path / "mine.safetensors")
    with pytest.raises(InputError, match="weights are not those"):
        load_stylist(tmp_path / "mine.safetensors")
