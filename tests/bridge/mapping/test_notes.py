"""A play of a built-in voice can bring it to a note: fixed, in turn, or chosen by a number of the stroke."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pytest

from bridge.engine.build import build_chain
from bridge.engine.engine import Engine
from bridge.events import Hit, PlayKey, Strike
from bridge.mapping.mapping import Controls, DrumMapping
from bridge.mapping.notes import VoiceNotes, notes_of
from bridge.rig.rig import Rig, rig_from_table
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.spec import Param, ParamSpace
from synth.voices.modal.table import MODAL
from synth.voices.presets import load_preset
from synth.voices.snare808.table import SNARE808
from tests.bridge.signals import strokes

RATE = 48_000


def rig_of(play: str, voice: str = "modal") -> Rig:
    target = f'[[target]]\nname = "t"\ntype = "voice"\nvoice = "{voice}"\n'
    drum = '[[drum]]\nname = "d"\n[[drum.play]]\ntarget = "t"\n'
    return rig_from_table(tomllib.loads(f"{target}{drum}{play}"), "my.toml")


def notes(play: str, space: ParamSpace = MODAL) -> VoiceNotes:
    found = notes_of(rig_of(play).drum[0], 1, space)
    assert found is not None
    return found


def mapping(preset: str = "modal-marimba") -> DrumMapping:
    bundle = untrained_bundle(load_preset(preset))
    return DrumMapping(PlayKey("d"), bundle, Controls.neutral(bundle.space))


def strike(level_db: float = -20.0) -> Strike:
    return mapping()(Hit(0, 0, 1000, 1100, 1300, np.array([level_db, 100.0, -15.0])))


def chosen(play: str, *levels_db: float) -> list[int]:
    given = notes(play)
    return [given.next_note(strike(level)) for level in levels_db]


def test_a_note_is_a_number_or_a_name() -> None:
    assert chosen("note = 60", -20.0, -20.0) == [60, 60]
    assert chosen('note = "F#2"', -20.0) == [42]
    assert chosen('note = "C3"\nmiddle_c = "C3"', -20.0) == [60]


def test_a_list_is_taken_in_turn_and_begins_again_after_a_reset() -> None:
    given = notes('note = [60, "E4", "G4"]')
    assert [given.next_note(strike()) for _ in range(4)] == [60, 64, 67, 60]
    given.reset()
    assert given.next_note(strike()) == 60


def test_a_number_of_the_stroke_chooses_a_note_of_a_scale() -> None:
    play = 'note = { from = "level", range = [-40, 0], low = 48, high = 72, scale = "minor-pentatonic", root = "A3" }'
    assert chosen(play, -60.0, -40.0, -20.0, 0.0) == [48, 48, 60, 72]
    assert chosen(play.replace('"level", range = [-40, 0]', '"unit.level"'), -60.0, 0.0) == [48, 72]


def test_the_pitch_is_brought_to_the_note_and_keeps_what_the_mapping_moved() -> None:
    preset, hit = mapping().bundle.preset.values, strike()
    column = MODAL.index("freq")
    moved = notes("note = 69").at(69, hit.values, preset)
    assert moved[column] / 440.0 == pytest.approx(hit.values[column] / preset[column])
    others = np.arange(len(MODAL)) != column
    np.testing.assert_array_equal(moved[others], hit.values[others])


def test_of_several_pitches_the_first_is_brought_to_the_note_and_the_others_move_along() -> None:
    preset = load_preset("snare-1", SNARE808).values
    moved = notes("note = 57", SNARE808).at(57, preset, preset)
    low, high = SNARE808.index("osc1.freq"), SNARE808.index("osc2.freq")
    assert moved[low] == pytest.approx(220.0)
    assert moved[high] / moved[low] == pytest.approx(preset[high] / preset[low])


def test_a_tuning_says_which_pitch_a_note_has() -> None:
    play = "note = 62\ntuning = { a4_hz = 432, scale = [204, 386, 498, 702, 884, 1088, 1200], root = 69 }"
    preset = load_preset("modal-marimba").values
    heard = notes(play).at(69 + 2, preset, preset)[MODAL.index("freq")]
    assert heard == pytest.approx(432.0 * 2 ** (386 / 1200))


@pytest.mark.parametrize(
    ("play", "words"),
    [
        ('note = "H2"', "'H2' is no note"),
        ('note = "C12"', "C12 is note 156"),
        ("note = [60, 5]", "note 5 has 10.91 Hz; freq of 'modal' is 20 to 5000 Hz"),
        ('note = { from = "levl" }', "'levl' is no number of a stroke"),
        ('note = { from = "level", scale = "blue" }', "'blue' is unknown"),
        ('note = { from = "level", high = 200 }', "note.high is 200; a note takes 0 to 127"),
        ('note = { from = "centroid" }\ntrigger_when = "early"', "'centroid' is not known at detection"),
    ],
)
def test_what_is_no_note_is_refused_with_its_place(play: str, words: str) -> None:
    with pytest.raises(InputError, match=r"my.toml: drum 'd' play\[1\].note") as told:
        notes(play)
    assert words in str(told.value)


def test_a_voice_without_a_pitch_has_no_notes() -> None:
    with pytest.raises(InputError, match="the voice 'hiss' has no pitch"):
        notes("note = 60", ParamSpace("hiss", (Param("gain", -60, 0, "dB", "linear", -6),)))


def test_a_tuning_without_a_note_is_refused() -> None:
    with pytest.raises(InputError, match="tuning says which pitch a note has; give note, too"):
        rig_of("tuning = { a4_hz = 432 }")


class _Heard:
    """A voice that keeps what it was asked to play."""

    space, latency_samples, dropped = MODAL, 0, 0

    def __init__(self) -> None:
        self.triggered: list[float] = []
        self.revised: list[float] = []

    def trigger(self, values: Any, at_samples: int = 0, gain: float = 1.0) -> int:
        self.triggered.append(float(values[MODAL.index("freq")]))
        return len(self.triggered)

    def revise(self, stroke: int, values: Any, at_samples: int = 0, gain: float = 1.0) -> None:
        self.revised.append(float(values[MODAL.index("freq")]))

    def reset(self) -> None: ...
    def render(self, out: Any) -> bool:
        return False

    def silence(self) -> None: ...
    def choke(self, at_samples: int = 0) -> None: ...


def heard_by(play: str) -> tuple[_Heard, Engine]:
    """Return what the voice of a play is asked for by three strokes, and the engine."""
    still = mapping()
    still.controls.amount = 0.0
    rig = rig_of(play)
    engine = build_chain(rig, RATE, {PlayKey("d"): still}).engine
    voice = _Heard()
    object.__setattr__(engine.strips[0], "voice", voice)
    audio = strokes([0.3, 0.5, 0.7], [-6.0, -6.0, -6.0], 1.0, RATE)
    out = np.zeros((len(audio), rig.output.channels), np.float32)
    engine.process(audio, out)
    return voice, engine


@pytest.mark.parametrize("moment", ["complete", "early"])
def test_strokes_take_the_notes_of_their_play(moment: str) -> None:
    voice, _ = heard_by(f'note = ["A3", "A4"]\ntrigger_when = "{moment}"')
    np.testing.assert_allclose(voice.triggered, [220.0, 440.0, 220.0], rtol=1e-9)
    if moment == "early":
        np.testing.assert_allclose(voice.revised, voice.triggered, rtol=1e-9)


def test_without_a_note_the_pitch_is_the_presets() -> None:
    voice, _ = heard_by("")
    np.testing.assert_allclose(voice.triggered, [262.0] * 3, rtol=1e-9)


def test_a_reset_begins_with_the_first_note_again() -> None:
    voice, engine = heard_by("note = [57, 69]")
    engine.reset()
    audio = strokes([0.3], [-6.0], 0.6, RATE)
    engine.process(audio, np.zeros((len(audio), engine.mixer.channels), np.float32))
    assert voice.triggered[3] == pytest.approx(220.0)
