"""A mapping is played on the synth and learned on with what was heard, until belief and synth agree.

A proxy of 1 500 takes knows a synth roughly, and a drum moves a synth finely: a mapping finds where the proxy errs in
its favour. In each round the settings of the drum's strokes are played, and others around them, the proxy is corrected
there, and the same mapping goes on from its weights with small steps. On a DX7 the real error fell in five rounds of
665 notes from 1.02 to 0.65 of doing nothing, and belief came from half of it to within a tenth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.engine import Engine
from bridge.sampling.record import Player
from bridge.sampling.synth import SampledSynth
from synth.voices.presets import Patch

if TYPE_CHECKING:
    from torch import Tensor

    from models.proxies.corrected import CorrectedFigures
    from models.training.instruments import FigureMaker
    from models.training.losses import DrumDifferences
    from models.training.strokes import Split, Strokes
    from models.training.train import Settings, Trained

ROUNDS = 8

ROUND_STEPS = 75
"""Of a round's descent, whatever the take's length: 25 epochs of 40 strokes."""

ROUND_RATE = 1e-3
"""Learning rate of a round: a mapping that leaps leaves what has been heard."""

AROUND = (0.02, 0.06)
"""How far from a stroke's setting others are played, as parts of the range, one for each."""

MOST_STROKES = 100
"""Of a round."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Round:
    """What a round showed before its mapping went on.

    Parameters
    ----------
    believed, real : float
        Mean loss of the strokes that were played: as the proxy had it, and as the synth sounded.
    notes : int
        Played so far.
    """

    believed: float
    real: float
    notes: int


def _joined(before: Trained, after: Trained) -> Trained:
    """Return what is left of a run that has gone on: its last weights, and the learning curve of both parts."""
    epochs = len(before.curve)
    after.curve = [*before.curve, *(replace(epoch, number=epochs + epoch.number) for epoch in after.curve)]
    after.kept += epochs
    return after


class Rounds:
    """Rounds of one mapping.

    Parameters
    ----------
    synth : SampledSynth
    engine : Engine
        Plays it.
    corrected : CorrectedFigures
        Is corrected.
    maker : FigureMaker
        Learns through it.
    patch, strokes, split, settings
        As for `models.training.train.train`.

    Attributes
    ----------
    told : list of Round
    """

    def __init__(
        self,
        synth: SampledSynth,
        engine: Engine,
        corrected: CorrectedFigures,
        maker: FigureMaker,
        patch: Patch,
        strokes: Strokes,
        split: Split,
        settings: Settings,
    ) -> None:
        self._synth, self._engine, self._player = synth, engine, Player(engine)
        self._corrected, self._maker, self._patch = corrected, maker, patch
        self._strokes, self._split, self._settings = strokes, split, settings
        self._rng = np.random.default_rng(settings.seed)
        count = min(len(split.train), MOST_STROKES)
        self._rows = split.train[np.linspace(0, len(split.train) - 1, count).round().astype(int)]
        self.told: list[Round] = []

    @cached_property
    def _drum(self) -> DrumDifferences:
        """What the drum does: it is the same in every round."""
        from models.training.train import drum_differences

        return drum_differences(self._strokes, self._split, self._settings)

    def go_on(self, trained: Trained, watch: Callable[[Any], None]) -> Trained:
        """Hear what a mapping plays, and return the mapping that has gone on with it."""
        from models.training.train import train

        self._hear(trained.modulation(self._strokes.features[self._rows]))
        recipe = self._settings.recipe.with_own(self._settings.arch, ROUND_RATE, None)
        epochs = max(1, round(ROUND_STEPS / -(-len(self._split.train) // recipe.batch)))
        settings = replace(self._settings, epochs=epochs, recipe=recipe, seed=self._settings.seed + len(self.told))
        parts = self._strokes, self._patch, settings
        weights = trained.net.weights()
        further = train(*parts, watch, split=self._split, made=self._maker, weights=weights, drum=self._drum)
        return _joined(trained, further)

    def _hear(self, modulation: Tensor) -> None:
        """Play the strokes' settings and some around them, and correct the proxy."""
        from models.training.figures import figures_of
        from models.training.objective import Target

        target = Target(self._patch)
        unit = target.moved(modulation).numpy()
        moves = self._patch.depths > 0.0
        near = [np.clip(unit + far * moves * self._rng.standard_normal(unit.shape), 0.0, 1.0) for far in AROUND]
        played = self._synth.space.realised(np.concatenate([target.unit.numpy()[None], unit, *near]))
        figures = figures_of(self._player.play(self._synth.notes(played)), self._engine.sample_rate)
        believed = self._loss(modulation)
        self._corrected.hear(played, figures)
        self.told.append(Round(believed, self._loss(modulation), len(self._corrected)))

    def _loss(self, modulation: Tensor) -> float:
        """Return the mean loss by what the proxy knows now: where it has just been heard, that is the synth's own."""
        from models.training.objective import Objective

        with Objective(self._drum, self._patch, self._strokes.sample_rate, made=self._maker) as objective:
            return float(objective.losses(modulation, self._rows).mean())
