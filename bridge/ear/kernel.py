"""The decisions of the ear, compiled: a stroke is noticed, dated, judged, reported.

Per hop and channel: is there a rise at all (`rises`), and if so, how much does the recent past look like the start of a
stroke (`early_features`, first network). Per candidate, when its window is over: was it one (`verdict_features`, second
network), and was it this drum (`leaked`, `timbre_features`, third network). Before a stroke is announced or confirmed,
a second opinion is added: of a network that hears the same and learned on other drums. All of them learned from our own
drummer (``bridge/learning/train_ear.py``, ``bridge/learning/train_timbre.py``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import (
    BANDS,
    DEAF_HOPS,
    OVER_NOISE_4,
    OVER_NOISE_15,
    RING,
    SETTLE_HOPS,
    VERDICT_HOPS,
    WARM_UP_HOPS,
    close_hop,
    end_of,
    filter_samples,
    held_energies,
    hold_hop,
    hop_of,
    rises,
    settle_filters,
    stands_out,
    start_of,
)
from bridge.ear.leaks import TIMBRE_STATE, leaked, timbre_features
from bridge.ear.networks import LOWEST_LOGIT, early_features, logit_of, verdict_features
from synth.dsp.compiled import compiled

NOTICED, CONFIRMED, REJECTED = 0, 1, 2
"""Kinds of event."""


class Event(NamedTuple):
    """What the ear says of a candidate.

    Parameters
    ----------
    kind : int
        `NOTICED`, `CONFIRMED` or `REJECTED`.
    number, channel, onset, detected, ready : int
        As of `bridge.events.Onset` and `bridge.events.Hit`; ``ready`` counts if confirmed.
    peak : float
        Highest sample since the onset.
    logit : float
        How surely it is a stroke; when noticed, of the first network alone.
    timbre : float
        How surely it is this drum, in logits; if confirmed.
    """

    kind: int
    number: int
    channel: int
    onset: int
    detected: int
    ready: int
    peak: float
    logit: float
    timbre: float


def _fields(kind: type, names: str) -> list[tuple[str, type]]:
    return [(name, kind) for name in names.split()]


EVENT = np.dtype([(name, np.float64 if name in ("peak", "logit", "timbre") else np.int64) for name in Event._fields])

WANTED = np.dtype(
    _fields(np.float64, "open_logit early_logit verdict_logit timbre_logit floor")
    + _fields(np.int64, "interval_samples window_samples verdict_samples")
)
"""What a channel's settings ask for: thresholds of the answers, lowest peak; how long no other stroke starts, how long
until a stroke is ready, and until it is judged."""

CANDIDATE = np.dtype(
    _fields(np.int64, "open hop start announced number verdict_at blocked_until next_start next_announced")
)
"""What may be a channel's stroke: whether there is one, the hop that opened it, its first sample, the sample at which
it was announced or -1, its number, the samples at which it is judged and before which no other opens, the first sample
at which another stroke may start, and the first start that may be announced before the verdict."""

HEARD = np.dtype(
    [
        ("candidate", CANDIDATE),
        ("floor", np.float64, (BANDS, RING)),
        ("smooth", np.float64, BANDS + 1),
        ("sums", np.float64, BANDS),
        ("filters", np.float64, (BANDS, 4)),
        ("logits", np.float64, RING),
        ("known", np.float64, TIMBRE_STATE),
        ("held", np.float64, BANDS),
    ]
)
"""What is remembered of a channel: its candidate; noise, smoothed energies and sums of `close_hop`; state of
`filter_samples`; what the first network answered at each hop; what `timbre_features` knows; `held_energies`."""

CLOCK = np.dtype(_fields(np.int64, "samples hops strokes events first resumed"))
"""Samples heard or lost, whole hops among them, strokes announced, events of this call; the first sample at which a
stroke may start; the hop in which sound came back after a loss, or 0."""


class Ear(NamedTuple):
    """All that `advance` reads and writes. It is put together there: to hand it over costs more than its parts.

    Parameters
    ----------
    ring : (channels, size) float32
        Holds stream sample ``n`` at ``n % size``; the size is a power of two.
    energy : (channels, BANDS, RING) float64
        Mean squares; hop ``n`` lies at ``n % RING``.
    channels : (channels,) of records
        ``wanted``, a `WANTED`; ``learned``, whether `calibrate` has learned the drum; ``timbre``, the drum's network;
        ``heard``, a `HEARD`.
    shared : record
        ``rate`` in Hz; ``sections`` of the bands; ``look``, a `Look` in samples; the networks ``early``,
        ``second_early``, ``verdict``, ``second_verdict``; ``clock``, a `CLOCK`; and to be written over: the networks'
        inputs, ``hidden``, ``work``.
    leaks : (channels, channels, BANDS + 1) float64
        As `leaked` reads each row.
    scratch : (2, samples) float64
        For `start_of`.
    events : (most,) of EVENT
        All events of a call must fit.
    """

    ring: NDArray[np.float32]
    energy: NDArray[np.float64]
    channels: NDArray[np.void]
    shared: Any
    leaks: NDArray[np.float64]
    scratch: NDArray[np.float64]
    events: NDArray[np.void]


@compiled
def _peak_since(ring, channel, first, now):  # type: ignore[no-untyped-def]
    highest = 0.0
    for index in range(first, now):
        highest = max(highest, abs(np.float64(ring[channel, index & (ring.shape[1] - 1)])))
    return highest


@compiled
def _report(ear, kind, channel, ready, peak, logit, timbre):  # type: ignore[no-untyped-def]
    """Write an event about a channel's candidate."""
    candidate, clock = ear.channels[channel].heard.candidate, ear.shared.clock
    event = ear.events[clock.events]
    event.kind = kind
    event.number = candidate.number
    event.channel = channel
    event.onset = candidate.start
    event.detected = candidate.announced
    event.ready = ready
    event.peak = peak
    event.logit = logit
    event.timbre = timbre
    clock.events += 1


