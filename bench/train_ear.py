"""Train the ear's first two networks on our own drummer: ``python -m bench.train_ear`` writes ``bridge/ear.npz``.

The third, which tells a drum's timbre from a leak's, is kept: `bench.train_timbre` trains it.

Drums are drawn at random around those of `synth.drums`, tuned up and down, put into rooms and behind microphones of
many colours, over noise and hum. No recording is used. About ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from scipy import signal

from bridge import onset_bands as bands
from bridge import onset_networks as networks
from bridge.onset import LOOK_S, OPEN_LOGIT, VERDICT_S, WEIGHTS, Network, band_sections
from synth.acoustic import RANGE_DB, strike
from synth.drums import DRUMS, SNARES, Drum
from synth.room import in_room, mains_hum
from synth.scores import LOUDEST_DBFS, SCORES

RATE = 48_000
HOP = RATE // bands.HOPS_PER_S
TAKES = ("graded", "groove", "rolls", "groove", "flams", "rolls", "singles", "minute", "rolls", "demo", "groove")
ORDINARY_TAKES = 128
"""The takes from this one on have snares that buzz loudly."""

EARLY_HOPS = 7
"""The first network is to answer within these hops of a stroke's start: 2.3 ms."""

DEAF_HOPS = 39
"""No stroke follows another within these hops, so nothing is asked there: 13 ms."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A take to learn from: (samples,) audio and the seconds at which its strokes start."""

    audio: NDArray[np.float32]
    onsets_s: Floats


def random_drum(rng: np.random.Generator) -> Drum:
    """Draw a drum near one that we own; most are snares."""
    others = [drum for name, drum in DRUMS.items() if name in ("kick", "tom", "floor-tom", "hat", "high-tom")]
    pool = SNARES if rng.random() < 0.78 else others
    base = pool[int(rng.integers(len(pool)))]

    def near(value: float, spread: float) -> float:
        return value * float(np.exp(rng.normal(0, spread)))

    wires = base.wires
    if wires is not None and rng.random() < 0.9:
        level_db, grip = wires.level_db + rng.normal(0, 5), float(np.clip(wires.grip + rng.normal(0, 0.15), 0, 0.95))
        wires = replace(wires, level_db=level_db, decay_ms=near(wires.decay_ms, 0.4), grip=grip)
    return replace(
        base,
        tone_hz=near(base.tone_hz, 0.15),
        ring_ms=near(base.ring_ms, 0.4),
        damping=near(base.damping, 0.2),
        contact_ms=near(base.contact_ms, 0.25),
        click_db=base.click_db + rng.normal(0, 4),
        push_db=base.push_db + rng.normal(0, 3),
        hoop_db=base.hoop_db + rng.normal(0, 4),
        wires=wires,
    )


def buzzing(drum: Drum, rng: np.random.Generator) -> Drum:
    """Return a snare with loud, long wires: what a slack strainer or a quiet head does."""
    if drum.wires is None:
        return drum
    wires = replace(
        drum.wires,
        level_db=rng.uniform(-14, -3),
        decay_ms=rng.uniform(50, 220),
        grip=rng.uniform(0.3, 0.95),
        low_hz=rng.uniform(500, 1500),
        high_hz=rng.uniform(5000, 12_000),
    )
    return replace(drum, wires=wires)


def play(seed: int) -> Example:
    """Play one take on one random drum in one random place."""
    rng = np.random.default_rng([seed, 4])
    drum = random_drum(rng)
    if seed >= ORDINARY_TAKES:
        drum = buzzing(drum, rng)
    tuning = float(np.exp(rng.uniform(np.log(0.75), np.log(1.6)))) if rng.random() < 0.6 else 1.0
    notes = sorted(
        (note for note in SCORES[TAKES[seed % len(TAKES)]](rng) if note.drum == "snare"), key=lambda note: note.onset_s
    )
    noise_dbfs, mask_db = rng.uniform(-85, -58), rng.uniform(-9, -3)
    audio = np.zeros(int((notes[-1].onset_s + 1.2) * RATE))
    for note in notes:
        start = round(note.onset_s * RATE)
        ringing_dbfs = 20 * np.log10(np.abs(audio[start - 240 : start]).max() + 1e-9)
        level_dbfs = min(max(note.level_dbfs, noise_dbfs + 12, ringing_dbfs + mask_db), LOUDEST_DBFS)
        technique = "hit" if drum.kind == "membrane" else ("open" if rng.random() < 0.1 else "closed")
        sound = strike(drum, note.position, 1 + level_dbfs / RANGE_DB, technique, RATE * tuning, rng)  # type: ignore[arg-type]
        last = min(start + len(sound), len(audio))
        audio[start:last] += sound[: last - start]
    heard = _surroundings(audio, noise_dbfs, seed, rng).astype(np.float32)
    return Example(heard, np.array([round(note.onset_s * RATE) / RATE for note in notes]))


