"""One hit of a recording: found, cut at its onset, mono, at one sample rate; what is no hit is refused in a sentence.

Envelopes are peaks of stretches of 2 ms. An onset is where the next 10 ms are twice as loud as the 40 ms before: the
waves of a tone of 25 Hz, the beats of two tones and the bursts of a clap are not. A file of several strokes of one
sound gives its first; a file of different sounds, or of sounds that ring into each other, is a loop or a melody. Notes
that ring on under the next ones have no onsets, but bring what was not there before while the whole grows; a hit, once
begun, only loses.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Decoder, Take, open_take
from models.training.match_sound import RATE_HZ, clear_pitch_hz, third_octaves_db
from synth.errors import InputError, counted_noun

LOWEST_HZ, HIGHEST_HZ = 4_000, 768_000
LONGEST_S = 60.0
SHORTEST_S = 0.003
SOFTEST_PEAK = 1e-4
"""-80 dBFS: a file that stays below holds no sound that anybody wanted to record."""

MOST_STROKES = 8
"""More in one file are a loop, whatever they are."""

_HOP_S = 0.002
_NEXT, _BEFORE = 5, 20
_RISE = 2.0
_HEARD = 0.016
"""Of the file's peak, -36 dB: what is softer is no stroke beside the others."""
_APART_S = 0.05
_FADED = 0.1
"""Of its own peak: a stroke has faded to this before the next one, or they are not single strokes."""
_ONSET = 0.01
_SEMITONES = 0.7
_ALIKE_DB = 12.0
_COMPARED_S = 0.1
_SUSTAINED_S = 0.6
_SUSTAINED_DB = 3.0
_NOTES = 2
_GROWTH = 1.3
_NEW_BAND = 0.03
_FLAT_TOPS = 3
_END = 10.0 ** (-60 / 20)
_CUT = 10.0 ** (-40 / 20)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class OneShot:
    """One hit.

    Parameters
    ----------
    path : Path
        The recording.
    audio : (n,) float32
        From the onset on, at `RATE_HZ`, as loud as recorded.
    whole : bool
        Whether it has faded at its end; otherwise nobody knows what followed.
    notes : tuple of str
        What a person should know, one sentence each.
    """

    path: Path
    audio: Floats
    whole: bool
    notes: tuple[str, ...] = ()


