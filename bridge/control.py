"""Remote control: live controls turned by OSC and MIDI, the live state sent out, all of it described by OSCQuery.

It listens on the loopback interface unless a rig says otherwise, survives any bytes and counts what it could not use.
What a remote has just set is not sent back to anyone: a fader must not fight its own echo.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from bridge.control_settings import ControlSettings
from bridge.live_controls import ROOT, LiveControl, Value, live_controls
from bridge.midi_control import MidiControl
from bridge.rig import Drum
from bridge.stage import Stage
from bridge.wire.net import UdpNet
from bridge.wire.osc import bundle, message_bytes
from bridge.wire.osc_server import OscServer
from synth.errors import InputError, shown

if TYPE_CHECKING:
    from bridge.oscquery import QueryServer

MOST_SUBSCRIBERS = 8
LARGEST_STATE = 1400
"""Bytes of a state packet: what a network carries whole; a fragment that is lost would cost all."""


class RemoteControl:
    """Everything that turns knobs from outside. A context manager; `close` twice is harmless.

    Parameters
    ----------
    settings : ControlSettings
        ``[control]`` of the rig.
    stage : Stage
        What is controlled.
    drums : tuple of Drum
        The rig's.

    Raises
    ------
    InputError
        The address cannot be listened on, or a controller is mapped to a control that is not there.
    """

    def __init__(self, settings: ControlSettings, stage: Stage, drums: tuple[Drum, ...]) -> None:
        self.controls = live_controls(stage, drums)
        self.set_count = 0
        self._settings = settings
        self._published: dict[str, Value] = {}
        self._subscribers: dict[tuple[str, int], UdpNet] = {}
        self._closed = threading.Event()
        for receiver in settings.send_to:
            self._subscribe(receiver.host, receiver.port)
        self.midi = MidiControl(settings, self.controls, self._note_set)
        self.query: QueryServer | None = None
        try:
            self.osc = OscServer(settings.host, settings.port, self.take, settings.where)
            if settings.query:
                # The standard library's web server brings much with it: only who asks for it pays.
                from bridge.oscquery import QueryServer

                self.query = QueryServer(settings.host, settings.port, self.controls, self.osc.port, settings.where)
        except BaseException:
            self.close()
            raise
        self._thread = threading.Thread(target=self._publish_on, name="state out", daemon=True)
        self._thread.start()

    @property
    def ignored(self) -> int:
        """Datagrams and messages that meant nothing."""
        return self.osc.received.malformed + self.osc.received.unknown + self.midi.ignored

    def take(self, address: str, arguments: list[Any], host: str = "") -> bool:
        """Handle one OSC message; False when it means nothing here."""
        if address == f"{ROOT}/learn":
            return bool(arguments) and self.midi.learn(str(arguments[0]))
        if address == f"{ROOT}/unlearn":
            return bool(arguments) and self.midi.unlearn(str(arguments[0]))
        if address == f"{ROOT}/subscribe":
            return bool(arguments) and self._subscribe(host, arguments[0])
        control = self.controls.get(address)
        if control is None or not control.take(arguments):
            return False
        self._note_set(control)
        return True

    def publish(self) -> int:
        """Send what has changed since the last time; return how many values that was."""
        if not self._subscribers:
            return 0
        changed: list[bytes] = []
        for control in list(self.controls.values()):
            if control.kind == "trigger":
                continue
            value = control.get()
            if self._published.get(control.address) != value:
                self._published[control.address] = value
                changed.append(message_bytes(control.address, [_for_osc(value)]))
        for messages in portions(changed):
            self._send(bundle(messages))
        return len(changed)

    def close(self) -> None:
        """Stop listening and telling."""
        if self._closed.is_set():
            return
        self._closed.set()
        for part in (getattr(self, "osc", None), self.query, self.midi):
            if part is not None:
                part.close()
        for net in self._subscribers.values():
            net.close()

    def __enter__(self) -> RemoteControl:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note_set(self, control: LiveControl) -> None:
        self.set_count += 1
        if control.kind != "trigger":
            self._published[control.address] = control.get()

    def _subscribe(self, host: str, port: Any) -> bool:
        """Send the state there from now on, all of it first."""
        if not isinstance(port, (int, float)) or not 1 <= port <= 65_535 or len(self._subscribers) >= MOST_SUBSCRIBERS:
            return False
        try:
            self._subscribers.setdefault((host, int(port)), UdpNet([(host, int(port))]))
        except OSError as error:
            if not self._published:
                raise InputError(
                    f"{self._settings.where}: send_to has host {shown(host)}, which is not found ({error})"
                ) from None
            return False
        self._published.clear()
        return True

    def _send(self, packet: bytes) -> None:
        for net in list(self._subscribers.values()):
            net.send(packet)

    def _publish_on(self) -> None:
        while not self._closed.wait(1.0 / self._settings.rate_hz):
            # The state of a stage that is closing may be gone; the next round, if any, tells.
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


def _for_osc(value: Value) -> str | int | float:
    return int(value) if isinstance(value, bool) else value
