"""Train the ear's second opinions on our own drummer: ``python -m bridge.learning.train_ear``.

The networks that they are added to are kept, as is the one that tells a drum's timbre from a leak's, which
`bridge.learning.train_timbre` trains.

Drums, rooms and microphones are drawn from `synth.drummer.randomised`. In four takes of ten strokes are played that
nobody could hear; nothing is asked where they are: they count neither as strokes nor as silence. No recording is used.
docs/notes/onsets.md says what the second opinions bring.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from numpy.typing import NDArray

from bridge.ear import bands, networks
from bridge.ear.detector import WEIGHTS, as_ring, band_energies, band_sections, load_networks
from bridge.ear.networks import Network
from synth.drummer.perform import OVER_NOISE_DB, OVER_RING_DB
from synth.drummer.randomised import any_drum, any_noise, any_place, any_stroke
from synth.drummer.room import mains_hum
from synth.drummer.scores import LOUDEST_DBFS, SCORES, Note
from synth.drummer.strike import Technique
from synth.dsp.compiled import compiled

RATE = 48_000
HOP = RATE // bands.HOPS_PER_S
TAKES = ("graded", "groove", "rolls", "groove", "flams", "rolls", "singles", "minute", "rolls", "demo", "groove")
HELD_TAKES = ("rolls", "groove", "rolls", "demo", "groove", "flams", "rolls", "minute")
HELD_FROM = 500
"""The takes from this one on have wires that hold before they fall, which is what makes rolls hard to tell."""

OPENED_AT = (-1.5, -0.5, 0.5)
"""Answers of the first network from which on the second is asked, while its second opinion learns."""

VERDICT_SHARE = 0.5
"""Of the second verdict, which is added to the first. A whole one loses strokes of rolls."""

SECONDS = 15.0
"""Of each take, from somewhere in it."""

LEAST_RISE_DB = 6.0
"""Strokes that raise the five bands by less, all rises added up, are not asked for."""

EARLY_HOPS = 7
"""The first network is to answer within these hops of a stroke's start: 2.3 ms."""

DEAF_HOPS = 39
"""No stroke follows another within these hops, so nothing is asked there: 13 ms."""

Floats = NDArray[np.float64]


EMPTY_TAKES = 12


class Example(NamedTuple):
    """A take to learn from: (samples,) audio, the seconds at which strokes start, which of them can be heard."""

    audio: NDArray[np.float32]
    onsets_s: Floats
    clear: NDArray[np.bool_]


def play(seed: int) -> Example:
    """Play part of a take on one random drum in one random place."""
    rng = np.random.default_rng([seed, 4])
    drum, manner = any_drum(rng)
    takes: tuple[str, ...] = TAKES
    if seed >= HELD_FROM:
        manner, takes = replace(manner, hold_db=rng.uniform(0, 9)), HELD_TAKES
    notes = _some_notes(takes[seed % len(takes)], rng)
    noise_dbfs, softer_db = rng.uniform(-88, -55), rng.uniform(0, 12)
    lifted = rng.random() < 0.6
    audio = np.zeros(int((notes[-1].onset_s + 1.2) * RATE))
    sure = []
    for note in notes:
        start = round(note.onset_s * RATE)
        ringing_dbfs = 20 * np.log10(np.abs(audio[start - 240 : start]).max() + 1e-9)
        audible_dbfs = max(noise_dbfs + OVER_NOISE_DB, ringing_dbfs + OVER_RING_DB)
        level_dbfs = note.level_dbfs - softer_db
        sure.append(lifted or level_dbfs >= audible_dbfs)
        level_dbfs = min(max(level_dbfs, audible_dbfs) if lifted else level_dbfs, LOUDEST_DBFS)
        way: Technique = ("open" if rng.random() < 0.1 else "closed") if drum.cymbal else note.technique
        sound = any_stroke(drum, manner, note.position, level_dbfs, way, RATE, rng)
        last = min(start + len(sound), len(audio))
        audio[start:last] += sound[: last - start]
    heard = any_place(audio, noise_dbfs, RATE, f"ear {seed}", rng).astype(np.float32)
    onsets_s = np.array([round(note.onset_s * RATE) / RATE for note in notes])
    return Example(heard, onsets_s, np.array(sure) & _raises(heard, onsets_s))


def _raises(audio: NDArray[np.float32], onsets_s: Floats) -> NDArray[np.bool_]:
    """Return which strokes raise the bands' energies enough that an ear could tell."""
    energies = band_energies(audio, RATE)
    firsts = (onsets_s * bands.HOPS_PER_S).astype(int)
    after = np.array([energies[:, first : first + 15].mean(1) for first in firsts])
    before = np.array([energies[:, first - 15 : first - 1].mean(1) for first in firsts])
    return np.asarray(np.maximum(10 * np.log10(after / before), 0.0).sum(1) >= LEAST_RISE_DB)


