"""The child process that owns one MIDI output.

It takes frames of JSON and reports in the same way: ``{"state": "ready"}``, ``waiting`` (with the ports that exist),
``lost``, ``refused`` (with why), and ``{"listener": true}`` when someone has connected to a port of our own. It holds
what is due later, every note-off among it. It silences all notes when the pipe closes, on SIGTERM and on panic, so a
parent that dies in whatever way leaves no note on.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from abc import ABC, abstractmethod
from typing import Any

from bridge.midi.listeners import listeners_of
from bridge.midi.messages import Note, NoteOn, Value, Wire, WireStroke
from bridge.midi.ports import CLIENT, SystemPort, api_name, bare_name, open_midi, thread_count
from bridge.midi.scheduler import WireQueue
from bridge.realtime.loop import PunctualLoop, serve

PROGRAM = "bridge.midi.child"
PORT = "out"
RETRY_S = 0.3
JACK_AHEAD_S = 0.0005
"""RtMidi hands a message to JACK when the next period begins: at 64 frames 0 to 1.33 ms late, which this centres."""

FLUSH_S = 0.05
"""RtMidi hands messages to JACK in the next period: leave it this long before the port goes."""


class MidiPort(ABC):
    """A MIDI output.

    Attributes
    ----------
    ahead_s : float
        How much before its moment a message with a fixed delay is handed over.
    """

    ahead_s = 0.0

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send one message; `OSError` when it cannot leave."""

    @abstractmethod
    def alive(self) -> bool:
        """Tell whether the port is still there."""

    def listeners(self) -> frozenset[str] | None:
        """Return who listens to a port of our own; None where that cannot be seen."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Let what was sent leave, and let go."""


class RtMidiPort(MidiPort):
    """A port of the system, or one of our own under the name of a client."""

    def __init__(self, port: SystemPort, client: str) -> None:
        self._port = port
        api = api_name(port.midi.get_current_api())
        if api == "jack":
            self.ahead_s = JACK_AHEAD_S
        self._listeners = listeners_of(api, client, PORT) if port.name is None else None
        # Who looks for listeners may have threads of its own, which outlive JACK's server.
        port.threads = thread_count()

    def send(self, message: bytes) -> None:
        """Send one message."""
        try:
            self._port.midi.send_message(message)
        except Exception as error:  # RtMidi's errors share no base class
            raise OSError(str(error)) from None

    def alive(self) -> bool:
        """Tell whether the port is still there."""
        return self._port.alive()

    def listeners(self) -> frozenset[str] | None:
        """Return who listens to a port of our own; None where that cannot be seen."""
        return None if self._listeners is None else self._listeners()

    def close(self) -> None:
        """Let what was sent leave, and let go."""
        time.sleep(FLUSH_S)
        self._port.midi.close_port()


class LinePort(MidiPort):
    """A port that writes each message to a file, with its moment: where the system has no MIDI."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "a", buffering=1)  # noqa: SIM115 - open as long as the port

    def send(self, message: bytes) -> None:
        """Write one message."""
        self._file.write(f"{time.monotonic():.6f} {message.hex()}\n")

    def alive(self) -> bool:
        """Tell whether the file is still there."""
        return os.path.exists(self._file.name)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def note_from(fields: list[Any]) -> NoteOn:
    """Return a note from its fields in order."""
    channel, note, velocity, length_s, choke, choke_pressure = fields
    return NoteOn(channel, note, velocity, length_s, tuple(choke), choke_pressure)


class MidiChild(PunctualLoop):
    """Plays what comes through the pipe on one port.

    Parameters
    ----------
    settings : dict
        port, virtual, api, budget, running_status, lead_s, channels, and ``lines`` (a path) instead of a port.
    pipe, reports : int
        Standard input and output.
    """

    def __init__(self, settings: dict[str, Any], pipe: int, reports: int) -> None:
        super().__init__(pipe, reports)
        self._settings = settings
        self._channels: tuple[int, ...] = tuple(settings.get("channels", ()))
        self._queue = WireQueue(Wire(settings["budget"], settings["running_status"]), settings["lead_s"])
        self._out: Any = None
        self._port: MidiPort | None = None
        self._listeners: frozenset[str] = frozenset()
        self._tried_s = 0.0
        self._messages = 0

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take a stroke, or a word: channels, panic (with notes struck before), again (every value is unsent)."""
        frame = json.loads(payload)
        self._channels = tuple(frame.get("channels", self._channels))
        if "panic" in frame:
            self.silence(tuple((channel, note) for channel, note in frame.get("struck", ())))
        if "again" in frame:
            self._queue.forget_sent()
        if "values" in frame:
            if frame["fixed"] and self._port is not None:
                moment_s -= self._port.ahead_s
            late_s = max(time.monotonic() - moment_s, 0.0)
            values = tuple(Value(key, tuple(map(bytes.fromhex, messages))) for key, messages in frame["values"])
            note = note_from(frame["note"]) if frame["note"] else None
            start_s = moment_s + late_s
            note_s = max(start_s, moment_s + frame["note_after_s"] + (0.0 if frame["fixed"] else late_s))
            self._queue.strike(WireStroke(start_s, note_s, values, note))

    def next_s(self, now_s: float) -> float | None:
        """Return when the next message leaves."""
        return None if self._port is None else self._queue.next_s(now_s)

    def act(self, now_s: float) -> None:
        """Send what is due."""
        message = self._queue.take(now_s)
        if message is not None:
            self._send(message)

    def look_after(self) -> bool:
        """Open the port when it is there; end when it has gone, so that a fresh child finds a fresh one."""
        if self._port is not None:
            if not self._port.alive():
                self.report(state="lost")
                return False
            self.report(messages=self._messages)
            self._notice_listeners(self._port.listeners())
        elif time.monotonic() - self._tried_s >= RETRY_S:
            self.open()
        return True

    def open(self) -> None:
        """Try to open the port, and report."""
        self._tried_s = time.monotonic()
        try:
            self._port = self._opened()
        except OSError as error:
            self.report(state="refused", why=str(error))
            return
        except LookupError:
            self.report(state="waiting", ports=[bare_name(port) for port in self._out.get_ports()])
            return
        seen = self._port.listeners() is not None
        self.report(state="ready", port=self._settings["port"], sees_listeners=seen)

    def silence(self, struck: tuple[Note, ...] = ()) -> None:
        """End every note, and those that an earlier child may have left on."""
        for message in self._queue.silence(self._channels, struck):
            self._send(message)

    def close(self) -> None:
        """End every note and let go of the port."""
        self.silence()
        if self._port is not None:
            self._port.close()
        self.report(messages=self._messages)

    def _notice_listeners(self, present: frozenset[str] | None) -> None:
        if present is None:
            return
        if present - self._listeners:
            self.report(listener=True)
        self._listeners = present

    def _opened(self) -> MidiPort:
        if "lines" in self._settings:
            return LinePort(self._settings["lines"])
        # A port of our own is known by its client: two such targets have two names.
        client = self._settings["port"] if self._settings["virtual"] else CLIENT
        if self._out is None:
            self._out = open_midi("MidiOut", self._settings["api"], client)
        port = SystemPort.open(self._out, self._settings["port"], self._settings["virtual"], PORT)
        if port is None:
            raise LookupError(self._settings["port"])
        return RtMidiPort(port, client)

    def _send(self, message: bytes) -> None:
        if self._port is not None:
            with contextlib.suppress(OSError):
                self._port.send(message)
                self._messages += 1


if __name__ == "__main__":
    serve(MidiChild)
