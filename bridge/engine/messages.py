"""What the two halves of a session tell each other: the player process and the one that sends and shows.

Towards the player go `Job` and commands, of any size, one writer at a time. From it come `Opened`, `Refused`, `Report`
and, flattened by `pack`, `bridge.events.Onset` and `Strike`: two threads write them, and each arrives whole because it
is one write of less than `PIPE_ATOMIC_BYTES`.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass

from bridge.events import Onset, PlayKey, Row, Strike
from bridge.mapping.mapping import Controls, DrumMapping
from bridge.realtime.clock import Line
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import Rig

PIPE_ATOMIC_BYTES = 4096
"""What Linux writes at once (POSIX promises 512); a stroke is about 700."""


@dataclass(frozen=True, slots=True)
class Job:
    """Told to a new player: what to play.

    Parameters
    ----------
    rig : Rig
        Checked.
    mappings : dict of PlayKey to DrumMapping
        With the controls as they stand now.
    enabled : bool
        Whether strokes pass.
    returning : tuple of str, optional
        Its predecessor lost these devices, (input, output), by host and name: wait for them instead of giving up, and
        take no other, not even one that is the system's default meanwhile.
    """

    rig: Rig
    mappings: dict[PlayKey, DrumMapping]
    enabled: bool = True
    returning: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The stream runs.

    Parameters
    ----------
    sample_rate : int
        Hz.
    input_name, output_name : str
        Devices, with their host API.
    latency_ms : tuple of float
        Of the device, (input, output), as it says itself.
    real_time : bool
        Whether the player's threads got real-time priority.
    block : int
        Frames a callback: the rig's, or those that the device chose.
    """

    sample_rate: int
    input_name: str
    output_name: str
    latency_ms: tuple[float, float]
    real_time: bool
    block: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The job cannot be done and the player ends; the text is an `InputError`'s."""

    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """How the player fares, ten times a second.

    Parameters
    ----------
    line : Line
        The stream clock's.
    peak : float
        Highest absolute input since the last report.
    blocks, samples, xruns, late, over, busy, failures : int
        See `bridge.audio.stream.StreamCounters`.
    failure : str
        Text of the last failure.
    work_s, worst_work_s : float
        Processor time in our code on the audio thread, summed and worst.
    resyncs : int
        Jumps of the clock.
    lost_events : int
        Strokes that did not fit into the pipe.
    late_voices : int
        Voice starts that a fixed delay asked for in the past.
    non_finite : int
        Input samples that were no numbers.
    """

    line: Line
    peak: float
    blocks: int
    samples: int
    xruns: int
    late: int
    over: int
    busy: int
    failures: int
    failure: str
    work_s: float
    worst_work_s: float
    resyncs: int
    lost_events: int
    late_voices: int
    non_finite: int


@dataclass(frozen=True, slots=True)
class SetControls:
    """Replace a mapping's live controls."""

    key: PlayKey
    controls: Controls


@dataclass(frozen=True, slots=True)
class SetMapping:
    """Replace a drum's whole mapping: another model or preset."""

    mapping: DrumMapping


@dataclass(frozen=True, slots=True)
class SetDetector:
    """Listen to a drum with other settings."""

    drum: str
    detector: DetectorSettings


@dataclass(frozen=True, slots=True)
class SetEnabled:
    """Let strokes pass, or not."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """Cut every ringing voice."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Close the stream and end."""


def pack(event: Onset | Strike, line: Line, host_line: Line) -> bytes:
    """Return an event and the clocks' lines as bytes, in a fraction of the time that pickling their classes takes."""
    return pickle.dumps((isinstance(event, Strike), *line, *host_line, *event.to_row()), 5)


def unpack(flat: Row) -> tuple[Onset | Strike, Line, Line]:
    """Return the event that `pack` flattened, and the lines of the stream's and the host's clock when it was heard."""
    kind = Strike if flat[0] else Onset
    return kind.from_row(flat[7:]), Line(*flat[1:4]), Line(*flat[4:7])


Command = SetControls | SetMapping | SetDetector | SetEnabled | Silence | Quit
