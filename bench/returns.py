"""How soon a player plays again when what was away comes: ``python -m bench.returns``.

The parts are a JACK server with the drum's microphone, a MIDI port at another JACK client, and receivers of OSC over
UDP and TCP. In each round all are absent when the player starts, come in one order, then go and come back one by one
in the same order. Timed is from the moment at which a part is there, and the drum's sound with it, to the first stroke
that arrives at it. Strokes come eight times a second.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import jack_rigs as rigs
from bench.deaths import take
from bench.jack_harness import OscReceiver, Play, Stage
from bench.jack_server import JackServer, free_name, missing_programs, wait_until
from bench.report import asked, head, heading, line, percentiles

PARTS = ("server", "port", "udp", "tcp")
TAKE_S = 600.0
GIVE_UP_S = 30.0
AWAY_S = 1.0
PROMISED_S = 2.0


class Return(NamedTuple):
    """How long a part waited for its first stroke.

    Parameters
    ----------
    part : str
        One of `PARTS`.
    when : str
        ``start`` or ``return``, its own or that of the server.
    order : tuple of str
        In which the parts came.
    seconds : float
        From when it could have played.
    """

    part: str
    when: str
    order: tuple[str, ...]
    seconds: float


class TcpReceiver:
    """A TCP port that takes one connection after another and notes when packets come."""

    def __init__(self, port: int) -> None:
        self.times_s: list[float] = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._open:
            with contextlib.suppress(TimeoutError), self._socket.accept()[0] as connection:
                connection.settimeout(0.05)
                self._read(connection)

    def _read(self, connection: socket.socket) -> None:
        while self._open:
            with contextlib.suppress(TimeoutError):
                received = connection.recv(1 << 16)
                if not received:
                    return
                self.times_s.append(time.monotonic())

    def close(self) -> None:
        """Stop listening; the connection ends."""
        self._open = False
        self._thread.join(1.0)
        self._socket.close()


class Scene:
    """The parts, there or not, and the player that is to find them."""

    def __init__(self, server: JackServer, folder: Path) -> None:
        self.server, self._folder = server, folder
        self._udp, self._tcp = free_ports()
        self._stage: Stage | None = None
        self._machine: Stage | None = None
        self._udp_receiver: OscReceiver | None = None
        self._tcp_receiver: TcpReceiver | None = None
        self.there_s: dict[str, float] = {}

    def rig(self) -> str:
        """Return a rig of every part."""
        tcp = rigs.osc(self._tcp, name='"tcp"', protocol='"tcp"')
        text = rigs.head(self.server.period) + rigs.osc(self._udp) + tcp
        text += rigs.midi(port='"machine:midi_1"', api='"jack"')
        plays = (rigs.play_osc(), rigs.play_osc(target='"tcp"'), rigs.play_midi())
        return text + rigs.drum(rigs.model(self._folder), *plays)

    def come(self, part: str) -> None:
        """Let a part be there, and note since when; the port needs a server, and comes again with it."""
        port = part == "port" or "port" in self.there_s
        if part == "server":
            self.server.start()
            self._stage = Stage(self.server, self._folder, take(TAKE_S), TAKE_S)
            self._stage.ask("go")
            self.there_s |= dict.fromkeys(self.there_s, time.monotonic())
        if self._stage is not None and port and self._machine is None:
            self._machine = Stage(self.server, self._folder, np.zeros((1, 1), np.float32), TAKE_S, name="machine")
            self._machine.ask("go")
        if part == "udp":
            self._udp_receiver = OscReceiver(self._udp)
        if part == "tcp":
            self._tcp_receiver = TcpReceiver(self._tcp)
        if part == "server" and port:
            self.there_s["port"] = time.monotonic()
        elif part != "server":
            self.there_s[part] = time.monotonic()

    def go(self, part: str) -> None:
        """Let a part go; with the server every client of it goes."""
        if part != "server":
            self.there_s.pop(part, None)
        if part == "server":
            self.server.kill()
        if part in ("server", "port") and self._machine is not None:
            self._machine.close()
            self._machine = None
        if part == "server" and self._stage is not None:
            self._stage.close()
            self._stage = None
        if part == "udp" and self._udp_receiver is not None:
            self._udp_receiver.close()
            self._udp_receiver = None
        if part == "tcp" and self._tcp_receiver is not None:
            self._tcp_receiver.close()
            self._tcp_receiver = None

    def first_s(self, part: str) -> float | None:
        """Return when the first stroke arrived at a part since it, and the drum, is there; None before it did."""
        if part == "port":
            # Noticed when it is looked for, 50 times a second.
            heard = self._machine is not None and self._machine.ask("at 0")["messages"]
            return time.monotonic() if heard else None
        times_s: list[float] = []
        if part == "udp" and self._udp_receiver is not None:
            times_s = [packet.time_s for packet in self._udp_receiver.strokes()]
        if part == "tcp" and self._tcp_receiver is not None:
            times_s = self._tcp_receiver.times_s
        return next((time_s for time_s in times_s if time_s >= self.there_s[part]), None)

    @property
    def sounds(self) -> bool:
        """Whether the drum is heard."""
        return self._stage is not None

    def close(self) -> None:
        """Let everything go."""
        for part in ("port", "udp", "tcp"):
            self.go(part)
        if self._stage is not None:
            self._stage.close()
        self.server.stop()


def free_ports() -> tuple[int, int]:
    """Return a UDP and a TCP port of loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as tcp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1], tcp.getsockname()[1]


