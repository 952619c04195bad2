"""A drum's model and preset from files, with its controls as the rig sets them. Nothing here compiles anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.events import PlayKey
from bridge.mapping.mapping import Controls, DrumMapping, parameter_columns
from bridge.rig.plays import VoicePlaySettings
from bridge.rig.rig import Drum, Rig
from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.bundle import MODELS, Bundle
from synth.errors import InputError
from synth.presets import load_preset
from synth.spec import ParamSpace
from synth.voices.snare808.table import SNARE808


def with_lesson(rig: Rig, pupil: str, model: Path) -> Rig:
    """Return the rig in which one drum, by its name, has the bundle just learned and that bundle's own preset."""
    learned = {"model": str(model.absolute()), "preset": ""}
    drums = tuple(drum.model_copy(update=learned if drum.name == pupil else {}) for drum in rig.drum)
    return rig.model_copy(update={"drum": drums})


def with_model(rig: Rig, model: str) -> Rig:
    """Return the rig with every drum's model replaced by the one that ``--model`` names, or as it is."""
    if not model:
        return rig
    path = MODELS.find(model, "--model")
    if path.parent != MODELS.folder:  # where the person types, not where the rig lies
        model = str(path.absolute())
    return rig.model_copy(update={"drum": tuple(drum.model_copy(update={"model": model}) for drum in rig.drum)})


def load_bundle(drum: Drum) -> Bundle:
    """Return the bundle of a drum with the drum's preset in it."""
    bundle = Bundle.load(MODELS.find(drum.model, f"{drum.where} model", drum.folder))
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


def require_playable(drum: Drum, space: ParamSpace) -> None:
    """Refuse parameters that a built-in voice which the drum plays would take for others.

    Raises
    ------
    InputError
        Names the drum, its model and the voice.
    """
    voice = next((play.target for play in drum.plays if isinstance(play, VoicePlaySettings)), None)
    if voice is not None and _ranges(space) != _ranges(SNARE808):
        raise InputError(
            f"{drum.where}: model {drum.model} drives {space.name} with other parameters or ranges; "
            f"the built-in voice '{voice}' plays only this {SNARE808.name}"
        )


def require_fit(drum: Drum, fresh: Bundle, before: Bundle) -> None:
    """Refuse a bundle for a drum that plays already: its maps and its ear stay as the rig's model made them.

    Raises
    ------
    InputError
        Names the drum, the model and what differs: parameters, ranges or window.
    """
    if _ranges(fresh.space) != _ranges(before.space):
        raise InputError(
            f"{drum.where}: model {drum.model} drives {fresh.space.name} with other parameters or ranges; "
            f"the drum's maps were made for this {before.space.name}"
        )
    if fresh.window_s != before.window_s:
        raise InputError(
            f"{drum.where}: model {drum.model} hears a window of {1000 * fresh.window_s:.2f} ms; "
            f"the drum's ear keeps {1000 * before.window_s:.2f} ms until the next start"
        )


def _ranges(space: ParamSpace) -> list[tuple[str, float, float, str]]:
    """Return what the values of a space mean."""
    return [(param.name, param.low, param.high, param.curve) for param in space]
