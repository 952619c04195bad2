"""Remote control: live controls turned by OSC and MIDI, the live state sent out, all of it described by OSCQuery.

It listens on the loopback interface unless a rig says otherwise, survives any bytes and counts what it could not use.
Each change is sent to every other remote. The one that sent it is told only if the value that holds now is another one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from bridge.control.controls import ROOT, LiveControl, live_controls, readings
from bridge.control.midi import MidiControl
from bridge.control.subscribers import Subscriber, Subscribers
from bridge.control.surface import Surface
from bridge.osc.messages import bundle, message_bytes
from bridge.osc.net import Address
from bridge.osc.server import OscServer
from bridge.rig.control import MOST_SUBSCRIBERS, ControlSettings
from bridge.rig.rig import Drum
from synth.errors import InputError, shown

if TYPE_CHECKING:
    from bridge.control.oscquery import QueryServer

NOBODY: Address = ("0.0.0.0", 0)  # noqa: S104 - an address that no message comes from
LARGEST_STATE = 1400
"""Bytes of a state packet: what a network carries whole; a fragment that is lost would cost all."""


class RemoteControl:
    """Everything that turns knobs from outside; `close` twice is harmless.

    Parameters
    ----------
    settings : ControlSettings
        ``[control]`` of the rig.
    surface : Surface
        What is controlled.
    drums : tuple of Drum
        The rig's.

    Raises
    ------
    InputError
        The address cannot be listened on, or a controller is mapped to a control that is not there. A receiver or a
        MIDI input that is not there is waited for.
    """

    def __init__(self, settings: ControlSettings, surface: Surface, drums: tuple[Drum, ...]) -> None:
        self.controls = live_controls(surface, drums)
        self._surface = surface
        self._settings = settings
        self._subscribers = Subscribers(MOST_SUBSCRIBERS)
        self._subscribers_lock = threading.Lock()
        self._closed = threading.Event()
        self._parts = ExitStack()
        self._parts.callback(self._subscribers.close)
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._publish_on, name="state out", daemon=True).start()

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence for the MIDI input and for each receiver of the state that is not there."""
        where = f"{self._settings.where}: send_to has host"
        receivers = tuple(f"{where} {shown(one.address[0])}, which {one.net.trouble}" for one in self._named_away())
        return (self.midi.away, *receivers) if self.midi.away else receivers

    @property
    def ignored(self) -> int:
        """Datagrams and messages that meant nothing."""
        return self.osc.malformed + self.osc.unknown + self.midi.ignored

    def take(self, address: str, arguments: list[Any], sender: Address = NOBODY) -> bool:
        """Handle one OSC message from a host and port; False when it means nothing here."""
        first = arguments[0] if arguments else None
        if address == f"{ROOT}/learn":
            return bool(arguments) and self.midi.learn(str(first))
        if address == f"{ROOT}/unlearn":
            return bool(arguments) and self.midi.unlearn(str(first))
        with self._subscribers_lock:
            if address == f"{ROOT}/subscribe":
                return self._subscribe(first, sender)
            control = self.controls.get(address)
            if control is None:
                return False
            taken = control.take(arguments)
            self._note_sent(control, first, sender)
        return taken

    def publish(self) -> int:
        """Send each subscriber what it does not know; return how many values that was."""
        count = 0
        with self._subscribers_lock:
            subscribers = list(self._subscribers)
            values = readings(self._surface, self.controls) if subscribers else {}
            for one in subscribers:
                fresh = {address: value for address, value in values.items() if one.known.get(address) != value}
                packets = map(bundle, portions(message_bytes(address, [value]) for address, value in fresh.items()))
                if all(one.net.send(packet) for packet in packets):  # who is not there is told once it is
                    one.known |= fresh
                    count += len(fresh)
        return count

    def close(self) -> None:
        """Stop listening and telling."""
        self._closed.set()
        self._parts.close()

    def _open(self) -> None:
        """Open everything that the rig asks for."""
        settings = self._settings
        for receiver in settings.send_to:
            try:
                self._subscribers.add(receiver.host, receiver.port)
            except OSError as error:
                found = f"send_to has host {shown(receiver.host)}, which is not found ({error})"
                raise InputError(f"{settings.where}: {found}") from None
        self.midi = MidiControl(settings, self.controls)
        self._parts.callback(self.midi.close)
        self.osc = OscServer(settings.host, settings.port, self.take, settings.where)
        self._parts.callback(self.osc.close)
        self.query: QueryServer | None = None
        if settings.query:
            # The standard library's web server brings much with it: only who asks for it pays.
            from bridge.control.oscquery import QueryServer

            self.query = QueryServer(settings, self._surface, self.controls, self.osc.port)
            self._parts.callback(self.query.close)

    def _named_away(self) -> list[Subscriber]:
        """Return whom the rig names and who gets nothing."""
        with self._subscribers_lock:
            return [one for one in self._subscribers if one.fixed and one.net.trouble]

    def _note_sent(self, control: LiveControl, sent: Any, sender: Address) -> None:
        """Remember what the sender knows now: the value that it sent, unless another one holds."""
        own = self._subscribers.who(sender)
        if own is None or control.kind == "trigger":
            return
        own.known.pop(control.address, None)
        if (value := control.get()) == sent:
            own.known[control.address] = value

    def _subscribe(self, port: Any, sender: Address) -> bool:
        """Send the state to a port of the sender's host from now on, all of it first."""
        if not isinstance(port, (int, float)) or not 1 <= port <= 65_535:
            return False
        try:
            return self._subscribers.add(sender[0], int(port), sender)
        except OSError:
            return False

    def _publish_on(self) -> None:
        while not self._closed.wait(1.0 / self._settings.rate_hz):
            # The state of a session that is closing may be gone; the next round, if any, tells.
            with contextlib.suppress(Exception):
                self.publish()


def portions(messages: Iterable[bytes], largest: int = LARGEST_STATE) -> Iterator[list[bytes]]:
    """Yield the messages in order, as many at a time as fit into a packet.

    >>> [len(portion) for portion in portions([bytes(600), bytes(600), bytes(600)])]
    [2, 1]
    """
    portion: list[bytes] = []
    for message in messages:
        if portion and sum(len(one) + 4 for one in (*portion, message)) + 16 > largest:
            yield portion
            portion = []
        portion.append(message)
    if portion:
        yield portion
