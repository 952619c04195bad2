"""The player: the process that holds the audio stream and must never wait. Run as ``python -m bridge.engine.player``.

It is a process of its own for two reasons. Its audio thread shares the interpreter's lock with nothing but a main
thread that sleeps; and when a JACK server dies, PortAudio can neither go on nor close: then the player is killed and
another takes its place (`bridge.engine.supervisor`) while targets, remote control and the display live on. It reads
commands from its standard input and writes `bridge.engine.messages` and strokes to its standard output; when its input
closes, it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import pickle
import signal
import sys
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.audio.stream import AudioStream, ask_real_time, audio_settings
from bridge.engine.build import Chain, build_chain
from bridge.engine.messages import (
    Job,
    Opened,
    Quit,
    Refused,
    Report,
    SetControls,
    SetDetector,
    SetEnabled,
    SetMapping,
    Silence,
    pack,
)
from bridge.mapping.mapping import DrumMapping
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig
from synth.errors import InputError

REPORT_S = 0.1
"""How often a report leaves; also how often a returning player looks for its device."""

CLOSING_S = 0.4
"""How long the stream may take to close before the process ends without it."""

SWITCH_S = 0.0002
"""The main thread may hold the interpreter's lock this long while the audio thread asks for it."""

MADV_DONTNEED = 4

MAIN_PRIORITY = 20
"""Real-time priority of the main thread, under the audio thread's: what holds the lock must not lose its processor."""


class Player:
    """One audio stream with its engine, talking over two pipes.

    Parameters
    ----------
    commands, records : Connection
        From and to the other half.
    """

    def __init__(self, commands: Connection, records: Connection) -> None:
        self._commands = commands
        self._records = records
        self._lost_events = 0
        self._job: Job = commands.recv()
        self._rig = self._job.rig
        # A pipe that is full must cost a stroke, never the audio.
        os.set_blocking(records.fileno(), False)

    def run(self) -> None:
        """Play until told to quit."""
        try:
            self._chain = self._built()
            opened = self._open()
        except InputError as error:
            self._tell(Refused(str(error)))
            return
        if not opened:
            return
        self._introduce()
        while self._obey():
            self._report()
        self._close()

    def _built(self) -> Chain:
        """Return the rig's chain with the mappings that the job brings."""
        chain = build_chain(self._rig, self._rate, self._job.mappings)
        chain.engine.enabled = self._job.enabled
        return chain

    def _open(self) -> bool:
        """Open the stream; a returning player looks for its device until it is there, or until it is told to quit."""
        warm_up(self._chain, self._rig)
        let_go_of_the_compiler()
        quiet_the_collector()
        ask_real_time(MAIN_PRIORITY)
        settings, rescan = audio_settings(self._rig), False
        if self._job.returning:
            settings = replace(settings, input_device=self._job.returning[0], output_device=self._job.returning[1])
        while True:
            try:
                self._clock = StreamClock(self._rate)
                # Known before it starts: a stroke may be in the very first block.
                self._stream = AudioStream(settings, self._process, self._clock, rescan)
                self._stream.start()
                return True
            except InputError:
                if not self._job.returning:
                    raise
            if not self._obey():
                return False
            rescan = True

    @property
    def _rate(self) -> int:
        return int(self._rig.input.sample_rate)

    def _process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Play a block and pass its strokes on; the audio thread."""
        engine = self._chain.engine
        engine.process(block, out)
        while not engine.outbox.empty():
            event = engine.outbox.get_nowait()
            self._lost_events += not self._write(pack(event, self._clock.line, self._stream.host_line()))

    def _tell(self, record: Opened | Refused | Report) -> None:
        self._write(pickle.dumps(record))

    def _write(self, record: bytes) -> bool:
        """Write a record; False where the pipe is full."""
        try:
            self._records.send_bytes(record)
        except BlockingIOError:
            return False
        return True

    def _introduce(self) -> None:
        stream = self._stream
        names = [f"{device.host}: {device.name}" for device in (stream.input, stream.output)]
        real_time = hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) == os.SCHED_FIFO
        self._tell(Opened(self._rate, names[0], names[1], stream.latency_ms, real_time, stream.block_samples()))

    def _report(self) -> None:
        counters, engine = self._stream.counters, self._chain.engine
        peak, counters.peak = counters.peak, 0.0
        self._tell(
            Report(
                line=self._clock.line,
                peak=peak,
                blocks=counters.blocks,
                samples=counters.samples,
                xruns=counters.xruns,
                late=counters.late,
                over=counters.over,
                busy=counters.busy,
                failures=counters.failures,
                failure=counters.failure,
                work_s=counters.work_s,
                worst_work_s=counters.worst_work_s,
                resyncs=self._clock.resyncs,
                lost_events=self._lost_events,
                late_voices=engine.late,
                non_finite=engine.analyzer.non_finite,
            )
        )

    def _obey(self) -> bool:
        """Handle the commands of the next tenth of a second; return whether to go on."""
        until_s = time.monotonic() + REPORT_S
        while self._commands.poll(max(0.0, until_s - time.monotonic())):
            command = self._commands.recv()
            if isinstance(command, Quit):
                return False
            self._apply(command)
        return True

    def _apply(self, command: Any) -> None:
        engine = self._chain.engine
        match command:
            case SetControls(key, controls):
                self._chain.mappings[key].controls = controls
            case SetMapping(mapping):
                self._take_mapping(mapping)
            case SetDetector(drum, detector):
                channel = next(entry.channel for entry in self._rig.drum if entry.name == drum)
                engine.analyzer.tune(channel - 1, detector)
            case SetEnabled(enabled):
                engine.enabled = enabled
            case Silence():
                engine.silence()

    def _take_mapping(self, mapping: DrumMapping) -> None:
        """Put a mapping in the place of its drum's; the next stroke uses it."""
        before = self._chain.mappings[mapping.key]
        self._chain.mappings[mapping.key] = mapping
        for chain in self._chain.engine.drums:
            if chain.mapping is before:
                chain.mapping = mapping

    def _close(self) -> None:
        self._stream.close(CLOSING_S)


