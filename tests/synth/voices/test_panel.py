"""Panels: knobs move parameters along curves, and a file that is wrong is refused in a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from synth.errors import InputError
from synth.voices.panel import PANELS, Knobs, Panel, load_panel, panel_of, rest_of, write_panel
from synth.voices.registry import voice_kind

SPACE = voice_kind("bass-drum").space
TEXT = """
voice = "bass-drum"
[values]
"body.freq" = 52
[knobs.tone]
marks = [0, 2.5, 10]
"drive" = [-24, -12, 3]
[knobs.decay]
marks = [0, 5, 10]
"body.decay" = [105, 1200, 3640]
[knobs.level]
marks = [0, 2.5, 5, 7.5, 10]
level = [-60, -18, -9, -4, 0]
"""
KNOBS = {
    "bass-drum": ("tone", "decay", "level"),
    "snare-drum": ("tone", "snappy", "level"),
    **dict.fromkeys(("low-tom", "mid-tom", "high-tom", "low-conga", "mid-conga", "high-conga"), ("tuning", "level")),
    **dict.fromkeys(("rim-shot", "claves", "hand-clap", "maracas", "cow-bell", "closed-hat"), ("level",)),
    "cymbal": ("tone", "decay", "level"),
    "open-hat": ("decay", "level"),
}


def read(tmp_path: Path, text: str = TEXT) -> Panel:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return load_panel(path)


def value(panel: Panel, name: str, **positions: float) -> float:
    return float(panel.values(positions)[panel.space.index(name)])


def test_every_voice_of_the_machine_has_its_knobs() -> None:
    assert {name: tuple(load_panel(name).knobs) for name in PANELS.names()} == KNOBS


@pytest.mark.parametrize("name", PANELS.names())
def test_a_shipped_panel_stays_in_the_table_and_turns_the_level_up(name: str) -> None:
    panel = load_panel(name)
    for place in np.linspace(0.0, 10.0, 9):
        unit = panel.space.to_unit(panel.values(dict.fromkeys(panel.knobs, float(place))))
        assert ((unit >= -1e-12) & (unit <= 1 + 1e-12)).all()
    levels = [value(panel, "level", level=float(place)) for place in range(11)]
    assert (np.diff(levels) > 0).all()


def test_a_panel_is_that_of_a_voice_or_none() -> None:
    found = panel_of("claves")
    assert found is not None
    assert found.space.name == "claves"
    assert panel_of("snare808") is None


def test_a_mark_has_its_value_and_what_no_knob_moves_stays(tmp_path: Path) -> None:
    panel = read(tmp_path)
    assert value(panel, "body.decay", decay=0) == pytest.approx(105)
    assert value(panel, "body.decay", decay=5) == pytest.approx(1200)
    assert value(panel, "body.decay", decay=10) == pytest.approx(3640)
    still = panel.values({"decay": 7.0, "tone": 1.0})
    assert still[SPACE.index("body.freq")] == 52
    assert still[SPACE.index("body.phase")] == SPACE.params[SPACE.index("body.phase")].default


def test_between_marks_the_value_follows_a_monotone_cubic_along_the_curve_of_its_parameter(tmp_path: Path) -> None:
    octaves = PchipInterpolator([0, 5, 10], np.log2([105, 1200, 3640]))
    for place in (1.0, 3.3, 6.0, 9.9):
        assert value(read(tmp_path), "body.decay", decay=place) == pytest.approx(2 ** float(octaves(place)))


def test_a_knob_that_is_not_named_rests(tmp_path: Path) -> None:
    panel = read(tmp_path)
    assert (rest_of("decay"), rest_of("level")) == (5, 10)
    np.testing.assert_array_equal(panel.values({}), panel.values({"tone": 5, "decay": 5, "level": 10}))


BOTH = (
    "[knobs.tone]\nmarks = [0, 5, 10]\ndrive = [-20, -12, 0]\n"
    "[knobs.decay]\nmarks = [0, 5, 10]\ndrive = [-14, {}, -6]\n"
)


def test_knobs_that_move_one_parameter_add_up_from_where_they_rest(tmp_path: Path) -> None:
    panel = read(tmp_path, 'voice = "bass-drum"\n' + BOTH.format(-12))
    assert value(panel, "drive") == pytest.approx(-12)
    assert value(panel, "drive", tone=0) == pytest.approx(-20)
    assert value(panel, "drive", tone=0, decay=0) == pytest.approx(-22)
    assert value(panel, "drive", tone=10, decay=10) == pytest.approx(6)


def test_what_knobs_add_up_to_ends_at_the_range(tmp_path: Path) -> None:
    text = (
        'voice = "bass-drum"\n[knobs.a]\nmarks = [0, 5, 10]\ndrive = [-24, 0, 24]\n[knobs.b]\nmarks = [0, 5, 10]\n'
        "drive = [-24, 0, 24]\n"
    )
    assert value(read(tmp_path, text), "drive", a=10, b=10) == pytest.approx(24)


def test_dots_may_stand_unquoted(tmp_path: Path) -> None:
    text = 'voice = "bass-drum"\n[values]\nbody.freq = 52\n[knobs.decay]\nmarks = [0, 10]\nbody.decay = [105, 3640]\n'
    assert value(read(tmp_path, text), "body.freq") == 52
    assert value(read(tmp_path, text), "body.decay", decay=10) == pytest.approx(3640)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('"bass-drum"', '"bass"', "voice is 'bass'; there are snare808, bass-drum"),
        ('voice = "bass-drum"', "", "voice is ''; there are snare808"),
        ("[values]", "[valeus]", "'valeus' is no key here; allowed are voice, values, knobs"),
        ("[values]", "knobs = 3\n[values]", "mine.toml"),
        ('"body.freq" = 52', '"body.frq" = 52', "'body.frq' is no parameter of bass-drum; it has trigger, body.freq"),
        ('"body.freq" = 52', '"body.freq" = 500', "body.freq is 500; allowed is 30 to 120 Hz"),
        ('"body.freq" = 52', '"body.freq" = nan', "body.freq is nan; allowed is 30 to 120 Hz"),
        ('"body.freq" = 52', '"body.freq" = true', "body.freq is True; allowed is 30 to 120 Hz"),
        ('"body.freq" = 52', '"body.freq" = "x"', "body.freq is 'x'; allowed is 30 to 120 Hz"),
        ("[0, 5, 10]", "[0, 5, 9]", "marks of the knob decay is [0, 5, 9]; allowed are rising numbers from 0 to 10"),
        ("[0, 5, 10]", "[0, 5, 5, 10]", "marks of the knob decay"),
        ("[0, 5, 10]", "[0, 11, 10]", "marks of the knob decay"),
        ("[0, 5, 10]", "[]", "marks of the knob decay is []"),
        ("[0, 5, 10]", "5", "marks of the knob decay is 5"),
        ("[0, 5, 10]", '[0, "5", 10]', "marks of the knob decay"),
        ("marks = [0, 5, 10]", "", "marks of the knob decay is None"),
        ('"body.decay" = [', '"bdy" = [', "knob decay: 'bdy' is no parameter of bass-drum"),
        ("[105, 1200, 3640]", "[105, 1200]", "body.decay of the knob decay is [105, 1200]; allowed is a list of 3"),
        ("[105, 1200, 3640]", "3", "body.decay of the knob decay is 3; allowed is a list of 3 numbers"),
        ("[105, 1200, 3640]", "[5, 1200, 3640]", "body.decay of the knob decay is 5; allowed is 40 to 6000 ms"),
        ('"drive" = [-24, -12, 3]', "", "the knob tone moves nothing"),
        ("[knobs.decay]", '[knobs."De cay"]', "a knob is named 'De cay'; allowed are small letters"),
        ('"body.freq" = 52', "drive = 0", "drive stands in values, and the knob tone moves it; leave one out"),
        (
            TEXT,
            'voice = "bass-drum"\n' + BOTH.format(-10),
            "drive has different values for tone at 5 and for decay at 5",
        ),
        (TEXT, 'voice = "bass-drum"\nvalues = 3', "values is 3; allowed is a table"),
        (TEXT, 'voice = "bass-drum"\nknobs = [1]', "knobs is [1]; allowed is a table"),
        (TEXT, 'voice = "bass-drum"\nknobs.decay = 1', "knobs.decay is 1; allowed is a table"),
        (TEXT, "voice = ", "is not valid TOML"),
    ],
)
def test_a_wrong_panel_is_refused_in_a_sentence_with_its_file(
    before: str, after: str, complaint: str, tmp_path: Path
) -> None:
    assert before in TEXT
    with pytest.raises(InputError, match=r"mine\.toml") as refusal:
        read(tmp_path, TEXT.replace(before, after))
    assert complaint in str(refusal.value)


@pytest.mark.parametrize(
    ("positions", "complaint"),
    [
        ({"snappy": 3.0}, "the panel of bass-drum has no knob 'snappy'; there are tone, decay, level"),
        ({"tone": 10.5}, "the knob tone is at 10.5; allowed is 0 to 10 for each of tone, decay, level"),
        ({"tone": -1.0}, "the knob tone is at -1; allowed is 0 to 10"),
        ({"tone": float("nan")}, "the knob tone is at nan; allowed is 0 to 10"),
    ],
)
def test_a_knob_that_is_not_there_or_does_not_turn_so_far_is_refused(
    positions: dict[str, float], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refusal:
        read(tmp_path).values(positions)
    assert complaint in str(refusal.value)


def test_a_panel_that_does_not_ship_names_those_that_do() -> None:
    with pytest.raises(InputError, match=r"there is no panel 'bas-drum'; give a \.toml file or one of bass-drum"):
        load_panel("bas-drum")


def test_a_panel_is_written_with_four_digits_and_read_again(tmp_path: Path) -> None:
    values = {"body.freq": np.float64(49.61234567), "attack.depth": 1.5}
    knobs: Knobs = {
        "decay": {"marks": np.array([0.0, 2.5, 10.0]), "body.decay": np.array([105.04321, 1200.9, 3639.96])},
        "level": {"marks": [0, 10], "level": [-60, -0.0]},
    }
    path = write_panel("bass-drum", values, knobs, "The bass drum\nas measured.", tmp_path / "new.toml")
    assert path.read_text() == (
        "# The bass drum\n# as measured.\n\n"
        'voice = "bass-drum"\n\n[values]\n"body.freq" = 49.61\n"attack.depth" = 1.5\n\n'
        '[knobs.decay]\nmarks = [0, 2.5, 10]\n"body.decay" = [105, 1201, 3640]\n\n'
        '[knobs.level]\nmarks = [0, 10]\n"level" = [-60, 0]\n'
    )
    assert value(load_panel(path), "body.decay", decay=10) == pytest.approx(3640)


def test_a_panel_that_is_wrong_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"body\.freq is 500"):
        write_panel("bass-drum", {"body.freq": 500}, {}, path=tmp_path / "new.toml")
    assert not list(tmp_path.iterdir())


def test_panels_load_no_scipy_before_a_knob_is_turned() -> None:
    code = "import sys, synth.voices.panel; sys.exit(bool({'torch', 'numba', 'scipy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
