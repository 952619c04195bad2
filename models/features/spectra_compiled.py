"""Loudness, centroid and flatness of audio frames, fast: compiled loops around two batched Fourier transforms each way.

Equal to `models.features.spectra.frame_figures` in values and gradients. What makes it fast on a CPU:

* only frames that begin before a stroke has died away are computed; the others' figures are known constants;
* the K-weighted energy of a frame needs no filtering: it is the weighted energy of the spectrum, less what a periodic
  frame's end would ring on into its start. The filter has four states, so that costs eight dot products;
* the Hann window is three neighbouring bins of the plain spectrum, so loudness and flatness share a transform;
* between the transforms each frame is walked through once, in the first-level cache, with vector code.

The kernels hold no GIL, so the strokes of a batch run in threads.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.features.k_weighting import k_weighted
from models.features.spectra import (
    FLATNESS_EPSILON,
    LOUDNESS_EPSILON,
    LOUDNESS_OFFSET_DB,
    MAGNITUDE_FLOOR,
    POWER_FLOOR,
    Frames,
    flat_top,
    k_response,
)
from synth.dsp.compiled import compiled_loosely, inlined

_DB = np.float32(10.0 / np.log(10.0))
_LN2 = np.float32(np.log(2.0))


class Tables:
    """Constants of one layout, float32."""

    def __init__(self, layout: Frames) -> None:
        samples = layout.frame_samples
        self.layout = layout
        self.flat_top = flat_top(samples).astype(np.float32)
        self.bins_hz = layout.bins_hz.astype(np.float32)
        response = np.fft.rfft(_periodic_response(layout))
        twice = np.full(len(response), 2.0)
        twice[[0, -1]] = 1.0
        # Mean square of the filtered frame from the squared bins of the unfiltered one (Parseval).
        self.k_power = (twice * np.abs(response) ** 2 / samples**2).astype(np.float32)
        self.products = torch.from_numpy(np.concatenate(_restart(layout)).astype(np.float32))
        self.silence = _figures_of_silence(layout)


@cache
def _periodic_response(layout: Frames) -> NDArray[np.float64]:
    """Return the response of the K-weighting to an impulse in every period of a frame's length; read only.

    A training makes the tables of its few layouts again and again.
    """
    response = k_response(layout.sample_rate, 64 * layout.frame_samples)
    periodic = np.asarray(response.reshape(-1, layout.frame_samples).sum(0))
    periodic.flags.writeable = False
    return periodic


def _restart(layout: Frames) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (rank, samples) forms p, q: mean square of the restarted filter = of the periodic one + (p x)(q x).

    Filtering as if the frame were periodic adds to each frame the ringing of its own end. The difference of the two
    quadratic forms is symmetric and, as the filter has four states, of rank eight at most: its eigenvectors are the dot
    products that are needed. They are found from the action on the few vectors that span it.
    """
    samples = layout.frame_samples
    ringing = _zero_input_responses(layout)
    spectrum = np.fft.rfft(_periodic_response(layout))
    # periodic(x) = restarted(x) + ringing.T @ states(x); an orthonormal basis of the ringing gives the states.
    # The adjoint of the filter is the filter run backwards.
    basis = np.linalg.qr(ringing.T)[0].T
    crossed = np.stack([np.fft.irfft(np.fft.rfft(row) * spectrum.conj(), n=samples) for row in basis])
    states = crossed - np.stack([k_weighted(row[::-1], layout.sample_rate)[::-1] for row in basis])
    # |periodic - basis.T s|^2 = |periodic|^2 - 2 s . (basis periodic) + |s|^2
    return states / samples, states - 2.0 * crossed


def _zero_input_responses(layout: Frames) -> NDArray[np.float64]:
    """Return what the filter rings on with from each of four independent states, shape (4, samples)."""
    past = np.zeros((4, 4 * layout.frame_samples))
    past[np.arange(4), layout.frame_samples - 1 - 64 * np.arange(4)] = 1.0
    return k_weighted(past, layout.sample_rate)[:, layout.frame_samples : 2 * layout.frame_samples]


def _figures_of_silence(layout: Frames) -> NDArray[np.float32]:
    loudness = LOUDNESS_OFFSET_DB + 10.0 * np.log10(LOUDNESS_EPSILON)
    return np.array([loudness, layout.bins_hz.mean(), 20.0 * np.log10(1.0 + FLATNESS_EPSILON)], np.float32)