def warm_up(chain: Chain, rig: Rig) -> None:
    """Run every compiled kernel once on a few loud strokes, then forget them: the first real stroke costs no more."""
    rng = np.random.default_rng(0)
    block_samples = rig.input.block or 64
    out = np.zeros((block_samples, rig.output.channels), dtype=np.float32)
    for index in range(160):
        loud = 0.5 if index % 40 == 20 else 0.0
        block = (loud * rng.standard_normal((block_samples, rig.channels))).astype(np.float32)
        chain.engine.process(block, out)
    chain.engine.reset()


def quiet_the_collector() -> None:
    """Collect what is garbage, freeze the rest and stop collecting: a full collection takes tens of milliseconds."""
    gc.collect()
    gc.freeze()
    gc.disable()


def let_go_of_the_compiler(maps: Path = Path("/proc/self/maps")) -> int:
    """Give the memory of LLVM's code back to the system, and return how many bytes; it is read again if it is needed.

    Loading a compiled kernel runs through 60 MB of LLVM, which playing never touches again. Only Linux tells where it
    is. Its other segments stay: the loader has written into them.
    """
    if not maps.exists():
        return 0
    libc, freed = ctypes.CDLL(None), 0
    for line in maps.read_text().splitlines():
        place, rights, *_, name = line.split(maxsplit=5)
        if "libllvmlite" in name and rights.startswith("r-x"):
            first, last = (int(end, 16) for end in place.split("-"))
            if libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), MADV_DONTNEED) == 0:
                freed += last - first
    return freed


def main() -> None:
    """Play what standard input says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_S)
    commands = Connection(os.dup(0), writable=False)
    records = Connection(os.dup(1), readable=False)
    # Whatever a library prints must not land among the records.
    os.dup2(2, 1)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        Player(commands, records).run()
    # Leaving through the interpreter would stop PortAudio, which hangs where a JACK server has died.
    os._exit(0)


if __name__ == "__main__":
    main()
