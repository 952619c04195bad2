"""Recordings become strokes to learn from, through the live analyzer: training hears what playing hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.analyzer import WINDOW_S, Analyzer, ChannelSettings
from bridge.detector_settings import DetectorSettings
from bridge.events import Hit
from bridge.recording import Recording
from models.dataset import Strokes
from models.features import ONSET_FEATURES
from synth.errors import InputError

LONGEST_STROKE_S = 1.0
FEWEST_STROKES = 8
"""Fewer leave nothing to hold out."""

LEVEL_RANGE_DB = 3.0
"""Strokes within this are all of one level: nothing to learn from."""

DEAD_SIDE_DB = 40.0
"""A channel that much under the other one is a dead side of a stereo recording."""

CLIPPED_SAMPLES = 3
"""As many neighbouring samples at full scale are no peak but clipping."""

BLOCK = 4096


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
    """

    strokes: Strokes
    warnings: tuple[str, ...] = ()
    detector: DetectorSettings = field(default_factory=DetectorSettings)


def hear(
    recordings: Sequence[Recording], detector: DetectorSettings | None = None, window_s: float = WINDOW_S
) -> Heard:
    """Return the strokes of recordings of one drum.

    Raises
    ------
    InputError
        Rates differ; fewer than 8 strokes; all at one level; clipped throughout. The sentence says what to do.
    """
    settings = detector or DetectorSettings()
    rate = _one_rate(recordings)
    warnings: list[str] = []
    parts = []
    for recording in recordings:
        warnings.extend(recording.warnings)
        signal = _one_channel(recording, warnings)
        _check_clipping(recording, signal, warnings)
        parts.append(_strokes(signal, rate, settings, window_s))
    names = ", ".join(recording.path.name for recording in recordings)
    strokes = _joined(parts)
    _check(strokes, names)
    return Heard(strokes, tuple(warnings), settings)


def _one_rate(recordings: Sequence[Recording]) -> int:
    rates = sorted({recording.sample_rate for recording in recordings})
    if len(rates) > 1:
        listed = ", ".join(f"{recording.path.name} has {recording.sample_rate} Hz" for recording in recordings)
        raise InputError(f"The recordings have different sample rates ({listed}); export them at one rate")
    return rates[0]


def _one_channel(recording: Recording, warnings: list[str]) -> NDArray[np.float32]:
    """Return the channel to learn from: the loudest; sides are never mixed, that would smear the stick's attack."""
    if recording.channels == 1:
        return recording.audio[:, 0]
    power = np.square(recording.audio, dtype=np.float64).mean(0) + 1e-12
    loudest = int(np.argmax(power))
    under_db = 10.0 * np.log10(power[loudest] / power.min())
    reason = "the other side is dead" if under_db > DEAD_SIDE_DB else "it is the loudest"
    warnings.append(
        f"{recording.path.name} has {recording.channels} channels; channel {loudest + 1} is used, as {reason}"
    )
    return np.ascontiguousarray(recording.audio[:, loudest])


def _check_clipping(recording: Recording, signal: NDArray[np.float32], warnings: list[str]) -> None:
    """Warn about clipped strokes, refuse a recording in which most peaks are cut off."""
    peak = float(np.abs(signal).max())
    full = np.abs(signal) >= max(0.999 * peak, 0.5)
    runs = np.convolve(full, np.ones(CLIPPED_SAMPLES), "valid") == CLIPPED_SAMPLES
    places = np.flatnonzero(runs)
    spots = 0 if not len(places) else 1 + int(np.count_nonzero(np.diff(places) > recording.sample_rate // 50))
    if spots >= 5:
        warnings.append(
            f"{recording.path.name} is clipped in {spots} places: the loudest strokes will sound alike; "
            "turn the input down and record again if you can"
        )


def _strokes(signal: NDArray[np.float32], rate: int, settings: DetectorSettings, window_s: float) -> Strokes:
    analyzer = Analyzer(rate, [ChannelSettings(settings, window_s)])
    # The last stroke's window may end after the recording.
    tail = np.zeros(round(max(window_s, 0.1) * rate) + BLOCK, np.float32)
    block = np.concatenate([signal, tail])[:, None]
    hits = [
        event
        for first in range(0, len(block), BLOCK)
        for event in analyzer.process(block[first : first + BLOCK])
        # What is first noticed behind the recording is its cut end: hum that stops sounds like a click.
        if isinstance(event, Hit) and event.detected < len(signal)
    ]
    hits.sort(key=lambda hit: hit.onset)
    longest = round(LONGEST_STROKE_S * rate)
    gain = np.float32(10.0 ** (settings.gain_db / 20.0))
    audio = np.zeros((len(hits), longest), np.float32)
    stops = [*(hit.onset for hit in hits[1:]), len(signal)] if hits else []
    for row, hit in zip(audio, hits, strict=True):
        piece = signal[hit.onset : hit.onset + longest]
        row[: len(piece)] = gain * piece
    ends = np.array([stop - hit.onset for hit, stop in zip(hits, stops, strict=True)], dtype=np.int64)
    features = np.array([hit.features for hit in hits]).reshape(len(hits), len(ONSET_FEATURES))
    return Strokes(features, audio, ends, rate, window_s)


def _joined(parts: Sequence[Strokes]) -> Strokes:
    full = [part for part in parts if len(part)] or list(parts[:1])
    return Strokes(
        np.concatenate([part.features for part in full]),
        np.concatenate([part.audio for part in full]),
        np.concatenate([part.ends for part in full]),
        full[0].sample_rate,
        full[0].window_s,
    )


def _check(strokes: Strokes, names: str) -> None:
    if len(strokes) < FEWEST_STROKES:
        raise InputError(
            f"{names}: {len(strokes)} strokes were heard; at least {FEWEST_STROKES} are needed, 60 or more are good: "
            "play longer, or raise the input level if strokes were missed"
        )
    span_db = float(np.ptp(strokes.features[:, 0]))
    if span_db < LEVEL_RANGE_DB:
        raise InputError(
            f"{names}: all {len(strokes)} strokes lie within {span_db:.1f} dB; there is nothing to learn from one "
            "loudness: play from ghost notes to rim shots"
        )
