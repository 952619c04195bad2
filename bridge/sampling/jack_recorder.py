"""What the child of the freewheel engine does in each of JACK's cycles: it sends events, and keeps what it hears."""

from __future__ import annotations

import mmap
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER = 4096
"""Bytes before the audio: the first eight count the cycles that are done."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What the child is told when it starts.

    Parameters
    ----------
    server : str
        Name.
    folder : str
        The private folder, which goes when it ends.
    command : list of str
        The synth's.
    audio : list of str
        The synth's outputs.
    midi, osc : str
        Its inputs; ``osc`` may be empty.
    rate_hz, period : int
    events, record : int
        Descriptors of the shared files.
    """

    server: str
    folder: str
    command: list[str]
    audio: list[str]
    midi: str
    osc: str
    rate_hz: int
    period: int
    events: int
    record: int


class Recorder:
    """The JACK client: in each cycle it sends that cycle's events and keeps what it hears.

    Parameters
    ----------
    client : jack.Client
    spec : Spec
    """

    def __init__(self, client: Any, spec: Spec) -> None:
        self._client, self._spec = client, spec
        self._heard = client.inports.register("heard")
        self._outputs = {"midi": client.midi_outports.register("midi"), "osc": client.midi_outports.register("osc")}
        self._pairs = [(self._outputs["midi"].name, spec.midi), *((one, self._heard.name) for one in spec.audio)]
        if spec.osc:
            self._pairs.append((self._outputs["osc"].name, spec.osc))
        memory = mmap.mmap(spec.record, 0)
        self._progress = np.frombuffer(memory, np.int64, 1)
        self._record = np.frombuffer(memory, np.float32, offset=HEADER)
        self._events: dict[int, list[tuple[Any, bytes]]] = {}
        self._cycle = self._cycles = 0
        self.done, self.freewheels, self.failure = threading.Event(), threading.Event(), ""
        client.set_process_callback(self._process)
        client.set_freewheel_callback(lambda on: self.freewheels.set() if on else self.freewheels.clear())
        client.set_shutdown_callback(self._shut_down)

    def connect(self) -> None:
        """Begin to take part in the server's cycles."""
        self._client.activate()
        for source, sink in self._pairs:
            self._client.connect(source, sink)

    def begin(self, events: list[tuple[int, str, str]], cycles: int) -> None:
        """Begin a job."""
        found: dict[int, list[tuple[Any, bytes]]] = {}
        for cycle, port, data in events:
            found.setdefault(cycle, []).append((self._outputs[port], bytes.fromhex(data)))
        # The last thing that changes is what lets the other thread play: the count of cycles.
        self._cycles = 0
        self._events, self._cycle, self._progress[0] = found, 0, 0
        self.done.clear()
        self._cycles = cycles

    def missing(self) -> list[str]:
        """Return the connections that are no longer there: a synth that has died says nothing, its ports go."""
        there = {(self._outputs[kind].name, one.name) for kind in self._outputs for one in self._sinks(kind)}
        there |= {(one.name, self._heard.name) for one in self._client.get_all_connections(self._heard)}
        return [f"{source} to {sink}" for source, sink in self._pairs if (source, sink) not in there]

    def _sinks(self, kind: str) -> list[Any]:
        return list(self._client.get_all_connections(self._outputs[kind]))

    def _process(self, frames: int) -> None:
        """Do one cycle; libjack's thread."""
        try:
            for output in self._outputs.values():
                output.clear_buffer()
            cycle = self._cycle
            if cycle >= self._cycles:
                return
            for output, data in self._events.get(cycle, ()):
                output.write_midi_event(0, data)
            begin = cycle * self._spec.period
            self._record[begin : begin + frames] = self._heard.get_array()
            self._cycle = self._progress[0] = cycle + 1
            if self._cycle == self._cycles:
                self.done.set()
        except Exception as error:  # libjack would print it and call no more
            self.failure = self.failure or f"{type(error).__name__}: {error}"
            self._cycles = 0
            self.done.set()

    def _shut_down(self, status: Any, reason: str) -> None:
        self.failure = f"the JACK server has gone ({reason})"
        self.done.set()
