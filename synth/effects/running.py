"""An effect that runs in a stream: blocks of any length, values that glide, a bypass that fades, and rest.

Everything that is decided is decided at every `HOP`-th sample of the stream, so the bits do not depend on how it is cut
into blocks. It runs on the audio thread and takes no memory there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.dsp.compiled import exact_tree_with_kernels
from synth.effects.effect import CHUNK, HOP, NO_KEY, Effect, scratch_rows
from synth.spec import ParamSpace

GLIDE_S = 0.04
"""Time in which an edit arrives."""
STROKE_GLIDE_S = 0.004
"""Time in which what a stroke asks for arrives."""
SILENT = 1e-15
"""What is softer is nothing, -300 dB."""
RESTS = 1e-9
"""An effect whose input is silent rests once all that it keeps is below this, -180 dB."""
LOUDEST = 1e6
"""What is louder is a fault, as what is not a number is: the effect begins again."""

_LOOKED_AT = 256
"""Numbers of the state that a hop has time to look at, whether they are nothing by now."""

_LOUDEST_IN, _LOUDEST_OUT, _RESTING, _FADE, _FAULTS, _QUIET_HOPS, _HUSHING, _HUSH = range(8)


class RunningEffect:
    """One effect in a stream.

    Parameters
    ----------
    effect : Effect
        Which one.
    values : (n,) floats
        Real units; outside its range one is clamped, no number is the default.
    sample_rate : float
        Hz.
    channels : int
        1 or 2.
    bypass : bool
        Whether it begins bypassed.

    Attributes
    ----------
    latency_samples : int
        How much later the sound comes out: not at all.
    """

    latency_samples = 0

    def __init__(
        self, effect: Effect, values: NDArray[np.float64], sample_rate: float, channels: int = 1, bypass: bool = False
    ) -> None:
        self._effect, self._rate = effect, float(sample_rate)
        self._run = _runner(effect.play)
        self._space = effect.space
        self._state = np.zeros(effect.state_size(channels, self._rate))
        self._scratch, self._dry = scratch_rows(), np.zeros((channels, HOP))
        # Records and their numbers, made once: their types take longer to make than coefficients to set.
        self._solved = np.zeros(1, effect.coefficients())
        self._given = np.zeros(1, effect.values())
        self._lines = np.zeros((2, self._solved.view(np.float64).size))
        self._between = np.zeros(self._lines.shape[1])
        self._hops = max(1, round(GLIDE_S * self._rate / HOP)), max(1, round(STROKE_GLIDE_S * self._rate / HOP))
        self._fade_step = 1.0 / (GLIDE_S * self._rate)
        self._defaults = effect.space.defaults
        self._low, self._high = np.array([(param.low, param.high) for param in effect.space]).T.copy()
        self._first, self._bypassed_first = self._legal(values), bypass
        self._status = np.zeros(8)
        self._strokes: deque[tuple[int, NDArray[np.float64]]] = deque()
        self._edits: deque[tuple[NDArray[np.bool_], NDArray[np.float64]]] = deque()
        self._all = np.ones(len(effect.space), dtype=np.bool_)
        self.reset()
        self._warm_up(channels)

    def _legal(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(np.where(np.isfinite(values), values, self._defaults), self._low, self._high)

    def _warm_up(self, channels: int) -> None:
        """Compile everything, so that the first block is as quick as the others."""
        self.set_values(self._defaults)
        self.process(np.zeros((channels, 2 * HOP)), 2 * HOP)
        self.reset()

    @property
    def space(self) -> ParamSpace:
        """What it can be told."""
        return self._space

    @property
    def values(self) -> NDArray[np.float64]:
        """The values that it goes to, real units."""
        goal = self._goal
        for which, values in tuple(self._edits):
            goal = np.where(which, values, goal)
        return goal

    @property
    def bypass(self) -> bool:
        """Whether it is bypassed, or about to be."""
        return self._bypass

    @property
    def faults(self) -> int:
        """How often it began again, since it had heard or made what is no number."""
        return int(self._status[_FAULTS])

    def reset(self) -> None:
        """Return to the state before the first sample."""
        self._state.fill(0.0)
        self._status.fill(0.0)
        self._status[_RESTING] = self._status[_HUSH] = 1.0
        self._bypass = self._bypassed_first
        self._status[_FADE] = 0.0 if self._bypass else 1.0
        self._goal = self._end = self._first.copy()
        self._now = self._space.to_unit(self._goal)
        self._from, self._way = self._now.copy(), np.zeros_like(self._now)
        self._left = self._whole = self._clock = 0
        self._edited = False
        self._strokes.clear()
        self._edits.clear()
        self._solve(1)
        self._lines[0] = self._lines[1]

    def begin(self, values: NDArray[np.float64], bypass: bool) -> None:
        """Begin anew with other values; also after every `reset`."""
        self._first, self._bypassed_first = self._legal(values), bypass
        self.reset()

    def set_values(self, values: NDArray[np.float64]) -> None:
        """Glide to values within `GLIDE_S`, from the next hop on; any thread may ask."""
        self.set_some(self._all, values)

    def set_some(self, which: NDArray[np.bool_], values: NDArray[np.float64]) -> None:
        """Glide to some values, as `set_values`; the others go where they went: a stroke may have moved them."""
        self._edits.append((which, self._legal(values)))

    def set_stroke(self, values: NDArray[np.float64], at_samples: int = 0) -> None:
        """Glide to a stroke's values within `STROKE_GLIDE_S`, from the first hop on that begins at its moment or later.

        ``at_samples`` counts from the start of the next block. Audio thread.
        """
        # In the order of their moments: a stroke of another drum may be asked for later and be heard before.
        moment, place = self._clock + at_samples, len(self._strokes)
        while place and self._strokes[place - 1][0] > moment:
            place -= 1
        self._strokes.insert(place, (moment, self._legal(values)))

    def set_bypass(self, bypass: bool) -> None:
        """Fade to the sound as it came in, or back."""
        self._bypass = bypass

    def silence(self) -> None:
        """Fade out what rings within `GLIDE_S`, and forget it. Audio thread."""
        if self._status[_RESTING] == 0.0:
            self._status[_HUSHING] = 1.0

    def rest(self, count: int) -> bool:
        """Let samples of silence pass, and return whether that was all that they needed.

        What was edited meanwhile holds from the next sound on: edits of many effects at rest cost nothing. A stroke's
        glide is played even so, as its moments are those of samples.
        """
        if self._status[_RESTING] == 0.0 or self._strokes or (self._left and not self._edited):
            return False
        self._status[_FADE], self._status[_HUSH] = 0.0 if self._bypass else 1.0, 1.0
        self._clock += count
        return True

    def process(self, sound: NDArray[np.float64], count: int, key: NDArray[np.float64] = NO_KEY) -> bool:
        """Change the next samples in place.

        Parameters
        ----------
        sound : (channels, at least count) float64, contiguous
            Of it the first ``count`` samples are changed.
        count : int
            Of any size.
        key : (at least count,) float64, contiguous
            What is listened to instead; empty: the sound.

        Returns
        -------
        bool
            Whether there may be anything in it.
        """
        start, sounded = 0, False
        if self._status[_RESTING] and (self._edits or (self._left and self._edited)):
            self._arrive()
        while start < count:
            if self._clock % HOP == 0:
                self._turn()
            rest = HOP - self._clock % HOP
            moves = self._left or self._edits or self._strokes
            stop = min(count, start + rest) if moves else count
            sounded |= self._run(
                self._lines, self._left > 0, self._effect.fine, self._bypass, self._fade_step, self._state,
                self._effect.held, sound, key, start, stop, self._clock, self._scratch, self._dry, self._between,
                self._status,
            )  # fmt: skip
            self._clock += stop - start
            start = stop
        return sounded

    def _turn(self) -> None:
        """Take a step of the glide, at the start of a hop."""
        hops = 0
        while self._strokes and self._strokes[0][0] <= self._clock:
            self._goal = self._strokes.popleft()[1]
            hops, self._edited = self._hops[1], False
        if self._take_edits():
            hops, self._edited = self._hops[0], True
        if hops:
            self._left = self._whole = hops
            self._from, self._end = self._now, self._goal
            self._way = self._space.to_unit(self._end) - self._from
        elif self._left:
            self._left -= 1
        self._lines[0] = self._lines[1]
        if self._left:
            # Slow at both ends: a corner in the way of a value is heard above the sound.
            gone = 1.0 - (self._left - 1) / self._whole
            self._now = self._from + gone * gone * (3.0 - 2.0 * gone) * self._way
            self._solve(self._left)

    def _take_edits(self) -> bool:
        """Let edits be what it goes to, and tell whether there was one."""
        taken = bool(self._edits)
        while self._edits:
            which, values = self._edits.popleft()
            self._goal = np.where(which, values, self._goal)
        return taken

    def _arrive(self) -> None:
        """Be at once where edits go: nothing is heard that could click."""
        self._take_edits()
        self._end, self._left = self._goal, 0
        self._now = self._space.to_unit(self._goal)
        self._solve(1)
        self._lines[0] = self._lines[1]

    def _solve(self, left: int) -> None:
        """Set the coefficients at the end of this hop; those of the last hop of a glide are exactly its goal's."""
        self._given.view(np.float64)[:] = self._end if left == 1 else self._space.from_unit(self._now)
        self._solved.view(np.float64).fill(0.0)
        self._effect.derive(self._given, self._rate, self._solved)
        self._lines[1] = self._solved.view(np.float64)


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
        status[_FAULTS] += 1.0
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
    if status[_HUSHING] > 0.0 and status[_HUSH] == 0.0:
        state[:] = 0.0
        status[_HUSHING] = 0.0
        status[_RESTING] = 1.0
    quiet = status[_LOUDEST_IN] < SILENT and status[_LOUDEST_OUT] < RESTS
    status[_QUIET_HOPS] = status[_QUIET_HOPS] + 1.0 if quiet else 0.0
    status[_LOUDEST_IN] = status[_LOUDEST_OUT] = 0.0
    if status[_QUIET_HOPS] * _LOOKED_AT >= len(state):
        status[_QUIET_HOPS] = 0.0
        if _is_quiet(state[held:]):
            state[:] = 0.0
            status[_RESTING] = 1.0


