"""A trained mapping becomes a bundle with its training card: what it learned from, how, and how well it does."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.mapping.architectures import architecture_named
from models.mapping.bundle import Bundle
from models.training.evaluate import EVALUATION_SEED, Errors, errors_of
from models.training.fit_follower import fit_following
from models.training.instruments import VOICE, Maker
from models.training.objective import Target
from models.training.strokes import Strokes
from models.training.train import Settings, Trained
from synth.dsp.noise import white_noise
from synth.voices.presets import Patch
from synth.voices.registry import voice_of

METRICS = ("reference", "default")
"""Losses whose features a card reports: each set of features once."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What is left of a training run.

    Parameters
    ----------
    bundle : Bundle
    trained : Trained
    errors : dict of str to Errors
        Of every stroke, per set of features, for pictures; ``trained.split`` says which strokes were held out.
    held_out : dict of str to Errors
        Of the held-out strokes, in double precision: the figures that count.
    """

    bundle: Bundle
    trained: Trained
    errors: dict[str, Errors]
    held_out: dict[str, Errors]


def finish(
    trained: Trained,
    strokes: Strokes,
    patch: Patch,
    settings: Settings,
    sources: Sequence[str] = (),
    detector: Mapping[str, Any] | None = None,
    groups: NDArray[np.int64] | None = None,
    made: Mapping[str, Any] | None = None,
    instrument: Maker = VOICE,
) -> Finished:
    """Measure held-out strokes, fit level and decay following, and put all into a bundle.

    Parameters
    ----------
    trained, strokes, patch, settings
        What `models.training.train.train` returned, and what it was given.
    sources : sequence of str
        Names of the recordings, for the card.
    detector : mapping, optional
        Settings of the detector that found the strokes, as numbers.
    groups : (n,) int64, optional
        Which strokes are copies of one another.
    made : mapping, optional
        Where the bundle comes from, for the card; JSON values.
    instrument : Maker
        What it was learned through.
    """
    modulation, rows = trained.modulation(strokes.features), trained.split.train
    following = fit_following(
        strokes.rows(rows),
        trained.relative(strokes.features[rows]).double().numpy(),
        int(np.flatnonzero(rows == trained.split.reference)[0]),
        modulation[rows].double().numpy(),
        patch,
        settings.seed,
        instrument,
    )
    reference, test, every = trained.split.reference, trained.split.test, np.arange(len(strokes))
    single, double = torch.float32, torch.float64
    errors = {n: errors_of(modulation, every, strokes, reference, patch, n, single, instrument) for n in METRICS}
    group = np.arange(len(strokes)) if groups is None else groups
    held_out = {
        name: replace(
            errors_of(modulation[test], test, strokes, reference, patch, name, double, instrument), groups=group[test]
        )
        for name in METRICS
    }
    bundle = Bundle(
        arch=settings.arch,
        preset=patch,
        offset=trained.offset,
        scale=trained.scale,
        reference=trained.reference,
        window_s=strokes.window_s,
        sample_rate=strokes.sample_rate,
        weights=trained.net.weights(),
        following=following,
        detector=dict(detector or {}),
        card=_card(trained, strokes, settings, sources, held_out)
        | {"groups": len(np.unique(group))}
        | ({"made": dict(made)} if made else {}),
    )
    return Finished(bundle, trained, errors, held_out)


def _card(
    trained: Trained, strokes: Strokes, settings: Settings, sources: Sequence[str], held_out: Mapping[str, Errors]
) -> dict[str, Any]:
    split = trained.split
    chosen = {name: getattr(settings, name) for name in ("arch", "loss", "epochs", "seed", "split_seed")}
    chosen |= {"batch": settings.recipe.batch, "weights": dict(settings.weights)}
    chosen["learning_rate"] = settings.recipe.pace(architecture_named(settings.arch)).learning_rate
    return {
        "trained": True,
        "recordings": list(sources),
        "strokes": len(strokes),
        "split": {name: len(getattr(split, name)) for name in ("train", "validation", "test")},
        "settings": chosen | {"recipe": settings.recipe.name},
        "kept_epoch": trained.kept,
        "interrupted": trained.interrupted,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": str(torch.__version__)},
        "curve": {
            name: [round(getattr(epoch, name), 5) for epoch in trained.curve]
            for name in ("train", "validation", "start")
        },
        "held_out": {name: each.table() for name, each in held_out.items()},
        "relative_error": {name: round(each.mean_relative, 4) for name, each in held_out.items()},
        "interval": {name: [round(end, 4) for end in each.interval()[1:]] for name, each in held_out.items()},
    }


def render_strokes(modulation: Tensor, patch: Patch, sample_rate: int, samples: int) -> NDArray[np.float32]:
    """Return (n, samples) of the voice at some modulations, each with the noise of its own stroke.

    Parameters
    ----------
    modulation : (n, params) tensor
        -1..1.
    patch : Patch
        What they move.
    sample_rate : int
        Hz.
    samples : int
        Length of each stroke.
    """
    target, voice = Target(patch), voice_of(patch.space).learnable(patch.tables)
    noise = np.stack([white_noise(EVALUATION_SEED, stroke, samples) for stroke in range(len(modulation))])
    with torch.no_grad():
        values = target.values(modulation).float()
        audio = voice.render(values, torch.as_tensor(noise, dtype=torch.float32), sample_rate, samples)
    return np.asarray(audio.numpy(), dtype=np.float32)
