"""What is known of a way to a synth before it is recorded: noise, delay, jitter, level, and what is wrong with it.

The functions take arrays; `measure_noise`, `measure_loop` and `measure_notes` drive whatever plays and hears (`Room`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.synth import Note, SampledSynth
from synth.dsp.levels import decibels, gain
from synth.errors import InputError

Samples = NDArray[np.float32]

NOISE_S = 1.0
LOOPS, STRIKES = 10, 20
"""How often a sweep, and a note, are played to learn how far their delays differ."""

SWEEP_S, SWEEP_HZ, SWEEP_LEVEL_DB, SWEEP_EDGE_S = 0.02, (100.0, 18_000.0), -12.0, 0.001
LONGEST_LOOP_S = 0.25
LARGEST_SPREAD_S = 0.001
"""A loop whose delays differ by more than this says nothing of any of them."""

ONSET_DB = -34.0
"""A sound begins where it first comes so close to its peak."""

SILENT_DB = 12.0
"""What does not rise so far over the noise is no sound."""

QUIETEST = gain(-90.0)
"""Under this nothing counts as a sound, even where there is no noise at all."""

FULL_SCALE = 0.999
CLIPPED_SAMPLES = 3
"""So many samples in a row at full scale: the converter was overloaded. One alone may be a peak that just fits."""

DIRECT_S, REVERBERANT_S = 0.001, 0.05
LEAST_DIRECT = 0.8
"""Share of a loop's energy within 1 ms of its peak, of what comes within 50 ms. A cable has more than 0.99; a
loudspeaker in a room has less than half once the microphone is a metre away (`tests/bridge/sampling/test_measure.py`
has a decaying room of 0.3 s)."""

LEAST_RANGE_DB = 40.0
"""The noise of a cable lies further below the loudest sound; that of a microphone in a quiet room seldom does."""


class Room(Protocol):
    """What plays a synth and hears it."""

    @property
    def sample_rate(self) -> int:
        """Hz."""

    def listen(self, seconds: float) -> Samples:
        """Return what is heard while nothing is played."""

    def echo(self, sound: Samples, seconds: float) -> Samples:
        """Put a sound out on every output and return what is heard from the sample on at which it left."""

    def strike(self, note: Note) -> Samples:
        """Play a note and return what is heard from the moment on at which it was sent."""


@dataclass(frozen=True, slots=True)
class Noise:
    """An input at which nothing is played.

    Parameters
    ----------
    peak : float
        Highest absolute sample.
    rms : float
    """

    peak: float
    rms: float

    @property
    def level_db(self) -> float:
        """RMS in dBFS."""
        return decibels(self.rms)


@dataclass(frozen=True, slots=True)
class Delays:
    """How long it took to be heard, again and again.

    Parameters
    ----------
    seconds : (n,) float64
    """

    seconds: NDArray[np.float64]

    @property
    def median_s(self) -> float:
        """The one that is taken off a take."""
        return float(np.median(self.seconds))

    @property
    def spread_s(self) -> float:
        """Between the shortest and the longest."""
        return float(np.ptp(self.seconds))

    @property
    def deviation_s(self) -> float:
        """From the median, of all but the tenth that is furthest from it: one late note tells nothing of the others."""
        return float(np.quantile(np.abs(self.seconds - self.median_s), 0.9))


@dataclass(frozen=True, slots=True)
class Strikes:
    """A note that was played again and again.

    Parameters
    ----------
    delays : Delays
        From sending it to its onset.
    peak : float
        Of the loudest.
    clipped : bool
    """

    delays: Delays
    peak: float
    clipped: bool


def noise_of(audio: Samples) -> Noise:
    """Return the noise in (samples,) of an input."""
    return Noise(float(np.max(np.abs(audio), initial=0.0)), float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))))


def is_silent(audio: Samples, noise: Noise) -> bool:
    """Return whether a take has no sound above the noise."""
    return float(np.max(np.abs(audio), initial=0.0)) < max(noise.peak * gain(SILENT_DB), QUIETEST)


def onset_samples(audio: Samples, noise: Noise) -> int | None:
    """Return where a sound begins in (samples,); None where there is none.

    It begins at the first sample that reaches `ONSET_DB` of the peak and rises out of the noise.
    """
    if is_silent(audio, noise):
        return None
    level = np.abs(audio)
    return int(np.argmax(level > max(float(level.max()) * gain(ONSET_DB), 2.0 * noise.peak)))


def is_clipped(audio: Samples) -> bool:
    """Return whether (samples,) stay at full scale for some samples in a row."""
    full = np.abs(audio) >= FULL_SCALE
    return bool(np.any(np.convolve(full, np.ones(CLIPPED_SAMPLES), "valid") >= CLIPPED_SAMPLES))


def sweep(sample_rate: int) -> Samples:
    """Return a logarithmic sweep of 20 ms (A. Farina, AES 108, 2000), faded at both ends."""
    low, high = SWEEP_HZ
    time_s = np.arange(round(SWEEP_S * sample_rate)) / sample_rate
    ratio = np.log(high / low)
    phase = 2.0 * np.pi * low * SWEEP_S / ratio * (np.exp(time_s / SWEEP_S * ratio) - 1.0)
    edge = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) / SWEEP_EDGE_S)
    return np.asarray(gain(SWEEP_LEVEL_DB) * edge * np.sin(phase), np.float32)


def response(sound: Samples, heard: Samples) -> NDArray[np.float64]:
    """Return the impulse response (samples,) between a sound and what was heard of it, within the sound's band."""
    size = len(heard) + len(sound)
    played = np.fft.rfft(sound, size)
    power = np.abs(played) ** 2
    # Outside its band the sound has next to nothing to divide by.
    divided = np.fft.rfft(heard, size) * np.conj(played) / (power + 0.01 * power.max())
    return np.asarray(np.fft.irfft(divided, size)[: len(heard)], np.float64)


