"""The values that flow: a stroke begins (`Onset`), is heard whole (`Hit`), becomes a moment for a synth (`Strike`).

An onset that proves to be no stroke is `Dismissed`.

Time is in samples of the input stream, counted from its start. A stroke keeps its ``number`` from its onset to its
strike, so an early note and the values that follow it can be joined.

Each of them has one row form, a tuple of numbers, texts and tuples of numbers. The pipe between the processes, a
recording of a session and a comparison use it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from bridge.realtime.loop import MOST_DELAYS

Row = tuple[Any, ...]
"""An event as plain values, in the order of its fields."""


class Audio(Protocol):
    """(samples, channels) float32, all in memory or in a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples and channels."""

    def __len__(self) -> int:
        """Return the number of samples."""

    def __getitem__(self, part: slice, /) -> NDArray[np.float32]:
        """Return some samples, all channels."""

    def __array__(self) -> NDArray[np.float32]:
        """Return all of it in memory."""


@dataclass(frozen=True, slots=True)
class Onset:
    """A stroke is heard to begin; not yet confirmed.

    Parameters
    ----------
    number : int
        Counts the strokes of the stream, over all channels.
    channel : int
        Input channel, from 0.
    onset : int
        Sample at which the stroke starts, back-dated.
    detected : int
        Sample at which it was noticed: when an early note may leave.
    level_db : float
        What the RMS level of its window will probably be, dBFS, told from its highest sample so far.
    """

    number: int
    channel: int
    onset: int
    detected: int
    level_db: float

    def to_row(self) -> Row:
        """Return the onset as a row."""
        return self.number, self.channel, self.onset, self.detected, self.level_db

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the onset of a row."""
        return cls(*row)


@dataclass(frozen=True, slots=True)
class Dismissed:
    """A stroke that was announced proves to be none.

    Parameters
    ----------
    number, channel, onset
        As in the `Onset` that announced it.
    known : int
        Sample by which it would have been confirmed.
    """

    number: int
    channel: int
    onset: int
    known: int

    def to_row(self) -> Row:
        """Return it as a row."""
        return self.number, self.channel, self.onset, self.known

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return what a row says."""
        return cls(*row)


class _ComparedByRow:
    """What holds arrays and is equal when its rows are."""

    __slots__ = ()

    def to_row(self) -> Row:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self.to_row() == other.to_row() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_row())


@dataclass(frozen=True, slots=True, eq=False)
class Hit(_ComparedByRow):
    """A confirmed stroke and what was heard in its window.

    Parameters
    ----------
    number, channel, onset, detected
        As in `Onset`; ``onset`` may be refined. ``number`` equals the number of the `Onset` that announced it.
    ready : int
        First sample after the window: ``onset + window``, or ``detected`` if that is later.
    features : (len(models.features.tables.ONSET_FEATURES),) float64
        In the order and units of that table.
    level_db : float
        The first of the features: RMS level of the window, dBFS.
    """

    number: int
    channel: int
    onset: int
    detected: int
    ready: int
    features: NDArray[np.float64]

    @property
    def level_db(self) -> float:
        """RMS level of the window in dBFS."""
        return float(self.features[0])

    def to_row(self) -> Row:
        """Return the hit as a row."""
        return self.number, self.channel, self.onset, self.detected, self.ready, tuple(self.features.tolist())

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the hit of a row."""
        number, channel, onset, detected, ready, features = row
        return cls(number, channel, onset, detected, ready, np.array(features))


class PlayKey(NamedTuple):
    """Which mapping a strike comes from.

    Parameters
    ----------
    drum : str
        Name of the drum in the rig.
    play : int
        0: the drum's own mapping, for all plays that give no model, preset or amount of their own. Else the play's
        number, from 1.
    """

    drum: str
    play: int = 0

    @property
    def label(self) -> str:
        """Its name for a person."""
        return f"{self.drum} play[{self.play}]" if self.play else self.drum


@dataclass(frozen=True, slots=True, eq=False)
class Strike(_ComparedByRow):
    """A moment for a synth: every value, then the trigger.

    Parameters
    ----------
    source : PlayKey
        The mapping that made it.
    hit : Hit
        The stroke behind it.
    values : (n,) float64
        Parameter values in real units, in the order of the drum's parameter space.
    modulation : (n,) float64
        What the mapping said, -1..1.
    gain_db : float
        Applied after the voice, outside its parameters.
    velocity : float
        0..1, linear in level between the drum's softest and loudest; targets bend it.
    """

    source: PlayKey
    hit: Hit
    values: NDArray[np.float64]
    modulation: NDArray[np.float64]
    gain_db: float
    velocity: float

    @property
    def drum(self) -> str:
        """Name of the drum."""
        return self.source.drum

    def to_row(self) -> Row:
        """Return the strike as a row: of its source, of its hit, and its numbers."""
        values, modulation = tuple(self.values.tolist()), tuple(self.modulation.tolist())
        return (*self.source, *self.hit.to_row(), values, modulation, self.gain_db, self.velocity)

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the strike of a row."""
        values, modulation, gain_db, velocity = row[8:]
        source, hit = PlayKey(*row[:2]), Hit.from_row(row[2:8])
        return cls(source, hit, np.array(values), np.array(modulation), gain_db, velocity)


Event = Onset | Strike | Dismissed
"""What leaves the engine for the targets."""


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
    late_notes : int
        Notes that were dropped because they would have left too late (``late_ms``).
    delays_s : deque of float
        From the onset of each of the last strokes to the moment at which it left.
    worst_s : float
        The longest of all delays.
    last : (str, str)
        The drum of the latest note, and that note in words.
    """

    strokes: int = 0
    messages: int = 0
    lost: int = 0
    late: int = 0
    late_notes: int = 0
    delays_s: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_DELAYS))
    worst_s: float = 0.0
    last: tuple[str, str] = ("", "")

    def note_delay(self, delay_s: float) -> None:
        """Note how long a stroke took."""
        if math.isfinite(delay_s):
            self.delays_s.append(delay_s)
            self.worst_s = max(self.worst_s, delay_s)


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


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
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


Transcript = list[TranscriptEntry]
"""Everything that a session's targets sent, in the order in which it left each of them."""


Numbers = Mapping[str, float]
