"""What is known of a DX7 before anything is learned: levels, pitches and a rough spectrum of its six operators.

A net that gets these as inputs need not find out that operators have frequencies and envelopes, nor which of them
modulates which. Every step has gradients. What is left out for the net to learn: the low-frequency oscillator, the
delay of feedback, and what lies between the frames of the rough spectrum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from models.proxies.dx7_controls import Controls
from models.proxies.dx7_envelopes import operator_levels, output_levels, pitch_octaves
from models.proxies.dx7_sketch import FRAMES, Sketch, in_segments
from models.proxies.dx7_tables import OPERATORS, carriers, curve, feedback_matrices, modulation_matrices, whole
from models.proxies.inputs import Soft
from synth.spec import ParamSpace

COARSE_KNOTS = ((0, -1.0), *((ratio, math.log2(ratio)) for ratio in range(1, 32)))
"""From a coarse number to octaves above the note."""

FULL_LEVEL = 15.0
"""Octaves; `dx7_envelopes` counts from silence."""

BUMPS = 24
LOWEST_OCTAVE, HIGHEST_OCTAVE = 3.0, 14.5
"""Of operator frequencies, log2 of Hz; what lies beyond stays at the end."""

SEGMENTS = len(FRAMES)
GROWTH = 1.7
"""Each segment is so much longer than the one before, as those of the embedding `segments` are."""


@dataclass(frozen=True, slots=True)
class Dx7Setting:
    """What the notes of a set of examples have in common.

    Parameters
    ----------
    held_s, total_s : float
        When the note is let go and when the recording ends.
    given : dict of str to float
        Controls that do not vary, in the DX7's own numbers; see `models.proxies.dx7_controls.DEFAULTS`.
    """

    held_s: float = 0.5
    total_s: float = 1.0
    given: Mapping[str, float] = field(default_factory=dict)

    def edges_s(self) -> list[float]:
        """Return where the eight growing segments begin, and where the last one ends."""
        whole_length = GROWTH**SEGMENTS - 1.0
        return [self.total_s * (GROWTH**place - 1.0) / whole_length for place in range(SEGMENTS + 1)]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some settings.

    Parameters
    ----------
    operators : (batch, 6, features) tensor
        For each operator: level in each segment, pitch as bumps, whether it is heard, and its feedback.
    graph : (batch, 6, 6) tensor
        What modulates what, [modulated, modulator].
    sketch : (batch, bands * segments) tensor
        A rough spectrum in tens of decibels.
    """

    operators: Tensor
    graph: Tensor
    sketch: Tensor

    def flat(self) -> Tensor:
        """Return all of it as (batch, size), to be kept."""
        return torch.cat([self.operators.flatten(1), self.graph.flatten(1), self.sketch], 1)


class Dx7Prior:
    """Computes what is `Known`.

    Parameters
    ----------
    space : ParamSpace
        Any of the controls in `models.proxies.dx7_controls`.
    setting : Dx7Setting
    """

    features = SEGMENTS + BUMPS + 3

    def __init__(self, space: ParamSpace, setting: Dx7Setting) -> None:
        self.controls, self.setting = Controls(space, setting.given), setting
        self._sketch = Sketch(setting.edges_s())
        self.sketched = self._sketch.width
        self.size = OPERATORS * self.features + OPERATORS**2 + self.sketched

    def known(self, flat: Tensor) -> Known:
        """Return what `Known.flat` has kept."""
        operators, graph, sketch = torch.split(flat, [OPERATORS * self.features, OPERATORS**2, self.sketched], 1)
        batch = len(flat)
        return Known(operators.view(batch, OPERATORS, self.features), graph.view(batch, OPERATORS, OPERATORS), sketch)

    def __call__(self, unit: Tensor, soft: Soft | None = None) -> Known:
        """Return what is known of (batch, n) unit values."""
        controls = self.controls
        times_s = unit.new_tensor(self._sketch.times_s)
        levels, pitches = self.levels(unit, times_s), self.pitches(unit, times_s)
        which = controls.algorithm(unit, soft)
        graph, loops, heard = (
            torch.tensordot(which, table.to(unit.dtype), 1)
            for table in (modulation_matrices(), feedback_matrices(), carriers())
        )
        feedback = controls.value(unit, "feedback")
        sketch = self._sketch(levels - FULL_LEVEL, pitches, graph, loops, heard, feedback)
        per_segment = in_segments(levels.transpose(1, 2)).transpose(1, 2)
        operators = torch.cat(
            [
                per_segment / FULL_LEVEL,
                _bumps(pitches.mean(-1)),
                heard[..., None],
                torch.stack([loops.sum(1), loops.sum(2)], -1) * feedback[:, None, None] / 7.0,
            ],
            -1,
        )
        return Known(operators, graph, sketch)

    def levels(self, unit: Tensor, times_s: Tensor) -> Tensor:
        """Return the level of each operator in octaves of amplitude, (batch, 6, times): 15 is full."""
        controls = self.controls
        velocity = controls.value(unit, "synth.velocity")[:, None]
        top = output_levels(controls.of_operators(unit, "output"), controls.of_operators(unit, "velocity"), velocity)
        keys = whole(self._note(unit) / 3.0 - 7.0).clamp(0.0, 31.0)
        faster = whole(controls.of_operators(unit, "rate_scaling") * keys[:, None] / 8.0)
        rates, levels = controls.stages(unit, "rate"), controls.stages(unit, "level")
        return operator_levels(rates, levels, top, faster, times_s, self.setting.held_s)

    def pitches(self, unit: Tensor, times_s: Tensor) -> Tensor:
        """Return the frequency of each operator, log2 of Hz, (batch, 6, times)."""
        controls = self.controls
        coarse, fine = controls.of_operators(unit, "coarse"), controls.of_operators(unit, "fine")
        fixed = controls.of_operators(unit, "mode")[..., None]
        detune = controls.of_operators(unit, "detune") - 7.0
        note = math.log2(440.0) + (self._note(unit)[:, None] - 69.0) / 12.0
        spread = 0.0209 * torch.exp(-0.396 * note) / 7.0
        ratio = note + spread * note * detune + curve(coarse, COARSE_KNOTS) + torch.log2(1.0 + 0.01 * fine)
        bent = pitch_octaves(
            controls.pitch_stages(unit, "rate"), controls.pitch_stages(unit, "level"), times_s, self.setting.held_s
        )
        moving = ratio[..., None] + bent[:, None]
        # A fixed frequency has four decades, whatever higher coarse numbers say, and no pitch envelope.
        decade = coarse - 4.0 * torch.floor(coarse.detach() / 4.0)
        still = math.log2(10.0) * (decade + 0.01 * fine)
        return moving + fixed * (still[..., None] - moving)

    def _note(self, unit: Tensor) -> Tensor:
        controls = self.controls
        return controls.value(unit, "synth.note") + controls.value(unit, "transpose") - 24.0


def _bumps(octaves: Tensor) -> Tensor:
    """Return frequencies (...) as (..., BUMPS): a bump on a log axis, so that those near each other are alike."""
    centres = torch.linspace(LOWEST_OCTAVE, HIGHEST_OCTAVE, BUMPS, dtype=octaves.dtype)
    width = (HIGHEST_OCTAVE - LOWEST_OCTAVE) / (BUMPS - 1)
    held = octaves.clamp(LOWEST_OCTAVE, HIGHEST_OCTAVE)[..., None]
    return torch.exp(-0.5 * ((held - centres) / width) ** 2)
