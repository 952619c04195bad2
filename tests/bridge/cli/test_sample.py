"""``ghostnote sample`` and ``ghostnote proxy`` as a person types them, on a voice of ours."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.measure import Delays, Noise
from bridge.sampling.timing import timing_of, write_timing
from tests.bridge.cli.typing_words import Type

CONTROLS = "osc1_env.decay,noise_gain"
FEW = ("sample", "snare808", "--controls", CONTROLS, "--notes", "80", "--workers", "1", "--out", "takes")


def test_a_synth_is_recorded_gone_on_with_and_learned(ghostnote: Type, folder: Path) -> None:
    first = ghostnote(*FEW, "--json")
    told = json.loads(first.stdout)
    assert (first.code, told["recorded"], told["timing"]) == (0, told["takes"], None)
    assert told["controls"] == {"osc1_env.decay": True, "noise_gain": True}

    # As of a synth that plays in real time.
    write_timing(folder / "takes", timing_of(Delays(np.array([0.012, 0.013])), Noise(0.0, 0.001)))
    again = ghostnote(*FEW)
    assert again.code == 0
    assert "0 of them from this run" in again.stdout
    assert "A note is heard 12.5 ms after it is sent" in " ".join(again.stdout.split())
    card = tomllib.loads((folder / "takes" / "card.toml").read_text())
    assert (card["timing"]["latency_ms"], card["repeats_identical"]) == (12.5, True)

    learned = ghostnote("proxy", "takes", "--parameters", "10000", "--nets", "1", "--steps", "60", "--json")
    assert learned.code == 0
    assert json.loads(learned.stdout)["arch"] == "mlp-bends"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "snare809"), "snare809"),
        (("sample", "snare808", "--controls", "osc1_env.decai"), "osc1_env.decay"),
        (("sample", "snare808", "--controls", ",,"), "--controls is ',,'"),
        (("sample", "snare808", "--loop"), "--engine live"),
        (("sample", "amsynth", "--loop", "--engine", "live"), "--midi-port"),
        (("sample", "snare808", "--engine", "tape"), "'tape'"),
        (("sample", "snare808", "--out", "take.wav"), "take.wav"),
        (("proxy", "nowhere"), "nowhere"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_what_cannot_be_sampled_is_said_in_one_sentence(words: tuple[str, ...], said: str, ghostnote: Type) -> None:
    refused = ghostnote(*words)
    assert refused.code == 2
    assert said in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
