"""Rigs, engines and takes that several tests play."""

from __future__ import annotations

import tomllib

import numpy as np
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.engine.engine import DrumChain, Engine, VoicePlay
from bridge.engine.strip import Strip
from bridge.events import Event, Hit, PlayKey
from bridge.mapping.mapping import Controls, DrumMapping
from bridge.rig.rig import Rig, rig_from_table
from models.mapping.bundle import Bundle, untrained_bundle
from synth.drummer.perform import Take
from synth.voices.presets import load_preset
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808
from tests.takes import once

RATE = 48_000

WHOLE_RIG = """
[[target]]
name = "808"
type = "voice"

[[target]]
name = "osc"
type = "osc"
port = 9000

[[target]]
name = "midi"
type = "midi"

[[drum]]
name = "snare"

[[drum.play]]
target = "808"

[[drum.play]]
target = "osc"

[[drum.play]]
target = "midi"
note = 38
cc = [{ number = 20, from = "unit.drive" }]
"""


def rig_from(text: str) -> Rig:
    """Return the rig of a TOML text."""
    return rig_from_table(tomllib.loads(text), "my.toml")


def snare_bundle() -> Bundle:
    """Return a mapping that moves everything a little."""
    return untrained_bundle(load_preset("snare-1", SNARE808))


def snare_mapping() -> DrumMapping:
    """Return a drum with neutral controls."""
    bundle = snare_bundle()
    return DrumMapping(PlayKey("snare"), bundle, Controls.neutral(bundle.space))


def hit_of(level_db: float = -20.0, centroid: float = 100.0, flatness_db: float = -15.0) -> Hit:
    """Return a hit at sample 1000."""
    return Hit(0, 0, 1000, 1010, 1256, np.array([level_db, centroid, flatness_db]))


def engine_for(sample_rate: int = RATE, dry_gain: float = 0.0, plays: tuple[VoicePlay, ...] | None = None) -> Engine:
    """Return an engine with one drum on one voice."""
    drum = DrumChain(0, snare_mapping(), (VoicePlay(0, 1.0),) if plays is None else plays)
    strip = Strip(CIRCUIT.voice(sample_rate), dry_gain=dry_gain, dry_channels=(0,))
    return Engine(Analyzer(sample_rate, [ChannelSettings()]), [drum], [strip])


def played(engine: Engine, audio: NDArray[np.float32], block: int) -> tuple[NDArray[np.float32], list[Event]]:
    """Return what an engine makes of audio, block by block."""
    out = np.zeros((len(audio), 1), dtype=np.float32)
    for start in range(0, len(audio), block):
        engine.process(audio[start : start + block], out[start : start + block])
    return out, [engine.outbox.get_nowait() for _ in range(engine.outbox.qsize())]


def short_take(seconds: float = 4.0, sample_rate: int = RATE) -> Take:
    """Return the beginning of a groove."""
    take = once("groove", seed=5, sample_rate=sample_rate)
    strokes = tuple(stroke for stroke in take.strokes if stroke.onset_s < seconds - 0.3)
    return Take(take.audio[: round(seconds * sample_rate)].copy(), sample_rate, strokes)
