"""A session that cannot start says why and leaves nothing behind."""

from contextlib import closing
from typing import Any

import psutil
import pytest

from bridge.rig.rig import rig_from_table
from bridge.session.session import Session
from synth.errors import InputError

DRUM = {"name": "snare", "model": "snare-1", "play": [{"target": "808"}]}
VOICE = {"name": "808", "type": "voice"}
DEVICE = "a device that no machine has"


def children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [child for child in found if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_missing_device_is_one_sentence_and_no_process_stays() -> None:
    rig = rig_from_table({"input": {"device": DEVICE}, "target": [VOICE], "drum": [DRUM]}, "test")
    before = children()
    with pytest.raises(InputError, match=r"\[input\] device: "), closing(Session(rig, "test", strict=True)) as session:
        session.start()
    assert children() == before


def test_a_device_that_is_not_there_is_named_and_waited_for_and_the_rest_is_there() -> None:
    rig = rig_from_table({"input": {"device": DEVICE}, "target": [VOICE], "drum": [DRUM]}, "test")
    before = children()
    with closing(Session(rig, "test")) as session:
        assert session.start() is None
        assert session.state == "waiting"
        assert [sentence[:16] for sentence in session.status().away] == ["[input] device: "]
    assert children() == before


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"type": "midi", "port": "no such port"}, "target 't': port is 'no such port'"),
        ({"type": "osc", "port": 9, "host": "no.such.host.invalid"}, "target 't': host is 'no.such.host.invalid'"),
    ],
)
def test_what_is_not_there_is_refused_where_that_is_asked_for(table: dict[str, Any], named: str) -> None:
    drum = {"name": "snare", "model": "snare-1", "play": [{"target": "t"}]}
    rig = rig_from_table({"target": [{"name": "t", **table}], "drum": [drum]}, "test")
    before = children()
    with pytest.raises(InputError, match=named):
        Session(rig, "test", strict=True)
    assert children() == before


def test_a_map_that_names_no_number_stops_the_player_too() -> None:
    osc = {"name": "osc", "type": "osc", "port": 9}
    play = {"target": "osc", "trigger_args": ["{loudness}"]}
    rig = rig_from_table({"target": [osc], "drum": [{**DRUM, "play": [play]}]}, "test")
    before = children()
    with pytest.raises(InputError, match="'loudness' is no number of a stroke"):
        Session(rig, "test")
    assert children() == before
