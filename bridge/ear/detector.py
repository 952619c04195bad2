"""The streaming onset detector: samples of all channels in, strokes noticed and strokes confirmed out.

Sits first in the chain. `bridge.ear.kernel` says how it hears; its networks lie in ``ear.npz``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import BANDS, BANDS_HZ, HOPS_PER_S, RING, hop_energies
from bridge.ear.kernel import advance
from bridge.ear.leaks import ECHO, TIMBRE_FEATURES, TIMBRE_STATE
from bridge.ear.networks import EARLY_FEATURES, VERDICT_FEATURES
from bridge.rig.detector import TIMBRE_SHAPE, DetectorSettings

__all__ = ["Detector", "DetectorSettings", "band_sections", "load_networks"]

Network = tuple[NDArray[np.float32], ...]

WEIGHTS = Path(__file__).with_name("ear.npz")

NETWORKS = ("early", "second-early", "verdict", "second-verdict", "timbre")
"""Names in the file. A second opinion's answer is added to that of the network it is named after."""

VERDICT_S = 256 / 48_000
"""When a candidate is judged, after its onset: the default window, so that the verdict costs no time of its own."""

LOOK_S = (0.006, 0.005, 0.005, 0.00004, 0.00015)
"""For the start of a stroke: filter run-in, what is surely before it, where it is sought, in what steps, and how much
earlier than where it shows it is taken to be."""

LOGIT_SPAN = 8.0
"""How far the two ends of ``sensitivity`` move the thresholds apart, in logits."""

OPEN_LOGIT, EARLY_LOGIT, VERDICT_LOGIT = -0.5, 0.35, -0.4
"""The first asks one network, the others two: the sum of their answers."""

EARLY_VOICES, VERDICT_VOICES = 2.0, 1.5
"""How many logits the sums move for one of each network: the second verdict is written into the file by half."""

LEAK_DB = -8.0
"""How much of a drum another drum's microphone is taken to hear before `calibrate` has measured it."""

_MOST_EVENTS_PER_CHANNEL = 64


def band_sections(sample_rate: int) -> NDArray[np.float64]:
    """Return the band filters as (bands, 2, 5): a high-pass and a low-pass section each, b0 b1 b2 a1 a2."""
    edges = [(low_hz, min(high_hz, 0.45 * sample_rate)) for low_hz, high_hz in BANDS_HZ]
    return np.array([[_section(low, sample_rate, 1), _section(high, sample_rate, -1)] for low, high in edges])


def _section(edge_hz: float, sample_rate: int, side: int) -> list[float]:
    """Return a second-order Butterworth section by the bilinear transform; ``side`` 1 passes highs, -1 lows."""
    k = math.tan(math.pi * edge_hz / sample_rate)
    norm = 1.0 / (1.0 + math.sqrt(2.0) * k + k * k)
    gain = norm if side > 0 else k * k * norm
    return [gain, -2.0 * side * gain, gain, 2.0 * (k * k - 1.0) * norm, (1.0 - math.sqrt(2.0) * k + k * k) * norm]


