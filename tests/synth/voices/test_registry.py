"""A voice is one row of a table."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.registry import DEFAULT_VOICE, VoiceKind, register, voice_kind, voice_kinds, voice_of
from synth.voices.snare808.table import SNARE808

KIND = voice_kind(DEFAULT_VOICE)


@pytest.mark.parametrize("kind", voice_kinds(), ids=lambda kind: kind.name)
def test_a_voice_plays_its_own_table(kind: VoiceKind) -> None:
    voice, out = kind.streaming(48_000), np.zeros(1000)
    voice.trigger(kind.space.defaults)
    voice.render(out)
    assert voice.space == kind.space
    assert np.abs(out).max() > 0.01


def test_the_sixteen_sounds_of_the_808_are_there() -> None:
    names = (
        "bass-drum snare-drum low-tom mid-tom high-tom low-conga mid-conga high-conga rim-shot claves hand-clap "
        "maracas cow-bell cymbal open-hat closed-hat"
    )
    assert set(names.split()) <= {kind.name for kind in voice_kinds()}


@pytest.mark.parametrize("kind", voice_kinds(), ids=lambda kind: kind.name)
def test_the_table_of_a_voice_is_that_of_what_plays_and_of_what_learns(kind: VoiceKind) -> None:
    assert kind.plays.removesuffix(".voice") == kind.learns.removesuffix(".learnable")
    module, name = kind.plays.removesuffix(".voice").split(":")
    assert getattr(import_module(module), name).space is kind.space


def test_a_kind_travels_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(KIND)) == KIND


def test_an_unknown_voice_is_answered_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="there is no voice 'dx7'; there are snare808"):
        voice_kind("dx7")


def test_the_same_voice_may_be_added_again_and_another_of_its_name_not() -> None:
    register(KIND)
    with pytest.raises(ValueError, match="another voice 'snare808'"):
        register(replace(KIND, plays="math:sqrt"))


def test_a_table_with_other_ranges_is_not_the_voices() -> None:
    wider = ParamSpace("snare808", tuple(replace(param, high=2 * param.high) for param in SNARE808))
    assert voice_of(SNARE808) is KIND
    with pytest.raises(InputError, match="other parameters or ranges"):
        voice_of(wider)


def test_a_voice_without_gradients_says_so() -> None:
    with pytest.raises(InputError, match="cannot be learned through"):
        replace(KIND, learns="").learnable()


def test_the_table_loads_neither_torch_nor_a_compiler() -> None:
    code = "import sys, synth.voices.registry as r; sys.exit(bool({'torch', 'numba', 'scipy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
