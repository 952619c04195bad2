"""The system's MIDI ports, for the child processes that own them. Door: python-rtmidi.

A port of a device is found by its name or a part of it (`ranked_ports`); the numbers that change when the device is
plugged in again are not needed, and tell two devices of one name apart. A virtual port is made, and others find it.
"""

from __future__ import annotations

import contextlib
import os
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
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


def told_apart(ports: Sequence[str]) -> list[str]:
    """Return port names of which no two are equal: where a system gives two ports one name, the later are numbered.

    >>> told_apart(["nanoPAD2", "TR-08", "nanoPAD2"])
    ['nanoPAD2', 'TR-08', 'nanoPAD2 #2']
    """
    earlier = [list(ports[:place]).count(port) for place, port in enumerate(ports)]
    return [f"{port} #{count + 1}" if count else port for port, count in zip(ports, earlier, strict=True)]


def listed(ports: Sequence[str]) -> list[str]:
    """Return ports as a person is shown them: without numbers, but for those that only the numbers tell apart.

    >>> listed(["nanoPAD2:nanoPAD2 MIDI 1 28:0", "nanoPAD2:nanoPAD2 MIDI 1 36:0", "TR-08:TR-08 MIDI 1 24:0"])
    ['nanoPAD2:nanoPAD2 MIDI 1 28:0', 'nanoPAD2:nanoPAD2 MIDI 1 36:0', 'TR-08:TR-08 MIDI 1']
    """
    bare = [bare_name(port) for port in ports]
    return [name if bare.count(name) == 1 else port for name, port in zip(bare, ports, strict=True)]


def ranked_ports(ports: Sequence[str], wanted: str) -> list[str]:
    """Return the ports that a person means by ``wanted``, best first and else in the system's order.

    A whole name comes before a part of one: first the full name with its numbers, then the name without numbers, then
    the name of the client, which stands before the colon, or of its port. Only where none of these fits do ports count
    that have ``wanted`` somewhere in their names, whatever the case. A name with numbers is that port and no other.

    Parameters
    ----------
    ports : sequence of str
        As `told_apart` gives them.
    wanted : str
        What the rig says.

    Returns
    -------
    list of str
        Those that fit equally well; more than one where the name does not decide. Empty: none fits.
    """
    return next((found for found in _fits(ports, wanted) if found), [])


def _fits(ports: Sequence[str], wanted: str) -> Iterator[list[str]]:
    """Yield the ports that fit, from the closest way of fitting to the loosest."""
    low = wanted.lower()
    yield [port for port in ports if port == wanted]
    yield [port for port in ports if port.lower() == low]
    yield [port for port in ports if bare_name(port) == wanted]
    yield [port for port in ports if bare_name(port).lower() == low]
    yield [port for port in ports if low in bare_name(port).lower().split(":")]
    yield [port for port in ports if low in bare_name(port).lower()]
    yield [port for port in ports if low in port.lower()]


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


def compiled_apis() -> list[str]:
    """Return our names of the MIDI systems that RtMidi was built for, in the order in which they are tried."""
    import rtmidi

    compiled = rtmidi.get_compiled_api()
    return [name for name, number in APIS.items() if getattr(rtmidi, number) in compiled]


def port_names(midi: Any) -> list[str]:
    """Return the names of the ports that RtMidi sees, no two of them equal."""
    return told_apart(midi.get_ports())


def visible_ports(kind: str, api: str | None = None) -> list[str]:
    """Return the names of the ports of others, ``MidiOut`` or ``MidiIn``; none where no MIDI system works."""
    with quiet_libraries():
        try:
            midi = open_midi(kind, api)
        except OSError:
            return []
        ports = port_names(midi)
        midi.delete()
        return ports


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what ALSA and JACK write about missing hardware off the terminal."""
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


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
    others : tuple of str
        Ports that the name it was asked for fits as well.
    """

    midi: Any
    name: str | None
    threads: int
    others: tuple[str, ...] = ()

    @classmethod
    def open(cls, midi: Any, wanted: str, virtual: bool, own_name: str) -> SystemPort | None:
        """Make a port, or connect one to the first of `ranked_ports`; None when none fits."""
        try:
            if virtual:
                midi.open_virtual_port(own_name)
                return cls(midi, None, thread_count())
            ports = port_names(midi)
            fits = ranked_ports(ports, wanted)
            if not fits:
                return None
            midi.open_port(ports.index(fits[0]), name=own_name)
        except Exception as error:  # RtMidi's errors share no base class; Windows has no ports of one's own
            raise OSError(str(error)) from None
        return cls(midi, fits[0], thread_count(), tuple(fits[1:]))

    def alive(self) -> bool:
        """Tell whether the port is still there.

        libjack says nothing to RtMidi when its server dies, and its list of ports stays as it was; its threads end.
        """
        if thread_count() < self.threads:
            return False
        return self.name is None or self.name in port_names(self.midi)


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
        self._threads = 0

    def open(self) -> None:
        """Try to open the port, and report."""
        try:
            self._port = self._opened()
        except OSError as error:
            self.report(state="refused", why=str(error))
            return
        if self._port is None:
            self.report(state="waiting", ports=listed(port_names(self._midi)))
        else:
            self.report(state="ready", **self._described())

    def look_after(self) -> bool:
        """Open the port when it is there; end when it has gone."""
        if self._port is None:
            # The server that was asked for ports has died: its client never sees those of the next one.
            if self._midi is not None and thread_count() < self._threads:
                return False
            self.open()
        elif not self._port.alive():
            self.report(state="lost")
            return False
        return True

    def close(self) -> None:
        """Close the client too, unless its server has died, in which RtMidi may hang.

        A synchronous JACK server waits for a client whose process ends without that, and stands still meanwhile.
        """
        if self._midi is not None and thread_count() >= self._threads and (self._port is None or self._port.alive()):
            self._midi.delete()

    @abstractmethod
    def _opened(self) -> Any:
        """Return the port, or None where there is none of that name; `OSError` where no MIDI system works."""

    def _described(self) -> dict[str, Any]:
        """Return what the parent should know of an open port: its name, empty for one of our own, and its rivals."""
        return {"port": getattr(self._port, "name", None) or "", "others": getattr(self._port, "others", ())}

    def _system_port(self, kind: str, client: str, own_name: str) -> SystemPort | None:
        if self._midi is None:
            self._midi = open_midi(kind, self._settings["api"], client)
            self._threads = thread_count()
        return SystemPort.open(self._midi, self._settings["port"], self._settings["virtual"], own_name)


def thread_count() -> int:
    """Return how many threads this process has, or 0 where the system does not say."""
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