def _begin_again(sound: Any, state: Any, status: Any) -> None:
    sound[:] = 0.0
    state[:] = 0.0
    status[_FAULTS] += 1.0


def _hush(step: float, sound: Any, status: Any) -> None:
    """Fade out what is heard, or, once the state is forgotten at the end of a hop, fade in what is given."""
    gain, step = status[_HUSH], -step if status[_HUSHING] > 0.0 else step
    for i in range(sound.shape[1]):
        gain = min(max(gain + step, 0.0), 1.0)
        for channel in range(len(sound)):
            sound[channel, i] *= gain
    status[_HUSH] = gain


def _fade(bypass: bool, fade_step: float, dry: Any, sound: Any, state: Any, status: Any) -> None:
    """Go between the sound as it came in and as it was made; once it is the former, forget the latter."""
    fade, step = status[_FADE], -fade_step if bypass else fade_step
    for i in range(sound.shape[1]):
        fade = min(max(fade + step, 0.0), 1.0)
        for channel in range(len(sound)):
            # Not mixed once it is there: rounding would differ with where a block ends.
            if fade < 1.0:
                sound[channel, i] = dry[channel, i] + fade * (sound[channel, i] - dry[channel, i])
    status[_FADE] = fade
    if fade == 0.0:
        state[:] = 0.0
        status[_RESTING] = 1.0


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
        fades = bypass or status[_FADE] < 1.0
        hushes = status[_HUSHING] > 0.0 or status[_HUSH] < 1.0
        if not (glides or fades or hushes) and status[_RESTING] == 0.0:
            last, stop = _last_portion(start, stop, count, sound, key)
        part, heard = sound[:, start:stop], key[start:stop]
        if bypass and status[_FADE] == 0.0:
            sounded |= _pass(part, status)
            status[_HUSHING], status[_HUSH] = 0.0, 1.0
        else:
            if fades:
                _copy(part, dry)
            if hushes and status[_HUSHING] == 0.0:
                _hush(fade_step, part, status)
            skipped = 0
            if status[_RESTING] > 0.0:
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
            if status[_HUSHING] > 0.0:
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
    status[_RESTING] = 0.0
    if last > 0:  # something was in the hops before the last, or that had not joined them
        status[_LOUDEST_IN] = status[_LOUDEST_OUT] = status[_QUIET_HOPS] = 0.0
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
    status[_LOUDEST_IN] = max(status[_LOUDEST_IN], _level(sound[:, last:], key[last:]))
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
    loudest = _size(sound[:, last:]) if _size(sound) < np.inf else np.inf
    if loudest == np.inf:
        _begin_again(sound, state, status)
        return
    status[_LOUDEST_OUT] = max(status[_LOUDEST_OUT], loudest)


def _level(sound: Any, key: Any) -> float:
    """Return the largest size of what is given and listened to."""
    size = _size(sound)
    for i in range(len(key)):
        size = max(size, abs(key[i]) if abs(key[i]) <= LOUDEST else np.inf)
    return size


@cache
def _runner(kernel: Callable[..., None]) -> Callable[..., bool]:
    """Return `_run` with an effect's kernel in it; made once, as it takes longer than many sounds."""
    sound = exact_tree_with_kernels(_play_sound, play=kernel)
    return exact_tree_with_kernels(_run, _play_part=exact_tree_with_kernels(_play_part, _play_sound=sound))