def load_networks(path: Path = WEIGHTS) -> dict[str, Network]:
    """Return each of `NETWORKS`: weights (inputs, units) and offsets of three layers."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    return {name: tuple(arrays[f"{name}.{index}"] for index in range(6)) for name in NETWORKS}


def band_energies(signal: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return what the bands of a whole (samples,) recording hold, (bands, hops) mean squares.

    As the detector computes them, without what it adds under the loudest hop (`bridge.ear.bands.UNHEARD`).
    """
    ring = np.zeros((1, 1 << int(np.ceil(np.log2(len(signal) + 1)))), np.float32)
    ring[0, : len(signal)] = signal
    energies = np.zeros((BANDS, len(signal) * HOPS_PER_S // sample_rate))
    hop_energies(ring, band_sections(sample_rate), sample_rate, energies)
    return energies


class Detector:
    """Find strokes in all channels at once.

    Parameters
    ----------
    sample_rate : int
        Hz.
    channels : sequence of DetectorSettings
        One per input channel; their gain is the caller's work.
    windows_samples : sequence of int
        Per channel: how long after its onset a stroke is ready.
    """

    def __init__(self, sample_rate: int, channels: Sequence[DetectorSettings], windows_samples: Sequence[int]) -> None:
        self.hop_samples = sample_rate / HOPS_PER_S
        self._sample_rate, self._windows_samples = sample_rate, tuple(windows_samples)
        self._settings = np.array(
            [_settings_row(one, sample_rate, window) for one, window in zip(channels, windows_samples, strict=True)]
        )
        look_samples = np.array([max(1, round(seconds * sample_rate)) for seconds in LOOK_S])
        self.look_back_samples = int(look_samples.sum()) + round(VERDICT_S * sample_rate)
        nets = load_networks()
        early, verdict = ((nets[name], nets[f"second-{name}"]) for name in ("early", "verdict"))
        leaks = np.array([_leaks(one, channels) for one in channels])
        learned = np.array([len(one.timbre) > 0 for one in channels])
        timbres = _timbres([one.timbre for one in channels], nets["timbre"])
        self._plan = (band_sections(sample_rate), look_samples, early, verdict, leaks, timbres, learned)
        hidden = np.zeros((2, max(len(net[1]) for net in (*early, *verdict))), np.float32)
        features = np.zeros((3, max(EARLY_FEATURES, VERDICT_FEATURES)), np.float32)
        self._memory = (
            np.zeros((len(channels), BANDS, RING)),
            np.zeros((len(channels), BANDS, RING)),
            np.zeros((len(channels), BANDS + 1)),
            np.zeros((len(channels), BANDS)),
            np.zeros((len(channels), BANDS, 4)),
            np.zeros((len(channels), RING)),
            np.zeros((len(channels), 7), np.int64),
            (features[0, :EARLY_FEATURES], features[1, :VERDICT_FEATURES], features[2, :TIMBRE_FEATURES]),
            hidden,
            np.zeros((2, int(look_samples.sum()))),
            np.zeros((3, BANDS)),
            np.zeros((len(channels), TIMBRE_STATE)),
        )
        self._clock = np.zeros(4, np.int64)
        self._events = np.zeros((_MOST_EVENTS_PER_CHANNEL * len(channels), 9))
        self.reset()

    def tune(self, channel: int, settings: DetectorSettings) -> None:
        """Listen to a channel with other settings from the next block on; nothing heard is forgotten."""
        self._settings[channel] = _settings_row(settings, self._sample_rate, self._windows_samples[channel])

    def reset(self) -> None:
        """Forget everything heard; the next sample is sample 0."""
        for array in self._memory:
            if isinstance(array, np.ndarray):
                array[:] = 0
        self._clock[:] = (0, 0, 0, self._sample_rate)
        self._shown_hops = 0

    def new_logits(self) -> NDArray[np.float64]:
        """Return the first network's answers since the last call: (channels, hops), at most `RING` of them."""
        logits, hops = self._memory[5], int(self._clock[1])
        first = max(self._shown_hops, hops - RING)
        self._shown_hops = hops
        return np.asarray(logits[:, np.arange(first, hops) % RING])

    def process(self, ring: NDArray[np.float32], count: int) -> NDArray[np.float64]:
        """Hear the next ``count`` samples of the (channels, power of two) ring; return event rows in time order.

        The ring holds stream sample ``n`` at ``n % size``, and at least ``look_back_samples`` before the new ones.
        Columns as in `bridge.ear.kernel`; the (events, 9) rows are a view that the next call overwrites.
        """
        found = advance(ring, count, self._settings, self._plan, self._memory, self._clock, self._events)
        return self._events[:found]


def _settings_row(settings: DetectorSettings, sample_rate: int, window_samples: int) -> list[float]:
    """Return one channel's settings in the kernel's units and order."""
    shift = (0.5 - settings.sensitivity) * LOGIT_SPAN
    return [
        OPEN_LOGIT + shift,
        EARLY_LOGIT + EARLY_VOICES * shift,
        VERDICT_LOGIT + VERDICT_VOICES * shift,
        settings.leak_rejection + shift,
        settings.shortest_interval_ms * sample_rate / 1000.0,
        10 ** (settings.floor_db / 20.0),
        window_samples,
        min(window_samples, round(VERDICT_S * sample_rate)),
    ]


def _leaks(here: DetectorSettings, channels: Sequence[DetectorSettings]) -> NDArray[np.float64]:
    """Return how much energy of each channel may arrive here, (channels, bands and one), as `leaked` reads it."""
    learned_db = np.full((len(channels), BANDS), LEAK_DB)
    given = np.reshape(here.leaks_db, (-1, BANDS))[: len(channels)]
    learned_db[: len(given)] = given
    gains_db = np.array([[here.gain_db - other.gain_db] for other in channels])
    echoes = ECHO * 10 ** (gains_db / 10.0) * bool(here.leak_paths)
    return np.concatenate([10 ** (learned_db / 10.0), echoes], axis=1)


def _timbres(learned: Sequence[tuple[float, ...]], shipped: Network) -> Network:
    """Return each channel's network for its timbre: six arrays, (channels, ...), the smaller ones filled with zeros."""
    nets = tuple(np.stack([array] * len(learned)) for array in shipped)
    for channel, numbers in enumerate(learned):
        at = 0
        for index, array in enumerate(nets if numbers else ()):
            inputs, units = TIMBRE_SHAPE[index // 2], TIMBRE_SHAPE[index // 2 + 1]
            shape = (units,) if index % 2 else (inputs, units)
            array[channel] = 0.0
            part = array[channel, :inputs, :units] if index % 2 == 0 else array[channel, :units]
            part[:] = np.reshape(numbers[at : at + int(np.prod(shape))], shape)
            at += int(np.prod(shape))
    return nets
