"""A synth is played in real time through a MIDI or OSC port and heard through an audio input.

No message has a stamp here, so a note is heard some milliseconds after it was sent, and not always as many. The delay
is measured with a sound that begins at once (`Strikes`), its median is taken off every take, and a take whose onset is
off by no more than the delay was seen to vary is moved by that (`Alignment`). A larger difference is the sound's own
attack where a second take agrees; else one of both notes was late.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.alignment import Alignment
from bridge.sampling.engine import EngineError, Takes, Way
from bridge.sampling.live_process import LONGEST_DELAY_S, LiveProcess, places_of
from bridge.sampling.live_requests import Echo, Heard, Listen, Refused, Request, Send, Stroke
from bridge.sampling.measure import (
    QUIETEST,
    STRIKES,
    Noise,
    Strikes,
    hottest,
    is_silent,
    measure_loop,
    measure_noise,
    measure_notes,
    require_heard,
)
from bridge.sampling.note_messages import NoteMessages
from bridge.sampling.synth import Note, SampledSynth
from bridge.sampling.timing import Timing, timing_of
from synth.errors import InputError, MissingError

Samples = NDArray[np.float32]

ANSWER_S = 10.0
"""How much longer than what is heard an answer may take."""

AGAIN_S = 1.0
"""How soon what is not there is looked for again."""

STRIKES_AGAIN = 5
"""After a restart the delay may be another one."""

WARM_UPS, DELAY_MARGIN_S = 3, 0.05
"""Notes that are played before delays count: a synth's first ones may differ. No later one is heard later by more."""

SOUNDS_NO_MORE = "{name} sounds no more"

TRIES = 4
"""How often a take is recorded again that lost audio."""