def one_shot(path: Path) -> OneShot:
    """Return the first hit of a recording.

    Raises
    ------
    InputError
        The file cannot be read, is silent, too long or too short, or holds a loop, a melody or a tone that lasts.
    """
    take = _opened(path)
    audio = _mono(np.asarray(take.audio[:], np.float64))
    audio -= np.median(audio[2 * len(audio) // 3 :])  # an offset, which would pass for sound before the onset
    peak = float(np.abs(audio).max())
    if peak < SOFTEST_PEAK:
        raise InputError(f"{path}: is silent; give a recording of one hit")
    notes = [*take.warnings, *_clipped(path, audio)]
    audio = _resampled(audio, take.sample_rate)
    strokes = _strokes(audio)
    _require_single(path, audio, strokes)
    if len(strokes) > 1:
        notes.append(f"{path.name} holds {len(strokes)} strokes; the first is matched")
    return _cut(path, audio, strokes, notes)


def _opened(path: Path) -> Take:
    """Open a recording; one that is too long is refused before it is decoded."""
    decoder = Decoder(path)
    decoder.close()
    _require_short(path, decoder.announced / max(decoder.sample_rate, 1))
    take = open_take(path, rates_hz=(LOWEST_HZ, HIGHEST_HZ))
    _require_short(path, take.seconds)
    return take


def _require_short(path: Path, seconds: float) -> None:
    if seconds > LONGEST_S and seconds < 1e9:  # a file that was never closed announces any length
        raise InputError(f"{path}: lasts {_duration(seconds)}; give a recording of one hit, {LONGEST_S:g} s at most")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} minutes"


def _mono(audio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the channels, or the loudest where they cancel each other."""
    mixed, powers = audio.mean(1), np.square(audio).mean(0)
    loudest: NDArray[np.float64] = audio[:, int(powers.argmax())].copy()
    return mixed if np.square(mixed).mean() > 0.1 * powers.max() else loudest


def _clipped(path: Path, audio: NDArray[np.float64]) -> list[str]:
    """Say it where several samples in a row stand at the very peak, again and again."""
    size = np.abs(audio)
    flat = size >= size.max() * (1.0 - 1e-4)
    runs = np.convolve(flat, np.ones(3), "valid") == 3
    places = int(np.count_nonzero(np.diff(np.concatenate([[False], runs]).astype(np.int8)) == 1))
    if places < _FLAT_TOPS:
        return []
    return [f"{path.name} is clipped at {places} places; what is matched is the clipped sound"]


def _resampled(audio: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    if rate_hz == RATE_HZ:
        return audio
    from scipy.signal import resample_poly

    common = gcd(RATE_HZ, rate_hz)
    result: NDArray[np.float64] = resample_poly(audio, RATE_HZ // common, rate_hz // common)
    return result


def _peaks(audio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the peaks of stretches of 2 ms, silence before and behind."""
    hop = round(_HOP_S * RATE_HZ)
    padded = np.pad(np.abs(audio), (0, -len(audio) % hop))
    peaks: NDArray[np.float64] = padded.reshape(-1, hop).max(1)
    return peaks


def _strokes(audio: NDArray[np.float64]) -> list[int]:
    """Return the samples at which strokes begin, at least one."""
    peaks = _peaks(audio)
    windows = np.lib.stride_tricks.sliding_window_view
    coming = windows(np.pad(peaks, (0, _NEXT - 1)), _NEXT).max(1)
    before = windows(np.pad(peaks, (_BEFORE, 0)), _BEFORE).max(1)[: len(peaks)]
    rising = np.flatnonzero((coming > _RISE * before) & (coming > _HEARD * peaks.max()))
    apart = round(_APART_S / _HOP_S)
    # A rise that goes on, however slowly, is one stroke.
    firsts = [int(place) for number, place in enumerate(rising) if not number or place - rising[number - 1] > apart]
    return [place * round(_HOP_S * RATE_HZ) for place in firsts] or [0]


def _require_single(path: Path, audio: NDArray[np.float64], strokes: list[int]) -> None:
    """Refuse loops, melodies and tones that last."""
    advice = "give a recording of one hit"
    if len(strokes) > MOST_STROKES:
        raise InputError(f"{path}: holds {counted_noun(len(strokes), 'stroke')}, as a loop does; {advice}")
    ends = [*strokes[1:], len(audio)]
    parts = [audio[start:end] for start, end in zip(strokes, ends, strict=True)]
    if _lasts(parts[0]):
        raise InputError(f"{path}: holds a sound that lasts and does not fade; {advice}")
    if len(parts) == 1:
        if _new_notes(audio[strokes[0] :]) >= _NOTES:
            raise InputError(f"{path}: holds notes that ring into each other, as a melody does; {advice}")
        return
    fade = round(0.04 * RATE_HZ)
    if np.abs(parts[0][-fade:]).max() > _FADED * np.abs(parts[0]).max():
        raise InputError(f"{path}: the second stroke begins before the first has faded, as in a loop; {advice}")
    pitches = [clear_pitch_hz(_from_onset(part)) for part in parts]
    first = pitches[0]
    if first and any(other and abs(12 * np.log2(other / first)) > _SEMITONES for other in pitches[1:]):
        raise InputError(f"{path}: holds strokes of different pitch, as a melody does; {advice}")
    if any(_apart_db(parts[0], other) > _ALIKE_DB for other in parts[1:]):
        raise InputError(f"{path}: holds different sounds, as a loop does; {advice}")


def _from_onset(audio: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(audio)
    return audio[int(np.argmax(size > _ONSET * size.max())) :]


def _apart_db(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how far the spectra of two beginnings are apart, whatever their levels."""
    length = min(len(one), len(other), round(_COMPARED_S * RATE_HZ))
    a, b = (third_octaves_db(_from_onset(part)[:length]) for part in (one, other))
    heard = np.maximum(a - a.max(), b - b.max()) > -30.0
    difference = np.clip(a - a.max(), -40.0, None) - np.clip(b - b.max(), -40.0, None)
    return float(np.abs(difference - np.median(difference[heard]))[heard].mean())


def _new_notes(audio: NDArray[np.float64]) -> int:
    """Return how often, 100 ms and more after the onset, a band rises above all it was while the whole sound grows."""
    samples, hop = 1024, RATE_HZ // 100
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(audio, (0, samples)), samples)[::hop]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(samples))))
    frequencies = np.fft.rfftfreq(samples, 1.0 / RATE_HZ)
    edges = np.searchsorted(frequencies, 100.0 * 2.0 ** (np.arange(23) / 3))
    bands = np.sqrt(np.add.reduceat(power, edges[:-1], axis=1))
    whole, highest = bands.sum(1), np.maximum.accumulate(bands, axis=0)
    rises = [
        frame
        for frame in range(10, len(bands) - 3)
        if whole[frame : frame + 4].max() > _GROWTH * whole[frame - 4 : frame - 1].max()
        and ((bands[frame] > _RISE * highest[frame - 4]) & (bands[frame] > _NEW_BAND * whole.max())).any()
    ]
    return sum(not number or frame - rises[number - 1] > 4 for number, frame in enumerate(rises))


def _lasts(audio: NDArray[np.float64]) -> bool:
    """Tell whether a sound stays as loud as it began for longer than any hit does."""
    peaks = _peaks(_from_onset(audio))
    sounding = peaks[: int(np.flatnonzero(peaks > 0.03 * peaks.max()).max()) + 1]
    if len(sounding) < _SUSTAINED_S / _HOP_S:
        return False
    early, late = (np.median(part) for part in (sounding[len(sounding) // 8 :][: len(sounding) // 4], _last(sounding)))
    return bool(20.0 * np.log10(early / late) < _SUSTAINED_DB)


def _last(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what lies between seven and nine tenths of the way."""
    return values[7 * len(values) // 10 : 9 * len(values) // 10]


def _cut(path: Path, audio: NDArray[np.float64], strokes: list[int], notes: list[str]) -> OneShot:
    """Return the first stroke from its onset to where it has faded, or to where the next begins."""
    stop = strokes[1] - round(0.004 * RATE_HZ) if len(strokes) > 1 else len(audio)
    first = _from_onset(audio[max(strokes[0] - round(0.04 * RATE_HZ), 0) : stop])
    size = np.abs(first)
    peak = size.max()
    whole = bool(size[-round(0.01 * RATE_HZ) :].max() < _CUT * peak)
    if not whole:
        where = "at the next stroke" if len(strokes) > 1 else "while it sounds"
        notes = [*notes, f"{path.name} ends {where}: only its {len(first) / RATE_HZ:.2f} s are compared"]
    first = first[: int(np.flatnonzero(size > _END * peak).max()) + 1]
    if len(first) < SHORTEST_S * RATE_HZ:
        long_ms = 1000.0 * len(first) / RATE_HZ
        raise InputError(f"{path}: its sound lasts {long_ms:.1f} ms; a hit of {1000 * SHORTEST_S:g} ms can be matched")
    return OneShot(path, first.astype(np.float32), whole, tuple(notes))
