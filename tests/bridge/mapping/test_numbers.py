"""One law for maps: real units in, the curve of the field, real units out; a name means one number everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bridge.events import Hit, PlayKey, Strike
from bridge.mapping.numbers import Scaler, StrokeNumbers, number_ranges
from bridge.osc.reader import parse_packet
from bridge.rig.plays import OscValue
from synth.errors import InputError
from synth.voices.snare808.table import SNARE808
from tests.bridge.strokes import CONTEXT, numbers, sent

OSC = {"type": "osc", "port": 9, "timetag": "none"}


def scaled(source: str, value: float, **fields: Any) -> float:
    entry = OscValue.model_validate({"from": source, **fields})
    return Scaler.of(entry, CONTEXT.ranges, 0.0, 1.0, "test")({source: value})


def arguments(play: dict[str, Any], stroke: dict[str, float]) -> dict[str, list[Any]]:
    """Return what a play sends for one stroke, by address."""
    found: dict[str, list[Any]] = {}
    for _, data in sent(play, [(1.0, stroke)], **OSC):
        found |= dict(parse_packet(data) or [])
    return found


@pytest.mark.parametrize(
    ("source", "value", "fields", "expected"),
    [
        ("velocity", 0.5, {"low": 20, "high": 20_000, "curve": "linear"}, 10_010.0),
        ("velocity", 0.5, {"low": 20, "high": 20_000, "curve": "exponential"}, math.sqrt(20 * 20_000)),
        ("velocity", 0.5, {"low": -1, "high": -100, "curve": "exponential"}, -10.0),
        ("velocity", 0.25, {"low": 20_000, "high": 20, "curve": "exponential"}, 20_000 * 1000**-0.25),
        ("cutoff", math.sqrt(20 * 20_000), {"low": 0, "high": 10, "curve": "logarithmic"}, 5.0),
        ("cutoff", 200.0, {"range": [20, 2000], "low": 1, "high": 4, "curve": "power"}, 2.0),
        ("cutoff", 10_010.0, {"low": 0, "high": 1}, 0.5),
        ("level", -15.0, {"range": [0, -60], "low": 0, "high": 100}, 25.0),
        ("level", -90.0, {"range": [-60, 0], "low": 3, "high": 5}, 3.0),
    ],
)
def test_a_map_takes_real_units_and_gives_real_units_by_the_curves_of_the_field(
    source: str, value: float, fields: dict[str, Any], expected: float
) -> None:
    assert scaled(source, value, **fields) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("curve", ["linear", "exponential", "logarithmic", "power"])
def test_both_ends_of_a_curve_are_reached_to_the_bit(curve: str) -> None:
    fields = {"range": [30.0, 7000.0], "low": 0.3, "high": 17.7, "curve": curve}
    assert [scaled("cutoff", value, **fields) for value in (20.0, 30.0, 7000.0, 20_000.0)] == [0.3, 0.3, 17.7, 17.7]


@pytest.mark.parametrize("curve", ["linear", "power"])
@pytest.mark.parametrize("value", [20.0, 182.6, 970.9, 20_000.0])
def test_the_identity_map_of_a_parameter_by_ratio_is_the_identity(value: float, curve: str) -> None:
    fields = {"range": [20, 20_000], "low": 20, "high": 20_000, "curve": curve}
    assert scaled("cutoff", value, **fields) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"low": 0, "high": 1, "curve": "exponential"}, "goes by ratio, so low and high must be both above 0 or both"),
        ({"low": -1, "high": 1, "curve": "power"}, "goes by ratio, so range must be both above 0 or both below it"),
        ({"curve": "logarithmic"}, "goes by ratio, so range must be both above 0 .* they are 0 and 1"),
        ({"range": [0.5, 0.5]}, "range: its ends are 0.5 and 0.5; they must differ"),
        ({"range": [1e38, 1.0000000000000002e38]}, "they must differ"),
    ],
)
def test_a_range_that_its_curve_cannot_go_through_is_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        scaled("velocity", 0.5, **fields)


@pytest.mark.parametrize("name", [name for name in CONTEXT.ranges if name not in ("stroke", "onset_samples")])
def test_a_name_means_one_number_under_whatever_key_it_stands(name: str) -> None:
    stroke = numbers(0.3, velocity=0.7)
    play = {
        "values": "/value",
        "send": [name],
        "trigger_args": [f"{{{name}}}", {"from": name}],
    }
    own = CONTEXT.ranges[name]
    same = {"from": name, "range": [own.low, own.high], "low": own.low, "high": own.high}
    found = arguments(play, stroke)["/value"] + arguments(play, stroke)["/drum/snare/hit"]
    found += arguments({"values": "/value", "send": [same]}, stroke)["/value"]
    assert found == pytest.approx([stroke[name]] * 4, rel=1e-6)


def test_what_counts_is_sent_as_the_integer_that_it_is() -> None:
    stroke = numbers(stroke=70_000.0, onset_samples=2.0**31 - 1)
    play = {"values": "/{name}", "send": ["stroke", "onset_samples"], "trigger_args": ["{stroke}", "{onset_samples}"]}
    found = arguments(play, stroke)
    assert found == {"/stroke": [70_000], "/onset_samples": [2**31 - 1], "/drum/snare/hit": [70_000, 2**31 - 1]}
    assert all(type(one) is int for values in found.values() for one in values)


@pytest.mark.parametrize("far", [-1e6, 1e6])
def test_every_number_keeps_the_range_that_the_docs_give(far: float) -> None:
    count = len(SNARE808)
    hit = Hit(-5 if far < 0 else 2**40, 0, -5 if far < 0 else 2**40, 0, 0, np.full(3, far))
    strike = Strike(PlayKey("x"), hit, np.full(count, abs(far)), np.full(count, far), far, far)
    ranges = number_ranges(SNARE808)
    for name, value in StrokeNumbers(SNARE808).of(strike).items():
        assert ranges[name].low <= value <= ranges[name].high, name


def test_a_parameter_without_send_is_sent_in_the_units_of_the_play() -> None:
    stroke = numbers(0.5)
    assert arguments({}, stroke)["/synth/cutoff"] == [0.5]
    assert arguments({"units": "real"}, stroke)["/synth/cutoff"] == pytest.approx([math.sqrt(20 * 20_000)])


@pytest.mark.parametrize(
    ("play", "complaint"),
    [
        ({"units": "unit", "send": ["cutoff"]}, "units = 'unit' is for a play without send"),
        ({"send": [{"from": "cutoff", "range": [20, 2000]}]}, r"send\[1\]: a number that is scaled needs both ends"),
        (
            {"send": [{"from": "cutoff", "low": 5}]},
            r"scaled needs both ends of what is sent; give low and high",
        ),
        (
            {"send": [{"from": "cutoff", "low": 0, "high": 3e9, "type": "i"}]},
            r"high is 3e\+09; type = 'i' takes",
        ),
    ],
)
def test_a_map_that_meant_something_else_before_is_refused(play: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        sent(play, [], **OSC)
