"""One set of findings behind `doctor`, `check` and `play`."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.audio.devices import Device
from bridge.engine.messages import Opened
from bridge.events import PlayKey
from bridge.mapping.mapping import DrumMapping
from bridge.rig.rig import Rig, rig_from_table
from bridge.session.cables import play_costs, port_costs
from bridge.session.findings import (
    Machine,
    audio_findings,
    connect_findings,
    host_findings,
    machine_findings,
    midi_findings,
    opened_findings,
    rig_findings,
)
from bridge.session.machine import Finding
from tests.bridge.rigs import snare_mapping

CARD = Device(0, "Scarlett", "ALSA", 2, 2, 44_100, (3.0, 3.0))
PORTS = ["TR-08:TR-08 MIDI 1 24:0", "nanoPAD2:nanoPAD2 MIDI 1 28:0", "nanoPAD2:nanoPAD2 MIDI 1 36:0"]
MACHINE = Machine(
    devices=(CARD,),
    defaults=(0, 0),
    jack_sources=("system:capture_1", "system:capture_2"),
    jack_sinks=("system:playback_1",),
    midi_outputs={None: PORTS},
    midi_inputs=("nanoKONTROL:nanoKONTROL MIDI 1 20:0",),
    midi_apis=("alsa", "jack"),
)


def rig_of(**table: Any) -> Rig:
    return rig_from_table({"drum": [{"name": "snare"}], **table}, "my.toml")


def midi_rig(*targets: dict[str, Any], plays: list[dict[str, Any]] | None = None, **table: Any) -> Rig:
    named = [{"name": f"t{index}", "type": "midi", **target} for index, target in enumerate(targets, 1)]
    return rig_of(target=named, drum=[{"name": "snare", "play": plays or []}], **table)


def severities(findings: Any) -> dict[str, str]:
    return {finding.what: finding.severity for finding in findings}


def only(findings: Any, what: str) -> Finding:
    found: list[Finding] = [finding for finding in findings if finding.what == what]
    assert len(found) == 1
    return found[0]


def test_a_device_that_is_misspelt_is_missing_and_nothing_refers_to_it() -> None:
    findings = list(audio_findings(rig_of(input={"device": "Scarlet 18"}), "my.toml", MACHINE))
    found = only(findings, "audio device")
    assert (found.severity, found.where) == ("missing", "my.toml")
    assert "there is no 'Scarlet 18'; inputs are: ALSA: Scarlett" in found.found
    assert "sample rate" not in severities(findings)
    assert not any("see above" in finding.sentence for finding in findings)


def test_the_rate_that_the_device_runs_at_is_named() -> None:
    found = only(audio_findings(rig_of(), "my.toml", MACHINE), "sample rate")
    assert (found.severity, found.found) == ("change", "Scarlett at 44100 Hz, the rig at 48000 Hz")


def test_play_says_the_rate_that_the_device_runs_at() -> None:
    opened = Opened(48_000, "ALSA: Scarlett", "ALSA: Scarlett", True, 64, 44_100)
    [found] = opened_findings(rig_of(), "my.toml", {}, opened)
    assert "ALSA: Scarlett runs at 44100 Hz by itself, the rig at 48000 Hz" in found.found
    assert not list(opened_findings(rig_of(), "my.toml", {}, None))


def test_a_midi_port_that_is_not_there_is_missing_with_those_that_are() -> None:
    found = only(midi_findings(midi_rig({"port": "TR-8S"}), MACHINE), "MIDI port of 't1'")
    assert (found.severity, found.where) == ("missing", "my.toml: target 't1'")
    assert found.found.startswith("there is no 'TR-8S'; there are: TR-08:TR-08 MIDI 1, nanoPAD2:nanoPAD2 MIDI 1 28:0")


def test_a_name_that_fits_several_ports_is_noted_with_all_of_them() -> None:
    found = only(midi_findings(midi_rig({"port": "nanoPAD2"}), MACHINE), "MIDI port of 't1'")
    assert (found.severity, found.good) == ("note", True)
    assert found.found == f"'nanoPAD2' fits {PORTS[1]}, {PORTS[2]}; the first one is opened"


def test_two_targets_on_one_port_are_noted() -> None:
    findings = list(midi_findings(midi_rig({"port": "TR-08"}, {"port": "TR-08 MIDI"}), MACHINE))
    assert [finding.severity for finding in findings] == ["good", "good", "note"]
    assert "it is also that of 't1': TR-08:TR-08 MIDI 1 24:0" in findings[-1].found


def test_the_input_of_remote_control_is_looked_for() -> None:
    rig = rig_of(control={"midi": "nanoKONTROL Studio"})
    assert only(midi_findings(rig, MACHINE), "MIDI input").severity == "missing"
    assert only(midi_findings(rig_of(control={"midi": "nanoK"}), MACHINE), "MIDI input").severity == "good"


def test_jack_ports_that_do_not_exist_are_named_with_the_nearest() -> None:
    rig = rig_of(input={"connect": "system:captur_1, system:capture_2"}, output={"connect": "system:playback_1"})
    [misspelt, beyond] = connect_findings(rig, "my.toml", MACHINE)
    assert misspelt.found.startswith("JACK has no port 'system:captur_1'; did you mean 'system:capture_1'")
    assert (misspelt.severity, beyond.severity) == ("missing", "note")
    [none] = connect_findings(rig_of(input={"connect": "system:capture_1"}), "my.toml", Machine())
    assert none.found == "there is no JACK server"


def test_a_host_that_is_not_found_is_missing() -> None:
    target = {"name": "t", "type": "osc", "port": 9000, "host": "x" * 70}
    findings = host_findings(rig_of(target=[target], control={"send_to": [{"port": 9001}]}))
    assert severities(findings) == {"host of 't'": "missing", "host of remote control": "good"}


def test_without_a_midi_system_the_build_is_to_be_changed() -> None:
    assert severities(machine_findings(rig_of(), "my.toml", Machine()))["MIDI systems"] == "change"


@pytest.fixture
def mappings() -> dict[PlayKey, DrumMapping]:
    return {PlayKey("snare"): snare_mapping()}


PLAYS: list[dict[str, Any]] = [
    {"target": "t1", "note": 36, "cc": [{"number": 1, "from": "level"}]},
    {"target": "t1", "note": 38},
]


def test_two_plays_of_one_drum_on_one_port_are_told_apart_and_summed(mappings: dict[PlayKey, DrumMapping]) -> None:
    rig = midi_rig({"port": "TR-08", "budget": "din"}, plays=PLAYS)
    costs = play_costs(rig, "my.toml", mappings)
    assert [cost.drum for cost in costs] == ["snare (1 of 2)", "snare (2 of 2)"]
    [shared] = port_costs(rig, costs)
    assert (shared.messages, shared.drum) == (3, "everything at once")
    assert shared.before_ms == pytest.approx(sum(cost.before_ms for cost in costs) - 0.96, abs=0.01)
    assert "drum 'snare' plays 't1' 2 times" in only(rig_findings(rig, costs), "rig").found


def test_a_cable_on_which_a_note_is_late_is_named(mappings: dict[PlayKey, DrumMapping]) -> None:
    values = [{"nrpn": number, "from": "level"} for number in range(20)]
    rig = midi_rig({"port": "TR-08", "budget": "din", "lead_ms": 20}, plays=[PLAYS[1] | {"values": values}])
    found = only(rig_findings(rig, play_costs(rig, "my.toml", mappings)), "MIDI cable")
    assert (found.severity, found.where) == ("change", "my.toml: target 't1'")


def test_what_a_rig_does_not_use_is_noted() -> None:
    found = [(finding.severity, finding.found) for finding in rig_findings(midi_rig({}), [])]
    assert found == [("note", "drum 'snare' plays nothing"), ("note", "no drum plays target 't1'")]


RIM, HEAD = {"when": {"centroid": [110, 140]}}, {"when": {"centroid": [60, 110]}}


def test_plays_of_which_a_stroke_takes_one_alone_cost_what_the_dearest_does(
    mappings: dict[PlayKey, DrumMapping],
) -> None:
    rig = midi_rig({"port": "TR-08", "budget": "din"}, plays=[PLAYS[0] | RIM, PLAYS[1] | HEAD])
    costs = play_costs(rig, "my.toml", mappings)
    assert (len(costs), port_costs(rig, costs), rig_findings(rig, costs)) == (2, [], [])
    chosen, every = (
        midi_rig({"port": "TR-08", "budget": "din"}, plays=[*plays, PLAYS[1]])
        for plays in ([PLAYS[0] | RIM, PLAYS[1] | HEAD], PLAYS)
    )
    shared = [port_costs(rig, play_costs(rig, "my.toml", mappings)) for rig in (chosen, every)]
    assert shared[0] == shared[1], "the third one takes every stroke"


def test_strokes_that_may_sound_twice_and_those_that_no_play_takes_are_noted(
    mappings: dict[PlayKey, DrumMapping],
) -> None:
    plays = [PLAYS[0] | RIM, PLAYS[1] | {"when": {"centroid": [70, 120]}}]
    rig = midi_rig({}, plays=plays)
    found = [finding.found for finding in rig_findings(rig, play_costs(rig, "my.toml", mappings))]
    assert found == [
        "drum 'snare': no play takes strokes with centroid under 70",
        "drum 'snare' plays 't1' 2 times: a stroke may sound 2 times there",
    ]


def test_a_target_that_is_alone_in_its_choke_group_is_noted() -> None:
    voices = [{"name": name, "type": "voice", "choke_group": group} for name, group in (("a", "h"), ("b", "i"))]
    drum = [{"name": "x", "play": [{"target": "a"}, {"target": "b"}]}]
    assert [finding.found for finding in rig_findings(rig_of(target=voices, drum=drum), [])] == [
        "target 'a' is alone in choke_group 'h'",
        "target 'b' is alone in choke_group 'i'",
    ]
    voices[1]["choke_group"] = "h"
    assert not rig_findings(rig_of(target=voices, drum=drum), [])
