"""The child process that holds OSC packets until they are due, for targets with a fixed delay.

``python -m bridge.osc.child SETTINGS`` reads frames from its standard input and sends each at its moment. In the
player's process a packet would leave late whenever the audio callback holds the interpreter.
"""

from __future__ import annotations

import heapq
import json
import os
import signal
import sys
from typing import Any

from bridge.osc.net import MESSAGES, Net, open_net
from bridge.realtime.loop import PunctualLoop, be_punctual, report


class OscChild(PunctualLoop):
    """Sends each packet when it is due.

    Parameters
    ----------
    net : Net
        Where packets leave.
    pipe : int
        Standard input.
    """

    def __init__(self, net: Net, pipe: int) -> None:
        super().__init__(pipe)
        self._net = net
        self._held: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._lost = 0

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Hold a packet with its `MESSAGES` before it; nothing means: forget those that are held."""
        if not payload:
            self._held.clear()
            return
        self._count += 1
        heapq.heappush(self._held, (moment_s, self._count, payload))

    def next_s(self, now_s: float) -> float | None:
        """Return when the next packet is due."""
        return self._held[0][0] if self._held else None

    def act(self, now_s: float) -> None:
        """Send the packet that is due."""
        counted = heapq.heappop(self._held)[2]
        (messages,) = MESSAGES.unpack_from(counted)
        self._lost += self._net.send(counted[MESSAGES.size :]) * messages

    def look_after(self) -> bool:
        """Report how many messages were lost."""
        report(lost=self._lost)
        return True


def main() -> None:
    """Serve until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    be_punctual()
    settings: dict[str, Any] = json.loads(sys.argv[1])
    net = open_net(settings["protocol"], [(host, port) for host, port in settings["receivers"]])
    report(state="ready")
    OscChild(net, sys.stdin.fileno()).run()
    net.close()
    os._exit(0)


if __name__ == "__main__":
    main()
