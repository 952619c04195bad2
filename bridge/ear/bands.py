"""Turn samples into energies of bands per hop, track the noise floor, and date a stroke's start. Compiled.

Five band filters per sample, their energy summed over hops of a third of a millisecond, `RING` hops remembered.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from synth.dsp.compiled import compiled, inlined

BANDS_HZ = ((40.0, 200.0), (200.0, 700.0), (700.0, 2200.0), (2200.0, 6000.0), (6000.0, 14_000.0))
"""Edges of the bands. They end at 14 kHz, so that the ear hears the same at every input rate."""

BANDS = len(BANDS_HZ)
HOPS_PER_S = 3000
"""At every rate: at 44.1 kHz hops of 14 and of 15 samples take turns."""

RING = 256
"""Hops remembered: 85 ms, the longest that a feature looks back, with room for the window."""

VERDICT_HOPS = 15
"""Hops that the verdict hears: 5 ms. At every rate they are whole when 5.33 ms have passed."""

WARM_UP_HOPS = 36
"""Hops in which the ear learns what is there before it reports anything: 12 ms."""

SETTLE_HOPS = np.array([24, 16, 6, 3, 3])
"""Hops after lost audio in which a band still answers the break: the time constants of its lower edge, from 4 ms."""

DEAF_HOPS = 4
"""Hops after lost audio in which no stroke is sought: the break reaches every band."""

LONGEST_HELD_HOPS = 72
"""What was lost is taken to have been as loud as the loudest of the 24 ms before: drums beat, so it may rise again."""

OVER_NOISE_4 = 10.0 ** (np.array([16.5, 13.0, 10.0, 7.5, 5.5]) / 10.0)
OVER_NOISE_15 = 10.0 ** (np.array([14.5, 10.0, 6.5, 4.7, 3.0]) / 10.0)
"""How far noise alone lifts the mean of 4 and of 15 hops over the tracked floor, per band: the highest that was seen in
minutes of noise of any colour, and half a decibel more. Narrow bands fluctuate most. Every stroke exceeds it in some
band."""

EMPTY = 1e-13
SILENT = 1e-12
"""Mean square, all bands together, under which a hop is digital silence: -120 dBFS."""

_UNHEARD_FLOOR = 10.0**-9.0
"""Noise in a band of which nothing was heard yet: -90 dBFS, an interface's with its gain turned up."""

_NOTHING = 1e-14
_UNDER_LOUDEST_DB = 76.0
UNHEARD = 10.0 ** (-_UNDER_LOUDEST_DB / 10.0) * np.array([160.0, 500.0, 1500.0, 3800.0, 8000.0]) / 24_000.0
"""Energy that is added to each band of all that is heard, as a share of the loudest hop's: white noise 76 dB under it.

Where an interface has less noise of its own, what a drum does 60 dB under its strokes lies bare: of 56 recorded strokes
with noise of -100 dBFS the ear made 122, and 364 early notes; with this, 64 and 156. At 73 dB it is 57 and 135, but the
leaks in a calibrated microphone count more: `bleed` 0.912 instead of 0.923."""

_FORGOTTEN = 10.0 ** (-2.0 / HOPS_PER_S / 10.0)
"""The loudest hop counts 2 dB less each second."""

_FLOOR_RISE_DB_PER_S = 6.0
_RISE = 2.0


class Look(NamedTuple):
    """Where the start of a stroke is sought, back from where it was heard: in seconds, or in samples.

    Parameters
    ----------
    run_in : number
        In which the filters settle.
    quiet : number
        Of what is surely before the stroke.
    search : number
        In which the start lies.
    step : number
        Between two places that are compared.
    earlier : number
        The start is taken to be so much before the place that was found: the first samples of a stroke drown in what
        rings. They are half of the error that is left.
    """

    run_in: float
    quiet: float
    search: float
    step: float
    earlier: float

    def samples(self, sample_rate: int) -> Look:
        """Return it in whole samples, of which each is at least one; ``sample_rate`` is in Hz."""
        return Look(*(max(1, round(seconds * sample_rate)) for seconds in self))


LOOK_S = Look(run_in=0.006, quiet=0.005, search=0.005, step=0.00004, earlier=0.00015)


@inlined
def _passed(x, section, state):  # type: ignore[no-untyped-def]
    """Return a sample behind a second-order filter, and the two numbers of the filter's state."""
    b0, b1, b2, a1, a2 = section
    y = b0 * x + state[0]
    return y, (b1 * x - a1 * y + state[1], b2 * x - a2 * y)


@inlined
def _numbers(section):  # type: ignore[no-untyped-def]
    return section[0], section[1], section[2], section[3], section[4]


@inlined
def _in_band(x, sections, low, high):  # type: ignore[no-untyped-def]
    """Return a sample behind a band's high-pass and low-pass, and the states of both."""
    y, low = _passed(x, sections[0], low)
    out, high = _passed(y, sections[1], high)
    return out, low, high


