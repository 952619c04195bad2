"""An engine plays notes on a synth and returns what was heard: one interface for every way to reach a synth.

A take begins with its note: the delay of the way is known and taken off. Takes are independent of their neighbours,
as far as the synth lets them be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, choices, shown

Takes = NDArray[np.float32]
"""(notes, samples), mono, from each note on."""


class Engine(Protocol):
    """A way to play a synth and to hear it."""

    @property
    def sample_rate(self) -> int:
        """Hz."""

    def record(self, notes: Sequence[Note]) -> Takes:
        """Play notes in their order and return their takes, each ``take_s`` of the synth long.

        Raises
        ------
        EngineError
            The synth, its host or the server has died, hangs or was unplugged. It may be tried again after `restart`.
        InputError
            It cannot be reached at all; the sentence says what to do.
        """

    def restart(self) -> None:
        """Start again what died; `InputError` where it does not come back."""

    def close(self) -> None:
        """End what was started; may be called twice."""


class EngineError(Exception):
    """A synth, its host or a server failed while it was recorded; what was recorded in this call is lost."""


@dataclass(frozen=True, slots=True)
class Way:
    """What a person says about how a synth is reached, beside its profile.

    Parameters
    ----------
    plugin : str
        File of a plugin.
    device : str
        Name of the sound device, or a part of it.
    midi_port : str
        In place of the profile's.
    input : int, optional
        In place of the profile's input channel.
    sample_rate : int, optional
        Hz, where the way leaves the choice.
    """

    plugin: str = ""
    device: str = ""
    midi_port: str = ""
    input: int | None = None
    sample_rate: int | None = None


@dataclass(frozen=True, slots=True)
class EngineKind:
    """A row of `ENGINES`.

    Parameters
    ----------
    name : str
    opens : str
        ``module:name`` of what makes an `Engine` from a `SampledSynth` and a `Way`.
    meaning : str
        One line for a person.
    in_memory : bool
        Whether it needs no sound card and no server, so that every core may have one of its own.
    clips : bool
        Whether full scale is the end, as of a sound card's input.
    """

    name: str
    opens: str
    meaning: str
    in_memory: bool = False
    clips: bool = False

    @property
    def quick(self) -> bool:
        """Whether it plays faster than real time."""
        return not self.clips

    def start(self, synth: SampledSynth, way: Way) -> Engine:
        """Start an engine that plays a synth.

        Raises
        ------
        InputError
            What it needs is not installed or not there.
        """
        module, name = self.opens.split(":")
        return cast(Engine, getattr(import_module(module), name)(synth, way))


ENGINES: dict[str, EngineKind] = {
    kind.name: kind
    for kind in (
        EngineKind(
            "live", "bridge.sampling.live:LiveEngine", "any synth, by a MIDI or OSC port and an audio input", clips=True
        ),
        EngineKind("jack", "bridge.sampling.freewheel:FreewheelEngine", "a JACK client, faster than real time"),
        EngineKind("score", "bridge.sampling.score:ScoreEngine", "a SynthDef, by scsynth without a server", True),
        EngineKind("dexed", "bridge.sampling.dexed:DexedEngine", "the DX7 of the package dexed-py", True),
        EngineKind("vita", "bridge.sampling.vital:VitalEngine", "Vital, by the package vita", True),
        EngineKind("voice", "bridge.sampling.voice:VoiceEngine", "a voice of ours", True),
        EngineKind("plugin", "bridge.sampling.plugin:PluginEngine", "a VST plugin, by the package dawdreamer", True),
    )
}
"""Name to engine."""


def engine_of(synth: SampledSynth, engine: str = "") -> EngineKind:
    """Return the engine that a profile or a person names; `InputError` lists those that there are."""
    name, where = (engine, "--engine") if engine else (synth.sampling.engine, f"{synth.name}: engine of [sampling]")
    if name not in ENGINES:
        raise InputError(f"{where} is {shown(name)}; {choices(name, ENGINES)}")
    return ENGINES[name]
