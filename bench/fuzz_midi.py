"""MIDI of every kind at the input of remote control: ``python -m bench.fuzz_midi``.

Half of the messages are random bytes, half are well-formed or almost so: every status, data beyond seven bits, cut and
joined messages, runs of one knob. They go the way of a message that RtMidi has received: through the child that polls
the input, its pipe, and the bindings, which are of every kind and change by MIDI learn meanwhile. What is asked: no
exception, every control within its range, and memory that stands still.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from bench.report import asked, head, heading, line, resident_mb
from bridge.control.controls import LiveControl, live_controls
from bridge.control.loading import Loader
from bridge.control.midi import MidiControl
from bridge.control.surface import StillSurface
from bridge.engine.changes import LiveState
from bridge.mapping.load import rig_mappings
from bridge.midi.in_child import MidiInChild
from bridge.realtime.loop import FrameDecoder
from bridge.rig.control import ControlSettings
from bridge.rig.rig import rig_from_table
from bridge.rig.validation import checked

SEED = 7
BATCH = 50
"""Messages that the child finds at one look."""

SNARE = "/ghostnote/drum/snare"
BINDINGS: dict[str, Any] = {
    "cc": [
        {"number": 1, "control": f"{SNARE}/amount", "encoding": "14-bit"},
        {"number": 7, "control": f"{SNARE}/follow_level"},
        {"number": 8, "control": f"{SNARE}/softest_db", "encoding": "twos-complement", "step": 0.2},
        {"number": 9, "control": f"{SNARE}/loudest_db", "encoding": "signed-bit"},
        {"number": 10, "control": f"{SNARE}/feature/centroid/offset", "encoding": "binary-offset"},
        {"number": 11, "control": f"{SNARE}/preset", "encoding": "twos-complement"},
    ],
    "note": [
        {"number": 36, "control": "/ghostnote/enabled"},
        {"number": 37, "control": f"{SNARE}/parameter/drive/lock", "mode": "momentary"},
        {"number": 38, "control": f"{SNARE}/amount", "mode": "velocity"},
        {"number": 39, "control": f"{SNARE}/amount", "value": 2.5},
        {"number": 40, "control": "/ghostnote/panic"},
    ],
    "program": [{"channel": 1, "control": f"{SNARE}/preset"}, {"control": f"{SNARE}/amount", "values": [0, 1.5, 4]}],
}


@dataclass(frozen=True)
class Report:
    """What came of a run.

    Parameters
    ----------
    messages, ignored, learned : int
        Fed in; that turned nothing; bindings that MIDI learn made.
    failures : tuple of str
        Exceptions and values beyond a range: none, if all is well.
    slowest_ms, seconds : float
        The longest batch, and everything.
    growth_mb : float
        Resident memory at the end, less that after a tenth.
    """

    messages: int
    ignored: int
    learned: int
    failures: tuple[str, ...]
    slowest_ms: float
    seconds: float
    growth_mb: float


class Received:
    """Stands for the queue of RtMidi, which only a MIDI system fills."""

    def __init__(self) -> None:
        self.messages: deque[bytes] = deque()

    def get_message(self) -> tuple[list[int], float] | None:
        """Return the next message as RtMidi does: its bytes and the time since the last one."""
        return (list(self.messages.popleft()), 0.0) if self.messages else None


class Line:
    """The way of a message: the child's look, its pipe, the parent's reading."""

    def __init__(self, control: MidiControl) -> None:
        self._control, self._decoder, self.received = control, FrameDecoder(), Received()
        self._read, self._written = os.pipe()
        self._child = MidiInChild({"port": "x", "virtual": True, "api": None}, self._read, self._written)
        self._child._midi = self.received

    def pass_on(self) -> None:
        """Let what was received arrive."""
        while self.received.messages:
            self._child.act(0.0)
            for _, payload in self._decoder.feed(os.read(self._read, 1 << 20)):
                self._control._take_report(json.loads(payload))

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._written)


def messages(dice: random.Random) -> Iterator[bytes]:
    """Yield messages without end."""
    while True:
        kind = dice.random()
        if kind < 0.4:
            yield dice.randbytes(dice.randrange(9))
        elif kind < 0.5:
            yield dice.randbytes(dice.randrange(200))
        elif kind < 0.7:
            yield bytes((dice.choice((0x80, 0x90, 0xB0, 0xC0, 0xE0)) | dice.randrange(16), *dice.randbytes(2)))
        else:
            yield from _run_of_a_knob(dice)


def _run_of_a_knob(dice: random.Random) -> Iterator[bytes]:
    """Yield what one knob, pad or program change sends in a while; now and then a byte is wrong."""
    status, number = dice.choice((0x90, 0xB0, 0xB0, 0xB0, 0xC0)) | dice.randrange(2), dice.randrange(1, 48)
    values = [dice.choice((1, 127, 65, 63, 0, 64, dice.randrange(128)))] * dice.randrange(1, 6)
    for value in values:
        message = bytearray((status, number, value) if status & 0xF0 != 0xC0 else (status, value))
        if dice.random() < 0.05:
            message[dice.randrange(len(message))] = dice.randrange(256)
        yield bytes(message)
        if status & 0xF0 == 0xB0 and number < 32 and dice.random() < 0.3:
            yield bytes((status, number + 32, dice.randrange(128)))


@contextmanager
def _controlled() -> Iterator[tuple[MidiControl, dict[str, LiveControl]]]:
    """Give a control by MIDI with every kind of binding, and the controls that it turns."""
    rig = rig_from_table({"drum": [{"name": "snare"}]}, "fuzz")
    surface = StillSurface(LiveState.of(rig, rig_mappings(rig)))
    controls, settings = live_controls(surface, rig.drum), checked(ControlSettings, BINDINGS, "fuzz")
    with closing(Loader()) as loader, closing(MidiControl(settings, controls, loader)) as control:
        yield control, controls


def beyond(controls: dict[str, LiveControl]) -> list[str]:
    """Return the numbers that have left their range."""
    turned = [one for one in controls.values() if one.kind == "number"]
    return [f"{one.address} is {one.get()}" for one in turned if not one.low <= float(one.get()) <= one.high]


def run(count: int, seed: int = SEED) -> Report:
    """Feed in ``count`` messages, or a few more to the end of a batch."""
    dice, failures, learned, slowest_s, memory_mb = random.Random(seed), [], 0, 0.0, 0.0
    with _controlled() as (control, controls), closing(Line(control)) as wire:
        source, addresses, began_s, done = messages(dice), list(controls), time.perf_counter(), 0
        while done < count:
            if dice.random() < 0.05:
                learned += control.learn(dice.choice(addresses))
            if dice.random() < 0.02:
                control.unlearn(dice.choice(addresses))
            wire.received.messages.extend(next(source) for _ in range(BATCH))
            batch_s = time.perf_counter()
            try:
                wire.pass_on()
            except Exception as error:  # what is looked for: each is reported and the run goes on
                failures.append(repr(error))
            slowest_s = max(slowest_s, time.perf_counter() - batch_s)
            failures += beyond(controls) if done % (100 * BATCH) == 0 else []
            done += BATCH
            if memory_mb == 0.0 and done >= count // 10:
                memory_mb = resident_mb()
        failures += beyond(controls)
        seconds = time.perf_counter() - began_s
        growth_mb = resident_mb() - memory_mb
        return Report(done, control.ignored, learned, tuple(failures), 1000 * slowest_s, seconds, growth_mb)


def main(words: Sequence[str] | None = None) -> None:
    """Run the fuzz and print what came of it."""
    given = asked(__doc__, words, count=(1_000_000, "how many messages"), seed=(SEED, "of the messages"))
    report = run(given.count, given.seed)
    print(heading(given.seed))
    head(f"{report.messages} MIDI messages", "")
    line("that turned nothing, counted", report.ignored)
    line("controls that waited to be learned", report.learned)
    line("exceptions and values beyond their range", len(report.failures))
    line(f"slowest {BATCH} messages, ms", f"{report.slowest_ms:.1f}")
    line("each message, us", f"{1e6 * report.seconds / report.messages:.1f}")
    line("growth of memory, MB", f"{report.growth_mb:.1f}")
    for failure in report.failures[:10]:
        print(failure)


if __name__ == "__main__":
    main()
