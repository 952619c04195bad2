"""Learn a mapping in Python, look at it, and play a take with it: ``python examples/from_python.py [FOLDER [EPOCHS]]``.

Everything comes from ``import ghostnote``; the page ``docs/python.md`` says what else there is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

import ghostnote


def main(folder: Path, epochs: int) -> None:
    """Write a bundle and what it plays into a folder, and print what is met on the way."""
    folder.mkdir(parents=True, exist_ok=True)

    # A recording. The drummer that ships plays one; ghostnote.read_recording(Path("take.wav")) reads yours.
    take = ghostnote.play_take("graded", drum="tight", seed=1)
    recording = ghostnote.Recording(take.audio[:, :1], take.sample_rate, Path("graded.wav"))

    # Its strokes, found as playing finds them, with the features that a mapping hears.
    strokes = ghostnote.hear([recording]).strokes
    level_db = np.median(strokes.features[:, 0])
    print(f"{len(strokes)} strokes in {recording.seconds:.0f} s, their median level {level_db:.1f} dB")

    # Figures of whole strokes, and the voice as a function of tensors: both carry gradients.
    figures = ghostnote.ReferenceFeatures(strokes.sample_rate)
    patch = ghostnote.load_preset("snare-1")
    values = torch.as_tensor(patch.values)[None].requires_grad_()
    noise = torch.as_tensor(ghostnote.white_noise(0, 0, figures.samples))[None]
    sound = ghostnote.snare808(values, noise, strokes.sample_rate, figures.samples)
    loudness = figures(sound)[0, 0]
    (slope,) = torch.autograd.grad(loudness, values)
    moves = patch.space.names[int(slope.abs().argmax())]
    print(f"the preset begins with {float(loudness.detach()):.1f} LKFS; a unit of {moves} changes that most")

    # Training: strokes and a preset in, a bundle out.
    settings = ghostnote.TrainingSettings(arch="mlp", loss="balanced", epochs=epochs)
    trained = ghostnote.train(strokes, patch, settings)
    finished = ghostnote.finish(trained, strokes, patch, settings, sources=[recording.path.name])
    held_out = finished.held_out["reference"]
    print(f"error of {len(held_out.wanted)} held-out strokes over doing nothing: {held_out.mean_relative:.2f}")
    finished.bundle.save(folder / "mine.safetensors")

    # Mapping: features in, a modulation of -1..1 for every parameter out, as playing computes it.
    mapper = ghostnote.Mapper(ghostnote.Bundle.load(folder / "mine.safetensors"))
    softest, loudest_stroke = np.argsort(strokes.features[:, 0])[[0, -1]]
    moved = mapper(strokes.features[loudest_stroke]) - mapper(strokes.features[softest])
    print(f"from the softest to the loudest stroke {patch.space.names[int(np.abs(moved).argmax())]} moves most")

    # Rendering: a rig plays the recording, exactly as it would have played live.
    rig = ghostnote.load_rig("808")
    rig = ghostnote.with_lesson(rig, rig.drum[0].name, folder / "mine.safetensors")
    performance = ghostnote.render(rig, recording)
    ghostnote.write_wav(folder / "synth.wav", performance.synth, recording.sample_rate)
    print(f"{len(performance.hits)} strokes played into {folder / 'synth.wav'}")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(Path(words[0]) if words else Path("from-python"), int(words[1]) if len(words) > 1 else 60)
