"""Measure a machine's whole path through a loop: strokes leave an output, come back at an input and are played.

The loop is a cable from output 1 to the drum's input; under JACK it is wired by software. What is heard runs through
the live chain of a rig, here in the command's own process (`ghostnote play` has one for the audio alone), and each
stroke is sent to a socket of our own and to a MIDI child that writes to a file: sound card, ear, window, message.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bridge.audio.jack import PORT_IS_INPUT, PORT_IS_OUTPUT, jack_ports, jack_rewire
from bridge.audio.stream import AudioStream
from bridge.engine.build import build_chain, warm_up
from bridge.events import Event, Hit, Strike
from bridge.mapping.load import rig_mappings
from bridge.realtime.clock import StreamClock
from bridge.realtime.priority import quiet_the_collector
from bridge.rig.plays import MidiPlaySettings, OscPlaySettings
from bridge.rig.rig import Rig
from bridge.rig.targets import MidiTargetSettings, OscTargetSettings
from bridge.targets.base import Target
from bridge.targets.dispatch import Dispatcher, Sender, close_targets, open_targets, routes_of
from bridge.targets.midi import MidiTarget
from synth.errors import InputError

STROKE_S = 0.03
APART_S = 0.25
"""Long enough for every detector to re-arm."""

LATE_MS = 60_000.0
LEAD_S = 1.0
LARGEST_BLOCK = 8192
LONGEST_LOOP_S = 0.2

Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the path.

    Parameters
    ----------
    name : str
        What it is.
    delays_ms : (strokes,) float64
        Its delay for each stroke.
    how : str
        Whether that was measured, counted in the stream's samples, or added up from other stages.
    """

    name: str
    delays_ms: NDArray[np.float64]
    how: str = "measured"


def burst(sample_rate: int) -> Block:
    """Return a stroke that every detector hears: a burst of noise that falls by 60 dB."""
    length = round(STROKE_S * sample_rate)
    fall = 0.001 ** (np.arange(length) / length)
    return (0.5 * np.random.default_rng(1).uniform(-1, 1, length) * fall).astype(np.float32)


def loop_rig(rig: Rig, port: int) -> Rig:
    """Return the rig's first drum alone, playing a socket on this machine and the first MIDI port, or a plain one."""
    midi = next((one for one in rig.targets if isinstance(one, MidiTargetSettings)), None)
    midi = midi or MidiTargetSettings(name="midi", type="midi")
    # However late a note is, it is measured.
    late = {"late_ms": LATE_MS}
    osc = OscTargetSettings(name="osc", type="osc", port=port).model_copy(update=late)
    targets = (osc, midi.model_copy(update={"name": "midi"} | late))
    plays = (OscPlaySettings(target="osc", trigger_args=("{stroke}",)), MidiPlaySettings(target="midi", note=38))
    drum = rig.drum[0].model_copy(update={"plays": plays})
    return rig.model_copy(update={"targets": targets, "drum": (drum,)})


def open_loop_targets(rig: Rig, notes: Path) -> dict[str, Target]:
    """Return the targets of a `loop_rig`; the MIDI child writes each message to ``notes`` as it would to its port."""
    osc, midi = rig.targets
    targets = open_targets(rig.model_copy(update={"targets": (osc,)}))
    return targets | {midi.name: MidiTarget(midi, lines=str(notes))}  # type: ignore[arg-type]  # `loop_rig` made it


def notes_written_s(notes: Path) -> list[float]:
    """Return when the child wrote each note-on, on the monotonic clock."""
    lines = [line.split() for line in notes.read_text(encoding="ascii").splitlines()]
    return [float(time_s) for time_s, message in lines if message[0] == "9"]


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
    heard : list of Hit
        What came back; the drum of a `loop_rig` has one mapping, so each stroke comes once.
    onset_s, arrived_s, noted_s : list of float
        When each began, when its OSC arrived and when its MIDI note was written, on the monotonic clock.
    """

    def __init__(self, rig: Rig, strokes: int) -> None:
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.bind(("127.0.0.1", 0))
        self._rig = loop_rig(rig, self._receiver.getsockname()[1])
        self._rate = int(rig.input.sample_rate)
        self._chain = build_chain(self._rig, self._rate, rig_mappings(self._rig))
        self._events: SimpleQueue[Event] = SimpleQueue()
        self.heard: list[Hit] = []
        self.onset_s: list[float] = []
        self.arrived_s: list[float] = []
        self.noted_s: list[float] = []
        self._starts = np.round((LEAD_S + APART_S * np.arange(strokes)) * self._rate).astype(int)
        self._sound = np.zeros(self._starts[-1] + round(2 * APART_S * self._rate), np.float32)
        stroke = burst(self._rate)
        self._sound[self._starts[:, None] + np.arange(len(stroke))] = stroke
        self._clock = StreamClock(self._rate)
        self._at = 0
        self._unheard = np.zeros((LARGEST_BLOCK, rig.output.channels), np.float32)

    def run(self) -> list[Stage]:
        """Play the strokes and return the stages.

        Raises
        ------
        InputError
            The device cannot be opened or stops, or nothing comes back.
        """
        warm_up(self._chain, self._rig)
        with TemporaryDirectory() as folder:
            notes = Path(folder) / "notes"
            with ExitStack() as parts:
                parts.callback(self._receiver.close)
                targets = open_loop_targets(self._rig, notes)
                parts.callback(close_targets, targets)
                routes = routes_of(self._rig, self._chain.mappings, targets, "latency")
                dispatcher = Dispatcher(routes, self._chain.mappings, self._clock.at)
                parts.callback(Sender(self._events, dispatcher).close)
                threading.Thread(target=self._receive, daemon=True).start()
                self._play_through()
            self.noted_s = notes_written_s(notes)
        return self.stages()

    def stages(self) -> list[Stage]:
        """Return the delays of the strokes that came back."""
        if not self.heard:
            raise InputError(
                "no stroke came back: connect output 1 to the drum's input with a cable and turn the level up "
                "(under JACK the loop is made by software)"
            )
        onsets, detected, ready = np.array([(hit.onset, hit.detected, hit.ready) for hit in self.heard]).T
        loop = (onsets - self._starts[np.clip(np.searchsorted(self._starts, onsets) - 1, 0, None)]) / self._rate
        known = (ready - onsets) / self._rate
        received, noted = (
            np.array([at - onset for at, onset in zip(times, self.onset_s, strict=False)])
            for times in (self.arrived_s, self.noted_s)
        )
        # A loop longer than this is no loop: something else was heard.
        looped = loop < LONGEST_LOOP_S
        return [
            Stage("sound card, out and in", 1000.0 * loop[looped]),
            Stage("stroke to noticed", 1000.0 * (detected - onsets) / self._rate, "counted"),
            Stage("stroke to values known", 1000.0 * known, "counted"),
            Stage("stroke to OSC received", 1000.0 * received),
            Stage("stroke to MIDI note written", 1000.0 * noted),
            Stage("sound card and values known", 1000.0 * (loop + known)[looped], "added up"),
        ]

    def _play_through(self) -> None:
        """Play every stroke and wait until the last may have come back."""
        quiet_the_collector()
        before = set(jack_ports(PORT_IS_INPUT) + jack_ports(PORT_IS_OUTPUT))
        stream = AudioStream(self._rig, self._process, self._clock)
        with closing(stream):
            stream.start()
            close_jack_loop(before, self._rig.drum[0].channel)
            while self._at < len(self._sound):
                time.sleep(0.05)
                if stream.stopped:
                    raise stream.silent()
            time.sleep(LONGEST_LOOP_S)

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
                self.heard.append(event.hit)
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
