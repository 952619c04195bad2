"""The child process that listens to one MIDI input.

RtMidi calls back on a real-time thread of the audio server; Python has no business there, so a process of its own
polls, and reports each message, ``{"in": "b04a7f"}``.
"""

from __future__ import annotations

from typing import Any

from bridge.midi.ports import SystemPort, bare_name, open_midi
from bridge.realtime.loop import PunctualLoop, serve

PROGRAM = "bridge.midi.in_child"
POLL_S = 0.003
CLIENT = "ghostnote-control"
PORT = "in"


class MidiInChild(PunctualLoop):
    """Reports what one input receives.

    Parameters
    ----------
    settings : dict
        port, virtual, api.
    pipe, reports : int
        Standard input and output; when the input closes, the child ends.
    """

    def __init__(self, settings: dict[str, Any], pipe: int, reports: int) -> None:
        super().__init__(pipe, reports)
        self._settings = settings
        self._in: Any = None
        self._port: SystemPort | None = None
        self._poll_s = 0.0

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take nothing: there is nothing to say to an input."""

    def next_s(self, now_s: float) -> float | None:
        """Return when to look again."""
        return self._poll_s if self._port is not None else None

    def act(self, now_s: float) -> None:
        """Report what has come in."""
        self._poll_s = now_s + POLL_S
        while (received := self._in.get_message()) is not None:
            self.report(**{"in": bytes(received[0]).hex()})

    def look_after(self) -> bool:
        """Open the input when it is there; end when it has gone."""
        if self._port is None:
            self.open()
        elif not self._port.alive():
            self.report(state="lost")
            return False
        return True

    def open(self) -> None:
        """Try to open the input, and report."""
        try:
            if self._in is None:
                self._in = open_midi("MidiIn", self._settings["api"], CLIENT)
            port = SystemPort.open(self._in, self._settings["port"], self._settings["virtual"], PORT)
        except OSError as error:
            self.report(state="refused", why=str(error))
            return
        if port is None:
            self.report(state="waiting", ports=[bare_name(port) for port in self._in.get_ports()])
            return
        self._port = port
        self.report(state="ready", port=self._settings["port"])


if __name__ == "__main__":
    serve(MidiInChild, priority=0)
