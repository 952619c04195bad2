"""What takes OSC packets to their receivers: at once, at their moment through a child process, or onto a tape."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod

from bridge.events import Counters, Transcript
from bridge.osc.child import PROGRAM
from bridge.osc.net import MESSAGES, check_host, open_net, slip
from bridge.osc.reader import parse_packet
from bridge.realtime.child import Child, Report
from bridge.rig.targets import OscTargetSettings
from synth.errors import InputError, shown

OPENING_S = 5.0


class PacketCarrier(ABC):
    """Takes packets.

    Attributes
    ----------
    counters : Counters
        Of the target that uses it.
    """

    def __init__(self) -> None:
        self.counters = Counters()

    @property
    def epoch_s(self) -> float:
        """Unix time of second 0 of the target's clock, for time tags; a stream on tape begins with the epoch."""
        return 0.0

    @abstractmethod
    def send(self, packet: bytes, due_s: float, messages: int) -> None:
        """Let a packet with that many messages leave when it is due."""

    def forget(self) -> None:
        """Drop what waits."""
        return

    def close(self) -> None:
        """Let go."""
        return


class TapeCarrier(PacketCarrier):
    """Records packets in the stream's time."""

    def __init__(self, target: str, tape: Transcript) -> None:
        super().__init__()
        self._target = target
        self._tape = tape

    def send(self, packet: bytes, due_s: float, messages: int) -> None:
        """Record an entry a message; the packet's bytes are kept with the first."""
        self.counters.messages += messages
        for address, arguments in parse_packet(packet) or []:
            words = {"address": address, "args": arguments}
            self._tape.add(due_s, self._target, "osc", words, packet)
            packet = b""


class LiveCarrier(PacketCarrier):
    """Sends to the network; what is due later is held by a child process.

    Parameters
    ----------
    settings : OscTargetSettings
        Of the target.

    Raises
    ------
    InputError
        A host is unknown.
    """

    def __init__(self, settings: OscTargetSettings) -> None:
        super().__init__()
        self._settings = settings
        self._lost_by_children = 0
        receivers = [(settings.host, settings.port), *((one.host, one.port) for one in settings.receivers)]
        for index, receiver in enumerate(receivers):
            key = f"receivers[{index}].host" if index else "host"
            try:
                check_host(*receiver)
            except OSError as error:
                raise InputError(
                    f"{settings.where}: {key} is {shown(receiver[0])}, which is not found ({error})"
                ) from None
        self._child = self._punctual_child(receivers) if settings.waits else None
        self._net = open_net(settings.protocol, receivers) if self._child is None else None

    @property
    def epoch_s(self) -> float:
        """Unix time of second 0 of the machine's clock, as it stands: the time of day is corrected now and then."""
        return time.time() - time.monotonic()

    def send(self, packet: bytes, due_s: float, messages: int) -> None:
        """Send now, or hand over until it is due."""
        framed = packet if self._settings.protocol == "udp" else slip(packet)
        if self._net is not None:
            lost = self._net.send(framed)
        else:
            lost = not self._hand_over(MESSAGES.pack(messages) + framed, due_s)
        self.counters.lost += lost * messages
        self.counters.messages += messages

    def forget(self) -> None:
        """Drop what the child holds."""
        self._hand_over(b"", 0.0)

    def close(self) -> None:
        """Close the sockets and the child."""
        if self._child is not None:
            self._child.close()
        if self._net is not None:
            self._net.close()

    def _hand_over(self, packet: bytes, due_s: float) -> bool:
        return self._child is not None and self._child.send(packet, due_s)

    def _punctual_child(self, receivers: list[tuple[str, int]]) -> Child:
        ready = threading.Event()

        def take(report: Report) -> None:
            if report.get("state") == "ready":
                ready.set()
                self._lost_by_children = 0
            if "lost" in report:
                self.counters.lost += report["lost"] - self._lost_by_children
                self._lost_by_children = report["lost"]

        child = Child(PROGRAM, {"protocol": self._settings.protocol, "receivers": receivers}, take)
        if not ready.wait(OPENING_S):
            child.close()
            raise InputError(f"{self._settings.where}: its sending process does not start")
        return child
