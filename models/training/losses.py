"""The feature difference loss: the synth should move away from its preset as the drum moves away from its reference.

The figures of whole strokes are compared, as differences, feature by feature. `reference` is the published loss: seven
features, mean absolute error in raw units. `balanced` compares the same seven, each over the root of what this drum
does with it, so that decibels do not drown brightness and nothing drowns decibels. `default` is ours: features in units
of what an ear tells apart or of what this drum does with them, whichever is larger; only frames in which the drum is
heard; a mild price on modulation. `models.training.loss_kinds` has them as a table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.features.hit import HitFeatures
from models.training.instruments import Instrument
from models.training.loss_kinds import LossKind
from models.training.strokes import Strokes
from models.training.threads import one_thread_per_call

STROKES_A_BATCH = 64
"""Measured at once, the last batch up to twice as many: 2.2 MB each meanwhile.

More are no faster. Batches that begin at multiples of 8 give the bits of all strokes measured together: the matrix
product inside rounds its last rows differently.
"""

FADE_SAMPLES = 1024
"""Published: a frame ends this long before the next stroke, faded out over as long."""


class DrumDifferences:
    """What the drum does: the difference of every stroke from the reference stroke, in one set of features.

    Parameters
    ----------
    strokes : Strokes
    reference : int
        Row of the reference stroke.
    kind : LossKind
    scale_rows : (k,) int64
        Training strokes: they set the scale of the features.
    dtype : torch.dtype
        float32 to learn, float64 to measure.

    Attributes
    ----------
    wanted : (n, features) tensor of ``dtype``
    typical : (features,) tensor of ``dtype``
        Mean absolute difference of the training strokes.
    units : (features,) tensor of ``dtype``
        Divided by them, features are comparable.
    """

    def __init__(
        self,
        strokes: Strokes,
        reference: int,
        kind: LossKind,
        scale_rows: NDArray[np.int64],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.kind = kind
        self.features: HitFeatures = kind.feature_set(strokes.sample_rate)
        measured = _measured(self.features, strokes, kind.faded, dtype)
        mask = self.features.mask(measured, strokes.ends)
        # Where the reference stroke is over, or another one has begun, nothing can be compared with it.
        self.mask = mask * mask[reference]
        base = expanded(type(measured)(*(part[reference : reference + 1] for part in measured)), len(strokes))
        self.wanted = self.features.reduce(measured, self.mask) - self.features.reduce(base, self.mask)
        self.typical = self.wanted[torch.as_tensor(scale_rows)].abs().mean(0)
        noticeable = torch.tensor([feature.just_noticeable for feature in self.features.table], dtype=dtype)
        self.units = torch.maximum(self.typical, noticeable)
        weights = torch.tensor([kind.weights.get(name, 1.0) for name in self.names], dtype=dtype)
        self._weights = weights / weights.mean()

    def scale(self, done: float = 1.0) -> Tensor:
        """Return (features,) divisors of the errors when ``done`` (0..1) of a run is over.

        One over it is what each feature counts. Its mean in comparable units is one, but for the loss's own weights.
        """
        return self._balanced(done) / self._weights

    def _balanced(self, done: float) -> Tensor:
        if not self.kind.balance:
            return torch.ones_like(self.units)
        balance = self.kind.balance * (min(1.0, done / self.kind.raw_first) if self.kind.raw_first else 1.0)
        scale = self.units**balance
        result: Tensor = scale / (scale / self.units).mean()
        return result

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names."""
        return tuple(feature.name for feature in self.features.table)


class SynthDifferences:
    """What the synth does against its preset, under the masks of the drum's strokes, with one realisation of its noise.

    Parameters
    ----------
    drum : DrumDifferences
    instrument : Instrument
        What plays.
    preset : Tensor
        (1, n) values of 0..1: the unmodulated preset, played with the noise that strokes will be played with.
    """

    def __init__(self, drum: DrumDifferences, instrument: Instrument, preset: Tensor) -> None:
        self._drum, self._instrument = drum, instrument
        with torch.no_grad():
            measured = instrument.measured(preset)
            base = expanded(measured, len(drum.mask))
            self._preset = instrument.reduced(base, drum.mask)

    def reached(self, unit: Tensor, rows: Tensor) -> Tensor:
        """Return (batch, features) differences from the preset.

        Parameters
        ----------
        unit : (batch, n) tensor
            Values of 0..1 for the strokes ``rows``.
        rows : (batch,) int64 tensor
            Of the drum's strokes.
        """
        measured = self._instrument.measured(unit)
        return self._instrument.reduced(measured, self._drum.mask[rows]) - self._preset[rows]

    def loss(self, unit: Tensor, rows: Tensor, softness: float = 0.0, done: float = 1.0) -> Tensor:
        """Return the (batch,) mean error over features, in units of their scales.

        With ``softness`` the corner of the absolute error is rounded over that part of each feature's typical
        difference: features pull in different directions, and steps along gradients get stuck where corners meet.

        Parameters
        ----------
        unit, rows
            As for `reached`.
        softness : float
            At least 0.
        done : float
            How much of the run is over, 0..1: it decides how features are weighed.
        """
        error = self.reached(unit, rows) - self._drum.wanted[rows]
        corner = softness * self._drum.typical
        rounded = (error.square() + corner.square() + 1e-12).sqrt() - corner
        return (rounded / self._drum.scale(done)).mean(-1)


def expanded(measured: Any, count: int) -> Any:
    """Return what was measured of one sound as that of ``count`` of them."""
    if isinstance(measured, Tensor):
        return measured.expand(count, *measured.shape[1:])
    return type(measured)(*(part.expand(count, *part.shape[1:]) for part in measured))


def _measured(features: HitFeatures, strokes: Strokes, faded: bool, dtype: torch.dtype) -> Any:
    """Return what a set measures of all strokes, some of them at a time."""
    parts = []
    edges = STROKES_A_BATCH * np.arange(1, max(len(strokes) // STROKES_A_BATCH, 1))
    # Torch's own threads cut a batch where they like, which moves the last bit: other cores would learn another model.
    with one_thread_per_call():
        for rows in np.split(np.arange(len(strokes)), edges):
            audio = drum_audio(strokes.rows(rows), features.samples, faded).to(dtype)
            parts.append(features.measure(audio, np.full(len(rows), features.samples)))
    return type(parts[0])(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def drum_audio(strokes: Strokes, samples: int, faded: bool) -> Tensor:
    """Return (n, samples) of the strokes, float32; cut and faded before the next stroke if asked.

    Parameters
    ----------
    strokes : Strokes
        n of them.
    samples : int
        Length of the result; silence where a stroke's own audio is shorter.
    faded : bool
        Whether to cut.
    """
    audio = np.zeros((len(strokes), samples), np.float32)
    present = min(samples, strokes.audio.shape[1])
    audio[:, :present] = strokes.audio[:, :present]
    if faded:
        fade = np.cos(0.5 * np.pi * np.arange(FADE_SAMPLES) / FADE_SAMPLES) ** 2
        for row, end in zip(audio, strokes.ends, strict=True):
            if end < samples:
                cut = max(int(end) - FADE_SAMPLES, FADE_SAMPLES)
                row[cut - FADE_SAMPLES : cut] *= fade
                row[cut:] = 0.0
    return torch.from_numpy(audio)
