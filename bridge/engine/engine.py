"""The chain from a block of input to a block of output: ears, mappings, voices. Live play and files share the object.

`Engine.process` is what the audio callback calls. It takes no lock, opens nothing and prints nothing; what other
targets must send is left in ``outbox`` for another thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer
from bridge.events import Hit, Onset, Strike
from bridge.mapping.mapping import DrumMapping
from synth.voices.voice import Voice

CEILING_KNEE = 0.7
"""Output level above which peaks are bent, so that ringing strokes together stay within full scale."""


@dataclass(frozen=True, slots=True)
class VoicePlay:
    """How one drum plays one built-in voice.

    Parameters
    ----------
    voice : int
        Index of the voice.
    gain : float
        Linear.
    fixed_samples : int or None
        Delay from the onset; None plays as soon as the window is full.
    early : bool
        Sound starts at detection and takes its values when the window is full.
    """

    voice: int
    gain: float
    fixed_samples: int | None = None
    early: bool = False


@dataclass(slots=True)
class DrumChain:
    """One drum: its input channel, its mapping and the built-in voices it plays."""

    channel: int
    mapping: DrumMapping
    plays: tuple[VoicePlay, ...]
    dry_gain: float = 0.0


@dataclass(slots=True)
class _Unconfirmed:
    """An early voice that waits for its stroke's hit."""

    number: int
    play: VoicePlay
    sound: int
    values: NDArray[np.float64]
    expires: int


