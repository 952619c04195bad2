"""Remote control: live controls turned by OSC and MIDI, the live state sent out, all of it described by OSCQuery.

It listens on the loopback interface unless a rig says otherwise, survives any bytes and counts what it could not use.
Each change is sent to every other remote. The one that sent it is told only if the value that holds now is another one.
"""

from __future__ import annotations

import contextlib
import hmac
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from bridge.control.controls import ROOT, LiveControl, live_controls, readings
from bridge.control.loading import Loader
from bridge.control.midi import MidiControl
from bridge.control.subscribers import Send, Subscriber, Subscribers, ip_of, is_here
from bridge.control.surface import Surface
from bridge.osc.messages import bundle, message_bytes
from bridge.osc.net import Address, UdpLink
from bridge.osc.patterns import AddressTree, is_pattern
from bridge.osc.server import OscServer
from bridge.realtime.priority import REMOTE_PRIORITY, ask_real_time
from bridge.rig.control import MOST_SUBSCRIBERS, ControlSettings
from bridge.rig.rig import Drum
from synth.errors import InputError, shown

if TYPE_CHECKING:
    from bridge.control.oscquery import QueryServer

NOBODY: Address = ("0.0.0.0", 0)  # noqa: S104 - an address that no message comes from
LARGEST_STATE = 1400
"""Bytes of a state packet: what a network carries whole; a fragment that is lost would cost all."""

