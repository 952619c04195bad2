"""The snare of the 808 as a streaming voice: `reset`, `trigger(values)`, `render(out)`.

Strokes ring over each other; each has its own sine phases, filter state and noise, all of them at rest when it starts.
One compiled call renders every stroke of a block without the GIL and without taking memory. Every sample is computed
the same way wherever a block begins or ends, so the audio does not depend on block sizes, to the bit.

`Snare808Voice` plays, `render_snare808` is one stroke alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.dsp.compiled import compiled
from synth.dsp.formulas import saturate, sine
from synth.dsp.noise import key_of, noise_at, word
from synth.voices.snare808.circuit import LIMITS, VOICE, prepare
from synth.voices.snare808.table import SNARE808

FADE_S = 0.008
"""How long a stolen stroke takes to fade, along a curve without a corner in its first two slopes."""
HIGHEST_GAIN = 16.0
_WAITING = 256
_CHUNK = 64

_STREAM = np.dtype(
    [
        *((name, np.int64) for name in ("now", "waiting", "sounding", "triggered", "dropped")),
        ("seed", np.uint64),
        ("stroke", np.uint64),
    ]
)


class Snare808Voice:
    """Plays strokes of the 808 snare, any number of them at once up to ``polyphony``.

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
    `trigger` and `render` belong to one thread, take no memory and no lock, and raise nothing once the voice exists.
    """

    space = SNARE808
    latency_samples = 0

    def __init__(self, sample_rate: float, seed: int = 0, polyphony: int = 16) -> None:
        self._rate = float(sample_rate)
        self._seed = word(seed)
        self._polyphony = polyphony
        self._voices = np.zeros(2 * polyphony, VOICE)
        self._waiting = np.zeros(_WAITING, VOICE)
        self._next = np.zeros(1, VOICE)
        self._stream = np.zeros(1, _STREAM)
        self._work = np.zeros((4, _CHUNK))
        self._values = np.zeros((1, len(SNARE808)))
        self._fade_samples = round(FADE_S * sample_rate)
        self._warm_up()
        self.reset()

    def reset(self) -> None:
        """Forget all strokes and start the noise again."""
        self._voices["end"] = 0
        self._waiting["end"] = 0
        self._stream[:] = 0
        self._stream["seed"] = self._seed

    def trigger(self, values: ArrayLike, at_samples: int = 0, gain: float = 1.0) -> int:
        """Start a stroke at a sample of the block that is rendered next, or beyond it.

        Parameters
        ----------
        values : (14,) floats
            Real units, in the order of `SNARE808`. Outside its range a value is clamped; no number is the default.
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

        Both share age and noise, and cross over in `FADE_S`; a gain of 0 takes the stroke back. A stroke that has ended
        or was stolen stays so.

        Parameters
        ----------
        stroke : int
            As `trigger` returned it.
        values, at_samples, gain
            As for `trigger`.
        """
        self._put(values, at_samples, gain, stroke)

    def render(self, out: NDArray[np.float64]) -> None:
        """Add the next ``len(out)`` samples of all strokes to ``out``: (n,) float64, contiguous."""
        _render(self._voices, self._waiting, self._stream, self._work, self._polyphony, self._fade_samples, out)

    def silence(self) -> None:
        """Fade every stroke out and forget those that have yet to start."""
        ringing = (self._voices["end"] > 0) & (self._voices["fade"] == 0)
        self._voices["fade"][ringing] = self._fade_samples
        self._waiting["end"] = 0
        self._stream["waiting"] = 0

    @property
    def active(self) -> int:
        """Number of strokes that sound or wait."""
        return int(self._stream["sounding"][0] + self._stream["waiting"][0])

    @property
    def dropped(self) -> int:
        """Number of strokes since `reset` that found no room: above some 2000 a second."""
        return int(self._stream["dropped"][0])

    def _put(self, values: ArrayLike, at_samples: int, gain: float, revises: int) -> int:
        self._values[0] = values
        prepare(self._values, LIMITS, self._rate, self._next)
        self._next["revises"] = revises
        return int(_queue(self._next, self._waiting, self._stream, int(at_samples), float(gain)))

    def _warm_up(self) -> None:
        """Compile, or load what was compiled, before the first stroke has to be in time."""
        self.revise(self.trigger(SNARE808.defaults), SNARE808.defaults, 1)
        self.render(np.zeros(2))


def render_snare808(
    values: ArrayLike, sample_rate: float, seed: int = 0, stroke: int = 0, samples: int | None = None
) -> NDArray[np.float64]:
    """Return one stroke alone, as long as it sounds or ``samples`` long.

    Parameters
    ----------
    values : (14,) floats
        Real units, in the order of `SNARE808`.
    sample_rate : float
        Hz.
    seed, stroke : int
        Choose the noise, as in `synth.dsp.noise.white_noise`.
    samples : int, optional
        Length of the result.

    Returns
    -------
    (samples,) float64
    """
    voice = Snare808Voice(sample_rate, seed, polyphony=1)
    voice._stream["stroke"] = word(stroke)
    voice.trigger(values)
    out = np.zeros(int(voice._waiting["end"][0]) if samples is None else samples)
    voice.render(out)
    return out


@compiled
def _queue(stroke: Any, waiting: Any, stream: Any, at_samples: int, gain: float) -> int:
    """Put a stroke among those that wait; return its order, or -1 where there is no room."""
    for slot in range(len(waiting)):
        if waiting[slot].end == 0:
            waiting[slot] = stroke[0]
            waiting[slot].gain = min(max(gain, 0.0), HIGHEST_GAIN) if math.isfinite(gain) else 1.0
            waiting[slot].due = stream[0].now + max(at_samples, 0)
            waiting[slot].order = stream[0].triggered
            stream[0].triggered += 1
            stream[0].waiting += 1
            return int(waiting[slot].order)
    stream[0].dropped += 1
    return -1


@compiled
def _render(
    voices: Any, waiting: Any, stream: Any, work: Any, polyphony: int, fade_samples: int, out: NDArray[np.float64]
) -> None:
    """Add all strokes to ``out``, chunk by chunk; a chunk ends where the next stroke starts."""
    done = 0
    while done < len(out):
        chunk = min(len(out) - done, work.shape[1])
        if stream[0].waiting > 0:
            chunk = min(chunk, _start_due(voices, waiting, stream, work, polyphony, fade_samples))
        stream[0].sounding = 0
        for slot in range(len(voices)):
            if voices[slot].end > 0:
                _add_voice(voices[slot], work, fade_samples, out[done : done + chunk])
                stream[0].sounding += voices[slot].end > 0
        done += chunk
        stream[0].now += chunk


@compiled
def _start_due(voices: Any, waiting: Any, stream: Any, work: Any, polyphony: int, fade_samples: int) -> int:
    """Start what is due now, in the order of the triggers; return the number of samples until the next is due."""
    while stream[0].waiting > 0:
        first = -1
        for slot in range(len(waiting)):
            if waiting[slot].end > 0 and (first < 0 or _before(waiting[slot], waiting[first])):
                first = slot
        if waiting[first].due > stream[0].now:
            return int(waiting[first].due - stream[0].now)
        if waiting[first].revises < 0:
            _start(voices, waiting[first], stream, polyphony, fade_samples)
        else:
            _replace(voices, waiting[first], work, fade_samples)
        waiting[first].end = 0
        stream[0].waiting -= 1
    return _CHUNK


@compiled
def _before(a: Any, b: Any) -> bool:
    return bool(a.due < b.due or (a.due == b.due and a.order < b.order))


@compiled
def _start(voices: Any, stroke: Any, stream: Any, polyphony: int, fade_samples: int) -> None:
    """Put a stroke into a free slot; when too many ring, let the quietest fade."""
    stroke.noise.key = key_of(stream[0].seed, stream[0].stroke)
    stream[0].stroke += np.uint64(1)
    free, quietest, ringing = -1, -1, 0
    for slot in range(len(voices)):
        if voices[slot].end == 0:
            free = slot
        elif voices[slot].fade == 0:
            ringing += 1
            if quietest < 0 or _loudness(voices[slot]) < _loudness(voices[quietest]):
                quietest = slot
    if free < 0:
        stream[0].dropped += 1
        return
    voices[free] = stroke
    if ringing >= polyphony:
        voices[quietest].fade = fade_samples


@compiled
def _replace(voices: Any, stroke: Any, work: Any, fade_samples: int) -> None:
    """Let a stroke take the place of the one it revises, at its age and with its noise."""
    free, old = -1, -1
    for slot in range(len(voices)):
        if voices[slot].end == 0:
            free = slot
        elif voices[slot].order == stroke.revises and voices[slot].fade == 0:
            old = slot
    if free < 0 or old < 0 or voices[old].age >= stroke.end:
        return
    stroke.noise.key = voices[old].noise.key
    unheard = work[3]
    while stroke.age < voices[old].age:
        _add_voice(stroke, work, fade_samples, unheard[: min(len(unheard), voices[old].age - stroke.age)])
    stroke.rise = voices[old].fade = fade_samples
    voices[free] = stroke


@compiled
def _loudness(voice: Any) -> float:
    """Return the most that a stroke can still give; one that has just begun counts as whole."""
    if voice.age < voice.attack:
        return float(voice.gain)
    tonal = voice.osc1.gain * voice.osc1.envelope + voice.osc2.gain * voice.osc2.envelope
    return float(voice.gain * min(voice.drive * (tonal + voice.noise.gain * voice.noise.envelope), 1.0))


@compiled
def _add_voice(voice: Any, work: Any, fade_samples: int, out: NDArray[np.float64]) -> None:
    """Add the next samples of one stroke to ``out`` and free its slot when it has ended."""
    mix = work[0]
    mix[:] = 0.0
    _add_oscillator(voice, voice.osc1, work, len(out))
    _add_oscillator(voice, voice.osc2, work, len(out))
    _add_noise(voice, voice.noise, work, len(out))
    for i in range(len(out)):
        mix[i] = voice.gain * saturate(voice.drive * mix[i])
    if voice.rise > 0:
        _rise(voice, mix, fade_samples, len(out))
    if voice.fade > 0:
        _fade(voice, mix, fade_samples, len(out))
    for i in range(len(out)):
        out[i] += mix[i]
    voice.age += len(out)
    if voice.age >= voice.end:
        voice.end = 0


@compiled
def _add_oscillator(voice: Any, oscillator: Any, work: Any, samples: int) -> None:
    """Add a shell: a sine whose phase, the sum of its swept frequency, follows from the sweep's envelope alone."""
    mix, amplitude, sweep = work[0], work[1], work[2]
    samples = min(samples, oscillator.end - voice.age)
    envelope, swept = oscillator.envelope, oscillator.sweep
    for i in range(samples):
        age = voice.age + i
        rising = age < voice.attack
        envelope = (age + 1) / voice.attack if rising else envelope * oscillator.decay
        swept = (age + 1) / voice.attack if rising else swept * oscillator.sweep_decay
        amplitude[i] = envelope
        sweep[i] = swept
    oscillator.envelope, oscillator.sweep = envelope, swept
    per_sweep = -1.0 / math.expm1(math.log(oscillator.sweep_decay))
    swept_by_peak = 0.5 * (voice.attack + 1) + oscillator.sweep_decay * per_sweep
    for i in range(samples):
        age = voice.age + i
        rise = age * (age + 1) / (2.0 * voice.attack)
        swept_samples = rise if age < voice.attack else swept_by_peak - per_sweep * sweep[i]
        mix[i] += oscillator.gain * amplitude[i] * sine(oscillator.turns * (age + oscillator.depth * swept_samples))


