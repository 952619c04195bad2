"""Random drums, rooms and microphones, on which the detector's networks learn to cope with unknown drums.

`synth.drummer.drums` lists drums that sound right. Here everything about a drum, its room, its microphone and its
preamplifier is drawn at random, further than taste would allow: ``any_drum(rng)``, ``any_stroke(...)``,
``any_place(...)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy import signal

from synth.drummer.drums import DRUMS, SNARES, Drum, Wires
from synth.drummer.resonance import Floats, band, followed, held
from synth.drummer.room import in_room, mains_hum
from synth.drummer.strike import RANGE_DB, Technique, strike
from synth.dsp.levels import gain

_T = TypeVar("_T", Drum, Wires)

SNARE_SHARE = 0.8
_HELD_S = (0.008, 0.06, 0.12)
_OTHERS = ("kick", "tom", "floor-tom", "hat", "high-tom", "ride")


@dataclass(frozen=True, slots=True)
class Manner:
    """What a drum does that its table does not say.

    Parameters
    ----------
    tuning : float
        Its strokes are played so many times slower: all pitches are divided by it.
    swing_s : float
        How slowly the head's low swing comes up after the edge: on a real snare the peak comes at 5 to 8 ms.
    rattle_db : float
        How far what sounds over 800 Hz wanders while it dies.
    slaps : float
        Times that the wires slap against the head after a stroke, on average.
    slap_db : float
        The loudest slap against the stroke's peak.
    hold_db : float
        How much the wires lose later than sooner: real ones hold for 60 ms, then fall twice as fast.
    """

    tuning: float = 1.0
    swing_s: float = 0.0
    rattle_db: float = 0.0
    slaps: float = 0.0
    slap_db: float = -30.0
    hold_db: float = 0.0


def any_drum(rng: np.random.Generator) -> tuple[Drum, Manner]:
    """Draw a drum: most are snares, half of them near one of ours, half of them anything."""
    if rng.random() > SNARE_SHARE:
        drum = _near(DRUMS[str(rng.choice(_OTHERS))], rng)
    elif rng.random() < 0.5:
        drum = _near(SNARES[int(rng.integers(len(SNARES)))], rng)
    else:
        drum = _anything(rng)
    manner = Manner(
        tuning=_between(rng, 0.75, 1.5) if rng.random() < 0.5 else 1.0,
        swing_s=_between(rng, 0.0005, 0.005) if rng.random() < 0.5 else 0.0,
        rattle_db=rng.uniform(0, 6) if rng.random() < 0.6 else 0.0,
        slaps=rng.uniform(0, 4) if drum.wires is not None and rng.random() < 0.5 else 0.0,
        slap_db=rng.uniform(-45, -18),
    )
    return drum, manner


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw evenly in ratio."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _near(drum: Drum, rng: np.random.Generator) -> Drum:
    """Draw a drum like that one."""
    wires = drum.wires
    if wires is not None:
        grip = float(np.clip(wires.grip + rng.normal(0, 0.15), 0, 0.95))
        wires = like(replace(wires, grip=grip), rng, decay_ms=0.4, level_db=5)
    drum = replace(drum, wires=wires)
    spreads = {"tone_hz": 0.15, "ring_ms": 0.4, "damping": 0.2, "contact_ms": 0.25}
    return like(drum, rng, **spreads, click_db=4, push_db=3, hoop_db=4)


def like(thing: _T, rng: np.random.Generator, **spreads: float) -> _T:
    """Return a drum, or wires, like the given ones.

    Parameters
    ----------
    thing : Drum or Wires
    rng : numpy.random.Generator
    **spreads : float
        Field to the spread of its normal draw: of a level in dB, in dB; of anything else, as the log of a ratio.
    """
    moved = {}
    for name, spread in spreads.items():
        value, draw = getattr(thing, name), rng.normal(0, spread)
        moved[name] = value + draw if name.endswith("_db") else value * float(np.exp(draw))
    return replace(thing, **moved)


def _anything(rng: np.random.Generator) -> Drum:
    """Draw a snare or tom from the whole of what heads, sticks and wires can be."""
    wires = Wires(
        level_db=rng.uniform(-36, -6),
        decay_ms=_between(rng, 25, 220),
        low_hz=_between(rng, 400, 2000),
        high_hz=_between(rng, 3500, 12_000),
        grip=rng.uniform(0, 0.9),
    )
    return Drum(
        name="any",
        tone_hz=_between(rng, 110, 330),
        ring_ms=_between(rng, 18, 320),
        damping=rng.uniform(0.2, 1.0),
        split=rng.uniform(0.02, 0.2),
        glide=rng.uniform(0, 0.04),
        contact_ms=_between(rng, 1.0, 4.0),
        click_db=rng.uniform(-24, -2),
        bright_hz=_between(rng, 2000, 9000),
        push_db=rng.uniform(-18, -5),
        hoop_db=rng.uniform(-50, -22),
        shell_hz=tuple(np.sort(np.exp(rng.uniform(np.log(400), np.log(3500), int(rng.integers(2, 6)))))),
        wires=wires if rng.random() < 0.8 else None,
    )


def any_stroke(
    drum: Drum,
    manner: Manner,
    position: float,
    level_dbfs: float,
    technique: Technique,
    rate: float,
    rng: np.random.Generator,
) -> Floats:
    """Return a stroke that peaks at ``level_dbfs``, as `synth.drummer.strike.strike` does, in that drum's manner.

    Parameters
    ----------
    drum, manner : Drum, Manner
        As `any_drum` draws them.
    position, technique
        As for `synth.drummer.strike.strike`.
    level_dbfs : float
        Peak; -50..0 gives a velocity of 0..1.
    rate : float
        Hz.
    rng : numpy.random.Generator
        The variation from stroke to stroke.

    Returns
    -------
    (n,) float64
        From its onset until it has faded.
    """
    sound = strike(drum, position, 1 + level_dbfs / RANGE_DB, technique, rate * manner.tuning, rng)
    time_s = np.arange(len(sound)) / rate
    if manner.swing_s:
        sound = sound - _below(500.0, sound, rate) * np.exp(-time_s / manner.swing_s)
    if manner.rattle_db:
        sound = sound + (sound - _below(800.0, sound, rate)) * (_wander(manner.rattle_db, time_s, rng) - 1.0)
    if manner.hold_db:
        held_gain = gain(np.interp(time_s, _HELD_S, (0.0, manner.hold_db, 0.0)))
        sound = sound + (sound - _below(2000.0, sound, rate)) * (held_gain - 1.0)
    for _ in range(int(rng.poisson(manner.slaps))):
        _slap(sound, drum, manner, rate, rng)
    return np.asarray(sound * (gain(level_dbfs) / np.abs(sound).max()))


def _below(corner_hz: float, sound: Floats, rate: float) -> Floats:
    return np.asarray(signal.sosfilt(signal.butter(1, corner_hz, fs=rate, output="sos"), sound))


def _wander(depth_db: float, time_s: Floats, rng: np.random.Generator) -> Floats:
    """Return a random factor around 1 that leaves the first milliseconds alone."""
    knots_s = np.cumsum(rng.uniform(0.003, 0.02, 1 + int(time_s[-1] / 0.003)))
    level_db = np.interp(time_s, knots_s, depth_db * rng.uniform(-1, 1, len(knots_s)))
    return np.asarray(gain(level_db * np.clip((time_s - 0.006) / 0.01, 0, 1)))


def _slap(sound: Floats, drum: Drum, manner: Manner, rate: float, rng: np.random.Generator) -> None:
    """Add one slap of the wires to the sound, in place: softer the later it comes."""
    later_s = _between(rng, 0.012, 0.3)
    rise_s, fall_s = rng.uniform(0.0003, 0.004), _between(rng, 0.004, 0.04)
    first, length = int(later_s * rate), int(5 * fall_s * rate)
    if drum.wires is None or first + length > len(sound):
        return
    time_s = np.arange(length) / rate
    noise = band(rng.standard_normal(length), drum.wires.low_hz, drum.wires.high_hz, rate)
    level_db = manner.slap_db - rng.exponential(6.0) - 40.0 * later_s
    size = np.abs(sound).max() * gain(level_db) / 3.0
    sound[first : first + length] += size * noise * (1 - np.exp(-time_s / rise_s)) * np.exp(-time_s / fall_s)


def any_place(audio: Floats, noise_dbfs: float, rate: float, place: str, rng: np.random.Generator) -> Floats:
    """Return what a microphone somewhere makes of the sound: room, colour, compression, overload, noise and hum.

    Parameters
    ----------
    audio : (samples,) float64
        Full scale is 1.
    noise_dbfs : float
        RMS of the noise floor.
    rate : float
        Hz.
    place : str
        Names the microphone's place, as for `synth.drummer.room.in_room`.
    rng : numpy.random.Generator
        Draws everything else.

    Returns
    -------
    (samples,) float64
    """
    if rng.random() < 0.75:
        audio = in_room(audio, rng.uniform(-32, -6), _between(rng, 0.15, 1.2), rate, place)
    for _ in range(3 if rng.random() < 0.7 else 0):
        centre_hz, amplitude = _between(rng, 60, 12_000), gain(rng.uniform(-9, 9))
        edges_hz = [centre_hz / 1.6, min(centre_hz * 1.6, 0.45 * rate)]
        bell = signal.butter(1, edges_hz, "bandpass", fs=rate, output="sos")
        audio = audio + (amplitude - 1) * signal.sosfilt(bell, audio)
    if rng.random() < 0.2:
        audio = _compressed(audio, rate, rng)
    if rng.random() < 0.1:
        drive = _between(rng, 1.0, 4.0)
        audio = np.tanh(drive * audio) / drive
    audio = audio + gain(noise_dbfs) * any_noise(len(audio), rng)
    if rng.random() < 0.3:
        audio = audio + _any_hum(len(audio), rng.uniform(-75, -35), rate, rng)
    return np.asarray(audio)


def _compressed(audio: Floats, rate: float, rng: np.random.Generator) -> Floats:
    """Return the sound through a compressor that lets the stroke's edge pass and lifts what follows."""
    level = followed(held(audio, _between(rng, 60, 500), rate), _between(rng, 0.001, 0.02), rate)
    over_db = np.maximum(20 * np.log10(level + 1e-6) - rng.uniform(-40, -15), 0.0)
    return audio * gain(-over_db * rng.uniform(0.3, 0.85))


def any_noise(samples: int, rng: np.random.Generator) -> Floats:
    """Return (samples,) of noise of RMS 1: white, dark or bright."""
    noise = rng.standard_normal(samples)
    tilt = rng.choice(["white", "white", "dark", "bright"])
    if tilt == "dark":
        noise = signal.lfilter([1.0], [1.0, -float(rng.uniform(0.7, 0.97))], noise)
    if tilt == "bright":
        noise = signal.lfilter([1.0, -0.9], [1.0], noise)
    return np.asarray(noise / noise.std())


def _any_hum(samples: int, level_dbfs: float, rate: float, rng: np.random.Generator) -> Floats:
    """Return mains hum, now and then with the needles of a dimmer in it."""
    hum_hz = float(rng.choice([50, 60]))
    hum = mains_hum(samples, hum_hz, level_dbfs, rate)
    if rng.random() < 0.3:
        turn = (2 * hum_hz * np.arange(samples) / rate + rng.random()) % 1.0
        hum = hum + gain(level_dbfs - 10) * np.exp(-turn / (2 * hum_hz * _between(rng, 0.0001, 0.001)))
    return np.asarray(hum)
