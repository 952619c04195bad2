"""A drum's model and preset from files, with its controls as the rig sets them. Nothing here compiles anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.events import PlayKey
from bridge.mapping.mapping import Controls, DrumMapping, parameter_columns
from bridge.rig.rig import Drum, Rig
from bridge.rig.targets import VoiceTargetSettings
from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.bundle import Bundle
from synth.errors import InputError, shown
from synth.files import models_dir, named_file
from synth.presets import load_preset
from synth.spec import ParamSpace
from synth.voices.registry import voice_kind


def shipped_models() -> list[str]:
    """Return the names of the bundles that ship."""
    return sorted(path.stem for path in models_dir().glob("*.safetensors"))


def find_model(name_or_path: str, where: str, beside: Path = Path()) -> Path:
    """Return the file of a bundle named by path (relative ones from ``beside``) or by the name of a shipped one.

    ``where`` begins a complaint.
    """
    path = named_file(name_or_path, models_dir(), ".safetensors", beside)
    if path is None:
        raise InputError(
            f"{where} is {shown(name_or_path)}; there is no such file, "
            f"and the shipped models are {', '.join(shipped_models())}"
        )
    return path


def with_lesson(rig: Rig, pupil: str, model: Path) -> Rig:
    """Return the rig in which one drum, by its name, has the bundle just learned and that bundle's own preset."""
    learned = {"model": str(model.absolute()), "preset": ""}
    drums = tuple(drum.model_copy(update=learned if drum.name == pupil else {}) for drum in rig.drum)
    return rig.model_copy(update={"drum": drums})


def with_model(rig: Rig, model: str) -> Rig:
    """Return the rig with every drum's model replaced by the one that ``--model`` names, or as it is."""
    if not model:
        return rig
    path = find_model(model, "--model")
    if path.parent != models_dir():  # where the person types, not where the rig lies
        model = str(path.absolute())
    return rig.model_copy(update={"drum": tuple(drum.model_copy(update={"model": model}) for drum in rig.drum)})


def load_bundle(drum: Drum) -> Bundle:
    """Return the bundle of a drum with the drum's preset in it."""
    bundle = Bundle.load(find_model(drum.model, f"{drum.where} model", drum.folder))
    if not drum.preset:
        return bundle
    try:
        return replace(bundle, preset=load_preset(drum.preset, bundle.space, drum.folder))
    except InputError as error:
        raise InputError(f"{drum.where} preset: {error}") from None


def drum_mapping(drum: Drum) -> DrumMapping:
    """Return a drum's mapping with its controls set as the rig says."""
    bundle = load_bundle(drum)
    space = bundle.space
    controls = Controls.neutral(space)
    controls.amount = drum.amount
    controls.parameter_amount = parameter_columns(space, drum.amounts, f"{drum.where} amounts")
    locks = parameter_columns(space, dict.fromkeys(drum.locks, 0.0), f"{drum.where} locks")
    controls.locked = locks == 0.0
    for name, knob in drum.features.items():
        column = ONSET_FEATURE_NAMES.index(name)
        controls.feature_offset[column] = knob.offset
        controls.feature_scale[column] = knob.scale
        controls.feature_invert[column] = knob.invert
    controls.follow_level, controls.follow_decay = drum.follow_level, drum.follow_decay
    controls.softest_db, controls.loudest_db = drum.softest_db, drum.loudest_db
    return DrumMapping(PlayKey(drum.name), bundle, controls)


def rig_mappings(rig: Rig) -> dict[PlayKey, DrumMapping]:
    """Return every mapping of a rig, in the rig's order."""
    return {(mapping := drum_mapping(drum)).key: mapping for drum in rig.drum}


def require_playable(drum: Drum, space: ParamSpace, target: VoiceTargetSettings) -> None:
    """Refuse parameters that the built-in voice of a target would take for others.

    Raises
    ------
    InputError
        Names the drum, its model and the voice.
    """
    if space.ranges != voice_kind(target.voice).space.ranges:
        raise InputError(
            f"{drum.where}: model {drum.model} drives {space.name} with other parameters or ranges; "
            f"the built-in voice '{target.name}' plays only this {target.voice}"
        )


def require_fit(drum: Drum, fresh: Bundle, before: Bundle) -> None:
    """Refuse a bundle for a drum that plays already: its maps and its ear stay as the rig's model made them.

    Raises
    ------
    InputError
        Names the drum, the model and what differs: parameters, ranges or window.
    """
    if fresh.space.ranges != before.space.ranges:
        raise InputError(
            f"{drum.where}: model {drum.model} drives {fresh.space.name} with other parameters or ranges; "
            f"the drum's maps were made for this {before.space.name}"
        )
    if fresh.window_s != before.window_s:
        raise InputError(
            f"{drum.where}: model {drum.model} hears a window of {1000 * fresh.window_s:.2f} ms; "
            f"the drum's ear keeps {1000 * before.window_s:.2f} ms until the next start"
        )
