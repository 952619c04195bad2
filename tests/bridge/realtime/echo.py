"""A child that tells its parent what it is told; its settings are how long it rests first."""

from __future__ import annotations

import os
import time

from bridge.realtime.loop import PunctualLoop, serve

PROGRAM = "tests.bridge.realtime.echo"
END = b"\0"
"""A frame on which it ends as a crash does: who has changed its user may not kill it."""


class Echo(PunctualLoop):
    """Reports every frame, and the folder that this package was found in."""

    idle_s = 0.01

    def __init__(self, rest_s: float, pipe: int, reports: int) -> None:
        super().__init__(pipe, reports)
        time.sleep(rest_s)

    def open(self) -> None:
        """Tell where this file is, after a library has printed something."""
        print("a library's words", flush=True)
        self.report(file=__file__)

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Report a frame's first byte and length, or end."""
        if payload == END:
            os._exit(1)
        self.report(first=payload[0], length=len(payload), moment_s=moment_s)

    def look_after(self) -> bool:
        """Go on."""
        return True


if __name__ == "__main__":
    serve(Echo, priority=0)
