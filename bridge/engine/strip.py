"""From a voice to the outputs: each voice has a strip of its own, and the strips sum to the outputs.

A strip is a voice, its effects, its gain, the drums themselves, and its place on the outputs, in this order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.engine.inserts import Insert, Inserts, Sound
from synth.voices.voice import Voice

CEILING_KNEE = 0.7
"""Output level above which peaks are bent, so that ringing strokes together stay within full scale."""


class Strip:
    """A voice on its way to the outputs.

    Parameters
    ----------
    voice : Voice
        Renders the strip's sound.
    outputs : tuple of float
        Linear gain to each output channel; see `pan_gains`.
    inserts : Inserts, optional
        Its effects, which are given one channel.
    gain : float
        Linear, after the effects.
    dry_gain : float
        Linear level of the drums themselves, which join after the voice's gain.
    dry_channels : tuple of int
        Input channels of the drums that play the voice, from 0.
    sides : tuple of int, optional
        Which channel of a strip of two each output channel hears; see `pan_sides`.
    """

    def __init__(
        self,
        voice: Voice,
        outputs: tuple[float, ...] = (1.0,),
        inserts: Inserts | None = None,
        gain: float = 1.0,
        dry_gain: float = 0.0,
        dry_channels: tuple[int, ...] = (),
        sides: tuple[int, ...] = (),
    ) -> None:
        self.voice, self.outputs, self.gain = voice, outputs, gain
        self.inserts = inserts or Inserts((), 1, 0)
        self.dry_gain, self.dry_channels = dry_gain, dry_channels
        self.sides = sides if sides and self.inserts.channels > 1 else (0,) * len(outputs)

    @property
    def latency_samples(self) -> int:
        """How much later than it was asked for a stroke is heard."""
        return self.voice.latency_samples + self.inserts.latency_samples

    def reset(self) -> None:
        """Forget all strokes and what the effects have heard."""
        self.voice.reset()
        self.inserts.reset()

    def silence(self) -> None:
        """Let what sounds fade out, in the voice and in its effects."""
        self.voice.silence()
        self.inserts.silence()

    def render(self, sound: Sound, count: int, heard: NDArray[np.float32]) -> bool:
        """Overwrite the first samples of ``sound`` with the next ones of the voice, its effects and its gain.

        Parameters
        ----------
        sound : (2, at least count) float64, contiguous
            As many rows as the strip has channels are written.
        count : int
            Samples.
        heard : (count, inputs) float32
            The input of these samples.

        Returns
        -------
        bool
            Whether there may be anything in it.
        """
        wide = sound[: self.inserts.channels, :count]
        wide.fill(0.0)
        sounded = self.voice.render(sound[0, :count])
        if self.inserts.chain:
            sounded = self.inserts.process(sound, count, heard, sounded)
        if sounded and self.gain != 1.0:
            wide *= self.gain
        return sounded


Bus = Callable[[int, int], tuple[Insert, ...]]
"""Makes the effects of the sum, in new objects for each pair of outputs: (channels given, most channels), 1 or 2."""


def _no_bus(channels: int, widest: int) -> tuple[Insert, ...]:
    return ()


class Mixer:
    """Sums strips to outputs. Outputs that carry the same mix share one sum, which is bent where it is too loud.

    Parameters
    ----------
    strips : sequence of Strip
        With the same number of outputs.
    largest_block : int
        Most samples of a block.
    bus : callable, optional
        Makes the effects of the sum.
    bus_gain : float
        Linear, after them.

    Attributes
    ----------
    channels : int
        Outputs that carry a mix of their own: 1 if all carry the same, else all of them.
    clipped : int
        Samples that were beyond full scale, so far; they are bent, and sound distorted.
    buses : tuple of Inserts
        The effects of the sum, for each pair of outputs, or for the one mix.
    """

    def __init__(self, strips: Sequence[Strip], largest_block: int, bus: Bus = _no_bus, bus_gain: float = 1.0) -> None:
        self._strips, self._bus_gain = strips, bus_gain
        columns = list(zip(*(zip(strip.outputs, strip.sides, strict=True) for strip in strips), strict=True)) or [()]
        mixes = list(dict.fromkeys(columns))
        chain = bus(1, 2)
        widens = any(insert.channels > 1 for insert in chain) and len(columns) > 1
        if widens or (chain and len(mixes) > 1):
            mixes, self._mix_of = columns, list(range(len(columns)))  # effects of a pair need both of its mixes
        else:
            self._mix_of = [mixes.index(column) for column in columns]
        self.channels = 1 if len(mixes) == 1 else len(columns)
        self._gains = [[column[i] for column in mixes] for i in range(len(strips))]
        self._mixes = np.zeros((len(mixes), largest_block))
        pairs = [min(2, len(mixes) - first) for first in range(0, len(mixes), 2)] if chain else []
        self.buses = tuple(Inserts(bus(channels, channels), channels, largest_block) for channels in pairs)
        self._peaks = np.zeros(len(mixes))
        self._sounding = [False] * len(mixes)
        self.reset()
        self._sound, self._wide = np.zeros((2, largest_block)), np.zeros(largest_block)
        self._narrow = np.zeros(largest_block, dtype=np.float32)
        self._which = np.zeros(largest_block, dtype=np.bool_)

    def reset(self) -> None:
        """Forget what was too loud, and what the effects of the sum have heard."""
        self._peaks.fill(0.0)
        self.clipped = 0
        for inserts in self.buses:
            inserts.reset()

    def silence(self) -> None:
        """Let what sounds fade out, in strips and in the sum."""
        for strip in self._strips:
            strip.silence()
        for inserts in self.buses:
            inserts.silence()

    def process(self, heard: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Write the outputs.

        Parameters
        ----------
        heard : (n, channels) float32
            The input.
        out : (n, m) float32
            Overwritten. If all outputs carry the same mix, ``m`` may be any number.
        """
        count = len(out)
        self._sum_strips(heard, count)
        for number, inserts in enumerate(self.buses):
            self._process_bus(2 * number, inserts, heard, count)
        out.fill(0.0)
        for index, sounding in enumerate(self._sounding):
            if sounding:
                self._bend(index, count)
        if self.channels == 1 and self._sounding[0]:
            out[:] = self._mixes[0, :count, None]
        elif self.channels > 1:
            for channel, index in enumerate(self._mix_of):
                if self._sounding[index]:
                    out[:, channel] = self._mixes[index, :count]

    def _sum_strips(self, heard: NDArray[np.float32], count: int) -> None:
        """Add what sounds to its mixes; a rig has many voices, and most of them are silent at most times."""
        wide, sounding = self._wide[:count], self._sounding
        for index in range(len(sounding)):
            sounding[index] = False
        for strip, gains in zip(self._strips, self._gains, strict=True):
            sounded = strip.render(self._sound, count, heard)
            if strip.dry_gain:
                self._add_dry(strip, heard, self._sound[: strip.inserts.channels, :count])
            elif not sounded:
                continue
            for index, (gain, side) in enumerate(gains):
                if gain and sounding[index]:
                    mix = self._mixes[index, :count]
                    mix += np.multiply(self._sound[side, :count], gain, out=wide)
                elif gain:
                    np.multiply(self._sound[side, :count], gain, out=self._mixes[index, :count])
                    sounding[index] = True

    def _process_bus(self, first: int, inserts: Inserts, heard: NDArray[np.float32], count: int) -> None:
        """Run the effects of the sum over one mix, or two."""
        last = min(first + inserts.channels, len(self._mixes))
        sounding = False
        for index in range(first, last):
            sounding |= self._sounding[index]
            if not self._sounding[index]:
                self._mixes[index, :count].fill(0.0)
        sounded = inserts.process(self._mixes[first:last], count, heard, sounding)
        if sounded and self._bus_gain != 1.0:
            self._mixes[first:last, :count] *= self._bus_gain
        for index in range(first, last):
            self._sounding[index] = sounded

    def _bend(self, index: int, count: int) -> None:
        peak, clipped = bend_peaks(self._mixes[index, :count], self._wide[:count], self._which[:count])
        self._peaks[index] = max(self._peaks[index], peak)
        self.clipped += clipped

    def take_peaks(self) -> list[float]:
        """Return the highest level of each output since the last call, before its peaks are bent: above 1 it is."""
        peaks = self._peaks.tolist()
        self._peaks.fill(0.0)
        return peaks if self.channels == 1 else [peaks[index] for index in self._mix_of]

    def _add_dry(self, strip: Strip, heard: NDArray[np.float32], sound: Sound) -> None:
        dry, bad, wide = (scratch[: sound.shape[1]] for scratch in (self._narrow, self._which, self._wide))
        for channel in strip.dry_channels:
            np.multiply(heard[:, channel], np.float32(strip.dry_gain), out=dry)
            np.copyto(dry, 0.0, where=np.logical_not(np.isfinite(dry, out=bad), out=bad))
            # Copied first: a sum of two types takes memory for one of them.
            np.copyto(wide, dry)
            sound += wide


