"""The decisions of the ear, compiled: a stroke is noticed, dated, judged, reported.

Per hop and channel: is there a rise at all (`rises`), and if so, how much does the recent past look like the start of a
stroke (`early_features`, first network). Per candidate, when its window is over: was it one (`verdict_features`, second
network), and was it this drum (`leaked`, `timbre_features`, third network). Before a stroke is announced or confirmed,
a second opinion is added: of a network that hears the same and learned on other drums. All of them learned from our own
drummer (``bridge/learning/train_ear.py``, ``bridge/learning/train_timbre.py``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.ear.bands import (
    OVER_NOISE_4,
    OVER_NOISE_15,
    RING,
    VERDICT_HOPS,
    WARM_UP_HOPS,
    Look,
    close_hop,
    end_of,
    filter_samples,
    hop_of,
    rises,
    stands_out,
    start_of,
)
from bridge.ear.leaks import leaked, timbre_features
from bridge.ear.networks import LOWEST_LOGIT, Network, early_features, logit_of, verdict_features
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


EVENT = np.dtype([(name, np.float64 if name in ("peak", "logit", "timbre") else np.int64) for name in Event._fields])
WANTED = np.dtype(
    [
        *((f"{logit}_logit", np.float64) for logit in ("open", "early", "verdict", "timbre")),
        ("floor", np.float64),
        *((f"{length}_samples", np.int64) for length in ("interval", "window", "verdict")),
    ]
)
"""What a channel's settings ask for: thresholds of the answers, lowest peak; time until the next stroke, until a stroke
is ready, and until it is judged."""

CANDIDATE = np.dtype(
    [(name, np.int64) for name in ("open", "hop", "start", "announced", "number", "verdict_at", "blocked_until")]
)
"""What may be a channel's stroke: whether there is one, the hop that opened it, its first sample, the sample at which
it was announced or -1, its number, and the samples at which it is judged and before which no other opens."""

CLOCK = np.dtype([(name, np.int64) for name in ("samples", "hops", "strokes", "events")])
"""Samples heard, whole hops among them, strokes announced, events of this call."""


class Plan(NamedTuple):
    """What the ear hears with; `advance` only reads it.

    Parameters
    ----------
    rate : int
        Hz.
    sections : (BANDS, 2, 5) float64
        The band filters.
    look : Look
        Where a start is sought, in samples.
    early, verdict : tuple of Network
        First and second opinion.
    timbres : Network
        One for each channel, along each array's first axis.
    learned : (channels,) bool
        Whether `calibrate` has learned the channel's drum.
    leaks : (channels, channels, BANDS + 1) float64
        As `leaked` reads each row.
    wanted : (channels,) of WANTED
        May be changed between two calls.
    """

    rate: int
    sections: NDArray[np.float64]
    look: Look
    early: tuple[Network, Network]
    verdict: tuple[Network, Network]
    timbres: Network
    learned: NDArray[np.bool_]
    leaks: NDArray[np.float64]
    wanted: NDArray[np.void]


class Memory(NamedTuple):
    """What the ear remembers, and the events of the latest call; `advance` writes all of it.

    Parameters
    ----------
    energy, floor : (channels, BANDS, RING) float64
        Mean squares of each hop and the tracked noise; hop ``n`` lies at ``n % RING``.
    smooth : (channels, BANDS + 1) float64
        The smoothed energy of each band, and last the energy of the loudest hop.
    sums : (channels, BANDS) float64
        Squares of the hop that is not whole yet.
    filters : (channels, BANDS, 4) float64
        State of the band filters.
    logits : (channels, RING) float64
        What the first network answered at each hop.
    known : (channels, TIMBRE_STATE) float64
        As `timbre_features` keeps it.
    candidates : (channels,) of CANDIDATE
    clock : (1,) of CLOCK
    events : (most,) of EVENT
        The first ``clock[0].events`` are of this call; all must fit.
    early, verdict, timbre : (features,) float32
        What a network hears.
    hidden : (2, units) float32
        Its layers.
    scratch : (2, samples) float64
        For `start_of`.
    work : (4, BANDS) float64
        For `leaked`.
    """

    energy: NDArray[np.float64]
    floor: NDArray[np.float64]
    smooth: NDArray[np.float64]
    sums: NDArray[np.float64]
    filters: NDArray[np.float64]
    logits: NDArray[np.float64]
    known: NDArray[np.float64]
    candidates: NDArray[np.void]
    clock: NDArray[np.void]
    events: NDArray[np.void]
    early: NDArray[np.float32]
    verdict: NDArray[np.float32]
    timbre: NDArray[np.float32]
    hidden: NDArray[np.float32]
    scratch: NDArray[np.float64]
    work: NDArray[np.float64]


@compiled
def _peak_since(ring, channel, first, now):  # type: ignore[no-untyped-def]
    highest = 0.0
    for index in range(first, now):
        highest = max(highest, abs(np.float64(ring[channel, index & (ring.shape[1] - 1)])))
    return highest


@compiled
def _report(kind, channel, ready, peak, logit, timbre, memory):  # type: ignore[no-untyped-def]
    """Write an event about a channel's candidate."""
    clock, candidate = memory.clock[0], memory.candidates[channel]
    event = memory.events[clock.events]
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
def _announce(channel, now, peak, logit, memory):  # type: ignore[no-untyped-def]
    """Report that a channel's candidate was noticed: an early note may leave."""
    clock, candidate = memory.clock[0], memory.candidates[channel]
    candidate.announced = now - 1
    candidate.number = clock.strokes
    clock.strokes += 1
    _report(NOTICED, channel, 0, peak, logit, 0.0, memory)


