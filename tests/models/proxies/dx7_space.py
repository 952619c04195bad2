"""A space of all controls that the published table of Dexed has, 100 of them."""

from synth.spec import Param, ParamSpace


def _number(name: str, highest: int, default: int = 0) -> Param:
    return Param(name, 0, highest, "", "linear", default, steps=highest + 1)


def _choice(name: str, count: int) -> Param:
    return Param(name, 0, count - 1, "", "linear", 0, kind="choice", steps=count)


def _operator(number: int) -> list[Param]:
    stages = [_number(f"op{number}.{name}{stage}", 99) for name in ("rate", "level") for stage in range(1, 5)]
    one = f"op{number}."
    return [
        *stages,
        _number(one + "output", 99),
        _number(one + "coarse", 31, 1),
        _number(one + "fine", 99),
        _number(one + "detune", 14, 7),
        _choice(one + "mode", 2),
        _number(one + "amp_mod", 3),
    ]


DX7_SPACE = ParamSpace(
    "dexed",
    (
        *(param for number in range(1, 7) for param in _operator(number)),
        _choice("algorithm", 32),
        _number("feedback", 7),
        *(_number(f"lfo.{name}", 99) for name in ("speed", "delay", "pitch_depth", "amp_depth")),
        _choice("lfo.wave", 6),
        _number("lfo.pitch_sensitivity", 7),
        *(_number(f"pitch.{name}{stage}", 99) for name in ("rate", "level") for stage in range(1, 5)),
    ),
)
