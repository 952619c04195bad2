"""The compiled part of the ear: bands, hops, two small networks and the decisions. Door: numba (onset).

Per sample: five band filters, their energy summed over hops of a third of a millisecond. Per hop and channel: is there
a rise at all (`rises`), and if so, how much does the recent past look like the start of a stroke (`early_features`,
first network). Per candidate, when its window is over: was it one (`verdict_features`, second network). Every feature
is a difference in dB, so no input gain matters; both networks learned from our own drummer (``bench/train_ear.py``).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

BANDS_HZ = ((40.0, 200.0), (200.0, 700.0), (700.0, 2200.0), (2200.0, 6000.0), (6000.0, 14_000.0))
"""Edges of the bands. Nothing above 14 kHz, so that every input rate hears the same."""

BANDS = len(BANDS_HZ)
HOPS_PER_S = 3000
RING = 256
"""Hops remembered: 85 ms, the longest that a feature looks back, with room for the window."""

VERDICT_HOPS = 15
"""Hops of the window that the verdict hears: 5 ms, all whole at every rate when 5.33 ms have passed."""

_MEANS = np.array([(0, 1), (1, 2), (2, 3), (3, 5), (5, 8), (8, 13), (13, 24), (24, 48), (48, 96)])
_PEAKS = np.array([(3, 8), (8, 24), (24, 72), (72, 160)])
_AFTER = np.array([(0, 1), (1, 2), (2, 4), (4, 6), (6, 9), (9, 12), (12, 15)])
_BEFORE = np.array([(0, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 120)])
_PEAKS_BEFORE = np.array([(2, 10), (10, 40), (40, 140)])

TIMBRE_FEATURES = 3 * BANDS + 2
TIMBRE_STATE = 2 * BANDS + 2
"""What is remembered of a channel's drum: its spectrum early and late in the window, its loudness, strokes heard."""

EARLY_FEATURES = BANDS * (len(_MEANS) + len(_PEAKS) + 1) + 1
VERDICT_FEATURES = BANDS * (len(_AFTER) + len(_BEFORE) + len(_PEAKS_BEFORE) + 1) + 4
WARM_UP_HOPS = 36
"""Hops in which the ear learns what is there before it reports anything: 12 ms."""

LEAK_HOPS = 13
"""A leak may arrive this many hops after its drum's own microphone has it: 4.3 ms."""

_OVER_NOISE_4 = 10.0 ** (np.array([16.5, 13.0, 10.0, 7.5, 5.5]) / 10.0)
_OVER_NOISE_15 = 10.0 ** (np.array([14.5, 10.0, 6.5, 4.7, 3.0]) / 10.0)
"""How far the mean of 4 and of 15 hops stands over the tracked floor, per band, at its highest in minutes of noise of
any colour and half a decibel more: narrow bands fluctuate most. No stroke lies under it in all five."""

EARLY_PART_HOPS = 6
"""The timbre of a stroke is told in two parts, its first 2 ms and the 3 ms after."""

LOUD_DB = 8.0
"""Strokes at most this much softer than a channel's loud ones tell what its drum sounds like."""

LEAST_RISE, LEAST_SHARE = 4.0, 0.03
"""A band counts for or against a leak if it rose by 6 dB, and at most 15 dB less than the one that rose most."""

LOWEST_LOGIT = -30.0
_EMPTY = 1e-13
_NOTHING = 1e-14
_TRACE = 1e-11
_FLOOR_RISE_DB_PER_S = 6.0
_RISE = 2.0
_FARTHEST_DB = 70.0


@njit(cache=True, nogil=True)
def _mean(energy, hop, first, last):  # type: ignore[no-untyped-def]
    """Return the mean energy of ``last - first`` hops, from ``hop - last + 1``."""
    total = 0.0
    for back in range(first, last):
        total += energy[(hop - back) & (RING - 1)]
    return total / (last - first)


@njit(cache=True, nogil=True)
def _peak(energy, hop, first, last):  # type: ignore[no-untyped-def]
    """Return the highest mean of two neighbouring hops."""
    highest = 0.0
    for back in range(first, last):
        highest = max(highest, energy[(hop - back) & (RING - 1)] + energy[(hop - back - 1) & (RING - 1)])
    return 0.5 * highest