def _surroundings(audio: Floats, noise_dbfs: float, seed: int, rng: np.random.Generator) -> Floats:
    """Add a room, a microphone's colour, noise and hum."""
    if rng.random() < 0.7:
        audio = in_room(audio, rng.uniform(-30, -8), rng.uniform(0.2, 0.8), RATE, f"ear {seed}")
    for _ in range(3 if rng.random() < 0.7 else 0):
        centre_hz, gain = np.exp(rng.uniform(np.log(80), np.log(12_000))), 10 ** (rng.uniform(-8, 8) / 20)
        band = signal.butter(1, [centre_hz / 1.6, centre_hz * 1.6], "bandpass", fs=RATE, output="sos")
        audio = audio + (gain - 1) * signal.sosfilt(band, audio)
    audio = audio + 10 ** (noise_dbfs / 20) * _noise(len(audio), rng)
    if rng.random() < 0.3:
        audio = audio + mains_hum(len(audio), rng.choice([50, 60]), rng.uniform(-65, -35), RATE)
    return np.asarray(audio)


def _noise(samples: int, rng: np.random.Generator) -> Floats:
    """Return noise of RMS about 1: white, dark or bright."""
    white = rng.standard_normal(samples)
    tilt = rng.choice(["white", "white", "dark", "bright"])
    if tilt == "dark":
        white = signal.lfilter([1.0], [1.0, -float(rng.uniform(0.7, 0.97))], white)
    if tilt == "bright":
        white = signal.lfilter([1.0, -0.9], [1.0], white)
    return np.asarray(white / white.std())


def empty(seed: int) -> Example:
    """Return twenty seconds in which nobody plays."""
    rng = np.random.default_rng([seed, 5])
    audio = _noise(20 * RATE, rng)
    if seed % 3 == 0:
        audio = 0.01 * audio + mains_hum(len(audio), rng.choice([50, 60]), -6.0, RATE)
    return Example((0.01 * audio).astype(np.float32), np.zeros(0))


@njit(nogil=True)
def _listen(audio, sections, rows, at, energy, floor):  # type: ignore[no-untyped-def]
    """Fill ``rows`` and ``at`` with the first network's input and hop wherever something rises; return how many."""
    smooth, sums, state = np.zeros(bands.BANDS), np.zeros(bands.BANDS), np.zeros((bands.BANDS, 4))
    count = 0
    for hop in range(len(at)):
        bands.filter_samples(audio, 0, hop * HOP, HOP, sections, state, sums)
        bands.close_hop(energy, floor, smooth, sums, hop, HOP)
        if hop >= bands.WARM_UP_HOPS and bands.rises(energy, floor, hop) and count < len(at):
            networks.early_features(energy, floor, hop, rows[count])
            at[count] = hop
            count += 1
    return count


@njit(nogil=True)
def _judge(audio, sections, look_samples, net, open_logit, strokes, rows, right):  # type: ignore[no-untyped-def]
    """Fill ``rows`` with the second network's input of every candidate, ``right`` with whether it was a stroke."""
    energy, floor = np.zeros((bands.BANDS, bands.RING)), np.zeros((bands.BANDS, bands.RING))
    smooth, sums, state = np.zeros(bands.BANDS), np.zeros(bands.BANDS), np.zeros((bands.BANDS, 4))
    logits, hidden = np.zeros(bands.RING), np.zeros((2, 64), np.float32)
    features, scratch = np.zeros(networks.EARLY_FEATURES, np.float32), np.zeros((2, look_samples.sum()))
    count, opened, start, blocked = 0, -1, 0, 0
    for hop in range(len(right)):
        bands.filter_samples(audio, 0, hop * HOP, HOP, sections, state, sums)
        bands.close_hop(energy, floor, smooth, sums, hop, HOP)
        logit = networks.LOWEST_LOGIT
        if hop >= bands.WARM_UP_HOPS and bands.rises(energy, floor, hop):
            networks.early_features(energy, floor, hop, features)
            logit = networks.logit_of(features, net, hidden)
        logits[hop & (bands.RING - 1)] = logit
        if opened < 0 and logit > open_logit and hop >= blocked:
            opened = hop
            start = bands.start_of(audio, 0, (hop + 1) * HOP, sections, look_samples, scratch) // HOP
        if opened >= 0 and hop >= start + 15 and hop >= opened:
            networks.verdict_features(energy, floor, logits, start, hop, opened, rows[count])
            away = opened - strokes
            # A stroke that ended less than 13 ms ago is neither right nor wrong: -1.
            right[count] = 1 if np.any((away > -8) & (away < 24)) else (-1 if np.any((away >= 24) & (away < 39)) else 0)
            blocked = start + DEAF_HOPS if right[count] == 1 else hop
            opened = -1
            count += 1
    return count