@compiled
def filter_samples(ring, channel, start, count, sections, state, sums):  # type: ignore[no-untyped-def]
    """Run ``count`` samples of the ring through the bands and add their squares to ``sums``.

    Parameters
    ----------
    ring : (channels, size) float32
        Holds stream sample ``n`` at ``n % size``; the size is a power of two.
    channel, start, count : int
        Which samples.
    sections : (BANDS, 2, 5) float64
        As `bridge.ear.detector.band_sections` gives them.
    state : (BANDS, 4) float64
        Of the filters; is written.
    sums : (BANDS,) float64
        Are added to.
    """
    mask = ring.shape[1] - 1
    for band in range(BANDS):
        both = _numbers(sections[band, 0]), _numbers(sections[band, 1])
        low, high = (state[band, 0], state[band, 1]), (state[band, 2], state[band, 3])
        total = sums[band]
        for index in range(start, start + count):
            out, low, high = _in_band(np.float64(ring[channel, index & mask]), both, low, high)
            total += out * out
        state[band, 0], state[band, 1] = low
        state[band, 2], state[band, 3] = high
        sums[band] = total


@compiled
def hop_of(sample, rate):  # type: ignore[no-untyped-def]
    """Return the hop in which a sample lies; ``rate`` is in Hz."""
    return sample * HOPS_PER_S // rate


