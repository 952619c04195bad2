"""The child process that listens to one MIDI input.

RtMidi calls back on a real-time thread of the audio server; Python has no business there, so a process of its own
polls, and reports each message, ``{"in": "b04a7f"}``.
"""

from __future__ import annotations

from bridge.midi.ports import PortLoop, SystemPort
from bridge.realtime.loop import serve

PROGRAM = "bridge.midi.in_child"
POLL_S = 0.003
CLIENT = "ghostnote-control"
PORT = "in"


class MidiInChild(PortLoop):
    """Reports what one input receives."""

    _poll_s = 0.0

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Take nothing: there is nothing to say to an input."""

    def next_s(self, now_s: float) -> float | None:
        """Return when to look again."""
        return self._poll_s if self._port is not None else None

    def act(self, now_s: float) -> None:
        """Report what has come in."""
        self._poll_s = now_s + POLL_S
        while (received := self._midi.get_message()) is not None:
            self.report(**{"in": bytes(received[0]).hex()})

    def _opened(self) -> SystemPort | None:
        return self._system_port("MidiIn", CLIENT, PORT)


if __name__ == "__main__":
    serve(MidiInChild, priority=0)
