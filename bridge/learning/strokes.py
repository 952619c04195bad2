"""Recordings become strokes to learn from, through the live analyzer: training hears what playing hears.

A recording is gone through block by block, and what is kept of it are its strokes, a second of audio each. A long one
has more than training needs and memory holds: then `Chosen` keeps strokes of all loudnesses alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Take, one_rate, rig_channels
from bridge.calibration.sound_check import checked, timbre_findings
from bridge.ear.analyzer import WINDOW_S, Analyzer, ChannelSettings
from bridge.ear.listen import hits_among, listen, rig_ears
from bridge.events import Audio, Hit
from bridge.learning.chosen import LONGEST_STROKE_S, Chosen, Stroke
from bridge.mapping.load import load_bundle
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import Drum, Rig
from models.training.strokes import Strokes
from synth.errors import InputError, counted_noun

FEWEST_STROKES = 8
"""Fewer leave nothing to hold out."""

LEVEL_RANGE_DB = 3.0
"""Strokes within this are all of one level: nothing to learn from."""

DEAD_SIDE_DB = 40.0
"""A channel that much under the other one is a dead side of a stereo recording."""

MOST_STROKES = 2_000
"""At 48 kHz, and fewer at higher rates: a second of audio each makes 384 MB, whatever the recording's length."""

PIECE_S = 60.0
"""How much of a recording is looked at at once."""


class Pupil(NamedTuple):
    """A drum whose lesson is a recording of the whole rig, one channel for each input.

    Parameters
    ----------
    rig : Rig
    drum : Drum
        One of the rig's.
    """

    rig: Rig
    drum: Drum


@dataclass(frozen=True, slots=True)
class Heard:
    """Strokes of some recordings and what is worth saying about them.

    Parameters
    ----------
    strokes : Strokes
    warnings : tuple of str
        One sentence each.
    detector : DetectorSettings
        That found them.
    onsets : (n,) int64
        Sample of its recording at which each stroke begins.
    recording : (n,) int64
        Number of the recording that it is in, from 0.
    """

    strokes: Strokes
    warnings: tuple[str, ...] = ()
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    onsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    recording: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def hear(recordings: Sequence[Take], window_s: float = WINDOW_S, pupil: Pupil | None = None) -> Heard:
    """Return the strokes of one drum.

    Parameters
    ----------
    recordings : sequence of Take
        At least one, in memory or in files. Of several channels only the loudest is heard, unless they are a rig's.
    window_s : float
        How much after each onset the features look at.
    pupil : Pupil, optional
        All channels are heard as the rig hears them when it plays, and the strokes of this drum are kept. Their audio
        is what its features are computed from: gains applied, leaks of other drums subtracted.

    Raises
    ------
    InputError
        Rates differ; fewer channels than the rig's drums need; another drum's model cannot be used; fewer than 8
        strokes; all at one level. The sentence says what to do.
    """
    rate = one_rate(recordings)
    channel = pupil.drum.channel - 1 if pupil else 0
    ears = _rig_ears(pupil, window_s) if pupil else [ChannelSettings(window_s=window_s)]
    gain_db = pupil.rig.input.gain_db if pupil else 0.0
    warnings: list[str] = []
    chosen = Chosen(most_strokes(rate))
    for number, recording in enumerate(recordings):
        used = rig_channels(recording, pupil.rig) if pupil else _one_channel(recording)
        found = checked(used.audio, rate, [channel])
        warnings += [*used.warnings, *(f"{recording.path.name}: {sentence}" for sentence in found)]
        for stroke in _strokes(used.audio, gain_db, rate, ears, channel):
            chosen.add(stroke._replace(recording=number))
    strokes = chosen.strokes(rate, ears[channel].window_s)
    _check(strokes, ", ".join(recording.path.name for recording in recordings))
    warnings += timbre_findings(strokes.features, channel)
    if chosen.heard > len(strokes):
        warnings.append(f"{chosen.heard} strokes were heard; {len(strokes)} of all loudnesses are learned from")
    return Heard(strokes, tuple(warnings), ears[channel].detector, chosen.onsets, chosen.recordings)


def strokes_at_rate(strokes: Strokes) -> Strokes:
    """Return strokes at the rate at which the figures of a synth that is not ours are known."""
    from models.training.figures import RATE_HZ, at_rate

    if strokes.sample_rate == RATE_HZ:
        return strokes
    ends = np.round(strokes.ends * (RATE_HZ / strokes.sample_rate)).astype(np.int64)
    return replace(strokes, audio=at_rate(strokes.audio, strokes.sample_rate), ends=ends, sample_rate=RATE_HZ)


def most_strokes(sample_rate: int) -> int:
    """Return how many strokes are learned from at most, so that their audio takes no more memory at any rate.

    >>> most_strokes(44_100), most_strokes(96_000)
    (2000, 1000)
    """
    return int(MOST_STROKES * min(1.0, 48_000 / sample_rate))


def _rig_ears(pupil: Pupil, window_s: float) -> list[ChannelSettings]:
    """Return how the rig plays with what is to be learned; the pupil's present model is not looked at."""
    others = (drum for drum in pupil.rig.drum if drum.name != pupil.drum.name)
    return rig_ears(pupil.rig, {drum.name: load_bundle(drum).window_s for drum in others} | {pupil.drum.name: window_s})


