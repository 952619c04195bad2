"""A play takes the strokes whose numbers lie in its ranges; of ranges that adjoin, one takes each stroke."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Onset, PlayKey, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.mapping.when import UnplayedStrokes, When, exclude_each_other, gap_in_words, when_of
from bridge.rig.plays import PlaySettings
from bridge.rig.rig import Drum, Rig
from synth.errors import InputError
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import hit_of, rig_from, snare_mapping


def rig_of(*whens: str) -> Rig:
    """Return a rig whose drum has a play for each ``when``; empty: one without."""
    plays = "".join(f"[[drum.play]]\ntarget = 't'\n{f'when = {when}' if when else ''}\n" for when in whens)
    return rig_from(f"[[target]]\nname = 't'\ntype = 'tape'\n[[drum]]\nname = 'snare'\n{plays}")


def drum_of(*whens: str) -> Drum:
    return rig_of(*whens).drum[0]


def play_of(when: str) -> PlaySettings:
    return drum_of(when).plays[0]


def when_from(text: str) -> When:
    return when_of(drum_of(text), 1, SNARE808)


def strike(**heard: float) -> Strike:
    return snare_mapping()(hit_of(**heard))


@pytest.mark.parametrize(
    ("centroid", "taken"), [(89.999, False), (90.0, True), (99.999, True), (100.0, False), (200.0, False)]
)
def test_the_first_end_is_part_of_a_range_and_the_second_is_not(centroid: float, taken: bool) -> None:
    assert when_from("{ centroid = [90, 100] }").takes(strike(centroid=centroid)) == taken


@pytest.mark.parametrize("part", ["[90, 140]", "[90, 150]", "[90, inf]"])
def test_a_range_that_reaches_the_highest_value_has_it_and_all_that_counts_as_it(part: str) -> None:
    when = when_from(f"{{ centroid = {part} }}")
    assert all(when.takes(strike(centroid=centroid)) for centroid in (90.0, 140.0, 999.0))
    assert not when.takes(strike(centroid=89.0))


@pytest.mark.parametrize("part", ["[60, 90]", "[0, 90]", "[-inf, 90]"])
def test_a_range_that_reaches_the_lowest_value_has_all_that_counts_as_it(part: str) -> None:
    assert when_from(f"{{ centroid = {part} }}").takes(strike(centroid=-999.0))


def test_of_adjoining_ranges_one_takes_each_stroke() -> None:
    whens = [when_from(f"{{ centroid = {part} }}") for part in ("[60, 90]", "[90, 110]", "[110, 140]")]
    for centroid in [*np.random.default_rng(0).uniform(50.0, 150.0, 200).tolist(), 60.0, 90.0, 110.0, 140.0]:
        assert sum(when.takes(strike(centroid=centroid)) for when in whens) == 1, centroid


def test_every_number_must_lie_in_its_range() -> None:
    when = when_from("{ centroid = [90, inf], level = [-30, 0] }")
    cases = [(100.0, -20.0), (80.0, -20.0), (100.0, -40.0), (100.0, 0.0)]
    taken = [when.takes(strike(centroid=centroid, level_db=level_db)) for centroid, level_db in cases]
    assert taken == [True, False, False, True]


@pytest.mark.parametrize("name", ["velocity", "gain_db", "unit.level", "osc1.freq", "unit.osc1.freq", "mod.osc1.freq"])
def test_every_number_that_a_map_may_name_may_stand_in_when(name: str) -> None:
    struck = strike(level_db=-21.0)
    value = {
        "velocity": struck.velocity,
        "gain_db": struck.gain_db,
        "unit.level": 39 / 60,
        "osc1.freq": struck.values[0],
        "unit.osc1.freq": SNARE808.to_unit(struck.values)[0],
        "mod.osc1.freq": struck.modulation[0],
    }[name]
    assert when_from(f"{{ '{name}' = [{value - 1e-6}, {value + 1e-6}] }}").takes(struck)
    assert not when_from(f"{{ '{name}' = [{value + 1e-6}, inf] }}").takes(struck)


def test_a_play_without_when_takes_every_stroke() -> None:
    assert all(when_of(drum_of(""), 1, SNARE808).takes(strike(centroid=centroid)) for centroid in (60.0, 100.0, 140.0))


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        (
            "{ centriod = [1, 2] }",
            r": 'centriod' is no number of a stroke; there are velocity, level, centroid, flatness and those of "
            r"docs/protocol\.md; did you mean 'centroid'",
        ),
        (
            "{ centroid = [1000, 4000] }",
            r"\.centroid is \[1000, 4000\], where no stroke ever is; allowed is what meets 60 to 140 semitones",
        ),
        (
            "{ level = [-90, -60] }",
            r"\.level is \[-90, -60\], where no stroke ever is; allowed is what meets -60 to 0 dB",
        ),
    ],
)
def test_what_no_stroke_has_is_refused_with_what_there_is(when: str, complaint: str) -> None:
    with pytest.raises(InputError, match=r"my\.toml: drum 'snare' play\[2\]\.when" + complaint):
        when_of(drum_of("", when), 2, SNARE808)


def mapped(rig: Rig) -> dict[PlayKey, DrumMapping]:
    return {key: snare_mapping() for drum in rig.drum for key in drum.mapped()}


def test_strokes_that_no_play_takes_are_counted() -> None:
    rig = rig_of("{ centroid = [60, 80] }", "{ centroid = [100, 140] }")
    unplayed, counts = UnplayedStrokes(rig, mapped(rig)), []
    for centroid in (70.0, 90.0, 95.0, 100.0, 85.0):
        unplayed.note(Onset(0, 0, 1000, 1010, -20.0))
        unplayed.note(strike(centroid=centroid))
        counts.append(unplayed.count)
    assert counts == [0, 1, 2, 2, 3]


def test_a_stroke_that_one_of_several_mappings_plays_is_played() -> None:
    rig = rig_of("{ centroid = [60, 80] }", "{ centroid = [100, 140] }\namount = 0.5")
    unplayed, keys = UnplayedStrokes(rig, mapped(rig)), list(rig.drum[0].play_keys)
    for centroid in (70.0, 90.0, 100.0):
        for key in keys:
            one = strike(centroid=centroid)
            unplayed.note(Strike(key, one.hit, one.values, one.modulation, one.gain_db, one.velocity))
    assert (keys, unplayed.count) == ([PlayKey("snare", 0), PlayKey("snare", 2)], 1)


def test_the_strokes_of_a_drum_that_plays_nothing_are_not_counted() -> None:
    rig = rig_of()
    unplayed = UnplayedStrokes(rig, mapped(rig))
    unplayed.note(strike())
    assert unplayed.count == 0


@pytest.mark.parametrize(
    ("whens", "gap"),
    [
        (["{ centroid = [60, 90] }", "{ centroid = [90, inf] }"], ""),
        (["{ centroid = [60, 90] }", ""], ""),
        ([], ""),
        (["{ 'osc1.freq' = [100, 200] }"], ""),
        (["{ centroid = [60, 90] }", "{ centroid = [100, 140] }"], "centroid 90 to 100"),
        (["{ centroid = [70, 140] }"], "centroid under 70"),
        (["{ level = [-60, -20] }"], "level from -20 up"),
        (
            ["{ centroid = [60, 90] }", "{ centroid = [90, 140], level = [-30, 0] }"],
            "level under -30 and centroid from 90 up",
        ),
        (["{ centroid = [60, 90] }", "{ centroid = [80, 140], level = [-30, 0] }", "{ level = [-60, -30] }"], ""),
    ],
)
def test_strokes_that_no_play_would_take_are_named(whens: list[str], gap: str) -> None:
    assert gap_in_words(drum_of(*whens)) == gap


@pytest.mark.parametrize(
    ("one", "other", "exclusive"),
    [
        ("{ centroid = [60, 90] }", "{ centroid = [90, 140] }", True),
        ("{ centroid = [60, 91] }", "{ centroid = [90, 140] }", False),
        ("{ centroid = [60, 90] }", "{ level = [-30, 0] }", False),
        ("{ centroid = [60, 90] }", "", False),
        ("{ centroid = [60, 140], level = [-60, -30] }", "{ centroid = [60, 140], level = [-30, 0] }", True),
    ],
)
def test_two_plays_exclude_each_other_where_their_ranges_of_one_number_do_not_meet(
    one: str, other: str, exclusive: bool
) -> None:
    first, second = play_of(one), play_of(other)
    assert exclude_each_other(first, second) == exclude_each_other(second, first) == exclusive
