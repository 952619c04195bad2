"""What takes OSC packets to their receivers: at once, at their moment through a child process, or into a transcript."""

from __future__ import annotations

import time

from bridge.events import Counters, Transcript, TranscriptEntry
from bridge.osc.child import PROGRAM
from bridge.osc.net import Address, Net, resolved
from bridge.osc.reader import parse_packet
from bridge.realtime.child import Report
from bridge.realtime.port import PortChild
from bridge.rig.targets import OscTargetSettings
from synth.errors import InputError, shown


class TranscriptCarrier:
    """Writes packets down in the stream's time, which begins with the epoch."""

    epoch_s = 0.0

    def __init__(self, target: str, transcript: Transcript) -> None:
        self._target = target
        self._transcript = transcript

    def send(self, packet: bytes, due_s: float, messages: int) -> int:
        """Add an entry a message; the packet's bytes are kept with the first."""
        for address, arguments in parse_packet(packet) or []:
            self._transcript.append(
                TranscriptEntry(due_s, self._target, "osc", {"address": address, "args": arguments}, packet)
            )
            packet = b""
        return 0

    def forget(self) -> None:
        """Do nothing: nothing waits."""

    def close(self) -> None:
        """Do nothing: nothing is open."""


class _Live:
    """Sends in the machine's time."""

    @property
    def epoch_s(self) -> float:
        """Unix time of second 0 of the machine's clock, as it stands: the time of day is corrected now and then."""
        return time.time() - time.monotonic()


class DirectCarrier(_Live):
    """Sends each packet at once."""

    def __init__(self, settings: OscTargetSettings) -> None:
        self._net = Net(settings.protocol, _receivers(settings))

    def send(self, packet: bytes, due_s: float, messages: int) -> int:
        """Send now."""
        return self._net.send(packet)

    def forget(self) -> None:
        """Do nothing: nothing waits."""

    def close(self) -> None:
        """Close the sockets."""
        self._net.close()


class HeldCarrier(_Live):
    """Lets a child process hold each packet until it is due."""

    def __init__(self, settings: OscTargetSettings, counters: Counters) -> None:
        self._counters = counters
        words = {"protocol": settings.protocol, "receivers": _receivers(settings)}
        self._child = PortChild(PROGRAM, words, self._take_report)
        self._child.require(f"{settings.where}: port is {settings.port}", "ports")

    def send(self, packet: bytes, due_s: float, messages: int) -> int:
        """Hand over until it is due."""
        return 0 if self._child.tell("hold", packet, messages, moment_s=due_s) else 1

    def forget(self) -> None:
        """Drop what the child holds."""
        self._child.tell("forget")

    def close(self) -> None:
        """Close the child."""
        self._child.close()

    def _take_report(self, report: Report) -> None:
        self._counters.lost += report.get("lost", 0)


PacketCarrier = TranscriptCarrier | DirectCarrier | HeldCarrier
"""Lets a packet with a number of messages leave when it is due, and returns how many receivers surely miss it."""


def osc_carrier(settings: OscTargetSettings, counters: Counters, transcript: Transcript | None) -> PacketCarrier:
    """Return what takes a target's packets to its receivers, or into a transcript.

    Raises
    ------
    InputError
        A host is unknown.
    """
    if transcript is not None:
        return TranscriptCarrier(settings.name, transcript)
    return HeldCarrier(settings, counters) if settings.waits else DirectCarrier(settings)


def _receivers(settings: OscTargetSettings) -> list[Address]:
    """Return where a target's packets go; `InputError` names the host that is not found."""
    receivers = [(settings.host, settings.port), *((one.host, one.port) for one in settings.receivers)]
    for index, receiver in enumerate(receivers):
        key = f"receivers[{index}].host" if index else "host"
        try:
            resolved(*receiver)
        except OSError as error:
            raise InputError(f"{settings.where}: {key} is {shown(receiver[0])}, which is not found ({error})") from None
    return receivers