@compiled
def _date(ring, channel, now, plan, memory):  # type: ignore[no-untyped-def]
    """Find where a channel's candidate starts, and with it when it is judged."""
    candidate = memory.candidates[channel]
    candidate.start = start_of(ring, channel, now, plan.sections, plan.look, memory.scratch)
    candidate.verdict_at = max(candidate.start + plan.wanted[channel].verdict_samples, now)


@compiled
def _hear_hop(ring, channel, now, hop, plan, memory):  # type: ignore[no-untyped-def]
    """End a hop of one channel: open a candidate, or announce the open one."""
    energy, floor = memory.energy[channel], memory.floor[channel]
    wanted, candidate = plan.wanted[channel], memory.candidates[channel]
    logit = LOWEST_LOGIT
    if hop >= WARM_UP_HOPS and rises(energy, floor, hop):
        early_features(energy, floor, hop, memory.early)
        logit = logit_of(memory.early, plan.early[0], memory.hidden)
    memory.logits[channel, hop & (RING - 1)] = logit
    if not candidate.open:
        if logit <= wanted.open_logit or end_of(hop - 1, plan.rate) < candidate.blocked_until:
            return
        candidate.open = 1
        candidate.hop = hop
        candidate.announced = -1
        _date(ring, channel, now, plan, memory)
    first = hop_of(candidate.start, plan.rate)
    if (
        candidate.announced < 0
        and logit > LOWEST_LOGIT
        and logit + logit_of(memory.early, plan.early[1], memory.hidden) > wanted.early_logit
        and stands_out(energy, floor, hop - 3, hop, OVER_NOISE_4)
        and not leaked(memory.energy, channel, first, hop, plan.leaks[channel], memory.work)
        and _peak_since(ring, channel, candidate.start, now) >= wanted.floor
    ):
        if hop > candidate.hop:
            # Opened on less than this: now more of the stroke is there to tell its start by.
            _date(ring, channel, now, plan, memory)
        _announce(channel, now, _peak_since(ring, channel, candidate.start, now), logit, memory)


@compiled
def _judge(ring, channel, now, hop, plan, memory):  # type: ignore[no-untyped-def]
    """End a channel's candidate: a stroke, or nothing."""
    energy, floor = memory.energy[channel], memory.floor[channel]
    wanted, candidate = plan.wanted[channel], memory.candidates[channel]
    first = hop_of(candidate.start, plan.rate)
    verdict_features(energy, floor, memory.logits[channel], first, hop, candidate.hop, memory.verdict)
    peak = _peak_since(ring, channel, candidate.start, now)
    candidate.open = 0
    candidate.blocked_until = now
    logit = logit_of(memory.verdict, plan.verdict[0], memory.hidden)
    logit += logit_of(memory.verdict, plan.verdict[1], memory.hidden)
    if not stands_out(energy, floor, first, min(hop, first + VERDICT_HOPS - 1), OVER_NOISE_15):
        return
    if logit <= wanted.verdict_logit:
        _report(REJECTED, channel, now, peak, logit, 0.0, memory)
        return
    if peak < wanted.floor or leaked(memory.energy, channel, first, hop, plan.leaks[channel], memory.work):
        return
    timbre_features(energy, first, hop, memory.known[channel], plan.learned[channel], memory.timbre)
    own = logit_of(memory.timbre, timbre_network(plan.timbres, channel), memory.hidden)
    if own <= wanted.timbre_logit:
        return
    if candidate.announced < 0:
        _announce(channel, now, peak, logit, memory)
    candidate.blocked_until = candidate.start + wanted.interval_samples
    ready = max(candidate.start + wanted.window_samples, candidate.announced + 1)
    _report(CONFIRMED, channel, ready, peak, logit, own, memory)


@compiled
def timbre_network(timbres, channel):  # type: ignore[no-untyped-def]
    """Return one channel's `Network` of those in ``Plan.timbres``."""
    return Network(
        timbres.first[channel],
        timbres.first_offset[channel],
        timbres.second[channel],
        timbres.second_offset[channel],
        timbres.last[channel],
        timbres.last_offset[channel],
    )


@compiled
def advance(ring, count, plan, memory):  # type: ignore[no-untyped-def]
    """Hear the next ``count`` samples, which the ring already holds; return how many events were written.

    Parameters
    ----------
    ring : (channels, size) float32
        Holds stream sample ``n`` at ``n % size``; the size is a power of two.
    count : int
        At most the size, less what is looked back on.
    plan : Plan
    memory : Memory
    """
    clock, candidates = memory.clock[0], memory.candidates
    channels = range(len(candidates))
    clock.events = 0
    end = clock.samples + count
    while clock.samples < end:
        now, hop = clock.samples, clock.hops
        hop_end = end_of(hop, plan.rate)
        stop = min(end, hop_end)
        for channel in channels:
            if candidates[channel].open:
                stop = min(stop, max(candidates[channel].verdict_at, now + 1))
        for channel in channels:
            filter_samples(
                ring, channel, now, stop - now, plan.sections, memory.filters[channel], memory.sums[channel]
            )
        clock.samples = stop
        if stop == hop_end:
            for channel in channels:
                energy, floor = memory.energy[channel], memory.floor[channel]
                close_hop(energy, floor, memory.smooth[channel], memory.sums[channel], hop, plan.rate)
            for channel in channels:
                _hear_hop(ring, channel, stop, hop, plan, memory)
            clock.hops += 1
        for channel in channels:
            if candidates[channel].open and candidates[channel].verdict_at <= stop:
                _judge(ring, channel, stop, clock.hops - 1, plan, memory)
    return clock.events
