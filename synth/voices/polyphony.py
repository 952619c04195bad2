"""What every voice does alike: strokes wait for their sample, ring over each other, are stolen, revised and choked.

`Polyphony` plays a circuit. One compiled call renders every stroke of a block, without the GIL and without taking
memory. A stroke is rendered in chunks of its own, counted from its start, whatever the blocks are: so the audio does
not depend on block sizes, to the bit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.dsp.compiled import compiled
from synth.dsp.noise import key_of, word
from synth.parts.coefficients import FLOOR
from synth.parts.graph import play_compiled, scratch_for
from synth.parts.squares import STEP
from synth.parts.wiring import Wiring
from synth.spec import ParamSpace
from synth.voices.wired import Wired

FADE_S = 0.008
"""How long a stolen or choked stroke takes to fade, along a curve without a corner in its first two slopes."""
HIGHEST_GAIN = 16.0
_WAITING = 256
_CHOKE = -2
_CHUNK = 64

_STROKE = np.dtype(
    [
        ("gain", np.float64),
        ("key", np.uint64),
        *((name, np.int64) for name in ("age", "end", "unheard", "fade", "rise", "due", "order", "revises")),
    ]
)
"""A stroke: ``end`` is the age in samples at which it is silent, 0 in a free slot; ``key`` that of its noise.

``fade`` counts down once a stroke is stolen or choked, ``rise`` while it takes the place of the stroke whose order
``revises`` is (-1: a stroke of its own; -2: no stroke but a choke, which waits among them), and what comes before the
age ``unheard`` is rendered for its state alone.
"""

_STREAM = np.dtype(
    [
        *((name, np.int64) for name in ("now", "waiting", "triggered", "dropped", "polyphony", "fade_samples")),
        *((name, np.uint64) for name in ("seed", "stroke")),
    ]
)


class Polyphony:
    """Plays strokes of one circuit, any number of them at once up to ``polyphony``.

    Parameters
    ----------
    circuit : Wired
        The voice.
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

    latency_samples = 0

    def __init__(self, circuit: Wired, sample_rate: float, seed: int = 0, polyphony: int = 16) -> None:
        self.space: ParamSpace = circuit.space
        self._seed, self._rate = word(seed), float(sample_rate)
        self._derive = circuit.derive
        self._limits = np.array([[param.low, param.high, param.default] for param in circuit.space])
        self._values = np.zeros(len(circuit.space))
        self._fresh = np.zeros(circuit.wiring.size)
        self._records = self._values.view(circuit.values()), self._fresh.view(circuit.wiring.coefficients())
        self._stream = np.zeros(1, _STREAM)
        self._stream["polyphony"], self._stream["fade_samples"] = polyphony, round(FADE_S * sample_rate)
        self._waiting = np.zeros(_WAITING, _STROKE), np.zeros((_WAITING, circuit.wiring.size))
        self._strokes = np.zeros(2 * polyphony, _STROKE)
        ringing = np.zeros((2 * polyphony, circuit.wiring.size + circuit.wiring.state_size + _CHUNK))
        # Each array costs a call 0.05 us, which is a tenth of what a stroke takes: so what has one type shares one.
        self._arguments = (
            *(self._strokes, ringing, *self._waiting, self._stream, circuit.wiring.program),
            *(_work_for(circuit.wiring), STEP, circuit.tables),
        )
        self._warm_up()
        self.reset()

    @property
    def dropped(self) -> int:
        """Strokes and chokes that found no room since the last `reset`: too many waited, or rang and faded."""
        return int(self._stream["dropped"][0])

    def reset(self) -> None:
        """Forget all strokes and start the noise again."""
        self._strokes["end"] = 0
        self._waiting[0]["end"] = 0
        for name in ("now", "waiting", "triggered", "dropped", "stroke"):
            self._stream[name] = 0
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
        _choke(self._waiting[0], self._stream, int(at_samples))

    def render(self, out: NDArray[np.float64]) -> bool:
        """Add the next ``len(out)`` samples of all strokes to ``out``: (n,) float64, contiguous.

        Returns
        -------
        bool
            Whether any stroke sounded; otherwise ``out`` is as it was.
        """
        return _render(*self._arguments, out)

    def silence(self) -> None:
        """Fade every stroke out and forget those that have yet to start."""
        _fade_all(self._strokes, self._stream)
        self._waiting[0]["end"] = 0
        self._stream["waiting"] = 0

    def _put(self, values: ArrayLike, at_samples: int, gain: float, revises: int) -> int:
        self._values[:] = values
        _clamp(self._values, self._limits)
        self._fresh.fill(0.0)
        self._derive(self._records[0], self._rate, self._records[1])
        return int(_put(self._fresh, *self._waiting, self._stream, int(at_samples), float(gain), revises))

    def _warm_up(self) -> None:
        """Compile, or load what was compiled, before the first stroke has to be in time."""
        self.revise(self.trigger(self.space.defaults), self.space.defaults, 1)
        self.choke()
        self.render(np.zeros(2))
        self.silence()


