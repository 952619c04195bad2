"""Measure a machine's whole path through a loop: strokes leave an output, come back at an input and are played.

The loop is a cable from output 1 to the drum's input; under JACK it is wired by software. What is heard runs through
the live chain of a rig in this process, and each stroke's values are sent to a socket of our own, so that every stage
shows: sound card, ear, window, message.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from bridge.audio import AudioStream
from bridge.chain import build_chain
from bridge.clock import StreamClock
from bridge.events import Onset, Strike
from bridge.jack import PORT_IS_INPUT, PORT_IS_OUTPUT, jack_ports, jack_rewire
from bridge.player import audio_settings, quiet_the_collector, warm_up
from bridge.rig import Rig
from bridge.routes import OscPlaySettings, OscTargetSettings
from bridge.sender import Dispatcher, Sender, close_targets, open_targets, routes_of
from synth.errors import InputError

STROKE_S = 0.03
APART_S = 0.25
"""Long enough for every detector to re-arm."""

LEAD_S = 1.0
LARGEST_BLOCK = 8192
LONGEST_LOOP_S = 0.2

Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the path: what it is, and its delay for each stroke in ms."""

    name: str
    delays_ms: NDArray[np.float64]


def burst(sample_rate: int) -> Block:
    """Return a stroke that every detector hears: a burst of noise that falls by 60 dB."""
    length = round(STROKE_S * sample_rate)
    fall = 0.001 ** (np.arange(length) / length)
    return (0.5 * np.random.default_rng(1).uniform(-1, 1, length) * fall).astype(np.float32)


def loop_rig(rig: Rig, port: int) -> Rig:
    """Return the rig's first drum alone, playing a socket on this machine."""
    target = OscTargetSettings(name="loop", type="osc", port=port)
    play = OscPlaySettings(target="loop", trigger_args=("{stroke}",))
    drum = rig.drum[0].model_copy(update={"play": (play,)})
    return rig.model_copy(update={"target": (target,), "drum": (drum,)})


class Loopback:
    """A running loop.

    Parameters
    ----------
    rig : Rig
        Its devices, block and first drum are used.
    strokes : int
        How many to play.

    Attributes
    ----------
    heard : list of Strike
        What came back.
    onset_s, arrived_s : list of float
        When each began and when its message arrived, on the monotonic clock.
    """

    def __init__(self, rig: Rig, strokes: int) -> None:
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.bind(("127.0.0.1", 0))
        self._rig = loop_rig(rig, self._receiver.getsockname()[1])
        self._rate = int(rig.input.sample_rate)
        self._strokes = strokes
        self._chain = build_chain(self._rig, self._rate)
        self._events: SimpleQueue[Onset | Strike] = SimpleQueue()
        self.heard: list[Strike] = []
        self.onset_s: list[float] = []
        self.arrived_s: list[float] = []
        self._sound = self._performance()
        self._clock = StreamClock(self._rate)
        self._at = 0
        self._unheard = np.zeros((LARGEST_BLOCK, rig.output.channels), np.float32)

    def run(self) -> list[Stage]:
        """Play the strokes and return the stages.

        Raises
        ------
        InputError
            The device cannot be opened, or nothing comes back.
        """
        warm_up(self._chain, self._rig)
        targets = open_targets(self._rig)
        names = {drum.channel - 1: drum.name for drum in self._rig.drum}
        routes = routes_of(self._rig, self._chain.mappings, targets, "latency")
        dispatcher = Dispatcher(routes, self._chain.mappings, names, self._clock.at)
        sender = Sender(self._events, dispatcher)
        threading.Thread(target=self._receive, daemon=True).start()
        quiet_the_collector()
        before = set(jack_ports(PORT_IS_INPUT) + jack_ports(PORT_IS_OUTPUT))
        stream = AudioStream(audio_settings(self._rig), self._process, self._clock)
        stream.start()
        close_jack_loop(before, self._rig.drum[0].channel)
        while self._at < len(self._sound):
            time.sleep(0.05)
        time.sleep(LONGEST_LOOP_S)
        stream.close()
        sender.close()
        close_targets(targets)
        self._receiver.close()
        return self.stages()

    def stages(self) -> list[Stage]:
        """Return the delays of the strokes that came back."""
        if not self.heard:
            raise InputError(
                "no stroke came back: connect output 1 to the drum's input with a cable and turn the level up "
                "(under JACK the loop is made by software)"
            )
        hits = [strike.hit for strike in self.heard]
        onsets = np.array([hit.onset for hit in hits], dtype=np.float64)
        starts = (LEAD_S + APART_S * np.arange(self._strokes)) * self._rate
        loop = (onsets - starts[np.clip(np.searchsorted(starts, onsets) - 1, 0, None)]) / self._rate
        noticed = np.array([hit.detected - hit.onset for hit in hits]) / self._rate
        known = np.array([hit.ready - hit.onset for hit in hits]) / self._rate
        messages = np.array([arrived - onset for arrived, onset in zip(self.arrived_s, self.onset_s, strict=False)])
        # A loop longer than this is no loop: something else was heard.
        looped = loop < LONGEST_LOOP_S
        stages = {
            "sound card, out and in": loop[looped],
            "stroke to noticed": noticed,
            "stroke to values known": known,
            "stroke to OSC received": messages,
            "stroke to sound, all in all": (loop + known)[looped],
        }
        return [Stage(name, 1000.0 * delays_s) for name, delays_s in stages.items()]

    def _performance(self) -> Block:
        """Return the strokes on their timeline."""
        stroke = burst(self._rate)
        sound = np.zeros(round((LEAD_S + APART_S * (self._strokes + 1)) * self._rate), np.float32)
        for index in range(self._strokes):
            start = round((LEAD_S + APART_S * index) * self._rate)
            sound[start : start + len(stroke)] = stroke
        return sound

    def _process(self, block: Block, out: Block) -> None:
        """Play the strokes and hear what comes back; the audio thread."""
        self._chain.engine.process(block, self._unheard[: len(block)])
        part = self._sound[self._at : self._at + len(out)]
        out.fill(0.0)
        out[: len(part)] = part[:, None]
        self._at += len(out)
        outbox = self._chain.engine.outbox
        while not outbox.empty():
            event = outbox.get_nowait()
            if isinstance(event, Strike):
                self.heard.append(event)
                self.onset_s.append(self._clock.at(event.hit.onset))
            self._events.put(event)

    def _receive(self) -> None:
        while True:
            try:
                self._receiver.recv(65_536)
            except OSError:
                return
            self.arrived_s.append(time.monotonic())


def close_jack_loop(before: set[str], channel: int) -> None:
    """Wire our first JACK output to the drum's input; without JACK the loop is a cable."""
    outputs = sorted(set(jack_ports(PORT_IS_OUTPUT)) - before)
    inputs = sorted(set(jack_ports(PORT_IS_INPUT)) - before)
    if outputs and len(inputs) >= channel:
        sources = [port for port in jack_ports(PORT_IS_OUTPUT) if port.startswith("system:")]
        jack_rewire([(outputs[0], inputs[channel - 1])], [(source, inputs[channel - 1]) for source in sources])
