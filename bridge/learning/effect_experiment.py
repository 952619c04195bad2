"""Do a job of an experiment on effects: learn in one way, and measure held-out lessons on the real effects."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bridge.learning.effect_grid import EXACT, METRICS, NOTHING, RULE, TESTS_SEED, THROUGH_PROXY, VALUES, EffectJob
from models.devices.agreement import agreement
from models.devices.device import Device
from models.devices.gradients import Gradient
from models.devices.spsa import Spsa
from models.devices.ways import Through
from models.features.k_weighting import k_weighted
from models.style.examples import Example, examples
from models.style.hearing import FLOOR_DB, heard
from models.style.learn import Learned, Settings, chain_device, learn_style
from models.style.losses import level_db, stft_distance
from models.style.proxy import train_proxy
from models.style.rule_based import matched
from models.training.threads import one_thread_per_call
from synth.effects.chain import Chain, chain_named
from synth.effects.sampled import SAMPLED

POINTED, POINTED_STEP = 12, 1e-3
"""Lessons on which gradients are compared with finite differences, and their step."""
Array = NDArray[np.float64]


def run_effect_job(job: EffectJob) -> dict[str, Any]:
    """Learn, and measure; one thread, as other jobs use the other cores."""
    with one_thread_per_call():
        chain = chain_named(job.chain)
        rates = (job.rate_hz, *job.transfer_hz)
        tests = {rate: _tests(job.chain, job.tests, job.seconds, rate) for rate in rates}
        if job.ways[0] in (NOTHING, RULE):
            ways = {way: _untaught(way, tests) for way in job.ways}
        else:
            ways = _taught(chain, job, tests)
    return {"job": job.described(), "metrics": list(METRICS), "ways": ways}


@lru_cache(maxsize=4)
def _tests(chain: str, count: int, seconds: float, rate_hz: int) -> list[Example]:
    """Return the held-out lessons; a worker that does many jobs makes them once."""
    return list(examples(chain_named(chain), count, TESTS_SEED, rate_hz, seconds, treatments=2))


@lru_cache(maxsize=1)
def _lessons(chain: str, count: int, seconds: float, rate_hz: int, seed: int) -> list[Example]:
    """Return the lessons of a seed, whose jobs follow each other."""
    return list(examples(chain_named(chain), count, seed, rate_hz, seconds, treatments=8))


def _untaught(way: str, tests: dict[int, list[Example]]) -> dict[str, Any]:
    """Return what a way gives that learns nothing."""
    rows, loads = {}, []
    for rate, lessons in tests.items():
        began = time.process_time()
        outs = [
            one.source if way == NOTHING else matched(one.source.astype(np.float64), one.like.astype(np.float64), rate)
            for one in lessons
        ]
        loads.append((time.process_time() - began) / _lasting_s(lessons, rate))
        rows[str(rate)] = _measured(outs, lessons, rate, None)
    return {"rows": rows, "step_s": 0.0, "load": loads[0], "notes": []}


def _lasting_s(lessons: Sequence[Example], rate_hz: int) -> float:
    return sum(len(one.source) for one in lessons) / rate_hz


def _taught(chain: Chain, job: EffectJob, tests: dict[int, list[Example]]) -> dict[str, Any]:
    """Return what each way of a job gives."""
    lessons = _lessons(job.chain, job.lessons, job.seconds, job.rate_hz, job.seed)
    proxy: Callable[[Tensor, Any], Tensor] | None = None
    note = []
    if job.ways[0] in THROUGH_PROXY:
        sounds = [one.source.astype(np.float64) for one in lessons]
        net, distance = train_proxy(chain, sounds, job.rate_hz, job.proxy_steps, job.seed)
        proxy = _frozen(net)
        note = [f"the proxy is {distance:.3f} from the effects"]
    found: dict[str, Any] = {}
    learned_by: dict[str, tuple[Learned, float]] = {}
    for way in job.ways:
        device = chain_device(chain, job.rate_hz, None if way in (EXACT, VALUES) else _copy_of(chain, job.rate_hz))
        if proxy is not None:
            device = Device(device.space, device.render, proxy=proxy)
        gradient = cast(Gradient, "autodiff" if way in (EXACT, VALUES) else way)
        through = Through(device, gradient, Spsa(draws=1))
        settings = Settings(job.steps, job.batch, by_values=float(way == VALUES), seed=job.seed)
        # A proxy and its half hybrid learn alike to the last bit: they differ in what plays afterwards.
        learns_as = "proxy" if way == "half-hybrid" else way
        if learns_as not in learned_by:
            began = time.process_time()
            learned = learn_style(through, chain, lessons, settings)
            learned_by[learns_as] = learned, (time.process_time() - began) / job.steps
        learned, step_s = learned_by[learns_as]
        played = {rate: _played(through, learned, chain, one, rate) for rate, one in tests.items()}
        rows = {str(rate): one[0] for rate, one in played.items()}
        pointed = (
            [] if way == VALUES else [f"its gradient's cosine to finite differences is {_cosine(through, lessons):.2f}"]
        )
        load = played[job.rate_hz][1]
        found[way] = {"rows": rows, "step_s": step_s, "load": load, "notes": pointed + note + learned.notes}
    return found


def _cosine(through: Through, lessons: Sequence[Example]) -> float:
    """Return the mean cosine of a way's gradient to finite differences of the effects, at random values."""
    some = lessons[:: max(1, len(lessons) // POINTED)][:POINTED]
    source, target = (
        np.stack([getattr(one, name) for one in some]).astype(np.float64) for name in ("source", "target")
    )
    unit = np.random.default_rng(0).uniform(0.1, 0.9, (len(some), len(through.device.space)))
    wanted = torch.from_numpy(target)
    device = replace(through.device, proxy=_of_doubles(through.device.proxy))
    found = agreement(
        replace(through, device=device), lambda out: stft_distance(out.double(), wanted), unit, source, POINTED_STEP
    )
    return float(found.mean())


def _of_doubles(proxy: Callable[[Tensor, Any], Tensor] | None) -> Callable[[Tensor, Any], Tensor] | None:
    """Return a proxy that takes values of either kind of number: its weights have 32 bits."""
    if proxy is None:
        return None

    def run(unit: Tensor, given: Any) -> Tensor:
        return proxy(unit.float(), given.astype(np.float32)).to(unit)

    return run


def _frozen(net: torch.nn.Module) -> Callable[[Tensor, Any], Tensor]:
    for weight in net.parameters():
        weight.requires_grad_(False)

    def run(unit: Tensor, given: Any) -> Tensor:
        out: Tensor = net(unit, torch.from_numpy(given).to(unit))
        return out

    return run


def _copy_of(chain: Chain, rate_hz: float) -> Callable[[Tensor, Any], Tensor] | None:
    """Return the frequency-sampled copy of a chain, if each of its effects has one."""
    if not all(kind.name in SAMPLED for kind in chain.kinds):
        return None

    def copy(values: Tensor, given: Any) -> Tensor:
        audio = torch.from_numpy(given).to(values)
        for kind, own in zip(chain.kinds, chain.split(values), strict=True):
            audio = SAMPLED[kind.name](own, audio, rate_hz)
        return audio

    return copy


def _played(
    through: Through, learned: Learned, chain: Chain, lessons: Sequence[Example], rate_hz: int
) -> tuple[list[list[float]], float]:
    """Return the metrics of held-out lessons at a rate on the real effects, and the processor time over the lessons'.

    Those of `proxy` are played through the network. The time is of encoder, controller and effects.
    """
    real = through if through.gradient == "proxy" else Through(chain_device(chain, rate_hz), "autodiff")
    source = np.stack([one.source for one in lessons])

    def play(count: int) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            unit = learned.net(
                [one.heard_source for one in lessons[:count]], [one.heard_like for one in lessons[:count]]
            )
            return unit, real.played(unit, source[:count])

    play(1)  # what is compiled is loaded before the time is taken
    began = time.process_time()
    unit, out = play(len(lessons))
    load = (time.process_time() - began) / _lasting_s(lessons, rate_hz)
    return _measured(list(out.numpy()), lessons, rate_hz, unit.numpy()), load


def _measured(
    outs: Sequence[NDArray[np.floating]], lessons: Sequence[Example], rate_hz: int, unit: NDArray[np.floating] | None
) -> list[list[float]]:
    """Return (lessons, metrics): how far what came out is from what should have."""
    out = torch.from_numpy(np.stack(outs)).float()
    target = torch.from_numpy(np.stack([one.target for one in lessons])).float()
    stft, rms = stft_distance(out, target).numpy(), (level_db(out) - level_db(target)).abs().numpy()
    rows = []
    for number, one in enumerate(lessons):
        own, wanted = out[number].numpy().astype(np.float64), one.target.astype(np.float64)
        bands = [heard(sound, rate_hz).frames.astype(np.float64) * -FLOOR_DB for sound in (own, wanted)]
        loud = [10.0 * np.log10(np.square(k_weighted(sound, rate_hz)).mean() + 1e-12) for sound in (own, wanted)]
        values = np.nan if unit is None else float(np.abs(unit[number] - one.unit).mean())
        row = [
            float(stft[number]),
            float(np.abs(bands[0] - bands[1]).mean()),
            abs(_centroid_hz(own, rate_hz) - _centroid_hz(wanted, rate_hz)),
            float(rms[number]),
            abs(loud[0] - loud[1]),
            values,
        ]
        rows.append([float(f"{value:.6g}") for value in row])
    return rows


def _centroid_hz(sound: Array, rate_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound))
    return float((spectrum * np.fft.rfftfreq(len(sound), 1.0 / rate_hz)).sum() / max(float(spectrum.sum()), 1e-12))
