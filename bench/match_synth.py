"""How near a synth comes to sounds: ``python -m bench.match_synth`` prints the tables of docs/notes/matching-synths.md.

Settings of a synth are recorded in memory, a proxy and estimators learn from them, and other settings are targets: each
method's answer is really rendered. Distances are those of the pilot: log-mel, 32 bands x 8 segments, mean difference in
dB, at the level of the takes. `+-` is half of a bootstrapped 95 % interval of the mean over the targets. Searches of
all targets go on side by side, so that a synth on a JACK server plays as many notes at once as there are targets.

Out of domain stand recorded drums, a folder of them, and random settings of another synth, both at any level.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.report import asked, folder, head, heading, line
from bridge.learning.match_synth import GUESSES, NEAREST, target_of
from bridge.learning.one_shot import one_shot
from bridge.learning.schedule_sounds import SOUNDING_PEAK, of_other_synth, rendered, sounding
from bridge.learning.stand_in import HeardSynth
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.plan import joint_settings
from bridge.sampling.synth import SampledSynth, sampled_synth
from models.embeddings.segments import Segments
from models.proxies.bundle import load_proxy
from models.proxies.comparison import Comparison, comparison_of
from models.proxies.estimator import Estimator
from models.proxies.estimator_fit import SCHEDULES, EstimatorSettings, fit_estimator
from models.proxies.examples import Examples
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.refine import Played, Search, descended, proposal
from models.proxies.scores import held_out_scores
from models.proxies.settings import FitSettings
from synth.errors import InputError

COURSE = (10, 30, 100)
UNGUARDED_STEPS = 60
UNIT_REACH = 1.0
RESAMPLED = 2000
ANSWERS = "switch"
"""The schedule whose answers a search begins with."""

SEARCHES = {
    "blind": "blind variations",
    "screened": "variations, 32 screened to 1",
    "nearest": "guarded, from the nearest",
    "answers": "guarded, with the answers of estimator and proxy",
}

Rows = NDArray[np.float32]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lab:
    """A synth with what was learned of it."""

    synth: SampledSynth
    heard: HeardSynth
    rate_hz: int
    examples: Examples
    proxy: Proxy
    peak: float
    seed: int


def lab_of(synth: SampledSynth, heard: HeardSynth, rate_hz: int, notes: int, seed: int, proxy: str) -> Lab:
    """Record a synth and learn it, and print how well it was learned."""
    began = time.process_time()
    examples, peaks = sounding(synth, heard, rate_hz, notes, seed)
    recorded_s = time.process_time() - began
    made = load_proxy(Path(proxy), synth.space) if proxy else fit_proxy(examples, FitSettings(seed=seed))
    learned_s = time.process_time() - began - recorded_s
    print(
        f"\n{synth.name}: {len(synth.space)} parameters, {len(examples)} settings that sound of {len(peaks)} recorded, "
        f"{recorded_s:.0f} s; proxy {made.arch}, {learned_s:.0f} s of one core, "
        f"trained to L1 {made.card.get('training_l1')}\n"
    )
    peak = min(float(np.median(peaks[peaks > SOUNDING_PEAK])), 1.0)
    return Lab(synth, heard, rate_hz, examples, made, peak, seed)


def interval(values: NDArray[np.floating]) -> str:
    """Return a mean and half of its bootstrapped 95 % interval."""
    rng = np.random.default_rng(3)
    means = values[rng.integers(len(values), size=(RESAMPLED, len(values)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{values.mean():.2f} +- {(high - low) / 2:.2f}"


def searched(
    lab: Lab,
    comparisons: Sequence[Comparison],
    targets: Rows,
    starts: Sequence[NDArray[np.intp]],
    search: Search,
    renders: int,
    first: Array | None = None,
) -> Array:
    """Return the distance of the nearest after each render, (targets, renders + 1), the searches side by side.

    Parameters
    ----------
    lab : Lab
    comparisons : sequence of Comparison
        One for each target.
    targets : (n, d) float32
    starts : sequence of (k,) int
        Recorded settings from which each begins.
    search : Search
    renders : int
    first : (n, k, p) float64, optional
        Answers that are played first, as many renders.
    """
    played = [
        Played(lab.proxy, comparison, target, lab.examples.unit[rows], lab.examples.embedded[rows])
        for comparison, target, rows in zip(comparisons, targets, starts, strict=True)
    ]
    rngs = [np.random.default_rng([lab.seed, place]) for place in range(len(played))]
    course = [[one.distances.min() for one in played]]
    for number in range(renders):
        if first is not None and number < first.shape[1]:
            unit = first[:, number]
        else:
            unit = np.stack([proposal(one, search, rng) for one, rng in zip(played, rngs, strict=True)])
        for one, setting, row in zip(played, unit, lab.heard(unit), strict=True):
            one.hear(setting, row)
        course.append([one.distances.min() for one in played])
    return np.array(course).T


def in_domain(lab: Lab, targets: int, renders: Sequence[int], searches: Sequence[str]) -> None:
    """Print the table of held-out settings, with those of the searches that are named."""
    held, _ = sounding(lab.synth, lab.heard, lab.rate_hz, targets, lab.seed + 1000)
    comparison = comparison_of(Segments.name, held.embedded.shape[1])
    scores = held_out_scores(lab.proxy, held)
    print(f"the proxy on the targets: L1 {scores.l1:.3f} of {scores.l1_of_mean:.3f}, {scores.own:.2f} dB\n")
    head("method", "renders", "dB", "minus retrieval", "silent", "s a target")
    wanted = held.embedded
    apart = np.stack([comparison.distances(row, lab.examples.embedded) for row in wanted])
    near = apart.argsort(1, kind="stable")[:, :NEAREST]
    looked_up = apart.min(1)

    def told(name: str, count: int | str, found: NDArray[np.floating], seconds: float, silent: int | str = "") -> None:
        line(name, count, interval(found), interval(found - looked_up), silent, f"{seconds / targets:.2f}")

    def timed(name: str, count: int | str, answers: Callable[[], Array]) -> Array:
        began = time.process_time()
        unit = answers()
        seconds = time.process_time() - began
        found = rendered(lab.heard, lab.rate_hz, unit, wanted, [comparison] * targets)
        told(name, count, found.apart, seconds, found.silent)
        return unit

    timed("a random setting", 0, lambda: joint_settings(lab.synth, targets, lab.seed + 2000))
    told("nearest of the recorded", 0, looked_up, 0.0)
    guesses = timed(f"nearest of {GUESSES} by proxy", 0, lambda: _guessed(lab, [comparison] * targets, wanted))
    estimates = {}
    for schedule in SCHEDULES:
        began = time.process_time()
        estimator = _estimator(lab, comparison, schedule)
        learned_s = time.process_time() - began
        name = f"estimator, {schedule} (learned in {learned_s:.0f} s)"
        estimates[schedule] = timed(name, 0, partial(estimator.settings, wanted))
    timed("nearest, then unguarded descent", 0, lambda: _unguarded(lab, comparison, wanted, near))

    first = np.stack([estimates[ANSWERS], guesses], 1)
    ways: dict[str, tuple[Search, Array | None, int]] = {
        "blind": (Search(screened=1, descended=0), None, max(renders)),
        "screened": (Search(descended=0), None, renders[1]),
        "nearest": (Search(), None, renders[1]),
        "answers": (Search(), first, renders[1]),
    }
    courses = {}
    for name in searches:
        search, answers, count = ways[name]
        began = time.process_time()
        courses[name] = searched(lab, [comparison] * targets, wanted, list(near), search, count, answers)
        seconds = time.process_time() - began
        for at in (at for at in renders if at <= count):
            told(SEARCHES[name], at, courses[name][:, at], seconds * at / count)
    for name in (name for name in ("nearest", "answers") if name in courses):
        final = courses[name][:, renders[1]]
        nearer = f"nearer than retrieval for {int((final < looked_up).sum())} of {targets} targets"
        blind = interval(final - courses["blind"][:, -1]) if "blind" in courses else "not compared"
        print(f"\n{SEARCHES[name]}, {renders[1]} renders: {nearer}; minus blind with {max(renders)}: {blind} dB")


def out_of_domain(
    lab: Lab, name: str, sounds: Sequence[tuple[Rows, Comparison]], estimators: Sequence[Estimator], renders: int
) -> None:
    """Print how near the synth comes to sounds that are not its own, at any level."""
    targets, comparisons = np.stack([row for row, _ in sounds]), [one for _, one in sounds]
    apart = np.stack([one.distances(row, lab.examples.embedded) for row, one in sounds])
    near, looked_up = apart.argsort(1, kind="stable")[:, :NEAREST], apart.min(1)
    cells = []
    first = []
    for estimator in estimators:
        unit = estimator.settings(targets)
        found = rendered(lab.heard, lab.rate_hz, unit, targets, comparisons)
        cells.append(f"{interval(found.apart)}, {found.silent} silent")
        first.append(unit)
    answers = np.stack([first[list(SCHEDULES).index(ANSWERS)], _guessed(lab, comparisons, targets)], 1)
    course = searched(lab, comparisons, targets, list(near), Search(), renders, answers)
    final = course[:, renders]
    share = f"{int((final < looked_up - 0.005).sum())} of {len(sounds)}"
    line(name, len(sounds), interval(looked_up), *cells, interval(final), interval(final - looked_up), share)


def _estimator(lab: Lab, comparison: Comparison, schedule: str) -> Estimator:
    settings = EstimatorSettings(schedule=schedule, seed=lab.seed)
    return fit_estimator(lab.examples, lab.proxy, comparison, settings)


def _guessed(lab: Lab, comparisons: Sequence[Comparison], targets: Rows) -> Array:
    unit = joint_settings(lab.synth, GUESSES, lab.seed + 3000)
    believed = lab.proxy.predicted(unit)
    pairs = zip(comparisons, targets, strict=True)
    return np.stack([unit[comparison.distances(row, believed).argmin()] for comparison, row in pairs])


def _unguarded(lab: Lab, comparison: Comparison, targets: Rows, near: NDArray[np.intp]) -> Array:
    """Return where steps down the proxy alone lead, from the nearest recorded setting."""
    found = []
    for target, row in zip(targets, near[:, 0], strict=True):
        unit = lab.examples.unit[[row]]
        # What the proxy itself says there is taken for what was played: nothing is corrected.
        played = Played(lab.proxy, comparison, target, unit, lab.proxy.predicted(unit))
        found.append(descended(played, unit, Search(steps=UNGUARDED_STEPS, reach=UNIT_REACH))[0])
    return lab.synth.space.realised(np.stack(found))


def drums(lab: Lab, place: Path, count: int) -> list[tuple[Rows, Comparison]]:
    """Return recorded hits of a folder."""
    found = []
    for path in sorted(place.iterdir()):
        try:
            target = target_of(one_shot(path), Segments(), lab.synth.take_s, lab.peak)
        except InputError as error:
            print(error, file=sys.stderr)
            continue
        found.append((target.row, comparison_of(Segments.name, len(target.row), any_level=True, heard=target.heard)))
    step = max(len(found) // count, 1)
    return found[::step][:count]


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables of one synth."""
    options = asked(
        __doc__,
        words,
        synth=("dx7-drum", "a profile, or a voice of ours"),
        notes=(4096, "settings that are recorded"),
        targets=(100, "held-out settings; 0: none"),
        searches=(",".join(SEARCHES), "which of these, with commas between"),
        proxy=("", "file of a proxy of segments, in place of one made here"),
        other=("snare808", "another synth, whose sounds are matched too"),
        strange=(40, "sounds that are not the synth's own, of each kind; 0: none"),
        sounds=(folder, "recorded drums to match"),
        seed=(1, "of everything"),
    )
    torch.set_num_threads(1)
    print(heading(options.seed))
    synth = sampled_synth(options.synth)
    with closing(engine_of(synth).start(synth, Way())) as engine:
        heard = HeardSynth(synth, engine, Segments())
        lab = lab_of(synth, heard, engine.sample_rate, options.notes, options.seed, options.proxy)
        if options.targets:
            in_domain(lab, options.targets, COURSE, [name for name in options.searches.split(",") if name in SEARCHES])
        if not options.strange:
            return
        others = of_other_synth(options.other, synth.take_s, options.strange, options.seed)
        comparison = comparison_of(Segments.name, lab.examples.embedded.shape[1], any_level=True)
        kinds = {options.other: [(row, comparison) for row in others]}
        if options.sounds:
            kinds[options.sounds.name] = drums(lab, options.sounds, options.strange)
        print("\nnot the synth's own sounds, at any level, dB\n")
        estimated = (f"estimator, {name}" for name in SCHEDULES)
        head("sounds", "n", "retrieved", *estimated, "guarded", "minus retrieval", "nearer")
        estimators = [_estimator(lab, comparison, schedule) for schedule in SCHEDULES]
        for name, sounds in kinds.items():
            out_of_domain(lab, name, sounds, estimators, COURSE[1])


if __name__ == "__main__":
    main()
