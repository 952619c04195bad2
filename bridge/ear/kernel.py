"""The decisions of the ear, compiled: a stroke is noticed, dated, judged, reported.

Per hop and channel: is there a rise at all (`rises`), and if so, how much does the recent past look like the start of a
stroke (`early_features`, first network). Per candidate, when its window is over: was it one (`verdict_features`, second
network), and was it this drum (`leaked`, `timbre_features`, third network). Before a stroke is announced or confirmed,
a second opinion is added: of a network that hears the same and learned on other drums. All of them learned from our own
drummer (``bridge/learning/train_ear.py``, ``bridge/learning/train_timbre.py``).
"""

from __future__ import annotations

import numpy as np

from bridge.ear.bands import (
    OVER_NOISE_4,
    OVER_NOISE_15,
    RING,
    VERDICT_HOPS,
    WARM_UP_HOPS,
    close_hop,
    end_of,
    filter_samples,
    hop_of,
    rises,
    stands_out,
    start_of,
)
from bridge.ear.leaks import leaked, timbre_features
from bridge.ear.networks import LOWEST_LOGIT, early_features, logit_of, verdict_features
from synth.dsp.compiled import compiled

OPEN, HOP, START, ANNOUNCED, NUMBER, VERDICT_AT, BLOCKED_UNTIL = range(7)
"""Columns of a channel's candidate, int64; ``ANNOUNCED`` is -1 while no early note may leave."""

OPEN_LOGIT, EARLY_LOGIT, VERDICT_LOGIT, TIMBRE_LOGIT, INTERVAL, FLOOR, WINDOW, VERDICT = range(8)
"""Columns of a channel's settings, float64: logits, samples, amplitude."""

KIND, EVENT_NUMBER, CHANNEL, ONSET, DETECTED, READY, PEAK, LOGIT, TIMBRE = range(9)
"""Columns of an event, float64."""

NOTICED, CONFIRMED, REJECTED = 0, 1, 2
"""Kinds of event."""


@compiled
def _peak_since(ring, channel, first, now):  # type: ignore[no-untyped-def]
    highest = 0.0
    for index in range(first, now):
        highest = max(highest, abs(np.float64(ring[channel, index & (ring.shape[1] - 1)])))
    return highest


@compiled
def _report(events, count, kind, candidate, channel, ready, peak, logit):  # type: ignore[no-untyped-def]
    row = events[count]
    row[KIND] = kind
    row[EVENT_NUMBER] = candidate[NUMBER]
    row[CHANNEL] = channel
    row[ONSET] = candidate[START]
    row[DETECTED] = candidate[ANNOUNCED]
    row[READY] = ready
    row[PEAK] = peak
    row[LOGIT] = logit
    return count + 1


@compiled
def _announce(candidate, clock, now):  # type: ignore[no-untyped-def]
    candidate[ANNOUNCED] = now - 1
    candidate[NUMBER] = clock[2]
    clock[2] += 1


@compiled
def _date(candidate, channel, now, ring, wanted, plan, scratch):  # type: ignore[no-untyped-def]
    """Find the candidate's start, and with it when it is judged."""
    candidate[START] = start_of(ring, channel, now, plan[0], plan[1], scratch)
    candidate[VERDICT_AT] = max(candidate[START] + np.int64(wanted[VERDICT]), now)


@compiled
def _hear_hop(channel, now, hop, ring, settings, plan, memory, clock, events, count):  # type: ignore[no-untyped-def]
    """End a hop of one channel: open a candidate, or announce the open one."""
    early_nets, leaks = plan[2], plan[4]
    energy, floor, _, _, _, logits, candidates, features, hidden, scratch, work, _ = memory
    logit = LOWEST_LOGIT
    if hop >= WARM_UP_HOPS and rises(energy[channel], floor[channel], hop):
        early_features(energy[channel], floor[channel], hop, features[0])
        logit = logit_of(features[0], early_nets[0], hidden)
    logits[channel, hop & (RING - 1)] = logit
    candidate = candidates[channel]
    wanted = settings[channel]
    if not candidate[OPEN]:
        if logit <= wanted[OPEN_LOGIT] or end_of(hop - 1, clock[3]) < candidate[BLOCKED_UNTIL]:
            return count
        candidate[OPEN] = 1
        candidate[HOP] = hop
        candidate[ANNOUNCED] = -1
        _date(candidate, channel, now, ring, wanted, plan, scratch)
    first = hop_of(candidate[START], clock[3])
    if (
        candidate[ANNOUNCED] < 0
        and logit > LOWEST_LOGIT
        and logit + logit_of(features[0], early_nets[1], hidden) > wanted[EARLY_LOGIT]
        and stands_out(energy[channel], floor[channel], hop - 3, hop, OVER_NOISE_4)
        and not leaked(energy, channel, first, hop, leaks[channel], work)
        and _peak_since(ring, channel, candidate[START], now) >= wanted[FLOOR]
    ):
        if hop > candidate[HOP]:
            # Opened on less than this: now more of the stroke is there to tell its start by.
            _date(candidate, channel, now, ring, wanted, plan, scratch)
        _announce(candidate, clock, now)
        peak = _peak_since(ring, channel, candidate[START], now)
        count = _report(events, count, NOTICED, candidate, channel, 0, peak, logit)
    return count


