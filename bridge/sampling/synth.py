"""A synth as it is sampled: some controls of a profile as a parameter space, notes and velocities beside them.

Controls, note and velocity are columns of one `ParamSpace`, so whatever learns the synth takes all of them alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.rig.profiles import OF_SYNTH, PROFILES, Control, Profile, load_profile, parameter_name
from bridge.rig.sampling import SamplingSettings
from synth.errors import InputError, choices, shown
from synth.spec import Param, ParamSpace
from synth.voices.registry import VoiceKind, voice_kind, voice_kinds

NOTE, VELOCITY = parameter_name("note"), parameter_name("velocity")
"""Names of the columns that are no controls; they stand last, and only where they vary."""

PLAYED = (NOTE, VELOCITY)

Array = NDArray[np.float64]


class Note(NamedTuple):
    """A note to be recorded.

    Parameters
    ----------
    values : tuple of float
        Of the controls that are moved, in their order, in the units of their messages; NaN: it is not sent.
    note : int
    velocity : int
        1 to 127.
    """

    values: tuple[float, ...]
    note: int
    velocity: int


@dataclass(frozen=True, slots=True)
class SampledSynth:
    """A synth, and what of it is sampled.

    Parameters
    ----------
    name : str
        Of its profile: the stem of the file.
    profile : Profile
    sampling : SamplingSettings
    controls : tuple of Control
        Those that are moved, in the order of the space.
    space : ParamSpace
        The controls, then note and velocity where they vary.
    """

    name: str
    profile: Profile
    sampling: SamplingSettings
    controls: tuple[Control, ...]
    space: ParamSpace

    @property
    def moved(self) -> tuple[str, ...]:
        """The names of what moves, as `sampled_synth` takes them."""
        played = (name for name in PLAYED if name in self.space.names)
        return (*(control.name for control in self.controls), *played)

    @property
    def fixed(self) -> tuple[tuple[Control, float], ...]:
        """The controls that are not moved and have a default, with it."""
        moved = {control.name for control in self.controls}
        rest = (control for control in self.profile.controls if control.name not in moved)
        return tuple((control, control.default) for control in rest if control.default is not None)

    @property
    def channel(self) -> int:
        """MIDI channel, from 0."""
        return (self.profile.channel or 1) - 1

    @property
    def note_s(self) -> float:
        """Until note-off."""
        return self.sampling.note_ms / 1000.0

    @property
    def take_s(self) -> float:
        """What is recorded of a note: until note-off, and the tail."""
        return (self.sampling.note_ms + self.sampling.tail_ms) / 1000.0

    @property
    def settle_s(self) -> float:
        """What the slowest control that is moved needs before a note."""
        return max((control.settle_ms for control in self.controls), default=0.0) / 1000.0

    def notes(self, unit: Array) -> list[Note]:
        """Return the notes of (n, columns) values of 0..1, as the synth takes them."""
        values = np.asarray(self.space.from_unit(self.space.realised(unit)))
        moved = len(self.controls)
        columns = {name: moved + place for place, name in enumerate(self.space.names[moved:])}
        keys, forces = (
            np.rint(values[:, columns[name]]).astype(int) if name in columns else np.full(len(values), rest)
            for name, rest in zip(PLAYED, self.sampling.rests, strict=True)
        )
        rows = zip(values[:, :moved], keys, forces, strict=True)
        return [Note(tuple(map(float, row)), int(key), int(force)) for row, key, force in rows]

    def moves(self, note: Note) -> list[tuple[Control, float]]:
        """Return the controls that a note sends, with their values."""
        pairs = zip(self.controls, note.values, strict=True)
        return [(control, value) for control, value in pairs if not math.isnan(value)]

    @property
    def default_unit(self) -> Array:
        """(columns,) defaults as 0..1."""
        return self.space.realised(self.space.to_unit(self.space.defaults))


def sampled_synth(name_or_path: str, names: Sequence[str] = ()) -> SampledSynth:
    """Return a synth by the name of its profile.

    Parameters
    ----------
    name_or_path : str
        A profile that ships, a file, or a voice of ours.
    names : sequence of str, optional
        The controls to move; ``note`` and ``velocity`` among them if these shall vary. By default those with a part to
        learn, or else all whose range is known, and note and velocity where the profile lets them vary.

    Raises
    ------
    InputError
        There is no such profile, it does not say how it is sampled, it has no such control, or one without a range.
    """
    return synth_of(*_profile_of(name_or_path), names)


def synth_moving(name_or_path: str, parameters: Sequence[str]) -> SampledSynth:
    """Return a synth of which those controls move that a model knows, by the names of its parameters, in their order.

    What the synth has not is left out: who asks compares the spaces. `InputError` as of `sampled_synth`.
    """
    profile, name, where = _profile_of(name_or_path)
    known = {control.parameter: control.name for control in profile.controls}
    return synth_of(profile, name, where, [known.get(one, one) for one in parameters if one in known or one in PLAYED])


def _profile_of(name_or_path: str) -> tuple[Profile, str, str]:
    """Return a profile, its name, and the words by which it is complained about."""
    if name_or_path in {kind.name for kind in voice_kinds()} - set(PROFILES.names()):
        return voice_profile(voice_kind(name_or_path)), name_or_path, name_or_path
    path = PROFILES.find(name_or_path, "SYNTH")
    return load_profile(name_or_path, "SYNTH"), path.stem, str(path)


def synth_of(profile: Profile, name: str, where: str, names: Sequence[str] = ()) -> SampledSynth:
    """Return a synth from its profile, as `sampled_synth` does; ``where`` is the profile's file."""
    if profile.sampling is None:
        raise InputError(f"{where}: has no [sampling], which says how it is played and heard; see docs/sampling.md")
    controls = tuple(_chosen(profile, where, names))
    played = [param for param in _played(profile.sampling) if not names or _is_named(param.name, names)]
    params = [*map(_param, controls), *played]
    if len({param.name for param in params}) < len(params):
        names_of = ", ".join(param.name for param in params)
        raise InputError(f"{where}: two controls have the same name in small letters without signs: {names_of}")
    return SampledSynth(name, profile, profile.sampling, controls, ParamSpace(name, tuple(params)))


