"""MIDI controllers, notes and program changes for live controls, with MIDI learn."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bridge.control.controls import LiveControl, Value
from bridge.control.loading import Loader
from bridge.control.midi_bindings import KINDS, checked_bindings, learned_bindings
from bridge.control.midi_moves import LOWER_HALF, Binding, Move, Source, read_move, recognised, turn
from bridge.midi.in_child import PROGRAM
from bridge.realtime.child import Report
from bridge.realtime.port import PortChild
from bridge.rig.control import RELATIVE, CcControl, ControlSettings
from synth.errors import InputError, shown
from synth.outputs import write_whole

LEARNING_S = 10.0
"""A control that waits to be learned forgets about it after this long; so does the recognition of a knob's kind."""

MOST_SHOWN = 48
"""After so many messages of a learned knob its kind is settled."""

FOURTEEN_BITS = 16383

WRITING_S = 2.0
"""How long the end waits until what was learned is written."""


class Recognition:
    """What a control is learning from: a knob whose kind its first messages show.

    Parameters
    ----------
    source : Source
        The knob.
    before : bool, int, float or str
        The control's value before the knob moved.
    until_s : float
        When the judgement ends.
    """

    def __init__(self, source: Source, before: Any, until_s: float) -> None:
        self.source, self.before = source, before
        self._until_s = until_s
        self._values: list[int] = []
        self._lower_half = False

    @property
    def over(self) -> bool:
        """Whether its kind is settled."""
        return len(self._values) > MOST_SHOWN or time.monotonic() > self._until_s

    def add(self, move: Move) -> str | None:
        """Take a message; return what the knob's encoding is by now, None where the message is another's."""
        source = self.source
        if move.source == source:
            self._values.append(move.value)
        elif source.number < LOWER_HALF and move.source == source._replace(number=source.number + LOWER_HALF):
            self._lower_half = True
        else:
            return None
        return "14-bit" if self._lower_half else recognised(self._values)