def pan_sides(outputs: Sequence[int], channels: int) -> tuple[int, ...]:
    """Return which channel of a strip of two each of ``channels`` outputs hears: 0 is the left.

    Parameters
    ----------
    outputs, channels
        As of `pan_gains`.

    Examples
    --------
    >>> pan_sides((), 4), pan_sides((2, 1), 3)
    ((0, 1, 0, 1), (0, 1, 0))
    """
    sides = dict(zip(outputs or range(channels), (0, 1) * channels, strict=False))
    return tuple(sides.get(channel, 0) for channel in range(channels))


def pan_gains(pan: float, outputs: Sequence[int], channels: int) -> tuple[float, ...]:
    """Return a strip's gain to each of ``channels`` outputs: constant power over each pair, and 1 in the middle.

    Parameters
    ----------
    pan : float
        -1 is the first output of each pair alone, 1 the second.
    outputs : sequence of int
        Those that it plays on, from 0, in pairs; empty: all.
    channels : int
        How many there are.

    Examples
    --------
    >>> pan_gains(0.0, (), 2), pan_gains(-1.0, (2, 3), 4)
    ((1.0, 1.0), (0.0, 0.0, 1.4142135623730951, 0.0))
    """
    sides = math.sqrt(1.0 - pan), math.sqrt(1.0 + pan)
    gains = dict(zip(outputs or range(channels), sides * channels, strict=False))
    return tuple(gains.get(channel, 0.0) for channel in range(channels))


def bend_peaks(mix: Sound, sizes: Sound, over: NDArray[np.bool_]) -> tuple[float, int]:
    """Bend what exceeds `CEILING_KNEE` smoothly towards 1, in place; what lies under it is left to the bit.

    ``sizes`` and ``over``, as long as ``mix``, are overwritten: the audio thread takes no memory.

    Returns
    -------
    peak : float
        The highest level before.
    clipped : int
        Samples that were beyond full scale.
    """
    peak = np.abs(mix, out=sizes).max(initial=0.0)
    if peak <= CEILING_KNEE:
        return peak, 0
    clipped = int(np.count_nonzero(np.greater(sizes, 1.0, out=over)))
    np.greater(sizes, CEILING_KNEE, out=over)
    rest = 1.0 - CEILING_KNEE
    sizes -= CEILING_KNEE
    sizes /= rest
    np.tanh(sizes, out=sizes)
    sizes *= rest
    sizes += CEILING_KNEE
    np.copysign(sizes, mix, out=sizes)
    np.copyto(mix, sizes, where=over)
    return peak, clipped
