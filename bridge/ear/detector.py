"""The streaming onset detector: samples of all channels in, strokes noticed and strokes confirmed out.

This file prepares what the compiled `bridge.ear.kernel` works on. The networks lie in ``ear.npz``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import BANDS, BANDS_HZ, HOPS_PER_S, LOOK_S, RING, WARM_UP_HOPS, hop_energies
from bridge.ear.kernel import CANDIDATE, CLOCK, EVENT, HEARD, WANTED, Event, advance, skip
from bridge.ear.leaks import ECHO, TIMBRE_FEATURES
from bridge.ear.networks import EARLY_FEATURES, VERDICT_FEATURES, Network
from bridge.rig.detector import TIMBRE_SHAPE, DetectorSettings
from synth.dsp.levels import gain

WEIGHTS = Path(__file__).with_name("ear.npz")

NETWORKS = ("early", "second-early", "verdict", "second-verdict", "timbre")
"""Names in the file. A second opinion's answer is added to that of the network it is named after."""

VERDICT_S = 256 / 48_000
"""When a candidate is judged, after its onset: the default window, so that the verdict costs no time of its own."""

LOGIT_SPAN = 8.0
"""How far the two ends of ``sensitivity`` move a threshold of one network's answer apart, in logits."""

OPEN_LOGIT = -0.5
"""The answer of one network above which a candidate opens, at the middle of ``sensitivity``."""

EARLY_LOGIT, EARLY_VOICES = 0.35, 2.0
"""The sum of two answers above which an early note leaves, and how much more ``sensitivity`` moves it."""

VERDICT_LOGIT, VERDICT_VOICES = -0.4, 1.5
"""The same of the verdict; its second opinion counts half, which is written into the file."""

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
    """Return each of `NETWORKS`."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    return {name: Network(*(arrays[f"{name}.{index}"] for index in range(6))) for name in NETWORKS}


def as_ring(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a whole (samples,) recording as the (1, power of two) ring that the kernel reads."""
    size = 1 << int(np.ceil(np.log2(len(signal) + 1)))
    return np.pad(signal.astype(np.float32), (0, size - len(signal)))[None]