def _some_notes(take: str, rng: np.random.Generator) -> list[Note]:
    """Return the snare's notes of some seconds of a take, a little faster or slower than written."""
    notes = sorted((note for note in SCORES[take](rng) if note.drum == "snare"), key=lambda note: note.onset_s)
    first_s = rng.uniform(0, max(notes[-1].onset_s - SECONDS, 0.1))
    faster = float(np.exp(rng.normal(0, 0.1)))
    return [
        replace(note, onset_s=0.3 + (note.onset_s - first_s) / faster)
        for note in notes
        if 0 <= note.onset_s - first_s < SECONDS
    ]


def empty(seed: int) -> Example:
    """Return twenty seconds in which nobody plays."""
    rng = np.random.default_rng([seed, 5])
    audio = any_noise(20 * RATE, rng)
    if seed % 3 == 0:
        audio = 0.01 * audio + mains_hum(len(audio), rng.choice([50, 60]), -6.0, RATE)
    return Example((0.01 * audio).astype(np.float32), np.zeros(0), np.zeros(0, np.bool_))


@compiled
def _listen(audio, sections, rows, at, energy, floor):  # type: ignore[no-untyped-def]
    """Fill ``rows`` and ``at`` with the first network's input and hop wherever something rises; return how many."""
    smooth, sums, state = np.zeros(bands.BANDS + 1), np.zeros(bands.BANDS), np.zeros((bands.BANDS, 4))
    count = 0
    for hop in range(len(at)):
        bands.filter_samples(audio, 0, hop * HOP, HOP, sections, state, sums)
        bands.close_hop(energy, floor, smooth, sums, hop, RATE)
        if hop >= bands.WARM_UP_HOPS and bands.rises(energy, floor, hop) and count < len(at):
            networks.early_features(energy, floor, hop, rows[count])
            at[count] = hop
            count += 1
    return count


@compiled
def _judge(audio, sections, look, net, open_logit, strokes, clear, scratch, rows, right):  # type: ignore[no-untyped-def]
    """Fill ``rows`` with the second network's input of every candidate, ``right`` with whether it was a stroke."""
    energy, floor = np.zeros((bands.BANDS, bands.RING)), np.zeros((bands.BANDS, bands.RING))
    smooth, sums, state = np.zeros(bands.BANDS + 1), np.zeros(bands.BANDS), np.zeros((bands.BANDS, 4))
    logits, hidden = np.zeros(bands.RING), np.zeros((2, 64), np.float32)
    features = np.zeros(networks.EARLY_FEATURES, np.float32)
    count, opened, start, blocked = 0, -1, 0, 0
    for hop in range(len(right)):
        bands.filter_samples(audio, 0, hop * HOP, HOP, sections, state, sums)
        bands.close_hop(energy, floor, smooth, sums, hop, RATE)
        logit = networks.LOWEST_LOGIT
        if hop >= bands.WARM_UP_HOPS and bands.rises(energy, floor, hop):
            networks.early_features(energy, floor, hop, features)
            logit = networks.logit_of(features, net, hidden)
        logits[hop & (bands.RING - 1)] = logit
        if opened < 0 and logit > open_logit and hop >= blocked:
            opened = hop
            start = bands.start_of(audio, 0, (hop + 1) * HOP, sections, look, scratch) // HOP
        if opened >= 0 and hop >= start + 15 and hop >= opened:
            networks.verdict_features(energy, floor, logits, start, hop, opened, rows[count])
            away = opened - strokes
            # A stroke that started 8 to 13 ms ago is neither right nor wrong, nor is one that cannot be heard: -1.
            right[count] = 0
            if np.any((away >= 24) & (away < 39)) or np.any((away > -8) & (away < 24) & ~clear):
                right[count] = -1
            if np.any((away > -8) & (away < 24) & clear):
                right[count] = 1
            blocked = start + DEAF_HOPS if right[count] == 1 else hop
            opened = -1
            count += 1
    return count


def joined(parts: Iterable[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], ...]:
    """Return all inputs and all answers."""
    return tuple(np.concatenate(side) for side in zip(*parts, strict=True))