def _one_channel(recording: Take) -> Take:
    """Return the channel to learn from: the loudest; sides are never mixed, that would smear the stick's attack."""
    if recording.channels == 1:
        return recording
    energy = np.sum([np.square(piece, dtype=np.float64).sum(0) for piece in _pieces(recording)], axis=0)
    power = energy / len(recording.audio) + 1e-12
    loudest = int(np.argmax(power))
    under_db = 10.0 * np.log10(power[loudest] / power.min())
    dead = recording.channels == 2 and under_db > DEAD_SIDE_DB
    reason = "the other side is dead" if dead else "it is the loudest"
    warning = f"{recording.path.name} has {recording.channels} channels; channel {loudest + 1} is used, as {reason}"
    audio = OneChannel(recording.audio, loudest)
    return Take(audio, recording.sample_rate, recording.path, (*recording.warnings, warning))


class OneChannel:
    """One channel of audio, which is read as it is asked for.

    Parameters
    ----------
    audio : (samples, channels) float32
    channel : int
        From 0.
    """

    def __init__(self, audio: Audio, channel: int) -> None:
        self._audio, self._channel = audio, channel
        self.shape = len(audio), 1

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice, /) -> NDArray[np.float32]:
        """Return some samples, (n, 1)."""
        return self._audio[part][:, self._channel : self._channel + 1]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of it in memory."""
        return np.array(self[:], dtype=dtype or np.float32)


def _pieces(recording: Take) -> Iterator[NDArray[np.float32]]:
    """Yield the audio, (samples, channels), a minute at a time."""
    length = round(PIECE_S * recording.sample_rate)
    return (recording.audio[first : first + length] for first in range(0, len(recording.audio), length))


def _strokes(
    audio: Audio, gain_db: float, rate: int, ears: Sequence[ChannelSettings], channel: int
) -> Iterator[Stroke]:
    """Yield a channel's strokes in their order; their audio lies behind gains and without leaks."""
    analyzer, longest = Analyzer(rate, ears), round(LONGEST_STROKE_S * rate)
    recent, waiting = _Recent(2 * longest), list[Hit]()
    before: tuple[Hit, NDArray[np.float32]] | None = None
    for samples, found in listen(analyzer, audio, gain_db):
        piece = analyzer.heard(samples)[channel]
        recent.add(piece[: max(len(audio) - recent.end, 0)])
        waiting = hits_among([*waiting, *(event for event in found if event.channel == channel)])
        while waiting and waiting[0].onset + longest <= recent.end:
            hit = waiting.pop(0)
            if before:
                yield Stroke(before[0].features, before[1], hit.onset - before[0].onset, before[0].onset)
            before = hit, recent.part(hit.onset, longest)
    rest = [(hit, recent.part(hit.onset, longest)) for hit in waiting]
    last = [*([before] if before else []), *rest]
    ends = np.diff([hit.onset for hit, _ in last], append=len(audio))
    for (hit, sound), end in zip(last, ends, strict=True):
        yield Stroke(hit.features, sound, int(end), hit.onset)


class _Recent:
    """The end of a sound that is still being heard.

    Parameters
    ----------
    samples : int
        How much of it is remembered.

    Attributes
    ----------
    end : int
        How many samples were heard so far.
    """

    def __init__(self, samples: int) -> None:
        self.end = 0
        self._remembered, self._filled = samples, 0
        self._sound = np.zeros(4 * samples, np.float32)

    def add(self, piece: NDArray[np.float32]) -> None:
        """Hear (n,) more, at most as many as are remembered."""
        if self._filled + len(piece) > len(self._sound):
            self._sound[: self._remembered] = self._sound[self._filled - self._remembered : self._filled].copy()
            self._filled = self._remembered
        self._sound[self._filled : self._filled + len(piece)] = piece
        self._filled += len(piece)
        self.end += len(piece)

    def part(self, first: int, samples: int) -> NDArray[np.float32]:
        """Return a copy, (samples,), from sample ``first`` of the sound on; silence follows what was heard."""
        part = np.zeros(samples, np.float32)
        start = self._filled - (self.end - first)
        there = self._sound[start : min(start + samples, self._filled)]
        part[: len(there)] = there
        return part


def _check(strokes: Strokes, names: str) -> None:
    if len(strokes) < FEWEST_STROKES:
        heard = f"{counted_noun(len(strokes), 'stroke')} {'was' if len(strokes) == 1 else 'were'} heard"
        raise InputError(
            f"{names}: {heard}; at least {FEWEST_STROKES} are needed, 60 or more are good: "
            "play longer, or raise the input level if strokes were missed"
        )
    span_db = float(np.ptp(strokes.features[:, 0]))
    if span_db < LEVEL_RANGE_DB:
        raise InputError(
            f"{names}: all {len(strokes)} strokes lie within {span_db:.1f} dB; there is nothing to learn from one "
            "loudness: play from ghost notes to rim shots"
        )