@njit(cache=True, nogil=True)
def _db(energy):  # type: ignore[no-untyped-def]
    return 10.0 * math.log10(energy + _EMPTY)


@njit(cache=True, nogil=True)
def _clipped(db):  # type: ignore[no-untyped-def]
    return min(max(db, -_FARTHEST_DB), _FARTHEST_DB)


@njit(cache=True, nogil=True)
def rises(energy, floor, hop):  # type: ignore[no-untyped-def]
    """Is the energy of any band twice what it was, and twice the noise? Cheap; no stroke fails it."""
    for band in range(BANDS):
        now = _mean(energy[band], hop, 0, 2)
        if now > _RISE * _mean(energy[band], hop, 4, 14) and now > _RISE * floor[band, hop & (RING - 1)]:
            return True
    return False


@njit(cache=True, nogil=True)
def stands_out(energy, floor, first, last, least):  # type: ignore[no-untyped-def]
    """Return whether some band of hops ``first`` to ``last`` is louder than noise alone ever gets."""
    for band in range(BANDS):
        if _mean(energy[band], last, 0, last - first + 1) > least[band] * floor[band, (first - 1) & (RING - 1)]:
            return True
    return False


@njit(cache=True, nogil=True)
def early_features(energy, floor, hop, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with what the first network hears at the end of ``hop``: the past against the last four hops."""
    now = 0.0
    noise = 0.0
    for band in range(BANDS):
        now += _mean(energy[band], hop, 0, 4)
        noise += floor[band, hop & (RING - 1)]
    now_db = _db(now)
    at = 0
    for band in range(BANDS):
        for row in range(len(_MEANS)):
            out[at] = _clipped(_db(_mean(energy[band], hop, _MEANS[row, 0], _MEANS[row, 1])) - now_db)
            at += 1
        for row in range(len(_PEAKS)):
            out[at] = _clipped(_db(_peak(energy[band], hop, _PEAKS[row, 0], _PEAKS[row, 1])) - now_db)
            at += 1
        out[at] = _clipped(_db(floor[band, hop & (RING - 1)]) - now_db)
        at += 1
    out[at] = min(now_db - _db(noise), 60.0)


@njit(cache=True, nogil=True)
def verdict_features(energy, floor, logits, first, heard, opened, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with what the second network hears of a stroke that starts in hop ``first``.

    ``heard`` is the last whole hop; a window shorter than 5 ms repeats it.
    """
    now = 0.0
    noise = 0.0
    for band in range(BANDS):
        for after in range(VERDICT_HOPS):
            now += energy[band, min(first + after, heard) & (RING - 1)]
        noise += floor[band, first & (RING - 1)]
    now_db = _db(now / VERDICT_HOPS)
    at = 0
    for band in range(BANDS):
        for row in range(len(_AFTER)):
            total = 0.0
            for after in range(_AFTER[row, 0], _AFTER[row, 1]):
                total += energy[band, min(first + after, heard) & (RING - 1)]
            out[at] = _clipped(_db(total / (_AFTER[row, 1] - _AFTER[row, 0])) - now_db)
            at += 1
        for row in range(len(_BEFORE)):
            out[at] = _clipped(_db(_mean(energy[band], first - 1, _BEFORE[row, 0], _BEFORE[row, 1])) - now_db)
            at += 1
        for row in range(len(_PEAKS_BEFORE)):
            out[at] = _clipped(
                _db(_peak(energy[band], first - 1, _PEAKS_BEFORE[row, 0], _PEAKS_BEFORE[row, 1])) - now_db
            )
            at += 1
        out[at] = _clipped(_db(floor[band, first & (RING - 1)]) - now_db)
        at += 1
    highest = -10.0
    total = 0.0
    for after in range(VERDICT_HOPS):
        logit = max(logits[min(first + after, heard) & (RING - 1)], -10.0)
        highest = max(highest, logit)
        total += logit
    out[at] = min(now_db - _db(noise), 60.0)
    # Times three: of the size of the other features, which are dB.
    out[at + 1] = 3.0 * max(logits[opened & (RING - 1)], -10.0)
    out[at + 2] = 3.0 * highest
    out[at + 3] = 3.0 * total / VERDICT_HOPS


@njit(cache=True, nogil=True)
def logit_of(inputs, net, hidden):  # type: ignore[no-untyped-def]
    """Return the output of a network of two hidden layers: ``net`` is (weights, offsets) three times, in order."""
    first, first_offset, second, second_offset, last, last_offset = net
    wide = hidden[0]
    for unit in range(len(first_offset)):
        wide[unit] = first_offset[unit]
    for index in range(len(inputs)):
        value = inputs[index]
        for unit in range(len(first_offset)):
            wide[unit] += value * first[index, unit]
    narrow = hidden[1]
    for unit in range(len(second_offset)):
        narrow[unit] = second_offset[unit]
    for index in range(len(first_offset)):
        value = max(wide[index], np.float32(0.0))
        for unit in range(len(second_offset)):
            narrow[unit] += value * second[index, unit]
    total = np.float64(last_offset[0])
    for index in range(len(second_offset)):
        total += max(narrow[index], np.float32(0.0)) * last[index, 0]
    return total


@njit(cache=True, nogil=True)
def filter_samples(ring, channel, start, count, sections, state, sums):  # type: ignore[no-untyped-def]
    """Run ``count`` samples of the ring through the bands and add their squares to ``sums``."""
    mask = ring.shape[1] - 1
    for band in range(BANDS):
        b0, b1, b2, a1, a2 = sections[band, 0]
        c0, c1, c2, d1, d2 = sections[band, 1]
        z0, z1, z2, z3 = state[band]
        total = sums[band]
        for index in range(start, start + count):
            x = np.float64(ring[channel, index & mask])
            y = b0 * x + z0
            z0 = b1 * x - a1 * y + z1
            z1 = b2 * x - a2 * y
            out = c0 * y + z2
            z2 = c1 * y - d1 * out + z3
            z3 = c2 * y - d2 * out
            total += out * out
        state[band, 0] = z0
        state[band, 1] = z1
        state[band, 2] = z2
        state[band, 3] = z3
        sums[band] = total


@njit(cache=True, nogil=True)
def close_hop(energy, floor, smooth, sums, hop, hop_samples):  # type: ignore[no-untyped-def]
    """Turn the sums of a whole hop into energies, and follow the noise floor: down at once, up slowly."""
    at = hop & (RING - 1)
    rise = 10.0 ** (_FLOOR_RISE_DB_PER_S / HOPS_PER_S / 10.0)
    for band in range(BANDS):
        value = sums[band] / hop_samples + _EMPTY
        sums[band] = 0.0
        energy[band, at] = value
        smooth[band] = value if hop == 0 else smooth[band] + (value - smooth[band]) * max(1.0 / (hop + 1), 1.0 / 60.0)
        if hop < WARM_UP_HOPS:
            # What came before the stream was like its first milliseconds, so that beginning is no stroke.
            for later in range(hop + 1, RING):
                energy[band, later] = smooth[band]
        before = floor[band, (hop - 1) & (RING - 1)]
        if hop < 30:
            floor[band, at] = smooth[band]
        elif smooth[band] < before:
            floor[band, at] = before + (smooth[band] - before) * 0.02
        else:
            floor[band, at] = before * rise


@njit(cache=True, nogil=True)
def _squares(ring, channel, first, sections, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the squares of one band of the ring, filtered anew from sample ``first``."""
    mask = ring.shape[1] - 1
    b0, b1, b2, a1, a2 = sections[0]
    c0, c1, c2, d1, d2 = sections[1]
    z0 = z1 = z2 = z3 = 0.0
    for index in range(len(out)):
        x = np.float64(ring[channel, (first + index) & mask])
        y = b0 * x + z0
        z0 = b1 * x - a1 * y + z1
        z1 = b2 * x - a2 * y
        passed = c0 * y + z2
        z2 = c1 * y - d1 * passed + z3
        z3 = c2 * y - d2 * passed
        out[index] = passed * passed


@njit(cache=True, nogil=True)
def start_of(ring, channel, now, sections, look_samples, scratch):  # type: ignore[no-untyped-def]
    """Return the sample at which the stroke heard just before sample ``now`` starts.

    Where is it most likely that the sound changed from one loudness to a greater one? For noise of one variance before
    a moment and another after it, the logarithm of the likelihood is a sum over both sides of -n/2 log(variance): taken
    for every moment and added over the bands by their width, its highest point is the start. The lowest band is too
    slow to help. Seismologists pick the arrival of a wave so.
    """
    run_in, quiet, search, step, earlier = look_samples
    squares, likely = scratch
    length = quiet + search
    likely[:search] = 0.0
    for band in range(1, BANDS):
        _squares(ring, channel, now - length - run_in, sections[band], squares)
        total = 0.0
        for index in range(run_in, run_in + length):
            total += squares[index] + _NOTHING
            squares[index] = total
        width = BANDS_HZ[band][1] - BANDS_HZ[band][0]
        flat = -length * math.log(total / length)
        for after in range(0, search - step, step):
            left = quiet + after
            before = squares[run_in + left - 1]
            quieter, louder = before / left, (total - before) / (length - left)
            if louder > quieter:
                likely[after] += width * (-left * math.log(quieter) - (length - left) * math.log(louder) - flat)
    best = 0
    for after in range(0, search - step, step):
        if likely[after] > likely[best]:
            best = after
    # The first samples of a stroke drown in what rings; they are half of the error that is left.
    return now - search + best - earlier


@njit(cache=True, nogil=True)
def novelty(energy, first, heard, before_first, before_last, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the energy of hops ``first`` to ``heard`` above what was there; return the highest rise.

    What was there: the mean over the hops ``before_first`` to ``before_last`` ahead of ``first``.
    """
    most = 0.0
    for band in range(BANDS):
        before = _mean(energy[band], first, before_first, before_last)
        total = 0.0
        for hop in range(first, heard + 1):
            total += max(energy[band, hop & (RING - 1)] - before, 0.0)
        out[band] = total
        most = max(most, total / ((heard + 1 - first) * before))
    return most


@njit(cache=True, nogil=True)
def leaked(energies, channel, first, heard, leaks, work):  # type: ignore[no-untyped-def]
    """Return whether what rose on this channel is explained by what rose on the others, 4 ms earlier or later.

    ``leaks`` (channels, bands): how much of each channel's energy can arrive on this one. A stroke of the channel's own
    drum stands out of that in some band; a leak in none.
    """
    if len(energies) == 1:
        return False
    heard = min(heard, first + VERDICT_HOPS - 1)
    mine, theirs, explained = work
    explained[:] = 0.0
    most = novelty(energies[channel], first, heard, 1, 13, mine)
    for other in range(len(energies)):
        if other == channel:
            continue
        novelty(energies[other], first - LEAK_HOPS, heard, 4, 28, theirs)
        for band in range(BANDS):
            explained[band] = max(explained[band], leaks[other, band] * theirs[band])
    for band in range(BANDS):
        before = _mean(energies[channel, band], first, 1, 13)
        rise = mine[band] / ((heard + 1 - first) * before)
        if rise > LEAST_RISE and rise > most * LEAST_SHARE and mine[band] > explained[band]:
            return False
    return True


@njit(cache=True, nogil=True)
def timbre_features(energy, first, heard, known, learned, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with how a stroke's spectrum differs from its channel's loud strokes so far; then remember it.

    ``known`` holds that spectrum (dB against the stroke's level, each band early and late), the level of the loud
    strokes, and how many strokes made it. Whatever another drum leaks is softer than the channel's own loud strokes.
    For a drum that `calibrate` has ``learned``, ``known`` stays all zero: spectrum and level count as they are.
    """
    total = 0.0
    for band in range(BANDS):
        before = _mean(energy[band], first, 2, 14)
        early = late = 0.0
        for after in range(VERDICT_HOPS):
            risen = max(energy[band, min(first + after, heard) & (RING - 1)] - before, 0.0)
            if after < EARLY_PART_HOPS:
                early += risen
            else:
                late += risen
        out[band] = 10.0 * math.log10(early + _TRACE)
        out[BANDS + band] = 10.0 * math.log10(late + _TRACE)
        total += early + late + 2.0 * _TRACE
        rise_db = 10.0 * math.log10((early + late) / (VERDICT_HOPS * before) + 1e-3)
        out[2 * BANDS + 2 + band] = min(max(rise_db, -15.0), 60.0) / 10.0
    level = 10.0 * math.log10(total)
    strokes = 8.0 if learned else known[2 * BANDS + 1]
    louder = level > known[2 * BANDS]
    weight = min(strokes / 8.0, 1.0)
    share = max(1.0 / (strokes + 1.0), 0.1)
    learns = not learned and (strokes == 0.0 or level > known[2 * BANDS] - LOUD_DB)
    for part in range(2 * BANDS):
        against = out[part] - level
        out[part] = 0.0 if strokes == 0.0 else min(max(against - known[part], -40.0), 30.0) / 6.0 * weight
        if learns:
            known[part] += (against - known[part]) * (1.0 if strokes == 0.0 else share)
    out[2 * BANDS] = (level - known[2 * BANDS]) / 10.0 * weight if strokes > 0.0 else 0.0
    out[2 * BANDS + 1] = weight
    if learns:
        known[2 * BANDS] += (level - known[2 * BANDS]) * (1.0 if louder or strokes == 0.0 else 0.05)
        known[2 * BANDS + 1] += 1.0
    elif not learned:
        known[2 * BANDS] -= 0.02


OPEN, HOP, START, ANNOUNCED, NUMBER, VERDICT_AT, BLOCKED_UNTIL = range(7)
"""Columns of a channel's candidate, int64; ``ANNOUNCED`` is -1 while no early note may leave."""

OPEN_LOGIT, EARLY_LOGIT, VERDICT_LOGIT, TIMBRE_LOGIT, INTERVAL, FLOOR, WINDOW, VERDICT = range(8)
"""Columns of a channel's settings, float64: logits, samples, amplitude."""

KIND, EVENT_NUMBER, CHANNEL, ONSET, DETECTED, READY, PEAK, LOGIT, TIMBRE = range(9)
"""Columns of an event, float64."""

NOTICED, CONFIRMED, REJECTED = 0, 1, 2
"""Kinds of event."""


@njit(cache=True, nogil=True)
def _peak_since(ring, channel, first, now):  # type: ignore[no-untyped-def]
    highest = 0.0
    for index in range(first, now):
        highest = max(highest, abs(np.float64(ring[channel, index & (ring.shape[1] - 1)])))
    return highest


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _announce(candidate, clock, now):  # type: ignore[no-untyped-def]
    candidate[ANNOUNCED] = now - 1
    candidate[NUMBER] = clock[2]
    clock[2] += 1


@njit(cache=True, nogil=True)
def _date(candidate, channel, now, ring, wanted, plan, scratch):  # type: ignore[no-untyped-def]
    """Find the candidate's start, and with it when it is judged."""
    candidate[START] = start_of(ring, channel, now, plan[0], plan[1], scratch)
    candidate[VERDICT_AT] = max(candidate[START] + np.int64(wanted[VERDICT]), now)


@njit(cache=True, nogil=True)
def _hear_hop(channel, now, hop, ring, settings, plan, memory, clock, events, count):  # type: ignore[no-untyped-def]
    """End a hop of one channel: open a candidate, or announce the open one."""
    early_net, leaks = plan[2], plan[4]
    energy, floor, _, _, _, logits, candidates, features, hidden, scratch, work, _ = memory
    logit = LOWEST_LOGIT
    if hop >= WARM_UP_HOPS and rises(energy[channel], floor[channel], hop):
        early_features(energy[channel], floor[channel], hop, features[0])
        logit = logit_of(features[0], early_net, hidden)
    logits[channel, hop & (RING - 1)] = logit
    candidate = candidates[channel]
    wanted = settings[channel]
    if not candidate[OPEN]:
        if logit <= wanted[OPEN_LOGIT] or now - clock[3] < candidate[BLOCKED_UNTIL]:
            return count
        candidate[OPEN] = 1
        candidate[HOP] = hop
        candidate[ANNOUNCED] = -1
        _date(candidate, channel, now, ring, wanted, plan, scratch)
    first = candidate[START] // clock[3]
    if (
        candidate[ANNOUNCED] < 0
        and logit > wanted[EARLY_LOGIT]
        and stands_out(energy[channel], floor[channel], hop - 3, hop, _OVER_NOISE_4)
        and not leaked(energy, channel, first, hop, leaks[channel], work)
    ):
        if hop > candidate[HOP]:
            # Opened on less than this: now more of the stroke is there to tell its start by.
            _date(candidate, channel, now, ring, wanted, plan, scratch)
        _announce(candidate, clock, now)
        peak = _peak_since(ring, channel, candidate[START], now)
        count = _report(events, count, NOTICED, candidate, channel, 0, peak, logit)
    return count


@njit(cache=True, nogil=True)
def _judge(channel, now, hop, ring, settings, plan, memory, clock, events, count):  # type: ignore[no-untyped-def]
    """End a candidate: a stroke, or nothing."""
    energy, floor, _, _, _, logits, candidates, features, hidden, _, work, known = memory
    candidate = candidates[channel]
    wanted = settings[channel]
    first = candidate[START] // clock[3]
    verdict_features(energy[channel], floor[channel], logits[channel], first, hop, candidate[HOP], features[1])
    peak = _peak_since(ring, channel, candidate[START], now)
    candidate[OPEN] = 0
    candidate[BLOCKED_UNTIL] = now
    logit = logit_of(features[1], plan[3], hidden)
    last = min(hop, first + VERDICT_HOPS - 1)
    if not stands_out(energy[channel], floor[channel], first, last, _OVER_NOISE_15):
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


@njit(cache=True, nogil=True)
def advance(ring, count, settings, plan, memory, clock, events):  # type: ignore[no-untyped-def]
    """Hear the next ``count`` samples, which the ring already holds; return how many events were written.

    ``clock`` is (samples heard, whole hops, strokes announced, samples of a hop), int64.
    """
    sections = plan[0]
    sums, filters, candidates = memory[3], memory[4], memory[6]
    found = 0
    end = clock[0] + count
    while clock[0] < end:
        stop = min(end, (clock[1] + 1) * clock[3])
        for channel in range(len(settings)):
            if candidates[channel, OPEN]:
                stop = min(stop, max(candidates[channel, VERDICT_AT], clock[0] + 1))
        for channel in range(len(settings)):
            filter_samples(ring, channel, clock[0], stop - clock[0], sections, filters[channel], sums[channel])
        clock[0] = stop
        if stop == (clock[1] + 1) * clock[3]:
            for channel in range(len(settings)):
                close_hop(memory[0][channel], memory[1][channel], memory[2][channel], sums[channel], clock[1], clock[3])
            for channel in range(len(settings)):
                found = _hear_hop(channel, stop, clock[1], ring, settings, plan, memory, clock, events, found)
            clock[1] += 1
        for channel in range(len(settings)):
            if candidates[channel, OPEN] and candidates[channel, VERDICT_AT] <= stop:
                found = _judge(channel, stop, clock[1] - 1, ring, settings, plan, memory, clock, events, found)
    return found


@njit(cache=True, nogil=True)
def hop_energies(ring, sections, hop_samples, energies):  # type: ignore[no-untyped-def]
    """Fill ``energies`` (bands, hops) with those of a whole recording, given as one long ring."""
    state, sums = np.zeros((BANDS, 4)), np.zeros(BANDS)
    for hop in range(energies.shape[1]):
        filter_samples(ring, 0, hop * hop_samples, hop_samples, sections, state, sums)
        for band in range(BANDS):
            energies[band, hop] = sums[band] / hop_samples + _EMPTY
            sums[band] = 0.0
