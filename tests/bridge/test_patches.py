"""The patches that ship receive what the shipped rigs send."""

import json

import pytest

from bridge.rig import load_rig
from bridge.routes import OscPlaySettings, OscTargetSettings
from bridge.wire.synthdef import NAME, control_name, snare
from synth.shipped import config_dir
from synth.snare808 import SNARE808

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
    assert names == [control_name(param.name) for param in SNARE808]
    assert set(names) <= set(snare().parameters)


def test_the_script_has_the_graphs_controls_and_defaults() -> None:
    script = (PATCHES / "ghostnote-snare.scd").read_text()
    assert all(f"{control_name(param.name)} = {param.default:g}" in script for param in SNARE808)
