"""What a mapping is learned through: a voice of ours, or a device of which only a proxy's figures have a gradient.

Both give what a loss's set of figures measures of some values, so objective, training and judging are the same for
either.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.devices.ways import Through
from models.features.hit import HitFeatures
from models.training.figures import LOUDNESS, columns_of
from models.training.strokes import LOUDNESS_S, start_loudness_db
from synth.dsp.noise import white_noise
from synth.spec import ParamSpace
from synth.voices.presets import Patch
from synth.voices.registry import voice_of

Array = NDArray[np.float64]


class Instrument(Protocol):
    """What plays values, as a loss hears it."""

    @property
    def threads(self) -> bool:
        """Whether parts of a batch may be played in threads."""

    def listen(self, seed: int, stroke: int) -> None:
        """Take another realisation of the noise."""

    def measured(self, unit: Tensor) -> Any:
        """Return what the set of figures measures of (batch, n) values of 0..1, with gradients to them."""

    def reduced(self, measured: Any, mask: Tensor) -> Tensor:
        """Return the (batch, features) figures of what was measured, under masks of the drum's strokes."""


class Maker(Protocol):
    """Makes an `Instrument` for a set of figures: what a person chooses when a mapping is trained."""

    def __call__(self, patch: Patch, features: HitFeatures, sample_rate: int, dtype: torch.dtype) -> Instrument:
        """Return it."""

    def loudness_db(self, unit: Array, patch: Patch, sample_rate: int) -> Array:
        """Return the loudness of the beginning of (n, params) values of 0..1, LKFS."""


class VoiceInstrument:
    """A voice of ours.

    Parameters
    ----------
    patch : Patch
    features : HitFeatures
    sample_rate : int
        Hz.
    dtype : torch.dtype
        Of the audio: float32 to learn, float64 to measure.

    Raises
    ------
    InputError
        There is no voice to learn the patch's synth through, or it has other ranges.
    """

    threads = True

    def __init__(self, patch: Patch, features: HitFeatures, sample_rate: int, dtype: torch.dtype) -> None:
        self._space, self._features, self._rate, self._dtype = patch.space, features, sample_rate, dtype
        self._voice = voice_of(patch.space).learnable(patch.tables)

    def listen(self, seed: int, stroke: int) -> None:
        """Take another realisation of the noise."""
        noise = white_noise(seed, stroke, self._features.samples)
        self._noise = torch.as_tensor(noise, dtype=self._dtype)[None]

    def measured(self, unit: Tensor) -> Any:
        """Render (batch, n) values and measure them."""
        values: Tensor = self._space.from_unit(unit)
        samples, told = self._features.samples, self._voice.lengths
        ends = told(values, self._rate) if told else np.full(len(values), samples)
        audio = self._voice.render(values.to(self._dtype), self._noise, self._rate, samples)
        return self._features.measure(audio, np.minimum(ends, samples))

    def reduced(self, measured: Any, mask: Tensor) -> Tensor:
        """Reduce as the set of figures does."""
        return self._features.reduce(measured, mask)


class VoiceMaker:
    """Learns through the voice that plays a patch's table: what is done where nothing else is said."""

    def __call__(self, patch: Patch, features: HitFeatures, sample_rate: int, dtype: torch.dtype) -> VoiceInstrument:
        """Return the voice, for a set of figures."""
        return VoiceInstrument(patch, features, sample_rate, dtype)

    def loudness_db(self, unit: Array, patch: Patch, sample_rate: int, seed: int = 0) -> Array:
        """Render the beginning of (n, params) values of 0..1, with the noise of ``seed``, and return its loudness."""
        samples = round(LOUDNESS_S * sample_rate)
        noise = torch.as_tensor(white_noise(seed, 0, samples), dtype=torch.float32)[None]
        values = torch.as_tensor(patch.space.from_unit(unit), dtype=torch.float32)
        with torch.no_grad():
            audio = voice_of(patch.space).learnable(patch.tables).render(values, noise, sample_rate, samples)
        return start_loudness_db(audio.numpy(), sample_rate)


VOICE = VoiceMaker()


class FigureInstrument:
    """A device whose figures are known, by one of the ways to its gradient.

    Parameters
    ----------
    through : Through
        Its device renders (batch, `models.training.figures.WIDTH`) figures.
    features : HitFeatures

    Raises
    ------
    InputError
        The loss compares figures that no proxy knows.
    """

    threads = False

    def __init__(self, through: Through, features: HitFeatures) -> None:
        self._through, self._features = through, features
        self._set, self._columns = columns_of(features)
        self._seed = 0

    def listen(self, seed: int, stroke: int) -> None:
        """Take another realisation of the noise, where the device has one of ours."""
        self._seed = (seed * 1_000_003 + stroke) % 2**32

    def measured(self, unit: Tensor) -> Tensor:
        """Return the figures of (batch, n) values that the way gives."""
        return self._through.learned(unit, None, self._seed)[:, self._columns].float()

    def reduced(self, measured: Tensor, mask: Tensor) -> Tensor:
        """Reduce as the set of figures does."""
        return self._set.reduced(self._features, measured, mask)


class FigureMaker:
    """Learns through a device.

    Parameters
    ----------
    through : Through
    loudness : Through, optional
        What tells the loudness of many settings, where the synth itself would take too long.
    """

    def __init__(self, through: Through, loudness: Through | None = None) -> None:
        self.through = through
        self._loudness = loudness or through

    def __call__(self, patch: Patch, features: HitFeatures, sample_rate: int, dtype: torch.dtype) -> FigureInstrument:
        """Return the device, for a set of figures."""
        return FigureInstrument(self.through, features)

    def loudness_db(self, unit: Array, patch: Patch, sample_rate: int) -> Array:
        """Return the loudness that the way to the gradient gives."""
        with torch.no_grad():
            figures = self._loudness.learned(torch.from_numpy(unit), None)
        return np.asarray(figures[:, LOUDNESS].double().numpy())


def steps_taken(space: ParamSpace, unit: Tensor) -> Tensor:
    """Return (batch, n) values of 0..1 on the steps that a synth takes, with the gradient of what they were."""
    if not any(param.steps for param in space):
        return unit
    taken = torch.from_numpy(space.realised(unit.detach().numpy()))
    stepped: Tensor = unit + (taken - unit.detach())
    return stepped
