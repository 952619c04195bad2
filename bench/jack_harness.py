"""Real parts for `bench.latency` and the live tests: the handle on a stage, a player, an OSC receiver."""

from __future__ import annotations

import contextlib
import json
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage

from bench.jack_server import PERIOD, ROOT, JackServer, wait_until
from bench.pace import stretched

LOOP_PERIODS = 2
"""The stage plays to the player and hears it: JACK opens such a loop with this delay (measured, in both modes)."""

SO_TIMESTAMPNS = 35
CAPTURE = 256 * 1024


def listens(port: int) -> bool:
    """Tell whether a program of this machine has opened a UDP port."""
    import psutil

    return any(one.laddr and one.laddr.port == port for one in psutil.net_connections("udp"))


@dataclass
class Capture:
    """What the stage heard.

    Frames are JACK's own, which go on through an xrun while blocks are skipped; a take's samples are not.
    """

    audio: NDArray[np.float32]
    midi: list[tuple[int, int, bytes]]
    times: NDArray[np.int64]
    block_frames: NDArray[np.int64]
    period: int = PERIOD

    @property
    def skipped(self) -> int:
        """Frames that JACK lost while the take played."""
        return int(self.block_frames[-1] - self.block_frames[0]) - self.period * (len(self.block_frames) - 1)

    def frame_of_sample(self, sample: int) -> int:
        """Return the frame at which a sample of the take was played, or of ``audio`` was heard."""
        return int(self.block_frames[sample // self.period]) + sample % self.period

    def frame_of_time(self, monotonic_s: float) -> float:
        """Return the frame, with its fraction, at a time of the monotonic clock."""
        return float(np.interp(monotonic_s * 1e6, self.times[:, 1], self.times[:, 0]))

    def disturbed(self, sample: int, around: int = 4800) -> bool:
        """Tell whether JACK lost audio near a sample of the take: what is measured there says nothing of us."""
        blocks = self.block_frames[max(sample - around, 0) // self.period : (sample + around) // self.period + 1]
        return bool(np.any(np.diff(blocks) != self.period))

    def notes(self, port: int = 0) -> list[tuple[int, int, int, int]]:
        """Return (frame, channel, note, velocity) of every note-on."""
        return [(f, m[0] & 15, m[1], m[2]) for p, f, m in self.midi if p == port and m[0] >> 4 == 9 and m[2]]

    def missing(self, onsets: Sequence[int], frames: Sequence[float], within: int = 4800) -> list[int]:
        """Return the samples of the take that no frame follows within 0.1 s, though JACK lost no audio near them."""
        there = np.asarray(frames)
        played = [onset for onset in onsets if onset < self.period * len(self.block_frames) - within]
        gaps = {onset: there - self.frame_of_sample(onset) for onset in played if not self.disturbed(onset)}
        return [onset for onset, gap in gaps.items() if not np.any((gap >= 0) & (gap < within))]

    def sounding(self) -> set[tuple[int, int, int]]:
        """Return (port, channel, note) of every note that was not ended."""
        on: set[tuple[int, int, int]] = set()
        for port, _, message in self.midi:
            kind, channel = message[0] >> 4, message[0] & 15
            if kind == 9 and message[2]:
                on.add((port, channel, message[1]))
            elif kind in (8, 9):
                on.discard((port, channel, message[1]))
        return on


class Stage:
    """The handle on a stage process."""

    def __init__(
        self,
        server: JackServer,
        folder: Path,
        take: NDArray[np.float32],
        seconds: float,
        inputs: int = 1,
        midi: int = 1,
        name: str = "stage",
    ) -> None:
        self._folder, self.name, self.seconds, self.period = folder, name, seconds, server.period
        np.save(folder / f"{name}.npy", take if take.ndim == 2 else take[:, None])
        spec = {
            "take": str(folder / f"{name}.npy"),
            "inputs": inputs,
            "midi": midi,
            "seconds": seconds,
            "name": name,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.jack_stage", server.name, json.dumps(spec)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=server.environment,
        )
        self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the stage has gone"
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer, answer
        return answer

    def ask(self, command: str) -> dict[str, Any]:
        """Tell the stage a command and return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._answer()

    def at(self, seconds: float) -> float:
        """Wait until the take has come so far; return where it is, in seconds."""
        answer = self.ask(f"at {seconds}")
        assert answer["there"], f"the take has not come to {seconds} s: {answer}"
        return float(answer["seconds"])

    def more(self, seconds: float) -> float:
        """Wait until so much more of the take has been played; return where it is, in seconds."""
        return self.at(self.at(0.0) + seconds)

    def listens(self, messages: int = 1) -> None:
        """Wait until so many MIDI messages have come before the take begins."""
        assert self.ask(f"midi {messages}")["there"], "no MIDI came"

    def finish(self) -> Capture:
        """Wait until the take has been played to its end; return what was heard meanwhile."""
        answer = self.ask("wait")
        assert answer["done"], f"the take stood still: {answer}"
        return self.save()

    def play(self) -> Capture:
        """Play the take to its end and return what was heard meanwhile."""
        self.ask("go")
        return self.finish()

    def save(self) -> Capture:
        """Return what the stage recorded."""
        path = self._folder / f"{self.name}.npz"
        answer = self.ask(f"save {path}")
        assert not answer["failure"], answer
        with np.load(path) as file:
            messages = zip(
                file["midi_port"].tolist(), file["midi_frame"].tolist(), file["midi_data"].tolist(), strict=True
            )
            midi = [(port, frame, bytes.fromhex(data)) for port, frame, data in messages]
            return Capture(file["heard"], midi, file["times"], file["block_frames"], self.period)

    def close(self) -> None:
        """End the stage."""
        with contextlib.suppress(OSError, ValueError):
            assert self.process.stdin is not None
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Play:
    """A ``ghostnote play --json`` process."""

    def __init__(self, server: JackServer, folder: Path, rig: str, *arguments: str, until: str = "ready") -> None:
        path = folder / "rig.toml"
        path.write_text(rig, encoding="utf-8")
        self.lines: list[dict[str, Any]] = []
        self.errors = folder / "play.err"
        began_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridge.cli.main", "play", "--rig", str(path), "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=self.errors.open("wb"),
            text=True,
            cwd=ROOT,
            env=server.environment,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(until, 90)
        self.ready_s = time.monotonic() - began_s

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def states(self) -> list[str]:
        """Return the states that the player printed, in order."""
        return [line["state"] for line in self.lines if "state" in line]

    def wait_for(self, state: str, seconds: float, count: int = 1) -> None:
        """Wait until the player has printed a state so many times."""

        def there() -> bool:
            if self.process.poll() is not None and self.states().count(state) < count:
                raise AssertionError(f"play ended ({self.process.returncode}): {self.errors.read_text()}")
            return self.states().count(state) >= count

        wait_until(there, seconds, f"state {state} of play")

    @property
    def status(self) -> dict[str, Any]:
        """The latest status line."""
        return next(line for line in reversed(self.lines) if "strokes" in line)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(stretched(20))
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join(2)
        return code

    def close(self) -> None:
        """Kill the player."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@dataclass
class Packet:
    """One datagram, parsed: messages in order, and when the kernel received it on the monotonic clock."""

    time_s: float
    messages: list[tuple[str, tuple[Any, ...]]]
    data: bytes = field(repr=False, default=b"")


class OscReceiver:
    """A UDP socket whose datagrams carry the kernel's receive time: a slow reader measures nothing of itself."""

    def __init__(self, port: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.packets: list[Packet] = []
        self._open = True
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while self._open:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            data, control, _, _ = self.socket.recvmsg(CAPTURE, 256)
            wall_minus_monotonic_s = time.time() - time.monotonic()
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
            time_s = seconds + nanoseconds * 1e-9 - wall_minus_monotonic_s
            self.packets.append(Packet(time_s, parse(data), data))

    def strokes(self, trigger: str = "/hit") -> list[Packet]:
        """Return the packets that hold a trigger."""
        return [packet for packet in self.packets if any(address.endswith(trigger) for address, _ in packet.messages)]

    def close(self) -> None:
        """Stop receiving."""
        self._open = False
        self._thread.join(1)
        self.socket.close()


def parse(data: bytes) -> list[tuple[str, tuple[Any, ...]]]:
    """Return (address, arguments) of every message of a datagram, in the order of the bytes."""
    if not OscBundle.dgram_is_bundle(data):
        message = OscMessage(data)
        return [(message.address, tuple(message.params))]
    return [(m.address, tuple(m.params)) for m in _in_order(OscBundle(data))]


def _in_order(bundle: OscBundle) -> Iterator[OscMessage]:
    for part in bundle:
        if isinstance(part, OscBundle):
            yield from _in_order(part)
        else:
            yield part


def memory_mb(pid: int) -> dict[int, float]:
    """Return the resident memory of a process and of every process under it, in MB."""
    import psutil

    root = psutil.Process(pid)
    return {process.pid: process.memory_info().rss / 1e6 for process in [root, *root.children(recursive=True)]}
