"""Strokes for the targets' tests: a small parameter space, the numbers of a stroke, a moment."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.events import Moment, Transcript
from bridge.mapping.numbers import number_ranges
from bridge.rig.targets import TargetSettings, parse_play, parse_target
from bridge.targets.base import DrumContext, Target
from bridge.targets.dispatch import TARGETS
from synth.spec import Param, ParamSpace

SPACE = ParamSpace(
    "test synth", (Param("cutoff", 20, 20_000, "Hz", "log", 1000), Param("gain", -60, 0, "dB", "linear", -6))
)
CONTEXT = DrumContext("snare", SPACE.names, number_ranges(SPACE))


def numbers(unit: float = 0.5, velocity: float = 0.5, **others: float) -> dict[str, float]:
    """Return the numbers of a stroke whose parameters all stand at ``unit``."""
    result = {"velocity": velocity, "gain_db": 0.0, "stroke": 3.0, "onset_samples": 480.0}
    result |= {"level": -60.0 + 60.0 * unit, "centroid": 60.0 + 80.0 * unit, "flatness": -60.0 + 60.0 * unit}
    result |= {f"unit.{name}": unit for name in ("level", "centroid", "flatness")} | {"unit.gain_db": 40 / 52}
    for name, value in zip(SPACE.names, SPACE.from_unit(np.full(len(SPACE), unit)).tolist(), strict=True):
        result |= {name: value, f"unit.{name}": unit, f"mod.{name}": 2 * unit - 1}
    return result | others


def at(seconds: float) -> Moment:
    """Return the moment of a stroke that is known, and due, at ``seconds``."""
    return Moment(seconds - 0.006, seconds, seconds)


def target_on(tape: Transcript, **table: Any) -> Target:
    """Return a target of these settings that writes on ``tape``."""
    settings = parse_target({"name": "t", **table}, "test")
    [kind] = [target for target in TARGETS if target.settings_type is type(settings)]
    return kind(settings, tape)


def play_of(target: Target | TargetSettings, **table: Any) -> Any:
    """Return the settings of a play of ``target``."""
    settings = target.settings if isinstance(target, Target) else target
    return parse_play({"target": "t", **table}, settings, "test")


def sent(
    play: dict[str, Any], strokes: list[tuple[float, dict[str, float]]], **target: Any
) -> list[tuple[float, bytes]]:
    """Return (time, bytes) of what a target sends for strokes at given times."""
    tape = Transcript()
    with target_on(tape, **target) as opened:
        bound = opened.bind(play_of(opened, **play), CONTEXT, "test")
        for seconds, stroke in strokes:
            opened.strike(bound, stroke, at(seconds))
    return [(round(entry.time_s, 6), entry.data) for entry in tape]
