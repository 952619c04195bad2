"""What remote control acts upon: a session, or a rig that nobody plays; and the numbers of the live state.

`FAULTS` declares each count of what went wrong: what it is called, where it is read, and the words of the status line.
The status, its JSON, the state sent to remotes and the docs follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, Protocol

from bridge.engine.changes import Change, LiveState
from bridge.engine.messages import Report
from bridge.events import Counters, PlayKey, Strike
from bridge.rig.settings import Number

MOST = 1e9


class Sources(NamedTuple):
    """Where faults are counted.

    Parameters
    ----------
    players : tuple of Report
        The last report of each player so far.
    targets : tuple of Counters
        Of each target.
    send_errors : int
        Strokes that an error kept from a target.
    ignored : int
        Messages to remote control that meant nothing, or were more than could be handled.
    refusals : int
        Times the system started no process in the place of one that had gone.
    """

    players: tuple[Report, ...] = ()
    targets: tuple[Counters, ...] = ()
    send_errors: int = 0
    ignored: int = 0
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A count that is 0 where all is well.

    Parameters
    ----------
    name, meaning : str
        Of the number in the live state.
    shown : str
        Follows the number on the status line; empty: it is not shown there.
    read : callable
        Returns the count.
    always : bool
        Whether it is shown when it is 0.
    """

    name: str
    meaning: str
    shown: str
    read: Callable[[Sources], int]
    always: bool = False


def _players(path: str) -> Callable[[Sources], int]:
    return lambda sources: sum(map(attrgetter(path), sources.players))


def _targets(name: str) -> Callable[[Sources], int]:
    return lambda sources: sum(map(attrgetter(name), sources.targets))


def _late_strokes(sources: Sources) -> int:
    return _targets("late")(sources) + _players("late_voices")(sources)


FAULTS = [
    Fault("xruns", "interruptions of the audio", "xruns", _players("stream.xruns"), always=True),
    Fault("lost_messages", "messages that could not leave", "messages lost", _targets("lost")),
    Fault("late_strokes", "strokes known only after their fixed moment, by target", "strokes late", _late_strokes),
    Fault("late_notes", "notes dropped: they would have left after late_ms", "notes too late", _targets("late_notes")),
    Fault("send_errors", "strokes that an error kept from a target", "strokes not sent", attrgetter("send_errors")),
    Fault("lost_events", "strokes lost on their way out of the audio process", "strokes lost", _players("lost_events")),
    Fault("failures", "blocks that an error turned into silence", "blocks failed", _players("stream.failures")),
    Fault("non_finite", "input samples that were no numbers", "samples that were no numbers", _players("non_finite")),
    Fault("output_clipped", "output samples beyond full scale", "samples clipped", _players("output_clipped")),
    Fault("dropped_strokes", "strokes without room in a voice", "strokes dropped", _players("dropped_strokes")),
    Fault("effect_faults", "times that an effect heard or made no number", "effects failed", _players("effect_faults")),
    Fault(
        "refused_starts",
        "times the system started no process in the place of one that had gone",
        "process starts refused",
        attrgetter("refusals"),
    ),
    Fault(
        "ignored",
        "messages to remote control that meant nothing, or were more than could be handled",
        "",
        attrgetter("ignored"),
    ),
]


def counted(sources: Sources) -> dict[str, int]:
    """Return every count by its name."""
    return {fault.name: fault.read(sources) for fault in FAULTS}


def state_numbers() -> list[Number]:
    """Return every number of the live state."""
    return [
        Number("level_db", -100.0, 0.0, -100.0, "dB", "peak of the input since the last look"),
        Number("output_db", -100.0, 40.0, -100.0, "dB", "peak of the loudest output; above 0 it is bent and distorts"),
        Number("strokes", 0.0, MOST, 0.0, "", "strokes so far", whole=True),
        Number("unplayed", 0.0, MOST, 0.0, "", "strokes so far that no play of their drum took (when)", whole=True),
        Number("latency_ms", 0.0, 10_000.0, 0.0, "ms", "onset to the targets, median of the last strokes"),
        *(Number(fault.name, 0.0, MOST, 0.0, "", fault.meaning, whole=True) for fault in FAULTS),
        Number("playing", 0.0, 1.0, 0.0, "", "1 while audio runs", whole=True),
    ]


class Surface(Protocol):
    """What is controlled: a session, or whatever plays like one."""

    @property
    def live(self) -> LiveState:
        """What may be changed, as it stands."""

    def change(self, change: Change) -> None:
        """Let a change hold."""

    def panic(self) -> None:
        """Silence everything that sounds."""

    def end_notes(self) -> None:
        """End the notes of other synths: what comes next is another scene."""

    def resend(self) -> None:
        """Send other synths again what they are sent only when it changes."""

    def numbers(self) -> Mapping[str, float]:
        """Return the numbers of `state_numbers`."""

    def last(self, key: PlayKey) -> Strike | None:
        """Return the latest stroke of a mapping."""


class StillSurface:
    """A surface that nobody plays: for checks and for the docs.

    Parameters
    ----------
    live : LiveState
        Changes when it is told to.
    """

    def __init__(self, live: LiveState) -> None:
        self.live = live

    def change(self, change: Change) -> None:
        """Let a change hold."""
        self.live.apply(change)

    def panic(self) -> None:
        """Do nothing: nothing sounds."""

    def end_notes(self) -> None:
        """Do nothing: nothing sounds."""

    def resend(self) -> None:
        """Do nothing: nobody listens."""

    def numbers(self) -> Mapping[str, float]:
        """Return zeros."""
        return {number.key: number.default for number in state_numbers()}

    def last(self, key: PlayKey) -> Strike | None:
        """Return nothing: nobody has struck."""
        return None
