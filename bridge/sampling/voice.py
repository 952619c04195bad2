"""The built-in voices as synths that are sampled: the measure of what is learned, as their gradients are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.sampling.engine import Takes, Way
from bridge.sampling.synth import Note, SampledSynth
from synth.voices.registry import voice_kind

RATE_HZ = 48_000


class VoiceEngine:
    """Plays a voice in memory. Each note begins with the same noise, so the same setting is the same sound.

    Parameters
    ----------
    synth : SampledSynth
        Of the profile that `bridge.sampling.synth.voice_profile` makes.
    way : Way
        Its sample rate, if it has one.
    """

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._kind = voice_kind(synth.name)
        self._columns = [self._kind.space.index(control.name) for control in synth.controls]
        self.sample_rate = way.sample_rate or RATE_HZ
        self._samples = round(synth.take_s * self.sample_rate)
        self._voice = self._kind.streaming(self.sample_rate)

    def record(self, notes: Sequence[Note]) -> Takes:
        """Return the takes of some notes, (n, samples)."""
        takes = np.zeros((len(notes), self._samples), np.float32)
        for take, note in zip(takes, notes, strict=True):
            values = self._kind.space.defaults
            values[self._columns] = note.values
            sound = np.zeros(self._samples)
            self._voice.reset()
            self._voice.trigger(values)
            self._voice.render(sound)
            take[:] = sound
        return takes

    def restart(self) -> None:
        """Do nothing: a voice does not die."""

    def close(self) -> None:
        """Do nothing."""