class Engine:
    """Ears, mappings and voices over one stream.

    Parameters
    ----------
    analyzer : Analyzer
        Ears of all input channels.
    channels : int
        How many those are.
    drums : list of DrumChain
        At most one per input channel. ``drums[i].mapping`` may be replaced while playing.
    voices : list of Voice
        Built-in voices; ``VoicePlay.voice`` counts them.
    input_gain : float
        Linear, before the ears and the dry signal.
    largest_block : int
        Scratch is made for blocks up to this length; longer ones are handled in parts.

    Attributes
    ----------
    outbox : SimpleQueue of Onset and Strike
        In time order, for the sender.
    sample : int
        Input samples so far.
    end : float
        Sample at which the input ends: what is first noticed there is no stroke, as the cut end of hum sounds like a
        click. Of a live stream, never.
    late : int
        Voice starts that a fixed delay asked for in the past.
    """

    def __init__(
        self,
        analyzer: Analyzer,
        channels: int,
        drums: list[DrumChain],
        voices: list[Voice],
        input_gain: float = 1.0,
        largest_block: int = 4096,
    ) -> None:
        self.analyzer = analyzer
        self.drums = drums
        self.voices = voices
        self.outbox: SimpleQueue[Onset | Strike] = SimpleQueue()
        self.sample = 0
        self.late = 0
        self.end = math.inf
        self.enabled = True
        self._input_gain = np.float32(input_gain)
        self._chain_of = {drum.channel: drum for drum in drums}
        self._largest = largest_block
        self._input = np.zeros((largest_block, channels), dtype=np.float32)
        self._mix = np.zeros(largest_block)
        self._unconfirmed: list[_Unconfirmed] = []
        self._silence_asked = False
        self._dry = np.zeros(largest_block, dtype=np.float32)
        self._work = np.zeros(largest_block)
        self._which = np.zeros(largest_block, dtype=np.bool_)

    def reset(self) -> None:
        """Return to the state before the first sample."""
        self.analyzer.reset()
        for voice in self.voices:
            voice.reset()
        while not self.outbox.empty():
            self.outbox.get_nowait()
        self._unconfirmed.clear()
        self.sample = 0
        self.late = 0

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Hear a block and play one.

        Parameters
        ----------
        block : (n, channels) float32
            Input; values that are not finite are heard as silence and counted by the analyzer.
        out : (n, m) float32
            Overwritten; every channel carries the same mix, within -1..1.
        """
        for start in range(0, len(block), self._largest):
            self._process_part(block[start : start + self._largest], out[start : start + self._largest])

    def silence(self) -> None:
        """Fade every ringing voice out from the next block on (panic); any thread may ask."""
        self._silence_asked = True

    def _silence_voices(self) -> None:
        self._unconfirmed.clear()
        for voice in self.voices:
            voice.silence()

    def _process_part(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        count = len(block)
        heard = self._input[:count]
        np.multiply(block[:, : heard.shape[1]], self._input_gain, out=heard)
        if self._silence_asked:
            # Done here because a voice belongs to the thread that renders it.
            self._silence_asked = False
            self._silence_voices()
        for event in self.analyzer.process(heard):
            self._play(event)
        self._take_back(self.sample + count)
        mix = self._mix[:count]
        mix.fill(0.0)
        for voice in self.voices:
            voice.render(mix)
        self._add_dry(heard, mix)
        bend_peaks(mix, self._work[:count], self._which[:count])
        out[:] = mix[:, None]
        self.sample += count

    def _play(self, event: Onset | Hit) -> None:
        chain = self._chain_of.get(event.channel)
        if chain is None or not self.enabled or event.detected >= self.end:
            return
        if isinstance(event, Onset):
            self._play_early(chain, event)
            self.outbox.put(event)
            return
        strike = chain.mapping(event)
        for play in chain.plays:
            self._trigger(play, strike)
        self.outbox.put(strike)

    def _play_early(self, chain: DrumChain, onset: Onset) -> None:
        """Start the early voices of a stroke with what its first millisecond tells."""
        if not any(play.early for play in chain.plays):
            return
        guess = chain.mapping.early(onset)
        for play in chain.plays:
            if play.early:
                start = self._start(play, onset.onset, onset.detected)
                sound = self._sound(play, guess, start)
                self._unconfirmed.append(_Unconfirmed(onset.number, play, sound, guess.values, self._expiry(onset)))

    def _trigger(self, play: VoicePlay, strike: Strike) -> None:
        hit = strike.hit
        if not play.early:
            self._sound(play, strike, self._start(play, hit.onset, hit.ready))
            return
        for early in self._unconfirmed:
            # By identity: a drum may play one voice twice in the same way.
            if early.number == hit.number and early.play is play:
                start = self._start(play, hit.onset, hit.ready) - self.sample
                self.voices[play.voice].revise(early.sound, strike.values, start, _gain(play, strike))
                early.expires = -1
        self._unconfirmed = [early for early in self._unconfirmed if early.expires >= 0]

    def _start(self, play: VoicePlay, onset: int, known: int) -> int:
        """Return the sample at which a play starts: when it is known, or its fixed delay after the onset."""
        if play.fixed_samples is None:
            return known
        if onset + play.fixed_samples < known:
            self.late += 1
        return max(onset + play.fixed_samples, known)

    def _sound(self, play: VoicePlay, strike: Strike, start: int) -> int:
        return self.voices[play.voice].trigger(strike.values, start - self.sample, _gain(play, strike))

    def _expiry(self, onset: Onset) -> int:
        """Return the sample by which an early stroke is confirmed, or was none."""
        return max(onset.onset + self.analyzer.latency_samples[onset.channel], onset.detected) + 1

    def _take_back(self, until: int) -> None:
        """Turn the early voices whose stroke was not confirmed before sample ``until`` into silence."""
        if not self._unconfirmed:
            return
        for early in self._unconfirmed:
            if early.expires < until:
                self.voices[early.play.voice].revise(early.sound, early.values, early.expires - self.sample, 0.0)
        self._unconfirmed = [early for early in self._unconfirmed if early.expires >= until]

    def _add_dry(self, heard: NDArray[np.float32], mix: NDArray[np.float64]) -> None:
        for drum in self.drums:
            if drum.dry_gain:
                dry, bad, wide = (scratch[: len(mix)] for scratch in (self._dry, self._which, self._work))
                np.multiply(heard[:, drum.channel], np.float32(drum.dry_gain), out=dry)
                np.copyto(dry, 0.0, where=np.logical_not(np.isfinite(dry, out=bad), out=bad))
                # Copied first: a sum of two types takes memory for one of them.
                np.copyto(wide, dry)
                mix += wide


def _gain(play: VoicePlay, strike: Strike) -> float:
    """Return the linear gain of one strike on one play."""
    return play.gain * math.pow(10.0, strike.gain_db / 20.0)


def bend_peaks(mix: NDArray[np.float64], sizes: NDArray[np.float64], over: NDArray[np.bool_]) -> None:
    """Bend what exceeds `CEILING_KNEE` smoothly towards 1, in place; what lies under it is left to the bit.

    ``sizes`` and ``over``, as long as ``mix``, are overwritten: the audio thread takes no memory.
    """
    np.abs(mix, out=sizes)
    if sizes.max(initial=0.0) <= CEILING_KNEE:
        return
    np.greater(sizes, CEILING_KNEE, out=over)
    rest = 1.0 - CEILING_KNEE
    sizes -= CEILING_KNEE
    sizes /= rest
    np.tanh(sizes, out=sizes)
    sizes *= rest
    sizes += CEILING_KNEE
    np.copysign(sizes, mix, out=sizes)
    np.copyto(mix, sizes, where=over)