def alone(
    circuit: Wired,
    values: ArrayLike,
    sample_rate: float,
    seed: int = 0,
    stroke: int = 0,
    samples: int | None = None,
) -> NDArray[np.float64]:
    """Return one stroke, as long as it sounds or ``samples`` long, (samples,) float64.

    Parameters
    ----------
    circuit : Wired
        The voice.
    values : (n,) floats
        Real units, in the order of the table.
    sample_rate : float
        Hz.
    seed, stroke : int
        Choose the noise, as in `synth.dsp.noise.white_noise`.
    samples : int, optional
        Length of the result.
    """
    voice = Polyphony(circuit, sample_rate, seed, polyphony=1)
    voice._stream["stroke"] = word(stroke)
    voice.trigger(values)
    out = np.zeros(int(voice._waiting[0]["end"][0]) if samples is None else samples)
    voice.render(out)
    return out


@compiled
def _put(coefs: Any, waiting: Any, waiting_coefs: Any, stream: Any, at_samples: int, gain: float, revises: int) -> int:
    """Put a stroke among those that wait; return its order, or -1 where there is no room."""
    for slot in range(len(waiting)):
        stroke = waiting[slot]
        if stroke.end == 0:
            waiting_coefs[slot] = coefs
            stroke.age = stroke.unheard = stroke.fade = stroke.rise = 0
            stroke.end = max(int(coefs[0]), 1)
            stroke.gain = min(max(gain, 0.0), HIGHEST_GAIN) if math.isfinite(gain) else 1.0
            stroke.due = stream[0].now + max(at_samples, 0)
            stroke.order = stream[0].triggered
            stroke.revises = revises
            stream[0].triggered += 1
            stream[0].waiting += 1
            return int(stroke.order)
    stream[0].dropped += 1
    return -1


def _work_for(wiring: Wiring) -> NDArray[np.float64]:
    """Return the rows that strokes are rendered in: their sum, what each part gives, and scratch."""
    planes, _, scratch = scratch_for(wiring, _CHUNK)
    return np.zeros((1 + len(planes) + len(scratch), scratch.shape[1]))


@compiled
def _render(
    strokes: Any, ringing: Any, waiting: Any, waiting_coefs: Any, stream: Any, program: Any, work: Any, step: Any,
    tables: Any, out: Any,
) -> bool:  # fmt: skip
    """Add all strokes to ``out``, part by part; a part ends where the next stroke starts. Return whether any sounded.

    A row of ``ringing`` holds a stroke's coefficients, its state and the chunk that it is in.
    """
    done, sounded = 0, False
    while done < len(out):
        count = min(len(out) - done, _CHUNK)
        if stream[0].waiting > 0:
            count = min(count, _start_due(strokes, ringing, waiting, waiting_coefs, stream))
        for slot in range(len(strokes)):
            stroke = strokes[slot]
            if stroke.end == 0:
                continue
            own, size = ringing[slot], waiting_coefs.shape[1]
            while stroke.age < stroke.unheard:
                catch_up = work[0, : min(stroke.unheard - stroke.age, _CHUNK)]
                _take(stroke, own, size, program, work, step, tables, catch_up)
            now = work[0, :count]
            _take(stroke, own, size, program, work, step, tables, now)
            _mix(stroke, now, stream[0].fade_samples, out[done : done + count])
            sounded = True
        done += count
        stream[0].now += count
    return sounded


