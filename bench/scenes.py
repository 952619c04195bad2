"""Takes with their truth: our drummer's, or recorded ones of a folder with ``NAME.flac`` or ``.wav`` and ``NAME.csv``.

``bench.takes`` writes such a folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.report import folder
from bridge.audio.files import read_recording
from bridge.rig.rig import Rig
from bridge.session.detect import read_truth
from synth.drummer.perform import MICROPHONES, Stroke, perform

RATE = 48_000
RECORDED = (folder, "recorded takes with their truth, instead of our drummer's")
"""The option ``--takes``."""

Audio = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """A take: (samples, channels) audio, and its true strokes."""

    name: str
    audio: Audio
    strokes: tuple[Stroke, ...]
    sample_rate: int = RATE

    @property
    def onsets_s(self) -> list[float]:
        """When the strokes truly begin."""
        return [stroke.onset_s for stroke in self.strokes]

    def at_gain(self, gain_db: float) -> Scene:
        """Return the scene played softer."""
        return replace(self, name=f"{self.name} {gain_db:+.0f}", audio=self.audio * np.float32(10 ** (gain_db / 20)))

    def first(self, seconds: float) -> Scene:
        """Return the scene's beginning."""
        strokes = tuple(stroke for stroke in self.strokes if stroke.onset_s < seconds - 0.05)
        return replace(self, audio=self.audio[: int(min(seconds * self.sample_rate, len(self.audio)))], strokes=strokes)

    def after(self, seconds: float) -> Scene:
        """Return the scene from some seconds on."""
        strokes = [replace(one, onset_s=one.onset_s - seconds) for one in self.strokes if one.onset_s >= seconds + 0.05]
        audio = self.audio[round(seconds * self.sample_rate) :]
        return replace(self, name=f"{self.name}, after {seconds:g} s", audio=audio, strokes=tuple(strokes))


@lru_cache(maxsize=8)
def played(take: str, drum: str = "tight", seed: int = 1, **surroundings: float) -> Scene:
    """Return a take of our drummer."""
    made = perform(take, drum, seed, RATE, **surroundings)  # type: ignore[arg-type]  # every surrounding is a number
    return Scene(f"{drum} {take}", made.audio, made.strokes)


@lru_cache(maxsize=8)
def _kit(snare: str, seed: int, drums: frozenset[str]) -> Scene:
    made = perform("kit", snare, seed, RATE, n_channels=8, drums=drums)
    return Scene(f"{snare} kit", made.audio, made.strokes)


def kit_scene(rig: Rig, snare: str = "tight", seed: int = 1) -> Scene:
    """Return our drummer playing the drums of a rig, which are called as those of `MICROPHONES`."""
    inputs = {MICROPHONES.index(one.name): one.channel - 1 for one in rig.drum}
    whole = _kit(snare, seed, frozenset(one.name for one in rig.drum))
    audio = np.zeros((len(whole.audio), rig.channels), np.float32)
    for microphone, channel in inputs.items():
        audio[:, channel] = whole.audio[:, microphone]
    strokes = (replace(one, channel=inputs[one.channel]) for one in whole.strokes)
    return replace(whole, audio=audio, strokes=tuple(strokes))


def played_at(take: str, drum: str, seed: int, rate: int) -> Scene:
    """Return a take of our drummer at another rate in Hz."""
    made = perform(take, drum, seed, rate)
    return Scene(f"{drum} {take}", made.audio, made.strokes, rate)


def recorded(takes: Path, take: str) -> Scene:
    """Return a recorded take."""
    path = next((path for kind in ("flac", "wav") if (path := takes / f"{take}.{kind}").is_file()), None)
    recording = read_recording(path or takes / f"{take}.flac")
    truth = read_truth(takes / f"{take}.csv", recording.channels)
    return Scene(f"recorded {take}", recording.audio, tuple(truth), recording.sample_rate)


def scene(takes: Path | None, take: str, drum: str = "tight", seed: int = 1) -> Scene:
    """Return a recorded take where there is a folder of them, else our drummer's."""
    return recorded(takes, take) if takes else played(take, drum, seed)
