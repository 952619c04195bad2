"""The parent's side of a plugin's process: one question, one answer, each with a time by which it must come."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from bridge.sampling.engine import EngineError
from synth.errors import InputError, how_to_install, said

CHILD = "bridge.sampling.plugin_child"
LOAD_S = 60.0
"""A plugin with a large library may take so long to load."""

_GOODBYE_S = 2.0


class PluginParameter(NamedTuple):
    """A parameter of a plugin; its values are 0 to 1.

    Parameters
    ----------
    place : int
        Its number in the plugin.
    name : str
    default : float
    steps : int
        How many values it has; 0: any.
    label : str
        Unit of what the plugin shows.
    """

    place: int
    name: str
    default: float
    steps: int
    label: str


class PluginProcess:
    """A plugin that has been loaded.

    Parameters
    ----------
    plugin : str
        Its file.
    sample_rate : int
        Hz.

    Attributes
    ----------
    parameters : tuple of PluginParameter

    Raises
    ------
    InputError
        dawdreamer is not installed, there is no such file, it is no plugin, or it crashes or hangs as it is loaded.
    """

    def __init__(self, plugin: str, sample_rate: int) -> None:
        # Looked for, not imported: it is under the GPL, and its crash would be ours.
        if find_spec("dawdreamer") is None:
            needs = "a plugin needs dawdreamer, which is not installed"
            raise InputError(f"{needs}; install it with: {how_to_install('plugins')}")
        if not plugin or not Path(plugin).exists():
            raise InputError(
                f"--plugin: there is no file {plugin}" if plugin else "give the plugin's file: --plugin FILE"
            )
        self.plugin = plugin
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = _started(theirs, {"plugin": str(Path(plugin).resolve()), "sample_rate": sample_rate})
        self._pipe = Connection(ours.detach())
        try:
            told = json.loads(self._answer(LOAD_S))
        except EngineError as error:
            self.close()
            raise InputError(f"{error}, as it was loaded") from None
        if isinstance(told, dict):
            self.close()
            raise InputError(f"{plugin}: is no plugin that dawdreamer can load ({said(told['refused'])})")
        self.parameters = tuple(PluginParameter(**row) for row in told)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def ask(self, question: dict[str, Any], patience_s: float) -> bytes:
        """Return the answer to a question.

        Raises
        ------
        EngineError
            The plugin has crashed, or does not answer in time; its process has been ended.
        """
        try:
            self._pipe.send_bytes(json.dumps(question).encode())
        except OSError:
            raise self._lost() from None
        return self._answer(patience_s)

    def _answer(self, patience_s: float) -> bytes:
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        # It may hang in the midst of an answer too, where no time limit of the pipe helps.
        timer = threading.Timer(patience_s, end)
        timer.daemon = True
        timer.start()
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise self._lost(f"has not answered for {patience_s:g} s" if late.is_set() else "") from None
        finally:
            timer.cancel()

    def _lost(self, why: str = "") -> EngineError:
        self.close()
        code = self._process.returncode
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return EngineError(f"{self.plugin}: the plugin {why or f'has crashed ({how})'}")

    def close(self) -> None:
        """End the process; twice is harmless."""
        self._pipe.close()
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _started(end: socket.socket, settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    # It imports what this process imports, from wherever that is, and nothing from the folder that is open.
    paths = [path for path in sys.path if path] or [str(Path.cwd())]
    code = f"import runpy, sys; sys.path[:] = {paths!r}; runpy.run_module(sys.argv.pop(1), run_name='__main__')"
    try:
        return subprocess.Popen(  # noqa: S603 - fixed arguments
            [sys.executable, "-P", "-c", code, CHILD, json.dumps(settings)],
            stdin=end.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"the system starts no process for a plugin ({error.strerror})") from None


def list_parameters(plugin: str, sample_rate: int = 48_000) -> tuple[PluginParameter, ...]:
    """Return the parameters of a plugin's file; `InputError` as of `PluginProcess`."""
    process = PluginProcess(plugin, sample_rate)
    process.close()
    return process.parameters