def early_rows(example: Example, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the first network's inputs and answers; of the many hops without a stroke, a third."""
    rng = np.random.default_rng([seed, 9])
    hops = len(example.audio) // HOP
    rows, at = np.zeros((hops, networks.EARLY_FEATURES), np.float32), np.zeros(hops, np.int64)
    energy, floor = np.zeros((2, bands.BANDS, bands.RING))
    count = _listen(as_ring(example.audio), band_sections(RATE), rows, at, energy, floor)
    answer = np.zeros(hops, np.int8)
    firsts = (example.onsets_s * bands.HOPS_PER_S).astype(int)
    for first in firsts:
        answer[first - 1 : first + DEAF_HOPS] = -1
    for first in firsts[example.clear]:
        answer[first : first + EARLY_HOPS] = 1
    at = at[:count]
    keep = (answer[at] == 1) | ((answer[at] == 0) & (rng.random(count) < (0.35 if len(firsts) else 1.0)))
    return rows[:count][keep], answer[at][keep].astype(np.float32)


def verdict_rows(example: Example, early: Network) -> tuple[NDArray[np.float32], ...]:
    """Return the second network's inputs and answers, at several thresholds of the first."""
    found = []
    hops, ring, sections = len(example.audio) // HOP, as_ring(example.audio), band_sections(RATE)
    look = bands.LOOK_S.samples(RATE)
    scratch = np.zeros((2, int(sum(look))))
    strokes = np.floor(example.onsets_s * bands.HOPS_PER_S)
    for open_logit in OPENED_AT:
        rows, right = np.zeros((hops, networks.VERDICT_FEATURES), np.float32), np.zeros(hops, np.int8)
        count = _judge(ring, sections, look, early, open_logit, strokes, example.clear, scratch, rows, right)
        known = right[:count] >= 0
        found.append((rows[:count][known], right[:count][known].astype(np.float32)))
    return joined(found)


def fit(
    inputs: NDArray[np.float32],
    answers: NDArray[np.float32],
    epochs: int,
    batch: int,
    decay: float,
    units: tuple[int, int] = (32, 16),
    jitter: float = 0.0,
) -> Network:
    """Return a network of two hidden layers, its input scaling folded into the first layer.

    ``jitter``: every time an input is shown, it is off by so much, at random.
    """
    torch.manual_seed(0)
    offset, scale = inputs.mean(0), inputs.std(0) + 1e-3
    x, y = torch.from_numpy((inputs - offset) / scale), torch.from_numpy(answers)
    shaken = jitter / torch.from_numpy(scale)
    sizes = (inputs.shape[1], *units, 1)
    layers = [torch.nn.Linear(*pair) for pair in pairwise(sizes)]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=decay)
    steps = epochs * (len(x) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 7e-3, total_steps=steps)
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.split(torch.randperm(len(x)), batch):
            shown = x[rows] + shaken * torch.randn(len(rows), x.shape[1]) if jitter else x[rows]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(shown)[:, 0], y[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        print(f"  epoch {epoch + 1:2d}  loss {total / len(x):.4f}", flush=True)
    weights = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in layers]
    first, bias = weights[0]
    weights[0] = (first / scale[:, None], bias - (offset / scale) @ first)
    return Network(*(np.ascontiguousarray(array, dtype=np.float32) for pair in weights for array in pair))


def write_networks(trained: Mapping[str, Network], out: Path) -> None:
    """Write a file of the shipped networks in which some are replaced, by their names."""
    with np.load(WEIGHTS, allow_pickle=False) as shipped:
        arrays = dict(shipped)
    arrays |= {f"{name}.{index}": array for name, network in trained.items() for index, array in enumerate(network)}
    np.savez(out, allow_pickle=False, **arrays)
    print(f"{out}: {out.stat().st_size} bytes")


def main() -> None:
    """Make the takes, fit both networks, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=760)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)  # more would add up in another order
    with ProcessPoolExecutor(chosen.workers) as pool:
        examples = [*pool.map(play, range(chosen.takes)), *map(empty, range(EMPTY_TAKES))]
    seeds = [*range(chosen.takes), *range(EMPTY_TAKES)]
    inputs, answers = joined(early_rows(example, seed) for example, seed in zip(examples, seeds, strict=True))
    print(f"early: {len(inputs)} hops, {answers.mean():.1%} in a stroke's first {EARLY_HOPS} hops", flush=True)
    early = fit(inputs, answers, 12, 4096, 1e-3, jitter=1.0)
    opening = load_networks()["early"]
    inputs, answers = joined(verdict_rows(example, opening) for example in examples)
    print(f"verdict: {len(inputs)} candidates, {answers.mean():.1%} strokes", flush=True)
    whole = fit(inputs, answers, 16, 1024, 3e-2)
    verdict = whole._replace(last=VERDICT_SHARE * whole.last, last_offset=VERDICT_SHARE * whole.last_offset)
    write_networks({"second-early": early, "second-verdict": verdict}, chosen.out)


if __name__ == "__main__":
    main()