def loop_delay(sound: Samples, heard: Samples, sample_rate: int) -> tuple[float, float]:
    """Return how many seconds a sound took, and the share of its energy that came directly.

    Parameters
    ----------
    sound : (samples,) float32
    heard : (samples,) float32
        From the sample on at which the sound left.
    sample_rate : int
        Hz.
    """
    energy = response(sound, heard) ** 2
    peak = int(np.argmax(energy))
    near, far = round(DIRECT_S * sample_rate), round(REVERBERANT_S * sample_rate)
    direct = energy[max(peak - near, 0) : peak + near + 1].sum()
    whole = energy[max(peak - near, 0) : peak + far].sum()
    return peak / sample_rate, float(direct / max(whole, np.finfo(float).tiny))


def measure_noise(room: Room) -> Noise:
    """Hear a second of nothing."""
    return noise_of(room.listen(NOISE_S))


def measure_loop(room: Room, noise: Noise, where: str, loops: int = LOOPS) -> Delays:
    """Play a sweep into a loop of output and input several times and return its delays.

    Raises
    ------
    InputError
        Nothing comes back, a microphone hears it, or the delays differ by more than 1 ms.
    """
    sound, found, direct = sweep(room.sample_rate), [], []
    for _ in range(loops):
        heard = room.echo(sound, LONGEST_LOOP_S + SWEEP_S)
        if is_silent(heard, noise):
            raise InputError(
                f"{where}: nothing comes back through the loop; connect an output to this input with a cable and turn "
                "it up"
            )
        delay_s, share = loop_delay(sound, heard, room.sample_rate)
        found.append(delay_s)
        direct.append(share)
    if float(np.median(direct)) < LEAST_DIRECT:
        raise InputError(
            f"{where}: what comes back through the loop has the echoes of a room, as from a loudspeaker to the drum's "
            "microphone; connect the output to this input with a cable"
        )
    delays = Delays(np.array(found))
    if delays.spread_s > LARGEST_SPREAD_S:
        shortest, longest = 1000.0 * delays.seconds.min(), 1000.0 * delays.seconds.max()
        raise InputError(
            f"{where}: the loop took {shortest:.1f} to {longest:.1f} ms, which differ by more than 1 ms; close other "
            "programs that use the device, or give it a longer block, and measure again"
        )
    return delays


def measure_notes(room: Room, note: Note, noise: Noise, strikes: int = STRIKES) -> Strikes | None:
    """Play a note several times; None where most of them are not heard."""
    takes = [room.strike(note) for _ in range(strikes)]
    onsets = [onset for take in takes if (onset := onset_samples(take, noise)) is not None]
    if 2 * len(onsets) <= len(takes):
        return None
    delays = Delays(np.array(onsets) / room.sample_rate)
    return Strikes(delays, max(float(np.abs(take).max()) for take in takes), any(map(is_clipped, takes)))


def require_heard(heard: Strikes | None, noise: Noise, synth: str, where: str) -> Strikes:
    """Return what was heard of a note, or refuse it.

    Raises
    ------
    InputError
        No sound comes back, it clips, or a microphone hears it.
    """
    if heard is None:
        raise InputError(
            f"{where}: no sound of {synth} comes back; play it by hand, connect its output to this input, or name "
            "another input"
        )
    if heard.clipped:
        raise InputError(
            f"{where}: {synth} clips; turn its output or the gain of this input down until its loudest sound is at "
            "-6 dBFS"
        )
    range_db = decibels(heard.peak) - noise.level_db
    if range_db < LEAST_RANGE_DB:
        raise InputError(
            f"{where}: the noise is only {range_db:.0f} dB below {synth}, as where the drum's microphone hears it; "
            "connect the synth's own output to an input with a cable, and turn it up"
        )
    return heard


def hottest(synth: SampledSynth) -> Note:
    """Return the default setting at the highest velocity and with every level full: the sound that clips first."""
    note = synth.notes(synth.default_unit[None, :])[0]
    pairs = zip(synth.controls, note.values, strict=True)
    full = tuple(_loudest(control.role == "level", value, control.learn or control.span) for control, value in pairs)
    return Note(full, note.note, synth.sampling.velocities[1])


def _loudest(is_level: bool, value: float, ends: tuple[float, float] | None) -> float:
    return max(ends) if is_level and ends else value
