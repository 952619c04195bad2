"""Which controls a mapping may move on a slow cable: those that matter most to this drum among those that fit.

A DIN cable carries a controller in 0.96 ms, and a note that waited for ten of them would be late. So a mapping is
learned that moves only as many as leave before the note.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bridge.midi.messages import Wire
from bridge.midi_bytes import KINDS
from bridge.rig.profiles import Control
from bridge.rig.targets import MidiTargetSettings
from bridge.sampling.synth import SampledSynth
from synth.errors import InputError, choices, shown
from synth.voices.presets import Patch

if TYPE_CHECKING:
    from models.training.instruments import Maker
    from models.training.strokes import Split, Strokes
    from models.training.train import Settings

BUDGETS = ("none", "usb", "din")

TRIAL_EPOCHS = 80
"""Of the mapping that shows which controls matter: enough to know, a third of a lesson."""


def time_of(control: Control, budget: str) -> float:
    """Return how long a cable is busy with a new value of a control, s; 0 for one that does not go by MIDI."""
    if not control.kinds:
        return 0.0
    messages = KINDS[control.kind].messages(0, control.number, KINDS[control.kind].highest)
    return sum(Wire(budget).cost_s(message) for message in messages)


def lead_s(budget: str) -> float:
    """Return the time that a port of a budget gives a stroke's values before its note."""
    if budget not in BUDGETS:
        raise InputError(f"--budget is {shown(budget)}; {choices(budget, BUDGETS)}")
    return MidiTargetSettings(name="cable", type="midi", budget=budget).lead_s  # type: ignore[arg-type]  # checked above


def fitted(
    synth: SampledSynth,
    budget: str,
    patch: Patch,
    strokes: Strokes,
    split: Split,
    settings: Settings,
    made: Maker,
) -> Patch:
    """Return a preset of which only those controls move that a cable carries before a note.

    Parameters
    ----------
    synth : SampledSynth
    budget : str
        One of `BUDGETS`.
    patch : Patch
    strokes, split, settings, made
        As for `models.training.train.train`.

    Raises
    ------
    InputError
        There is no such budget, or it carries no control of this synth.
    """
    free_s = lead_s(budget)
    times_s = {control.parameter: time_of(control, budget) for control in synth.controls}
    moved = [name for name, depth in zip(patch.space.names, patch.depths, strict=True) if depth and name in times_s]
    if budget == "none" or sum(times_s[name] for name in moved) <= free_s:
        return patch
    kept = _most_useful(moved, times_s, free_s, patch, strokes, split, settings, made)
    if not kept:
        least_ms = 1000 * min(times_s[name] for name in moved)
        raise InputError(
            f"--budget {budget} leaves {1000 * free_s:.1f} ms before a note, and a control of {synth.name} takes "
            f"{least_ms:.1f} ms or more; give the port a longer lead_ms, and train without --budget"
        )
    stays = [name in times_s and name not in kept for name in patch.space.names]
    return replace(patch, depths=np.where(stays, 0.0, patch.depths))


def _most_useful(
    moved: list[str],
    times_s: dict[str, float],
    free_s: float,
    patch: Patch,
    strokes: Strokes,
    split: Split,
    settings: Settings,
    made: Maker,
) -> list[str]:
    """Return the controls that fit, added one by one: always the one that lowers the loss most beside those before."""
    import torch

    from models.training.loss_kinds import loss_named, weighted
    from models.training.losses import DrumDifferences
    from models.training.objective import Objective
    from models.training.train import train

    trial = replace(settings, epochs=min(settings.epochs, TRIAL_EPOCHS))
    trained = train(strokes, patch, trial, split=split, made=made)
    kind = weighted(loss_named(settings.loss), settings.weights)
    drum = DrumDifferences(strokes, split.reference, kind, split.train)
    modulation = trained.modulation(strokes.features[split.train])
    always = [name not in times_s for name in patch.space.names]
    kept: list[str] = []
    with Objective(drum, patch, strokes.sample_rate, made=made) as objective:
        while True:
            spent_s = sum(times_s[name] for name in kept)
            fits = [name for name in moved if name not in kept and spent_s + times_s[name] <= free_s + 1e-9]
            if not fits:
                return kept
            losses = {}
            for name in fits:
                shares = [free or one in (*kept, name) for free, one in zip(always, patch.space.names, strict=True)]
                mask = torch.tensor(shares, dtype=modulation.dtype)
                losses[name] = float(objective.losses(modulation * mask, split.train).mean())
            kept.append(min(losses, key=lambda name: losses[name]))
