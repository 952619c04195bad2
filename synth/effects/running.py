"""An effect that runs in a stream: blocks of any length, values that glide, a bypass that fades, and rest.

Everything that is decided is decided at every `HOP`-th sample of the stream, so the bits do not depend on how it is cut
into blocks. It runs on the audio thread and takes no memory there.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from synth.effects.effect import HOP, NO_KEY, Effect, scratch_rows
from synth.effects.hops import FADE, FAULTS, HUSH, HUSHING, RESTING, STATUS, runner
from synth.spec import ParamSpace

GLIDE_S = 0.04
"""Time in which an edit arrives."""
STROKE_GLIDE_S = 0.004
"""Time in which what a stroke asks for arrives."""


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
        self._run = runner(effect.play)
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
        self._status = np.zeros(STATUS)
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
        return int(self._status[FAULTS])

    def reset(self) -> None:
        """Return to the state before the first sample."""
        self._state.fill(0.0)
        self._status.fill(0.0)
        self._status[RESTING] = self._status[HUSH] = 1.0
        self._bypass = self._bypassed_first
        self._status[FADE] = 0.0 if self._bypass else 1.0
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
        if self._status[RESTING] == 0.0:
            self._status[HUSHING] = 1.0

    def rest(self, count: int) -> bool:
        """Let samples of silence pass, and return whether that was all that they needed.

        What was edited meanwhile holds from the next sound on: edits of many effects at rest cost nothing. A stroke's
        glide is played even so, as its moments are those of samples.
        """
        if self._status[RESTING] == 0.0 or self._strokes or (self._left and not self._edited):
            return False
        self._status[FADE], self._status[HUSH] = 0.0 if self._bypass else 1.0, 1.0
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
        if self._status[RESTING] and (self._edits or (self._left and self._edited)):
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
