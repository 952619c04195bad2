from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bridge.sampling.attributes import ATTRIBUTES, attributes_of
from bridge.sampling.card import Card, ControlReport, report_card
from bridge.sampling.card_files import write_card
from synth.spec import Param
from tests.bridge.sampling.synths import asked, recorded

RATE_HZ = 48_000
TIMES_S = np.arange(RATE_HZ // 2) / RATE_HZ


def tone(hz: float, decay_s: float = 0.2, gain: float = 0.5, rate_hz: int = RATE_HZ) -> np.ndarray:
    times_s = np.arange(rate_hz // 2) / rate_hz
    return (gain * 0.001 ** (times_s / decay_s) * np.sin(2 * np.pi * hz * times_s)).astype(np.float32)


def measured(sound: np.ndarray, rate_hz: int = RATE_HZ) -> dict[str, float]:
    [row] = attributes_of(sound[None], rate_hz)
    return dict(zip((attribute.name for attribute in ATTRIBUTES), row.tolist(), strict=True))


def test_each_attribute_follows_what_it_is_named_for() -> None:
    base = measured(tone(440.0))
    assert measured(tone(440.0, gain=0.25))["level"] == pytest.approx(base["level"] - 6.02, abs=0.01)
    assert measured(tone(880.0))["brightness"] == pytest.approx(base["brightness"] + 1.0, abs=0.1)
    assert measured(tone(880.0))["pitch"] == pytest.approx(81.0, abs=0.1)
    assert base["pitch"] == pytest.approx(69.0, abs=0.1)
    assert measured(tone(440.0, decay_s=0.1))["decay"] == pytest.approx(base["decay"] - 1.0, abs=0.1)
    noise = np.random.default_rng(0).standard_normal(RATE_HZ // 2).astype(np.float32) * 0.1
    assert measured(noise)["noisiness"] > base["noisiness"] + 20.0


def test_attributes_are_the_same_at_every_rate() -> None:
    at_48, at_96 = measured(tone(440.0)), measured(tone(440.0, rate_hz=96_000), 96_000)
    for attribute in ATTRIBUTES:
        if attribute.name != "noisiness":  # of the numerical floor between the partials
            assert at_96[attribute.name] == pytest.approx(at_48[attribute.name], abs=attribute.just_noticeable)


def test_silence_has_a_level_and_no_other_attribute() -> None:
    found = measured(np.zeros(RATE_HZ // 4, np.float32))
    assert found.pop("level") == -100.0
    assert all(np.isnan(value) for value in found.values())


def report(apart_db: list[float], values: list[float] | None = None, slew_db: float = 0.0) -> ControlReport:
    steps = len(apart_db) + 1
    places = np.arange(steps, dtype=float) if values is None else np.array(values)
    param = Param("knob", float(places[0]), float(places[-1]), "", "linear", float(places[0]))
    attributes = np.tile(places[:, None], (1, len(ATTRIBUTES)))
    return ControlReport(param, places, attributes, np.array(apart_db), sum(apart_db), slew_db, 0.1)


def test_dead_zones_at_both_ends_are_left_out_of_the_suggested_range() -> None:
    assert report([0.0, 0.0, 3.0, 2.0, 0.1]).live == (2.0, 4.0)
    assert report([0.0, 0.0, 3.0, 2.0, 0.1]).distinct == 3


def test_a_control_that_changes_nothing_is_named_with_what_to_do() -> None:
    idle = report([0.01, 0.02])
    assert not idle.works
    zeros = np.zeros(5)
    card = Card("box", 10, 0, 0, -6.0, -90.0, True, zeros, 0.1, zeros, (idle, report([3.0, 2.0])))
    [warning] = card.warnings
    assert warning.startswith("knob changes nothing that is heard while the other controls rest; leave it out")


def test_a_control_on_its_way_a_drift_and_silent_or_clipped_takes_are_told() -> None:
    spread, drift = np.full(5, 0.1), np.array([-1.5, 0.0, 0.0, np.nan, 0.0])
    card = Card("box", 10, 3, 2, -6.0, -90.0, False, spread, 0.1, drift, (report([3.0, 2.0], slew_db=1.0),))
    slews, drifted, silent, clipped = card.warnings
    assert "still moving when its note follows at once (1.0 dB)" in slews
    assert "the level of one setting moved by 1.5 dB" in drifted
    assert silent == "3 settings of 10 made no sound"
    assert clipped.startswith("2 takes clipped twice")


def test_a_role_that_the_sounds_deny_is_told() -> None:
    base = report([3.0, 2.0])
    still = base.attributes.copy()
    still[:, 3] = 5.0
    denied = replace(base, param=replace(base.param, role="decay"), attributes=still)
    zeros = np.zeros(5)
    [warning] = Card("box", 10, 0, 0, -6.0, -90.0, True, zeros, 0.1, zeros, (denied,)).warnings
    assert warning.startswith("the profile says that knob is the decay, and it changes the ")
    kept = replace(denied, attributes=base.attributes)
    assert not Card("box", 10, 0, 0, -6.0, -90.0, True, zeros, 0.1, zeros, (kept,)).warnings


def test_a_control_that_works_by_ratios_gets_a_log_curve() -> None:
    values = [20.0, 1000.0, 5000.0, 10000.0, 20000.0]
    by_ratio = [float(np.log(high / low)) for low, high in pairwise(values)]
    assert report(by_ratio, values).curve == "log"
    by_difference = [float(high - low) / 1000.0 for low, high in pairwise(values)]
    assert report(by_difference, values).curve == "linear"


def test_order_is_a_rank_correlation() -> None:
    rising = report([1.0, 1.0, 1.0])
    assert rising.order(0) == pytest.approx(1.0)
    assert np.isnan(replace(rising, attributes=np.ones((4, 5))).order(0))


def test_the_card_of_a_real_synth_says_what_its_controls_do(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set", 60)
    card = report_card(found)
    assert card.identical
    assert card.takes == 60
    assert card.warnings == ()
    freq, decay, noise = card.controls
    assert ATTRIBUTES[freq.main].name == "pitch"
    assert freq.order(4) == pytest.approx(1.0)
    assert all(control.works and not control.slews for control in (freq, decay, noise))
    assert noise.change(1) > 1.0
    assert asked().synth.space.names == tuple(control.param.name for control in card.controls)


def test_the_card_is_written_as_toml_and_picture(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set", 20)
    toml, picture = write_card(report_card(found), tmp_path / "set")
    table = tomllib.loads(toml.read_text("utf-8"))
    assert table["controls"]["osc1.freq"]["works"]
    assert table["repeats_identical"]
    assert picture.read_bytes().startswith(b"\x89PNG")
