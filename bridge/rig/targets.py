"""The places that strikes go to, as a rig file says it: settings of ``[[target]]``. Door: pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from bridge.rig.effects import WithEffects
from bridge.rig.plays import MidiPlaySettings, OscPlaySettings, PlaySettings, VoicePlaySettings, require_different
from bridge.rig.settings import LARGEST_INT, LONGEST_PORT, AudioChannel, FromFile, Port, Settings
from bridge.rig.validation import checked
from synth.effects.chain import chain_named
from synth.effects.strips import strip_of
from synth.errors import InputError, choices, shown
from synth.voices.registry import DEFAULT_VOICE, VoiceKind, voice_kind, voice_kinds


class FixedTiming(Settings):
    """What leaves, leaves this long after the stroke's onset sample, whatever the block."""

    fixed_ms: float = Field(ge=0, le=1000, description="milliseconds after the stroke's onset")


class AfterTag(Settings):
    """An OSC time tag this long after the stroke's onset: the receiver holds the bundle until then."""

    after_ms: float = Field(ge=0, le=10_000, description="milliseconds after the stroke's onset")


Timing = Literal["asap", "steady"] | FixedTiming
TimeTag = Literal["none", "immediate"] | AfterTag

_TIMING = (
    '"asap"; "steady": up to a block later, when the window has truly passed, so that blocks add no jitter (an early '
    "note leaves at once all the same); {fixed_ms = N}: N ms after the stroke, always"
)


class TargetSettings(FromFile):
    """What every ``[[target]]`` may say. A kind of target gives ``type`` its word, and names what its plays may say."""

    plays: ClassVar[type[PlaySettings]]

    type: str
    name: str = Field(min_length=1, max_length=60, description="what a [[drum.play]] calls it")
    timing: Timing = Field("asap", description=_TIMING)

    @property
    def where(self) -> str:
        """How a complaint about this target begins: the rig's file and the target's name."""
        return f"{self._source}: target '{self.name}'"

    @property
    def writes(self) -> str:
        """The file that it writes, or nothing."""
        return ""

    @property
    def waits(self) -> bool:
        """Whether what leaves is held until its moment."""
        return self.timing != "asap"

    @property
    def fixed_ms(self) -> float | None:
        """The fixed delay, or None for as soon as possible."""
        return self.timing.fixed_ms if isinstance(self.timing, FixedTiming) else None


def _voice(name: str) -> str:
    names = [kind.name for kind in voice_kinds()]
    if name not in names:
        raise ValueError(f"it is {shown(name)}; {choices(name, names, 'allowed are')}")
    return name


class Place(NamedTuple):
    """Where a built-in voice is heard: the target's name, its pan, and its outputs, from 1; none: all."""

    target: str
    pan: float
    outputs: tuple[int, ...]


class VoiceTargetSettings(TargetSettings, WithEffects):
    """A built-in voice, rendered in the audio callback."""

    plays = VoicePlaySettings

    type: Literal["voice"]
    voice: Annotated[str, AfterValidator(_voice)] = Field(DEFAULT_VOICE, description="which one; docs/parameters.md")
    gain_db: float = Field(0.0, ge=-60, le=24, description="level of the synth")
    pan: float = Field(0.0, ge=-1, le=1, description="-1 to 1: from the first of a pair of outputs to the second")
    outputs: tuple[AudioChannel, ...] = Field(
        (), strict=False, description="where it is heard, from 1; default: on every channel of [output]"
    )
    dry_db: float | None = Field(None, ge=-60, le=24, description="level of the drum itself; left out: no drum")
    seed: int = Field(0, ge=0, le=LARGEST_INT, description="of the noise: the same seed, the same sound")
    polyphony: int = Field(16, ge=8, le=64, description="strokes that ring over each other")
    choke_group: str = Field(
        "",
        max_length=60,
        description="targets of one group cut each other, as hi-hats do: a stroke fades what rings on the others from "
        "its first sample on; what it plays itself rings on. An early stroke has cut them even if it proves to be none",
    )
    chokes: tuple[Annotated[str, Field(min_length=1, max_length=60)], ...] = Field(
        (),
        strict=False,
        description="targets that its strokes cut in the same way, and that do not cut it; its own name: a stroke cuts "
        "those before it",
    )

    @model_validator(mode="after")
    def _outputs_differ(self) -> Self:
        require_different(self.outputs)
        return self

    @property
    def moved_kind(self) -> VoiceKind:
        """The voice together with those effects that strokes move: what its models are trained for."""
        moved = [effect.kind for effect in self.effects if effect.modulate]
        return strip_of(voice_kind(self.voice), chain_named(moved)) if moved else voice_kind(self.voice)

    @property
    def place(self) -> Place:
        """Where it is heard."""
        return Place(self.name, self.pan, self.outputs)

    def place_of(self, play: VoicePlaySettings) -> Place:
        """Return where a play of it is heard."""
        pan, outputs = self.pan if play.pan is None else play.pan, play.outputs or self.outputs
        return Place(self.name, pan, outputs)

    def cuts(self, other: VoiceTargetSettings) -> bool:
        """Return whether a stroke on this target ends what rings on ``other``."""
        grouped = self.choke_group and self.choke_group == other.choke_group and self.name != other.name
        return bool(grouped) or other.name in self.chokes


