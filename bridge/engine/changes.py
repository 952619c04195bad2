"""What may change while a rig plays, and each change as a value.

`LiveState` is kept twice: by the session, which hands it to every new player, and by the player. Both apply the same
changes in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.events import PlayKey
from bridge.mapping.mapping import DrumMapping
from bridge.rig.detector import DetectorSettings
from bridge.rig.effects import EffectPlace, EffectSettings
from bridge.rig.rig import Rig
from synth.voices.presets import Patch


@dataclass(frozen=True, slots=True)
class SetControl:
    """Turn one of a mapping's `Controls`.

    Parameters
    ----------
    key : PlayKey
        Whose mapping.
    field : str
        Of `bridge.mapping.mapping.Controls`.
    value : float or bool
        Within its range.
    index : int or None
        Column of a field that is an array.
    """

    key: PlayKey
    field: str
    value: float | bool
    index: int | None = None


@dataclass(frozen=True, slots=True)
class SetPreset:
    """Give a mapping another preset of the same parameters."""

    key: PlayKey
    preset: Patch


@dataclass(frozen=True, slots=True)
class SetMapping:
    """Put another model in the place of a mapping's, under the same controls; ``model`` is what a person calls it."""

    mapping: DrumMapping
    model: str


@dataclass(frozen=True, slots=True)
class SetDetector:
    """Listen to an input channel, from 0, with another setting: a field of `DetectorSettings`."""

    channel: int
    field: str
    value: float


@dataclass(frozen=True, slots=True)
class SetEnabled:
    """Let strokes pass, or not."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """Cut every ringing voice."""


@dataclass(frozen=True, slots=True)
class SetEffect:
    """Turn a parameter of an effect, in real units."""

    place: EffectPlace
    parameter: str
    value: float


@dataclass(frozen=True, slots=True)
class SetBlend:
    """Let an effect stand elsewhere between its two ends, 0 to 1."""

    place: EffectPlace
    blend: float


@dataclass(frozen=True, slots=True)
class SetBypass:
    """Let the sound go past an effect, or not."""

    place: EffectPlace
    bypass: bool


Change = SetEffect | SetBlend | SetBypass | SetControl | SetPreset | SetMapping | SetDetector | SetEnabled | Silence


@dataclass(slots=True)
class LiveState:
    """Everything that may change, as it stands.

    Parameters
    ----------
    mappings : dict of PlayKey to DrumMapping
        With their controls.
    detectors : dict of int to DetectorSettings
        By input channel, from 0: drums on one channel share its ear.
    models : dict of PlayKey to str
        Models that were chosen while playing; else it is the rig's.
    enabled : bool
        Whether strokes pass.
    effects : dict of EffectPlace to EffectSettings
        With their values and bypass.
    """

    mappings: dict[PlayKey, DrumMapping]
    detectors: dict[int, DetectorSettings]
    models: dict[PlayKey, str]
    enabled: bool = True
    effects: dict[EffectPlace, EffectSettings] = field(default_factory=dict)

    @classmethod
    def of(cls, rig: Rig, mappings: dict[PlayKey, DrumMapping]) -> LiveState:
        """Return what holds when a rig begins to play."""
        detectors = {drum.channel - 1: drum.detector for drum in rig.drum}
        return cls(mappings, detectors, {}, effects=rig.effects)

    def apply(self, change: Change) -> None:
        """Let a change hold."""
        match change:
            case SetControl(key, field, value, None):
                setattr(self.mappings[key].controls, field, value)
            case SetControl(key, field, value, index):
                getattr(self.mappings[key].controls, field)[index] = value
            case SetPreset(key, preset):
                before = self.mappings[key]
                self.mappings[key] = replace(before, bundle=replace(before.bundle, preset=preset))
            case SetMapping(mapping, model):
                self.mappings[mapping.key] = mapping
                self.models[mapping.key] = model
            case SetDetector(channel, field, value):
                self.detectors[channel] = self.detectors[channel].model_copy(update={field: value})
            case SetEffect(place, parameter, value):
                self.effects[place] = self.effects[place].with_value(parameter, value)
            case SetBlend(place, blend):
                self.effects[place] = self.effects[place].model_copy(update={"blend": blend})
            case SetBypass(place, bypass):
                self.effects[place] = self.effects[place].model_copy(update={"bypass": bypass})
            case SetEnabled(enabled):
                self.enabled = enabled