@compiled
def _announce(ear, channel, now, peak, logit):  # type: ignore[no-untyped-def]
    """Report that a channel's candidate was noticed: an early note may leave."""
    one, clock = ear.channels[channel], ear.shared.clock
    candidate = one.heard.candidate
    candidate.announced = now - 1
    candidate.next_announced = candidate.start + one.wanted.interval_samples
    candidate.number = clock.strokes
    clock.strokes += 1
    _report(ear, NOTICED, channel, 0, peak, logit, 0.0)


@compiled
def _date(ear, channel, now):  # type: ignore[no-untyped-def]
    """Find where a channel's candidate starts, and with it when it is judged; return whether it stays open.

    The start lies up to 5 ms back. Where that is too soon after the last stroke's start, the rise is that stroke's own.
    """
    one = ear.channels[channel]
    candidate = one.heard.candidate
    found = start_of(ear.ring, channel, now, ear.shared.sections, ear.shared.look, ear.scratch)
    candidate.start = max(found, ear.shared.clock.first)
    candidate.verdict_at = max(candidate.start + one.wanted.verdict_samples, now)
    candidate.open = candidate.start >= candidate.next_start
    return candidate.open


@compiled
def _hear_hop(ear, channel, now, hop):  # type: ignore[no-untyped-def]
    """End a hop of one channel: open a candidate, or announce the open one."""
    shared, wanted, heard = ear.shared, ear.channels[channel].wanted, ear.channels[channel].heard
    energy, floor, candidate = ear.energy[channel], heard.floor, heard.candidate
    logit = LOWEST_LOGIT
    if hop >= max(WARM_UP_HOPS, shared.clock.resumed + DEAF_HOPS) and rises(energy, floor, hop):
        early_features(energy, floor, hop, shared.early_features)
        logit = logit_of(shared.early_features, shared.early, shared.hidden)
    heard.logits[hop & (RING - 1)] = logit
    if not candidate.open:
        first_free = max(candidate.blocked_until, candidate.next_start)
        if logit <= wanted.open_logit or end_of(hop - 1, shared.rate) < first_free or not _date(ear, channel, now):
            return
        candidate.hop = hop
        candidate.announced = -1
    first = hop_of(candidate.start, shared.rate)
    if (
        candidate.announced < 0
        and candidate.start >= candidate.next_announced
        and hop >= shared.clock.resumed + SETTLE_HOPS[0]
        and logit > LOWEST_LOGIT
        and logit + logit_of(shared.early_features, shared.second_early, shared.hidden) > wanted.early_logit
        and stands_out(energy, floor, hop - 3, hop, OVER_NOISE_4)
        and not leaked(ear.energy, channel, first, hop, ear.leaks[channel], shared.work)
        and _peak_since(ear.ring, channel, candidate.start, now) >= wanted.floor
    ):
        # Opened on less than this: now more of the stroke is there to tell its start by.
        if hop > candidate.hop and not _date(ear, channel, now):
            return
        _announce(ear, channel, now, _peak_since(ear.ring, channel, candidate.start, now), logit)


