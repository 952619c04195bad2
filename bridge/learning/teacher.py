"""Who teaches a mapping: a voice of ours with its preset, or what stands for a synth that is not ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.mapping.bundle import Bundle
from synth.spec import ParamSpace
from synth.voices.presets import Patch

if TYPE_CHECKING:
    from torch import Tensor

    from models.training.export import Finished
    from models.training.instruments import Maker
    from models.training.strokes import Split, Strokes
    from models.training.train import Settings, Trained

    PlayModulation = Callable[[Tensor], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Taught:
    """What a lesson gives.

    Parameters
    ----------
    trained : Trained
    patch : Patch
        What the reference stroke plays.
    judge : Maker
        What the errors of the card are measured on.
    card : dict
        What is worth keeping of it; JSON values.
    """

    trained: Trained
    patch: Patch
    judge: Maker
    card: dict[str, Any]


class Teacher(AbstractContextManager["Teacher"]):
    """A voice of ours teaches.

    Parameters
    ----------
    patch : Patch
        Its preset.

    Attributes
    ----------
    space : ParamSpace
        Of the mappings that it teaches.
    name : str
        Of the preset.
    """

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.space: ParamSpace = patch.space
        self.name = patch.name

    def __exit__(self, *error: object) -> None:
        """Nothing was opened."""

    def ready(self, strokes: Strokes) -> Strokes:
        """Return strokes as this teacher needs them."""
        return strokes

    def teach(
        self, strokes: Strokes, split: Split, settings: Settings, watch: Callable[[Any], None], start: Bundle | None
    ) -> Taught:
        """Train a mapping; what is given is what `models.training.train.train` takes."""
        from models.training.instruments import VOICE
        from models.training.train import train

        trained = train(strokes, self.patch, settings, watch, start, split)
        return Taught(trained, self.patch, VOICE, {})

    def player(self, finished: Finished, samples: int) -> PlayModulation:
        """Return what plays (n, params) modulations for the listening file: (n, samples) audio."""
        from models.training.export import render_strokes

        bundle = finished.bundle
        return lambda modulation: render_strokes(modulation, bundle.preset, bundle.sample_rate, samples)
