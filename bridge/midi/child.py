"""The child process that owns one MIDI output.

It reports its port as ``ready``, ``waiting`` (with the ports that exist), ``lost`` or ``refused`` (with why), how many
messages left, and ``{"listener": true}`` when someone has connected to a port of our own. It holds what is due later,
every note-off among it. It silences all notes when the pipe closes, on SIGTERM and on panic, so a parent that dies in
whatever way leaves no note on.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from collections.abc import Sequence
from typing import Any

from bridge.midi.listeners import cycles_of, listeners_of
from bridge.midi.messages import Wire
from bridge.midi.ports import CLIENT, PortLoop, SystemPort, api_name, thread_count
from bridge.midi.scheduler import WireQueue
from bridge.midi_bytes import Note, note_off
from bridge.realtime.loop import serve

PROGRAM = "bridge.midi.child"
PORT = "out"
NOTE_ON = 0x90
JACK_AHEAD_S = 0.0005
"""RtMidi hands a message to JACK when the next period begins: at 64 frames 0 to 1.33 ms late, which this centres."""

FLUSH_S = 0.05
"""ALSA and Core MIDI hand messages on by themselves: leave them this long before the port goes."""

STILL_LOOK_S = 0.002
"""How often a server that stands still is looked at while messages wait for it."""

CYCLES = 4
ROUNDS = 3
"""A JACK server that stood still skips cycles of its clients, and an asynchronous one drops what a client has not
finished in time. So note-offs leave once more in each of these rounds, with so many cycles after each round: of 12
players that were ended while the server stood still, 11 left notes on when the port went after 50 ms."""

LONGEST_END_S = 10.0
"""A server that has run no cycle for so long is given up: the notes may sound on, and the parent is told."""


class RtMidiPort(SystemPort):
    """A port of the system, or one of our own under the name of a client.

    Attributes
    ----------
    ahead_s : float
        How much before its moment a message of a fixed stroke is handed over.
    """

    def __init__(self, port: SystemPort, client: str) -> None:
        super().__init__(port.midi, port.name, port.threads, port.others)
        api = api_name(port.midi.get_current_api())
        self.ahead_s = JACK_AHEAD_S if api == "jack" else 0.0
        self._listeners = listeners_of(api, client, PORT) if self.name is None else None
        self._cycles = cycles_of(api)
        # Who looks for listeners may have threads of its own, which outlive JACK's server.
        self.threads = thread_count()

    def send(self, message: bytes) -> None:
        """Send one message; `OSError` when it cannot leave."""
        try:
            self.midi.send_message(message)
        except Exception as error:  # RtMidi's errors share no base class
            raise OSError(str(error)) from None

    def listeners(self) -> frozenset[str] | None:
        """Return who listens to a port of our own; None where that cannot be seen."""
        return None if self._listeners is None else self._listeners()

    @property
    def drops(self) -> bool:
        """Whether what was sent may be dropped on its way, as by a JACK server that stands still."""
        return self._cycles is not None

    def stands_still(self) -> bool:
        """Return whether what is sent now would wait for a server that runs no cycle."""
        return self._cycles is not None and self._cycles.stand_still()

    def end(self, messages: Sequence[bytes]) -> bool:
        """Send what ends every note, and wait until it has left; False when the server has not taken it in time."""
        until_s = time.monotonic() + LONGEST_END_S
        for _ in range(ROUNDS if self._cycles is not None else 1):
            for message in messages:
                self.send(message)
            if self._cycles is None:
                time.sleep(FLUSH_S)
            elif not self._cycles.wait(CYCLES, until_s):
                return False
        return True


class LinePort:
    """A port that writes each message to a file, with its moment: where the system has no MIDI."""

    ahead_s = 0.0

    def __init__(self, path: str) -> None:
        self._file = open(path, "a", buffering=1)  # noqa: SIM115 - open as long as the port

    def send(self, message: bytes) -> None:
        """Write one message."""
        self._file.write(f"{time.monotonic():.6f} {message.hex()}\n")

    def alive(self) -> bool:
        """Tell whether the file is still there."""
        return os.path.exists(self._file.name)

    drops = False

    def stands_still(self) -> bool:
        """Return False: a file takes what is written."""
        return False

    def listeners(self) -> frozenset[str] | None:
        """Return None: nobody can be seen."""
        return None

    def end(self, messages: Sequence[bytes]) -> bool:
        """Write what ends every note."""
        for message in messages:
            self.send(message)
        return True


class MidiChild(PortLoop):
    """Plays what comes through the pipe on one port.

    Parameters
    ----------
    settings : dict
        port, virtual, api, budget, lead_s, and ``lines``: a path instead of a port, or None.
    pipe, reports : int
        Standard input and output.
    """

    def __init__(self, settings: dict[str, Any], pipe: int, reports: int) -> None:
        super().__init__(settings, pipe, reports)
        self._channels: tuple[int, ...] = ()
        self._queue = WireQueue(Wire(settings["budget"]), settings["lead_s"])
        self._port: RtMidiPort | LinePort | None = None
        self._listeners: frozenset[str] = frozenset()
        self._messages = 0
        self._struck: dict[Note, None] = {}
        self._ends_again = 0

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take a stroke, one that was none, the channels in use, a panic, or "again": every value is unsent.

        A panic may name notes that were struck before.
        """
        word, *arguments = pickle.loads(payload)  # noqa: S301 - the parent alone writes to this pipe
        if word == "stroke":
            ahead_s = 0.0 if self._port is None else self._port.ahead_s
            self._queue.strike(arguments[0].begun(time.monotonic(), ahead_s))
        elif word == "cancel":
            self._queue.cancel(arguments[0], time.monotonic())
        elif word == "channels":
            self._channels = arguments[0]
        elif word == "panic":
            self.silence(*arguments)
        elif word == "again":
            self._queue.forget_sent()

    def next_s(self, now_s: float) -> float | None:
        """Return when the next message leaves."""
        due_s = None if self._port is None else self._queue.next_s(now_s)
        if due_s is None or self._port is None or not self._port.stands_still():
            return due_s
        # What waits here is still the latest, or is dropped when it is late; RtMidi would hand on all of it in a burst.
        return max(due_s, now_s + STILL_LOOK_S)

    def act(self, now_s: float) -> None:
        """Send what is due."""
        message = self._queue.take(now_s)
        if message is not None:
            self._send(message)

    def look_after(self) -> bool:
        """Look after the port; report what was sent and who listens."""
        if not super().look_after():
            return False
        if self._port is not None:
            self._end_again()
            self._report_messages()
            present = self._port.listeners() or frozenset()
            if present - self._listeners:
                self.report(listener=True)
            self._listeners = present
        return True

    def silence(self, struck: tuple[Note, ...] = ()) -> None:
        """End every note, and those that an earlier child may have left on."""
        for note in struck:
            self._struck[note] = None
        for message in self._ends(struck):
            self._send(message)
        self._ends_again = ROUNDS - 1

    def close(self) -> None:
        """End every note, wait until that has left, and let go of the port."""
        ends = self._ends(())
        if self._port is not None and self._port.alive():
            with contextlib.suppress(OSError):
                self._messages += len(ends)
                if not self._port.end(ends):
                    self.report(unended=len(ends), why=f"its server ran no cycle for {LONGEST_END_S:g} s")
        self._report_messages()
        super().close()

    def _ends(self, struck: tuple[Note, ...]) -> list[bytes]:
        """Return what ends every note; where messages may be dropped that is every note that was ever struck."""
        drops = self._port is not None and self._port.drops
        return self._queue.silence(self._channels, tuple(self._struck) if drops else struck)

    def _end_again(self) -> None:
        """Send the note-offs of a panic once more where they may have been dropped, but of no note that sounds anew."""
        if self._ends_again and self._port is not None and self._port.drops:
            self._ends_again -= 1
            for note in self._struck:
                if not self._queue.sounds(note):
                    self._send(note_off(note))

    def _report_messages(self) -> None:
        """Report how many messages left, how many notes were too late and how long the others took, since the last."""
        delays_s = [round(delay_s, 6) for delay_s in self._queue.delays_s]
        self.report(messages=self._messages, late_notes=self._queue.late_notes, delays_s=delays_s)
        self._messages = self._queue.late_notes = 0
        self._queue.delays_s.clear()

    def _opened(self) -> RtMidiPort | LinePort | None:
        if self._settings["lines"]:
            return LinePort(self._settings["lines"])
        # A port of our own is known by its client: two such targets have two names.
        client = self._settings["port"] if self._settings["virtual"] else CLIENT
        port = self._system_port("MidiOut", client, PORT)
        return None if port is None else RtMidiPort(port, client)

    def _described(self) -> dict[str, Any]:
        sees_listeners = self._port is not None and self._port.listeners() is not None
        return super()._described() | {"sees_listeners": sees_listeners}

    def _send(self, message: bytes) -> None:
        if self._port is not None:
            if message[0] & 0xF0 == NOTE_ON:
                self._struck[message[0] & 0x0F, message[1]] = None
            with contextlib.suppress(OSError):
                self._port.send(message)
                self._messages += 1


if __name__ == "__main__":
    serve(MidiChild)
