"""Sounds that estimators of a synth's settings learn from and are measured on: its own, and those of other synths."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridge.learning.stand_in import HeardSynth
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.plan import joint_settings
from bridge.sampling.record import SILENT_PEAK
from bridge.sampling.synth import SampledSynth, sampled_synth
from models.embeddings.segments import Segments
from models.training.match_sound import RATE_HZ
from synth.errors import InputError

if TYPE_CHECKING:
    from models.proxies.comparison import Comparison
    from models.proxies.examples import Examples

SOUNDING_PEAK = 1e-3
AT_ONCE = 200

SILENT_PART = 0.95
"""Of what is played, at most: behind that a synth is taken for mute."""

Rows = NDArray[np.float32]
Array = NDArray[np.float64]


def sounding(synth: SampledSynth, heard: HeardSynth, rate_hz: int, count: int, seed: int) -> tuple[Examples, Rows]:
    """Return so many settings that sound, with their rows of `Segments`, and the peaks of all that were played.

    Raises
    ------
    InputError
        Hardly any setting sounds.
    """
    from models.proxies.examples import Examples

    rows: list[Rows] = []
    unit: list[Array] = []
    peaks: list[Rows] = []
    played = 0
    while (found := sum(len(part) for part in unit)) < count:
        if played >= 10 * AT_ONCE and found < (1.0 - SILENT_PART) * played:
            raise InputError(f"{synth.name}: {found} of {played} settings sound; move other controls")
        asked_for = joint_settings(synth, AT_ONCE, seed, played)
        played += AT_ONCE
        audio = heard.audio(asked_for)
        size = np.abs(audio).max(1)
        sounds = size > SOUNDING_PEAK
        rows.append(Segments()(audio[sounds], rate_hz))
        unit.append(asked_for[sounds])
        peaks.append(size)
    kept = np.concatenate(unit)[:count]
    return Examples(synth.space, kept, np.concatenate(rows)[:count], Segments.name), np.concatenate(peaks)


def of_other_synth(name: str, take_s: float, count: int, seed: int) -> Rows:
    """Return the rows of settings of another synth that sound, at most ``count``, each as long as a take.

    Raises
    ------
    InputError
        None of its settings sounds.
    """
    other = sampled_synth(name)
    samples = round(take_s * RATE_HZ)
    with closing(engine_of(other).start(other, Way(sample_rate=RATE_HZ))) as engine:
        audio = engine.record(other.notes(joint_settings(other, 4 * count, seed)))
    audio = audio[np.abs(audio).max(1) > SOUNDING_PEAK][:count, :samples]
    if not len(audio):
        raise InputError(f"{name}: none of {4 * count} settings sounds")
    return Segments()(np.pad(audio, ((0, 0), (0, samples - audio.shape[1]))), RATE_HZ)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Settings that were really played for sounds.

    Parameters
    ----------
    apart : (n,) float64
        How far each is from its sound; of `Segments` in dB.
    silent : int
        How many of them gave no sound.
    """

    apart: Array
    silent: int


def rendered(
    heard: HeardSynth, rate_hz: int, unit: Array, targets: Rows, comparisons: Sequence[Comparison]
) -> Rendered:
    """Play (n, columns) settings, and compare each with the row of its target."""
    audio = heard.audio(unit)
    rows = Segments()(audio, rate_hz)
    pairs = zip(comparisons, targets, rows, strict=True)
    apart = [comparison.distances(target, row[None])[0] for comparison, target, row in pairs]
    return Rendered(np.array(apart, np.float64), int((np.abs(audio).max(1) < SILENT_PEAK).sum()))
