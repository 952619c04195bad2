"""What every voice does alike: strokes wait for their sample, ring over each other, are stolen, revised and choked.

A voice that can render one stroke is a subclass of `Polyphony` with a record and two kernels. One compiled call renders
every stroke of a block, without the GIL and without taking memory. Every sample is computed the same way wherever a
block begins or ends, so the audio does not depend on block sizes, to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.dsp.compiled import compiled, with_kernels
from synth.dsp.noise import key_of, word
from synth.spec import ParamSpace

FADE_S = 0.008
"""How long a stolen or choked stroke takes to fade, along a curve without a corner in its first two slopes."""
HIGHEST_GAIN = 16.0
_WAITING = 256
_CHOKE = -2
_CHUNK = 64
_SCRATCH_ROWS = 2

STROKE: tuple[tuple[str, type], ...] = (
    ("gain", np.float64),
    ("loudness", np.float64),
    ("key", np.uint64),
    *((name, np.int64) for name in ("age", "end", "unheard", "fade", "rise", "due", "order", "revises")),
)
"""The fields with which a voice's record of a stroke begins.

A voice sets ``end``, the age in samples at which the stroke is silent, and keeps ``loudness``: the most that it can
still give, 0 to 1. It reads ``age`` and ``key``, that of its noise. The others are of this module: ``end`` is 0 in a
free slot, ``fade`` counts down once a stroke is stolen, ``rise`` while it takes the place of the stroke whose order
``revises`` is (-1: a stroke of its own; -2: no stroke but a choke, which waits among them), and what comes before the
age ``unheard`` is rendered for its state alone.
"""

_STREAM = np.dtype(
    [
        *((name, np.int64) for name in ("now", "waiting", "triggered", "dropped")),
        *((name, np.uint64) for name in ("seed", "stroke")),
    ]
)


def prepare(values: Any, sample_rate: float, stroke: Any) -> None:
    """Derive a stroke from its (n,) values, which are within their ranges, and put its state to rest.

    A voice has a compiled kernel in this place.
    """


def add(stroke: Any, mix: Any, scratch: Any) -> None:
    """Add the next samples of a stroke to ``mix``, at most 64 zeros; ``scratch`` is two rows that may be overwritten.

    A voice has a compiled kernel in this place.
    """


class Polyphony:
    """Plays strokes of one voice, any number of them at once up to ``polyphony``.

    A subclass names its parameter table, the record of a stroke (`STROKE` and its own fields) and its two kernels::

        class Bell(Polyphony, space=BELL, record=STRIKE, prepare=prepare, add=add): ...

    Parameters
    ----------
    sample_rate : float
        Of the output, Hz.
    seed : int
        Of the noise: the same seed and the same triggers give the same audio.
    polyphony : int
        A stroke beyond this many fades the quietest one out.

    Notes
    -----
    `trigger`, `choke` and `render` belong to one thread, take no memory and no lock, and raise nothing once the voice
    exists. Whatever the order of the calls, what is due at one sample happens in this order: chokes, then strokes and
    revisions as they were asked for.
    """

    space: ClassVar[ParamSpace]
    latency_samples: ClassVar[int] = 0
    _record: ClassVar[np.dtype[Any]]
    _kernels: ClassVar[tuple[Callable[..., int], Callable[..., None]]]

    def __init_subclass__(
        cls, space: ParamSpace, record: np.dtype[Any], prepare: Callable[..., None], add: Callable[..., None]
    ) -> None:
        cls.space, cls._record = space, record
        cls._kernels = with_kernels(_put, prepare=prepare), with_kernels(_render, add=add)

    def __init__(self, sample_rate: float, seed: int = 0, polyphony: int = 16) -> None:
        self._seed = word(seed)
        self._strokes = np.zeros(2 * polyphony, self._record)
        self._waiting = np.zeros(_WAITING, self._record)
        self._stream = np.zeros(1, _STREAM)
        self._values = np.zeros(len(self.space))
        self._fade_samples = round(FADE_S * sample_rate)
        limits = np.array([[param.low, param.high, param.default] for param in self.space])
        work = np.zeros((1 + _SCRATCH_ROWS, _CHUNK))
        self._told = self._values, limits, float(sample_rate), self._waiting, self._stream
        self._played = self._strokes, self._waiting, self._stream, work, polyphony, self._fade_samples
        self._warm_up()
        self.reset()

    @classmethod
    def alone(
        cls, values: ArrayLike, sample_rate: float, seed: int = 0, stroke: int = 0, samples: int | None = None
    ) -> NDArray[np.float64]:
        """Return one stroke, as long as it sounds or ``samples`` long, (samples,) float64.

        Parameters
        ----------
        values : (n,) floats
            Real units, in the order of the table.
        sample_rate : float
            Hz.
        seed, stroke : int
            Choose the noise, as in `synth.dsp.noise.white_noise`.
        samples : int, optional
            Length of the result.
        """
        voice = cls(sample_rate, seed, polyphony=1)
        voice._stream["stroke"] = word(stroke)
        voice.trigger(values)
        out = np.zeros(int(voice._waiting["end"][0]) if samples is None else samples)
        voice.render(out)
        return out

    @property
    def dropped(self) -> int:
        """Strokes and chokes that found no room since the last `reset`: too many waited, or rang and faded."""
        return int(self._stream["dropped"][0])

    def reset(self) -> None:
        """Forget all strokes and start the noise again."""
        self._strokes["end"] = 0
        self._waiting["end"] = 0
        self._stream[:] = 0
        self._stream["seed"] = self._seed

    def trigger(self, values: ArrayLike, at_samples: int = 0, gain: float = 1.0) -> int:
        """Start a stroke at a sample of the block that is rendered next, or beyond it.

        Parameters
        ----------
        values : (n,) floats
            Real units, in the order of the table. Outside its range a value is clamped; no number is the default.
        at_samples : int
            Offset from the start of the next block; below 0 counts as 0.
        gain : float
            Linear, after the voice; clamped to 0..16, and 1 where it is not finite.

        Returns
        -------
        int
            The stroke, for `revise`; -1 where it found no room.
        """
        return self._put(values, at_samples, gain, -1)

    def revise(self, stroke: int, values: ArrayLike, at_samples: int = 0, gain: float = 1.0) -> None:
        """Give a sounding stroke other values: from ``at_samples`` on it turns into what it would be had it had them.

        Both share age and noise, and cross over in `FADE_S`; a gain of 0 takes the stroke back. A stroke that has
        ended, was stolen or was choked stays so.

        Parameters
        ----------
        stroke : int
            As `trigger` returned it.
        values, at_samples, gain
            As for `trigger`.
        """
        self._put(values, at_samples, gain, stroke)

    def choke(self, at_samples: int = 0) -> None:
        """Fade every stroke that has started before ``at_samples``, from that sample on; one that starts there rings.

        Parameters
        ----------
        at_samples : int
            As for `trigger`.
        """
        _choke(self._waiting, self._stream, int(at_samples))

    def render(self, out: NDArray[np.float64]) -> None:
        """Add the next ``len(out)`` samples of all strokes to ``out``: (n,) float64, contiguous."""
        self._kernels[1](*self._played, out)

    def silence(self) -> None:
        """Fade every stroke out and forget those that have yet to start."""
        _fade_all(self._strokes, self._fade_samples)
        self._waiting["end"] = 0
        self._stream["waiting"] = 0

    def _put(self, values: ArrayLike, at_samples: int, gain: float, revises: int) -> int:
        self._values[:] = values
        return int(self._kernels[0](*self._told, int(at_samples), float(gain), revises))

    def _warm_up(self) -> None:
        """Compile, or load what was compiled, before the first stroke has to be in time."""
        self.revise(self.trigger(self.space.defaults), self.space.defaults, 1)
        self.choke()
        self.render(np.zeros(2))
        self.silence()


def _put(
    values: Any, limits: Any, rate: float, waiting: Any, stream: Any, at_samples: int, gain: float, revises: int
) -> int:
    """Put a stroke among those that wait; return its order, or -1 where there is no room."""
    for slot in range(len(waiting)):
        stroke = waiting[slot]
        if stroke.end == 0:
            _clamp(values, limits)
            stroke.age = stroke.unheard = stroke.fade = stroke.rise = 0
            stroke.loudness = 1.0
            prepare(values, rate, stroke)
            stroke.end = max(stroke.end, 1)
            stroke.gain = min(max(gain, 0.0), HIGHEST_GAIN) if math.isfinite(gain) else 1.0
            stroke.due = stream[0].now + max(at_samples, 0)
            stroke.order = stream[0].triggered
            stroke.revises = revises
            stream[0].triggered += 1
            stream[0].waiting += 1
            return int(stroke.order)
    stream[0].dropped += 1
    return -1


def _render(
    strokes: Any, waiting: Any, stream: Any, work: Any, polyphony: int, fade_samples: int, out: NDArray[np.float64]
) -> None:
    """Add all strokes to ``out``, chunk by chunk; a chunk ends where the next stroke starts."""
    done = 0
    while done < len(out):
        chunk = min(len(out) - done, _CHUNK)
        if stream[0].waiting > 0:
            chunk = min(chunk, _start_due(strokes, waiting, stream, polyphony, fade_samples))
        for slot in range(len(strokes)):
            stroke = strokes[slot]
            if stroke.end == 0:
                continue
            while stroke.age < stroke.unheard:
                mix = work[0, : min(stroke.unheard - stroke.age, _CHUNK)]
                mix[:] = 0.0
                add(stroke, mix, work[1:])
                stroke.age += len(mix)
            mix = work[0, :chunk]
            mix[:] = 0.0
            add(stroke, mix, work[1:])
            _mix(stroke, mix, fade_samples, out[done : done + chunk])
        done += chunk
        stream[0].now += chunk


@compiled
def _choke(waiting: Any, stream: Any, at_samples: int) -> None:
    """Put a choke among the strokes that wait."""
    for slot in range(len(waiting)):
        if waiting[slot].end == 0:
            waiting[slot].end = 1
            waiting[slot].due = stream[0].now + max(at_samples, 0)
            waiting[slot].revises = _CHOKE
            stream[0].waiting += 1
            return
    stream[0].dropped += 1


@compiled
def _clamp(values: Any, limits: Any) -> None:
    for i in range(len(values)):
        low, high, default = limits[i]
        values[i] = default if math.isnan(values[i]) else min(max(values[i], low), high)


@compiled
def _start_due(strokes: Any, waiting: Any, stream: Any, polyphony: int, fade_samples: int) -> int:
    """Do what is due now, in the order of `_turn`; return the number of samples until the next is due."""
    while stream[0].waiting > 0:
        first = -1
        for slot in range(len(waiting)):
            if waiting[slot].end > 0 and (first < 0 or _turn(waiting[slot]) < _turn(waiting[first])):
                first = slot
        if waiting[first].due > stream[0].now:
            return int(waiting[first].due - stream[0].now)
        if waiting[first].revises == _CHOKE:
            _fade_all(strokes, fade_samples)
        elif waiting[first].revises < 0:
            _start(strokes, waiting[first], stream, polyphony, fade_samples)
        else:
            _replace(strokes, waiting[first], fade_samples)
        waiting[first].end = 0
        stream[0].waiting -= 1
    return _CHUNK


@compiled
def _turn(stroke: Any) -> tuple[int, int]:
    """Return the place of a stroke among those that wait: at one sample a choke comes first, then by their order."""
    return stroke.due, -1 if stroke.revises == _CHOKE else stroke.order


@compiled
def _fade_all(strokes: Any, fade_samples: int) -> None:
    for slot in range(len(strokes)):
        if strokes[slot].end > 0 and strokes[slot].fade == 0:
            strokes[slot].fade = fade_samples


@compiled
def _start(strokes: Any, stroke: Any, stream: Any, polyphony: int, fade_samples: int) -> None:
    """Put a stroke into a free slot; when too many ring, let the quietest fade."""
    stroke.key = key_of(stream[0].seed, stream[0].stroke)
    stream[0].stroke += np.uint64(1)
    free, quietest, ringing = -1, -1, 0
    for slot in range(len(strokes)):
        if strokes[slot].end == 0:
            free = slot
        elif strokes[slot].fade == 0:
            ringing += 1
            if quietest < 0 or _loudness(strokes[slot]) < _loudness(strokes[quietest]):
                quietest = slot
    if free < 0:
        stream[0].dropped += 1
        return
    strokes[free] = stroke
    if ringing >= polyphony:
        strokes[quietest].fade = fade_samples


@compiled
def _loudness(stroke: Any) -> float:
    return float(stroke.gain * stroke.loudness)


@compiled
def _replace(strokes: Any, stroke: Any, fade_samples: int) -> None:
    """Let a stroke take the place of the one it revises, at its age and with its noise."""
    free, old = -1, -1
    for slot in range(len(strokes)):
        if strokes[slot].end == 0:
            free = slot
        elif strokes[slot].order == stroke.revises and strokes[slot].fade == 0:
            old = slot
    if free < 0 or old < 0 or strokes[old].age >= stroke.end:
        return
    stroke.key, stroke.unheard = strokes[old].key, strokes[old].age
    stroke.rise = strokes[old].fade = fade_samples
    strokes[free] = stroke


@compiled
def _mix(stroke: Any, mix: Any, fade_samples: int, out: NDArray[np.float64]) -> None:
    """Add a stroke's samples to ``out`` and free its slot when it has ended."""
    for i in range(len(mix)):
        mix[i] *= stroke.gain
    if stroke.rise > 0:
        _rise(stroke, mix, fade_samples)
    if stroke.fade > 0:
        _fade(stroke, mix, fade_samples)
    for i in range(len(mix)):
        out[i] += mix[i]
    stroke.age += len(mix)
    if stroke.age >= stroke.end:
        stroke.end = 0


@compiled
def _curve(left: float) -> float:
    """Return 0..1 for 0..1 along a curve without a corner in its first two slopes."""
    return left * left * left * (10.0 - left * (15.0 - 6.0 * left))


@compiled
def _rise(stroke: Any, mix: Any, fade_samples: int) -> None:
    for i in range(len(mix)):
        mix[i] *= 1.0 - _curve(max(stroke.rise - i, 0) / fade_samples)
    stroke.rise = max(stroke.rise - len(mix), 0)


@compiled
def _fade(stroke: Any, mix: Any, fade_samples: int) -> None:
    for i in range(len(mix)):
        mix[i] *= _curve(max(stroke.fade - i, 0) / fade_samples)
    stroke.fade -= len(mix)
    if stroke.fade <= 0:
        stroke.fade, stroke.end = 0, stroke.age
