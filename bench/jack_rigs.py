"""Rigs of `bench.latency` and of the live tests, written out."""

from __future__ import annotations

from pathlib import Path

from models.mapping.bundle import MODELS, untrained_bundle
from synth.voices.presets import Patch, load_preset
from synth.voices.snare808.table import SNARE808

VOICE = """
[[target]]
name = "808"
type = "voice"
"""

LATE_MS = "60000"
"""A machine that stalls must not cost a measurement or a test its strokes: how late they are is what is measured."""

TRIGGER = '["{stroke}", "{onset_samples}", "{velocity}"]'

CONTROLLERS = (
    '[{number=74, from="centroid"}, {number=25, from="osc1.freq"}, '
    '{number=26, from="noise_gain"}, {number=29, from="drive"}]'
)


def head(block: int = 64) -> str:
    """Return an input that listens to the stage, in blocks of the server's period, and one output."""
    return f"""
[input]
sample_rate = 48000
block = {block}
connect = "stage:drum_1"
[output]
channels = 1
"""


def model(folder: Path) -> str:
    """Return a model for the drums: the shipped one, or random weights where none has been made yet."""
    if "snare-1" in MODELS.names():
        return "snare-1"
    path = folder / "untrained.safetensors"
    untrained_bundle(load_preset("snare-1", SNARE808), seed=3).save(path)
    return str(path)


def osc(port: int, **keys: str) -> str:
    """Return an OSC target; keys are TOML values."""
    own = {"name": '"osc"', "type": '"osc"', "port": str(port), "late_ms": LATE_MS}
    return table("target", **(own | keys))


def midi(**keys: str) -> str:
    """Return a MIDI target, a port of our own in JACK unless keys say otherwise."""
    own = {"name": '"midi"', "type": '"midi"', "port": '"ghostnote"', "late_ms": LATE_MS}
    return table("target", **(own | keys))


def drum(model_name: str, *plays: str) -> str:
    """Return a drum on the first input with its plays."""
    return table("drum", name='"snare"', channel="1", model=f'"{model_name}"', follow_level="0.5") + "".join(plays)


def play_voice(**keys: str) -> str:
    """Return a play of the built-in voice."""
    return table("drum.play", target='"808"', **keys)


def play_osc(**keys: str) -> str:
    """Return a play of the OSC target whose trigger says which stroke it is."""
    return table(
        "drum.play", **({"target": '"osc"', "trigger_args": '["{stroke}", "{onset_samples}", "{velocity}"]'} | keys)
    )


def play_midi(**keys: str) -> str:
    """Return a play of the MIDI target with four controllers and a note."""
    own = {"target": '"midi"', "channel": "10", "note": "38", "note_ms": "60", "cc": CONTROLLERS}
    return table("drum.play", **(own | keys))


def table(name: str, /, **keys: str) -> str:
    """Return a table of an array of tables; keys are TOML values."""
    return f"\n[[{name}]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items()) + "\n"


def preset_text(patch: Patch) -> str:
    """Return the text of a preset file that loads as that patch."""
    rows = zip(patch.space.names, patch.values.tolist(), patch.depths.tolist(), strict=True)
    return "".join(f"{name} = {{ value = {value}, depth = {depth} }}\n" for name, value, depth in rows)