@compiled
def _judge(channel, now, hop, ring, settings, plan, memory, clock, events, count):  # type: ignore[no-untyped-def]
    """End a candidate: a stroke, or nothing."""
    energy, floor, _, _, _, logits, candidates, features, hidden, _, work, known = memory
    candidate = candidates[channel]
    wanted = settings[channel]
    first = hop_of(candidate[START], clock[3])
    verdict_features(energy[channel], floor[channel], logits[channel], first, hop, candidate[HOP], features[1])
    peak = _peak_since(ring, channel, candidate[START], now)
    candidate[OPEN] = 0
    candidate[BLOCKED_UNTIL] = now
    logit = logit_of(features[1], plan[3][0], hidden) + logit_of(features[1], plan[3][1], hidden)
    last = min(hop, first + VERDICT_HOPS - 1)
    if not stands_out(energy[channel], floor[channel], first, last, OVER_NOISE_15):
        return count
    if logit <= wanted[VERDICT_LOGIT]:
        return _report(events, count, REJECTED, candidate, channel, now, peak, logit)
    if peak < wanted[FLOOR] or leaked(energy, channel, first, hop, plan[4][channel], work):
        return count
    timbre_features(energy[channel], first, hop, known[channel], plan[6][channel], features[2])
    nets = plan[5]
    net = (nets[0][channel], nets[1][channel], nets[2][channel], nets[3][channel], nets[4][channel], nets[5][channel])
    own = logit_of(features[2], net, hidden)
    if own <= wanted[TIMBRE_LOGIT]:
        return count
    events[min(count + 1, len(events) - 1), TIMBRE] = events[count, TIMBRE] = own
    if candidate[ANNOUNCED] < 0:
        _announce(candidate, clock, now)
        count = _report(events, count, NOTICED, candidate, channel, 0, peak, logit)
    candidate[BLOCKED_UNTIL] = candidate[START] + np.int64(wanted[INTERVAL])
    ready = max(candidate[START] + np.int64(wanted[WINDOW]), candidate[ANNOUNCED] + 1)
    return _report(events, count, CONFIRMED, candidate, channel, ready, peak, logit)


@compiled
def advance(ring, count, settings, plan, memory, clock, events):  # type: ignore[no-untyped-def]
    """Hear the next ``count`` samples, which the ring already holds; return how many events were written.

    Parameters
    ----------
    ring : (channels, size) float32
        Holds stream sample ``n`` at ``n % size``; the size is a power of two.
    count : int
        At most the size, less what is looked back on.
    settings : (channels, 8) float64
        Columns as above.
    plan : tuple
        Sections (BANDS, 2, 5); look_samples (5,); two early networks; two verdict networks; leaks (channels, channels,
        BANDS + 1); timbre networks, each array (channels, ...); learned (channels,) bool.
    memory : tuple
        Energy and floor (channels, BANDS, RING); smooth (channels, BANDS + 1); sums (channels, BANDS); filters
        (channels, BANDS, 4); logits (channels, RING); candidates (channels, 7) int64; features of the three networks;
        hidden (2, units); scratch (2, n); work (3, BANDS); known timbres (channels, TIMBRE_STATE). All are written.
    clock : (4,) int64
        Samples heard, whole hops, strokes announced, samples of a second; is written.
    events : (most, 9) float64
        Columns as above; the first rows are written, and all events must fit.
    """
    sections = plan[0]
    sums, filters, candidates = memory[3], memory[4], memory[6]
    found = 0
    end = clock[0] + count
    while clock[0] < end:
        hop_end = end_of(clock[1], clock[3])
        stop = min(end, hop_end)
        for channel in range(len(settings)):
            if candidates[channel, OPEN]:
                stop = min(stop, max(candidates[channel, VERDICT_AT], clock[0] + 1))
        for channel in range(len(settings)):
            filter_samples(ring, channel, clock[0], stop - clock[0], sections, filters[channel], sums[channel])
        clock[0] = stop
        if stop == hop_end:
            for channel in range(len(settings)):
                close_hop(memory[0][channel], memory[1][channel], memory[2][channel], sums[channel], clock[1], clock[3])
            for channel in range(len(settings)):
                found = _hear_hop(channel, stop, clock[1], ring, settings, plan, memory, clock, events, found)
            clock[1] += 1
        for channel in range(len(settings)):
            if candidates[channel, OPEN] and candidates[channel, VERDICT_AT] <= stop:
                found = _judge(channel, stop, clock[1] - 1, ring, settings, plan, memory, clock, events, found)
    return found
