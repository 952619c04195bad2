"""The system's MIDI ports, for the child processes that own them. Door: python-rtmidi.

A port of a device is found by its name, without the numbers that change when the device is plugged in again. A virtual
port is made, and others find it.
"""

from __future__ import annotations

import contextlib
import os
import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from bridge.realtime.loop import PunctualLoop

CLIENT = "ghostnote"

APIS = {"alsa": "API_LINUX_ALSA", "jack": "API_UNIX_JACK", "core": "API_MACOSX_CORE", "winmm": "API_WINDOWS_MM"}
"""In the order in which they are tried."""


def bare_name(port: str) -> str:
    """Return a port's name without its numbers.

    >>> bare_name("TR-08:TR-08 MIDI 1 24:0")
    'TR-08:TR-08 MIDI 1'
    """
    return re.sub(r" \d+:\d+$", "", port)


def compiled_apis() -> tuple[str, ...]:
    """Return our names of the MIDI systems that RtMidi was built for, of which a machine may run any or none."""
    import rtmidi

    compiled = rtmidi.get_compiled_api()
    return tuple(name for name, number in APIS.items() if getattr(rtmidi, number) in compiled)


def open_midi(kind: str, api: str | None, client: str = CLIENT) -> Any:
    """Return RtMidi's ``MidiOut`` or ``MidiIn`` of the named API, or of the first that works here.

    Raises
    ------
    OSError
        Says what was tried.
    """
    import rtmidi  # a child that writes to a file needs none

    wanted = [name for name in compiled_apis() if api in (None, name)]
    for name in wanted:
        threads = thread_count()
        with contextlib.suppress(Exception):  # RtMidi raises SystemError and types of its own
            midi = getattr(rtmidi, kind)(rtapi=getattr(rtmidi, APIS[name]), name=client)
            # Without a server libjack's client is made all the same, but has no threads.
            if name != "jack" or thread_count() > threads:
                return midi
    raise OSError(f"no MIDI system works here; tried {', '.join(wanted) or 'none'}")


def api_name(number: int) -> str:
    """Return our name of an API by RtMidi's number, as an open port gives it; empty for one that is not ours."""
    import rtmidi

    return next((name for name, api in APIS.items() if getattr(rtmidi, api) == number), "")


@dataclass(slots=True)
class SystemPort:
    """One open port.

    Parameters
    ----------
    midi : rtmidi.MidiOut or rtmidi.MidiIn
        Its handle.
    name : str or None
        What it is connected to; None for a port of our own.
    threads : int
        Of this process, while the port is well.
    """

    midi: Any
    name: str | None
    threads: int

    @classmethod
    def open(cls, midi: Any, wanted: str, virtual: bool, own_name: str) -> SystemPort | None:
        """Make a port, or connect one to the first that has ``wanted`` in its name; None when none has."""
        try:
            if virtual:
                midi.open_virtual_port(own_name)
                return cls(midi, None, thread_count())
            ports = midi.get_ports()
            index = next((i for i, port in enumerate(ports) if wanted.lower() in bare_name(port).lower()), None)
            if index is None:
                return None
            midi.open_port(index, name=own_name)
        except Exception as error:  # RtMidi's errors share no base class; Windows has no ports of one's own
            raise OSError(str(error)) from None
        return cls(midi, ports[index], thread_count())

    def alive(self) -> bool:
        """Tell whether the port is still there.

        libjack says nothing to RtMidi when its server dies, and its list of ports stays as it was; its threads end.
        """
        if thread_count() < self.threads:
            return False
        return self.name is None or self.name in self.midi.get_ports()


class PortLoop(PunctualLoop):
    """The loop of a child that owns one port.

    It opens the port when it is there, and ends when the port has gone, so that a fresh child finds a fresh one.

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
        self._midi: Any = None
        self._port: Any = None

    def open(self) -> None:
        """Try to open the port, and report."""
        try:
            self._port = self._opened()
        except OSError as error:
            self.report(state="refused", why=str(error))
            return
        if self._port is None:
            self.report(state="waiting", ports=[bare_name(port) for port in self._midi.get_ports()])
        else:
            self.report(state="ready", **self._described())

    def look_after(self) -> bool:
        """Open the port when it is there; end when it has gone."""
        if self._port is None:
            self.open()
        elif not self._port.alive():
            self.report(state="lost")
            return False
        return True

    def close(self) -> None:
        """Close the client too, unless its server has died, in which RtMidi may hang.

        A synchronous JACK server waits for a client whose process ends without that, and stands still meanwhile.
        """
        if self._midi is not None and (self._port is None or self._port.alive()):
            self._midi.delete()

    @abstractmethod
    def _opened(self) -> Any:
        """Return the port, or None where there is none of that name; `OSError` where no MIDI system works."""

    def _described(self) -> dict[str, Any]:
        """Return what the parent should know of an open port."""
        return {}

    def _system_port(self, kind: str, client: str, own_name: str) -> SystemPort | None:
        if self._midi is None:
            self._midi = open_midi(kind, self._settings["api"], client)
        return SystemPort.open(self._midi, self._settings["port"], self._settings["virtual"], own_name)


def thread_count() -> int:
    """Return how many threads this process has, or 0 where the system does not say."""
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
