"""The compressor: feed-forward, its level in dB, a soft knee, and attack and release on the reduction.

The static curve and the smooth branching detector are those of Giannoulis, Massberg and Reiss (JAES 60(6), 2012). With
overshoot o = level - threshold, the reduction in dB is 0 below the knee, (1 - 1/ratio) o above it, and between them
(1 - 1/ratio) (o + knee/2)^2 / (2 knee). The reduction follows with y = a y' + (1 - a) x, where a = exp(-1 / (time
rate)), and the time is the attack's where the reduction grows and the release's where it shrinks. Backwards, that is
the same recursion in reverse with the branches that were taken, as torchcomp (Yu and others, 2024) derives it; here for
both times, and for the knee.

All channels are turned down alike, by the loudest of them; a key that is given is listened to in their place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from synth.dsp.compiled import compiled, compiled_exact_tree, compiled_freely
from synth.effects import tables
from synth.effects.effect import Effect
from synth.parts.coefficients import PER_DB

_FIELDS = ("threshold", "slope", "knee", "attack", "release", "makeup")
THRESHOLD, SLOPE, KNEE, ATTACK, RELEASE, MAKEUP = range(len(_FIELDS))
SOFTEST = 1e-8
"""A level below it is taken for it, -160 dB: 40 dB below the lowest knee."""
_NOTHING_DB = 1e-12
"""A reduction below it is none: it would fall to where numbers are slow."""


def solve(v: Any, rate: float, c: Any) -> None:
    """Set the coefficients: `synth.parts.solver.solve`."""
    c.threshold = v.threshold
    c.slope = 1.0 - 1.0 / v.ratio
    c.knee = v.knee
    c.attack = np.exp(-1.0 / (v.attack * (0.001 * rate)))
    c.release = np.exp(-1.0 / (v.release * (0.001 * rate)))
    c.makeup = v.makeup


@compiled
def reduction_db(level_db: float, threshold_db: float, slope: float, knee_db: float) -> float:
    """Return by how much a level that lasts is turned down.

    >>> [round(reduction_db(level, -20.0, 0.75, 6.0), 4) for level in (-30.0, -20.0, -17.0, 0.0)]
    [0.0, 0.5625, 2.25, 15.0]
    """
    over = level_db - threshold_db
    if 2.0 * over <= -knee_db:
        return 0.0
    if 2.0 * over >= knee_db:
        return slope * over
    into = over + 0.5 * knee_db
    return slope * into * into / (2.0 * knee_db)


@compiled
def _level(sound: Any, key: Any, i: int) -> float:
    """Return the size of what is listened to."""
    size = 0.0
    if len(key) > 0:
        size = abs(key[i])
    else:
        for channel in range(len(sound)):
            size = max(size, abs(sound[channel, i]))
    return max(size, SOFTEST)


@compiled
def _moved(c: Any, now: float, towards: float) -> float:
    """Return the next reduction."""
    a = c[ATTACK] if towards > now else c[RELEASE]
    moved = towards + a * (now - towards)
    return moved if moved > _NOTHING_DB else 0.0


def _play(c: Any, state: Any, sound: Any, key: Any, scratch: Any) -> None:
    now = state[0]
    for i in range(sound.shape[1]):
        level_db = np.log(_level(sound, key, i)) / PER_DB
        now = _moved(c, now, reduction_db(level_db, c[THRESHOLD], c[SLOPE], c[KNEE]))
        gain = np.exp(PER_DB * (c[MAKEUP] - now))
        for channel in range(len(sound)):
            sound[channel, i] *= gain
    state[0] = now


def _trace(c: Any, sound: Any, key: Any, kept: Any, scratch: Any) -> None:
    channels = len(sound)
    now = 0.0
    levels, reductions, gains = kept[channels], kept[channels + 1], kept[channels + 2]
    kept[:channels] = sound
    for i in range(sound.shape[1]):
        levels[i] = np.log(_level(sound, key, i)) * (1.0 / PER_DB)
    for i in range(sound.shape[1]):
        now = _moved(c, now, reduction_db(levels[i], c[THRESHOLD], c[SLOPE], c[KNEE]))
        reductions[i] = now
    for i in range(sound.shape[1]):
        gains[i] = np.exp(PER_DB * (c[MAKEUP] - reductions[i]))
        for channel in range(channels):
            sound[channel, i] *= gains[i]


def _pull_back(c: Any, pull: Any, by_key: Any, key: Any, kept: Any, slopes: Any, scratch: Any) -> None:
    channels, count = pull.shape
    sound, levels, reductions, gains = kept[:channels], kept[channels], kept[channels + 1], kept[channels + 2]
    threshold, slope, knee = c[THRESHOLD], c[SLOPE], c[KNEE]
    carried = 0.0
    for back in range(count):
        i = count - 1 - back
        now, before = reductions[i], reductions[i - 1] if i > 0 else 0.0
        by_gain_db = 0.0
        for channel in range(channels):
            by_gain_db += pull[channel, i] * sound[channel, i]
            pull[channel, i] *= gains[i]
        by_gain_db *= gains[i] * PER_DB
        slopes[MAKEUP] += by_gain_db
        carried -= by_gain_db
        towards = reduction_db(levels[i], threshold, slope, knee)
        rises = towards > before
        a = c[ATTACK] if rises else c[RELEASE]
        if now == 0.0 and towards == 0.0:
            carried = 0.0
            continue
        slopes[ATTACK if rises else RELEASE] += carried * (before - towards)
        by_level = _pull_curve(carried * (1.0 - a), levels[i], threshold, slope, knee, slopes)
        carried *= a
        if by_level != 0.0:
            size = _level(sound, key, i)
            if size > SOFTEST:
                _pull_size(by_level / (PER_DB * size), size, sound, key, i, pull, by_key)


@compiled
def _pull_curve(pull: float, level_db: float, threshold: float, slope: float, knee: float, slopes: Any) -> float:
    """Add the slopes of the static curve, and return that by the level, per dB."""
    over = level_db - threshold
    if 2.0 * over <= -knee:
        return 0.0
    if 2.0 * over >= knee:
        slopes[SLOPE] += pull * over
        slopes[THRESHOLD] -= pull * slope
        return pull * slope
    into = over + 0.5 * knee
    steep = slope * into / knee
    slopes[SLOPE] += pull * into * into / (2.0 * knee)
    slopes[KNEE] += pull * 0.5 * steep * (1.0 - into / knee)
    slopes[THRESHOLD] -= pull * steep
    return pull * steep


@compiled
def _pull_size(by_size: float, size: float, sound: Any, key: Any, i: int, pull: Any, by_key: Any) -> None:
    """Hand the slope by a size to what was listened to: the key, or the loudest channel."""
    if len(key) > 0:
        by_key[i] += by_size * np.sign(key[i])
        return
    for channel in range(len(sound)):
        if abs(sound[channel, i]) == size:
            pull[channel, i] += by_size * np.sign(sound[channel, i])
            return


COMPRESSOR = Effect(
    tables.COMPRESSOR,
    solve,
    record=lambda number: np.dtype([(name, number) for name in _FIELDS]),
    state_size=lambda channels, rate: 1,
    kept_rows=lambda channels: channels + 3,
    play=compiled_exact_tree(_play),
    trace=compiled_freely(_trace),
    pull_back=compiled_freely(_pull_back),
    fine=1,
)
