"""A drum's model and preset from files, with its controls as the rig sets them. Nothing here compiles anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.mapping import Controls, DrumMapping, parameter_columns
from bridge.rig import Drum
from models.bundle import Bundle
from models.features import ONSET_FEATURE_NAMES
from synth.errors import InputError
from synth.presets import load_preset
from synth.shipped import models_dir


def shipped_models() -> list[str]:
    """Return the names of the bundles that ship."""
    return sorted(path.stem for path in models_dir().glob("*.safetensors"))


def find_model(name_or_path: str) -> Path:
    """Return the file of a bundle named by path or by the name of a shipped one."""
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    shipped = models_dir() / f"{name_or_path}.safetensors"
    if shipped.is_file():
        return shipped
    raise InputError(f"{name_or_path}: there is no such model file, and the shipped are {', '.join(shipped_models())}")


def load_bundle(drum: Drum) -> Bundle:
    """Return the bundle of a drum with the drum's preset in it."""
    bundle = Bundle.load(find_model(drum.model))
    if not drum.preset:
        return bundle
    return replace(bundle, preset=load_preset(drum.preset, bundle.space))


def drum_mapping(drum: Drum) -> DrumMapping:
    """Return a drum's mapping with its controls set as the rig says."""
    bundle = load_bundle(drum)
    space = bundle.space
    controls = Controls.neutral(space)
    controls.amount = drum.amount
    controls.parameter_amount = parameter_columns(space, drum.amounts, f"drum '{drum.name}' amounts")
    locks = parameter_columns(space, dict.fromkeys(drum.locks, 0.0), f"drum '{drum.name}' locks")
    controls.locked = locks == 0.0
    for name, knob in drum.features.items():
        column = ONSET_FEATURE_NAMES.index(name)
        controls.feature_offset[column] = knob.offset
        controls.feature_scale[column] = knob.scale
        controls.feature_invert[column] = knob.invert
    controls.follow_level, controls.follow_decay = drum.follow_level, drum.follow_decay
    controls.softest_db, controls.loudest_db = drum.softest_db, drum.loudest_db
    return DrumMapping(drum.name, bundle, controls)
