"""The process that plays a synth in real time and hears it.

It is a process of its own because neither PortAudio nor RtMidi can go on, or close, when a JACK server has died: then
it is killed, and another one takes its place (`bridge.sampling.live`). It is asked with `bridge.sampling.live_requests`
and answers each request once.
"""

from __future__ import annotations

import pickle
import sys

import numpy as np

from bridge.realtime.loop import PunctualLoop, serve
from bridge.realtime.priority import quiet_the_collector
from bridge.sampling.connection import Connection
from bridge.sampling.live_requests import Answer, Echo, Heard, Listen, Opened, Places, Refused, Request, Send, Stroke
from synth.errors import InputError, MissingError

SWITCH_S = 0.0005
"""The main thread may hold the interpreter's lock this long while the audio thread asks for it."""


class LiveLoop(PunctualLoop):
    """Answers requests, and says when something has gone."""

    def __init__(self, _settings: None, pipe: int, reports: int) -> None:
        super().__init__(pipe, reports)
        self._connection: Connection | None = None
        self._over = False

    def receive(self, moment_s: float, payload: bytes) -> None:
        """Answer a request."""
        request: Request = pickle.loads(payload)  # noqa: S301 - of our own parent
        try:
            answer = self._open(request) if isinstance(request, Places) else self._answer(request)
        except (InputError, OSError) as error:
            answer = Refused(str(error), not isinstance(error, InputError) or isinstance(error, MissingError))
        self._over = isinstance(answer, Refused)
        self.tell(pickle.dumps(answer))

    def look_after(self) -> bool:
        """End after a refusal: what is there then is found by a fresh process."""
        return not self._over

    def close(self) -> None:
        """Let go."""
        if self._connection is not None:
            self._connection.close()

    def _open(self, places: Places) -> Answer:
        self._connection = connection = Connection(places)
        quiet_the_collector()
        return Opened(connection.sample_rate, connection.input)

    def _answer(self, request: Send | Listen | Echo | Stroke) -> Answer:
        connection = self._connection
        if connection is None or (words := connection.gone()):
            raise OSError(words if connection else "nothing is open")
        if isinstance(request, Listen):
            return connection.listen(request.seconds)
        if isinstance(request, Echo):
            return connection.echo(request.sound, request.seconds)
        if isinstance(request, Stroke):
            return connection.strike(request)
        connection.send(request.packets)
        return Heard(np.zeros(0, np.float32), False)


def main() -> None:
    """Serve until the pipe closes."""
    sys.setswitchinterval(SWITCH_S)
    serve(LiveLoop)


if __name__ == "__main__":
    main()
