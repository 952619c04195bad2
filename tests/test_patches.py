"""The patches that ship receive what the shipped rigs send."""

import json

import pytest

from bridge.events import Transcript
from bridge.mapping.load import drum_mapping
from bridge.rig.plays import OscPlaySettings
from bridge.rig.rig import load_rig
from bridge.rig.targets import OscTargetSettings
from bridge.targets.dispatch import Dispatcher, open_targets, routes_of, stream_time
from synth.files import config_dir
from synth.voices.snare808.synthdef import NAME, control_name, snare
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import hit_of

PATCHES = config_dir() / "patches"


def test_every_cord_of_the_max_patch_joins_an_outlet_to_an_inlet() -> None:
    patcher = json.loads((PATCHES / "ghostnote-snare.maxpat").read_text())["patcher"]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    for line in patcher["lines"]:
        (source, outlet), (sink, inlet) = line["patchline"]["source"], line["patchline"]["destination"]
        assert outlet < boxes[source]["numoutlets"]
        assert inlet < boxes[sink]["numinlets"]


@pytest.mark.parametrize("name", SNARE808.names)
def test_max_and_pd_route_every_parameter_and_use_it(name: str) -> None:
    pd, maxpat = ((PATCHES / f"ghostnote-snare.{kind}").read_text() for kind in ("pd", "maxpat"))
    assert f" {name}" in next(line for line in pd.splitlines() if "route osc1.freq" in line)
    assert f"r \\$0-{name};" in pd
    assert f"/synth/{name}" in maxpat
    assert f'"r gn-{name}"' in maxpat


def test_the_max_pd_rig_sends_to_the_port_that_the_patches_listen_on() -> None:
    target = load_rig("max-pd-osc").targets[0]
    assert isinstance(target, OscTargetSettings)
    assert f"netreceive -u -b {target.port}" in (PATCHES / "ghostnote-snare.pd").read_text()
    assert f"udpreceive {target.port}" in (PATCHES / "ghostnote-snare.maxpat").read_text()


def test_the_supercollider_rig_names_the_synth_and_each_control_once() -> None:
    play = load_rig("supercollider").drum[0].plays[0]
    assert isinstance(play, OscPlaySettings)
    assert play.trigger_args[0] == NAME
    names = [entry if isinstance(entry, str) else entry.name for entry in play.send or []]
    assert names == [*(control_name(param.name) for param in SNARE808), "level_db"]
    assert set(names) <= set(snare().parameters)


def test_the_script_has_the_graphs_controls_and_defaults() -> None:
    script = (PATCHES / "ghostnote-snare.scd").read_text()
    assert all(f"{control_name(param.name)} = {param.default:g}" in script for param in SNARE808)
    assert "level_db = 0" in script
    assert ".tanh * level_db.dbamp" in script


@pytest.mark.parametrize("kind", ["pd", "maxpat"])
def test_max_and_pd_take_the_level_from_behind_the_velocity(kind: str) -> None:
    patch = (PATCHES / f"ghostnote-snare.{kind}").read_text()
    assert "unpack" in patch
    assert patch.count("level_db") == 2


@pytest.mark.parametrize("name", ["supercollider", "max-pd-osc"])
def test_the_level_that_follows_the_drum_is_sent(name: str) -> None:
    rig, tape = load_rig(name), Transcript()
    mapping = drum_mapping(rig.drum[0])
    mappings, targets = {mapping.key: mapping}, open_targets(rig, tape)
    dispatcher = Dispatcher(routes_of(rig, mappings, targets, name), mappings, stream_time(48_000))

    for follow_level in (0.0, 1.0):
        mapping.controls.follow_level = follow_level
        strike = mapping(hit_of(level_db=-10.0))
        dispatcher.add(strike)
        assert tape[-1].message["args"][-1] == pytest.approx(strike.gain_db)
        assert (strike.gain_db == 0.0) == (follow_level == 0.0)
