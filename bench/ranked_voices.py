"""Our own voices for the ranking test: the parameters that are heard in a stroke, presets drawn around the defaults."""

from __future__ import annotations

import numpy as np
import torch

from bridge.learning.ranking import STEPS, Audio, Ranked
from synth.dsp.noise import white_noise
from synth.spec import ParamSpace
from synth.voices.registry import voice_kind

RATE_HZ, SECONDS = 22_050, 1.0
SPREAD = 0.15
"""How far a preset is drawn from the defaults, as a part of each range."""
BRIGHTNESS = ("noise_filter.freq", "noise.freq", "brightness", "mod1.index", "morph.end", "drive", "damping", "mallet")
HIGHEST_HZ = 8000.0
"""A filter or a band of noise is turned up to here: above lies what is not heard at the rate of these sounds."""
WITHIN = (0.1, 0.9)
"""Between which values of 0..1 a preset lies: nothing of it is turned off."""
NOISE_LEVEL, OTHER_LEVEL = 0.75, 0.4
"""Levels of the noise and of all else, 0..1, where an attribute of the noise is turned: else it would not be heard."""


def attributes_of_voice(space: ParamSpace) -> tuple[str, ...]:
    """Return the parameters with a role (pitch, decay, level), and those that set how bright it is."""
    return tuple(param.name for param in space if param.role or param.name in BRIGHTNESS)


def own_voice(name: str, seed: int) -> Ranked:
    """Return a voice for the test, its presets drawn with a seed."""
    kind = voice_kind(name)
    space, voice = kind.space, kind.learnable()

    def render(attribute: str, preset: int) -> Audio:
        rng = np.random.default_rng((seed, space.index(attribute), preset))
        unit = space.to_unit(space.defaults) + rng.uniform(-SPREAD, SPREAD, len(space))
        if attribute.startswith("noise"):
            for column, param in enumerate(space):
                if param.role == "level":
                    unit[column] = NOISE_LEVEL if param.name.startswith("noise") else OTHER_LEVEL
        rows = np.tile(np.clip(unit, *WITHIN), (STEPS, 1))
        rows[:, space.index(attribute)] = np.linspace(0.0, _last(space, attribute), STEPS)
        values = torch.from_numpy(np.asarray(space.from_unit(rows))).float()
        samples = round(SECONDS * RATE_HZ)
        noise = torch.from_numpy(white_noise(seed, preset, samples)).float()[None]
        with torch.no_grad():
            return np.asarray(voice.render(values, noise, RATE_HZ, samples).numpy(), np.float32)

    return Ranked(name, RATE_HZ, attributes_of_voice(space), render)


def _last(space: ParamSpace, attribute: str) -> float:
    """Return the last value of an attribute, 0..1."""
    if space.params[space.index(attribute)].unit != "Hz":
        return 1.0
    return min(1.0, float(space.to_unit(np.full(len(space), HIGHEST_HZ))[space.index(attribute)]))
