"""Synths for the tests of sampling: a voice of ours with few controls, and profiles made of a few lines."""

from __future__ import annotations

from pathlib import Path

from bridge.sampling.begin import Asked, begun
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.folder import SampleSet
from bridge.sampling.record import record
from bridge.sampling.synth import SampledSynth, sampled_synth

CONTROLS = ("osc1.freq", "osc1_env.decay", "noise_gain")

HEAD = """
name = "box"
[sources]
manual = "the manual"
[sampling]
source = "manual"
note_ms = 100.0
tail_ms = 50.0
"""


def box(folder: Path, *controls: str, sampling: str = "") -> SampledSynth:
    """Return the synth of a profile with some ``[[controls]]``, each given as the lines of its table."""
    tables = "".join(f'[[controls]]\nsource = "manual"\n{lines}\n' for lines in controls)
    path = folder / "box.toml"
    path.write_text(HEAD + sampling + "\n" + tables, encoding="utf-8")
    return sampled_synth(str(path))


def asked(notes: int = 40, seed: int = 0, controls: tuple[str, ...] = CONTROLS) -> Asked:
    """Return what a test asks for: our snare."""
    synth = sampled_synth("snare808", controls)
    return Asked(synth, engine_of(synth), Way(), notes, seed)


def recorded(folder: Path, notes: int = 40, controls: tuple[str, ...] = CONTROLS) -> SampleSet:
    """Return a folder of our snare's takes."""
    wanted = asked(notes, controls=controls)
    found = begun(folder, wanted)
    record(found, wanted.kind, wanted.way)
    return found