@compiled
def end_of(hop, rate):  # type: ignore[no-untyped-def]
    """Return the first sample after a hop; ``rate`` is in Hz."""
    return -(-(hop + 1) * rate // HOPS_PER_S)


@compiled
def close_hop(energy, floor, smooth, sums, hop, rate):  # type: ignore[no-untyped-def]
    """Turn the sums of a whole hop into energies, and follow the noise floor: down at once, up slowly.

    Digital silence, of a muted or a gated channel, tells nothing of the noise that comes with the next sound: the floor
    stays where it was. Following it down made 23 strokes of the first 5 s of noise after it.

    Parameters
    ----------
    energy, floor : (BANDS, RING) float64
        Mean squares of one channel; hop ``n`` is written at ``n % RING``.
    smooth : (BANDS + 1,) float64
        The smoothed energy of each band, and last the energy of the loudest hop; is written.
    sums : (BANDS,) float64
        As `filter_samples` left them; set to 0.
    hop : int
        From 0.
    rate : int
        Hz.
    """
    at = hop & (RING - 1)
    hop_samples = end_of(hop, rate) - end_of(hop - 1, rate)
    rise = 10.0 ** (_FLOOR_RISE_DB_PER_S / HOPS_PER_S / 10.0)
    silent = np.sum(sums) < SILENT * hop_samples
    smooth[BANDS] = max(smooth[BANDS] * _FORGOTTEN, np.sum(sums) / hop_samples)
    for band in range(BANDS):
        value = sums[band] / hop_samples + EMPTY + smooth[BANDS] * UNHEARD[band]
        sums[band] = 0.0
        energy[band, at] = value
        before = floor[band, (hop - 1) & (RING - 1)]
        if silent:
            if hop == 0:
                before = smooth[band] = _UNHEARD_FLOOR
            # Gently down: what each short sound of a gated channel raises must not add up.
            floor[band, at] = max(before / rise, min(before, _UNHEARD_FLOOR))
        else:
            smooth[band] = (
                value if hop == 0 else smooth[band] + (value - smooth[band]) * max(1.0 / (hop + 1), 1.0 / 60.0)
            )
            if hop < 30:
                floor[band, at] = smooth[band]
            elif smooth[band] < before:
                floor[band, at] = before + (smooth[band] - before) * 0.02
            else:
                floor[band, at] = before * rise
        if hop < WARM_UP_HOPS:
            # What came before the stream was like its first milliseconds, so that beginning is no stroke.
            for later in range(hop + 1, RING):
                energy[band, later] = value if silent else smooth[band]


@compiled
def settle_filters(sample, sections, state):  # type: ignore[no-untyped-def]
    """Set the filters to where they come to rest if the sound has always been ``sample``: nothing rings.

    Parameters
    ----------
    sample : float
    sections, state
        As for `filter_samples`; the state is written.
    """
    for band in range(BANDS):
        b0, _, b2, _, _ = _numbers(sections[band, 0])
        state[band, 0], state[band, 1] = -b0 * sample, b2 * sample
        state[band, 2] = state[band, 3] = 0.0


@compiled
def hold_hop(energy, held, smooth, sums, hop, rate, since):  # type: ignore[no-untyped-def]
    """Put what was held in place of what a break makes of the bands: before `close_hop`, which ends the hop.

    Parameters
    ----------
    energy, smooth, sums, hop, rate
        As for `close_hop`; the sums are written.
    held : (BANDS,) float64
        As `held_energies` left them.
    since : int
        Hops since the break ended; negative within it.
    """
    hop_samples = end_of(hop, rate) - end_of(hop - 1, rate)
    for band in range(BANDS):
        if since < SETTLE_HOPS[band]:
            added = EMPTY + smooth[BANDS] * UNHEARD[band]
            sums[band] = max(held[band] - added, 0.0) * hop_samples


@compiled
def held_energies(energy, hop, lost_hops, held):  # type: ignore[no-untyped-def]
    """Fill ``held`` with what the bands are taken to hold after ``hop``, while audio is lost.

    Their latest mean; of a longer loss, the highest of as long a time before it.

    Parameters
    ----------
    energy : (BANDS, RING) float64
        As `close_hop` wrote them.
    hop, lost_hops : int
    held : (BANDS,) float64
        Is written.
    """
    for band in range(BANDS):
        highest = peak_of(energy[band], hop, 0, min(lost_hops, LONGEST_HELD_HOPS))
        held[band] = max(mean_of(energy[band], hop, 0, 14), highest)


@compiled
def mean_of(energy, hop, first, last):  # type: ignore[no-untyped-def]
    """Return the mean energy of ``last - first`` hops, from ``hop - last + 1``.

    Parameters
    ----------
    energy : (RING,) float64
        Of one band.
    hop, first, last : int
        A hop, and from and to how many before it; ``first`` counts, ``last`` does not.
    """
    total = 0.0
    for back in range(first, last):
        total += energy[(hop - back) & (RING - 1)]
    return total / (last - first)


@compiled
def peak_of(energy, hop, first, last):  # type: ignore[no-untyped-def]
    """Return the highest mean of two neighbouring hops.

    Parameters
    ----------
    energy, hop, first, last
        As for `mean_of`; they tell the later hop of each pair.
    """
    highest = 0.0
    for back in range(first, last):
        highest = max(highest, energy[(hop - back) & (RING - 1)] + energy[(hop - back - 1) & (RING - 1)])
    return 0.5 * highest


@compiled
def rises(energy, floor, hop):  # type: ignore[no-untyped-def]
    """Is the energy of any band twice what it was, and twice the noise? Cheap; no stroke fails it.

    Parameters
    ----------
    energy, floor : (BANDS, RING) float64
        As `close_hop` wrote them.
    hop : int
        The last whole one.
    """
    for band in range(BANDS):
        now = mean_of(energy[band], hop, 0, 2)
        if now > _RISE * mean_of(energy[band], hop, 4, 14) and now > _RISE * floor[band, hop & (RING - 1)]:
            return True
    return False


@compiled
def stands_out(energy, floor, first, last, least):  # type: ignore[no-untyped-def]
    """Return whether some band of hops ``first`` to ``last`` is louder than noise alone ever gets.

    Parameters
    ----------
    energy, floor : (BANDS, RING) float64
        As `close_hop` wrote them.
    first, last : int
        Both count.
    least : (BANDS,) float64
        Ratio to the floor, of energies: `OVER_NOISE_4` or `OVER_NOISE_15`.
    """
    for band in range(BANDS):
        if mean_of(energy[band], last, 0, last - first + 1) > least[band] * floor[band, (first - 1) & (RING - 1)]:
            return True
    return False


@compiled
def _squares(ring, channel, first, sections, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the squares of one band of the ring, filtered anew from sample ``first``."""
    mask = ring.shape[1] - 1
    both = _numbers(sections[0]), _numbers(sections[1])
    low = high = (0.0, 0.0)
    for index in range(len(out)):
        passed, low, high = _in_band(np.float64(ring[channel, (first + index) & mask]), both, low, high)
        out[index] = passed * passed


@compiled
def start_of(ring, channel, now, sections, look, scratch):  # type: ignore[no-untyped-def]
    """Return the sample at which the stroke heard just before sample ``now`` starts.

    Where is it most likely that the sound changed from one loudness to a greater one? For noise of one variance before
    a moment and another after it, the logarithm of the likelihood is a sum over both sides of -n/2 log(variance): taken
    for every moment and added over the bands by their width, its highest point is the start. The lowest band is too
    slow to help. Seismologists pick the arrival of a wave so.

    Parameters
    ----------
    ring, channel, sections
        As for `filter_samples`.
    now : int
        The sample after the last that was heard.
    look : Look
        `LOOK_S` in samples.
    scratch : (2, n) float64
        Is written; n is the sum of ``look``.
    """
    run_in, quiet, search, step = look.run_in, look.quiet, look.search, look.step
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
    return now - search + best - look.earlier


@compiled
def hop_energies(ring, sections, rate, energies):  # type: ignore[no-untyped-def]
    """Fill ``energies`` with those of a whole recording, given as one long ring.

    Parameters
    ----------
    ring : (1, size) float32
        The recording from sample 0 on; the size is a power of two and no less than its length.
    sections : (BANDS, 2, 5) float64
        As `bridge.ear.detector.band_sections` gives them.
    rate : int
        Hz.
    energies : (BANDS, hops) float64
        Mean squares; is written.
    """
    state, sums = np.zeros((BANDS, 4)), np.zeros(BANDS)
    for hop in range(energies.shape[1]):
        first = end_of(hop - 1, rate)
        hop_samples = end_of(hop, rate) - first
        filter_samples(ring, 0, first, hop_samples, sections, state, sums)
        for band in range(BANDS):
            energies[band, hop] = sums[band] / hop_samples + EMPTY
            sums[band] = 0.0
