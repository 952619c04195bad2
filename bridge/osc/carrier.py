"""What takes OSC packets to their receivers: at once, at their moment through a child process, or into a transcript."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import NamedTuple

from bridge.events import Counters, Moment, Transcript, TranscriptEntry
from bridge.osc.child import PROGRAM
from bridge.osc.net import Net, require_name
from bridge.osc.reader import parse_packet
from bridge.realtime.child import Report
from bridge.realtime.port import PortChild
from bridge.rig.targets import OscTargetSettings
from synth.errors import InputError, shown


class Parcel(NamedTuple):
    """A packet, and what leaves in its place when it is too late.

    Parameters
    ----------
    packet : bytes
        One datagram.
    messages : int
        How many it holds.
    late_bytes : int or None
        How much of it leaves where it could only leave after its latest moment: the values, which stand before the
        trigger; 0 for nothing. None: the packet is never too late.
    late_messages : int
        How many that holds.
    """

    packet: bytes
    messages: int
    late_bytes: int | None = None
    late_messages: int = 0

    @property
    def late(self) -> Parcel:
        """What leaves instead."""
        return Parcel(self.packet[: self.late_bytes], self.late_messages)


class TranscriptCarrier:
    """Writes packets down in the stream's time, which begins with the epoch."""

    epoch_s = 0.0
    away: tuple[str, ...] = ()
    refusals = 0

    def __init__(self, target: str, transcript: Transcript) -> None:
        self._target = target
        self._transcript = transcript

    def send(self, parcel: Parcel, moment: Moment) -> None:
        """Add an entry a message; the packet's bytes are kept with the first."""
        packet = parcel.packet
        for address, arguments in parse_packet(packet) or []:
            self._transcript.append(
                TranscriptEntry(moment.due_s, self._target, "osc", {"address": address, "args": arguments}, packet)
            )
            packet = b""

    def forget(self) -> None:
        """Do nothing: nothing waits."""

    def close(self) -> None:
        """Do nothing: nothing is open."""


class _Live(ABC):
    """Sends in the machine's time.

    Raises
    ------
    InputError
        No host can have the name that a receiver's is given.
    """

    def __init__(self, settings: OscTargetSettings, counters: Counters) -> None:
        self._counters = counters
        self._receivers = [(settings.host, settings.port), *((one.host, one.port) for one in settings.receivers)]
        keys = ["host", *(f"receivers[{index}].host" for index in range(1, len(self._receivers)))]
        self._names = [
            f"{settings.where}: {key} is {shown(host)}" for key, (host, _) in zip(keys, self._receivers, strict=True)
        ]
        for name, (host, _) in zip(self._names, self._receivers, strict=True):
            try:
                require_name(host)
            except OSError as error:
                raise InputError(f"{name}, which is not found ({error})") from None

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence for each receiver that gets nothing at the moment."""
        troubles = zip(self._names, self._troubles(), strict=False)
        return tuple(f"{name}, which {trouble}" for name, trouble in troubles if trouble)

    @abstractmethod
    def _troubles(self) -> list[str]:
        """Return what is wrong with each receiver, in their order; empty texts for those that are well."""

    def _note_late(self, parcel: Parcel) -> None:
        self._counters.late_notes += 1
        self._counters.messages -= parcel.messages - parcel.late_messages

    @property
    def epoch_s(self) -> float:
        """Unix time of second 0 of the machine's clock, as it stands: the time of day is corrected now and then."""
        return time.time() - time.monotonic()


class DirectCarrier(_Live):
    """Sends each packet at once."""

    refusals = 0

    def __init__(self, settings: OscTargetSettings, counters: Counters) -> None:
        super().__init__(settings, counters)
        self._late_s = settings.late_ms / 1000
        self._net = Net(settings.protocol, self._receivers)

    def send(self, parcel: Parcel, moment: Moment) -> None:
        """Send now."""
        if parcel.late_bytes is not None and time.monotonic() > moment.due_s + self._late_s:
            self._note_late(parcel)
            parcel = parcel.late
        if parcel.packet:
            self._counters.lost += parcel.messages * self._net.send(parcel.packet)
        if parcel.late_bytes is not None:
            self._counters.note_delay(time.monotonic() - moment.onset_s)

    def forget(self) -> None:
        """Do nothing: nothing waits."""

    def close(self) -> None:
        """Close the sockets."""
        self._net.close()

    def _troubles(self) -> list[str]:
        return self._net.troubles()


class HeldCarrier(_Live):
    """Lets a child process hold each packet until it is due."""

    def __init__(self, settings: OscTargetSettings, counters: Counters) -> None:
        super().__init__(settings, counters)
        self._last_troubles: list[str] = []
        words = {"protocol": settings.protocol, "receivers": self._receivers, "late_s": settings.late_ms / 1000}
        self._child = PortChild(PROGRAM, words, self._take_report)
        self._child.settle()

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence for each receiver that gets nothing at the moment, or one for the process."""
        return super().away if self._child.state == "ready" else (self._child.away(self._names[0], "ports"),)

    @property
    def refusals(self) -> int:
        """Times the system started no process in the place of the child's."""
        return self._child.refusals

    def send(self, parcel: Parcel, moment: Moment) -> None:
        """Hand over until it is due."""
        held = (moment.onset_s, *parcel)
        if self._child.state != "ready" or not self._child.tell("hold", *held, moment_s=moment.due_s):
            self._counters.lost += parcel.messages * len(self._receivers)

    def forget(self) -> None:
        """Drop what the child holds."""
        self._child.tell("forget", keep=True)

    def close(self) -> None:
        """Close the child."""
        self._child.close()

    def _troubles(self) -> list[str]:
        return self._last_troubles

    def _take_report(self, report: Report) -> None:
        self._counters.lost += report.get("lost", 0)
        self._counters.late_notes += report.get("late_notes", 0)
        self._counters.messages -= report.get("late_messages", 0)
        for delay_s in report.get("delays_s", ()):
            self._counters.note_delay(delay_s)
        self._last_troubles = report.get("troubles", self._last_troubles)


PacketCarrier = TranscriptCarrier | DirectCarrier | HeldCarrier
"""Lets a parcel leave when it is due, and counts what surely does not arrive."""


def osc_carrier(settings: OscTargetSettings, counters: Counters, transcript: Transcript | None) -> PacketCarrier:
    """Return what takes a target's packets to its receivers, or into a transcript."""
    if transcript is not None:
        return TranscriptCarrier(settings.name, transcript)
    return HeldCarrier(settings, counters) if settings.waits else DirectCarrier(settings, counters)
