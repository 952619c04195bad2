"""Lone strokes for the shipped kit rigs: which voice each shall play, and the take that holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.rig.rig import RIGS, Rig, rig_from_table
from synth.drummer.drums import find_drum
from synth.drummer.strike import Technique, strike
from synth.dsp.levels import gain
from synth.files import read_toml

RATE = 48_000
FIRST_S, LAST_S = 1.0, 1.0
"""When the first stroke comes, and what follows the last."""

LEAK_DB, LEAK_SAMPLES = -24.0, 96
"""How soft and late each microphone hears the drums of the others."""

HEARD_S, RISE_DB = 0.06, 6.0
"""A voice has been struck where its output gets so much louder within that time."""


@dataclass(frozen=True)
class Lone:
    """A stroke that rings alone.

    Parameters
    ----------
    drum : str
        Of the rig.
    voice : str
        The target that shall sound.
    sound : str
        The drum of our drummer that is struck.
    velocity, position : float
        0..1.
    technique : str
        As in `synth.drummer.strike.strike`.
    after_s : float
        How long after the stroke before.
    """

    drum: str
    voice: str
    sound: str
    velocity: float = 0.85
    position: float = 0.3
    technique: Technique = "hit"
    after_s: float = 0.6


HAT = (
    # Over an open hat's own ring a soft stroke would not be heard; what shall ring is the voice.
    Lone("hat", "open hat", "hat", 0.95, 0.7, "closed"),
    Lone("hat", "closed hat", "hat", 0.6, 0.7, "closed", after_s=0.2),
    Lone("hat", "closed hat", "hat", 0.5, 0.7, "foot"),
)

LONE: dict[str, tuple[Lone, ...]] = {
    "kit-808": (
        Lone("kick", "bass drum", "kick"),
        Lone("snare", "snare drum", "tight"),
        *HAT,
        Lone("snare", "snare drum", "tight", 0.5, 0.5),
        # Nothing of our drummer's is a rim alone; the bow of its ride is as bright.
        Lone("snare", "rim shot", "ride", 0.95, 0.4),
        Lone("high-tom", "high tom", "high-tom"),
        Lone("tom", "mid tom", "tom"),
        Lone("floor-tom", "low tom", "floor-tom"),
        Lone("ride", "cymbal", "ride", 0.8, 0.7),
        Lone("ride", "cow bell", "ride", 0.8, 0.0),
        Lone("piccolo", "hand clap", "piccolo", 0.9),
        Lone("piccolo", "maracas", "piccolo", 0.5),
        Lone("kick", "bass drum", "kick", 0.55),
    ),
    "tuned-toms": (
        Lone("high-tom", "marimba", "high-tom"),
        Lone("tom", "skin", "tom"),
        Lone("floor-tom", "tube", "floor-tom", 0.6),
        Lone("floor-tom", "bell", "floor-tom", 0.85),
        Lone("high-tom", "marimba", "high-tom", 0.6),
    ),
    "metal": (
        *HAT,
        Lone("ride", "cymbal", "ride", 0.6, 0.7),
        Lone("ride", "tubes", "ride", 0.8, 0.0),
        Lone("ride", "metal", "ride", 0.95, 0.7),
    ),
}
"""Of each shipped rig with several drums."""


def voice_outputs(name: str) -> tuple[Rig, list[str]]:
    """Return a shipped rig with one output for each voice, and the voices in the order of the outputs."""
    path = RIGS.find(name)
    table = read_toml(path)
    for number, target in enumerate(table["target"], 1):
        target["outputs"] = [number]
        target.pop("pan", None)
    table["output"]["channels"] = len(table["target"])
    return rig_from_table(table, str(path)), [target["name"] for target in table["target"]]


def onsets_of(strokes: tuple[Lone, ...]) -> list[int]:
    """Return the samples at which the strokes of `lone_take` begin."""
    return [
        round((FIRST_S + sum(one.after_s for one in strokes[:index])) * RATE) for index in range(1, 1 + len(strokes))
    ]


def lone_take(rig: Rig, strokes: tuple[Lone, ...]) -> NDArray[np.float32]:
    """Return what the rig's microphones hear of strokes one after another, (samples, channels)."""
    rng = np.random.default_rng(0)
    channels = {drum.name: drum.channel - 1 for drum in rig.drum}
    onsets = onsets_of(strokes)
    samples = onsets[-1] + round(LAST_S * RATE)
    # Without a noise floor, which would be heard as a stroke where it begins live.
    audio = np.zeros((samples, len(channels)))
    for start, one in zip(onsets, strokes, strict=True):
        sound = strike(find_drum(one.sound), one.position, one.velocity, one.technique, RATE, rng)
        for channel in range(len(channels)):
            own = channel == channels[one.drum]
            first = start if own else start + LEAK_SAMPLES
            sounding = sound[: samples - first]
            audio[first : first + len(sounding), channel] += sounding * (1.0 if own else gain(LEAK_DB))
    return np.clip(audio, -1.0, 1.0).astype(np.float32)


def struck(outputs: NDArray[np.float32], at: int) -> list[int]:
    """Return which of the outputs, (samples, outputs), are struck soon after a sample."""
    before = np.abs(outputs[at - round(HEARD_S * RATE) : at]).max(axis=0)
    after = np.abs(outputs[at : at + round(HEARD_S * RATE)]).max(axis=0)
    return np.flatnonzero(after > np.maximum(before * gain(RISE_DB), 1e-3)).tolist()
