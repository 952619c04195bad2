"""Tell a stroke from what another drum leaks: by level and time over all channels, and by timbre. Compiled."""

from __future__ import annotations

import math

from bridge.ear.bands import BANDS, RING, VERDICT_HOPS, mean_of
from synth.dsp.compiled import compiled

TIMBRE_FEATURES = 3 * BANDS + 2
TIMBRE_STATE = 2 * BANDS + 2
"""What is remembered of a channel's drum: its spectrum early and late in the window, its loudness, strokes heard."""

LEAK_HOPS = 13
"""A leak may arrive this many hops after its drum's own microphone has it: 4.3 ms."""

EARLY_PART_HOPS = 6
"""A stroke's timbre is measured in two parts: its first 2 ms and the 3 ms after them."""

LOUD_DB = 8.0
"""A channel learns its drum's sound from strokes that are at most this much softer than its loud ones."""

LEAST_RISE = 4.0
"""A band speaks for a stroke if its energy rose to so many times what it was: by 6 dB."""

LEAST_SHARE = 0.03
"""A band counts at all if it rose by this share of the band that rose most: 15 dB less."""

FREED_RISE, FREED_TIMES = 1.0, 20.0
"""In a microphone whose leaks are subtracted, a band that rose by 3 dB speaks for a stroke too, if it holds 13 dB more
than leaks explain. Else ghost notes that rise little out of the drum's own ringing would be lost."""

ECHO_HOPS = 180
"""For 60 ms the room, and the wires of a snare, answer another drum."""

ECHO_HOP_STEP = 2
"""Of those hops every second one is asked."""

ECHO = 8e-4
"""An answer is 31 dB softer than the loudest hop that the other drum's own microphone heard. The path of a leak cannot
foretell it, so that anything softer counts as an answer."""

_TRACE = 1e-11


@compiled
def novelty(energy, first, heard, before_first, before_last, above, rise):  # type: ignore[no-untyped-def]
    """Tell how far the energy of hops ``first`` to ``heard`` stands above what was there; return the highest rise.

    What was there: the mean over the hops ``before_first`` to ``before_last`` ahead of ``first``, as for `mean_of`.

    Parameters
    ----------
    energy : (BANDS, RING) float64
        Mean squares of one channel.
    first, heard, before_first, before_last : int
        Hops; ``heard`` counts.
    above, rise : (BANDS,) float64
        Sums over the hops, and their means divided by what was there. Are written.
    """
    most = 0.0
    for band in range(BANDS):
        before = mean_of(energy[band], first, before_first, before_last)
        total = 0.0
        for hop in range(first, heard + 1):
            total += max(energy[band, hop & (RING - 1)] - before, 0.0)
        above[band] = total
        rise[band] = total / ((heard + 1 - first) * before)
        most = max(most, rise[band])
    return most


@compiled
def _echo(energies, channel, first, leaks):  # type: ignore[no-untyped-def]
    """Return how much energy a band of this channel may hold in one hop as an answer to the other drums."""
    echo = 0.0
    for other in range(len(energies)):
        if other == channel:
            continue
        for back in range(0, ECHO_HOPS, ECHO_HOP_STEP):
            total = 0.0
            for band in range(BANDS):
                total += energies[other, band, (first - back) & (RING - 1)]
            echo = max(echo, leaks[other, BANDS] * total)
    return echo


@compiled
def leaked(energies, channel, first, heard, leaks, work):  # type: ignore[no-untyped-def]
    """Return whether what rose on this channel is explained by what rose on the others, 4 ms earlier or later.

    A stroke of the channel's own drum stands out of that in some band; a leak in none.

    Parameters
    ----------
    energies : (channels, BANDS, RING) float64
        Mean squares.
    channel : int
        From 0.
    first, heard : int
        Hop in which the stroke starts, and the last whole one.
    leaks : (channels, BANDS + 1) float64
        How much of each channel's energy can arrive on this one, and how much as an echo, which is 0 where no leaks are
        subtracted.
    work : (4, BANDS) float64
        Is written.
    """
    if len(energies) == 1:
        return False
    heard = min(heard, first + VERDICT_HOPS - 1)
    mine, rise, theirs, explained = work
    explained[:] = 0.0
    for other in range(len(energies)):
        if other == channel:
            continue
        novelty(energies[other], first - LEAK_HOPS, heard, 4, 28, theirs, rise)
        for band in range(BANDS):
            explained[band] = max(explained[band], leaks[other, band] * theirs[band])
    most = novelty(energies[channel], first, heard, 1, 13, mine, rise)
    freed = leaks[channel, BANDS] > 0.0
    hops = heard + 1 - first
    # Of a whole window only: what a shorter one holds is too little to compare.
    echo = hops * _echo(energies, channel, first, leaks) if freed and hops == VERDICT_HOPS else 0.0
    for band in range(BANDS):
        if rise[band] <= most * LEAST_SHARE or mine[band] <= echo:
            continue
        if rise[band] > LEAST_RISE and mine[band] > explained[band]:
            return False
        if freed and rise[band] > FREED_RISE and mine[band] > FREED_TIMES * explained[band]:
            return False
    return True


@compiled
def timbre_features(energy, first, heard, known, learned, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with how a stroke's spectrum differs from its channel's loud strokes so far; then remember it.

    Whatever another drum leaks is softer than the channel's own loud strokes.

    Parameters
    ----------
    energy : (BANDS, RING) float64
        Mean squares of the channel.
    first, heard : int
        Hop in which the stroke starts, and the last whole one.
    known : (TIMBRE_STATE,) float64
        That spectrum (dB against the stroke's level, each band early, then each late), the level of the loud strokes in
        dB, and how many strokes made it. Is written.
    learned : bool
        Whether `calibrate` has learned the drum: ``known`` stays all zero, spectrum and level count as they are.
    out : (TIMBRE_FEATURES,) floats
        Is written.
    """
    total = 0.0
    for band in range(BANDS):
        before = mean_of(energy[band], first, 2, 14)
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
