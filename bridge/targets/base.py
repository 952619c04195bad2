"""What every target is: a place that strokes reach, opened once, closed once, silenced at any time.

A target makes a `Play` of a drum's settings when the rig is loaded (there the map's names are checked), and is then
given strokes with the moment at which they are due. It runs on the sender's thread, never on the audio thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from bridge.mapping.numbers import Numbers, Ranges
from bridge.rig.targets import PlaySettings, TargetSettings


@dataclass(slots=True)
class Counters:
    """What a target has done; read from other threads.

    Parameters
    ----------
    strokes : int
        Strokes given to it.
    messages : int
        Messages that left.
    lost : int
        Messages that could not leave: a dead port or host.
    late : int
        Strokes that were given after the moment at which they were due.
    """

    strokes: int = 0
    messages: int = 0
    lost: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class DrumContext:
    """What a map may refer to.

    Parameters
    ----------
    drum : str
        Name of the drum.
    parameters : tuple of str
        Its parameter names in order.
    ranges : mapping of str to NumberRange
        Every number of its strokes.
    """

    drum: str
    parameters: tuple[str, ...]
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Moment:
    """When a stroke was, was known, and is due: seconds of the target's clock.

    Parameters
    ----------
    onset_s : float
        The stroke's onset.
    known_s : float
        When what is sent was known: detection for an early note, else the end of the window.
    due_s : float
        When it leaves; equal to ``known_s`` for ``timing = "asap"``, just after it for ``"steady"``.
    """

    onset_s: float
    known_s: float
    due_s: float

    @property
    def fixed(self) -> bool:
        """Whether it waits for its moment."""
        return self.due_s > self.known_s


class Play:
    """One drum's map to one target, compiled; calling it twice with the same numbers gives the same messages."""

    def __init__(self, settings: PlaySettings, context: DrumContext) -> None:
        self.settings = settings
        self.context = context

    @property
    def early(self) -> bool:
        """Whether the note goes at detection."""
        return self.settings.trigger_when == "early"


class Target(ABC):
    """A place that strokes reach. A context manager; `close` twice is harmless."""

    def __init__(self, settings: TargetSettings) -> None:
        self.settings = settings
        self.counters = Counters()
        self._closed = False

    @property
    def name(self) -> str:
        """As in the rig."""
        return self.settings.name

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @abstractmethod
    def bind(self, settings: Any, context: DrumContext, where: str) -> Play:
        """Return a drum's compiled map; `InputError` begins with ``where`` and names the key and the known names."""

    @abstractmethod
    def strike(self, play: Any, numbers: Numbers, moment: Moment) -> None:
        """Send a complete stroke: parameters, then the trigger (an early play: the parameters alone)."""

    @abstractmethod
    def early(self, play: Any, numbers: Numbers, moment: Moment) -> None:
        """Send the note of a stroke that was only detected; ``numbers`` holds `EARLY_NUMBERS`."""

    @abstractmethod
    def panic(self) -> None:
        """Silence everything that may sound."""

    def resend(self) -> None:
        """Send again what is sent only when it changes; unless a target says otherwise, each stroke carries it all."""
        return

    def close(self) -> None:
        """Silence and let go. Called twice it does nothing."""
        if not self._closed:
            self._closed = True
            self._close()

    @abstractmethod
    def _close(self) -> None:
        """Let go of what was opened."""

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class TapeEntry:
    """One message that left, or would have left.

    Parameters
    ----------
    time_s : float
        Seconds of the stream.
    target : str
        Name of the target.
    kind : str
        ``osc``, ``midi``, ``strike`` or ``early``.
    message : dict
        Ready for JSON: OSC ``address`` and ``args``; MIDI ``bytes``; else the numbers.
    data : bytes
        As on the wire.
    """

    time_s: float
    target: str
    kind: str
    message: dict[str, Any]
    data: bytes = b""


@dataclass(slots=True)
class Tape:
    """Everything that a session's targets sent, in the order in which it left each of them."""

    entries: list[TapeEntry] = field(default_factory=list)

    def sorted(self) -> list[TapeEntry]:
        """Return the entries in order of time; what left a target first stays first."""
        return sorted(self.entries, key=lambda entry: entry.time_s)
