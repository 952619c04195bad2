"""A drummer of our own: seeded performances on our own drums, with the exact truth of every stroke.

``perform("groove", "ringing", seed=3)`` returns a `Take`: audio, and its strokes to the sample. The demo, the tests,
the benchmarks and the training material all come from here, so the project needs no recording.

Names: `perform`, `Take`, `Stroke`, `TAKES`, `MICROPHONES`.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synth.drummer.drums import Drum, find_drum
from synth.drummer.membrane import sympathy
from synth.drummer.resonance import Floats
from synth.drummer.room import in_room, mains_hum
from synth.drummer.scores import EXTRAS, LOUDEST_DBFS, SCORES, Note
from synth.drummer.strike import RANGE_DB, strike
from synth.dsp.levels import decibels, gain
from synth.errors import InputError, entry_named

TAKES = tuple(SCORES)

MICROPHONES = ("snare", "kick", "hat", "tom", "floor-tom", "ride", "high-tom", *EXTRAS)
"""The drum that each microphone of a kit stands at, in channel order."""

_BLEEDERS = MICROPHONES[:7]
_ROOM_S = 0.6
OVER_RING_DB, OVER_NOISE_DB = -3.0, 12.0
"""A stroke can be heard if its peak lies so far over what rings already, and over the noise."""
_HEADROOM = 0.93

_Microphones = tuple[Floats, Floats]
"""How loud, in dB, and how late, in s, each hears each drum against the drum's own: (drums, channels)."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """What was truly played.

    Parameters
    ----------
    onset_s : float
        The sample at which the stroke's sound starts at its own microphone, in seconds.
    level_dbfs : float
        Peak of the stroke alone, at its own microphone.
    kind : str
        As in `synth.drummer.scores.Note`.
    channel : int
        That microphone, from 0.
    """

    onset_s: float
    level_dbfs: float
    kind: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Take:
    """A performance.

    Parameters
    ----------
    audio : (samples, channels) float32
        What the microphones hear.
    sample_rate : int
        Hz.
    strokes : tuple of Stroke
        In time order: those of drums that have a microphone. ``bleed`` lists the snare's only.
    """

    audio: NDArray[np.float32]
    sample_rate: int
    strokes: tuple[Stroke, ...]

    def truth_csv(self) -> str:
        """Return the strokes as CSV; channels count from 1 there, as on a mixer, and are left out when there is one."""
        kit = self.audio.shape[1] > 1
        rows = ["onset_s,level_dbfs,channel,kind" if kit else "onset_s,level_dbfs,kind"]
        for stroke in self.strokes:
            channel = f"{stroke.channel + 1}," if kit else ""
            rows.append(f"{stroke.onset_s:.6f},{stroke.level_dbfs:.1f},{channel}{stroke.kind}")
        return "\n".join(rows) + "\n"


def perform(
    take: str,
    drum: str = "tight",
    seed: int = 0,
    sample_rate: int = 48_000,
    *,
    noise_dbfs: float = -72.0,
    hum_dbfs: float | None = None,
    hum_hz: float = 50.0,
    gain_db: float = 0.0,
    room_db: float | None = -26.0,
    bleed_db: float = -10.0,
    n_channels: int | None = None,
    drums: Collection[str] | None = None,
) -> Take:
    """Play a take.

    A stroke that nobody could hear is played louder: its peak is at least 12 dB over the noise and at most 3 dB under
    what still rings at its microphone. (Real grooves have their softest ghost notes there too.)

    Parameters
    ----------
    take : str
        One of `TAKES`.
    drum : str
        The snare; a name in `synth.drummer.drums.DRUMS`.
    seed : int
        Same seed and rate, same take, to the bit.
    sample_rate : int
        Hz. The same strokes at the same seconds at every rate.
    noise_dbfs : float
        RMS of the white noise floor of each channel.
    hum_dbfs : float or None
        Peak of the mains hum's fundamental, with harmonics above it; None for none.
    hum_hz : float
        50 or 60.
    gain_db : float
        Input gain: applied to everything, noise too, and to the levels in the truth. Beyond full scale it clips.
    room_db : float or None
        Energy of the room's reflections against the direct sound: -26 close to the drum, -10 some metres away.
    bleed_db : float
        In ``bleed``: the loudest leak of another drum into the snare's microphone, against that drum's own level.
    n_channels : int or None
        Microphones, at most 16: `MICROPHONES` in order. By default three for ``kit``, else one.
    drums : collection of str, optional
        Those that are played; by default all that a microphone stands at.

    Raises
    ------
    InputError
        There is no such take or drum, or too many microphones.
    """
    score = entry_named(SCORES, take, "take")
    channels = n_channels or (3 if take == "kit" else 1)
    if not 1 <= channels <= len(MICROPHONES):
        raise InputError(f"a take has 1 to {len(MICROPHONES)} channels, not {channels}")
    rng = np.random.default_rng([seed, zlib.crc32(take.encode())])
    heard = MICROPHONES[:channels] + (_BLEEDERS if take == "bleed" else ())
    if drums is not None:
        heard = tuple(name for name in heard if name in drums)
    notes = sorted((note for note in score(rng) if note.drum in heard), key=lambda note: note.onset_s)
    microphones = _microphones(channels, bleed_db if take == "bleed" else None, rng)
    audio = np.zeros((channels, int((notes[-1].onset_s + 1.5) * sample_rate)))
    seeds = [seed, zlib.crc32(take.encode())]
    strokes = _play(audio, notes, microphones, find_drum(drum), sample_rate, seeds, noise_dbfs + OVER_NOISE_DB)
    if room_db is not None:
        for channel, dry in enumerate(audio):
            audio[channel] = in_room(dry, room_db, _ROOM_S, sample_rate, f"room {seed} {channel}")
    audio += np.random.default_rng([seed, 1]).standard_normal(audio.shape) * gain(noise_dbfs)
    if hum_dbfs is not None:
        audio += mains_hum(audio.shape[1], hum_hz, hum_dbfs, sample_rate)
    audio = np.clip(audio * gain(gain_db), -1.0, 1.0)
    truth = tuple(replace(stroke, level_dbfs=stroke.level_dbfs + gain_db) for stroke in strokes)
    return Take(np.ascontiguousarray(audio.T, dtype=np.float32), sample_rate, truth)


def _microphones(channels: int, bleed_db: float | None, rng: np.random.Generator) -> _Microphones:
    """Return microphones that hear the others 12 to 20 dB down and 1 to 4 ms late, or as ``bleed_db`` says."""
    shape = (len(MICROPHONES), channels)
    gain_db = -rng.uniform(12, 20, shape) if bleed_db is None else bleed_db - rng.uniform(0, 8, shape)
    late_s = rng.uniform(0.001, 0.004, shape)
    own = np.arange(channels)
    gain_db[own, own], late_s[own, own] = 0.0, 0.0
    if channels > 2:
        # The hat hangs over the snare: its microphone hears the snare before the snare's own does.
        late_s[0, 2] = -0.0005
    return gain_db, late_s


def _play(
    audio: Floats, notes: list[Note], mics: _Microphones, snare: Drum, rate: int, seeds: list[int], softest_dbfs: float
) -> list[Stroke]:
    """Add every note to every microphone, (channels, samples); return the truth of drums with one of their own."""
    gain_db, late_s = mics
    strokes: list[Stroke] = []
    for number, note in enumerate(notes):
        rng = np.random.default_rng([*seeds, number])
        start, home = round(note.onset_s * rate), MICROPHONES.index(note.drum)
        if home < len(audio):
            ringing = float(np.abs(audio[home, start - int(0.005 * rate) : start]).max())
            note = replace(note, level_dbfs=_heard_dbfs(note.level_dbfs, softest_dbfs, ringing))
            strokes.append(Stroke(start / rate, note.level_dbfs, note.kind, home))
        for channel, sound in _heard(note, snare, len(audio), rate, rng):
            first = start + round(float(late_s[home, channel]) * rate)
            last = min(first + len(sound), audio.shape[1])
            audio[channel, first:last] += sound[: last - first] * gain(gain_db[home, channel])
    return strokes


def _heard_dbfs(level_dbfs: float, softest_dbfs: float, ringing: float) -> float:
    """Return the level at which a stroke is played: neither lost in what rings already, nor clipping with it."""
    ringing_dbfs = decibels(ringing, floor=1e-9)
    loudest_dbfs = min(LOUDEST_DBFS, decibels(_HEADROOM - ringing, floor=0.1))
    return min(max(level_dbfs, softest_dbfs, ringing_dbfs + OVER_RING_DB), loudest_dbfs)


def _heard(note: Note, snare: Drum, channels: int, rate: int, rng: np.random.Generator) -> Iterator[tuple[int, Floats]]:
    """Yield (channel, sound) of a note; where the snare's microphone hears another drum, its wires rattle along."""
    drum = snare if note.drum == "snare" else find_drum(note.drum)
    sound = strike(drum, note.position, 1 + note.level_dbfs / RANGE_DB, note.technique, rate, rng)
    for channel in range(channels):
        rattles = channel == 0 and note.drum != "snare"
        yield channel, sound + sympathy(snare.wires, sound, rate, rng) if rattles and snare.wires else sound
