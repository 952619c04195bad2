"""The voices that exist: one row each. Importing this table loads neither torch nor a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from synth.errors import InputError, entry_named
from synth.rows import add_row
from synth.spec import ParamSpace
from synth.voices.circuit import Circuit
from synth.voices.fm.table import FM
from synth.voices.modal.table import MODAL
from synth.voices.shaper.table import SHAPER
from synth.voices.snare808.table import SNARE808
from synth.voices.tr808 import bass_drum, claves, cow_bell, hand_clap, maracas, metals, rim_shot, snare_drum, toms
from synth.voices.wavetable.table import WAVETABLE

if TYPE_CHECKING:
    from synth.voices.voice import LearnableVoice, Voice


@dataclass(frozen=True, slots=True)
class VoiceKind:
    """A voice that can be asked for by the name of its parameter table.

    A kind is a value that can be pickled. So the audio process can be told of a voice that it would not know.

    Parameters
    ----------
    space : ParamSpace
        The parameter table.
    plays : str
        ``module:name`` of what makes a `Voice` from (sample_rate, seed, polyphony); a name may have parts, ``A.b``.
    learns : str
        ``module:name`` of a `LearnableVoice`, which may import torch; empty: nothing can be learned through it.
    tabled : str
        ``module:name`` of what makes a `synth.voices.circuit.Circuit` of other tables than those that ship; empty: it
        has none.
    """

    space: ParamSpace
    plays: str
    learns: str = ""
    tabled: str = ""

    @property
    def name(self) -> str:
        """Name of the voice, which is that of its table."""
        return self.space.name

    def streaming(
        self, sample_rate: float, seed: int = 0, polyphony: int = 16, tables: NDArray[np.float64] | None = None
    ) -> Voice:
        """Return a voice that plays, ready for its first stroke.

        Parameters
        ----------
        sample_rate : float
            Hz.
        seed : int
            Of its noise.
        polyphony : int
            How many strokes ring over each other.
        tables : array, optional
            Those of a preset, `synth.voices.presets.Patch.tables`; otherwise those that ship.
        """
        if tables is not None:
            return cast("Voice", _found(self.tabled)(tables).voice(sample_rate, seed, polyphony))
        return cast("Voice", _found(self.plays)(sample_rate, seed, polyphony))

    def learnable(self, tables: NDArray[np.float64] | None = None) -> LearnableVoice:
        """Return the voice as training needs it, with tables as for `streaming`; `InputError`: it has no such form."""
        if tables is not None:
            return cast("LearnableVoice", _found(self.tabled)(tables).learnable)
        if not self.learns:
            raise InputError(f"the voice '{self.name}' cannot be learned through; it has no gradients")
        return cast("LearnableVoice", _found(self.learns))


def circuit_kind(space: ParamSpace, place: str, tabled: str = "") -> VoiceKind:
    """Return the row of a voice that is a `synth.voices.circuit.Circuit`, found at ``module:name``."""
    return VoiceKind(space, plays=f"{place}.voice", learns=f"{place}.learnable", tabled=tabled)


STRIP_JOINT = "+"
"""Stands between a voice and the effects that its strokes move."""


def _found(place: str) -> Any:
    module, name = place.split(":")
    return attrgetter(name)(import_module(module))


_KINDS: dict[str, VoiceKind] = {}


def register(kind: VoiceKind) -> None:
    """Add a voice; the same one may be added again.

    Raises
    ------
    ValueError
        Another voice has its name.
    """
    add_row(_KINDS, kind, "voice")


def unregister(name: str) -> None:
    """Forget a voice."""
    del _KINDS[name]


def voice_kinds() -> tuple[VoiceKind, ...]:
    """Return all voices, in the order in which they were added."""
    return tuple(_KINDS.values())


def voice_kind(name: str) -> VoiceKind:
    """Return a voice by its name; `InputError` lists those that exist.

    A voice and effects of its strip are one voice as well, ``snare808+amp``: see `synth.effects.strips`.
    """
    if STRIP_JOINT in name and name not in _KINDS:
        return cast(VoiceKind, _found("synth.effects.strips:strip_kind")(name))
    return entry_named(_KINDS, name, "voice")


def voice_of(space: ParamSpace) -> VoiceKind:
    """Return the voice that plays a parameter table.

    Raises
    ------
    InputError
        There is none of its name, or its values mean something else.
    """
    kind = voice_kind(space.name)
    if kind.space.ranges != space.ranges:
        raise InputError(f"the voice '{space.name}' has other parameters or ranges now; train for it again")
    return kind


_TR808: tuple[tuple[Circuit, str], ...] = (
    (bass_drum.CIRCUIT, "bass_drum:CIRCUIT"),
    (snare_drum.CIRCUIT, "snare_drum:CIRCUIT"),
    (toms.LOW_TOM, "toms:LOW_TOM"),
    (toms.MID_TOM, "toms:MID_TOM"),
    (toms.HIGH_TOM, "toms:HIGH_TOM"),
    (toms.LOW_CONGA, "toms:LOW_CONGA"),
    (toms.MID_CONGA, "toms:MID_CONGA"),
    (toms.HIGH_CONGA, "toms:HIGH_CONGA"),
    (rim_shot.CIRCUIT, "rim_shot:CIRCUIT"),
    (claves.CIRCUIT, "claves:CIRCUIT"),
    (hand_clap.CIRCUIT, "hand_clap:CIRCUIT"),
    (maracas.CIRCUIT, "maracas:CIRCUIT"),
    (cow_bell.CIRCUIT, "cow_bell:CIRCUIT"),
    (metals.CYMBAL, "metals:CYMBAL"),
    (metals.OPEN_HAT, "metals:OPEN_HAT"),
    (metals.CLOSED_HAT, "metals:CLOSED_HAT"),
)
"""Circuits in the order of the machine's panel, and where each is found."""

register(circuit_kind(SNARE808, "synth.voices.snare808.circuit:CIRCUIT"))
for _circuit, _place in _TR808:
    register(circuit_kind(_circuit.space, f"synth.voices.tr808.{_place}"))
register(circuit_kind(MODAL, "synth.voices.modal.circuit:CIRCUIT"))
register(circuit_kind(FM, "synth.voices.fm.circuit:CIRCUIT"))
_WAVETABLE = "synth.voices.wavetable.circuit"
register(circuit_kind(WAVETABLE, f"{_WAVETABLE}:CIRCUIT", tabled=f"{_WAVETABLE}:circuit_of"))
register(circuit_kind(SHAPER, "synth.voices.shaper.circuit:CIRCUIT"))

DEFAULT_VOICE = SNARE808.name
"""What a rig, a preset and a command mean that name no voice."""
