"""The stage: a JACK client, in a process of its own, that plays a take and records audio and MIDI by frame.

Run as ``python -m bench.jack_stage SERVER SPEC.json``; `bench.jack_harness.Stage` is the handle on it. It reads one
command a line (``go``, ``at SECONDS``, ``wait``, ``midi COUNT``, ``unplug N``, ``plug N``, ``save PATH``,
``quit``) and answers each with one line of JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import jack
import numpy as np

TIMES_EVERY = 8
MOST_MIDI = 200_000
POLL_S = 0.005
LONGEST_S = 120.0
"""After so long without a cycle of the take, the stage answers that what it waits for has not come."""

UNPLUG_S = 0.05
"""A cycle that runs may still read from a port that goes: it goes this long after the last one that may."""


class CycleTimes:
    """Asks JACK when a cycle began: frames and microseconds of the monotonic clock.

    JACK counts by the raw one, which the network's time does not steer: they part by 0.1 s in 20 minutes.
    """

    def __init__(self, client: jack.Client) -> None:
        self._library = ctypes.CDLL(ctypes.util.find_library("jack"))
        self._client = ctypes.c_void_p(int(jack._ffi.cast("uintptr_t", client._ptr)))
        self._frames, self._now = ctypes.c_uint32(), ctypes.c_uint64()
        self._next, self._period = ctypes.c_uint64(), ctypes.c_float()

    def __call__(self) -> tuple[int, int]:
        """Return the frame and the microsecond at which the cycle began."""
        refs = (ctypes.byref(part) for part in (self._frames, self._now, self._next, self._period))
        self._library.jack_get_cycle_times(self._client, *refs)
        steered_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        return self._frames.value, self._now.value + steered_ns // 1000


class Stage:
    """One client with output ports ``drum_N``, input ports ``in_N`` and MIDI inputs ``midi_N``."""

    def __init__(self, server: str, take: np.ndarray, inputs: int, midi: int, seconds: float, name: str) -> None:
        self.client = jack.Client(name, servername=server, no_start_server=True)
        rate, block = self.client.samplerate, self.client.blocksize
        self.outputs = [self.client.outports.register(f"drum_{i + 1}") for i in range(take.shape[1])]
        self.inputs = [self.client.inports.register(f"in_{i + 1}") for i in range(inputs)]
        self.midi: list[Any] = [self.client.midi_inports.register(f"midi_{i + 1}") for i in range(midi)]
        blocks = int(np.ceil(seconds * rate / block))
        self.take = np.zeros((blocks * block, take.shape[1]), dtype=np.float32)
        count = min(len(take), len(self.take))
        self.take[:count] = take[:count]
        self.heard = np.zeros((blocks * block, inputs), dtype=np.float32)
        self.times = np.zeros((blocks // TIMES_EVERY + 1, 2), dtype=np.int64)
        self.block_frames = np.zeros(blocks, dtype=np.int64)
        self.messages: list[tuple[int, int, bytes]] = []
        self.position = -1
        self.arrived = 0
        self.failure = ""
        self.done = threading.Event()
        self._block = block
        self._cycle_times = CycleTimes(self.client)
        self.client.set_process_callback(self.process)

    def process(self, frames: int) -> None:
        """Play and record one cycle; JACK's thread."""
        try:
            self._cycle(frames)
        except Exception as error:
            self.failure = repr(error)
            self.done.set()

    def _cycle(self, frames: int) -> None:
        at = self.position
        if at < 0 or at >= len(self.take):
            for port in self.outputs:
                port.get_array()[:] = 0.0
            for port in filter(None, self.midi):
                self.arrived += sum(1 for _ in port.incoming_midi_events())
            if at >= len(self.take):
                self.done.set()
            return
        first = self.client.last_frame_time
        self.block_frames[at // frames] = first
        for channel, port in enumerate(self.outputs):
            port.get_array()[:] = self.take[at : at + frames, channel]
        for channel, port in enumerate(self.inputs):
            self.heard[at : at + frames, channel] = port.get_array()
        for index, port in enumerate(self.midi):
            for offset, message in port.incoming_midi_events() if port else ():
                self.messages.append((index, first + offset, bytes(message)))
        if (at // frames) % TIMES_EVERY == 0:
            self.times[at // frames // TIMES_EVERY] = self._cycle_times()
        self.position = at + frames

    def save(self, path: str) -> dict[str, Any]:
        """Write what was recorded."""
        ports = np.array([index for index, _, _ in self.messages], dtype=np.int64)
        frames = np.array([frame for _, frame, _ in self.messages], dtype=np.int64)
        data = np.array([message.hex() for _, _, message in self.messages], dtype="U64")
        np.savez(
            path,
            heard=self.heard,
            times=self.times[self.times[:, 1] > 0],
            block_frames=self.block_frames[: self.position // self._block],
            midi_port=ports,
            midi_frame=frames,
            midi_data=data,
        )
        return {"failure": self.failure, "position": self.position}

    def at(self, seconds: float) -> dict[str, Any]:
        """Answer when the take has come so far, with where it is."""
        rate = self.client.samplerate
        there = self.until(lambda: self.position >= seconds * rate)
        return {
            "there": there,
            "seconds": self.position / rate,
            "frame": self.client.frame_time,
            "messages": len(self.messages),
        }

    def until(self, condition: Callable[[], bool]) -> bool:
        """Wait until the process callback has made something true; False when it has failed or the server has died."""
        position, until_s = self.position, time.monotonic() + LONGEST_S
        while not condition():
            if self.position != position:
                position, until_s = self.position, time.monotonic() + LONGEST_S
            if self.failure or time.monotonic() > until_s:
                return False
            time.sleep(POLL_S)
        return True

    def unplug(self, index: int) -> dict[str, Any]:
        """Let a MIDI input go, as a machine that is switched off does; answer when."""
        port, self.midi[index] = self.midi[index], None
        time.sleep(UNPLUG_S)
        port.unregister()
        return {"frame": self.client.frame_time}

    def plug(self, index: int) -> dict[str, Any]:
        """Make the MIDI input again, under the same name; answer when."""
        frame = self.client.frame_time
        self.midi[index] = self.client.midi_inports.register(f"midi_{index + 1}")
        return {"frame": frame}

    def obey(self, line: str) -> dict[str, Any]:
        """Do what a line says and return the answer."""
        word, *rest = line.split()
        match word:
            case "go":
                self.position = 0
            case "at":
                return self.at(float(rest[0]))
            case "midi":
                return {"there": self.until(lambda: self.arrived >= int(rest[0]))}
            case "wait":
                return {"done": self.until(self.done.is_set), "failure": self.failure}
            case "unplug":
                return self.unplug(int(rest[0]))
            case "plug":
                return self.plug(int(rest[0]))
            case "save":
                return self.save(rest[0])
        return {}


def main() -> None:
    """Play what standard input says."""
    # Every thread of this process that may hold the interpreter's lock must outrank whatever else the machine does.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    spec = json.loads(sys.argv[2])
    stage = Stage(sys.argv[1], np.load(spec["take"]), spec["inputs"], spec["midi"], spec["seconds"], spec["name"])
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(0.0002)
    stage.client.activate()
    print("{}", flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        try:
            answer = stage.obey(line)
        except jack.JackError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    # JACK's thread must not come back to an interpreter that has ended.
    with contextlib.suppress(jack.JackError):
        stage.client.deactivate()
    stage.client.close()


if __name__ == "__main__":
    main()
