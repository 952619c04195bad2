"""Train the style model that ships: ``python -m bridge.learning.train_style``.

It learns from nothing but loops of our own drummer's kits, treated at random by the same effects (`models.style`), and
by the effects' own gradients. The lessons are made first; then the net learns, and held-out lessons of other loops say
how well it does.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.devices.ways import Through, default_gradient
from models.style.examples import Example, examples
from models.style.learn import Learned, Settings, chain_device, learn_style
from models.style.losses import level_db, stft_distance
from models.style.stylist import STYLES
from synth.effects.chain import chain_named

RATE_HZ = 44_100
HELD_OUT_SEED = 100_000


def held_out(through: Through, learned: Learned, lessons: list[Example]) -> dict[str, float]:
    """Return how far recordings are from their targets, before and after, means over lessons."""
    source, target = (
        torch.from_numpy(np.stack([getattr(one, name) for one in lessons])) for name in Example._fields[:2]
    )
    with torch.no_grad():
        unit: Tensor = learned.net([one.heard_source for one in lessons], [one.heard_like for one in lessons])
        out = through.played(unit, source.numpy())
        before, after = stft_distance(source, target), stft_distance(out, target)
        levels = [(level_db(one) - level_db(target)).abs().mean().item() for one in (source, out)]
    return {
        "stft_before": before.mean().item(),
        "stft_after": after.mean().item(),
        "worse": (after > before).double().mean().item(),
        "level_db_before": levels[0],
        "level_db_after": levels[1],
    }


def main() -> None:
    """Make lessons, train, say how well it does, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chain", default="eq,compressor")
    parser.add_argument("--lessons", type=int, default=4800)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=STYLES.folder / "drums.safetensors")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    began, chain = time.process_time(), chain_named(chosen.chain)
    lessons = list(examples(chain, chosen.lessons, chosen.seed, RATE_HZ, treatments=8))
    print(f"{len(lessons)} lessons after {time.process_time() - began:.0f} s", flush=True)
    device = chain_device(chain, RATE_HZ)
    through = Through(device, default_gradient(device))
    learned = learn_style(through, chain, lessons, Settings(steps=chosen.steps, seed=chosen.seed))
    test = list(examples(chain, 100, HELD_OUT_SEED + chosen.seed, RATE_HZ, treatments=2))
    found = {name: round(value, 4) for name, value in held_out(through, learned, test).items()}
    for note in learned.notes:
        print(note)
    print(found)
    asked = {"lessons": chosen.lessons, "steps": chosen.steps, "seed": chosen.seed, "gradient": through.gradient}
    card = {**asked, "rate_hz": RATE_HZ, "held_out": found, "cpu_s": round(time.process_time() - began, 1)}
    learned.net.stylist(card).save(chosen.out)
    print(f"wrote {chosen.out}")


if __name__ == "__main__":
    main()
