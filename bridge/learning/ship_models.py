"""Train the bundles that ship: ``python -m bridge.learning.ship_models [PRESET...]``, by default all of `SHIPPED`.

No recording ships with the project: the minutes are played anew by `synth.drummer.perform`, so anyone can make the same
bundles.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from bridge.audio.files import Recording
from bridge.learning.lesson import learn_from
from models.mapping.bundle import MODELS
from models.training.train import Settings
from synth.drummer.perform import perform
from synth.errors import entry_named
from synth.voices.presets import load_preset

SHIPPED: dict[str, str] = (
    dict.fromkeys(("kick", "noisy", "open", "snare-1", "snare-2", "snare-3", "tom"), "tight")
    | {"bass-drum-5": "kick", "snare-drum-5": "tight"}
    | {"low-tom-5": "floor-tom", "mid-tom-5": "tom", "high-tom-5": "high-tom"}
    | {"low-conga-5": "floor-tom", "mid-conga-5": "tom", "high-conga-5": "high-tom"}
    | dict.fromkeys(("rim-shot", "claves", "hand-clap", "maracas", "cow-bell"), "tight")
    | {"cymbal-5": "ride", "open-hat-5": "hat", "closed-hat": "hat"}
    | {"modal-marimba": "tom", "modal-bell": "tom", "fm-metal": "ride", "fm-tubular-bell": "tom"}
    | {"wavetable-tom": "tom", "shaper-tube": "tom"}
)
"""The preset of each bundle, and the drum of ours that it learned from: the one that most likely will play it."""

SEED, SAMPLE_RATE = 1, 48_000
EPOCHS = 60


@cache
def minute(drum: str) -> Recording:
    """Return the minute of drumming on one drum of `synth.drummer.drums.DRUMS` that its bundles learned from."""
    take = perform("minute", drum, SEED, SAMPLE_RATE)
    return Recording(take.audio[:, :1], take.sample_rate, Path(f"drummer-minute-{drum}"))


def main(names: list[str]) -> None:
    """Train and save; print a table."""
    drums = {name: entry_named(SHIPPED, name, "shipped bundle") for name in names or SHIPPED}
    print(f"Seed {SEED}, {SAMPLE_RATE} Hz\n")
    print("Held-out error / do nothing:\n")
    print("| preset | drum | epoch kept | published features | our features |\n|---|---|---|---|---|")
    settings = Settings(arch="mlp", loss="default", epochs=EPOCHS)
    for name, drum in drums.items():
        finished, _ = learn_from([minute(drum)], load_preset(name), settings)
        finished.bundle.save(MODELS.folder / f"{name}.safetensors")
        errors = finished.bundle.card["relative_error"]
        figures = f"{errors['reference']:.2f} | {errors['default']:.2f}"
        print(f"| {name} | {drum} | {finished.trained.kept} | {figures} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