@compiled
def _judge(ear, channel, now, hop):  # type: ignore[no-untyped-def]
    """End a channel's candidate: a stroke, or nothing."""
    shared, one = ear.shared, ear.channels[channel]
    wanted, heard, candidate = one.wanted, one.heard, one.heard.candidate
    energy, first = ear.energy[channel], hop_of(candidate.start, shared.rate)
    verdict_features(energy, heard.floor, heard.logits, first, hop, candidate.hop, shared.verdict_features)
    peak = _peak_since(ear.ring, channel, candidate.start, now)
    candidate.open = 0
    candidate.blocked_until = now
    logit = logit_of(shared.verdict_features, shared.verdict, shared.hidden)
    logit += logit_of(shared.verdict_features, shared.second_verdict, shared.hidden)
    if not stands_out(energy, heard.floor, first, min(hop, first + VERDICT_HOPS - 1), OVER_NOISE_15):
        return
    if logit <= wanted.verdict_logit:
        _report(ear, REJECTED, channel, now, peak, logit, 0.0)
        return
    if peak < wanted.floor or leaked(ear.energy, channel, first, hop, ear.leaks[channel], shared.work):
        return
    timbre_features(energy, first, hop, heard.known, one.learned, shared.timbre_features)
    own = logit_of(shared.timbre_features, one.timbre, shared.hidden)
    if own <= wanted.timbre_logit:
        return
    if candidate.announced < 0:
        _announce(ear, channel, now, peak, logit)
    candidate.next_start = candidate.start + wanted.interval_samples
    ready = max(candidate.start + wanted.window_samples, candidate.announced + 1)
    _report(ear, CONFIRMED, channel, ready, peak, logit, own)


@compiled
def _close_hop(ear, channel, hop):  # type: ignore[no-untyped-def]
    """End a hop of one channel; where audio was lost, as if what sounded before had gone on."""
    heard, rate, resumed = ear.channels[channel].heard, ear.shared.rate, ear.shared.clock.resumed
    if resumed > 0 and hop < resumed + SETTLE_HOPS[0]:
        hold_hop(ear.energy[channel], heard.held, heard.smooth, heard.sums, hop, rate, hop - resumed)
    close_hop(ear.energy[channel], heard.floor, heard.smooth, heard.sums, hop, rate)


@compiled
def bridge_loss(ring, before, count, following):  # type: ignore[no-untyped-def]
    """Write a line from the last sample before a loss to the next one where the lost samples would lie in the ring.

    Parameters
    ----------
    ring
        As for `advance`.
    before, count : int
        Samples until the loss, and in it.
    following : (channels,) float32
        The first sample after the loss.
    """
    mask = ring.shape[1] - 1
    for channel in range(len(ring)):
        last = ring[channel, (before - 1) & mask]
        for index in range(max(count - ring.shape[1], 0), count):
            share = np.float32((index + 1) / (count + 1))
            ring[channel, (before + index) & mask] = last + share * (following[channel] - last)


