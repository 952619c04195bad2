"""Recordings become strokes to learn from, through the live analyzer: training hears what playing hears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bridge.audio.files import Recording, one_rate, rig_channels
from bridge.calibration.input_check import clipped_places
from bridge.ear.analyzer import WINDOW_S, Analyzer, ChannelSettings
from bridge.ear.listen import hits_among, listen, rig_ears
from bridge.events import Hit, Onset
from bridge.mapping.load import load_bundle
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import Drum, Rig
from models.features.tables import ONSET_FEATURES
from models.training.strokes import Strokes
from synth.errors import InputError

LONGEST_STROKE_S = 1.0
FEWEST_STROKES = 8
"""Fewer leave nothing to hold out."""

LEVEL_RANGE_DB = 3.0
"""Strokes within this are all of one level: nothing to learn from."""

DEAD_SIDE_DB = 40.0
"""A channel that much under the other one is a dead side of a stereo recording."""

LEAST_CLIPPED = 0.5
"""What peaks lower is taken to be whole."""


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


def hear(recordings: Sequence[Recording], window_s: float = WINDOW_S, pupil: Pupil | None = None) -> Heard:
    """Return the strokes of one drum.

    Parameters
    ----------
    recordings : sequence of Recording
        At least one. Of several channels only the loudest is heard, unless they are a rig's.
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
    parts = []
    for recording in recordings:
        used = rig_channels(recording, pupil.rig) if pupil else _one_channel(recording)
        warnings += [*used.warnings, *_clipping(used, channel)]
        parts.append(_strokes(used.audio, gain_db, rate, ears, channel))
    features, audio, ends, onsets = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    numbers = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    strokes = Strokes(features, audio, ends, rate, ears[channel].window_s)
    _check(strokes, ", ".join(recording.path.name for recording in recordings))
    return Heard(strokes, tuple(warnings), ears[channel].detector, onsets, numbers)


def _rig_ears(pupil: Pupil, window_s: float) -> list[ChannelSettings]:
    """Return how the rig plays with what is to be learned; the pupil's present model is not looked at."""
    others = (drum for drum in pupil.rig.drum if drum.name != pupil.drum.name)
    return rig_ears(pupil.rig, {drum.name: load_bundle(drum).window_s for drum in others} | {pupil.drum.name: window_s})


def _one_channel(recording: Recording) -> Recording:
    """Return the channel to learn from: the loudest; sides are never mixed, that would smear the stick's attack."""
    if recording.channels == 1:
        return recording
    power = np.square(recording.audio, dtype=np.float64).mean(0) + 1e-12
    loudest = int(np.argmax(power))
    under_db = 10.0 * np.log10(power[loudest] / power.min())
    dead = recording.channels == 2 and under_db > DEAD_SIDE_DB
    reason = "the other side is dead" if dead else "it is the loudest"
    warning = f"{recording.path.name} has {recording.channels} channels; channel {loudest + 1} is used, as {reason}"
    return replace(recording, audio=recording.audio[:, [loudest]], warnings=(*recording.warnings, warning))


def _clipping(recording: Recording, channel: int) -> Iterator[str]:
    """Warn about clipped strokes, of a recording that was made softer afterwards too."""
    signal = recording.audio[:, channel]
    spots = clipped_places(signal, recording.sample_rate, max(float(np.abs(signal).max()), LEAST_CLIPPED))
    if spots >= 5:
        yield (
            f"{recording.path.name} is clipped in {spots} places: the loudest strokes will sound alike; "
            "turn the input down and record again if you can"
        )


def _strokes(
    audio: NDArray[np.float32], gain_db: float, rate: int, ears: Sequence[ChannelSettings], channel: int
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Return a channel's features, audio and ends, as of `Strokes`, and onsets: behind gains and without leaks."""
    analyzer = Analyzer(rate, ears)
    events: list[Onset | Hit] = []
    pieces = []
    for samples, found in listen(analyzer, audio, gain_db):
        events += found
        pieces.append(analyzer.heard(samples)[channel].copy())
    hits = [hit for hit in hits_among(events) if hit.channel == channel]
    onsets = np.array([hit.onset for hit in hits], dtype=np.int64)
    longest = round(LONGEST_STROKE_S * rate)
    signal = np.pad(np.concatenate(pieces)[: len(audio)], (0, longest))
    rows = sliding_window_view(signal, longest)[onsets]
    features = np.array([hit.features for hit in hits]).reshape(len(hits), len(ONSET_FEATURES))
    return features, rows, np.diff(onsets, append=len(audio)), onsets


def _check(strokes: Strokes, names: str) -> None:
    if len(strokes) < FEWEST_STROKES:
        raise InputError(
            f"{names}: {_heard(len(strokes))}; at least {FEWEST_STROKES} are needed, 60 or more are good: "
            "play longer, or raise the input level if strokes were missed"
        )
    span_db = float(np.ptp(strokes.features[:, 0]))
    if span_db < LEVEL_RANGE_DB:
        raise InputError(
            f"{names}: all {len(strokes)} strokes lie within {span_db:.1f} dB; there is nothing to learn from one "
            "loudness: play from ghost notes to rim shots"
        )


def _heard(count: int) -> str:
    return f"{count} stroke{' was' if count == 1 else 's were'} heard"
