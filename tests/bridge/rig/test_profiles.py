"""The synths that ship, and charts brought in from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.osc.reader import parse_packet
from bridge.rig.profiles import PROFILES, Profile, load_profile
from synth.errors import InputError
from tests.bridge.strokes import numbers, sent

REFERENCE_TR_08 = {
    "accent": 71,
    **{f"BD {name}": 20 + i for i, name in enumerate(("tune", "tone", "compression", "decay", "level"))},
    **{f"SD {name}": 25 + i for i, name in enumerate(("tone", "snappy", "compression", "decay", "level"))},
    "LT tune": 46,
    "LT decay": 47,
    "MT tune": 49,
    "MT decay": 50,
    "HT tune": 52,
    "HT decay": 53,
}
WANTED = {
    "roland-tr-08",
    "roland-tr-8s",
    "korg-volca-drum",
    "korg-volca-beats",
    "elektron-digitakt",
    "elektron-analog-rytm",
    "behringer-rd-8",
    "arturia-drumbrute-impact",
    "mfb-tanzbaer",
    "superdirt",
    "abletonosc",
    "vcv-cvosccv",
    "wekinator",
    "gm-drums",
}


def profile(name: str) -> Profile:
    return load_profile(name, "test")


def test_the_promised_synths_ship() -> None:
    assert set(PROFILES.names()) >= WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_profile_names_each_sound_and_control_once_and_says_where_it_is_from(name: str) -> None:
    found = profile(name)
    for names in ([note.name.lower() for note in found.notes], [control.name.lower() for control in found.controls]):
        assert len(set(names)) == len(names)
    used = {note.source for note in found.notes} | {found.channel_source, found.port_source, found.layout_source}
    used |= {source for control in found.controls for source in (control.source, control.range_source)}
    assert set(found.sources) == used - {""}


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_message_number_belongs_to_one_control_of_a_machine(name: str) -> None:
    machine_bound = ("SD classic",)
    controls = [one for one in profile(name).controls if not one.name.startswith(machine_bound)]
    ways = [(one.kind, one.number) for one in controls if one.kind]
    assert len(set(ways)) == len(ways)


def test_the_tr_08_equals_its_reference() -> None:
    found = profile("roland-tr-08")
    assert {name: found.control(name, "MIDI", "test").number for name in REFERENCE_TR_08} == REFERENCE_TR_08
    assert found.note("SD", "test") == 38


def test_the_tr_8s_equals_its_reference() -> None:
    found = profile("roland-tr-8s")
    names = ("SD tune", "SD decay", "SD ctrl", "SD level", "BD tune", "BD decay", "BD ctrl", "BD level")
    assert [found.control(name, "MIDI", "test").number for name in names] == [25, 28, 97, 29, 20, 23, 96, 24]


def test_a_rig_maps_by_the_names_of_a_profile() -> None:
    play = {"profile": "roland-tr-08", "note": "SD", "values": [{"control": "SD snappy", "from": "gain"}]}
    assert [data.hex() for _, data in sent(play, [(1.0, numbers(1.0))], type="midi")[:2]] == ["b01a7f", "902640"]


def test_an_unknown_control_is_refused_with_those_that_exist() -> None:
    play = {"profile": "roland-tr-08", "values": [{"control": "SD snapy", "from": "gain"}]}
    with pytest.raises(
        InputError, match=r"values\[1\]\.control: 'SD snapy' is no control of Roland TR-08; did you mean 'sd snappy' or"
    ):
        sent(play, [], type="midi")


def test_an_unknown_profile_is_refused_with_those_that_ship() -> None:
    with pytest.raises(InputError, match=r"test\.profile: there is no profile 'tr-80'; .*roland-tr-08"):
        sent({"profile": "tr-80"}, [], type="midi")


@pytest.mark.parametrize("name", ["x" * 5000, "~nobody-at-home/x", "x\0"])
def test_a_profile_that_cannot_be_a_file_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"test\.profile: there is no profile '"):
        load_profile(name, "test")


def test_superdirt_gets_one_message_of_names_and_values() -> None:
    gain = {"control": "gain", "from": "velocity", "low": 0.0, "high": 1.4}
    play = {"profile": "superdirt", "send": [gain, {"control": "crush", "from": "gain"}]}
    [(_, data)] = sent(play, [(1.0, numbers(1.0, velocity=1.0))], type="osc", port=57120)
    [(address, arguments)] = parse_packet(data) or []
    assert (address, arguments[:3], arguments[4:]) == ("/dirt/play", ["s", "sn", "gain"], ["crush", 16.0])
    assert arguments[3] == pytest.approx(1.4)


def test_live_gets_the_place_before_the_value_and_no_trigger() -> None:
    play = {
        "profile": "abletonosc",
        "send": [{"control": "parameter", "from": "gain", "args": [0, 1, 5], "low": 0, "high": 1}],
    }
    [(_, data)] = sent(play, [(1.0, numbers(1.0))], type="osc", port=11000, timetag="none")
    assert parse_packet(data) == [("/live/device/set/parameter/value", [0, 1, 5, 1.0])]


def test_wekinator_gets_a_list() -> None:
    [(_, data)] = sent({"profile": "wekinator"}, [(1.0, numbers(0.5))], type="osc", port=6448, timetag="none")
    assert parse_packet(data) == [("/wek/inputs", [0.5, 0.5])]


def test_volts_go_to_the_channels_of_a_modular() -> None:
    play = {"profile": "vcv-cvosccv", "send": [{"control": "channel 3", "from": "cutoff", "low": 0, "high": 10}]}
    (_, data), *_ = sent(play, [(1.0, numbers(1.0))], type="osc", port=7001)
    assert parse_packet(data) == [("/ch/3", [10.0]), ("/ch/8", [0.5])]


@pytest.mark.parametrize("given", [{}, {"low": 0}, {"high": 5}])
def test_a_control_whose_receiver_sets_no_range_needs_one_of_the_rig(given: dict[str, int]) -> None:
    play = {"profile": "vcv-cvosccv", "send": [{"control": "channel 3", "from": "cutoff", **given}]}
    with pytest.raises(InputError, match=r"send\[1\]: control 'channel 3' has no range of its own; give low and high"):
        sent(play, [], type="osc", port=7001)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_no_number_of_a_profile_is_ours(name: str) -> None:
    assert not [text for text in profile(name).sources.values() if text.startswith("ours")]


def test_a_profile_without_a_source_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "Mine"\n[[controls]]\nname = "tone"\ncc = 20\nsource = "manual"\n')
    with pytest.raises(InputError, match=r"mine\.toml: source 'manual' is not described"):
        load_profile(str(file), "test")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("cc = 20\nlow = -10", "low of control 'tone' is -10; a cc takes 0 to 127"),
        ("cc = 20\nhigh = 128", "high of control 'tone' is 128; a cc takes 0 to 127"),
        ("nrpn = 20\nhigh = 16384", "high of control 'tone' is 16384; a nrpn takes 0 to 16383"),
    ],
)
def test_a_range_that_no_message_has_is_the_profiles_own_mistake(tmp_path: Path, given: str, complaint: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'name = "Mine"\n[sources]\nm = "manual"\n[[controls]]\nname = "tone"\n{given}\nsource = "m"\n')
    with pytest.raises(InputError, match=rf"mine\.toml: controls\[1\]: {complaint}"):
        load_profile(str(file), "test")


@pytest.mark.parametrize(("table", "kind"), [("notes", "note = 38"), ("controls", "cc = 20")])
def test_names_that_differ_in_capitals_only_are_refused(table: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    entries = "".join(f"[[{table}]]\nname = '{name}'\n{kind}\nsource = 'ear'\n" for name in ("SD", "sd"))
    file.write_text(f"name = 'Mine'\nsources = {{ ear = 'heard' }}\n{entries}")
    with pytest.raises(InputError, match=rf"mine\.toml: {table[:-1]} '(SD|sd)' is there twice"):
        load_profile(str(file), "test")
