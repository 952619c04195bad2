"""What an effect in a stream does between one moment at which its values may change and the next, compiled.

It plays hops, joins those in which nothing else happens, fades, rests, and begins again after a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from synth.dsp.compiled import exact_tree_with_kernels
from synth.effects.effect import CHUNK, HOP

SILENT = 1e-15
"""What is softer is nothing, -300 dB."""
RESTS = 1e-9
"""An effect whose input is silent rests once all that it keeps is below this, -180 dB."""
LOUDEST = 1e6
"""What is louder is a fault, as what is not a number is: the effect begins again."""

_LOOKED_AT = 256
"""Numbers of the state that a hop has time to look at, whether they are nothing by now."""

LOUDEST_IN, LOUDEST_OUT, RESTING, FADE, FAULTS, QUIET_HOPS, HUSHING, HUSH = range(8)
STATUS = 8
"""Numbers of a running effect that these share with it."""


def play(c: Any, state: Any, sound: Any, key: Any, scratch: Any) -> None:
    """Change at most a hop of sound; an effect has its kernel in this place: `synth.effects.effect.Effect.play`."""


def _size(sound: Any) -> float:
    """Return the largest size of any sample, or infinity where one is not a number."""
    size = 0.0
    for channel in range(len(sound)):
        for i in range(sound.shape[1]):
            x = abs(sound[channel, i])
            if not x <= LOUDEST:
                return np.inf
            size = max(size, x)
    return size


def _silent_samples(sound: Any, key: Any) -> int:
    """Return how many samples from the first on are nothing."""
    for i in range(sound.shape[1]):
        size = abs(key[i]) if len(key) > 0 else 0.0
        for channel in range(len(sound)):
            size = max(size, abs(sound[channel, i]))
        if not size < SILENT:
            return i
    return int(sound.shape[1])


def _copy(sound: Any, into: Any) -> None:
    """Copy a sound; what is no number becomes silence."""
    for channel in range(len(sound)):
        for i in range(sound.shape[1]):
            x = sound[channel, i]
            into[channel, i] = x if abs(x) <= LOUDEST else 0.0


def _pass(sound: Any, status: Any) -> bool:
    """Let a sound go past to the bit; what is no number becomes zero. Tell whether there is anything in it."""
    sounded, faulty = False, False
    for channel in range(len(sound)):
        for i in range(sound.shape[1]):
            if not abs(sound[channel, i]) <= LOUDEST:
                faulty = True
                sound[channel, i] = 0.0
            sounded |= sound[channel, i] != 0.0
    if faulty:
        status[FAULTS] += 1.0
    return sounded


def _is_quiet(state: Any) -> bool:
    loudest = 0.0
    for i in range(len(state)):
        loudest = max(loudest, abs(state[i]))
        if loudest >= RESTS:
            break
    return loudest < RESTS


def _end_hop(state: Any, held: int, status: Any) -> None:
    """Let an effect rest that is given nothing and keeps nothing.

    A large state is looked at seldom: as soon as what came out of it was quiet for as many hops as that is worth.
    """
    if status[HUSHING] > 0.0 and status[HUSH] == 0.0:
        state[:] = 0.0
        status[HUSHING] = 0.0
        status[RESTING] = 1.0
    quiet = status[LOUDEST_IN] < SILENT and status[LOUDEST_OUT] < RESTS
    status[QUIET_HOPS] = status[QUIET_HOPS] + 1.0 if quiet else 0.0
    status[LOUDEST_IN] = status[LOUDEST_OUT] = 0.0
    if status[QUIET_HOPS] * _LOOKED_AT >= len(state):
        status[QUIET_HOPS] = 0.0
        if _is_quiet(state[held:]):
            state[:] = 0.0
            status[RESTING] = 1.0


def _begin_again(sound: Any, state: Any, status: Any) -> None:
    sound[:] = 0.0
    state[:] = 0.0
    status[FAULTS] += 1.0


def _hush(step: float, sound: Any, status: Any) -> None:
    """Fade out what is heard, or, once the state is forgotten at the end of a hop, fade in what is given."""
    gain, step = status[HUSH], -step if status[HUSHING] > 0.0 else step
    for i in range(sound.shape[1]):
        gain = min(max(gain + step, 0.0), 1.0)
        for channel in range(len(sound)):
            sound[channel, i] *= gain
    status[HUSH] = gain


def _fade(bypass: bool, fade_step: float, dry: Any, sound: Any, state: Any, status: Any) -> None:
    """Go between the sound as it came in and as it was made; once it is the former, forget the latter."""
    fade, step = status[FADE], -fade_step if bypass else fade_step
    for i in range(sound.shape[1]):
        fade = min(max(fade + step, 0.0), 1.0)
        for channel in range(len(sound)):
            # Not mixed once it is there: rounding would differ with where a block ends.
            if fade < 1.0:
                sound[channel, i] = dry[channel, i] + fade * (sound[channel, i] - dry[channel, i])
    status[FADE] = fade
    if fade == 0.0:
        state[:] = 0.0
        status[RESTING] = 1.0


def _last_portion(start: int, stop: int, count: int, sound: Any, key: Any) -> tuple[int, int]:
    """Return where the last portion begins, and ends, of those that can be played at once.

    No effect comes to rest at the end of a hop in which it is given something, so the next hop may join it.
    """
    last = start
    while stop < count and stop - start <= CHUNK - HOP:
        heard = key[last:stop]
        if _silent_samples(sound[:, last:stop], heard) == stop - last:
            break
        last, stop = stop, min(count, stop + HOP)
    return last, stop


def _run(
    lines: Any, glides: bool, fine: int, bypass: bool, fade_step: float, state: Any, held: int, whole: Any,
    whole_key: Any, first: int, end: int, clock: int, scratch: Any, dry: Any, between: Any, status: Any,
) -> bool:  # fmt: skip
    """Play the samples from ``first`` to ``end``; tell whether anything may be heard of them."""
    sound, key = whole[:, first:end], whole_key[first:end]
    count, start, sounded = sound.shape[1], 0, False
    while start < count:
        place = (clock + start) % HOP
        last, stop = start, min(count, start + HOP - place)
        fades = bypass or status[FADE] < 1.0
        hushes = status[HUSHING] > 0.0 or status[HUSH] < 1.0
        if not (glides or fades or hushes) and status[RESTING] == 0.0:
            last, stop = _last_portion(start, stop, count, sound, key)
        part, heard = sound[:, start:stop], key[start:stop]
        if bypass and status[FADE] == 0.0:
            sounded |= _pass(part, status)
            status[HUSHING], status[HUSH] = 0.0, 1.0
        else:
            if fades:
                _copy(part, dry)
            if hushes and status[HUSHING] == 0.0:
                _hush(fade_step, part, status)
            skipped = 0
            if status[RESTING] > 0.0:
                skipped = _silent_samples(part, heard)
                part[:, :skipped] = 0.0
            if skipped < stop - start:
                heard = heard[skipped:]
                last -= start + skipped
                _play_part(
                    lines, glides, fine, place + skipped, state, part[:, skipped:], heard, last, scratch, between,
                    status,
                )  # fmt: skip
                sounded = True
            if fades:
                _fade(bypass, fade_step, dry, part, state, status)
            if status[HUSHING] > 0.0:
                _hush(fade_step, part, status)
        if (clock + stop) % HOP == 0:
            _end_hop(state, held, status)
        start = stop
    return sounded


def _play_part(
    lines: Any, glides: bool, fine: int, place: int, state: Any, sound: Any, key: Any, last: int, scratch: Any,
    between: Any, status: Any,
) -> None:  # fmt: skip
    """Play what is not silence; at a sample that is no number the effect begins again, whatever block that stands in.

    ``place`` is that of its first sample in its hop; the levels from sample ``last`` on count for the rest of its last.
    """
    count, start = sound.shape[1], 0
    status[RESTING] = 0.0
    if last > 0:  # something was in the hops before the last, or that had not joined them
        status[LOUDEST_IN] = status[LOUDEST_OUT] = status[QUIET_HOPS] = 0.0
    while start < count:
        stop = _first_fault(sound, key, start)
        if stop > start:
            _play_sound(
                lines, glides, fine, place + start, state, sound[:, start:stop], key[start:stop], last - start, scratch,
                between, status,
            )  # fmt: skip
        if stop < count:
            _begin_again(sound[:, stop : stop + 1], state, status)
        start = stop + 1


def _first_fault(sound: Any, key: Any, start: int) -> int:
    """Return the first sample from ``start`` on that is no number or louder than any sound, or how many there are."""
    for i in range(start, sound.shape[1]):
        size = abs(key[i]) if len(key) > 0 else 0.0
        faulty = not size <= LOUDEST
        for channel in range(len(sound)):
            faulty |= not abs(sound[channel, i]) <= LOUDEST
        if faulty:
            return i
    return int(sound.shape[1])


def _play_sound(
    lines: Any, glides: bool, fine: int, place: int, state: Any, sound: Any, key: Any, last: int, scratch: Any,
    between: Any, status: Any,
) -> None:  # fmt: skip
    """Play what has no fault; see `_play_part`."""
    count, last = sound.shape[1], min(max(last, 0), sound.shape[1])
    status[LOUDEST_IN] = max(status[LOUDEST_IN], _level(sound[:, last:], key[last:]))
    start = 0
    while glides and start < count:
        stop = min(count, start + fine - (place + start) % fine)
        share = ((place + start) // fine + 1) * fine / HOP
        for k in range(len(between)):
            between[k] = lines[0, k] + share * (lines[1, k] - lines[0, k])
        play(between, state, sound[:, start:stop], key[start:stop], scratch)
        start = stop
    if not glides:
        play(lines[1], state, sound, key, scratch)
    loudest = _size(sound[:, last:])
    if max(loudest, _size(sound[:, :last])) == np.inf:
        _begin_again(sound, state, status)
        return
    status[LOUDEST_OUT] = max(status[LOUDEST_OUT], loudest)


def _level(sound: Any, key: Any) -> float:
    """Return the largest size of what is given and listened to, none of which is a fault."""
    size = _size(sound)
    for i in range(len(key)):
        size = max(size, abs(key[i]))
    return size


@cache
def runner(kernel: Callable[..., None]) -> Callable[..., bool]:
    """Return `_run` with an effect's kernel in it; made once, as it takes longer than many sounds."""
    sound = exact_tree_with_kernels(_play_sound, play=kernel)
    return exact_tree_with_kernels(_run, _play_part=exact_tree_with_kernels(_play_part, _play_sound=sound))