@compiled
def _take(stroke: Any, own: Any, size: int, program: Any, work: Any, step: Any, tables: Any, mix: Any) -> None:
    """Write the next samples of a stroke, which are kept a chunk at a time."""
    parts, sound = len(program), own[len(own) - _CHUNK :]
    done = 0
    while done < len(mix):
        at = stroke.age % _CHUNK
        if at == 0:
            c, state = own[:size], own[size : len(own) - _CHUNK]
            planes, scratch = work[1 : parts + 1], work[parts + 1 :]
            # Parts of a table without length: a global array would be another type, and all be compiled once more.
            no_noise, no_traces = step[0, 0, :0], step[:0]
            play_compiled(
                program, c, state, stroke.key, no_noise, stroke.age, _CHUNK, planes, no_traces, scratch, step, tables
            )
            played = planes[parts - 1]
            for i in range(_CHUNK):
                sound[i] = played[i]
        count = min(_CHUNK - at, len(mix) - done)
        kept, wanted = sound[at:], mix[done:]
        for i in range(count):
            wanted[i] = kept[i]
        stroke.age += count
        done += count


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
def _start_due(strokes: Any, ringing: Any, waiting: Any, waiting_coefs: Any, stream: Any) -> int:
    """Do what is due now, in the order of `_turn`; return the number of samples until the next is due."""
    while stream[0].waiting > 0:
        first = -1
        for slot in range(len(waiting)):
            if waiting[slot].end > 0 and (first < 0 or _turn(waiting[slot]) < _turn(waiting[first])):
                first = slot
        if waiting[first].due > stream[0].now:
            return int(waiting[first].due - stream[0].now)
        if waiting[first].revises == _CHOKE:
            _fade_all(strokes, stream)
        elif waiting[first].revises < 0:
            _fill(_start(strokes, ringing, waiting[first], stream), ringing, waiting_coefs[first])
        else:
            _fill(_replace(strokes, waiting[first], stream), ringing, waiting_coefs[first])
        waiting[first].end = 0
        stream[0].waiting -= 1
    return _CHUNK


@compiled
def _turn(stroke: Any) -> tuple[int, int]:
    """Return the place of a stroke among those that wait: at one sample a choke comes first, then by their order."""
    return stroke.due, -1 if stroke.revises == _CHOKE else stroke.order


@compiled
def _fade_all(strokes: Any, stream: Any) -> None:
    for slot in range(len(strokes)):
        if strokes[slot].end > 0 and strokes[slot].fade == 0:
            strokes[slot].fade = stream[0].fade_samples


@compiled
def _start(strokes: Any, ringing: Any, stroke: Any, stream: Any) -> int:
    """Put a stroke into a free slot and return it, or -1; when too many ring, let the quietest fade."""
    stroke.key = key_of(stream[0].seed, stream[0].stroke)
    stream[0].stroke += np.uint64(1)
    free, quietest, sounding = -1, -1, 0
    for slot in range(len(strokes)):
        if strokes[slot].end == 0:
            free = slot
        elif strokes[slot].fade == 0:
            sounding += 1
            if quietest < 0 or _left(strokes, ringing, slot) < _left(strokes, ringing, quietest):
                quietest = slot
    if free < 0:
        stream[0].dropped += 1
        return -1
    strokes[free] = stroke
    if sounding >= stream[0].polyphony:
        strokes[quietest].fade = stream[0].fade_samples
    return free


@compiled
def _fill(slot: int, ringing: Any, fresh: Any) -> None:
    """Put the coefficients of a stroke into its slot, and its state to rest."""
    if slot < 0:
        return
    ringing[slot, len(fresh) :] = 0.0
    for i in range(len(fresh)):
        ringing[slot, i] = fresh[i]


@compiled
def _left(strokes: Any, ringing: Any, slot: int) -> float:
    """Return about how loud a stroke still is: from its level at the start, evenly in dB, to the floor at its end."""
    stroke, level = strokes[slot], max(ringing[slot, 1], FLOOR)
    return float(stroke.gain * level * (FLOOR / level) ** (stroke.age / stroke.end))


@compiled
def _replace(strokes: Any, stroke: Any, stream: Any) -> int:
    """Let a stroke take the place of the one it revises, at its age and with its noise; return its slot, or -1."""
    free, old = -1, -1
    for slot in range(len(strokes)):
        if strokes[slot].end == 0:
            free = slot
        elif strokes[slot].order == stroke.revises and strokes[slot].fade == 0:
            old = slot
    if old >= 0 and strokes[old].age >= stroke.end:
        # With its new values it would be over by now.
        strokes[old].fade = stream[0].fade_samples
        return -1
    if free < 0 or old < 0:
        return -1
    stroke.key, stroke.unheard = strokes[old].key, strokes[old].age
    stroke.rise = strokes[old].fade = stream[0].fade_samples
    strokes[free] = stroke
    return free


@compiled
def _mix(stroke: Any, mix: Any, fade_samples: int, out: NDArray[np.float64]) -> None:
    """Add a stroke's samples to ``out``, which end with it, and free its slot then."""
    over = mix[max(len(mix) - max(stroke.age - stroke.end, 0), 0) :]
    for i in range(len(over)):
        over[i] = 0.0
    for i in range(len(mix)):
        mix[i] *= stroke.gain
    if stroke.rise > 0:
        _rise(stroke, mix, fade_samples)
    if stroke.fade > 0:
        _fade(stroke, mix, fade_samples)
    for i in range(len(mix)):
        out[i] += mix[i]
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
