"""The child process that holds OSC packets until they are due, for targets with a fixed delay.

It sends each frame at its moment. In the parent's process a packet would leave late whenever another thread holds the
interpreter.
"""

from __future__ import annotations

import heapq
import pickle
from typing import Any

from bridge.osc.net import Net
from bridge.realtime.loop import MOST_DELAYS, PunctualLoop, serve

PROGRAM = "bridge.osc.child"


class OscChild(PunctualLoop):
    """Sends each packet when it is due.

    Parameters
    ----------
    settings : dict
        protocol, receivers, late_s.
    pipe, reports : int
        Standard input and output.
    """

    def __init__(self, settings: dict[str, Any], pipe: int, reports: int) -> None:
        super().__init__(pipe, reports)
        self._net = Net(settings["protocol"], [(host, port) for host, port in settings["receivers"]])
        self._late_s = settings["late_s"]
        self._held: list[tuple[float, int, float, bytes, int, int | None, int]] = []
        self._delays_s: list[float] = []
        self._count = 0
        self._lost = self._late_notes = self._late_messages = 0

    def open(self) -> None:
        """Report that packets may come."""
        self.report(state="ready", troubles=self._net.troubles())

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Hold a stroke's onset and a parcel (`bridge.osc.carrier.Parcel`, flat), or forget those that are held."""
        word, *arguments = pickle.loads(payload)  # noqa: S301 - the parent alone writes to this pipe
        if word == "forget":
            self._held.clear()
        else:
            self._count += 1
            heapq.heappush(self._held, (moment_s, self._count, *arguments))

    def next_s(self, now_s: float) -> float | None:
        """Return when the next packet is due."""
        return self._held[0][0] if self._held else None

    def act(self, now_s: float) -> None:
        """Send the packet that is due, or what leaves in its place where it is too late."""
        due_s, _, onset_s, packet, messages, late_bytes, late_messages = heapq.heappop(self._held)
        if late_bytes is not None and now_s > due_s + self._late_s:
            self._late_notes += 1
            self._late_messages += messages - late_messages
            packet, messages = packet[:late_bytes], late_messages
        elif late_bytes is not None:
            self._delays_s.append(round(now_s - onset_s, 6))
        if packet:
            self._lost += self._net.send(packet) * messages

    def look_after(self) -> bool:
        """Report what was lost or too late since the last report, and which receivers get nothing."""
        self.report(
            lost=self._lost,
            late_notes=self._late_notes,
            late_messages=self._late_messages,
            delays_s=self._delays_s[-MOST_DELAYS:],
            troubles=self._net.troubles(),
        )
        self._lost = self._late_notes = self._late_messages = 0
        self._delays_s.clear()
        return True

    def close(self) -> None:
        """Let go of the sockets."""
        self._net.close()


if __name__ == "__main__":
    serve(OscChild)
