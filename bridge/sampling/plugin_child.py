"""The process that a plugin lives in: it may crash or hang here, and takes nothing with it. Door: dawdreamer (GPL).

It speaks through its standard input, a socket: questions come as JSON, audio goes as float32. What plugins print is
lost. Started by `bridge.sampling.plugin_process`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_SAMPLES = 128

NO_STEPS = 1000
"""More steps than that are no steps: JUCE says 2 147 483 647 for a parameter of any value."""

ALIKE = 1e-3
"""Two takes whose greatest difference is this part of their peak are the same; 8 of 16 of amsynth are to the bit."""

Audio = NDArray[np.float32]


class Player:
    """Plays notes on one plugin, each as if it were the first.

    DawDreamer goes on where the last render ended: voices ring, oscillators run, and a parameter acts some time after
    it was set. Therefore a note is played once and thrown away, the graph is loaded anew, and then it is heard. Where
    that is not enough for a plugin, each note gets a new one, which takes as long as the plugin needs to load.

    Parameters
    ----------
    plugin : str
        Its file.
    sample_rate : int
        Hz.
    """

    def __init__(self, plugin: str, sample_rate: int) -> None:
        import dawdreamer

        self._plugin, self._rate = plugin, sample_rate
        self._engine = dawdreamer.RenderEngine(sample_rate, BLOCK_SAMPLES)
        self._fixed: dict[int, float] = {}
        self._moved: list[int] = []
        self._note_s = self._take_s = 1.0
        self._anew = False
        self._load()

    def _load(self) -> None:
        self._processor = self._engine.make_plugin_processor("plugin", self._plugin)
        self._engine.load_graph([(self._processor, [])])

    def parameters(self) -> list[dict[str, Any]]:
        """Return what the plugin says of its parameters."""
        rows = self._processor.get_parameters_description()
        return [
            {
                "place": int(row["index"]),
                "name": str(row["name"]),
                "default": float(row["defaultValue"]),
                "steps": int(row["numSteps"]) if 2 <= int(row["numSteps"]) <= NO_STEPS else 0,
                "label": str(row["label"]),
            }
            for row in rows
        ]

    def prepare(self, fixed: dict[str, float], moved: list[int], note_s: float, take_s: float, probe: Any) -> bool:
        """Take the settings of a session; return whether each note needs a new plugin."""
        self._fixed = {int(index): value for index, value in fixed.items()}
        self._moved, self._note_s, self._take_s = moved, note_s, take_s
        self._set(self._fixed.items())
        self._anew = not self._is_independent(*probe)
        return self._anew

    def _is_independent(self, middle: Sequence[float], low: Sequence[float], high: Sequence[float]) -> bool:
        """Return whether a note comes back after others; one that does not with a new plugin either is noise."""
        loudest = 0.0
        fresh: list[tuple[Audio, Audio]] = []
        again: list[tuple[Audio, Audio]] = []
        for anew, found in ((True, fresh), (True, fresh), (False, again)):
            self._anew = anew
            first = self.play(middle, 60, 100)
            self.play(low, 48, 40)
            self.play(high, 72, 127)
            found.append((first, self.play(middle, 60, 100)))
            loudest = max(loudest, float(np.abs(first).max()))
        noise = max(_apart(*pair) for pair in ((fresh[0][0], fresh[1][0]), fresh[0]))
        return _apart(*again[0]) <= max(ALIKE * loudest, noise)

    def play(self, values: Sequence[float], note: int, velocity: int) -> Audio:
        """Return a note, the mean of all channels, without the plugin's own delay."""
        if self._anew:
            self._load()
            self._set(self._fixed.items())
        self._set(zip(self._moved, values, strict=True))
        self._render(note, velocity, 2.0 * self._take_s)
        self._engine.load_graph([(self._processor, [])])
        late = int(self._processor.get_latency_samples())
        return self._render(note, velocity, self._take_s + late / self._rate)[late:]

    def _set(self, values: Any) -> None:
        for index, value in values:
            self._processor.set_parameter(index, min(max(value, 0.0), 1.0))

    def _render(self, note: int, velocity: int, seconds: float) -> Audio:
        self._processor.clear_midi()
        self._processor.add_midi_note(note, velocity, 0.0, self._note_s)
        self._engine.render(seconds)
        return np.asarray(self._engine.get_audio().mean(axis=0), np.float32)


def _apart(one: Audio, other: Audio) -> float:
    return float(np.abs(one - other).max())


def main() -> None:
    """Load the plugin that the first argument names, then answer each message until the socket closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who closes the socket
    pipe = Connection(os.dup(0))
    settings = json.loads(sys.argv[1])
    try:
        player = Player(settings["plugin"], settings["sample_rate"])
    except Exception as error:  # a loader may raise anything; the parent says it in a sentence
        pipe.send_bytes(json.dumps({"refused": str(error)}).encode())
        return
    pipe.send_bytes(json.dumps(player.parameters()).encode())
    while True:
        try:
            asked = json.loads(pipe.recv_bytes())
        except EOFError:
            os._exit(0)  # a plugin may hang in its destructor
        if "fixed" in asked:
            pipe.send_bytes(json.dumps(player.prepare(**asked)).encode())
        else:
            pipe.send_bytes(player.play(**asked).tobytes())


if __name__ == "__main__":
    main()
