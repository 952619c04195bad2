"""Train the bundles that ship, one per preset: ``python -m bridge.learning.ship_models [PRESET...]``.

No recording ships with the project: the minute is played anew by `synth.drummer.perform`, so anyone can make the same
bundles.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bridge.audio.files import Recording
from bridge.learning.lesson import learn_from
from models.mapping.bundle import MODELS
from models.training.train import Settings
from synth.drummer.perform import perform
from synth.voices.presets import load_preset, preset_names

DRUM, SEED, SAMPLE_RATE = "tight", 1, 48_000
EPOCHS = 60


def minute() -> Recording:
    """Return the minute of drumming that all shipped bundles learned from."""
    take = perform("minute", DRUM, SEED, SAMPLE_RATE)
    return Recording(take.audio[:, :1], take.sample_rate, Path(f"drummer-minute-{DRUM}"))


def main(names: list[str]) -> None:
    """Train and save; print a table."""
    print(f"Drum '{DRUM}', seed {SEED}, {SAMPLE_RATE} Hz\n")
    print("| preset | epoch kept | held-out error / do nothing, published features | our features |\n|---|---|---|---|")
    settings = Settings(arch="mlp", loss="default", epochs=EPOCHS)
    recordings = [minute()]
    for name in names or preset_names():
        finished, _ = learn_from(recordings, load_preset(name), settings)
        finished.bundle.save(MODELS.folder / f"{name}.safetensors")
        errors = finished.bundle.card["relative_error"]
        print(f"| {name} | {finished.trained.kept} | {errors['reference']:.2f} | {errors['default']:.2f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
