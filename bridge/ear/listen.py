"""A whole recording through the ears, block by block, as playing hears it: for detection, training and calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.beginning import BEGINNING_S
from bridge.events import Audio, Hit, Onset
from bridge.rig.rig import Rig
from synth.dsp.levels import gain

TAIL_S = 0.1
"""Silence behind a recording, at least: a stroke at its very end is heard whole."""

Events = list[Onset | Hit]


def rig_ears(rig: Rig, windows_s: Mapping[str, float]) -> list[ChannelSettings]:
    """Return how each input channel of a rig is heard, given the window of each drum's model by the drum's name.

    A channel without a drum is still heard, for the leakage of its neighbours.
    """
    ears = [ChannelSettings()] * rig.channels
    for drum in rig.drum:
        ears[drum.channel - 1] = ChannelSettings(drum.detector, windows_s[drum.name])
    return ears


def listen(analyzer: Analyzer, audio: Audio, gain_db: float = 0.0) -> Iterator[tuple[int, Events]]:
    """Yield (samples of a block, its events) of a recording and the silence behind it.

    After each block the analyzer may be asked for what it remembers of it: `Analyzer.heard`, `Analyzer.new_logits`.
    What is first noticed behind the recording is left out: it is the cut end, for hum that stops sounds like a click.

    Parameters
    ----------
    analyzer : Analyzer
        Has heard nothing yet.
    audio : (samples, channels) float32
        One channel for each of the analyzer's; in memory or in a file.
    gain_db : float
        The input's gain, which comes before the ears.
    """
    amplitude = np.float32(gain(gain_db))
    analyzer.begin(audio[: round(BEGINNING_S * analyzer.sample_rate)] * amplitude)
    longest = analyzer.chunk_samples
    end = len(audio) + max(round(TAIL_S * analyzer.sample_rate), *analyzer.latency_samples)
    for first in range(0, end, longest):
        block = np.zeros((min(longest, end - first), audio.shape[1]), np.float32)
        there = audio[first : first + len(block)]
        np.multiply(there, amplitude, out=block[: len(there)])
        yield len(block), [event for event in analyzer.process(block) if event.detected < len(audio)]


def hits_among(events: Iterable[Onset | Hit]) -> list[Hit]:
    """Return the strokes in the order of their onsets; of those that fall together, the first channel's first."""
    return sorted((event for event in events if isinstance(event, Hit)), key=lambda hit: (hit.onset, hit.channel))


def hear_strokes(analyzer: Analyzer, audio: Audio) -> list[Hit]:
    """Return the strokes of a (samples, channels) recording, in the order of `hits_among`."""
    return hits_among(event for _, events in listen(analyzer, audio) for event in events)
