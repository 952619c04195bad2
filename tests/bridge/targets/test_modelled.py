"""A model that was learned for a profile's synth needs no map: each parameter goes to the control of its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.events import Transcript
from bridge.mapping.numbers import number_ranges
from bridge.rig.profiles import RESERVED, parameter_name
from bridge.sampling.synth import SampledSynth
from bridge.targets.base import DrumContext
from bridge.targets.midi import MidiPlay
from synth.spec import ParamSpace
from tests.bridge.sampling.synths import box
from tests.bridge.strokes import at, play_of, target_on

CUTOFF = 'name = "Cutoff"\ncc = 74\nlearn = [30, 110]'
DEPTH = 'name = "Depth"\nnrpn = 1025\nhigh = 16383\nlearn = [100, 6400]\ncurve = "log"'
SHAPE = 'name = "Shape"\naddress = "/shape"\nlow = 10.0\nhigh = 1000.0\ncurve = "log"'
VARIES = "notes = [36, 60]\nvelocities = [20, 120]"


def bytes_of(synth: SampledSynth, unit: list[float], profile: Path, midi: bool = True, **play: object) -> list[bytes]:
    """Return what a play sends for a stroke whose parameters stand at ``unit``."""
    context = DrumContext("snare", synth.space.names, number_ranges(synth.space))
    numbers = {"velocity": 0.5, "gain_db": 0.0, "stroke": 1.0, "onset_samples": 0.0, "level": -20.0}
    for name, part, value in zip(synth.space.names, unit, synth.space.from_unit(np.array(unit)).tolist(), strict=True):
        numbers |= {name: value, f"unit.{name}": part}
    tape = Transcript()
    kind = {"type": "midi"} if midi else {"type": "osc", "port": 9000}
    with target_on(tape, **kind) as target:
        bound = target.bind(play_of(target, profile=str(profile), **play), context, "test")
        target.strike(bound, numbers, at(1.0))
    return [entry.data for entry in tape]


def test_controllers_velocity_and_note_come_from_the_model(tmp_path: Path) -> None:
    synth = box(tmp_path, CUTOFF, sampling=VARIES)
    sent = bytes_of(synth, [0.25, 0.5, 1.0], tmp_path / "box.toml", channel=1)
    assert sent[:2] == [bytes((0xB0, 74, 50)), bytes((0x90, 48, 120))]


def test_a_parameter_that_goes_by_ratios_is_sent_as_it_is(tmp_path: Path) -> None:
    synth = box(tmp_path, DEPTH)
    sent = bytes_of(synth, [0.5], tmp_path / "box.toml", channel=1, note=38)
    data = {message[1]: message[2] for message in sent if message[0] == 0xB0}
    assert data[6] * 128 + data[38] == 800


def test_osc_controls_get_their_addresses(tmp_path: Path) -> None:
    synth = box(tmp_path, SHAPE)
    [packet] = bytes_of(synth, [0.5], tmp_path / "box.toml", midi=False, trigger="")
    assert b"/shape\0\0,f" in packet
    assert np.frombuffer(packet[-4:], ">f4")[0] == pytest.approx(100.0)


def test_a_map_of_the_rig_is_kept(tmp_path: Path) -> None:
    synth = box(tmp_path, CUTOFF)
    sent = bytes_of(synth, [0.25], tmp_path / "box.toml", channel=1, note=38, cc=[{"number": 20, "from": "velocity"}])
    assert [message[1] for message in sent if message[0] == 0xB0] == [20]


def test_a_model_of_another_synth_sends_nothing_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    box(tmp_path, CUTOFF)
    other = box(tmp_path / "other", 'name = "Else"\ncc = 3').space
    context = DrumContext("snare", other.names, number_ranges(other))
    with target_on(Transcript(), type="midi") as target:
        bound = target.bind(play_of(target, profile=str(tmp_path / "box.toml"), note=38), context, "test")
    assert isinstance(bound, MidiPlay)
    assert bound.slots == ()


def test_no_parameter_takes_the_name_of_a_number_of_a_stroke() -> None:
    numbers = {name for name in number_ranges(ParamSpace("", ())) if not name.startswith("unit.")}
    assert numbers | {"note"} == set(RESERVED)
    assert all(parameter_name(name) not in numbers for name in RESERVED)