class Receiver(Settings):
    """One more place that gets the same OSC."""

    host: str = "127.0.0.1"
    port: Port


LateMs = Annotated[
    float,
    Field(
        ge=1,
        le=60_000,
        description="a note that would leave more than this after its moment is dropped and counted (late_notes), as "
        "after a stall, when strokes would follow each other within milliseconds; values and note-offs always leave",
    ),
]


class OscTargetSettings(TargetSettings):
    """One or several OSC receivers."""

    plays = OscPlaySettings

    type: Literal["osc"]
    host: str = Field("127.0.0.1", description="name or address of the receiver")
    port: Port = Field(description="its port")
    receivers: list[Receiver] = Field(default_factory=list, description="more receivers of the same messages")
    timing: Timing = Field("steady", description=_TIMING)
    late_ms: LateMs = 25.0
    protocol: Literal["udp", "tcp"] = Field("udp", description="tcp frames each packet with SLIP (OSC 1.1)")
    timetag: TimeTag = Field(
        "immediate",
        description='"immediate": one bundle, to be played at once; {after_ms = N}: one bundle with the time of the '
        'stroke + N ms; "none": no bundle, each message a packet of its own',
    )


class Mpe(Settings):
    """A zone of channels, of which each note has one to itself (MIDI Polyphonic Expression)."""

    zone: Literal["lower", "upper"] = Field(
        "lower", description="lower: channel 1 and those above it; upper: channel 16 and those below it"
    )
    members: int = Field(15, ge=1, le=15, description="channels that notes take in turn")
    bend_semitones: int | None = Field(
        None, ge=0, le=96, description="how far a note's bend reaches, sent at start; default: nothing is sent (48)"
    )

    @property
    def manager(self) -> int:
        """The channel of the zone's own messages, from 0."""
        return 0 if self.zone == "lower" else 15

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels of its notes, from 0, in the order in which they are taken."""
        lower = range(1, 1 + self.members)
        return tuple(lower) if self.zone == "lower" else tuple(15 - channel for channel in lower)


class MidiTargetSettings(TargetSettings):
    """One MIDI port."""

    plays = MidiPlaySettings

    type: Literal["midi"]
    port: str = Field(
        "ghostnote",
        min_length=1,
        max_length=LONGEST_PORT,
        description="the port's name or a part of it: a whole name goes first, then the first that fits; numbers tell "
        "two devices of one name apart and are not needed else",
    )
    virtual: bool | None = Field(None, description="make a port that others connect to (default: if port is ghostnote)")
    api: Literal["alsa", "jack", "core", "winmm"] | None = Field(None, description="default: the first that works")
    budget: Literal["din", "usb", "none"] = Field("none", description="din: 31 250 baud, 0.96 ms a message")
    late_ms: LateMs = 25.0
    lead_ms: float | None = Field(
        None, ge=0, le=50, description="time for a stroke's values before its note: din 2, usb 1, none 0"
    )
    mpe: Mpe | None = Field(
        None, description="a zone: each stroke's values and note have the next channel of it; {} is all 16 channels"
    )

    @model_validator(mode="before")
    @classmethod
    def _explain_running_status(cls, table: dict[str, Any]) -> dict[str, Any]:
        if "running_status" in table:
            raise ValueError(
                "running_status is no key any more: whole messages are handed to the system, and the interface alone "
                "decides what it leaves out on the cable; leave the key out"
            )
        return table

    @property
    def is_virtual(self) -> bool:
        """Whether the port is made rather than found."""
        return self.port == "ghostnote" if self.virtual is None else self.virtual

    @property
    def lead_s(self) -> float:
        """Time for a stroke's values before its note."""
        default_ms = {"din": 2.0, "usb": 1.0, "none": 0.0}[self.budget]
        return (default_ms if self.lead_ms is None else self.lead_ms) / 1000


_KINDS: dict[str, type[TargetSettings]] = {}


def register(*kinds: type[TargetSettings]) -> None:
    """Let rigs have these kinds of target; `bridge.targets.dispatch` registers each of its list."""
    _KINDS.update({get_args(kind.model_fields["type"].annotation)[0]: kind for kind in kinds})


def target_kinds() -> dict[str, type[TargetSettings]]:
    """Return the settings of every kind of target by its word in a rig."""
    return dict(_KINDS)


register(VoiceTargetSettings, OscTargetSettings, MidiTargetSettings)


def parse_target(table: Mapping[str, Any], where: str, source: str = "rig") -> TargetSettings:
    """Return the settings of one ``[[target]]`` of the file ``source``; ``where`` begins a complaint."""
    word = table.get("type")
    if not isinstance(word, str) or word not in _KINDS:
        found = "is missing" if word is None else f"is {shown(word)}"
        raise InputError(f"{where}: type {found}; allowed are {', '.join(_KINDS)}")
    return checked(_KINDS[word], table, where, source)


def parse_play(table: Mapping[str, Any], target: TargetSettings, where: str, source: str = "rig") -> PlaySettings:
    """Return the settings of one ``[[drum.play]]`` of the file ``source``; its target's kind says which keys it has."""
    where = f"{where} (a play of the {target.type} target '{target.name}')"
    return checked(target.plays, table, where, source)