def _chosen(profile: Profile, where: str, names: Sequence[str]) -> list[Control]:
    known = {control.name.lower(): control for control in profile.controls}
    names = [name for name in names if name.lower() in known or not any(_is_named(one, [name]) for one in PLAYED)]
    for name in names:
        if name.lower() not in known:
            raise InputError(f"--controls: {shown(name)} is no control of {where}; {choices(name, known, 'it has')}")
        if _ends(known[name.lower()]) is None:
            raise InputError(f"{where}: control {shown(name)} has no range; give it low and high, or learn")
    ranged = [one for one in profile.controls if _ends(one)]
    chosen = [one for one in ranged if one.learn] or ranged
    wanted = [known[name.lower()] for name in dict.fromkeys(names)] or chosen
    if not wanted:
        raise InputError(f"{where}: no control has a range, so none can be moved; give low and high")
    return wanted


def _is_named(column: str, names: Sequence[str]) -> bool:
    """Tell whether names hold that of a column which is no control, as a person says it or as a model does."""
    return column in names or column.removeprefix(OF_SYNTH) in (name.lower() for name in names)


def _ends(control: Control) -> tuple[float, float] | None:
    """Return the ends of what is learned; None where nobody knows them, or where they are the same."""
    ends = control.learn or control.span
    return None if ends is None or ends[0] == ends[1] else ends


def _param(control: Control) -> Param:
    low, high = sorted(_ends(control) or (0.0, 1.0))
    middle = float(np.sqrt(low * high)) if control.curve == "log" else (low + high) / 2.0
    default = middle if control.default is None else min(max(control.default, low), high)
    return Param(
        control.parameter,
        low,
        high,
        control.unit,
        control.curve,
        default,
        control.meaning,
        control.role,
        control.takes,
        control.resolution,
    )


def _played(sampling: SamplingSettings) -> list[Param]:
    """Return the columns of what varies beside controls."""
    columns = zip(PLAYED, (sampling.notes, sampling.velocities), sampling.rests, strict=True)
    return [
        Param(
            name,
            low,
            high,
            "",
            "linear",
            round((low + high) / 2),
            f"MIDI {name.rpartition('.')[2]}",
            "",
            "number",
            high - low + 1,
        )
        for name, (low, high), rest in columns
        if high > low
    ]


def shipped_synths() -> list[str]:
    """Return the profiles that say how they are sampled, by name."""
    names = PROFILES.names()
    return [name for name in names if load_profile(name, name).sampling is not None]


def voice_profile(kind: VoiceKind) -> Profile:
    """Return a voice as a profile: each parameter a control."""
    controls = [
        Control(
            name=param.name,
            source="table",
            key=param.name,
            low=param.low,
            high=param.high,
            unit=param.unit,
            meaning=param.meaning,
            curve=param.curve,
            default=param.default,
            role=param.role,
        )
        for param in kind.space
    ]
    sampling = SamplingSettings(source="table", engine="voice", note_ms=600.0, tail_ms=200.0)
    sources = {"table": "docs/parameters.md"}
    return Profile(name=f"the voice {kind.name}", sources=sources, sampling=sampling, controls=controls)