@compiled
def skip(ring, count, following, energy, channels, shared, leaks, scratch, events):  # type: ignore[no-untyped-def]
    """Pass over ``count`` samples that were lost, so that neither they nor the break are heard as a stroke.

    The bands are taken to have held what they held before. The ring is left as it is, for whoever still measures what
    was heard; `bridge_loss` ends the passing.

    Parameters
    ----------
    ring, energy, channels, shared, leaks, scratch, events
        As for `advance`; its events are written, too: a candidate that would be judged within the loss is judged
        at its end, or by what was heard where the bands remember no further back.
    count : int
    following : (channels,) float32
        The first sample after the loss.
    """
    ear = Ear(ring, energy, channels, shared[0], leaks, scratch, events)
    rate, clock = ear.shared.rate, ear.shared.clock
    clock.events = 0
    before, first_hop = clock.samples, clock.hops
    resumed = hop_of(before + count, rate)
    for channel in range(len(channels)):
        heard = channels[channel].heard
        if heard.candidate.open and resumed - hop_of(heard.candidate.start, rate) > RING // 2:
            _judge(ear, channel, before, first_hop - 1)
        held_energies(energy[channel], first_hop - 1, resumed - first_hop, heard.held)
        settle_filters(np.float64(following[channel]), ear.shared.sections, heard.filters)
    clock.resumed = resumed
    for hop in range(max(first_hop, resumed - RING), resumed):
        for channel in range(len(channels)):
            _close_hop(ear, channel, hop)
            channels[channel].heard.logits[hop & (RING - 1)] = LOWEST_LOGIT
    for channel in range(len(channels)):
        candidate = channels[channel].heard.candidate
        if candidate.open and candidate.verdict_at <= before + count:
            _judge(ear, channel, before, resumed - 1)
        if candidate.next_start > before:
            # What rises so soon after a stroke's start is the stroke's own, and none of the time since was heard.
            candidate.next_start += count
    clock.samples, clock.hops = before + count, resumed
    return clock.events


@compiled
def advance(ring, count, energy, channels, shared, leaks, scratch, events):  # type: ignore[no-untyped-def]
    """Hear the next ``count`` samples, which the ring already holds; return how many events were written.

    Parameters
    ----------
    ring, energy, channels, leaks, scratch, events
        As in `Ear`.
    count : int
        At most the size of the ring, less what is looked back on.
    shared : (1,) of records
        As in `Ear`.
    """
    ear = Ear(ring, energy, channels, shared[0], leaks, scratch, events)
    rate, clock = ear.shared.rate, ear.shared.clock
    clock.events = 0
    end = clock.samples + count
    while clock.samples < end:
        now, hop = clock.samples, clock.hops
        hop_end = end_of(hop, rate)
        stop = min(end, hop_end)
        for channel in range(len(channels)):
            candidate = channels[channel].heard.candidate
            if candidate.open:
                stop = min(stop, max(candidate.verdict_at, now + 1))
        for channel in range(len(channels)):
            heard = channels[channel].heard
            filter_samples(ring, channel, now, stop - now, ear.shared.sections, heard.filters, heard.sums)
        clock.samples = stop
        if stop == hop_end:
            for channel in range(len(channels)):
                _close_hop(ear, channel, hop)
            for channel in range(len(channels)):
                _hear_hop(ear, channel, stop, hop)
            clock.hops += 1
        for channel in range(len(channels)):
            candidate = channels[channel].heard.candidate
            if candidate.open and candidate.verdict_at <= stop:
                _judge(ear, channel, stop, clock.hops - 1)
    return clock.events
