"""A rig: what listens, what plays and how, as checked values from one TOML file. Door: pydantic.

Every problem is an `InputError` of one sentence that names the file, the key, what was found and what is allowed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, InstanceOf, PrivateAttr, ValidationInfo, model_validator

from bridge.events import PlayKey
from bridge.rig.control import ControlSettings
from bridge.rig.detector import DetectorSettings
from bridge.rig.effects import BusSettings, EffectPlace, EffectSettings
from bridge.rig.plays import PlaySettings, VoicePlaySettings
from bridge.rig.settings import MAX_CHANNELS, AudioChannel, DeviceNumber, FromFile, Settings
from bridge.rig.targets import Place, TargetSettings, VoiceTargetSettings, parse_play, parse_target
from bridge.rig.validation import NAME_PATTERN, checked, source_of
from models.features.tables import ONSET_FEATURE_NAMES
from synth.errors import InputError, choices, shown
from synth.files import Shelf, config_dir, read_toml
from synth.voices.registry import VoiceKind, voice_kind

RIGS = Shelf(config_dir() / "rigs", ".toml", "rig")
"""The rigs that ship."""


class Input(Settings):
    """``[input]``: where the drums come in."""

    device: str | DeviceNumber = Field(
        "default", description="name, part of a name, or number from `ghostnote devices`"
    )
    sample_rate: int = Field(48_000, ge=44_100, le=96_000, description="Hz")
    block: int = Field(64, ge=0, le=4096, description="frames a callback; 0 leaves it to the device")
    connect: str = Field("", description="JACK ports to listen to: CLIENT:PORT, one per channel, commas between")
    gain_db: float = Field(0.0, ge=-60, le=60, description="before everything")


class Output(Settings):
    """``[output]``: where the built-in voices go."""

    device: str | DeviceNumber = Field("", description="as for the input; empty is the input's device")
    channels: int = Field(2, ge=1, le=MAX_CHANNELS, description="each carries every voice, or what targets say")
    gain_db: float = Field(
        0.0, ge=-60, le=12, description="of the built-in voices; with effects on the bus, of what comes out of them"
    )
    connect: str = Field("", description="JACK ports to play to: CLIENT:PORT, one per channel, commas between")


class FeatureKnob(Settings):
    """``[drum.features.NAME]``: a performer's hand on what the model hears."""

    offset: float = Field(0.0, ge=-4, le=4, description="added, in units of the training range")
    scale: float = Field(1.0, ge=0, le=4, description="multiplied, around the reference stroke")
    invert: bool = Field(False, description="more becomes less")


class Drum(FromFile):
    """``[[drum]]``: one drum, its ear, its model and what it plays."""

    # By the keys of a rig alone: a play is no [[drum.plays]].
    model_config = ConfigDict(arbitrary_types_allowed=True, populate_by_name=False)

    name: str = Field(
        "snare", min_length=1, max_length=60, pattern=NAME_PATTERN, description="used in addresses and messages"
    )
    channel: AudioChannel = Field(1, description="input channel, from 1; drums on one channel share its ear")
    model: str = Field("snare-1", description="shipped bundle, or path to a .safetensors file from the rig's folder")
    preset: str = Field(
        "", description="preset, or path from the rig's folder; empty is the one the model was trained on"
    )
    amount: float = Field(1.0, ge=0, le=4, description="how far the model moves the parameters; 0 is the preset")
    amounts: dict[str, Annotated[float, Field(ge=0, le=4)]] = Field({}, description="factor of amount, per parameter")
    locks: tuple[str, ...] = Field((), strict=False, description="parameters that stay at the preset")
    features: dict[str, FeatureKnob] = Field({}, description="offset, scale, invert per feature")
    follow_level: float = Field(0.0, ge=0, le=1, description="how far loudness follows the drum directly")
    follow_decay: float = Field(0.0, ge=0, le=1, description="how far decay times follow the drum directly")
    softest_db: float = Field(-50.0, ge=-100, le=-1, description="window level of velocity 0")
    loudest_db: float = Field(-8.0, ge=-99, le=0, description="window level of velocity 1")
    detector: DetectorSettings = Field(
        default_factory=DetectorSettings, description="expert settings of the ear; the defaults suit every drum"
    )
    plays: tuple[InstanceOf[PlaySettings], ...] = Field(
        (), alias="play", description="the targets it plays, each with a map"
    )

    _play: int = PrivateAttr(0)

    @property
    def where(self) -> str:
        """How a complaint about this drum begins: the rig's file, the drum's name, and which play's mapping it is."""
        return self.where_of(self._play) if self._play else f"{self._source}: drum '{self.name}'"

    def where_of(self, number: int) -> str:
        """Return how a complaint about one of its plays begins; they are counted from 1."""
        return f"{self._source}: drum '{self.name}' play[{number}]"

    @property
    def key(self) -> PlayKey:
        """Which of the drum's mappings this is; the rig's own drum is the one that its plays share."""
        return PlayKey(self.name, self._play)

    def mapped(self) -> dict[PlayKey, Drum]:
        """Return the drum as each of its mappings has it: as it is, and as each play with a mapping of its own says."""
        drums = [self, *(self._as_in(number, play) for number, play in enumerate(self.plays, 1) if play.own)]
        return {drum.key: drum for drum in drums}

    @property
    def play_keys(self) -> tuple[PlayKey, ...]:
        """Whose values each of its plays takes."""
        return tuple(PlayKey(self.name, number if play.own else 0) for number, play in enumerate(self.plays, 1))

    def _as_in(self, number: int, play: PlaySettings) -> Drum:
        drum = self.model_copy(update=play.own)
        drum._play = number
        return drum

    @model_validator(mode="after")
    def _levels_and_features(self) -> Self:
        if self.softest_db >= self.loudest_db:
            raise ValueError(f"softest_db is {self.softest_db:g}; it must be below loudest_db, {self.loudest_db:g}")
        if any(path.input == self.channel for path in self.detector.leak_paths):
            raise ValueError(f"detector.leak_paths: input {self.channel} is the drum's own; it must be another's")
        for name in self.features:
            if name not in ONSET_FEATURE_NAMES:
                raise ValueError(f"features: {shown(name)} is not heard; allowed are {', '.join(ONSET_FEATURE_NAMES)}")
        return self


