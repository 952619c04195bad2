"""MIDI controllers for live controls, with MIDI learn."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping

from bridge.control.controls import LiveControl
from bridge.midi.in_child import PROGRAM
from bridge.realtime.child import Report
from bridge.realtime.port import PortChild
from bridge.rig.control import ControlSettings
from synth.errors import InputError, nearest, shown
from synth.files import write_whole

LEARNING_S = 10.0
"""A control that waits to be learned forgets about it after this long."""

Source = tuple[int | None, int]
"""Channel 0..15 or any, and controller number."""


class MidiControl:
    """Turns controls by MIDI controllers.

    Parameters
    ----------
    settings : ControlSettings
        ``midi``, ``cc`` and ``learned`` are read.
    controls : mapping of str to LiveControl
        By address.

    Attributes
    ----------
    ignored : int
        Messages that turned nothing.

    Raises
    ------
    InputError
        A controller is mapped to a control that is not there, or the file of what was learned cannot be read. An input
        that is not there is waited for.
    """

    def __init__(self, settings: ControlSettings, controls: Mapping[str, LiveControl]) -> None:
        self.ignored = 0
        self._controls = controls
        self._learning: tuple[str, float] | None = None
        self._where = f"{settings.where}: midi is {shown(settings.midi)}"
        self._path = settings.learned_file
        self._rigs = checked_bindings(settings, controls)
        self._learned = learned_bindings(settings)
        self._child = self._listening(settings) if settings.midi else None

    @property
    def bindings(self) -> dict[Source, str]:
        """What turns what: as the rig says, and over that what was learned."""
        return self._rigs | self._learned

    @property
    def state(self) -> str:
        """``ready``, or why not: ``waiting``, ``refused``, ``lost``, ``gone``; ``closed`` where none is asked for."""
        return "closed" if self._child is None else self._child.state

    @property
    def away(self) -> str:
        """A sentence where the input is asked for and not there; else nothing."""
        return "" if self._child is None else self._child.away(self._where, "MIDI inputs")

    def learn(self, address: str) -> bool:
        """Let the next controller that moves turn this control."""
        if address not in self._controls or self._controls[address].kind == "state":
            return False
        self._learning = (address, time.monotonic() + LEARNING_S)
        return True

    def unlearn(self, address: str) -> bool:
        """Let nothing turn this control any more; what the rig itself says of it holds again at the next start."""
        before = self.bindings
        self._rigs, self._learned = (
            {source: bound for source, bound in bindings.items() if bound != address}
            for bindings in (self._rigs, self._learned)
        )
        self._write()
        return self.bindings != before

    def take(self, message: bytes) -> bool:
        """Handle one MIDI message, whatever its bytes; False when it turned nothing."""
        if len(message) != 3 or message[0] & 0xF0 != 0xB0 or max(message[1:]) > 127:
            self.ignored += 1
            return False
        channel, number, value = message[0] & 0x0F, message[1], message[2]
        self._bind(channel, number)
        bindings = self.bindings
        address = bindings.get((channel, number)) or bindings.get((None, number))
        control = self._controls.get(address or "")
        if control is None or not control.take_unit(value / 127):
            self.ignored += 1
            return False
        return True

    def close(self) -> None:
        """Let go of the input."""
        if self._child is not None:
            self._child.close()

    def _bind(self, channel: int, number: int) -> None:
        if self._learning is None:
            return
        (address, until_s), self._learning = self._learning, None
        if time.monotonic() <= until_s:
            self._learned[(channel, number)] = address
            self._write()

    def _listening(self, settings: ControlSettings) -> PortChild:
        words = {"port": settings.midi, "virtual": settings.midi == "ghostnote", "api": None}
        child = PortChild(PROGRAM, words, self._take_report)
        child.settle()
        return child

    def _take_report(self, report: Report) -> None:
        if "in" in report:
            self.take(bytes.fromhex(report["in"]))

    def _write(self) -> None:
        if self._path is None:
            return
        entries = [
            {"channel": channel + 1, "number": number, "control": address}
            for (channel, number), address in self._learned.items()
            if channel is not None
        ]
        # A full disk must not end a performance: what was learned holds until its end.
        with contextlib.suppress(InputError):
            write_whole(self._path, json.dumps(entries, indent=1) + "\n")


def learned_bindings(settings: ControlSettings) -> dict[Source, str]:
    """Return what was learned before; `InputError` names a file that holds something else."""
    path = settings.learned_file
    if path is None or not path.exists():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {(entry["channel"] - 1, entry["number"]): str(entry["control"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: is not what `[control] learned` writes; move it away") from None


def checked_bindings(settings: ControlSettings, controls: Mapping[str, LiveControl]) -> dict[Source, str]:
    """Return what a rig's controllers turn.

    Raises
    ------
    InputError
        A control is not there (the nearest that is gets named) or is only read, or a controller has two controls.
    """
    bindings: dict[Source, str] = {}
    for index, entry in enumerate(settings.cc):
        where = f"{settings.where}.cc[{index + 1}]"
        if entry.control not in controls:
            meant = nearest(entry.control, controls) or "docs/protocol.md lists them"
            raise InputError(f"{where}: {shown(entry.control)} is no live control of this rig; {meant}")
        if controls[entry.control].kind == "state":
            raise InputError(f"{where}: {shown(entry.control)} is only read; nothing can turn it")
        source = (None if entry.channel is None else entry.channel - 1, entry.number)
        if source in bindings:
            channel = "any channel" if entry.channel is None else f"channel {entry.channel}"
            raise InputError(
                f"{where}: controller {entry.number} on {channel} turns {shown(bindings[source])} already; "
                "a controller turns one control"
            )
        bindings[source] = entry.control
    return bindings
