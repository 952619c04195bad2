"""Subtract known leaks, find onsets, compute features: the ear that playing, rendering and training share.

`Analyzer.process` runs in the audio callback: arrays are preallocated, the kernel is compiled and holds no GIL, what is
not finite becomes silence and is counted, nothing is raised.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.ear.beginning import quiet_before
from bridge.ear.canceller import LeakCanceller
from bridge.ear.detector import Detector
from bridge.ear.guess import LevelGuess
from bridge.ear.kernel import CONFIRMED, NOTICED, Event, bridge_loss
from bridge.events import Hit, Onset
from bridge.rig.detector import DetectorSettings
from models.features.tables import OnsetFeatures
from synth.dsp.levels import gain

WINDOW_S = 256 / 48_000
"""Time from a stroke's onset in which the features are heard, unless the model's bundle says otherwise."""

REMEMBERED = 256
"""Strokes whose likeness to the drum is kept."""

LONGEST_CHUNK_S = 0.04
"""Longer blocks are taken in pieces of this length, so that memory stays small."""

LOUDEST = 1e9
"""Samples from here on count as not finite: a gain could make them so, and the band filters never forget that."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How one input channel is heard.

    Parameters
    ----------
    detector : DetectorSettings
        The rig's expert settings.
    window_s : float
        Time from the onset in which the features are heard; kept in the model's bundle.
    """

    detector: DetectorSettings = field(default_factory=DetectorSettings)
    window_s: float = WINDOW_S


class Analyzer:
    """Turn blocks of input into `Onset` and `Hit` events; the same events, to the bit, for any block sizes.

    Parameters
    ----------
    sample_rate : int
        Hz.
    channels : sequence of ChannelSettings
        One per input channel, in order.

    Attributes
    ----------
    latency_samples : tuple of int
        Per channel: the wait from a stroke's onset to its `Hit`.
    chunk_samples : int
        What is taken at once of a longer block.
    non_finite : int
        Samples that were not finite numbers and were heard as silence, since the last `reset`.
    expected_false, expected_missed : (channels,) float64
        How many of the strokes reported were none, and how many candidates dismissed were strokes, as far as the ear
        itself can tell: the sum of its doubts since the last `reset`.
    likeness : tuple of deque of float
        Per channel: how surely each of the last strokes sounded like the channel's own drum, in logits.
    """

    def __init__(self, sample_rate: int, channels: Sequence[ChannelSettings]) -> None:
        self.sample_rate = sample_rate
        self.latency_samples = tuple(max(2, round(channel.window_s * sample_rate)) for channel in channels)
        self.non_finite = 0
        self._features = [OnsetFeatures(sample_rate, window) for window in self.latency_samples]
        self._detector = Detector(sample_rate, [channel.detector for channel in channels], self.latency_samples)
        self._gains = np.array([[gain(channel.detector.gain_db)] for channel in channels], np.float32)
        self.chunk_samples = round(LONGEST_CHUNK_S * sample_rate)
        kept = self._detector.look_back_samples + 2 * max(self.latency_samples)
        self._capacity = 1 << int(np.ceil(np.log2(self.chunk_samples + kept)))
        self._block, self._sizes = np.zeros((2, len(channels), self.chunk_samples), np.float32)
        self._sound = np.zeros((len(channels), self.chunk_samples), np.bool_)
        self._ring = np.zeros((len(channels), self._capacity), np.float32)
        paths = [channel.detector.leak_paths for channel in channels]
        self._canceller = LeakCanceller(sample_rate, paths, self.chunk_samples)
        self._window = [np.zeros(window, np.float32) for window in self.latency_samples]
        self._noticed = np.zeros(self._capacity)
        self._waiting: list[Event] = []
        self._guesses = tuple(LevelGuess(sample_rate) for _ in channels)
        self._following = np.zeros(len(channels), np.float32)
        self.expected_false, self.expected_missed = np.zeros((2, len(channels)))
        self.likeness = tuple(deque[float](maxlen=REMEMBERED) for _ in channels)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard; the next sample is sample 0."""
        self._detector.reset()
        self._ring[:] = 0.0
        self._canceller.reset()
        self._waiting.clear()
        for guess in self._guesses:
            guess.reset()
        self._heard_samples = self._first_sample = self._lost_samples = 0
        self._forget_doubts()

    def _forget_doubts(self) -> None:
        self.expected_false[:] = self.expected_missed[:] = 0.0
        for logits in self.likeness:
            logits.clear()
        self.non_finite = 0

    def new_logits(self) -> NDArray[np.float64]:
        """Return what the first network said of each hop since the last call: (channels, hops), for pictures.

        Only the last 85 ms are remembered.
        """
        return self._detector.new_logits()

    def heard(self, samples: int) -> NDArray[np.float32]:
        """Return the last samples as features hear them, (channels, samples): leaks subtracted, gain applied.

        No more than `chunk_samples` are remembered.
        """
        return self._ring[:, np.arange(self._heard_samples - samples, self._heard_samples) % self._capacity]

    def tune(self, channel: int, settings: DetectorSettings) -> None:
        """Listen to a channel with other settings from the next block on; nothing heard is forgotten."""
        self._detector.tune(channel, settings)
        self._gains[channel] = gain(settings.gain_db)

    def begin(self, beginning: NDArray[np.float32]) -> None:
        """Prepare for a recording: a stroke in its very first samples is a stroke, out of the quiet that it has later.

        A live stream begins in the midst of whatever sounds, and is heard as if that had gone on for ever.

        Parameters
        ----------
        beginning : (n, channels) float32
            The recording's first `bridge.ear.beginning.BEGINNING_S`, or all of it. Nothing was heard before.
        """
        heard = np.where(np.abs(beginning) < LOUDEST, beginning, np.float32(0.0))
        quiet = quiet_before(heard, self.sample_rate)
        self.process(quiet)
        self._detector.begin()
        self._waiting.clear()
        self._first_sample = self._heard_samples
        self._forget_doubts()

    def skip(self, samples: int) -> None:
        """Know that so many samples were lost before the next block; strokes count on as if they had been heard.

        What sounded before is taken to have gone on, so that neither the loss nor the break is heard as a stroke.
        """
        self._lost_samples += samples

    def process(self, block: NDArray[np.float32]) -> list[Onset | Hit]:
        """Take the next (n, channels) samples; return what was noticed in them, in time order.

        An `Onset` comes out of the call that holds sample ``detected``, a `Hit` out of the call that holds sample
        ``ready - 1``. An `Onset` without a `Hit` was no stroke.
        """
        events: list[Onset | Hit] = []
        for first in range(0, len(block), self.chunk_samples):
            self._process_chunk(block[first : first + self.chunk_samples], events)
        return events

    def _process_chunk(self, block: NDArray[np.float32], events: list[Onset | Hit]) -> None:
        """Take at most one chunk."""
        length = len(block)
        own = self._block[:, :length]
        own[:] = block.T
        sound = np.less(np.abs(own, out=self._sizes[:, :length]), LOUDEST, out=self._sound[:, :length])
        if not sound.all():
            self.non_finite += own.size - int(np.count_nonzero(sound))
            np.copyto(own, 0.0, where=np.logical_not(sound, out=sound))
        if self._lost_samples:
            self._canceller.reset()
        self._canceller.process(self._block, length)
        own *= self._gains
        if self._lost_samples:
            self._pass_over(own, events)
        at = self._heard_samples % self._capacity
        head = min(length, self._capacity - at)
        self._ring[:, at : at + head] = own[:, :head]
        self._ring[:, : length - head] = own[:, head:]
        self._heard_samples += length
        for event in self._detector.process(self._ring, length):
            self._take(event, events)
        self._release(self._heard_samples, events)

    def _pass_over(self, own: NDArray[np.float32], events: list[Onset | Hit]) -> None:
        """Pass over the samples that were lost before these (channels, samples)."""
        lost, self._lost_samples = self._lost_samples, 0
        if not self._detector.warm:
            # Nothing is reported yet, and what is there is still being learned: only the time goes on.
            self._first_sample -= lost
            return
        self._following[:] = own[:, 0]
        for event in self._detector.skip(self._ring, lost, self._following):
            self._take(event, events)
        # A window that ends in the loss is measured first: the bridge may be written over it.
        self._release(self._heard_samples + lost, events)
        bridge_loss(self._ring, self._heard_samples, lost, self._following)
        self._heard_samples += lost

    def _take(self, event: Event, events: list[Onset | Hit]) -> None:
        """Turn what the detector says into an `Onset`, or into a `Hit` that waits for its window."""
        if event.kind == NOTICED:
            self._release(event.detected, events)
            level_db = self._guesses[event.channel](event.number, self._so_far(event), event.peak)
            onset, detected = event.onset - self._first_sample, event.detected - self._first_sample
            events.append(Onset(event.number, event.channel, onset, detected, level_db))
        elif event.kind == CONFIRMED:
            self._waiting.append(event)
            self._waiting.sort(key=lambda waiting: (waiting.ready, waiting.number))
            self.expected_false[event.channel] += 1.0 / (1.0 + math.exp(event.logit))
            self.likeness[event.channel].append(event.timbre)
        else:
            self.expected_missed[event.channel] += 1.0 / (1.0 + math.exp(-event.logit))

    def _so_far(self, event: Event) -> NDArray[np.float64]:
        """Return what was heard of a stroke when it was noticed."""
        ring, first, count = self._ring[event.channel], event.onset % self._capacity, event.detected + 1 - event.onset
        sound, head = self._noticed[:count], min(count, self._capacity - first)
        sound[:head] = ring[first : first + head]
        sound[head:] = ring[: count - head]
        return sound

    def _release(self, now: int, events: list[Onset | Hit]) -> None:
        """Report the strokes whose window ends before sample ``now``, whole or cut by a loss."""
        while self._waiting and self._waiting[0].ready <= now:
            _, number, channel, onset, detected, ready, *_ = self._waiting.pop(0)
            # Two slices: `numpy.take` with a range costs the audio thread ten microseconds.
            window, ring, first = self._window[channel], self._ring[channel], onset % self._capacity
            head = min(len(window), self._capacity - first)
            window[:head] = ring[first : first + head]
            window[head:] = ring[: len(window) - head]
            _go_to_and_fro(window, self._heard_samples - onset)
            onset, detected, ready = (sample - self._first_sample for sample in (onset, detected, ready))
            hit = Hit(number, channel, onset, detected, ready, self._features[channel](window))
            self._guesses[channel].learn(number, hit.level_db)
            events.append(hit)


def _go_to_and_fro(window: NDArray[np.float32], heard: int) -> None:
    """Put what was heard of a window, and its mirror image in turn, where the rest of it was lost.

    So it is as loud and as bright as what was heard; a line, or silence, has a level and a spectrum of its own.
    """
    while 0 < heard < len(window):
        count = min(heard, len(window) - heard)
        window[heard : heard + count] = window[heard - count : heard][::-1]
        heard += count
