"""Do a job of an experiment on proxies: record the synth, fit a proxy, and measure it."""

from __future__ import annotations

import atexit
import time
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bridge.learning.proxy_grid import ProxyJob
from bridge.learning.recorded import examples_of
from bridge.learning.stand_in import TAKES, HeardSynth, dx7_setting, repeats_exactly
from bridge.sampling.begin import Asked, begun
from bridge.sampling.engine import ENGINES, Way, engine_of
from bridge.sampling.folder import SampleSet
from bridge.sampling.record import record
from bridge.sampling.synth import sampled_synth
from models.embeddings.registry import embedding_named


def run_proxy_job(job: ProxyJob) -> dict[str, Any]:
    """Make a proxy and return its figures; one thread, as other jobs use the other cores.

    Raises
    ------
    InputError
        The synth cannot be recorded here, or the architecture does not fit it.
    """
    from models.proxies.fit import fit_proxy
    from models.proxies.scores import gradient_score, held_out_scores
    from models.proxies.settings import FitSettings

    found = recorded(job.synth, job.controls, job.notes, job.seed)
    embedding = embedding_named(job.embedding)
    learned, test = examples_of(found, embedding, figures=False).split(job.seed, job.held_out)
    settings = FitSettings(job.arch, job.parameters, job.nets, job.steps, seed=job.seed, dx7=dx7_setting(found))
    began = time.process_time()
    proxy = fit_proxy(learned, settings)
    seconds = time.process_time() - began
    result = {"job": job.described(), "scores": held_out_scores(proxy, test).described(), "seconds": round(seconds, 2)}
    if job.gradients:
        with closing(
            ENGINES[found.facts.engine].start(found.synth, Way(sample_rate=found.facts.sample_rate))
        ) as engine:
            heard = HeardSynth(found.synth, engine, embedding, 1 if repeats_exactly(found) else TAKES)
            score = gradient_score(proxy, heard, test.unit)
        result["gradient"] = {name: round(getattr(score, name), 4) for name in ("mean", "median", "worst")}
    return result


@lru_cache(maxsize=2)
def recorded(name: str, controls: tuple[str, ...], notes: int, seed: int) -> SampleSet:
    """Record a synth into a folder that goes with this process; the jobs of one synth share it."""
    synth = sampled_synth(name, controls)
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    asked = Asked(synth, engine_of(synth), Way(), notes, seed)
    found = begun(Path(folder.name) / "takes", asked)
    record(found, asked.kind, asked.way)
    return found
