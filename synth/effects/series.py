"""Filters and saturations in series, as an effect: how the equaliser and the amp are wired.

The parts are those of the voices (`synth.parts`). Only the streaming filter is another: that of the voices is given
the same chunks every time, and an effect blocks of any length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synth.dsp.compiled import compiled, compiled_tree, exact_tree_with_kernels, with_kernels
from synth.effects.effect import CHUNK, Effect
from synth.parts.biquad import play_filter, slopes_filter
from synth.parts.fine_drive import play_fine_drive, slopes_fine_drive
from synth.parts.oversampling import HISTORY
from synth.parts.powers import NOTHING
from synth.parts.solver import Formulas
from synth.parts.wiring import FILTER, Part
from synth.spec import ParamSpace

STRIDE = 5
"""Coefficients of a stage: a filter has all, a saturation gain, bias and level."""


@dataclass(frozen=True)
class Stage:
    """One part of a series: a filter, or a saturation that bends at four times the rate."""

    name: str
    bends: bool = False

    def fields(self, number: type) -> np.dtype[Any]:
        """Return its coefficients as a record of ``number``."""
        if not self.bends:
            return Part(self.name, FILTER).fields(number)
        return np.dtype([(name, number) for name in ("gain", "bias", "level", "rest1", "rest2")])


def series(space: ParamSpace, stages: tuple[Stage, ...], solve: Formulas, bends: Callable[[int], bool]) -> Effect:
    """Return an effect that is wired in series.

    Parameters
    ----------
    space : ParamSpace
        The parameter table.
    stages : tuple of Stage
        In the order of the signal.
    solve : callable
        As of `synth.effects.effect.Effect`; the coefficients have a record for each stage.
    bends : callable
        From a stage's number to whether it is a saturation: compiled into the kernels.
    """
    if [bends(number) for number in range(len(stages))] != [stage.bends for stage in stages]:
        raise ValueError(f"{space.name}: 'bends' and the stages differ")
    kernels = {"bends": compiled(bends)}

    def record(number: type) -> np.dtype[Any]:
        return np.dtype([(stage.name, stage.fields(number)) for stage in stages])

    return Effect(
        space,
        solve,
        record,
        state_size=lambda channels, rate: channels * len(stages) * HISTORY,
        kept_rows=lambda channels: channels * (len(stages) + 1),
        play=exact_tree_with_kernels(_play, **kernels),
        trace=with_kernels(_trace, **kernels),
        pull_back=with_kernels(_pull_back, **kernels),
        # A saturation reads the samples before a piece again, which many small pieces cannot afford.
        fine=8 if any(stage.bends for stage in stages) else 1,
    )


def bends(stage: int) -> bool:
    """Return whether a stage is a saturation; an effect has its own in this place."""
    return False


def play_section(c: Any, state: Any, sound: Any) -> None:
    """Filter ``sound`` in place, sample by sample; ``state`` is the last two samples of both sides."""
    b0, b1, b2, a1, a2 = c[0], c[1], c[2], c[3], c[4]
    x1, x2, y1, y2 = state[0], state[1], state[2], state[3]
    for i in range(len(sound)):
        x = sound[i]
        y = ((b0 * x + b1 * x1 + b2 * x2) - a2 * y2) - a1 * y1
        y = y if abs(y) > NOTHING else 0.0
        x2, x1, y2, y1 = x1, x, y1, y
        sound[i] = y
    state[0], state[1], state[2], state[3] = x1, x2, y1, y2


_filter_chunk = compiled_tree(play_filter)
_filter_slopes = compiled_tree(slopes_filter)
_drive_chunk = compiled_tree(play_fine_drive)
_drive_slopes = compiled_tree(slopes_fine_drive)


def _play(c: Any, state: Any, sound: Any, key: Any, scratch: Any) -> None:
    stages = len(c) // STRIDE
    for channel in range(len(sound)):
        row = sound[channel]
        given = scratch[0, : len(row)]
        for stage in range(stages):
            own, place = c[stage * STRIDE :], (channel * stages + stage) * HISTORY
            kept = state[place : place + HISTORY]
            if bends(stage):
                for i in range(len(row)):
                    given[i] = row[i]
                play_fine_drive(own, kept, given, row, scratch[1:])
            else:
                play_section(own, kept, row)


def _trace(c: Any, sound: Any, key: Any, kept: Any, scratch: Any) -> None:
    stages = len(c) // STRIDE
    for channel in range(len(sound)):
        first = channel * (stages + 1)
        kept[first] = sound[channel]
        for stage in range(stages):
            own, state = c[stage * STRIDE :], np.zeros(HISTORY)
            given, out = kept[first + stage], kept[first + stage + 1]
            for start in range(0, len(given), CHUNK):
                stop = min(start + CHUNK, len(given))
                if bends(stage):
                    _drive_chunk(own, state, given[start:stop], out[start:stop], scratch)
                else:
                    _filter_chunk(own, state, given[start:stop], out[start:stop], scratch[0])
        sound[channel] = kept[first + stages]


def _pull_back(c: Any, pull: Any, by_key: Any, key: Any, kept: Any, slopes: Any, scratch: Any) -> None:
    stages = len(c) // STRIDE
    by_given = np.zeros(CHUNK)
    for channel in range(len(pull)):
        row = pull[channel]
        for back in range(stages):
            stage = stages - 1 - back
            own, by = c[stage * STRIDE :], slopes[stage * STRIDE :]
            given, out = kept[channel * (stages + 1) + stage], kept[channel * (stages + 1) + stage + 1]
            ahead, history = np.zeros(HISTORY), np.zeros(HISTORY)
            for start in range((len(row) - 1) // CHUNK * CHUNK, -1, -CHUNK):
                stop = min(start + CHUNK, len(row))
                pulled = by_given[: stop - start]
                pulled[:] = 0.0
                if bends(stage):
                    history[:] = 0.0
                    for i in range(min(start, HISTORY)):
                        history[HISTORY - 1 - i] = given[start - 1 - i]
                    _drive_slopes(own, history, ahead, given[start:stop], row[start:stop], pulled, by, scratch)
                else:
                    _filter_slopes(
                        own, ahead, given[start:stop], out[start:stop], row[start:stop], pulled, by, scratch[0]
                    )
                row[start:stop] = pulled