@compiled
def _add_noise(voice: Any, part: Any, work: Any, samples: int) -> None:
    """Add the snappy: white noise, high-pass, envelope, gain."""
    mix, white = work[0], work[1]
    samples = min(samples, part.end - voice.age)
    for i in range(samples):
        white[i] = noise_at(part.key, voice.age + i)
    envelope, state1, state2 = part.envelope, part.state1, part.state2
    for i in range(samples):
        age = voice.age + i
        envelope = (age + 1) / voice.attack if age < voice.attack else envelope * part.decay
        y = part.b0 * white[i] + state1
        state1 = state2 - 2.0 * part.b0 * white[i] - part.a1 * y
        state2 = part.b0 * white[i] - part.a2 * y
        mix[i] += part.gain * envelope * y
    part.envelope, part.state1, part.state2 = envelope, state1, state2


@compiled
def _curve(left: float) -> float:
    """Return 0..1 for 0..1 along a curve without a corner in its first two slopes."""
    return left * left * left * (10.0 - left * (15.0 - 6.0 * left))


@compiled
def _rise(voice: Any, mix: Any, fade_samples: int, samples: int) -> None:
    for i in range(samples):
        mix[i] *= 1.0 - _curve(max(voice.rise - i, 0) / fade_samples)
    voice.rise = max(voice.rise - samples, 0)


@compiled
def _fade(voice: Any, mix: Any, fade_samples: int, samples: int) -> None:
    for i in range(samples):
        mix[i] *= _curve(max(voice.fade - i, 0) / fade_samples)
    voice.fade -= samples
    if voice.fade <= 0:
        voice.fade, voice.end = 0, voice.age