class FrameFigures(torch.autograd.Function):
    """`frame_figures` as one step of a graph."""

    @staticmethod
    def forward(ctx: Any, audio: Tensor, lengths: NDArray[np.int64], tables: Tables) -> Tensor:
        """Return (batch, count, 3) figures.

        Parameters
        ----------
        ctx : FunctionCtx
            Keeps what `backward` needs.
        audio, lengths, tables
            As for `frame_figures`.
        """
        layout = tables.layout
        counts = np.array([layout.sounding(int(length)) for length in lengths], dtype=np.int64)
        frames = torch.empty((2, int(counts.sum()), layout.frame_samples))
        _gather(audio.detach().numpy(), counts, layout.hop_samples, tables.flat_top, frames.numpy())
        spectra = torch.fft.rfft(frames)
        products = frames[0] @ tables.products.T
        figures = np.empty((len(frames[0]), 6), np.float32)
        _measure(spectra.numpy(), products.numpy(), tables.k_power, tables.bins_hz, figures)
        ctx.tables, ctx.counts, ctx.samples = tables, counts, audio.shape[1]
        ctx.save_for_backward(spectra, products, torch.from_numpy(figures))
        return torch.from_numpy(_spread(figures, counts, tables))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        """Pull every sounding frame's figures, (batch, count, 3), back to its samples, (batch, n)."""
        spectra, products, figures = ctx.saved_tensors
        tables: Tables = ctx.tables
        slopes = np.concatenate([grads[0][row, :count].numpy() for row, count in enumerate(ctx.counts)])
        pulled = torch.empty_like(spectra)
        _pull(spectra.numpy(), figures.numpy(), slopes, tables.k_power, tables.bins_hz, pulled.numpy())
        frames = torch.fft.irfft(pulled, n=tables.layout.frame_samples, norm="forward")
        turned = products.reshape(-1, 2, products.shape[1] // 2).flip(1).reshape(products.shape)
        scale = torch.from_numpy(slopes[:, 0] * _DB / figures.numpy()[:, 0])
        frames[0].addmm_(turned * scale[:, None], tables.products)
        audio = np.zeros((len(ctx.counts), ctx.samples), np.float32)
        _overlap_add(frames.numpy(), ctx.counts, tables.layout.hop_samples, tables.flat_top, audio)
        return torch.from_numpy(audio), None, None


def frame_figures(audio: Tensor, lengths: NDArray[np.int64], tables: Tables) -> Tensor:
    """Return loudness (LKFS), centroid (Hz) and flatness (dB) of every frame, as `spectra.frame_figures` does.

    Parameters
    ----------
    audio : (batch, n) float32 tensor
    lengths : (batch,) int64
        Samples after which a stroke is silent.
    tables : Tables
        Of the layout.

    Returns
    -------
    (batch, count, 3) float32 tensor
    """
    figures: Tensor = FrameFigures.apply(audio, lengths, tables)  # type: ignore[no-untyped-call]
    return figures


def _spread(figures: NDArray[np.float32], counts: NDArray[np.int64], tables: Tables) -> NDArray[np.float32]:
    """Return every frame's figures in (batch, count, 3), silence where nothing was measured."""
    result = np.empty((len(counts), tables.layout.count, 3), np.float32)
    result[:] = tables.silence
    first = 0
    for row, count in enumerate(counts):
        measured = figures[first : first + count]
        result[row, :count, 0] = LOUDNESS_OFFSET_DB + 10.0 * np.log10(measured[:, 0])
        result[row, :count, 1] = measured[:, 1]
        result[row, :count, 2] = 20.0 * np.log10(measured[:, 4] + FLATNESS_EPSILON)
        first += count
    return result


@compiled_loosely
def _gather(audio: Any, counts: Any, hop: int, window: Any, frames: Any) -> None:
    """Copy the sounding frames of every stroke, as they are and through the flat-top window."""
    samples, size = audio.shape[1], frames.shape[2]
    m = 0
    for row in range(len(counts)):
        for frame in range(counts[row]):
            start = frame * hop
            inside = min(size, samples - start)
            for n in range(inside):
                frames[0, m, n] = audio[row, start + n]
                frames[1, m, n] = audio[row, start + n] * window[n]
            for n in range(inside, size):
                frames[0, m, n] = 0.0
                frames[1, m, n] = 0.0
            m += 1


@compiled_loosely
def _overlap_add(frames: Any, counts: Any, hop: int, window: Any, audio: Any) -> None:
    """Add the gradients of all frames back to the samples that they came from: the adjoint of `_gather`."""
    samples, size = audio.shape[1], frames.shape[2]
    m = 0
    for row in range(len(counts)):
        for frame in range(counts[row]):
            start = frame * hop
            for n in range(min(size, samples - start)):
                audio[row, start + n] += frames[0, m, n] + frames[1, m, n] * window[n]
            m += 1


@inlined
def _log_parts(bits: Any, above_one: Any) -> Any:
    """Return (exponent, log of the mantissa) of a float32 from its bits; series of the inverse hyperbolic tangent.

    ``above_one`` is the mantissa less one, given where it is known more exactly than the bits say.
    """
    exponent = np.float32((bits >> np.int32(23)) - np.int32(127))
    s = above_one / (above_one + np.float32(2.0))
    q = s * s
    series = np.float32(1 / 9) + q * np.float32(1 / 11)
    series = np.float32(1 / 5) + q * (np.float32(1 / 7) + q * series)
    series = np.float32(1.0) + q * (np.float32(1 / 3) + q * series)
    return exponent, np.float32(2.0) * s * series


@compiled_loosely
def _measure(spectra: Any, products: Any, k_power: Any, bins_hz: Any, figures: Any) -> None:
    """Fill rows of (mean square, centroid, weight sum, mean power, flatness ratio, 0) per frame."""
    bins, rank = spectra.shape[2], products.shape[1] // 2
    power = np.empty(bins, np.float32)
    above_one = np.empty(bins, np.float32)
    power_bits = power.view(np.int32)
    mantissa_bits = above_one.view(np.int32)
    for m in range(spectra.shape[1]):
        plain, topped = spectra[0, m].view(np.float32), spectra[1, m].view(np.float32)
        mean_square = np.float32(0.0)
        for k in range(bins):
            mean_square += k_power[k] * (plain[2 * k] * plain[2 * k] + plain[2 * k + 1] * plain[2 * k + 1])
        for r in range(rank):
            mean_square += products[m, r] * products[m, rank + r]
        figures[m, 0] = max(mean_square, np.float32(0.0)) + np.float32(LOUDNESS_EPSILON)

        for k in range(bins):
            p = topped[2 * k] * topped[2 * k] + topped[2 * k + 1] * topped[2 * k + 1]
            power[k] = np.float32(1.0) + np.sqrt(max(p, np.float32(MAGNITUDE_FLOOR * MAGNITUDE_FLOOR)))
        for k in range(bins):
            mantissa_bits[k] = (power_bits[k] & np.int32(0x7FFFFF)) | np.int32(0x3F800000)
        total, moment = np.float32(0.0), np.float32(0.0)
        for k in range(bins):
            exponent, log_mantissa = _log_parts(power_bits[k], above_one[k] - np.float32(1.0))
            weight = exponent * _LN2 + log_mantissa
            total += weight
            moment += weight * bins_hz[k]
        figures[m, 1] = moment / total
        figures[m, 2] = total

        _hann_power(plain, power)
        mean = np.float32(0.0)
        for k in range(bins):
            mantissa_bits[k] = (power_bits[k] & np.int32(0x7FFFFF)) | np.int32(0x3F800000)
            mean += power[k]
        exponents, logs = np.float32(0.0), np.float32(0.0)
        for k in range(bins):
            exponent, log_mantissa = _log_parts(power_bits[k], above_one[k] - np.float32(1.0))
            exponents += exponent
            logs += log_mantissa
        mean /= np.float32(bins)
        figures[m, 3] = mean
        figures[m, 4] = np.exp((np.float64(exponents) * np.log(2.0) + logs) / bins - np.log(np.float64(mean)))


@inlined
def _hann_bin(plain: Any, k: int) -> Any:
    """Return one inner bin as the Hann window would show it."""
    quarter, half = np.float32(0.25), np.float32(0.5)
    real = half * plain[2 * k] - quarter * (plain[2 * k - 2] + plain[2 * k + 2])
    imag = half * plain[2 * k + 1] - quarter * (plain[2 * k - 1] + plain[2 * k + 3])
    return real, imag


@compiled_loosely
def _hann_power(plain: Any, power: Any) -> None:
    """Fill the floored power that the Hann window would show; the end bins mirror their neighbours."""
    last = len(power) - 1
    floor, half = np.float32(POWER_FLOOR), np.float32(0.5)
    for k in range(1, last):
        real, imag = _hann_bin(plain, k)
        power[k] = max(real * real + imag * imag, floor)
    first_real = half * (plain[0] - plain[2])
    last_real = half * (plain[2 * last] - plain[2 * last - 2])
    power[0] = max(first_real * first_real, floor)
    power[last] = max(last_real * last_real, floor)


@compiled_loosely
def _pull(spectra: Any, figures: Any, slopes: Any, k_power: Any, bins_hz: Any, pulled: Any) -> None:
    """Fill the gradient on both spectra, weighted so that an unscaled inverse transform gives it on the samples."""
    bins = spectra.shape[2]
    power = np.empty(bins, np.float32)
    hann = np.zeros(2 * bins, np.float32)
    one, half, quarter = np.float32(1.0), np.float32(0.5), np.float32(0.25)
    floor, power_floor = np.float32(MAGNITUDE_FLOOR), np.float32(POWER_FLOOR)
    for m in range(spectra.shape[1]):
        plain, topped = spectra[0, m].view(np.float32), spectra[1, m].view(np.float32)
        to_plain, to_topped = pulled[0, m].view(np.float32), pulled[1, m].view(np.float32)

        centroid, step = figures[m, 1], slopes[m, 1] / figures[m, 2] * half
        for k in range(bins):
            p = topped[2 * k] * topped[2 * k] + topped[2 * k + 1] * topped[2 * k + 1]
            magnitude = np.sqrt(max(p, floor * floor))
            slope = step * (bins_hz[k] - centroid) / (magnitude * (one + magnitude))
            slope = slope if magnitude > floor else np.float32(0.0)
            to_topped[2 * k] = topped[2 * k] * slope
            to_topped[2 * k + 1] = topped[2 * k + 1] * slope
        for k in (0, 1, 2 * bins - 2, 2 * bins - 1):
            to_topped[k] *= np.float32(2.0)

        ratio, mean = figures[m, 4], one / figures[m, 3]
        step = slopes[m, 2] * np.float32(4.0) * _DB / np.float32(bins) * ratio / (ratio + np.float32(FLATNESS_EPSILON))
        _hann_power(plain, power)
        for k in range(1, bins - 1):
            real, imag = _hann_bin(plain, k)
            slope = step * (one / power[k] - mean) if power[k] > power_floor else np.float32(0.0)
            hann[2 * k] = half * slope * real
            hann[2 * k + 1] = half * slope * imag
        last = bins - 1
        slope = step * (one / power[0] - mean) if power[0] > power_floor else np.float32(0.0)
        hann[0] = slope * half * (plain[0] - plain[2])
        slope = step * (one / power[last] - mean) if power[last] > power_floor else np.float32(0.0)
        hann[2 * last] = slope * half * (plain[2 * last] - plain[2 * last - 2])

        # Parseval: d(mean square)/dX_k; k_power holds both of a bin's two halves.
        step = slopes[m, 0] * _DB / figures[m, 0]
        for k in range(1, bins - 1):
            loud = step * k_power[k]
            to_plain[2 * k] = loud * plain[2 * k] + half * hann[2 * k] - quarter * (hann[2 * k - 2] + hann[2 * k + 2])
            to_plain[2 * k + 1] = (
                loud * plain[2 * k + 1] + half * hann[2 * k + 1] - quarter * (hann[2 * k - 1] + hann[2 * k + 3])
            )
        to_plain[0] = np.float32(2.0) * step * k_power[0] * plain[0] + half * hann[0] - half * hann[2]
        to_plain[1] = 0.0
        to_plain[2 * last] = (
            np.float32(2.0) * step * k_power[last] * plain[2 * last] + half * hann[2 * last] - half * hann[2 * last - 2]
        )
        to_plain[2 * last + 1] = 0.0
