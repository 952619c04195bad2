"""The patches that ship receive what the shipped rigs send."""

from __future__ import annotations

import json

import pytest

from bridge.events import Transcript
from bridge.mapping.load import drum_mapping
from bridge.rig.plays import OscPlaySettings
from bridge.rig.rig import load_rig
from bridge.rig.targets import OscTargetSettings
from bridge.targets.dispatch import Dispatcher, open_targets, routes_of, stream_time
from synth.files import config_dir
from synth.spec import Param
from synth.voices.snare808.synthdef import NAME, control_name, snare
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import hit_of

PATCHES = config_dir() / "patches"


MAX_INLETS = {"phasor~": 2, "cycle~": 2, "route": 2, "ezdac~": 2, "meter~": 1, "udpreceive": 1, "svf~": 3, "line~": 2}
"""Inlets of objects, as Max 8 has them; of `route`, the second takes the word that it looks for."""


class MaxPatch:
    """The patch for Max as a graph: its boxes by id, and its cords."""

    def __init__(self) -> None:
        patcher = json.loads((PATCHES / "ghostnote-snare.maxpat").read_text())["patcher"]
        self.boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
        self.cords = [(*one["patchline"]["source"], *one["patchline"]["destination"]) for one in patcher["lines"]]

    def words(self, box: str) -> list[str]:
        """Return what a box says; of an object of its own kind, that kind."""
        return str(self.boxes[box].get("text") or self.boxes[box]["maxclass"]).split()

    def named(self, word: str) -> list[str]:
        """Return the boxes that begin with a word."""
        return [box for box in self.boxes if self.words(box)[0] == word]

    def reached(self, box: str, outlet: int | None = None) -> set[tuple[str, int]]:
        """Return every (box, inlet) that an outlet leads to, through other boxes too; None: any outlet."""
        found: set[tuple[str, int]] = set()
        ends = [(sink, inlet) for source, own, sink, inlet in self.cords if source == box and outlet in (None, own)]
        while ends:
            end = ends.pop()
            if end not in found:
                found.add(end)
                ends += [(sink, inlet) for source, _, sink, inlet in self.cords if source == end[0]]
        return found


@pytest.fixture(scope="module")
def maxpatch() -> MaxPatch:
    return MaxPatch()


def test_every_cord_of_the_max_patch_joins_an_outlet_to_an_inlet(maxpatch: MaxPatch) -> None:
    for source, outlet, sink, inlet in maxpatch.cords:
        assert outlet < maxpatch.boxes[source]["numoutlets"]
        assert inlet < maxpatch.boxes[sink]["numinlets"]
    assert len(set(maxpatch.cords)) == len(maxpatch.cords)
    for name, inlets in MAX_INLETS.items():
        boxes = [maxpatch.boxes[box] for box in maxpatch.named(name)]
        assert boxes
        assert all(box["numinlets"] <= max(inlets, len(box.get("text", "").split())) for box in boxes)


def test_no_name_of_the_max_patch_is_heard_by_another_patch(maxpatch: MaxPatch) -> None:
    words = {maxpatch.words(box)[0] for box, own in maxpatch.boxes.items() if own["maxclass"] == "newobj"}
    assert not words & {"s", "r", "send", "receive", "send~", "receive~", "v", "value", "coll", "buffer~"}


def test_a_stroke_sets_the_phase_of_each_oscillator_of_the_max_patch_back(maxpatch: MaxPatch) -> None:
    hit = maxpatch.reached("obj-103", 0)
    cycles = maxpatch.named("cycle~")
    assert len(cycles) == 2
    for cycle in cycles:
        sources = [(source, inlet) for source, _, sink, inlet in maxpatch.cords if sink == cycle]
        [(phasor, inlet)] = sources
        # A float into the right inlet of cycle~ would move its phase and not set it.
        assert (maxpatch.words(phasor)[0], inlet) == ("phasor~", 1)
        assert (phasor, 1) in hit


def test_the_max_patch_has_a_switch_for_the_audio_and_a_meter(maxpatch: MaxPatch) -> None:
    (dac,), (meter,) = maxpatch.named("ezdac~"), maxpatch.named("meter~")
    assert {(dac, 0), (dac, 1), (meter, 0)} <= maxpatch.reached("obj-103", 0)


def test_the_max_patch_hears_the_drum_that_is_chosen(maxpatch: MaxPatch) -> None:
    [(route, words)] = [
        (box, maxpatch.words(box)) for box in maxpatch.named("route") if "/drum" in maxpatch.words(box)[1]
    ]
    play = load_rig("max-pd-osc").drum[0].plays[0]
    assert isinstance(play, OscPlaySettings)
    assert words == ["route", play.trigger.format(drum="snare")]
    [form] = [maxpatch.boxes[box]["text"] for box in maxpatch.named("sprintf")]
    assert form == f"sprintf symout {play.trigger.format(drum='%s')}"
    for box in (*maxpatch.named("umenu"), *maxpatch.named("patcherargs")):
        assert (route, 1) in maxpatch.reached(box)


def test_the_pd_patch_can_choose_its_drum_and_its_port() -> None:
    patch = (PATCHES / "ghostnote-snare.pd").read_text()
    assert all(f" {word}" in patch for word in ("pdcontrol;", "sel all;", "listen \\$1;", "route hit cancel;"))


@pytest.mark.parametrize("param", SNARE808.params, ids=lambda param: param.name)
def test_max_routes_every_parameter_to_the_sound_in_its_own_range(maxpatch: MaxPatch, param: Param) -> None:
    [route] = [box for box in maxpatch.named("route") if f"/synth/{param.name}" in maxpatch.words(box)]
    outlet = maxpatch.words(route).index(f"/synth/{param.name}") - 1
    assert (maxpatch.named("ezdac~")[0], 0) in maxpatch.reached(route, outlet)
    [scaled] = [sink for source, own, sink, _ in maxpatch.cords if (source, own) == (route, outlet)]
    formula = " ".join(maxpatch.words(scaled)[1:]).replace("\\,", ",")
    ends = [eval(formula.replace("$f1", str(unit)), {"pow": pow}) for unit in (0.0, 1.0)]
    assert ends == pytest.approx([param.low, param.high])


@pytest.mark.parametrize("name", SNARE808.names)
def test_pd_routes_every_parameter_and_uses_it(name: str) -> None:
    pd = (PATCHES / "ghostnote-snare.pd").read_text()
    assert f" {name}" in next(line for line in pd.splitlines() if "route osc1.freq" in line)
    assert f"r \\$0-{name};" in pd


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


def test_max_and_pd_take_the_level_from_behind_the_velocity(maxpatch: MaxPatch) -> None:
    patch = (PATCHES / "ghostnote-snare.pd").read_text()
    assert "unpack" in patch
    assert patch.count("level_db") == 2
    assert maxpatch.words("obj-103")[0] == "unpack"
    [after] = [sink for source, outlet, sink, _ in maxpatch.cords if (source, outlet) == ("obj-103", 1)]
    assert maxpatch.words(after) == ["dbtoa"]


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