def orders() -> list[tuple[str, ...]]:
    """Return every order in which the parts can come: a port of JACK comes after its server."""
    found = itertools.permutations(PARTS)
    return [order for order in found if order.index("server") < order.index("port")]


def returns(order: Sequence[str], folder: Path, named: Callable[[Play], None] = lambda play: None) -> Iterator[Return]:
    """Yield how long each part waited, as the parts come in an order, and as they go and come back in the same."""
    with free_name() as name:
        scene = Scene(JackServer(name, folder), folder)
        play = None
        try:
            play = Play(scene.server, folder, scene.rig(), until="waiting")
            named(play)
            for part in order:
                yield from _timed(scene, part, "start", tuple(order))
            for part in order:
                scene.go(part)
                time.sleep(AWAY_S)
                yield from _timed(scene, part, "return", tuple(order))
        finally:
            if play is not None:
                play.close()
            scene.close()


def _timed(scene: Scene, part: str, when: str, order: tuple[str, ...]) -> Iterator[Return]:
    """Let a part come; yield how long it waited, and with the server every part that waited for sound."""
    scene.come(part)
    for one in list(scene.there_s) if part == "server" else [part]:
        if scene.sounds:
            wait_until(lambda one=one: scene.first_s(one) is not None, GIVE_UP_S, f"a stroke at {one}")
            arrived_s = scene.first_s(one)
            assert arrived_s is not None
            yield Return(one, when if one == part else f"{when} of the server", order, arrived_s - scene.there_s[one])


def main(words: Sequence[str] | None = None) -> None:
    """Measure every order and print."""
    chosen = asked(__doc__, words, orders=(len(orders()), "orders to play, in a random sequence"), seed=(1, "of it"))
    if missing := missing_programs("jackd", "jack_lsp", "jack_connect"):
        raise SystemExit(f"needs {', '.join(missing)}")
    print(heading(chosen.seed))
    some = random.Random(chosen.seed).sample(orders(), chosen.orders)
    found: list[Return] = []
    head("order", "part", "when", "first stroke after, s")
    for order in some:
        with tempfile.TemporaryDirectory() as folder:
            for one in returns(order, Path(folder)):
                found.append(one)
                line(" ".join(order), one.part, one.when, f"{one.seconds:.2f}")
    print()
    head("part", "when", "n", "median, s", "worst, s", f"over {PROMISED_S:g} s")
    for key in dict.fromkeys((one.part, one.when) for one in found):
        seconds = [one.seconds for one in found if (one.part, one.when) == key]
        line(*key, len(seconds), *percentiles(seconds, (50, 100)), sum(value > PROMISED_S for value in seconds))


if __name__ == "__main__":
    main()
