"""Do a job of an experiment on ways to a gradient: learn mappings, and play what they answer on the synth itself."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridge.ear.analyzer import WINDOW_S
from bridge.learning.gradient_fold import CountedEngine, Lab, measured
from bridge.learning.gradient_grid import GradientJob
from bridge.learning.gradient_ways import WAYS
from bridge.learning.proxy_experiment import recorded
from bridge.learning.recorded import examples_of
from bridge.learning.sources import RATE, strokes_of
from bridge.learning.stand_in import dx7_setting
from bridge.learning.strokes import strokes_at_rate
from bridge.learning.through import Reached
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.synth import SampledSynth, sampled_synth
from models.devices.gradients import OF_COPY
from models.embeddings.segments import Segments
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.settings import FitSettings
from models.training.strokes import folds

SPLIT_SEED = 0
"""Of the folds: they are the same for all ways and seeds, so that these are compared stroke by stroke."""


def run_gradient_job(job: GradientJob) -> dict[str, Any]:
    """Learn a mapping in each fold and measure what was held out; one thread, as other jobs use the other cores.

    What a synth has not is no failure: the result says what is missing.

    Raises
    ------
    InputError
        The synth cannot be recorded here, the architecture does not fit it, or the strokes cannot be split.
    """
    if job.source is None:
        raise ValueError(f"{job.words}: a job without its drum cannot be run")
    synth = _with_copy(sampled_synth(job.synth, job.controls))
    result: dict[str, Any] = {"job": job.described(), "missing": _missing(job.way, synth), "folds": []}
    if result["missing"]:
        return result
    heard, groups = strokes_of(job.source, round(WINDOW_S * RATE))
    strokes = strokes_at_rate(heard)
    proxy = _proxy(job.synth, job.controls, job.seed, job.notes, job.arch, job.parameters, job.nets, job.steps)
    with closing(CountedEngine(engine_of(synth).start(synth, Way()))) as engine:
        found = Reached(synth, proxy, Path(job.synth))
        lab = Lab(strokes, groups, found, engine, job.epochs, job.seed, job.rounds, job.search_notes)
        splits = folds(strokes, SPLIT_SEED, groups, job.folds)
        return result | {"folds": [measured(lab, job.way, split) for split in splits]}


def _with_copy(synth: SampledSynth) -> SampledSynth:
    """Return a voice of ours as a synth that has itself for a copy: no other way can know more of it."""
    if synth.sampling.engine != "voice":
        return synth
    return replace(synth, sampling=synth.sampling.model_copy(update={"alike": synth.name}))


def _missing(way: str, synth: SampledSynth) -> str:
    """Return what a way needs and a synth has not; empty where it has all."""
    if way in WAYS and WAYS[way].gradient in OF_COPY and not synth.sampling.alike:
        return "no voice of ours sounds alike"
    return ""


@lru_cache(maxsize=1)
def _proxy(
    name: str,
    controls: tuple[str, ...],
    seed: int,
    notes: int,
    arch: str,
    parameters: int,
    nets: int,
    steps: int,
) -> Proxy:
    """Record a synth and learn its proxy; the jobs of one synth and seed follow each other."""
    found = recorded(name, controls, notes, seed)
    settings = FitSettings(arch, parameters, nets, steps, seed=seed, dx7=dx7_setting(found))
    return fit_proxy(examples_of(found, Segments()), settings)
