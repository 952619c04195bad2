"""Figures of whole strokes, batched in torch: what the losses compare. The tables are in `models.features.tables`.

Each set first *measures* a batch of audio, which is the expensive part, then *reduces* what was measured to its
features under a mask of frames that count. So one measurement of the reference stroke serves every stroke's mask.
Called with audio, a set does all three steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.features import spectra, spectra_compiled
from models.features.spectra import Frames
from models.features.tables import HEARING_FEATURES, REFERENCE_FEATURES, HitFeature, hann

Lengths = NDArray[np.int64]


class Measured(NamedTuple):
    """What a set measured of a batch.

    Parameters
    ----------
    short, long : (batch, count, 3) tensor
        Loudness (LKFS), centroid (Hz) and flatness (dB) of short and of long frames.
    whole : (batch,) tensor
        Temporal centroid, ms.
    """

    short: Tensor
    long: Tensor
    whole: Tensor


class HitFeatures(Protocol):
    """A set of figures of whole strokes, made for one sample rate in Hz: what a loss compares.

    A loss of your own compares a class of your own with these members: one file, and a row in
    `models.training.loss_kinds`.
    """

    @property
    def table(self) -> Sequence[HitFeature]:
        """A row for each column of the features, k of them."""

    @property
    def samples(self) -> int:
        """How much of a stroke it measures."""

    def measure(self, audio: Tensor, lengths: Lengths) -> Any:
        """Return a named tuple of tensors, the batch first, of (batch, samples) audio.

        Each stroke is silent from its length on: ``lengths``, (batch,) in samples.
        """

    def reduce(self, measured: Any, mask: Tensor) -> Tensor:
        """Return the (batch, k) features under a mask that `mask` made."""

    def mask(self, measured: Any, ends: Lengths) -> Tensor:
        """Return as 0 and 1 what counts of each stroke; the next one begins at ``ends``, (batch,) in samples."""


def features_of(
    features: HitFeatures, audio: Tensor | NDArray[np.floating], ends: Lengths | Sequence[int] | None
) -> Tensor:
    """Return the (batch, k) features of audio: measured, masked and reduced.

    Parameters
    ----------
    features : HitFeatures
    audio : (batch, n) tensor or array of floats
        From each onset on. What is beyond the set's ``samples`` is left out; shorter audio is followed by silence.
    ends : (batch,) int64, optional
        Samples until the next stroke; by default no other one follows.

    Raises
    ------
    ValueError
        Audio or ends of another shape, or audio that holds no floats.
    """
    sound = torch.as_tensor(audio)
    if sound.ndim != 2 or not sound.is_floating_point():
        kind = str(sound.dtype).removeprefix("torch.")
        raise ValueError(f"audio is {tuple(sound.shape)} of {kind}; needed is (strokes, samples) of floats")
    stops = np.full(len(sound), features.samples) if ends is None else np.asarray(ends, dtype=np.int64)
    if stops.shape != (len(sound),):
        raise ValueError(f"ends is {stops.shape}; needed is ({len(sound)},), one for each stroke")
    sound = torch.nn.functional.pad(sound[:, : features.samples], (0, max(features.samples - sound.shape[1], 0)))
    measured = features.measure(sound, np.full(len(sound), features.samples))
    return features.reduce(measured, features.mask(measured, stops))


class FrameMeter:
    """Figures of the frames of one layout: compiled where that works, plain torch elsewhere."""

    def __init__(self, layout: Frames) -> None:
        self.layout = layout
        self._tables = spectra_compiled.Tables(layout)

    def __call__(self, audio: Tensor, lengths: Lengths) -> Tensor:
        """Return the (batch, count, 3) figures of (batch, n) audio that is silent from ``lengths``, (batch,), on."""
        if audio.dtype == torch.float32 and audio.device.type == "cpu":
            return spectra_compiled.frame_figures(audio, lengths, self._tables)
        return spectra.frame_figures(audio, self.layout)


class ReferenceFeatures:
    """The seven figures of the published system, silence and frame means as there.

    Its filters clip at full scale, ours do not; everything else is as published (Shier, Saitis, Robertson and
    McPherson, "Real-time Timbre Remapping with Differentiable DSP", NIME 2024). Frames are 2048 samples at any rate, as
    there; the temporal centroid looks at 125 ms.
    """

    table = REFERENCE_FEATURES
    transient_frames = 2

    def __init__(self, sample_rate: int) -> None:
        layout = Frames(sample_rate, frame_samples=2048, hop_samples=512, count=66)
        self._meter = FrameMeter(layout)
        self.samples = layout.samples
        self._temporal_centroid_ms = TemporalCentroid(sample_rate)

    def __call__(self, audio: Tensor | NDArray[np.floating], ends: Lengths | Sequence[int] | None = None) -> Tensor:
        """Return the (batch, 7) features of (batch, n) audio from onsets on; see `features_of`."""
        return features_of(self, audio, ends)

    def measure(self, audio: Tensor, lengths: Lengths) -> Measured:
        """Measure (batch, samples) audio that is silent from ``lengths``, (batch,) in samples, on."""
        figures = self._meter(audio, lengths)
        return Measured(figures, figures, self._temporal_centroid_ms(audio))

    def reduce(self, measured: Measured, mask: Tensor) -> Tensor:
        """Return (batch, 7) features; the mask counts nothing here: silence and cuts are part of the definition."""
        loudness, centroid_hz, flatness = measured.long.unbind(-1)
        centroid = 21.2985 - 34.61 * centroid_hz ** (-0.1621)
        columns = []
        for figure in (loudness, centroid, flatness):
            columns += [figure[:, : self.transient_frames].mean(-1), figure[:, self.transient_frames :].mean(-1)]
        columns.append(0.03 * measured.whole**1.864)
        return torch.stack(columns, dim=-1)

    def mask(self, measured: Measured, ends: Lengths) -> Tensor:
        """Return ones, (batch, 66, 2)."""
        return torch.ones_like(measured.long[..., :2])


class TemporalCentroid:
    """Mean time in ms of the energy of the first 125 ms, smoothed by a Hann window of 2048 samples.

    Smoothing and averaging are linear in the squared samples: each adds known amounts to the moment and to the mass.
    """

    def __init__(self, sample_rate: int) -> None:
        samples = int(0.125 * sample_rate)
        smoothing = hann(2048)
        times_ms = np.arange(samples) * (1000.0 / sample_rate)
        self._moment_ms = torch.from_numpy(np.convolve(times_ms, smoothing)[1024 : 1024 + samples])
        self._mass = torch.from_numpy(np.convolve(np.ones(samples), smoothing)[1024 : 1024 + samples])

    def __call__(self, audio: Tensor) -> Tensor:
        """Return (batch,) ms of (batch, n) audio; n covers at least 125 ms."""
        squared = audio[:, : len(self._mass)].square()
        mass = squared @ self._mass.to(squared)
        return (squared @ self._moment_ms.to(squared)) / (mass + 1e-12) + 1e-3


class HearingFeatures:
    """Our figures: an attack of 11 ms, a body of 64 ms and a tail, in units an ear can compare."""

    table = HEARING_FEATURES
    body_frames = 2
    floor_db = -70.0

    def __init__(self, sample_rate: int) -> None:
        self._attack = FrameMeter(Frames(sample_rate, _even(sample_rate, 0.0107), _even(sample_rate, 0.0107), 1))
        layout = Frames(sample_rate, _even(sample_rate, 0.0427), _even(sample_rate, 0.0213), 24)
        self._frames = FrameMeter(layout)
        self.samples = layout.samples
        self._times_s = torch.arange(layout.count) * (layout.hop_samples / sample_rate) + 0.01
        self._temporal_centroid_ms = TemporalCentroid(sample_rate)

    def __call__(self, audio: Tensor | NDArray[np.floating], ends: Lengths | Sequence[int] | None = None) -> Tensor:
        """Return the (batch, 11) features of (batch, n) audio from onsets on; see `features_of`."""
        return features_of(self, audio, ends)

    def measure(self, audio: Tensor, lengths: Lengths) -> Measured:
        """Measure (batch, samples) audio that is silent from ``lengths``, (batch,) in samples, on."""
        long = self._frames(audio, lengths)
        return Measured(self._attack(audio, lengths), long, self._temporal_centroid_ms(audio))

    def reduce(self, measured: Measured, mask: Tensor) -> Tensor:
        """Return the (batch, 11) features under a (batch, 24, 2) mask."""
        attack = _ear_units(measured.short[:, 0])
        long = _ear_units(measured.long)
        body = long[:, : self.body_frames].mean(1)
        weight = mask[:, self.body_frames :]
        weight = (weight / weight.sum(1, keepdim=True).clamp(min=1.0))[..., (0, 1, 1)]
        tail = (long[:, self.body_frames :] * weight).sum(1)
        columns = [column for part in zip(attack.T, body.T, tail.T, strict=True) for column in part]
        punch = measured.whole.log2()
        return torch.stack([*columns, punch, self._decay(measured.long[..., 0], mask[..., 0])], dim=-1)

    def mask(self, measured: Measured, ends: Lengths) -> Tensor:
        """Return which long frames of drum strokes count, for level and for colour, as 0 and 1: (batch, 24, 2).

        They are those that end before the next stroke, which begins at ``ends``, (batch,) in samples; for colour only
        those in which the drum is heard. The body always counts. Level counts where the drum is silent too: a synth
        that rings on there must be told.
        """
        layout = self._frames.layout
        stops = torch.arange(layout.count) * layout.hop_samples + layout.frame_samples
        free = stops[None, :] <= torch.as_tensor(ends)[:, None]
        heard = free & (measured.long[..., 0] > self.floor_db)
        mask = torch.stack([free, heard], dim=-1).to(measured.long.dtype)
        mask[:, : self.body_frames] = 1.0
        return mask

    def _decay(self, loudness: Tensor, mask: Tensor) -> Tensor:
        amplitude = mask * 10.0 ** (loudness / 20.0)
        times = self._times_s.to(amplitude)
        return torch.log2((amplitude @ times) / amplitude.sum(-1))


def _ear_units(figures: Tensor) -> Tensor:
    loudness, centroid_hz, flatness = figures.unbind(-1)
    return torch.stack([loudness.clamp(min=HearingFeatures.floor_db), centroid_hz.log2(), flatness], dim=-1)


def _even(sample_rate: int, seconds: float) -> int:
    return 2 * round(seconds * sample_rate / 2)
