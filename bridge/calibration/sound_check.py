"""What is wrong with a sound, noticed block by block and said in sentences: for every command that hears a drum.

`SoundCheck` takes blocks and keeps a few numbers of each channel; `SoundCheck.findings` says what a player should know.
What it says rests on the thresholds below, which none of the good takes that were tried comes near.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.calibration.input_check import CLIPPED_SAMPLES, hum_of
from bridge.events import Audio, Hit
from synth.dsp.levels import decibels

SILENT_DBFS = -90.0
"""A peak under the noise of any interface: nothing is connected, or it is muted."""

QUIET_DBFS = -40.0
"""Loudest peak of a take that is too quiet: the softest strokes then lie under the noise of most interfaces."""

OFFSET = 0.005
"""A constant part of the signal, of full scale, that changes what the softest strokes measure: -46 dBFS."""

OTHER_CHANNEL_DB = 30.0
"""A channel that peaks so much over all that are used holds the drum."""

CLIPPED_PLACES = 5
"""Fewer places at full scale are no fault worth naming."""

LEAST_CLIPPED = 0.5
"""What peaks lower is taken to be whole."""

SAME_PLACE_S = 0.02
"""Clipped samples so close together are one place."""

HEARD_HUM_DBFS = -70.0
"""Hum from here on is named in a take; `calibrate` names softer hum, too."""

PATIENCE_S = 10.0
"""A player may wait so long before the first stroke."""

MOST_SAID = 16
"""Sentences of one recording: a person reads no more of a file with a thousand channels."""

PIECE_S = 10
"""A recording is read in pieces of so many seconds."""

_EDGE = 0.999


@dataclass(slots=True)
class _Channel:
    """What is kept of one channel."""

    samples: int = 0
    total: float = 0.0
    peak: float = 0.0
    clipped: int = 0
    run: int = 0
    since_clipped: int = 1 << 60
    zeros: int = 0
    quietest: float = np.inf
    quiet: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


class SoundCheck:
    """Numbers of a sound that comes in blocks of any size; memory does not grow with its length.

    Parameters
    ----------
    sample_rate : int
        Hz.
    channels : int
        Of every block.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self.sample_rate = sample_rate
        self._channels = [_Channel() for _ in range(channels)]
        self._half = np.zeros((sample_rate // 2, channels), np.float32)
        self._filled = 0

    def take(self, block: NDArray[np.float32]) -> None:
        """Take the next (n, channels) samples, all finite."""
        for first in range(0, len(block), len(self._half)):
            part = block[first : first + len(self._half)]
            for channel, signal in zip(self._channels, part.T, strict=True):
                self._count(channel, signal)
            self._keep_quietest(part)

    def findings(self, used: Sequence[int], strokes: Iterable[Hit] = ()) -> list[str]:
        """Return what is wrong, a sentence each, most pressing first; nothing where all is well.

        Parameters
        ----------
        used : sequence of int
            The channels that drums listen to, from 0.
        strokes : sequence of Hit
            What was heard, to tell two drums on one channel; may be left out.
        """
        features: dict[int, list[NDArray[np.float64]]] = {channel: [] for channel in used}
        for hit in strokes:
            features.setdefault(hit.channel, []).append(hit.features)
        return [
            sentence
            for channel in used
            for sentence in (*self._of(channel, used), *timbre_findings(np.array(features[channel]), channel))
        ]

    def _count(self, kept: _Channel, signal: NDArray[np.float32]) -> None:
        size = np.abs(signal)
        peak = float(size.max(initial=0.0))
        if peak * _EDGE > kept.peak:
            # What stood at the edge before was no edge.
            kept.clipped, kept.run, kept.since_clipped = 0, 0, 1 << 60
        kept.peak = max(kept.peak, peak)
        kept.samples += len(signal)
        kept.zeros += int(np.count_nonzero(size == 0.0))
        kept.total += float(np.sum(signal, dtype=np.float64))
        if peak < max(_EDGE * kept.peak, LEAST_CLIPPED):
            kept.run, kept.since_clipped = 0, kept.since_clipped + len(signal)
            return
        at_edge = size >= _EDGE * kept.peak
        last = -kept.since_clipped
        for place in np.flatnonzero(at_edge).tolist():
            # A run may have begun in the block before.
            before = at_edge[place - 1] if place else kept.run > 0
            kept.run = kept.run + 1 if before else 1
            if kept.run == CLIPPED_SAMPLES and place - last > SAME_PLACE_S * self.sample_rate:
                kept.clipped += 1
            if kept.run >= CLIPPED_SAMPLES:
                last = place
        if not at_edge[-1]:
            kept.run = 0
        kept.since_clipped = len(signal) - last

    def _keep_quietest(self, part: NDArray[np.float32]) -> None:
        """Keep the quietest of the sound's half seconds, channel by channel, to look for hum in it."""
        while len(part):
            room = min(len(part), len(self._half) - self._filled)
            self._half[self._filled : self._filled + room] = part[:room]
            self._filled += room
            part = part[room:]
            if self._filled < len(self._half):
                return
            self._filled = 0
            spreads = np.var(self._half, axis=0, dtype=np.float64)
            for index, (kept, spread) in enumerate(zip(self._channels, spreads, strict=True)):
                if spread < kept.quietest:
                    kept.quietest, kept.quiet = float(spread), self._half[:, index].copy()

    def _of(self, channel: int, used: Sequence[int]) -> Iterator[str]:
        kept, name = self._channels[channel], f"channel {channel + 1}"
        if not kept.samples:
            return
        peak_db = decibels(kept.peak)
        louder = [
            (other, one)
            for other, one in enumerate(self._channels)
            if other not in used and decibels(one.peak) > max(peak_db + OTHER_CHANNEL_DB, QUIET_DBFS)
        ]
        if kept.zeros == kept.samples:
            yield f"{name} is digital silence: it is muted, or nothing is connected to it"
        elif peak_db < SILENT_DBFS:
            yield f"{name} is silent: it peaks at {peak_db:.0f} dBFS; is the microphone connected and switched on?"
        elif peak_db < QUIET_DBFS:
            yield f"{name} is too quiet: it peaks at {peak_db:.0f} dBFS; turn the interface's input gain up"
        for other, one in louder:
            yield f"{name} is not where the sound is: channel {other + 1} peaks at {decibels(one.peak):.0f} dBFS"
        yield from self._faults(kept, name)

    def _faults(self, kept: _Channel, name: str) -> Iterator[str]:
        if kept.clipped >= CLIPPED_PLACES:
            yield (
                f"{name} is clipped in {kept.clipped} places: the loudest strokes will sound alike; "
                "turn the interface's input gain down"
            )
        offset = kept.total / kept.samples
        if abs(offset) > OFFSET and kept.zeros < kept.samples:
            yield (
                f"{name} has an offset of {_three_places(offset)} of full scale, which hides how loud soft "
                "strokes are; use another input or a high-pass filter"
            )
        if len(kept.quiet):
            hum_hz, hum_dbfs = hum_of(kept.quiet, self.sample_rate)
            if hum_dbfs > HEARD_HUM_DBFS:
                yield (f"{name} hums at {hum_hz:g} Hz, {hum_dbfs:.0f} dBFS: look for a ground loop or a power supply")


def _three_places(number: float) -> str:
    return f"{number:+.3f}" if abs(number) < 100.0 else f"{number:+.3g}"


def input_findings(peak: float, strokes: int, seconds: float) -> list[str]:
    """Return what is wrong with a live input, a sentence each that does not change while it holds.

    Parameters
    ----------
    peak : float
        Highest absolute sample so far, of all inputs.
    strokes : int
        Heard so far.
    seconds : float
        Since the audio began.
    """
    found = []
    if peak >= 1.0:
        found.append("the input clips: turn the interface's input gain down")
    if seconds < PATIENCE_S or strokes:
        return found
    level_db = decibels(peak)
    if peak == 0.0:
        found.append("the input is digital silence: it is muted, or nothing is connected to it")
    elif level_db < SILENT_DBFS:
        found.append("the input is silent: is the microphone connected and switched on?")
    elif level_db < QUIET_DBFS:
        found.append("the input is very quiet and no stroke was heard: turn the interface's input gain up")
    else:
        found.append("sound comes in, but no stroke was heard: is this the drum's input?")
    return found


def checked(
    audio: Audio, sample_rate: int, used: Sequence[int] | None = None, strokes: Iterable[Hit] = ()
) -> list[str]:
    """Return `SoundCheck.findings` of a whole (samples, channels) recording; without ``used``, of all its channels."""
    channels = int(audio.shape[1])
    check = SoundCheck(sample_rate, channels)
    for first in range(0, len(audio), PIECE_S * sample_rate):
        check.take(audio[first : first + PIECE_S * sample_rate])
    found = check.findings(range(channels) if used is None else used, strokes)
    more = len(found) - MOST_SAID
    return found if more <= 0 else [*found[:MOST_SAID], f"{more} more of the same kinds on other channels"]


FEWEST_TO_COMPARE = 16
"""Strokes from which on two kinds of sound can be told apart."""

LEAST_PART = 0.1
"""The rarer kind makes up at least so much of the strokes."""

APART = 3.0
"""How far two kinds lie apart, in steps of 6 semitones of centroid and 6 dB of flatness, beside what loudness explains.
Of 15 takes of one drum, real and our drummer's, none lies over 2.2; of ten recordings of several drums
eight lie over 3.7, a kick's microphone in a kit at 2.7, one song at 2.3."""

_STEPS = np.array([6.0, 6.0])


def timbre_findings(features: NDArray[np.float64], channel: int) -> list[str]:
    """Return a sentence if strokes, as (n, features), sound like those of several drums."""
    if not sounds_like_several(features):
        return []
    return [
        f"channel {channel + 1} holds strokes of very different sound, as of two drums or a whole kit; "
        "a mapping is learned from one drum alone"
    ]


def sounds_like_several(features: NDArray[np.float64]) -> bool:
    """Return whether the strokes of one channel, (n, features), are those of several drums.

    What follows from loudness is taken away, so that one drum played soft and loud is one.
    """
    if len(features) < FEWEST_TO_COMPARE:
        return False
    line = np.stack([np.ones(len(features)), features[:, 0]], axis=1)
    sounds = features[:, 1:3] / _STEPS
    left = sounds - line @ np.linalg.lstsq(line, sounds, rcond=None)[0]
    widest = np.linalg.svd(left - left.mean(axis=0), full_matrices=False)[2][0]
    place = np.sort(left @ widest)
    least = max(4, int(LEAST_PART * len(place)))
    sums, squares = np.cumsum(place), np.cumsum(place**2)
    counts = np.arange(least, len(place) - least)
    below = sums[counts - 1] / counts
    above = (sums[-1] - sums[counts - 1]) / (len(place) - counts)
    within = squares[-1] - counts * below**2 - (len(place) - counts) * above**2
    best = int(np.argmin(within))
    return bool(above[best] - below[best] > APART)
