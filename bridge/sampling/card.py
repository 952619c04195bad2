"""The report card of a recorded synth: how well it repeats itself, and what each control does to its sound.

A sweep moves one control from low to high while all others rest. Two sounds differ where their distance (time-segmented
log-mel, mean over its cells in dB) is above the floor: what takes of one setting differ by among themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.attributes import ATTRIBUTES, attributes_of
from bridge.sampling.folder import SampleSet
from bridge.sampling.timing import Timing, read_timing
from models.embeddings.registry import embedding_named
from synth.dsp.levels import decibels
from synth.errors import counted_noun
from synth.spec import Param

Array = NDArray[np.float64]

DISTANCE = "segments"
"""The embedding whose distance tells sounds apart here."""

LEAST_FLOOR_DB = 0.05
"""Below it nobody hears a difference, even where a synth repeats itself to the bit."""

OVER_FLOOR = 2.0
"""Times the floor: two sounds that differ by more are different."""

CLEARLY = 0.75
"""A curve whose unevenness is less than this part of another's is better."""

DRIFT = 3.0
"""Times the spread of repeats: anchors that move by more have drifted."""


@dataclass(frozen=True, slots=True, eq=False)
class ControlReport:
    """What a control does, from its sweep.

    Parameters
    ----------
    param : Param
    values : (steps,) float64
        Real units, from low to high.
    attributes : (steps, 5) float64
        Of the sound at each, as in `ATTRIBUTES`.
    apart_db : (steps - 1,) float64
        Distance of each sound to the next.
    reach_db : float
        Distance between the two sounds of the sweep that are furthest apart.
    slew_db : float
        Largest distance of a sound just after the control has moved to the same while it rests.
    floor_db : float
        Distances up to this mean nothing.
    """

    param: Param
    values: Array
    attributes: Array
    apart_db: Array
    reach_db: float
    slew_db: float
    floor_db: float

    @property
    def works(self) -> bool:
        """Whether it changes the sound."""
        return self.reach_db > OVER_FLOOR * self.floor_db

    @property
    def slews(self) -> bool:
        """Whether it is still on its way when a note follows at once."""
        return self.slew_db > OVER_FLOOR * self.floor_db

    @property
    def live(self) -> tuple[float, float]:
        """The part of its range that changes the sound, real units: dead zones at the ends are left out."""
        moves = np.flatnonzero(self.apart_db > OVER_FLOOR * self.floor_db)
        if not len(moves):
            return float(self.values[0]), float(self.values[-1])
        return float(self.values[moves[0]]), float(self.values[moves[-1] + 1])

    @property
    def distinct(self) -> int:
        """How many of the sweep's sounds differ from the one before, and the first."""
        return 1 + int(np.count_nonzero(self.apart_db > OVER_FLOOR * self.floor_db))

    @property
    def curve(self) -> str:
        """The curve, linear or log, under which it changes the sound more evenly; its own where neither is better."""
        if self.param.kind != "number" or min(self.values) <= 0.0 or not self.works:
            return self.param.curve if self.param.kind == "number" else "linear"
        travelled = np.concatenate([[0.0], np.cumsum(self.apart_db)]) / max(float(self.apart_db.sum()), 1e-9)
        ways = {"linear": self.values, "log": np.log(self.values)}
        uneven = {name: np.abs(travelled - (way - way[0]) / np.ptp(way)).max() for name, way in ways.items()}
        best = min(uneven, key=lambda name: uneven[name])
        return best if uneven[best] < CLEARLY * uneven[self.param.curve] else self.param.curve

    def change(self, attribute: int) -> float:
        """Return how far an attribute goes over the sweep, in its unit; 0 where it is not known of two sounds."""
        known = self.attributes[:, attribute][np.isfinite(self.attributes[:, attribute])]
        return float(np.ptp(known)) if len(known) > 1 else 0.0

    def order(self, attribute: int) -> float:
        """Return the rank correlation of an attribute with the control, -1 to 1; NaN where nothing moves."""
        from scipy.stats import rankdata

        known = np.isfinite(self.attributes[:, attribute])
        if known.sum() < 3 or self.change(attribute) <= 0.0:
            return float("nan")
        ranks = rankdata(self.attributes[known, attribute])
        return float(np.corrcoef(rankdata(self.values[known]), ranks)[0, 1])

    @property
    def main(self) -> int:
        """The attribute that it changes most, in differences that a listener can just tell."""
        return int(np.argmax([self.change(place) / one.just_noticeable for place, one in enumerate(ATTRIBUTES)]))


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """The report card of a synth.

    Parameters
    ----------
    synth : str
    takes : int
        Joint settings that are there.
    silent, clipped : int
        Of these.
    level_db : float
        Peak of the loudest take, relative to full scale.
    noise_db : float
        RMS of the quietest end of a repeat, relative to full scale.
    identical : bool
        Whether all repeats are the same to the bit.
    spread : (5,) float64
        Standard deviation of each attribute over the repeats.
    floor_db : float
        Mean distance of two repeats.
    drift : (5,) float64
        How far each attribute of the anchors moves from the first fifth of the recording to the last.
    controls : tuple of ControlReport
    timing : Timing, optional
        Of a synth that plays in real time.
    """

    synth: str
    takes: int
    silent: int
    clipped: int
    level_db: float
    noise_db: float
    identical: bool
    spread: Array
    floor_db: float
    drift: Array
    controls: tuple[ControlReport, ...]
    timing: Timing | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know or do, one sentence each."""
        found = [
            f"{report.param.name} changes nothing that is heard while the other controls rest; leave it out, or give "
            "the others defaults at which it is heard"
            for report in self.controls
            if not report.works
        ]
        found += [
            f"{report.param.name} is still moving when its note follows at once ({report.slew_db:.1f} dB); "
            "give it a longer settle_ms in the profile"
            for report in self.controls
            if report.works and report.slews
        ]
        found += [words for report in self.controls if (words := _contradiction(report))]
        for attribute, drift, spread in zip(ATTRIBUTES, self.drift, self.spread, strict=True):
            if np.isfinite(drift) and abs(drift) > max(DRIFT * spread, attribute.just_noticeable):
                moved = f"the {attribute.name} of one setting moved by {abs(drift):.2g} {attribute.unit}"
                found.append(f"the synth drifted: {moved} meanwhile; let it warm up, and sample it again")
        if self.takes and self.silent:
            found.append(f"{counted_noun(self.silent, 'setting')} of {self.takes} made no sound")
        if self.clipped:
            found.append(f"{counted_noun(self.clipped, 'take')} clipped twice; turn the input down and sample again")
        return tuple(found)


ROLES = {"level": "level", "decay": "decay", "pitch": "pitch"}
"""Role of a control to the attribute that it must change."""


def _contradiction(report: ControlReport) -> str:
    """Say what a profile says of a control that its sounds deny; empty if nothing."""
    name = ROLES.get(report.param.role, "")
    if not name or not report.works:
        return ""
    place = next(number for number, attribute in enumerate(ATTRIBUTES) if attribute.name == name)
    if report.change(place) >= ATTRIBUTES[place].just_noticeable:
        return ""
    changed = ATTRIBUTES[report.main].name
    return f"the profile says that {report.param.name} is the {name}, and it changes the {changed}; correct its role"


def report_card(found: SampleSet) -> Card:
    """Measure the takes of a folder whose repeats, sweeps and anchors are there."""
    repeats = found.audio(found.plan.rows_of("repeat"))
    floor_db = max(_spread_db(repeats, found.facts.sample_rate), LEAST_FLOOR_DB)
    attributes = attributes_of(repeats, found.facts.sample_rate)
    joint = [found.taken[int(number)] for number in found.plan.rows_of("joint", "more") if int(number) in found.taken]
    peak = max((take.peak for take in found.taken.values()), default=0.0)
    anchors = [number for number in found.plan.rows_of("anchor") if int(number) in found.taken]
    return Card(
        found.synth.name,
        len(joint),
        sum(take.silent for take in joint),
        sum(take.clipped for take in joint),
        decibels(peak),
        _noise_db(repeats),
        bool((repeats == repeats[0]).all()),
        _spreads(attributes),
        floor_db,
        _drift(attributes_of(found.audio(anchors), found.facts.sample_rate)),
        tuple(_control(found, column, floor_db) for column in range(len(found.synth.space))),
        read_timing(found.folder),
    )


def _spread_db(takes: NDArray[np.float32], rate_hz: int) -> float:
    """Return the mean distance of takes of one setting to each other."""
    embedded = embedding_named(DISTANCE)(takes, rate_hz)
    pairs = [np.abs(one - other).mean() for one, other in pairwise(embedded)]
    return float(np.mean(pairs)) if pairs else 0.0


def _noise_db(takes: NDArray[np.float32]) -> float:
    """Return the level of the end of takes, where a percussive sound is over."""
    end = takes[:, -max(takes.shape[1] // 20, 1) :]
    return decibels(float(np.sqrt(np.square(end, dtype=np.float64).mean(1)).min()))


def _spreads(attributes: Array) -> Array:
    """Return the standard deviation of each attribute over takes; NaN of one that fewer than two takes have."""
    columns = [column[np.isfinite(column)] for column in attributes.T]
    return np.array([column.std() if len(column) > 1 else np.nan for column in columns])


def _drift(attributes: Array) -> Array:
    """Return the median of the last fifth of anchors less that of the first, of each attribute."""
    part = max(len(attributes) // 5, 1)
    columns = [(column[:part], column[-part:]) for column in attributes.T]
    both = [(first[np.isfinite(first)], last[np.isfinite(last)]) for first, last in columns]
    return np.array([np.median(b) - np.median(a) if len(a) and len(b) else np.nan for a, b in both])


def _control(found: SampleSet, column: int, floor_db: float) -> ControlReport:
    plan, rate_hz = found.plan, found.facts.sample_rate
    rows = np.flatnonzero((plan.purposes == "sweep") & (plan.controls == column))
    rows = rows[np.argsort(plan.steps[rows], kind="stable")]
    takes = found.audio(rows)
    embedded = embedding_named(DISTANCE)(takes, rate_hz).astype(np.float64)
    # Two takes a step: just after the control has moved, and while it rests.
    moved, rested = embedded[0::2], embedded[1::2]
    values = np.asarray(found.synth.space.from_unit(plan.unit[rows[1::2]]))[:, column]
    return ControlReport(
        found.synth.space.params[column],
        values,
        attributes_of(takes[1::2], rate_hz),
        np.abs(np.diff(rested, axis=0)).mean(1),
        float(max(np.abs(rested - one).mean(1).max() for one in rested)),
        float(np.abs(moved - rested).mean(1).max()),
        floor_db,
    )
