"""The chain from a block of input to a block of output: ears, mappings, strips. Live play and files share the object.

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
from bridge.engine.strip import Bus, Mixer, Strip
from bridge.events import Dismissed, Event, Hit, Onset, Strike
from bridge.mapping.mapping import DrumMapping
from bridge.mapping.notes import VoiceNotes
from bridge.mapping.when import EVERY_STROKE, When
from synth.effects.running import RunningEffect

LARGEST_BLOCK = 4096
"""Scratch is made for blocks up to this length; longer ones are handled in parts."""


@dataclass(frozen=True, slots=True)
class VoicePlay:
    """How a mapping plays one built-in voice.

    Parameters
    ----------
    strip : int
        Index of the voice's strip.
    gain : float
        Linear, before the effects.
    fixed_samples : int or None
        Delay from the onset; None plays as soon as the window is full.
    early : bool
        Sound starts at detection and takes its values when the window is full.
    when : When
        Which strikes it takes.
    chokes : tuple of int
        Strips whose voices fade where its sound starts.
    notes : VoiceNotes or None
        Gives each sound its note; None: the pitch is the preset's.
    moved : tuple of (RunningEffect, slice)
        Effects of the strip that the strike moves, and where their values stand among its own, behind the voice's.
    """

    strip: int
    gain: float
    fixed_samples: int | None = None
    early: bool = False
    when: When = EVERY_STROKE
    chokes: tuple[int, ...] = ()
    notes: VoiceNotes | None = None
    moved: tuple[tuple[RunningEffect, slice], ...] = ()


@dataclass(slots=True)
class DrumChain:
    """One mapping of a drum: the drum's input channel, and the built-in voices that play the mapping's strikes."""

    channel: int
    mapping: DrumMapping
    plays: tuple[VoicePlay, ...]


@dataclass(frozen=True, slots=True)
class _EarlySound:
    """What a voice plays of a stroke whose hit is not known yet; ``note`` holds for the hit, too. -1: none."""

    play: VoicePlay
    sound: int
    values: NDArray[np.float64]
    note: int


@dataclass(frozen=True, slots=True)
class _Announced:
    """A stroke that waits for its hit: what is told if none comes, and what sounds of it meanwhile."""

    dismissed: Dismissed
    sounds: list[_EarlySound]


class Engine:
    """Ears, mappings and strips over one stream.

    Parameters
    ----------
    analyzer : Analyzer
        Ears of all input channels.
    drums : list of DrumChain
        Every mapping that is played; a hit plays all of its channel. Each ``mapping`` may be replaced while playing.
    strips : list of Strip
        The built-in voices; ``VoicePlay.strip`` counts them.
    input_gain : float
        Linear, before the ears and the dry signal.
    bus : callable, optional
        Makes the effects of the sum.
    bus_gain : float
        Linear, after them.

    Attributes
    ----------
    outbox : SimpleQueue of Event
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
        drums: list[DrumChain],
        strips: list[Strip],
        input_gain: float = 1.0,
        bus: Bus | None = None,
        bus_gain: float = 1.0,
    ) -> None:
        channels = len(analyzer.latency_samples)
        self.analyzer = analyzer
        self.drums = drums
        self.strips = strips
        self.mixer = Mixer(strips, LARGEST_BLOCK, bus, bus_gain) if bus else Mixer(strips, LARGEST_BLOCK)
        self.outbox: SimpleQueue[Event] = SimpleQueue()
        self.sample = 0
        self.late = 0
        self.end = math.inf
        self.enabled = True
        self._input_gain = np.float32(input_gain)
        self._drums_of = [[drum for drum in drums if drum.channel == channel] for channel in range(channels)]
        self._input = np.zeros((LARGEST_BLOCK, channels), dtype=np.float32)
        self._announced: list[_Announced] = []
        self._silence_asked = False

    def reset(self) -> None:
        """Return to the state before the first sample."""
        self.analyzer.reset()
        for strip in self.strips:
            strip.reset()
        self.mixer.reset()
        for notes in (play.notes for drum in self.drums for play in drum.plays if play.notes is not None):
            notes.reset()
        while not self.outbox.empty():
            self.outbox.get_nowait()
        self._announced.clear()
        self.sample = 0
        self.late = 0

    def begin(self, beginning: NDArray[np.float32]) -> None:
        """Prepare for a recording: as `bridge.ear.analyzer.Analyzer.begin`, but before the input's gain."""
        self.analyzer.begin(beginning * self._input_gain)

    def skip(self, samples: int) -> None:
        """Know that so many samples of input were lost before the next block. Audio thread."""
        self.analyzer.skip(samples)
        self.sample += samples

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Hear a block and play one.

        Parameters
        ----------
        block : (n, channels) float32
            Input; values that are not finite are heard as silence and counted by the analyzer.
        out : (n, m) float32
            Overwritten, within -1..1; ``m`` as for `bridge.engine.strip.Mixer`.
        """
        for start in range(0, len(block), LARGEST_BLOCK):
            self._process_part(block[start : start + LARGEST_BLOCK], out[start : start + LARGEST_BLOCK])

    def silence(self) -> None:
        """Fade every ringing voice and effect out from the next block on (panic); any thread may ask."""
        self._silence_asked = True

    def _process_part(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        count = len(block)
        heard = self._input[:count]
        np.multiply(block[:, : heard.shape[1]], self._input_gain, out=heard)
        if self._silence_asked:
            # Done here because a voice belongs to the thread that renders it.
            self._silence_asked = False
            for one in self._announced:
                one.sounds.clear()
            self.mixer.silence()
        for event in self.analyzer.process(heard):
            self._dismiss(event.ready if isinstance(event, Hit) else event.detected)
            self._play(event)
        self._dismiss(self.sample + count)
        self.mixer.process(heard, out)
        self.sample += count

    def _play(self, event: Onset | Hit) -> None:
        drums = self._drums_of[event.channel]
        if not drums or not self.enabled or event.detected >= self.end:
            return
        if isinstance(event, Onset):
            # By now it is confirmed, or was no stroke.
            known = max(event.onset + self.analyzer.latency_samples[event.channel], event.detected) + 1
            sounds = [sound for drum in drums for sound in self._play_early(drum, event)]
            self.outbox.put(event)
            self._announced.append(_Announced(Dismissed(event.number, event.channel, event.onset, known), sounds))
        else:
            own = [one for one in self._announced if one.dismissed.number == event.number]
            self._announced = [one for one in self._announced if one.dismissed.number != event.number]
            for drum in drums:
                self._strike(drum, event, [sound for one in own for sound in one.sounds])

    def _strike(self, drum: DrumChain, hit: Hit, early: list[_EarlySound]) -> None:
        strike = drum.mapping(hit)
        for play in drum.plays:
            self._trigger(drum, play, strike, early)
        self.outbox.put(strike)

    def _play_early(self, drum: DrumChain, onset: Onset) -> list[_EarlySound]:
        """Start the early voices of a stroke with what its first millisecond tells."""
        plays = [play for play in drum.plays if play.early]
        if not plays:
            return []
        guess = drum.mapping.early(onset)
        sounds = []
        for play in plays:
            start, note = self._start(play, onset.onset, onset.detected), _note(play, guess)
            values = _values(drum, play, note, guess)
            sounds.append(_EarlySound(play, self._sound(play, guess, values, start), values, note))
        return sounds

    def _dismiss(self, until: int) -> None:
        """Tell the targets of each announced stroke that was not confirmed before sample ``until``, and silence it."""
        if not self._announced:
            return
        for one in self._announced:
            known = one.dismissed.known
            if known < until:
                self.outbox.put(one.dismissed)
                for early in one.sounds:
                    voice = self.strips[early.play.strip].voice
                    voice.revise(early.sound, _of_voice(early.play, early.values), known - self.sample, 0.0)
        self._announced = [one for one in self._announced if one.dismissed.known >= until]

    def _trigger(self, drum: DrumChain, play: VoicePlay, strike: Strike, early: list[_EarlySound]) -> None:
        hit = strike.hit
        if not play.early and play.when.takes(strike):
            values = _values(drum, play, _note(play, strike), strike)
            self._sound(play, strike, values, self._start(play, hit.onset, hit.ready))
        for sound in early:
            # By identity: a drum may play one voice twice in the same way.
            if sound.play is play:
                start = self._start(play, hit.onset, hit.ready) - self.sample
                values = _values(drum, play, sound.note, strike)
                self._move_effects(play, values, start)
                self.strips[play.strip].voice.revise(sound.sound, _of_voice(play, values), start, _gain(play, strike))

    def _start(self, play: VoicePlay, onset: int, known: int) -> int:
        """Return the sample at which a play starts: when it is known, or its fixed delay after the onset."""
        if play.fixed_samples is None:
            return known
        if onset + play.fixed_samples < known:
            self.late += 1
        return max(onset + play.fixed_samples, known)

    def _sound(self, play: VoicePlay, strike: Strike, values: NDArray[np.float64], start: int) -> int:
        """Start a sound, and let what it chokes fade from the sample at which it is heard."""
        strip, start = self.strips[play.strip], start - self.sample
        for place in play.chokes:
            choked = self.strips[place]
            choked.voice.choke(start + strip.latency_samples - choked.latency_samples)
        self._move_effects(play, values, start)
        return strip.voice.trigger(_of_voice(play, values), start, _gain(play, strike))

    def _move_effects(self, play: VoicePlay, values: NDArray[np.float64], start: int) -> None:
        """Let a stroke move the effects of its strip from the sample at which it starts."""
        for effect, columns in play.moved:
            effect.set_stroke(values[columns], max(start, 0))


def _note(play: VoicePlay, strike: Strike) -> int:
    """Return the note of the next sound of a play, or -1."""
    return -1 if play.notes is None else play.notes.next_note(strike)


def _values(drum: DrumChain, play: VoicePlay, note: int, strike: Strike) -> NDArray[np.float64]:
    """Return the values of a sound: those of the strike, at the pitch of its note."""
    if play.notes is None:
        return strike.values
    return play.notes.at(note, strike.values, drum.mapping.bundle.preset.values)


def _of_voice(play: VoicePlay, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what of a strike's values is the voice's."""
    return values[: play.moved[0][1].start] if play.moved else values


def _gain(play: VoicePlay, strike: Strike) -> float:
    """Return the linear gain of one strike on one play."""
    return play.gain * math.pow(10.0, strike.gain_db / 20.0)
