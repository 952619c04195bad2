"""Which port a name means, and what is said of the ports that are there."""

from __future__ import annotations

import pytest

from bridge.midi.ports import listed, ranked_ports, told_apart
from bridge.rig.control import ControlSettings
from bridge.rig.rig import rig_from_table
from bridge.rig.validation import checked
from synth.errors import InputError

ALSA = ["Midi Through:Midi Through Port-0 14:0", "nanoPAD2:nanoPAD2 MIDI 1 28:0", "nanoPAD2:nanoPAD2 MIDI 1 36:0"]
JACK = ["Volca Beats 2:in", "Volca Beats:in B", "Volca Beats:in"]
CORE = ["IAC Driver Bus 10", "IAC Driver Bus 1", "TR-08"]


@pytest.mark.parametrize(
    ("ports", "wanted", "meant"),
    [
        (ALSA, "nanoPAD2", ALSA[1]),
        (ALSA, "nanopad2 midi", ALSA[1]),
        (ALSA, "nanoPAD2:nanoPAD2 MIDI 1 36:0", ALSA[2]),
        (ALSA, "36:0", ALSA[2]),
        (JACK, "Volca Beats:in", JACK[2]),
        (JACK, "volca beats:IN", JACK[2]),
        (JACK, "Volca Beats", JACK[1]),
        (JACK, "in B", JACK[1]),
        (JACK, "Beats 2", JACK[0]),
        (CORE, "IAC Driver Bus 1", CORE[1]),
        (CORE, "Bus", CORE[0]),
        (told_apart(["nanoPAD2", "nanoPAD2"]), "nanoPAD2 #2", "nanoPAD2 #2"),
        (told_apart(["nanoPAD2", "nanoPAD2"]), "nanoPAD2", "nanoPAD2"),
    ],
)
def test_a_whole_name_goes_before_a_part_of_one(ports: list[str], wanted: str, meant: str) -> None:
    assert ranked_ports(ports, wanted)[0] == meant


@pytest.mark.parametrize("wanted", ["TR-8S", "nanoPAD2:nanoPAD2 MIDI 1 40:0", "nanoPAD2 #3"])
def test_a_name_that_no_port_has_means_none(wanted: str) -> None:
    assert ranked_ports(ALSA, wanted) == []


def test_the_ports_that_fit_equally_well_are_all_returned() -> None:
    assert ranked_ports(ALSA, "nanoPAD2") == ALSA[1:]
    assert ranked_ports(JACK, "Volca Beats:in") == [JACK[2]]


def test_numbers_are_shown_only_where_they_tell_two_ports_apart() -> None:
    assert listed(ALSA) == ["Midi Through:Midi Through Port-0", *ALSA[1:]]


ENDLESS = "x" * 100_000


def test_an_endless_port_name_of_a_target_is_one_sentence() -> None:
    target = {"name": "t", "type": "midi", "port": ENDLESS}
    with pytest.raises(
        InputError, match=r"^my\.toml: target\[1\]: port is 'x+\.\.\.x+'; allowed is a text of 1 to 300"
    ):
        rig_from_table({"target": [target], "drum": [{}]}, "my.toml")


def test_an_endless_input_name_of_remote_control_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"^control: midi is 'x+\.\.\.x+'; allowed is a text of 0 to 300 characters"):
        checked(ControlSettings, {"midi": ENDLESS}, "control")


def test_a_rig_that_counts_on_running_status_is_told_why_it_cannot() -> None:
    target = {"name": "t", "type": "midi", "running_status": True}
    with pytest.raises(InputError, match="running_status is no key any more: whole messages are handed to the system"):
        rig_from_table({"target": [target], "drum": [{}]}, "my.toml")
