"""The envelopes of a DX7 in closed form: levels and pitch at any times of a note, with gradients.

The engine steps through them in blocks of 64 samples; between blocks its stages are straight lines in decibels when
they fall and approach a ceiling when they rise. Levels are in octaves of amplitude (6.02 dB): full level is 15.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from models.proxies.dx7_tables import LEVEL_KNOTS, PITCH_LEVEL_KNOTS, PITCH_RATE_KNOTS, curve, whole

QUIETEST = 16.0 / 256.0
"""Octaves: the engine's least level."""
JUMP = 1716.0 / 256.0
"""Where a rise begins, if it would begin below."""
CEILING = 16.5
"""What a rise approaches: the engine's integer 17 - floor(level) on average."""

_STEPS_A_SECOND = 44_100.0 / 64.0 / 2.0**16
"""Of the engine's 24-bit levels, at the rate that its numbers are made for, over its least increment of 2^8."""

_SHORTEST_S = 1e-4
_LEAST_GAP = 1e-3


def output_levels(output: Tensor, sensitivity: Tensor, velocity: Tensor) -> Tensor:
    """Return the top level of operators in the engine's steps of 1/256 octave, 0..4064.

    Parameters
    ----------
    output, sensitivity : (batch, operators) tensors
        0..99, and to velocity 0..7.
    velocity : (batch, 1) tensor
        1..127.
    """
    heard = 254.0 * (velocity / 127.0).clamp(min=1e-3) ** 0.311 - 239.0
    scaled = 16.0 * whole((sensitivity * heard + 7.0) / 8.0)
    return (32.0 * curve(output, LEVEL_KNOTS) + scaled).clamp(min=0.0)


def operator_levels(
    rates: Tensor, levels: Tensor, top: Tensor, faster: Tensor, times_s: Tensor, held_s: float
) -> Tensor:
    """Return the levels of operators in octaves of amplitude, (batch, operators, times).

    Parameters
    ----------
    rates, levels : (batch, operators, 4) tensors
        0..99.
    top : (batch, operators) tensor
        `output_levels`.
    faster : (batch, operators) tensor
        What rate scaling adds to rates, in steps of 0..63.
    times_s : (times,) tensor
        From the note's begin.
    held_s : float
        When the note is let go.
    """
    targets = 64.0 * whole(curve(levels, LEVEL_KNOTS) / 2.0) + top[..., None] - 4256.0
    targets = targets.clamp(min=16.0) / 256.0
    speeds = _speeds(rates, faster[..., None])
    begin = torch.zeros_like(top)
    first = levels[..., 0] < 1.0
    stages = []
    level = begin
    for stage in range(3):
        waits = _static_s(rates[..., stage], faster) * torch.where(first, 0.05, 1.0) if stage == 0 else None
        stages.append(_Stage(level, targets[..., stage], speeds[..., stage], _static_s(rates[..., stage], faster)))
        if waits is not None:
            stages[-1].wait_where(first, waits)
        level = targets[..., stage]
    pressed = _through(stages, times_s)
    last = _through(stages, torch.tensor([held_s], dtype=times_s.dtype))[..., 0]
    release = _Stage(last, targets[..., 3], speeds[..., 3], torch.zeros_like(last))
    released = release.at((times_s - held_s).clamp(min=0.0))
    return torch.where(times_s < held_s, pressed, released)


def pitch_octaves(rates: Tensor, levels: Tensor, times_s: Tensor, held_s: float) -> Tensor:
    """Return how far the pitch envelope bends, in octaves, (batch, times): straight lines between levels.

    Parameters
    ----------
    rates, levels : (batch, 4) tensors
        0..99; a level of 50 leaves the pitch.
    times_s, held_s
        As of `operator_levels`.
    """
    targets = curve(levels, PITCH_LEVEL_KNOTS) / 32.0
    speeds = curve(rates, PITCH_RATE_KNOTS) / 21.3

    def along(level: Tensor, stages: range, times: Tensor) -> Tensor:
        left = times.expand(*level.shape[:1], -1)
        here = level[:, None].expand_as(left)
        for stage in stages:
            target, speed = targets[:, stage, None], speeds[:, stage, None]
            way = target - here
            moved = (speed * left).clamp(max=way.abs().detach() + 1e9)
            reached = moved >= way.abs()
            left = torch.where(reached, left - way.abs() / speed, torch.zeros_like(left))
            here = torch.where(reached, target.expand_as(here), here + torch.sign(way) * moved)
        return here

    pressed = along(targets[:, 3], range(3), times_s.clamp(max=held_s))
    last = along(targets[:, 3], range(3), torch.tensor([held_s], dtype=times_s.dtype))[:, 0]
    return torch.where(times_s < held_s, pressed, along(last, range(3, 4), (times_s - held_s).clamp(min=0.0)))


class _Stage:
    """One stage of many envelopes: from a level to a target; arrays of one shape."""

    def __init__(self, begin: Tensor, target: Tensor, speed: Tensor, static_s: Tensor) -> None:
        self.target, self.speed = target, speed
        self.rises = target > begin
        self.begin = torch.where(self.rises, begin.clamp(min=JUMP).minimum(target), begin)
        rise = torch.log((CEILING - self.begin) / (CEILING - target).clamp(min=_LEAST_GAP)) / speed
        fall = (begin - target) / speed
        self.length_s = torch.where(self.rises, rise, torch.where(begin == target, static_s, fall)).clamp(min=0.0)

    def wait_where(self, where: Tensor, seconds: Tensor) -> None:
        """Hold the level that long where the engine does not move."""
        self.length_s = torch.where(where, seconds, self.length_s)

    def at(self, times_s: Tensor) -> Tensor:
        """Return the levels at (..., times) since the stage began."""
        begin, target, speed = self.begin[..., None], self.target[..., None], self.speed[..., None]
        rise = CEILING - (CEILING - begin) * torch.exp(-speed * times_s)
        fall = begin - speed * times_s
        return torch.where(self.rises[..., None], torch.minimum(rise, target), torch.maximum(fall, target))


def _through(stages: list[_Stage], times_s: Tensor) -> Tensor:
    """Return the levels at (times,) since the first of some stages began: each waits for the one before."""
    since = times_s.expand(*stages[0].begin.shape, -1)
    result = stages[0].at(since.clamp(min=0.0))
    for before, stage in itertools.pairwise(stages):
        since = since - before.length_s[..., None]
        result = torch.where(since >= 0.0, stage.at(since.clamp(min=0.0)), result)
    return result


def _speeds(rates: Tensor, faster: Tensor) -> Tensor:
    """Return octaves a second of falling stages; those that rise take it of what is left to the ceiling."""
    quarters = whole(rates * (41.0 / 64.0)) + faster
    quarters = quarters.clamp(max=63.0)
    octave = torch.floor(quarters.detach() / 4.0)
    return (4.0 + quarters - 4.0 * octave) * 2.0**octave * _STEPS_A_SECOND


def _static_s(rates: Tensor, faster: Tensor) -> Tensor:
    """Return how long the engine waits in a stage that has nowhere to go: 40 s at rate 0, 10 ms at 77."""
    rate = (rates + faster).clamp(max=99.0)
    return torch.where(rate < 77.0, 40.0 * torch.exp(-0.1077 * rate), (20.0 * (99.0 - rate)) / 44_100.0)
