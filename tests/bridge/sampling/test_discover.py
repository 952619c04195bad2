"""Controllers of a synth without a profile: a voice of ours that answers two of them, and slides to a third."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bridge.rig.chart import profile_text
from bridge.sampling.discover import SKIPPED, discover, discovered, probed
from bridge.sampling.engine import EngineKind, Takes, Way
from bridge.sampling.synth import Note, SampledSynth, sampled_synth
from bridge.sampling.voice import VoiceEngine
from synth.errors import InputError
from tests.bridge.sampling.synths import HEAD

ANSWERS = {20: "noise_gain", 21: "osc1.freq"}
SLIDES = {22: "osc1_env.decay"}


class AnsweringEngine:
    """A synth that no table describes: what it is sent last holds, and one controller is reached half a note late."""

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._synth, self._snare = synth, sampled_synth("snare808", [*ANSWERS.values(), *SLIDES.values()])
        self._voice = VoiceEngine(self._snare, way)
        self.sample_rate = self._voice.sample_rate
        pairs = zip(self._snare.space.names, self._snare.space.defaults.tolist(), strict=True)
        self._wanted: dict[str, float] = dict(pairs)
        self._stands, self._moved = dict(self._wanted), dict(self._wanted)

    def record(self, notes: Sequence[Note]) -> Takes:
        return np.concatenate([self._play(note) for note in notes])

    def _play(self, note: Note) -> Takes:
        for control, value in self._synth.moves(note):
            name = (ANSWERS | SLIDES).get(control.number)
            if name:
                self._wanted[name] = self._value(name, value / 127)
        for name, wanted in self._wanted.items():
            # The first note after a move of what slides is played half way there.
            half = (self._stands[name] + wanted) / 2
            self._stands[name] = half if name in SLIDES.values() and self._moved.pop(name, wanted) != wanted else wanted
            self._moved[name] = wanted
        return self._voice.record([Note(tuple(self._stands.values()), 60, 100)])

    def _value(self, name: str, part: float) -> float:
        space = self._snare.space
        unit = np.full(len(space), part)
        return float(space.from_unit(unit)[space.index(name)])

    def restart(self) -> None: ...

    def close(self) -> None: ...


class SilentEngine(AnsweringEngine):
    def _play(self, note: Note) -> Takes:
        return np.zeros((1, 1000), np.float32)


def kind(name: str) -> EngineKind:
    return EngineKind("live", f"{__name__}:{name}", "a synth without a profile")


@pytest.fixture
def bare(tmp_path: Path) -> str:
    path = tmp_path / "bare.toml"
    path.write_text(HEAD, encoding="utf-8")
    return str(path)


def test_controllers_that_change_the_sound_are_found_and_no_others(bare: str) -> None:
    found = discover(probed(bare), kind("AnsweringEngine"), Way())
    assert {one.number for one in found if one.works} == set(ANSWERS | SLIDES)
    assert len(found) == 120 - len([number for number in SKIPPED if number < 120])


def test_pedals_modes_and_parameter_numbers_are_never_sent(bare: str) -> None:
    numbers = {control.number for control in probed(bare).controls}
    assert not numbers & {0, 32, *range(64, 70), *range(96, 102), *range(120, 128)}


def test_what_was_found_is_a_profile_that_can_be_sampled(bare: str, tmp_path: Path) -> None:
    found = discover(probed(bare), kind("AnsweringEngine"), Way())
    path = tmp_path / "found.toml"
    path.write_text(profile_text(discovered(bare, found, "2026-12-01")), encoding="utf-8")
    synth = sampled_synth(str(path))
    assert {control.number for control in synth.controls} == set(ANSWERS | SLIDES)
    assert [param.steps for param in synth.space] == [128, 128, 128]


def test_a_synth_that_is_not_heard_is_told_from_one_without_controllers(bare: str) -> None:
    with pytest.raises(InputError, match="no sound comes back; check its volume, its channel and its input"):
        discover(probed(bare), kind("SilentEngine"), Way())