def band_energies(signal: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return what the bands of a whole (samples,) recording hold, (bands, hops) mean squares.

    As the detector computes them, without what it adds under the loudest hop (`bridge.ear.bands.UNHEARD`).
    """
    energies = np.zeros((BANDS, len(signal) * HOPS_PER_S // sample_rate))
    hop_energies(as_ring(signal), band_sections(sample_rate), sample_rate, energies)
    return energies


def energies_around(energies: NDArray[np.float64], hop: int) -> NDArray[np.float64]:
    """Return the (BANDS, RING) energies about a hop of a recording, which is `RING` // 2 there; its ends go on."""
    hops = np.clip(np.arange(hop - RING // 2, hop + RING // 2), 0, energies.shape[1] - 1)
    return np.ascontiguousarray(energies[:, hops])


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
        self._sample_rate, self._windows_samples = sample_rate, tuple(windows_samples)
        look, nets, (channel_record, shared_record) = LOOK_S.samples(sample_rate), load_networks(), _records()
        self.look_back_samples = int(sum(look)) + round(VERDICT_S * sample_rate)
        self._channels, self._shared = np.zeros(len(channels), channel_record), np.zeros(1, shared_record)
        for channel, settings in enumerate(channels):
            self.tune(channel, settings)
            self._channels["learned"][channel] = len(settings.timbre) > 0
            timbre = timbre_layers(settings.timbre) if settings.timbre else nets["timbre"]
            _fill(self._channels["timbre"][channel], timbre)
        self._shared["rate"], self._shared["look"] = sample_rate, look
        self._shared["sections"] = band_sections(sample_rate)
        for name in NETWORKS[:4]:
            self._shared[name.replace("-", "_")] = nets[name]
        self._energy = np.zeros((len(channels), BANDS, RING))
        self._leaks = np.array([_leaks(one, channels) for one in channels])
        self._scratch = np.zeros((2, int(sum(look))))
        self._events = np.zeros(_MOST_EVENTS_PER_CHANNEL * len(channels), EVENT)
        self._state = self._energy, self._channels, self._shared, self._leaks, self._scratch, self._events
        self.reset()

    def tune(self, channel: int, settings: DetectorSettings) -> None:
        """Listen to a channel with other settings from the next block on; nothing heard is forgotten."""
        self._channels["wanted"][channel] = _wanted(settings, self._sample_rate, self._windows_samples[channel])

    def reset(self) -> None:
        """Forget everything heard; the next sample is sample 0."""
        self._energy[:] = 0.0
        self._channels["heard"] = np.zeros((), HEARD)
        self._shared["clock"] = np.zeros((), CLOCK)
        self._shown_hops = 0

    @property
    def warm(self) -> bool:
        """Whether it knows by now what was there when it began."""
        return bool(self._shared["clock"]["hops"][0] >= WARM_UP_HOPS)

    def new_logits(self) -> NDArray[np.float64]:
        """Return the first network's answers since the last call: (channels, hops), at most `RING` of them."""
        hops = int(self._shared["clock"]["hops"][0])
        first = max(self._shown_hops, hops - RING)
        self._shown_hops = hops
        return np.asarray(self._channels["heard"]["logits"][:, np.arange(first, hops) % RING])

    def process(self, ring: NDArray[np.float32], count: int) -> list[Event]:
        """Hear the next ``count`` samples of the (channels, power of two) ring; return what was noticed, in time order.

        The ring holds stream sample ``n`` at ``n % size``, and at least ``look_back_samples`` before the new ones.
        """
        return self._taken(advance(ring, count, *self._state))

    def skip(self, ring: NDArray[np.float32], count: int, following: NDArray[np.float32]) -> list[Event]:
        """Pass over ``count`` samples that were lost before ``following``, (channels,), the next of each channel.

        The ring is left as it is: `bridge.ear.kernel.bridge_loss` writes it.
        """
        return self._taken(skip(ring, count, following, *self._state))

    def begin(self) -> None:
        """Let strokes count from here: what was heard so far is only what sounded before."""
        self._channels["heard"]["candidate"] = np.zeros((), CANDIDATE)
        self._channels["heard"]["known"] = 0.0
        clock = self._shared["clock"]
        clock["strokes"], clock["first"] = 0, clock["samples"]
        self._shown_hops = int(clock["hops"][0])

    def _taken(self, found: int) -> list[Event]:
        return [Event(*row) for row in self._events[:found].tolist()] if found else []


@cache
def _records() -> tuple[np.dtype[np.void], np.dtype[np.void]]:
    """Return what is kept of a channel, and for all of them, as `bridge.ear.kernel.Ear` says.

    Made once: numba knows an array at once by the very object of its type.
    """
    loaded = load_networks()
    nets = {name.replace("-", "_"): np.dtype(_layers(net)) for name, net in loaded.items()}
    channel = [("wanted", WANTED), ("learned", np.bool_), ("timbre", nets.pop("timbre")), ("heard", HEARD)]
    shared = [
        ("rate", np.int64),
        ("clock", CLOCK),
        ("look", [(name, np.int64) for name in LOOK_S._fields]),
        ("sections", np.float64, (BANDS, 2, 5)),
        ("work", np.float64, (4, BANDS)),
        *nets.items(),
        ("early_features", np.float32, EARLY_FEATURES),
        ("verdict_features", np.float32, VERDICT_FEATURES),
        ("timbre_features", np.float32, TIMBRE_FEATURES),
        ("hidden", np.float32, (2, max(len(net.first_offset) for net in loaded.values()))),
    ]
    return np.dtype(channel, align=True), np.dtype(shared, align=True)


def _layers(network: Network) -> list[tuple[str, np.dtype[np.float32], tuple[int, ...]]]:
    return [(name, array.dtype, array.shape) for name, array in network._asdict().items()]


def _wanted(settings: DetectorSettings, sample_rate: int, window_samples: int) -> tuple[float, ...]:
    """Return one channel's `WANTED`."""
    shift = (0.5 - settings.sensitivity) * LOGIT_SPAN
    return (
        OPEN_LOGIT + shift,
        EARLY_LOGIT + EARLY_VOICES * shift,
        VERDICT_LOGIT + VERDICT_VOICES * shift,
        settings.leak_rejection + shift,
        gain(settings.floor_db),
        math.ceil(settings.shortest_interval_ms * sample_rate / 1000.0),
        window_samples,
        min(window_samples, round(VERDICT_S * sample_rate)),
    )


def _leaks(here: DetectorSettings, channels: Sequence[DetectorSettings]) -> NDArray[np.float64]:
    """Return how much energy of each channel may arrive here, (channels, bands and one), as `leaked` reads it."""
    learned_db = np.full((len(channels), BANDS), LEAK_DB)
    given = np.reshape(here.leaks_db, (-1, BANDS))[: len(channels)]
    learned_db[: len(given)] = given
    gains_db = np.array([[here.gain_db - other.gain_db] for other in channels])
    echoes = ECHO * 10 ** (gains_db / 10.0) * bool(here.leak_paths)
    return np.concatenate([10 ** (learned_db / 10.0), echoes], axis=1)


def _fill(record: np.void, network: Network) -> None:
    """Write a network into a record of zeros, which may have room for a larger one."""
    for name, part in network._asdict().items():
        record[name][tuple(map(slice, part.shape))] = part


def timbre_layers(numbers: Sequence[float]) -> Network:
    """Return the network that a rig's ``timbre`` list holds, layer by layer."""
    shapes = [shape for inputs, units in pairwise(TIMBRE_SHAPE) for shape in ((inputs, units), (units,))]
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    parts = np.split(np.array(numbers, np.float32), ends[:-1])
    return Network(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))
