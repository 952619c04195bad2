"""A mapping is measured on the synth itself: it plays the strokes, and what sounds is compared with the drum."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bridge.learning.through import maker_of, played_by, reached
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.synth import SampledSynth, synth_moving
from models.mapping.bundle import Bundle
from models.mapping.mapper import Mapper
from synth.errors import InputError

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.strokes import Strokes

METRICS = ("reference", "default")

LOUDNESS = 0
"""The column of the published features that is the loudness of the first 58 ms."""


@dataclass(frozen=True, slots=True)
class OnSynth:
    """How a mapping does on the synth.

    Parameters
    ----------
    real, believed : dict of str to Errors
        Per set of features: as the synth sounds, and as its proxy believes; the second is empty without a proxy.
    loudness : float
        Correlation of the loudness of drum and synth over the strokes.
    """

    real: dict[str, Errors]
    believed: dict[str, Errors]
    loudness: float


def played_synth(bundle: Bundle, through: str, proxy: Path | None) -> SampledSynth | None:
    """Return the synth that shall play a bundle; None for a bundle of a voice of ours.

    Raises
    ------
    InputError
        The bundle is for another synth, or for one that is not named.
    """
    if not through:
        if proxy is not None:
            raise InputError("--proxy belongs to --through, which names the synth that plays")
        return None
    synth = synth_moving(through, bundle.space.names)
    if synth.space.ranges != bundle.space.ranges:
        raise InputError(
            f"the bundle was trained for {bundle.space.name} with {', '.join(bundle.space.names)}; the profile of "
            f"{synth.name} has other controls or ranges: train it again"
        )
    return synth


def on_synth(
    bundle: Bundle, strokes: Strokes, reference: int, synth: SampledSynth, proxy: Path | None, way: Way
) -> OnSynth:
    """Return how a bundle does on a synth that plays itself.

    Parameters
    ----------
    bundle : Bundle
    strokes : Strokes
        At the rate of the figures.
    reference : int
        Row of the reference stroke.
    synth : SampledSynth
    proxy : Path, optional
        Whose belief is compared.
    way : Way
        How the synth is reached.
    """
    import torch

    from models.training.evaluate import errors_of

    mapper, rows = Mapper(bundle), np.arange(len(strokes))
    modulations = torch.as_tensor(np.stack([mapper(row) for row in strokes.features]))
    believed = {}
    if proxy is not None:
        maker = maker_of(reached(synth.name, proxy), "proxy")
        believed = {n: errors_of(modulations, rows, strokes, reference, bundle.preset, n, made=maker) for n in METRICS}
    with closing(engine_of(synth).start(synth, way)) as engine:
        maker = played_by(synth, engine)
        real = {n: errors_of(modulations, rows, strokes, reference, bundle.preset, n, made=maker) for n in METRICS}
    return OnSynth(real, believed, _correlation(real["reference"]))


def _correlation(errors: Errors) -> float:
    """Return how the loudness of the synth goes with that of the drum; 0 where one of them stands still."""
    drum, synth = errors.wanted[:, LOUDNESS], errors.reached[:, LOUDNESS]
    if min(drum.std(), synth.std()) < 1e-9:
        return 0.0
    return round(float(np.corrcoef(drum, synth)[0, 1]), 4)