class MidiControl:
    """Turns controls by MIDI.

    Parameters
    ----------
    settings : ControlSettings
        ``midi``, ``cc``, ``note``, ``program`` and ``learned`` are read.
    controls : mapping of str to LiveControl
        By address.
    loader : Loader
        Reads and writes files in its place: the thread that takes messages must obey panic.

    Attributes
    ----------
    ignored : int
        Messages that turned nothing.
    unwritten : str
        A sentence where what was learned could not be written, else empty.

    Raises
    ------
    InputError
        A binding names a control that is not there, or the file of what was learned cannot be read. An input that is
        not there is waited for.
    """

    def __init__(self, settings: ControlSettings, controls: Mapping[str, LiveControl], loader: Loader) -> None:
        self.ignored = 0
        self.unwritten = ""
        self._loader = loader
        self._controls = {address: self._waiting_for_no_file(one) for address, one in controls.items()}
        # Held while bindings change: OSC and MIDI come on threads of their own. Who only reads needs no lock, for a
        # table of bindings is never changed, but another one takes its place.
        self._changing = threading.RLock()
        self._learning: tuple[str, float] | None = None
        self._where = f"{settings.where}: midi is {shown(settings.midi)}"
        self._recognition: Recognition | None = None
        self._higher_halves: dict[Source, int] = {}
        self._paired: set[Source] = set()
        self._path = settings.learned_file
        self._rigs = checked_bindings(settings, controls)
        self._learned = learned_bindings(settings)
        self._child = self._listening(settings) if settings.midi else None

    @property
    def bindings(self) -> dict[Source, Binding]:
        """What turns what: as the rig says, and over that what was learned."""
        return self._rigs | self._learned

    @property
    def state(self) -> str:
        """``ready``, or why not: ``waiting``, ``refused``, ``lost``, ``gone``; ``closed`` where none is asked for."""
        return "closed" if self._child is None else self._child.state

    @property
    def away(self) -> str:
        """A sentence where the input is asked for and not there; else nothing."""
        return "" if self._child is None else self._child.away(self._where, "MIDI inputs")

    def learn(self, address: str) -> bool:
        """Let the next knob, pad or program change that comes turn this control."""
        if address not in self._controls or self._controls[address].kind == "state":
            return False
        with self._changing:
            self._learning = (address, time.monotonic() + LEARNING_S)
        return True

    def unlearn(self, address: str) -> bool:
        """Let nothing turn this control any more; what the rig itself says of it holds again at the next start."""
        with self._changing:
            before = self.bindings
            self._rigs, self._learned = (
                {source: bound for source, bound in bindings.items() if bound.control != address}
                for bindings in (self._rigs, self._learned)
            )
            self._recognition = None
            self._write_down()
            return self.bindings != before

    def take(self, message: bytes) -> bool:
        """Handle one MIDI message, whatever its bytes; False when it turned nothing."""
        move = read_move(message)
        if move is not None:
            with self._changing:
                self._bind(move)
                self._recognise(move)
        if move is None or not self._turn(move):
            self.ignored += 1
            return False
        return True

    def close(self) -> None:
        """Let go of the input, and wait a moment until what was learned is written."""
        if self._child is not None:
            self._child.close()
        if self._path is not None:
            self._loader.settle(WRITING_S)

    def _waiting_for_no_file(self, control: LiveControl) -> LiveControl:
        """Return a control that lets the loader read what it needs; steps are counted from what was asked for last."""
        if not control.loads:
            return control
        asked: list[Value] = []

        def load(value: Value) -> None:
            control.take([value])
            if asked == [value]:
                asked.clear()

        def ask(value: Value) -> None:
            asked[:] = [value]
            self._loader.ask(control.address, partial(load, value))

        return replace(control, set=ask, get=lambda: (*asked, control.get())[0])

    def _turn(self, move: Move) -> bool:
        """Turn what a message is bound to."""
        binding = self._bound(move.source)
        if binding is None:
            return self._turn_lower_half(move)
        if isinstance(binding, CcControl) and binding.encoding == "14-bit":
            return self._turn_higher_half(binding, move)
        control = self._controls.get(binding.control)
        return control is not None and turn(control, binding, move.value)

    def _bound(self, source: Source) -> Binding | None:
        bindings = self.bindings
        return bindings.get(source) or bindings.get(source._replace(channel=None))

    def _turn_higher_half(self, binding: CcControl, move: Move) -> bool:
        """Keep the higher half; where it has not moved, the lower one that follows says all."""
        waits = self._higher_halves.get(move.source) == move.value and move.source in self._paired
        self._higher_halves[move.source] = move.value
        return waits or self._turn_fourteen_bits(binding, move.value << 7)

    def _turn_lower_half(self, move: Move) -> bool:
        kind, channel, number = move.source
        if kind != "cc" or not LOWER_HALF <= number < 2 * LOWER_HALF:
            return False
        higher = Source(kind, channel, number - LOWER_HALF)
        binding = self._bound(higher)
        if not isinstance(binding, CcControl) or binding.encoding != "14-bit" or higher not in self._higher_halves:
            return False
        self._paired.add(higher)
        return self._turn_fourteen_bits(binding, self._higher_halves[higher] << 7 | move.value)

    def _turn_fourteen_bits(self, binding: CcControl, value: int) -> bool:
        control = self._controls.get(binding.control)
        return control is not None and control.take_unit(value / FOURTEEN_BITS)

    def _bind(self, move: Move) -> None:
        """Bind what moves to the control that is being learned. The end of a note begins nothing."""
        if self._learning is None or (move.source.kind == "note" and not move.value):
            return
        (address, until_s), self._learning = self._learning, None
        control = self._controls[address]
        if time.monotonic() <= until_s:
            self._keep(move.source, address)
            if move.source.kind == "cc" and control.kind in ("number", "text"):
                self._recognition = Recognition(move.source, control.get(), time.monotonic() + LEARNING_S)

    def _recognise(self, move: Move) -> None:
        """See of what kind a knob is that was just learned; one that only says steps must not have set a value."""
        learning = self._recognition
        if learning is None:
            return
        binding = self._learned.get(learning.source)
        encoding = learning.add(move)
        if learning.over or not isinstance(binding, CcControl):
            self._recognition = None
        elif encoding is not None and encoding != binding.encoding:
            self._keep(learning.source, binding.control, encoding=encoding)
            if encoding in RELATIVE and binding.encoding == "absolute":
                self._controls[binding.control].take([learning.before])

    def _keep(self, source: Source, address: str, **how: Any) -> None:
        """Bind a source, and write down what was learned."""
        number = {} if source.kind == "program" else {"number": source.number}
        channel = None if source.channel is None else source.channel + 1
        table = {"channel": channel, "control": address, **number, **how}
        self._learned = self._learned | {source: KINDS[source.kind].model_validate(table)}
        self._write_down()

    def _listening(self, settings: ControlSettings) -> PortChild:
        words = {"port": settings.midi, "virtual": settings.midi == "ghostnote", "api": None}
        child = PortChild(PROGRAM, words, self._take_report)
        child.settle()
        return child

    def _take_report(self, report: Report) -> None:
        if "in" in report:
            self.take(bytes.fromhex(report["in"]))

    def _write_down(self) -> None:
        """Let what was learned be written, as it stands."""
        if self._path is not None:
            self._loader.ask("learned", partial(self._write, self._path, self._learned))

    def _write(self, path: Path, learned: Mapping[Source, Binding]) -> None:
        entries = [
            {"channel": None, **({} if source.kind == "cc" else {"source": source.kind})}
            | binding.model_dump(exclude_defaults=True)
            for source, binding in learned.items()
        ]
        try:
            write_whole(path, json.dumps(entries, indent=1) + "\n")
            self.unwritten = ""
        except InputError as error:  # a full disk must not end a performance
            self.unwritten = f"{error}; what was learned holds until the end of play"