class LiveEngine:
    """Any synth, by a MIDI or OSC port and an audio input.

    Parameters
    ----------
    synth : SampledSynth
    way : Way

    Attributes
    ----------
    timing : Timing, optional
        Of the synth's notes, as measured last; None until then.
    noise : Noise, optional
        Of the input; None until it was measured.
    strikes : Strikes, optional
        Of the synth at its defaults; None until they were measured.
    offsets_s : list of float
        Of each take so far: how far its onset was from where the measured sound would have had it; not a number where
        the sound has none, or one of its own.
    repeats : int
        Takes that were recorded again: audio was lost, or a note came late.

    Raises
    ------
    InputError
        The device or a port is not there, or refuses.
    """

    patience_s = 600.0
    """How long `restart` waits for what was unplugged."""

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._synth = synth
        self._messages = NoteMessages(synth)
        self._places = places_of(synth, way, self._messages)
        self.timing: Timing | None = None
        self.noise: Noise | None = None
        self.strikes: Strikes | None = None
        self.offsets_s: list[float] = []
        self.repeats = 0
        self._delay_s = LONGEST_DELAY_S
        self._alignment: Alignment | None = None
        self._process = self._opened()

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._process.opened.sample_rate

    @property
    def where(self) -> str:
        """The input, as a sentence begins with it."""
        return self._places.jack_audio or f"input {self._places.input} of {self._process.opened.input}"

    def record(self, notes: Sequence[Note]) -> Takes:
        """Return the takes of notes, (n, samples); measures the way first where that has not been done.

        Raises
        ------
        EngineError
            Something has gone, or audio is lost again and again.
        InputError
            No sound comes back, or one that cannot be used.
        """
        noise, strikes = self.measured()
        takes = np.zeros((len(notes), round(self._synth.take_s * self.sample_rate)), np.float32)
        for take, note in zip(takes, notes, strict=True):
            alignment = self._alignment or Alignment.of(strikes.delays, self.sample_rate)
            take[:] = self._take(note, alignment, noise)
        self._heard(Send(self._messages.silence()), 0.0)
        if any(is_silent(take, noise) for take in takes) and is_silent(self.strike(hottest(self._synth)), noise):
            raise EngineError(SOUNDS_NO_MORE.format(name=self._synth.profile.name))
        return takes

    def restart(self) -> None:
        """Wait until everything is there again, and measure it anew at the next take.

        Raises
        ------
        InputError
            It does not come back within `patience_s`.
        """
        self._process.close()
        until_s = time.monotonic() + self.patience_s
        while True:
            try:
                self._process = self._opened()
                break
            except MissingError as error:
                if time.monotonic() > until_s:
                    raise InputError(f"{error}; it was waited for for {self.patience_s:g} s") from None
                time.sleep(AGAIN_S)
        self.noise = self.strikes = None

    def close(self) -> None:
        """End every note and let go."""
        self._process.close()

    def measured(self) -> tuple[Noise, Strikes]:
        """Return what is known of the way, measured where it is not: noise, then delay, level and faults of a note.

        Raises
        ------
        InputError
            The synth is not heard, clips, or is heard by a microphone.
        """
        if self.noise is None or self.strikes is None:
            note = hottest(self._synth)
            self._delay_s = LONGEST_DELAY_S
            self.noise = noise = measure_noise(self)
            first = self._required(measure_notes(self, note, noise, WARM_UPS), noise)
            self._delay_s = float(first.delays.seconds.max()) + DELAY_MARGIN_S
            strikes = STRIKES if self._alignment is None else STRIKES_AGAIN
            self.strikes = self._required(measure_notes(self, note, noise, strikes), noise)
            self.timing = timing_of(self.strikes.delays, noise)
            found = Alignment.of(self.strikes.delays, self.sample_rate)
            # Few strikes tell the delay, and not how far it may differ: that is known from before.
            jitter_s = max(found.jitter_s, self._alignment.jitter_s if self._alignment else 0.0)
            self._alignment = replace(found, jitter_s=jitter_s)
        return self.noise, self.strikes

    def loop(self) -> Timing:
        """Return the delays from the device's outputs back to the input, which a cable connects.

        Raises
        ------
        InputError
            Nothing comes back, by no cable, or not evenly.
        """
        noise = self.noise or measure_noise(self)
        return timing_of(measure_loop(self, noise, self.where), noise)

    def listen(self, seconds: float) -> Samples:
        """Return what is heard while nothing is played."""
        return self._whole(Listen(seconds), seconds)

    def echo(self, sound: Samples, seconds: float) -> Samples:
        """Put a sound out and return what is heard from the sample on at which it left."""
        return self._whole(Echo(sound, seconds), seconds)

    def strike(self, note: Note) -> Samples:
        """Play a note and return what is heard from its moment on."""
        return self._struck(note, self._delay_s, self.noise)

    def _opened(self) -> LiveProcess:
        process = LiveProcess(self._places)
        try:
            self._heard(Send(self._messages.beginning()), 0.0, process)
        except EngineError as error:
            process.close()
            raise MissingError(str(error)) from None
        time.sleep(self._synth.settle_s)
        return process

    def _required(self, heard: Strikes | None, noise: Noise) -> Strikes:
        """Return what was heard; one that has sounded before may be loading its sounds, and be tried again."""
        name = self._synth.profile.name
        if heard is None and self._alignment is not None:
            raise EngineError(SOUNDS_NO_MORE.format(name=name))
        return require_heard(heard, noise, name, self.where)

    def _take(self, note: Note, alignment: Alignment, noise: Noise) -> Samples:
        """Return a take that begins with its note."""
        before = None
        for _ in range(TRIES):
            audio = self._struck(note, alignment.delay_s + DELAY_MARGIN_S, noise)
            offset = alignment.offset_s(audio, noise)
            if not alignment.is_doubtful(offset):
                break
            if alignment.agree(before, offset):
                alignment = self._looked_at_again(alignment, noise)
                offset = alignment.offset_s(audio, noise)
                break
            before = offset
            self.repeats += 1
        self.offsets_s.append(offset if offset is not None and alignment.is_jitter(offset) else np.nan)
        return alignment.take(audio, offset, round(self._synth.take_s * self.sample_rate))

    def _looked_at_again(self, alignment: Alignment, noise: Noise) -> Alignment:
        """Return the alignment with the delay that holds now: Pd's changes when JACK has lost a period."""
        offset = alignment.offset_s(self.strike(hottest(self._synth)), noise)
        if offset is not None and alignment.is_doubtful(offset):
            alignment = replace(alignment, delay_s=alignment.delay_s + offset)
        self._alignment = alignment
        return alignment

    def _struck(self, note: Note, delay_s: float, noise: Noise | None) -> Samples:
        seconds = self._synth.take_s + delay_s
        stroke = Stroke(
            self._messages.values(note),
            self._synth.settle_s,
            self._messages.on(note),
            self._synth.note_s,
            self._messages.off(note),
            seconds,
            delay_s,
            max(noise.peak, QUIETEST) if noise else 0.0,
        )
        return self._whole(stroke, self._synth.settle_s + seconds)

    def _whole(self, request: Request, seconds: float) -> Samples:
        """Return what is heard, asked for again where audio was lost."""
        for _ in range(TRIES):
            heard = self._heard(request, seconds)
            if not heard.lost:
                return heard.audio
            self.repeats += 1
        raise EngineError(f"{self.where} loses audio again and again; close other programs or give JACK longer periods")

    def _heard(self, request: Request, seconds: float, process: LiveProcess | None = None) -> Heard:
        answer = (process or self._process).ask(request, seconds + ANSWER_S)
        if not isinstance(answer, Heard):
            raise EngineError(answer.words if isinstance(answer, Refused) else "an answer is missing")
        return answer
