"""How well nets stand in for synths: ``python -m bench.proxies`` prints the tables of docs/notes/proxies.md.

Settings are played, and each architecture learns what they sound like. Others, held out, tell how well it did:

* ``dx7``: the table of Combes, Weinzierl and Obermayer (JAES 2025) on the real Dexed, 100 parameters. Settings that are
  hardly heard are replaced by others, as there.
* ``sizes``: architectures at equal size on amsynth, zynaddsubfx, and two voices of ours.
* ``reach``: the mean of three nets on amsynth and zynaddsubfx, within 30 s.
* ``drum``: a percussive DX7, from the first note to the proxy.

`+-` is half of a bootstrapped 95 % interval over the held-out settings. Seconds are those of one core.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from bench.report import asked, head, heading, line
from bridge.learning.stand_in import TAKES, HeardSynth
from bridge.sampling.engine import Engine, Way, engine_of
from bridge.sampling.plan import joint_settings
from bridge.sampling.synth import NOTE, VELOCITY, SampledSynth, sampled_synth
from models.embeddings.registry import embedding_named
from models.proxies.differences import STEP
from models.proxies.dx7 import Dx7Setting
from models.proxies.examples import Examples
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.scores import POINTS, gradient_score, held_out_scores, retrieval_ranks
from models.proxies.settings import FitSettings
from synth.errors import InputError

SEED = 0
RESAMPLED = 1000
AT_ONCE = 200
EMBEDDING = "segments"
AUDIBLE_RMS = 0.01
"""Of a preset of the published table; 43 of 100 random ones are louder."""
DX7_RATE_HZ = 22_050
HELD_OUT = 512
CONTROLS = {
    "amsynth": "amp_decay,filter_decay,filter_resonance,filter_env_amount,filter_cutoff,osc_mix,osc_mix_mode,"
    "osc1_pulsewidth,distortion_crunch,osc2_pitch",
    "zynaddsubfx": "cutoff,resonance,decay,noise level,noise decay,shell level,shell decay,sweep start,sweep time,"
    "punch,fm depth,pitch",
}
"""Those of the pilot: its velocity was fixed."""
PUBLISHED = {
    "mlp": (0.469, 0.139, 0.034),
    "highway": (0.807, 0.162, 0.047),
    "highway-tokens": (0.754, 0.316, 0.130),
    "recurrent": (0.890, None, None),
    "transformer": (0.954, None, None),
    "module-transformer-prior": (None, 0.907, 0.768),
}
"""Rank of 512 as published, then ranks of 512 and 4096 of the pilot. Its transformer had tokens of operators."""
SLOW = ("recurrent", "transformer")
Rows = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Lab:
    """A synth with what was heard of it."""

    synth: SampledSynth
    heard: HeardSynth
    learned: Examples
    test: Examples
    heard_s: float


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = asked(
        __doc__,
        words,
        tables=("dx7,sizes,reach,drum", "which to print, with commas between"),
        presets=(30_000, "of the DX7 that are learned from"),
        tests=(4096, "of the DX7 that are held out"),
        notes=(2000, "of each other synth, of which a quarter, and at most 512, are held out"),
        drums=(4096, "of the percussive DX7 that are learned from"),
        synths=("amsynth,zynaddsubfx,fm,snare808", "of the table of sizes"),
        archs=(
            "mlp,mlp-bends,highway,highway-tokens,recurrent,transformer",
            "of the tables, without those made for a DX7",
        ),
        effort=(1.0, "factor of all steps and time limits"),
        points=(POINTS, "settings at which gradients are compared, 3 to 20"),
    )
    torch.set_num_threads(1)
    print(heading(SEED))
    archs = options.archs.split(",")
    for table in options.tables.split(","):
        if table == "dx7":
            dx7(archs, options.presets, options.tests, options.effort, options.points)
        elif table == "sizes":
            sizes(options.synths.split(","), archs, options.notes, options.effort)
        elif table == "reach":
            reach([one for one in options.synths.split(",") if one in CONTROLS], options.notes, options.effort)
        else:
            drum(options.drums, options.effort)


def dx7(archs: Sequence[str], presets: int, tests: int, effort: float, points: int = POINTS) -> None:
    """Print the published table."""
    with _lab("dx7", presets, tests, DX7_RATE_HZ, AUDIBLE_RMS) as lab:
        setting = _dx7_setting(lab.synth)
        counts = f"{len(lab.synth.space)} parameters, {presets} presets and {tests} held out"
        print(f"\n{counts}; heard in {lab.heard_s:.0f} s\n")
        scores = "L1", "mean", "one of 512", "one of 4096", "cosine", "by differences", "s"
        head("architecture", "parameters", "steps", *scores, "published, of 512", "pilot, of 512", "pilot, of 4096")
        for arch in ["module-transformer-prior", *archs]:
            steps = _steps(2500 if arch == "module-transformer-prior" else 4000, effort)
            budget_s = 240.0 * effort if arch in SLOW else None
            settings = FitSettings(
                arch, parameters=500_000, nets=1, steps=steps, batch=128, budget_s=budget_s, dx7=setting, seed=SEED
            )
            proxy, spent_s = _fitted(lab.learned, settings)
            cosines = (_cosine(proxy, lab, 10 / 99, way, points)[0] for way in (False, True))
            before = ("" if value is None else f"{value:.3f}" for value in PUBLISHED.get(arch, (None, None, None)))
            line(arch, *_size(proxy), *_figures(proxy, lab.test, (512, 4096)), *cosines, f"{spent_s:.0f}", *before)


def sizes(synths: Sequence[str], archs: Sequence[str], notes: int, effort: float) -> None:
    """Print architectures at equal size."""
    print(f"\nOne net each, about 330 000 parameters, {notes} notes\n")
    head("synth", "architecture", "parameters", "steps", "L1", "mean", "one of 512", "cosine", "worst", "s")
    for name in synths:
        with _lab(name, notes - _held_out(notes), _held_out(notes)) as lab:
            for arch in archs:
                budget_s = 24.0 * effort if arch in SLOW else None
                settings = FitSettings(arch=arch, nets=1, steps=_steps(1200, effort), budget_s=budget_s, seed=SEED)
                _row(lab, settings)


def reach(synths: Sequence[str], notes: int, effort: float) -> None:
    """Print what three nets come to, half as long or as long as 30 s allow."""
    print(f"\nThree nets, {notes} notes\n")
    head("synth", "architecture", "parameters", "steps", "L1", "mean", "one of 512", "cosine", "worst", "s")
    for name in synths:
        with _lab(name, notes - _held_out(notes), _held_out(notes)) as lab:
            for arch, steps in (("highway", 1300), ("mlp-bends", 2600)):
                _row(lab, FitSettings(arch=arch, steps=_steps(steps, effort), seed=SEED))


def drum(notes: int, effort: float) -> None:
    """Print how near a percussive DX7 comes, and how soon."""
    with _lab("dx7-drum", notes, max(notes // 4, 32)) as lab:
        settings = FitSettings(arch="highway", nets=2, steps=_steps(2500, effort), dx7=_dx7_setting(lab.synth))
        proxy, spent_s = _fitted(lab.learned, settings)
        print(f"\npercussive DX7, {notes} notes; {len(lab.test)} held out\n")
        head("parameters", "steps", "L1", "mean", "one of 512", "cosine", "worst", "s heard, with tests", "s learned")
        cosine = _cosine(proxy, lab, step=4 / 99)
        line(*_size(proxy), *_figures(proxy, lab.test, (512,)), *cosine, f"{lab.heard_s:.0f}", f"{spent_s:.0f}")


def _row(lab: Lab, settings: FitSettings) -> None:
    proxy, spent_s = _fitted(lab.learned, settings)
    cells = *_size(proxy), *_figures(proxy, lab.test, (512,)), *_cosine(proxy, lab)
    line(lab.synth.name, settings.arch, *cells, f"{spent_s:.0f}")


@contextmanager
def _lab(name: str, learned: int, tests: int, rate_hz: int | None = None, rms: float = 0.0) -> Iterator[Lab]:
    """Give a synth that has been heard, and is there for more."""
    synth = sampled_synth(name, CONTROLS[name].split(",") if name in CONTROLS else ())
    with closing(_engine(synth, rate_hz)) as engine:
        heard = HeardSynth(synth, engine, embedding_named(EMBEDDING))
        began = time.process_time()
        examples = _examples(synth, heard, engine.sample_rate, learned + tests, rms)
        heard_s = time.process_time() - began
        once, again = heard(synth.default_unit[None]), heard(synth.default_unit[None])
        if not np.array_equal(once, again):
            heard = HeardSynth(synth, engine, embedding_named(EMBEDDING), TAKES)
        places = np.arange(len(examples))
        yield Lab(synth, heard, examples.chosen(places[:learned]), examples.chosen(places[learned:]), heard_s)


def _engine(synth: SampledSynth, rate_hz: int | None) -> Engine:
    return engine_of(synth).start(synth, Way(sample_rate=rate_hz))


def _examples(synth: SampledSynth, heard: HeardSynth, rate_hz: int, count: int, rms: float) -> Examples:
    """Return so many settings that are louder than said, in the order of the sequence."""
    embedding = embedding_named(EMBEDDING)
    unit: list[Values] = []
    rows: list[Rows] = []
    settings = joint_settings(synth, count if rms == 0.0 else 3 * count, SEED)
    for first in range(0, len(settings), AT_ONCE):
        part = settings[first : first + AT_ONCE]
        audio = heard.audio(part)
        loud = np.sqrt(np.square(audio.astype(np.float64)).mean(1)) >= rms
        if loud.any():
            unit.append(part[loud])
            rows.append(embedding(audio[loud], rate_hz))
        if sum(map(len, unit)) >= count:
            break
    else:
        if sum(map(len, unit)) < count:
            raise InputError(f"{synth.name}: fewer than a third of its settings are heard; ask for fewer")
    return Examples(synth.space, np.concatenate(unit)[:count], np.concatenate(rows)[:count], EMBEDDING)


def _dx7_setting(synth: SampledSynth) -> Dx7Setting:
    note, velocity = synth.sampling.rests
    given = {control.parameter: value for control, value in synth.fixed} | {NOTE: note, VELOCITY: velocity}
    rest = {name: float(value) for name, value in given.items() if name not in synth.space.names}
    return Dx7Setting(synth.note_s, synth.take_s, rest)


def _fitted(examples: Examples, settings: FitSettings) -> tuple[Proxy, float]:
    """Return a proxy and what it took, s."""
    began = time.process_time()
    proxy = fit_proxy(examples, replace(settings, one_thread=True))
    return proxy, time.process_time() - began


def _size(proxy: Proxy) -> tuple[str, str]:
    return f"{proxy.card['parameters']:,}".replace(",", " "), str(proxy.card["steps"])


def _figures(proxy: Proxy, test: Examples, among: Sequence[int]) -> list[str]:
    """Return L1, that of the mean predictor, and ranks, with intervals."""
    mean, scale = (column[: proxy.dimensions].numpy() for column in (proxy.outside.mean, proxy.outside.scale))
    found, wanted = (proxy.predicted(test.unit) - mean) / scale, (test.embedded - mean) / scale
    ranks = [1.0 / retrieval_ranks(wanted, found, min(size, len(test)), SEED) for size in among]
    of_mean = held_out_scores(proxy, test).l1_of_mean
    l1 = np.abs(found - wanted).mean(1).astype(np.float64)
    return [_interval(l1), f"{of_mean:.3f}", *map(_interval, ranks)]


def _interval(values: Values) -> str:
    """Return a mean and half of its bootstrapped 95 % interval."""
    draws = np.random.default_rng(SEED).integers(len(values), size=(RESAMPLED, len(values)))
    low, high = np.percentile(values[draws].mean(1), [2.5, 97.5])
    return f"{values.mean():.3f} +- {(high - low) / 2:.3f}"


def _cosine(
    proxy: Proxy, lab: Lab, step: float = STEP, differences: bool = False, points: int = POINTS
) -> tuple[str, str]:
    """Return mean and worst cosine of the gradients at some held-out settings."""
    found = gradient_score(proxy, lab.heard, lab.test.unit[:points], SEED, step, differences=differences)
    return f"{found.mean:.2f}", f"{found.worst:.2f}"


def _held_out(notes: int) -> int:
    return min(HELD_OUT, notes // 4)


def _steps(count: int, effort: float) -> int:
    return max(round(count * effort), 5)


if __name__ == "__main__":
    main()
