"""A chain of effects on its way through the engine: in a voice's strip, or in the sum of all.

It begins with one channel or two, and has two from the first effect on that widens. An effect may listen to a drum's
microphone instead of what it changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.effects.effect import NO_KEY
from synth.effects.hops import LOUDEST
from synth.effects.running import RunningEffect

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Insert:
    """One effect of a chain.

    Parameters
    ----------
    effect : RunningEffect
        With as many channels as the chain has from here on.
    channels : int
        How many these are.
    key_channel : int
        Input channel, from 0, that it listens to; -1: none.
    """

    effect: RunningEffect
    channels: int = 1
    key_channel: int = -1


class Inserts:
    """A chain of effects.

    Parameters
    ----------
    chain : tuple of Insert
        In order; may be empty.
    channels : int
        How many the chain is given.
    largest_block : int
        Most samples of a block.
    """

    def __init__(self, chain: tuple[Insert, ...], channels: int, largest_block: int) -> None:
        self.chain = chain
        self._given = channels
        self.channels = max([channels, *(insert.channels for insert in chain)])
        keyed = any(insert.key_channel >= 0 for insert in chain)
        self._key = np.zeros(largest_block if keyed else 0)
        self._whether = np.zeros(len(self._key), dtype=np.bool_)

    @property
    def latency_samples(self) -> int:
        """How much later a sound comes out."""
        return sum(insert.effect.latency_samples for insert in self.chain)

    def reset(self) -> None:
        """Forget what was heard, and every edit."""
        for insert in self.chain:
            insert.effect.reset()

    def silence(self) -> None:
        """Let what rings in the effects fade out; the audio thread."""
        for insert in self.chain:
            insert.effect.silence()

    def process(self, sound: Sound, count: int, heard: NDArray[np.float32], sounded: bool = True) -> bool:
        """Change the first samples of a sound in place; the audio thread.

        Parameters
        ----------
        sound : (channels, at least count) float64, contiguous
            What is given stands in its first rows.
        count : int
            Samples.
        heard : (count, inputs) float32
            The input of these samples.
        sounded : bool
            Whether there may be anything in what is given; otherwise it is zeros.

        Returns
        -------
        bool
            Whether there may be anything in it.
        """
        channels = self._given
        for insert in self.chain:
            if insert.channels > channels:
                np.copyto(sound[1, :count], sound[0, :count])
                channels = insert.channels
            if not sounded and insert.key_channel < 0 and insert.effect.rest(count):
                continue
            key = NO_KEY if insert.key_channel < 0 else self._listen(heard[:, insert.key_channel], count)
            sounded = insert.effect.process(sound[:channels], count, key)
        return sounded

    def _listen(self, heard: NDArray[np.float32], count: int) -> Sound:
        """Return a microphone as an effect takes it: no fault of it is one of the sound."""
        key, bad = self._key[:count], self._whether[:count]
        np.copyto(key, heard)
        np.copyto(key, 0.0, where=np.logical_not(np.isfinite(key, out=bad), out=bad))
        np.clip(key, -LOUDEST, LOUDEST, out=key)
        return key
