"""A drum's model and preset from files, with its controls as the rig sets them. Nothing here compiles anything."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from bridge.events import PlayKey
from bridge.mapping.mapping import Controls, DrumMapping, parameter_columns
from bridge.rig.rig import Drum, Rig
from bridge.rig.targets import VoiceTargetSettings
from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.bundle import MODELS, Bundle
from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.presets import Patch, load_preset, same_tables

DRUM_CONTROLS = tuple(one.name for one in fields(Controls) if one.name in Drum.model_fields)
"""Controls that are a key of ``[[drum]]``: the rig sets them, and they are live."""


def with_lesson(rig: Rig, pupil: str, model: Path) -> Rig:
    """Return the rig in which one drum, by its name, has the bundle just learned and that bundle's own preset."""
    learned = {"model": str(model.absolute()), "preset": ""}
    drums = tuple(drum.model_copy(update=learned if drum.name == pupil else {}) for drum in rig.drum)
    return rig.model_copy(update={"drum": drums})


def with_model(rig: Rig, model: str) -> Rig:
    """Return the rig with the model that ``--model`` names for every drum and play, or as it is."""
    if not model:
        return rig
    path = MODELS.find(model, "--model")
    if path.parent != MODELS.folder:  # where the person types, not where the rig lies
        model = str(path.absolute())
    return rig.model_copy(update={"drum": tuple(_with_model(drum, model) for drum in rig.drum)})


def _with_model(drum: Drum, model: str) -> Drum:
    plays = tuple(play.model_copy(update={"model": None}) for play in drum.plays)
    return drum.model_copy(update={"model": model, "plays": plays})


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
    for name in DRUM_CONTROLS:
        setattr(controls, name, getattr(drum, name))
    amounts, locks = drum.amounts, dict.fromkeys(drum.locks, 0.0)
    if drum.key.play:  # named for the drum's own model: another synth has others
        amounts, locks = ({name: one[name] for name in one if name in space.names} for one in (amounts, locks))
    controls.parameter_amount = parameter_columns(space, amounts, f"{drum.where} amounts")
    controls.locked = parameter_columns(space, locks, f"{drum.where} locks") == 0.0
    for name, knob in drum.features.items():
        column = ONSET_FEATURE_NAMES.index(name)
        controls.feature_offset[column] = knob.offset
        controls.feature_scale[column] = knob.scale
        controls.feature_invert[column] = knob.invert
    return DrumMapping(drum.key, bundle, controls)


def rig_mappings(rig: Rig) -> dict[PlayKey, DrumMapping]:
    """Return every mapping of a rig, in the rig's order: of each drum its own, then those of its plays.

    Raises
    ------
    InputError
        A file cannot be used, or the mappings of one input channel hear different windows.
    """
    mappings: dict[PlayKey, DrumMapping] = {}
    ears: dict[int, Bundle] = {}
    for drum in rig.drum:
        for key, mapped in drum.mapped().items():
            mappings[key] = drum_mapping(mapped)
            bundle = mappings[key].bundle
            first = ears.setdefault(drum.channel, bundle)
            _require_window(mapped, bundle, first, f"for every model of input channel {drum.channel}")
    return mappings


def require_playable(drum: Drum, space: ParamSpace, target: VoiceTargetSettings) -> None:
    """Refuse parameters that the built-in voice of a target would take for others.

    Raises
    ------
    InputError
        Names the drum, its model and the voice.
    """
    _require_ranges(drum, space, target.moved_kind.space, f"the built-in voice '{target.name}' plays only this")


def require_fit(drum: Drum, fresh: Bundle, before: Bundle) -> None:
    """Refuse a bundle for a drum that plays already: its maps and its ear stay as the rig's model made them.

    Raises
    ------
    InputError
        Names the drum, the model and what differs: parameters, ranges or window.
    """
    _require_ranges(drum, fresh.space, before.space, "the drum's maps were made for this")
    _require_window(drum, fresh, before, "until the next start")
    require_tables(drum, fresh.preset, before.preset)


def require_tables(drum: Drum, fresh: Patch, before: Patch) -> None:
    """Refuse a preset with other tables for a drum that plays already: its voice keeps those that it began with."""
    if not same_tables(fresh, before):
        raise InputError(f"{drum.where}: preset {fresh.name} names other tables; they are read at the next start")


def _require_ranges(drum: Drum, space: ParamSpace, other: ParamSpace, why: str) -> None:
    """Refuse parameters whose values mean something else to who has ``other``."""
    if space.ranges != other.ranges:
        raise InputError(
            f"{drum.where}: model {drum.model} drives {space.name} with other parameters or ranges; {why} {other.name}"
        )


def _require_window(drum: Drum, bundle: Bundle, other: Bundle, how: str) -> None:
    """Refuse a bundle whose window is not the one that the drum's ear has."""
    if bundle.window_s != other.window_s:
        raise InputError(
            f"{drum.where}: model {drum.model} hears a window of {1000 * bundle.window_s:.2f} ms; "
            f"the drum's ear keeps {1000 * other.window_s:.2f} ms {how}"
        )
