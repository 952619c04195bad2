"""The DX7 in memory: the engine of Dexed by the package dexed-py. Door: dexed (extra `sample`; GPL).

It has no state between renders, so takes are the same to the bit in any order. It does not clip: each carrier gives up
to 1.0, and an algorithm has up to six. Note-off falls on its block of 64 samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.sampling.dx7_controls import Dx7Controls
from bridge.sampling.engine import Takes, Way
from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, how_to_install

RATE_HZ = 48_000
"""Near the DX7's own 49 096 Hz. Bands from 60 Hz to 9 kHz of 60 random voices differ from those at that rate by 0.07 dB
and from those at 44.1 kHz by 0.13 dB, but from those at 22.05 kHz by 0.67 dB: takes of different rates do not mix."""

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 16_000, 192_000
"""At 8 kHz the engine is silent."""


class DexedEngine:
    """Plays a DX7; see `Engine`.

    Parameters
    ----------
    synth : SampledSynth
    way : Way
        ``sample_rate`` counts.

    Raises
    ------
    InputError
        The package is not installed, a control names no parameter, or the sample rate is none of the engine's.
    """

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._dexed = _package()
        self._synth = synth
        self._controls = Dx7Controls(synth)
        self.sample_rate = way.sample_rate or RATE_HZ
        if not LOWEST_RATE_HZ <= self.sample_rate <= HIGHEST_RATE_HZ:
            allowed = f"allowed is {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz"
            raise InputError(f"the DX7 of dexed-py does not run at {self.sample_rate} Hz; {allowed}")
        self._engine = self._dexed.DexedSynth(self.sample_rate)

    def record(self, notes: Sequence[Note]) -> Takes:
        """Render notes: (notes, samples); what the engine gives beyond 1.0 stays."""
        samples = round(self._synth.take_s * self.sample_rate)
        takes = np.zeros((len(notes), samples), np.float32)
        for take, note in zip(takes, notes, strict=True):
            # Rendering before a voice is loaded raises, and a voice that is loaded stays: each note loads its own.
            voice = self._controls.voice(note.values)
            self._engine.load_patch(self._dexed.Patch.from_sysex(voice))
            heard = self._engine.render(note.note, note.velocity, self._synth.note_s, self._synth.take_s)
            take[: len(heard)] = heard[:samples]
        return takes

    def restart(self) -> None:
        """Make the engine anew."""
        self._engine = self._dexed.DexedSynth(self.sample_rate)

    def close(self) -> None:
        """Nothing was started."""


def _package() -> Any:
    try:
        import dexed
    except ImportError:
        raise InputError(
            f"a DX7 in memory needs dexed-py, which is not installed; install it with: {how_to_install('sample')}"
        ) from None
    return dexed
