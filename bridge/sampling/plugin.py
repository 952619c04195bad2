"""A VST, VST3 or AU plugin in memory, in a process of its own that may crash or hang (extra `plugins`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from bridge.rig.profiles import Control
from bridge.sampling.engine import EngineError, Takes, Way
from bridge.sampling.plugin_process import LOAD_S, PluginParameter, PluginProcess
from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, nearest, shown

RATE_HZ = 48_000


class PluginEngine:
    """Plays a plugin; see `Engine`.

    Parameters
    ----------
    synth : SampledSynth
        Its controls are reached by ``key``, the plugin's name of a parameter; values are 0 to 1.
    way : Way
        ``plugin`` is its file; ``sample_rate`` counts.

    Attributes
    ----------
    patience_s : float
        How long a note may take. A chunk therefore never waits longer than that for a plugin that hangs.
    anew : bool
        Whether each note needs a new plugin, because it keeps something of the notes before.

    Raises
    ------
    InputError
        The plugin cannot be loaded, or has no such parameter.
    """

    patience_s = 30.0

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._synth, self._plugin = synth, way.plugin
        self.sample_rate = way.sample_rate or RATE_HZ
        self.restart()

    @property
    def pid(self) -> int:
        """Process id of the plugin."""
        return self._process.pid

    def record(self, notes: Sequence[Note]) -> Takes:
        """Render notes, the mean of all channels: (notes, samples); `EngineError` where the plugin crashes or hangs."""
        takes = np.zeros((len(notes), round(self._synth.take_s * self.sample_rate)), np.float32)
        for take, note in zip(takes, notes, strict=True):
            question = {"values": list(note.values), "note": note.note, "velocity": note.velocity}
            heard = np.frombuffer(self._process.ask(question, self.patience_s), np.float32)[: len(take)]
            take[: len(heard)] = heard
        return takes

    def restart(self) -> None:
        """Load the plugin in a new process; `InputError` where it does not load."""
        self.close()
        self._process = PluginProcess(self._plugin, self.sample_rate)
        try:
            self._prepare()
        except EngineError as error:
            raise InputError(f"{error}, as it was asked for its first notes") from None
        except InputError:
            self.close()
            raise

    def close(self) -> None:
        """End the plugin's process."""
        if hasattr(self, "_process"):
            self._process.close()

    def _prepare(self) -> None:
        found = self._process.parameters
        places = {control.key: _place(found, control) for control in self._synth.profile.controls}
        ends = [control.learn or control.span or (0.0, 1.0) for control in self._synth.controls]
        question = {
            "fixed": {str(places[control.key]): value for control, value in self._synth.fixed},
            "moved": [places[control.key] for control in self._synth.controls],
            "note_s": self._synth.note_s,
            "take_s": self._synth.take_s,
            "probe": [[low + (high - low) * part for low, high in ends] for part in (0.5, 0.25, 0.75)],
        }
        self.anew = self._process.ask(question, LOAD_S) == b"true"


def _place(parameters: Sequence[PluginParameter], control: Control) -> int:
    count = Counter(one.name for one in parameters)
    if count[control.key] != 1:
        found = "is no parameter of the plugin" if not count[control.key] else "is the name of several parameters"
        meant = nearest(control.key, count) or f"it has {len(parameters)}, such as {', '.join(list(count)[:8])}"
        raise InputError(f"control {control.name}: {shown(control.key)} {found}; {meant}")
    return next(one.place for one in parameters if one.name == control.key)