def _padded(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the take as the (1, power of two) ring that the kernel reads."""
    return np.pad(audio, (0, (1 << int(np.ceil(np.log2(len(audio) + 1)))) - len(audio)))[None]


def early_rows(example: Example, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the first network's inputs and answers; of the many hops without a stroke, a third."""
    hops = len(example.audio) // HOP
    rows, at = np.zeros((hops, networks.EARLY_FEATURES), np.float32), np.zeros(hops, np.int64)
    energy, floor = np.zeros((2, bands.BANDS, bands.RING))
    count = _listen(_padded(example.audio), band_sections(RATE), rows, at, energy, floor)
    answer = np.zeros(hops, np.int8)
    firsts = (example.onsets_s * bands.HOPS_PER_S).astype(int)
    for first in firsts:
        answer[first + EARLY_HOPS : first + DEAF_HOPS] = -1
    for first in firsts:
        answer[first - 1 : first] = -1
        answer[first : first + EARLY_HOPS] = 1
    at = at[:count]
    keep = (answer[at] == 1) | ((answer[at] == 0) & (rng.random(count) < (0.35 if len(firsts) else 1.0)))
    return rows[:count][keep], answer[at][keep].astype(np.float32)


def verdict_rows(example: Example, early: Network) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the second network's inputs and answers, at two openness thresholds."""
    found = []
    look_samples = np.array([max(1, round(seconds * RATE)) for seconds in LOOK_S])
    strokes = np.floor(example.onsets_s * bands.HOPS_PER_S)
    for open_logit in (OPEN_LOGIT - 0.5, OPEN_LOGIT + 1.0):
        most = len(example.audio) // HOP
        rows, right = np.zeros((most, networks.VERDICT_FEATURES), np.float32), np.zeros(most, np.int8)
        ring, sections = _padded(example.audio), band_sections(RATE)
        count = _judge(ring, sections, look_samples, early, open_logit, strokes, rows, right)
        known = right[:count] >= 0
        found.append((rows[:count][known], right[:count][known].astype(np.float32)))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([answers for _, answers in found])


def fit(
    inputs: NDArray[np.float32],
    answers: NDArray[np.float32],
    epochs: int,
    batch: int,
    decay: float,
    units: tuple[int, int] = (32, 16),
) -> Network:
    """Return a network of two hidden layers, its input scaling folded into the first layer."""
    torch.manual_seed(0)
    offset, scale = inputs.mean(0), inputs.std(0) + 1e-3
    x, y = torch.from_numpy((inputs - offset) / scale), torch.from_numpy(answers)
    sizes = (inputs.shape[1], *units, 1)
    layers = [torch.nn.Linear(*pair) for pair in pairwise(sizes)]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=decay)
    steps = epochs * (len(x) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 7e-3, total_steps=steps)
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.split(torch.randperm(len(x)), batch):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x[rows])[:, 0], y[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        print(f"  epoch {epoch + 1:2d}  loss {total / len(x):.4f}", flush=True)
    weights = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in layers]
    first, bias = weights[0]
    weights[0] = (first / scale[:, None], bias - (offset / scale) @ first)
    return tuple(np.ascontiguousarray(array, dtype=np.float32) for pair in weights for array in pair)


def _kept(seed: int, folder: Path | None) -> Example:
    """Play a take, or read it where it was kept."""
    file = folder / f"{seed}.npz" if folder else None
    if file and file.is_file():
        with np.load(file) as kept:
            return Example(kept["audio"], kept["onsets_s"])
    example = play(seed)
    if file:
        np.savez(file, audio=example.audio, onsets_s=example.onsets_s)
    return example


def _examples(takes: int, workers: int, folder: Path | None) -> Iterator[Example]:
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_kept, range(takes), [folder] * takes)
    yield from (empty(seed) for seed in range(12))


def main() -> None:
    """Make the takes, fit both networks, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=220)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder that keeps the takes for the next run")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    torch.set_num_threads(2)
    examples = list(_examples(chosen.takes, chosen.workers, chosen.keep))
    rng = np.random.default_rng(0)
    pairs = [early_rows(example, rng) for example in examples]
    inputs, answers = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    print(f"early: {len(inputs)} hops, {answers.mean():.1%} in a stroke's first {EARLY_HOPS} hops", flush=True)
    early = fit(inputs, answers, 8, 4096, 1e-3)
    pairs = [verdict_rows(example, early) for example in examples]
    inputs, answers = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    print(f"verdict: {len(inputs)} candidates, {answers.mean():.1%} strokes", flush=True)
    verdict = fit(inputs, answers, 30, 1024, 3e-2)
    named = {
        f"{name}.{i}": array for name, net in (("early", early), ("verdict", verdict)) for i, array in enumerate(net)
    }
    with np.load(WEIGHTS, allow_pickle=False) as shipped:
        kept = {name: shipped[name] for name in shipped.files if name.startswith("timbre.")}
    np.savez(chosen.out, allow_pickle=False, **named, **kept)
    print(f"{chosen.out}: {chosen.out.stat().st_size} bytes; verdict after {VERDICT_S * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
