"""A wiring that cannot be played is refused by the name of the part; one that can is a table of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from synth.parts.wiring import (
    COEFS,
    COUNT,
    DRIVE,
    ENVELOPE,
    FILTER,
    GATE,
    KIND,
    NEEDED,
    NOISE,
    PARTIALS,
    SINE,
    SQUARES,
    STATE,
    Part,
    Wiring,
)

TONE, WHITE = Part("tone", SINE), Part("white", NOISE)
MANY = tuple(Part(f"tone{k}", SINE) for k in range(5))


@pytest.mark.parametrize(
    "parts",
    [
        (TONE, Part("out", DRIVE, ("tune",))),
        (Part("out", DRIVE, ("tone",)), TONE),
        (Part("out", DRIVE, ("out",)),),
        (Part("out", SINE), WHITE, Part("out", DRIVE, ("white",))),
        (*MANY, Part("out", DRIVE, tuple(part.name for part in MANY))),
    ],
    ids=["unknown", "later", "itself", "twice", "too many"],
)
def test_a_part_that_cannot_be_wired_is_named(parts: tuple[Part, ...]) -> None:
    with pytest.raises(ValueError, match="part 'out': its name or what it is of"):
        Wiring(parts)


WIRING = Wiring(
    (
        TONE,
        WHITE,
        Part("band", FILTER, ("white",)),
        Part("burst", ENVELOPE, ("band",), count=3),
        Part("bank", SQUARES, count=6),
        Part("ring", PARTIALS, count=4),
        Part("out", DRIVE, ("tone", "burst", "bank", "ring")),
    )
)


def column(index: int) -> dict[str, int]:
    return dict(zip((part.name for part in WIRING.parts), WIRING.program[:, index].tolist(), strict=True))


def test_the_program_says_what_and_how_many() -> None:
    assert column(KIND) == {
        "tone": SINE, "white": NOISE, "band": FILTER, "burst": ENVELOPE, "bank": SQUARES, "ring": PARTIALS,
        "out": DRIVE,
    }  # fmt: skip
    assert (column(COUNT)["burst"], column(COUNT)["bank"], column(COUNT)["ring"]) == (3, 6, 4)


def test_coefficients_lie_where_the_record_has_them() -> None:
    numbers = np.arange(float(WIRING.size))
    record = numbers.view(WIRING.coefficients())[0]
    assert (record["stroke"]["end"], record["stroke"]["level"]) == (0.0, 1.0)
    for name, place in column(COEFS).items():
        if name != "white":
            assert record[name].tobytes().startswith(numbers[place].tobytes())
    assert not set(WIRING.coefficients().names or ()) & {"white"}


def test_states_lie_side_by_side() -> None:
    sizes = {"tone": 3, "white": 0, "band": 4, "burst": 3, "bank": 0, "ring": 8, "out": 0}
    assert list(column(STATE).values()) == [sum(list(sizes.values())[:k]) for k in range(len(sizes))]
    assert WIRING.state_size == sum(sizes.values())


def test_what_only_feeds_a_part_ends_with_it() -> None:
    assert column(GATE)["white"] == column(GATE)["band"] == column(GATE)["burst"] == column(COEFS)["burst"]
    assert column(GATE)["out"] == -1


def test_what_feeds_two_parts_ends_with_neither() -> None:
    parts = (WHITE, Part("a", ENVELOPE, ("white",)), Part("b", ENVELOPE, ("white",)), Part("out", DRIVE, ("a", "b")))
    assert Wiring(parts).program[0, GATE] == -1


def test_slopes_need_the_sound_of_what_others_are_given_and_of_filters() -> None:
    assert column(NEEDED) == {"tone": 1, "white": 1, "band": 1, "burst": 1, "bank": 1, "ring": 1, "out": 0}
    assert Wiring((WHITE, Part("band", FILTER, ("white",)))).program[:, NEEDED].tolist() == [1, 1]


def test_the_phases_of_squares_are_drawn_from_the_noise() -> None:
    assert (WIRING.drawn, Wiring((TONE,)).drawn) == (6, 0)
