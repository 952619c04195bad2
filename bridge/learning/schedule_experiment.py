"""Do a job of an experiment on schedules: learn a proxy and an estimator, and really play what it answers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bridge.learning.schedule_grid import OWN, ScheduleJob
from bridge.learning.schedule_sounds import Rows, of_other_synth, rendered, sounding
from bridge.learning.stand_in import HeardSynth
from bridge.learning.synth_grid import HELD_OUT_SEED
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.synth import sampled_synth
from models.embeddings.segments import Segments
from models.proxies.comparison import comparison_of
from models.proxies.estimator import Estimator
from models.proxies.estimator_fit import EstimatorSettings, fit_estimator
from models.proxies.examples import Examples
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.scores import held_out_scores
from models.proxies.settings import FitSettings

DIGITS = 4


@dataclass(frozen=True, slots=True)
class _Known:
    """What all schedules of a synth and seed share."""

    examples: Examples
    held: Examples
    proxy: Proxy


def run_schedule_job(job: ScheduleJob) -> dict[str, Any]:
    """Learn an estimator and return its figures; one thread, as other jobs use the other cores.

    In domain the level counts. Other synths' sounds have whatever level they have, so for these another estimator
    learns, which hears none.

    Raises
    ------
    InputError
        The synth, or another whose sounds are matched, cannot be played here.
    """
    synth = sampled_synth(job.synth, job.controls)
    known = _known(synth.name, job.controls, job.seed, job.notes, job.targets, _fit_settings(job))
    scores = held_out_scores(known.proxy, known.held)
    proxy = {"l1": round(float(scores.l1), DIGITS), "l1_of_mean": round(float(scores.l1_of_mean), DIGITS)}
    with closing(engine_of(synth).start(synth, Way())) as engine:
        heard, rate_hz = HeardSynth(synth, engine, Segments()), engine.sample_rate
        began = time.process_time()
        estimator = _estimator(job, known, any_level=False)
        seconds = time.process_time() - began
        sounds = {OWN: _matched(known, heard, rate_hz, estimator, known.held.embedded)}
        if job.others:
            estimator = _estimator(job, known, any_level=True)
        for name in job.others:
            targets = of_other_synth(name, synth.take_s, job.targets, HELD_OUT_SEED)
            sounds[name] = _matched(known, heard, rate_hz, estimator, targets)
    return {"job": job.described(), "proxy": proxy, "sounds": sounds, "seconds": round(seconds, 2)}


@lru_cache(maxsize=1)
def _known(name: str, controls: tuple[str, ...], seed: int, notes: int, targets: int, settings: FitSettings) -> _Known:
    """Record a synth in memory and learn its proxy; the jobs of one synth and seed follow each other."""
    synth = sampled_synth(name, controls)
    with closing(engine_of(synth).start(synth, Way())) as engine:
        heard = HeardSynth(synth, engine, Segments())
        examples, _ = sounding(synth, heard, engine.sample_rate, notes, seed)
        held, _ = sounding(synth, heard, engine.sample_rate, targets, HELD_OUT_SEED)
    return _Known(examples, held, fit_proxy(examples, settings))


def _fit_settings(job: ScheduleJob) -> FitSettings:
    return FitSettings(job.arch, job.parameters, job.nets, job.proxy_steps, seed=job.seed)


def _estimator(job: ScheduleJob, known: _Known, any_level: bool) -> Estimator:
    comparison = comparison_of(Segments.name, known.examples.embedded.shape[1], any_level)
    settings = EstimatorSettings(job.schedule, job.steps, seed=job.seed)
    return fit_estimator(known.examples, known.proxy, comparison, settings)


def _matched(known: _Known, heard: HeardSynth, rate_hz: int, estimator: Estimator, targets: Rows) -> dict[str, Any]:
    """Play the answers for some sounds; beside them stands the nearest of what was recorded."""
    compared = estimator.comparison
    found = rendered(heard, rate_hz, estimator.settings(targets), targets, [compared] * len(targets))
    nearest = [float(compared.distances(target, known.examples.embedded).min()) for target in targets]
    return {"apart_db": _rounded(found.apart), "nearest_db": _rounded(nearest), "silent": found.silent}


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(value), DIGITS) for value in values]
