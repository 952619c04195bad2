"""The DX7 for the ranking test, by the package ``dexed-py``: its engine's own parameters, presets drawn for each."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from bridge.learning.ranking import STEPS, Audio, Ranked

RATE_HZ, SECONDS, HELD_S, NOTE, VELOCITY = 22_050, 4.0, 2.0, 60, 100
"""Sounds as published."""
FEEDBACKS = 8
"""The DX7 has no more, so this attribute has 8 steps."""
MODES = 32
"""Algorithms."""


def dexed(seed: int) -> Ranked | None:
    """Return the synth for the test; nothing where the package is not installed."""
    if find_spec("dexed") is None:
        return None
    from dexed import DexedSynth

    synth = DexedSynth(sample_rate=RATE_HZ)

    def render(attribute: str, preset: int) -> Audio:
        steps, turn = ATTRIBUTES[attribute]
        sounds = []
        for value in steps:
            patch, carriers = _patch(np.random.default_rng((seed, list(ATTRIBUTES).index(attribute), preset)))
            turn(patch, carriers, int(value))
            synth.load_patch(patch)
            sounds.append(synth.render(NOTE, VELOCITY, HELD_S, SECONDS))
        return np.stack(sounds).astype(np.float32)

    return Ranked("dexed", RATE_HZ, tuple(ATTRIBUTES), render)


def _patch(rng: np.random.Generator) -> tuple[Any, list[int]]:
    """Return a random patch that sounds, without LFO, and its carriers."""
    from dexed import Patch, get_carriers

    patch = Patch()
    patch.algorithm = int(rng.integers(MODES))
    patch.feedback = int(rng.integers(FEEDBACKS))
    carriers = list(get_carriers(patch.algorithm))
    for number in range(6):
        operator = patch.op[number]
        carries = number in carriers
        operator.output_level = int(rng.integers(90, 100) if carries else rng.integers(55, 85))
        operator.frequency_coarse = int(rng.integers(1, 3) if carries else rng.integers(1, 7))
        operator.frequency_fine, operator.detune = 0, int(rng.integers(5, 10))
        operator.envelope.rates = [int(rng.integers(70, 100)), *(int(rng.integers(25, 60)) for _ in range(3))]
        operator.envelope.levels = [99, int(rng.integers(80, 96)), int(rng.integers(60, 90)), 0]
    patch.lfo.speed, patch.lfo.delay, patch.lfo.sync = int(rng.integers(25, 45)), 0, True
    patch.lfo.wave = "sine" if rng.random() < 0.5 else "triangle"
    patch.lfo.pitch_mod_depth = patch.lfo.amp_mod_depth = 0
    patch.pitch_mod_sensitivity = 4
    return patch, carriers


def _modulators(carriers: list[int]) -> list[int]:
    """Return the operators that are no carriers; the carriers where there are no others."""
    return [number for number in range(6) if number not in carriers] or carriers


def _attack(patch: Any, carriers: list[int], rate: int) -> None:
    for number in carriers:
        patch.op[number].envelope.rates[0] = rate


def _decay(patch: Any, operators: list[int], rate: int) -> None:
    for number in operators:
        envelope = patch.op[number].envelope
        envelope.rates[1:3], envelope.levels[1:3] = [rate, rate], [0, 0]


def _modulator_decay(patch: Any, carriers: list[int], rate: int) -> None:
    _decay(patch, _modulators(carriers), rate)


def _modulator_level(patch: Any, carriers: list[int], level: int) -> None:
    for number in _modulators(carriers):
        patch.op[number].output_level = level


def _feedback(patch: Any, carriers: list[int], amount: int) -> None:
    from dexed import get_feedback_edge

    patch.feedback = amount
    patch.op[get_feedback_edge(patch.algorithm)[0]].output_level = 92


def _pitch(patch: Any, carriers: list[int], semitones: int) -> None:
    patch.transpose = semitones


def _lfo_pitch(patch: Any, carriers: list[int], depth: int) -> None:
    patch.lfo.pitch_mod_depth = depth


def _lfo_amp(patch: Any, carriers: list[int], depth: int) -> None:
    patch.lfo.amp_mod_depth = depth
    for number in carriers:
        patch.op[number].amp_mod_sensitivity = 3


def _rate_pitch(patch: Any, carriers: list[int], speed: int) -> None:
    _lfo_pitch(patch, carriers, 60)
    patch.lfo.speed = speed


def _rate_amp(patch: Any, carriers: list[int], speed: int) -> None:
    _lfo_amp(patch, carriers, 70)
    patch.lfo.speed = speed


def _steps(first: int, last: int, count: int = STEPS) -> tuple[int, ...]:
    return tuple(np.round(np.linspace(first, last, count)).astype(int).tolist())


ATTRIBUTES: dict[str, tuple[tuple[int, ...], Callable[[Any, list[int], int], None]]] = {
    "amp_attack": (_steps(75, 25), _attack),
    "amp_decay": (_steps(85, 20), _decay),
    "modulator_level": (_steps(30, 95), _modulator_level),
    "modulator_decay": (_steps(85, 20), _modulator_decay),
    "feedback": (_steps(0, 7, FEEDBACKS), _feedback),
    "lfo_amount_amp": (_steps(0, 99), _lfo_amp),
    "lfo_amount_pitch": (_steps(0, 99), _lfo_pitch),
    "lfo_rate_amp": (_steps(5, 70), _rate_amp),
    "lfo_rate_pitch": (_steps(5, 70), _rate_pitch),
    "coarse_pitch": (_steps(5, 43), _pitch),
}
"""Of each attribute its steps, from the least of it to the most, and what sets one."""
