"""What is wrong with a sound is named, and a good take has nothing to be named."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.calibration.sound_check import SoundCheck, checked, input_findings, timbre_findings
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.listen import hear_strokes
from synth.drummer.perform import perform
from synth.drummer.room import mains_hum

RATE = 48_000
TAKE = perform("singles", "tight", seed=3)
GOOD = TAKE.audio


def hum(audio: NDArray[np.float32]) -> NDArray[np.floating]:
    return audio + mains_hum(len(audio), 50.0, -45.0, RATE)[:, None]


FAULTS = {
    "is digital silence": lambda audio: 0.0 * audio,
    "is silent": lambda audio: 1e-5 * audio,
    "is too quiet": lambda audio: 0.006 * audio,
    "is clipped in": lambda audio: np.clip(8.0 * audio, -1.0, 1.0),
    "has an offset of +0.300": lambda audio: 0.5 * audio + 0.3,
    "hums at 50 Hz": hum,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named(fault: str) -> None:
    found = checked(np.asarray(FAULTS[fault](GOOD), np.float32), RATE)
    assert len(found) == 1
    assert fault in found[0]


def test_clipping_is_named_of_a_recording_that_was_made_softer_afterwards() -> None:
    assert "is clipped in" in checked(0.6 * np.clip(8.0 * GOOD, -1, 1).astype(np.float32), RATE)[0]


def test_sound_on_another_channel_is_named() -> None:
    audio = np.concatenate([0.0 * GOOD, GOOD], axis=1)
    assert "channel 2 peaks at" in checked(audio, RATE, [0])[1]
    assert checked(audio, RATE, [1]) == []


@pytest.mark.parametrize("drum", ["tight", "ringing", "dead"])
def test_one_drum_played_soft_and_loud_has_no_fault(drum: str) -> None:
    audio = perform("singles", drum, seed=4).audio
    hits = hear_strokes(Analyzer(RATE, [ChannelSettings()]), audio)
    assert len(hits) >= 16
    assert checked(audio, RATE, strokes=hits) == []


def test_two_drums_in_one_channel_are_named() -> None:
    rng = np.random.default_rng(0)
    level = rng.uniform(-40, -10, 60)
    kick = np.stack([level, 75 + rng.normal(0, 2, 60), -35 + rng.normal(0, 2, 60)], axis=1)
    snare = np.stack([level, 110 + rng.normal(0, 2, 60), -12 + rng.normal(0, 2, 60)], axis=1)
    assert "two drums or a whole kit" in timbre_findings(np.concatenate([kick, snare[:20]]), 0)[0]
    assert timbre_findings(kick, 0) == timbre_findings(snare, 0) == []


@pytest.mark.parametrize("block", [1, 64, 5000])
def test_the_size_of_blocks_does_not_matter(block: int) -> None:
    audio = np.clip(8.0 * GOOD[: RATE // (8 if block == 1 else 1)], -1, 1).astype(np.float32) + np.float32(0.0)
    check = SoundCheck(RATE, 1)
    for first in range(0, len(audio), block):
        check.take(audio[first : first + block])
    assert check.findings([0]) == checked(audio, RATE)


@pytest.mark.parametrize(
    ("peak", "strokes", "seconds", "said"),
    [
        (0.0, 0, 3.0, ""),
        (0.0, 0, 20.0, "digital silence"),
        (1e-5, 0, 20.0, "silent"),
        (0.005, 0, 20.0, "very quiet"),
        (0.3, 0, 20.0, "no stroke was heard"),
        (0.3, 1, 20.0, ""),
        (1.0, 9, 2.0, "clips"),
    ],
)
def test_a_live_input_that_gives_nothing_is_named(peak: float, strokes: int, seconds: float, said: str) -> None:
    found = input_findings(peak, strokes, seconds)
    assert [said in sentence for sentence in found] == ([True] if said else [])


def test_hum_is_named_on_each_of_several_channels() -> None:
    kit = np.repeat(hum(GOOD), 3, axis=1).astype(np.float32)
    assert sum("hums at 50 Hz" in sentence for sentence in checked(kit, RATE)) == 3