class Rig(Settings):
    """A whole rig file."""

    model_config = ConfigDict(populate_by_name=False)

    input: Input = Field(default_factory=Input)
    output: Output = Field(default_factory=Output)
    targets: tuple[InstanceOf[TargetSettings], ...] = Field(
        (), alias="target", description="the places that strikes go to"
    )
    bus: BusSettings = Field(default_factory=BusSettings, description="effects of the sum")
    drum: tuple[Drum, ...] = Field(min_length=1, strict=False, description="the drums")
    control: ControlSettings | None = Field(None, description="remote control; left out: none")

    @model_validator(mode="before")
    @classmethod
    def _routes(cls, table: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Parse targets, then each play by the kind of its target."""
        source = source_of(info)
        targets = tuple(
            parse_target(_table(entry, f"{source}: target[{i}]"), f"{source}: target[{i}]", source)
            for i, entry in enumerate(_tables(table, "target", source), 1)
        )
        # Before the plays: which of two targets a play means decides what it may hold.
        _refuse_doubles([target.name for target in targets], "target")
        drums = [_with_plays(drum, targets, source) for drum in _tables(table, "drum", source)]
        if not drums:
            raise ValueError("there is no [[drum]]; a rig needs one at least")
        return {**table, "target": targets, "drum": drums}

    @model_validator(mode="after")
    def _names_fit(self, info: ValidationInfo) -> Self:
        _refuse_doubles([drum.name for drum in self.drum], "drum")
        _refuse_two_ears(self.drum)
        _refuse_shared_files([one for one in self.targets if one.writes], source_of(info))
        for target in self.voice_targets.values():
            _refuse_absent_outputs(target.place, f"target '{target.name}'", self.output.channels)
            _refuse_absent_choked(target, list(self.voice_targets))
            _refuse_absent_keys(target.effects, f"target '{target.name}'", self.drum)
        _refuse_absent_keys(self.bus.effects, "bus", self.drum)
        _refuse_shared_addresses(self.effects)
        if any(effect.modulate for effect in self.bus.effects):
            raise ValueError("bus: modulate is of effects of a target's strip; the bus has the sum of all strokes")
        for drum, number, play in self.voice_plays:
            where = f"drum '{drum.name}' play[{number}]"
            _refuse_absent_outputs(self.voice_targets[play.target].place_of(play), where, self.output.channels)
        return self

    @property
    def voice_targets(self) -> dict[str, VoiceTargetSettings]:
        """Its targets that are built-in voices, by name."""
        return {target.name: target for target in self.targets if isinstance(target, VoiceTargetSettings)}

    @property
    def effects(self) -> dict[EffectPlace, EffectSettings]:
        """Its effects: those of each strip, then those of the bus."""
        chains = {**{name: target.effects for name, target in self.voice_targets.items()}, "": self.bus.effects}
        return {
            EffectPlace(chain, number): effect
            for chain, effects in chains.items()
            for number, effect in enumerate(effects, 1)
        }

    @property
    def effects_ring_s(self) -> float:
        """How long effects ring behind the voices: one strip's and then the bus's."""
        rings: dict[str, float] = {}
        for place, effect in self.effects.items():
            rings[place.chain] = rings.get(place.chain, 0.0) + effect.rings_s
        return max((time_s for chain, time_s in rings.items() if chain), default=0.0) + rings.get("", 0.0)

    @property
    def voice_plays(self) -> list[tuple[Drum, int, VoicePlaySettings]]:
        """Each play of a built-in voice, with its drum and its number there, from 1."""
        return [
            (drum, number, play)
            for drum in self.drum
            for number, play in enumerate(drum.plays, 1)
            if isinstance(play, VoicePlaySettings)
        ]

    @property
    def voices(self) -> tuple[VoiceKind, ...]:
        """The kinds of voices that its targets play."""
        return tuple(map(voice_kind, dict.fromkeys(target.voice for target in self.voice_targets.values())))

    @property
    def channels(self) -> int:
        """Input channels that the drums need."""
        return max(drum.channel for drum in self.drum)


def _tables(table: dict[str, Any], key: str, source: str) -> list[Any]:
    found = table.get(key, [])
    if not isinstance(found, list):
        raise InputError(f"{source}: {key} must be written as [[{key}]]")
    return found


def _table(entry: Any, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InputError(f"{where} is {shown(entry)}; it must be a table")
    return entry


def _with_plays(drum: Any, targets: tuple[TargetSettings, ...], source: str) -> dict[str, Any]:
    """Return a drum's table with its plays parsed."""
    table = _table(drum, f"{source}: drum")
    named = {target.name: target for target in targets}
    plays: list[PlaySettings] = []
    for i, entry in enumerate(_tables(table, "play", source), 1):
        where = f"{source}: drum {shown(table.get('name', 'snare'))} play[{i}]"
        name = _table(entry, where).get("target")
        if not isinstance(name, str) or name not in named:
            known = ", ".join(map(shown, named)) or "none"
            found = f"is {shown(name)}, which no [[target]] is named" if name is not None else "is missing"
            raise InputError(f"{where}: target {found}; there are: {known}")
        plays.append(parse_play(entry, named[name], where, source))
    return {**table, "play": tuple(plays)}


def _refuse_doubles(names: list[str], table: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"name {shown(name)} is used by {count} [[{table}]] tables; each needs its own")


def _refuse_two_ears(drums: tuple[Drum, ...]) -> None:
    """Refuse drums that would hear one channel in two ways."""
    first: dict[int, Drum] = {}
    for drum in drums:
        other = first.setdefault(drum.channel, drum)
        if other.detector != drum.detector:
            raise ValueError(
                f"drums {shown(other.name)} and {shown(drum.name)} share input channel {drum.channel} and its ear; "
                "their [drum.detector] must be equal"
            )


def _refuse_absent_outputs(place: Place, where: str, channels: int) -> None:
    beyond = [output for output in place.outputs if output > channels]
    if beyond:
        raise ValueError(f"{where}: outputs holds {beyond[0]}; allowed is 1 to {channels}, the channels of [output]")
    if place.pan and (count := len(place.outputs) or channels) % 2:
        there = "there is one" if count == 1 else f"there are {count}"
        raise ValueError(f"{where}: pan is {place.pan:g}; it needs outputs in pairs, and {there}")


def _refuse_shared_addresses(places: Iterable[EffectPlace]) -> None:
    """Refuse two targets whose effects would have one address."""
    seen: dict[str, str] = {}
    for place in places:
        other = seen.setdefault(place.address, place.chain)
        if other != place.chain:
            one, two = shown(other), shown(place.chain)
            raise ValueError(f"targets {one} and {two} have effects with one address, {place.address}; rename one")


def _refuse_absent_keys(effects: tuple[EffectSettings, ...], where: str, drums: tuple[Drum, ...]) -> None:
    """Refuse an effect that listens to a drum that the rig does not have."""
    names = [drum.name for drum in drums]
    for number, effect in enumerate(effects, 1):
        if effect.key and effect.key not in names:
            meant = choices(effect.key, names, "drums are")
            raise ValueError(f"{where}: effect[{number}]: key is {shown(effect.key)}, which is no drum; {meant}")


def _refuse_absent_choked(target: VoiceTargetSettings, voices: list[str]) -> None:
    for name in target.chokes:
        if name not in voices:
            raise ValueError(
                f"target '{target.name}': chokes names {shown(name)}, which no voice target is called; "
                f"{choices(name, voices)}"
            )


def _refuse_shared_files(targets: list[TargetSettings], source: str) -> None:
    """Refuse targets that would write over each other's file or over the rig's own."""
    writers = {Path(source).resolve(): "the rig's own file"}
    for target in targets:
        file = Path(target.writes).resolve()
        if file in writers:
            raise ValueError(
                f"target '{target.name}': path {shown(target.writes)} is {writers[file]}; it must be another"
            )
        writers[file] = f"also written by target '{target.name}'"


def load_rig(name_or_path: str) -> Rig:
    """Read and check a rig, one of `RIGS` or a file.

    Raises
    ------
    InputError
        There is no such rig, it is no TOML, or a value is not allowed.
    """
    path = RIGS.find(name_or_path)
    return rig_from_table(read_toml(path), str(path))


def rig_from_table(table: dict[str, Any], source: str) -> Rig:
    """Check a rig that is already a table; ``source`` leads the error's sentence."""
    return checked(Rig, table, source, source)