URGENT = (f"{ROOT}/panic", f"{ROOT}/enabled")
"""What is obeyed before everything that waits."""


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
        The address cannot be listened on or announced, or a controller is mapped to a control that is not there. A
        receiver or a MIDI input that is not there is waited for.
    """

    def __init__(self, settings: ControlSettings, surface: Surface, drums: tuple[Drum, ...]) -> None:
        self.controls = live_controls(surface, drums)
        self._tree = AddressTree(self.controls)
        self._words: dict[str, Callable[[list[Any], Address], bool]] = {
            f"{ROOT}/learn": lambda arguments, _: bool(arguments) and self.midi.learn(str(arguments[0])),
            f"{ROOT}/unlearn": lambda arguments, _: bool(arguments) and self.midi.unlearn(str(arguments[0])),
            f"{ROOT}/subscribe": self._subscribe,
            f"{ROOT}/key": self._answer_key,
            f"{ROOT}/unsubscribe": self._unsubscribe,
        }
        self._surface = surface
        self._settings = settings
        self._subscribers = Subscribers(MOST_SUBSCRIBERS)
        self._subscribers_lock = threading.Lock()
        self._links: list[UdpLink] = []
        self._closed = threading.Event()
        self._parts = ExitStack()
        self._loader = Loader()
        self._parts.callback(self._loader.close)
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
        away = [link for link in self._links if link.trouble]
        receivers = tuple(f"{where} {shown(link.address[0])}, which {link.trouble}" for link in away)
        return (self.midi.away, *receivers) if self.midi.away else receivers

    @property
    def ignored(self) -> int:
        """Datagrams and messages that meant nothing, or were more than could be handled."""
        return self.osc.malformed + self.osc.unknown + self.osc.overrun + self.midi.ignored

    @property
    def findings(self) -> tuple[str, ...]:
        """A sentence for what was asked for and did not succeed."""
        return (self.midi.unwritten,) if self.midi.unwritten else ()

    def take(self, address: str, arguments: list[Any], sender: Address = NOBODY) -> bool:
        """Handle one OSC message from a host and port, and wait until it holds; False when it means nothing here."""
        return self._take(address, arguments, sender, self._turn)

    def receive(self, address: str, arguments: list[Any], sender: Address = NOBODY) -> bool:
        """Handle one OSC message, and wait for no file: what reads or writes one is done on another thread."""
        return self._take(address, arguments, sender, self._hand_over)

    def publish(self) -> int:
        """Send each subscriber what it does not know; return how many values that was."""
        count = 0
        with self._subscribers_lock:
            for one in self._subscribers.ended():
                one.send(message_bytes(f"{ROOT}/unsubscribed", []))
            values = readings(self._surface, self.controls) if len(self._subscribers) else {}
            for one in self._subscribers:
                fresh = {
                    address: value
                    for address, value in values.items()
                    if one.wants(address) and one.known.get(address) != value
                }
                packets = _packets(one, [message_bytes(address, [value]) for address, value in fresh.items()])
                if all(one.send(packet) for packet in packets):  # who is not there is told once it is
                    one.known |= fresh
                    count += len(fresh)
        return count

    def connect(self, name: Address, send: Send) -> Subscriber:
        """Return a subscriber that is told of what it `listens` to until it is let go; any thread may call."""
        subscriber = Subscriber(address=name, source=name, send=send, lasts=True, listens=set())
        with self._subscribers_lock:
            self._subscribers.connect(subscriber)
        return subscriber

    def listen(self, subscriber: Subscriber, address: str, listens: bool) -> bool:
        """Let a connected subscriber be told of an address and all below it, or no more; False if there is none."""
        below = {one for one in self.controls if one == address or one.startswith(f"{address.rstrip('/')}/")}
        with self._subscribers_lock:
            heard = subscriber.listens or set()
            subscriber.listens = heard | below if listens else heard - below
            for one in below:
                subscriber.known.pop(one, None)
        return bool(below)

    def disconnect(self, subscriber: Subscriber) -> None:
        """Let go of a connected subscriber."""
        with self._subscribers_lock:
            self._subscribers.drop(subscriber)

    def close(self) -> None:
        """Stop listening and telling."""
        self._closed.set()
        self._parts.close()

    def _open(self) -> None:
        """Open everything that the rig asks for."""
        settings = self._settings
        for receiver in settings.send_to:
            try:
                link = UdpLink((receiver.host, receiver.port))
            except OSError as error:
                found = f"send_to has host {shown(receiver.host)}, which is not found ({error})"
                raise InputError(f"{settings.where}: {found}") from None
            self._parts.callback(link.close)
            self._links.append(link)
            self._subscribers.add(Subscriber(address=link.address, send=link.send, lasts=True, link=link))
        self.midi = MidiControl(settings, self.controls, self._loader)
        self._parts.callback(self.midi.close)
        self.osc = OscServer(settings.host, settings.port, self.receive, settings.where, URGENT, self._means)
        self._parts.callback(self.osc.close)
        self.query: QueryServer | None = None
        if settings.query:
            # The web server brings much with it: only who asks for it pays.
            from bridge.control.oscquery import QueryServer

            self.query = QueryServer(settings, self._surface, self.controls, self)
            self._parts.callback(self.query.close)
            if settings.announce:
                from bridge.control.discovery import announced

                self._parts.enter_context(announced(settings, self.query.port, self.osc.port))

    def _means(self, address: str) -> bool:
        """Return whether an address may mean something here."""
        return address in self.controls or address in self._words or is_pattern(address)

    def _take(
        self,
        address: str,
        arguments: list[Any],
        sender: Address,
        turn: Callable[[LiveControl, list[Any], Address], bool],
    ) -> bool:
        word = self._words.get(address)
        if word is not None:
            return word(arguments, sender)
        addresses = self._tree.find(address) if is_pattern(address) else [address]
        controls = [self.controls[one] for one in addresses if one in self.controls]
        # Each is turned, whatever became of those before it.
        taken = [turn(control, arguments, sender) for control in controls]
        return any(taken)

    def _hand_over(self, control: LiveControl, arguments: list[Any], sender: Address) -> bool:
        if control.loads:
            self._loader.ask(control.address, partial(self.take, control.address, arguments, sender))
            return True
        return self._turn(control, arguments, sender)

    def _turn(self, control: LiveControl, arguments: list[Any], sender: Address) -> bool:
        if control.kind == "trigger":
            return control.take(arguments)
        # Nothing is published between a change and the note of who made it; a file is not waited for with the lock.
        taken = control.loads and control.take(arguments)
        with self._subscribers_lock:
            taken = taken or (not control.loads and control.take(arguments))
            self._note_sent(control, arguments, sender)
        return taken

    def _note_sent(self, control: LiveControl, sent: list[Any], sender: Address) -> None:
        """Remember what the sender knows now: the value that it sent, unless another one holds."""
        own = self._subscribers.who(sender)
        if own is None:
            return
        own.known.pop(control.address, None)
        if (value := control.read()) == (sent[0] if sent else None):
            own.known[control.address] = value

    def _subscribe(self, arguments: list[Any], sender: Address) -> bool:
        """Send the state to a port of the sender's host: all of it first, once it is certain that the host asks."""
        address = _listener(arguments, sender)
        if address is None:
            return False
        if is_here(sender):
            return self._begin(address, sender)
        return self.osc.send(message_bytes(f"{ROOT}/key", [address[1], self._subscribers.key_of(address)]), address)

    def _answer_key(self, arguments: list[Any], sender: Address) -> bool:
        """Begin or renew a subscription of another machine, which shows that it reads what is sent there."""
        address = _listener(arguments[:1], sender)
        if address is None or len(arguments) < 2 or not isinstance(arguments[1], str):
            return False
        if not hmac.compare_digest(arguments[1].encode(), self._subscribers.key_of(address).encode()):
            return False
        with self._subscribers_lock:
            known = self._subscribers.at(address)
            if known is not None:
                known.renew()
                return True
        return self._begin(address, sender)

    def _begin(self, address: Address, sender: Address) -> bool:
        send = partial(self.osc.send, receiver=address)
        with self._subscribers_lock:
            return self._subscribers.add(Subscriber(address=address, send=send, source=sender))

    def _unsubscribe(self, arguments: list[Any], sender: Address) -> bool:
        address = _listener(arguments, sender)
        with self._subscribers_lock:
            return address is not None and self._subscribers.remove(address)

    def _publish_on(self) -> None:
        ask_real_time(REMOTE_PRIORITY)
        while not self._closed.wait(1.0 / self._settings.rate_hz):
            # The state of a session that is closing may be gone; the next round, if any, tells.
            with contextlib.suppress(Exception):
                self.publish()


def _listener(arguments: list[Any], sender: Address) -> Address | None:
    """Return where a remote wants to be told: the port that it names, else that from which it asks."""
    port = arguments[0] if arguments else sender[1]
    if ip_of(sender) is None:
        return None
    if isinstance(port, bool) or not isinstance(port, (int, float)) or not 1 <= port <= 65_535:
        return None
    return sender[0], int(port)


def _packets(subscriber: Subscriber, messages: list[bytes]) -> Iterator[bytes]:
    """Yield what carries messages to a subscriber: bundles, or for who is connected each by itself."""
    if subscriber.listens is not None:
        yield from messages
        return
    for portion in portions(messages):
        yield bundle(portion)


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
