"""The child process of the freewheel engine: it starts server and synth, plays and records. Door: JACK-Client.

Run as ``python -m bridge.sampling.jack_client SPEC``. It reads one line of JSON for each job from its standard input
and answers with lines of JSON. Events and audio lie in two files of memory that the parent shares. When its standard
input closes, it ends the synth and the server and goes; when it is killed, the kernel ends both.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from bridge.sampling import jack_server
from bridge.sampling.jack_recorder import Recorder, Spec

CLIENT = "ghostnote"
LOOK_S = 0.02
PORTS_S = 30.0
"""How long a synth may take until its ports are there, on a crowded machine."""

SERVER_S = 10.0
CLOSE_S = 1.0
"""How long libjack has to close the client: it may hang where a synth was killed."""


class RoomError(Exception):
    """Server or synth did not come up, or one of them has gone."""


class Room:
    """Server, synth and client.

    Parameters
    ----------
    spec : Spec
    say : callable
        Takes what the parent is told.
    """

    def __init__(self, spec: Spec, say: Callable[[dict[str, Any]], None]) -> None:
        self._spec, self._say = spec, say
        self._environment = jack_server.environment_of(spec.server, Path(spec.folder))
        self._log: IO[bytes] = (Path(spec.folder) / "log").open("ab")
        self._server: subprocess.Popen[bytes] | None = None
        self._synth: subprocess.Popen[bytes] | None = None
        self._client: Any = None

    def open(self) -> Recorder:
        """Start all of it."""
        self._client = self._opened_client()
        if (self._client.samplerate, self._client.blocksize) != (self._spec.rate_hz, self._spec.period):
            raise RoomError("the JACK server has another sample rate or period than it was told")
        self._synth = jack_server.start_leashed(self._spec.command, self._log, self._environment)
        self._tell_processes()
        self._wait_for_ports(self._synth)
        recorder = Recorder(self._client, self._spec)
        recorder.connect()
        return recorder

    def freewheel(self, on: bool) -> None:
        """Let the server run as fast as it can, or in real time."""
        self._client.set_freewheel(on)

    def close(self) -> None:
        """End all of it, in an order in which none waits for another."""
        if self._client is not None and self._server is not None and self._server.poll() is None:
            closing = threading.Thread(target=self._close_client, daemon=True)
            closing.start()
            closing.join(CLOSE_S)
        if self._synth is not None:
            self._synth.kill()
            self._synth.wait()
        if self._server is not None and not jack_server.end(self._server):
            jack_server.sweep(self._spec.server)
        jack_server.forget_semaphores(self._spec.server)
        shutil.rmtree(self._spec.folder, ignore_errors=True)

    def _close_client(self) -> None:
        self._client.deactivate()
        self._client.close()

    def _opened_client(self) -> Any:
        """Start the server in the first mode that the system allows, and open a client."""
        for mode in jack_server.MODES:
            spec = self._spec
            self._server = jack_server.start_server(
                spec.server, mode, spec.rate_hz, spec.period, self._log, self._environment
            )
            self._tell_processes()
            if (client := self._client_of(self._server)) is not None:
                return client
            jack_server.end(self._server)
        raise RoomError("the JACK server did not start")

    def _client_of(self, server: subprocess.Popen[bytes]) -> Any:
        """Return a client as soon as the server takes one; None where it ends instead, or takes none."""
        import jack

        jack.set_error_function(lambda words: None)
        jack.set_info_function(lambda words: None)
        deadline = time.monotonic() + SERVER_S
        while server.poll() is None and time.monotonic() < deadline:
            try:
                return jack.Client(CLIENT, servername=self._spec.server, no_start_server=True)
            except jack.JackOpenError:
                time.sleep(LOOK_S)
        return None

    def _wait_for_ports(self, synth: subprocess.Popen[bytes]) -> None:
        wanted = {*self._spec.audio, self._spec.midi, *filter(None, [self._spec.osc])}
        deadline = time.monotonic() + PORTS_S
        while missing := wanted - {port.name for port in self._client.get_ports()}:
            if synth.poll() is not None:
                raise RoomError(f"{self._spec.command[0]} ended as it started")
            if time.monotonic() > deadline:
                raise RoomError(f"{self._spec.command[0]} has no JACK port {', '.join(sorted(missing))}")
            time.sleep(LOOK_S)

    def _tell_processes(self) -> None:
        """Tell the parent whom to watch."""
        pids = {"the JACK server": self._server, self._spec.command[0]: self._synth}
        self._say({"pids": {name: process.pid for name, process in pids.items() if process is not None}})


def main() -> None:
    """Serve until the parent closes the pipe."""
    spec = Spec(**json.loads(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # What libjack prints must not stand among the answers.
    os.dup2(2, 1)

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")

    room = Room(spec, say)
    try:
        recorder = room.open()
        gc.collect()
        gc.disable()
        say({"ready": True})
        _serve(spec, room, recorder, say)
    except RoomError as error:
        say({"failed": str(error)})
    except Exception as error:  # whatever it was, the parent is told and starts another child
        say({"failed": f"{type(error).__name__}: {error}"})
    finally:
        room.close()
        # libjack's threads may hang in the end of the interpreter.
        os._exit(0)


def _serve(spec: Spec, room: Room, recorder: Recorder, say: Callable[[dict[str, Any]], None]) -> None:
    """Do one job after the other."""
    while line := sys.stdin.buffer.readline():
        job = json.loads(line)
        events = json.loads(os.pread(spec.events, job["bytes"], 0))
        room.freewheel(True)
        # Not before: a cycle in real time does not wait for this client.
        if not _wait(recorder.freewheels):
            return
        recorder.begin(events, job["cycles"])
        if not _wait(recorder.done):
            return
        if not recorder.failure:
            room.freewheel(False)
        missing = recorder.missing()
        failure = recorder.failure or (f"the ports of {spec.command[0]} have gone" if missing else "")
        say({"failed": failure} if failure else {"done": job["cycles"]})


def _wait(event: threading.Event) -> bool:
    """Wait for an event; False where the parent has gone meanwhile: nothing else comes through the pipe."""
    while not event.wait(LOOK_S):
        if select.select([sys.stdin.buffer], [], [], 0)[0]:
            return False
    return True


if __name__ == "__main__":
    main()
