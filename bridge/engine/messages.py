"""What the two halves of a session tell each other: the player process and the one that sends and shows.

Towards the player go `Job` and then `bridge.engine.changes`, of any size, one writer at a time. From it come `Opened`,
`Waiting`, `Refused`, `Report` and, flattened by `pack`, each `bridge.events.Event`: two threads write them, and
each arrives whole because it is one write of less than `PIPE_ATOMIC_BYTES`.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass

from bridge.audio.stream import StreamCounters
from bridge.engine.changes import LiveState
from bridge.events import Dismissed, Event, Onset, Row, Strike
from bridge.realtime.clock import Line
from bridge.rig.rig import Rig
from synth.voices.registry import VoiceKind

PIPE_ATOMIC_BYTES = 4096
"""What Linux writes at once (POSIX promises 512); a stroke is about 700."""


@dataclass(frozen=True, slots=True)
class Job:
    """Told to a new player: what to play.

    Parameters
    ----------
    rig : Rig
        Checked.
    live : LiveState
        Mappings and settings as they stand now.
    returning : tuple of str, optional
        Its predecessor lost these devices, (input, output), by host and name: wait for them instead of giving up, and
        take no other, not even one that is the system's default meanwhile.
    voices : tuple of VoiceKind
        What the rig's voice targets play. The player registers them, as it may not know a voice that its parent does.
    waits : bool
        Whether a device that is not there at the start is waited for.
    """

    rig: Rig
    live: LiveState
    returning: tuple[str, str] | None = None
    voices: tuple[VoiceKind, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The stream runs.

    Parameters
    ----------
    sample_rate : int
        Hz.
    input_name, output_name : str
        Devices, with their host API.
    real_time : bool
        Whether the player's threads got real-time priority.
    block : int
        Frames a callback: the rig's, or those that the device chose.
    device_hz : int
        Rate that the input device runs at by itself: where it is another one, something between resamples. 0: unknown.
    """

    sample_rate: int
    input_name: str
    output_name: str
    real_time: bool
    block: int
    device_hz: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The device is not there, and is waited for; the text is a `MissingError`'s."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The job cannot be done and the player ends; the text is an `InputError`'s."""

    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """How the player fares, ten times a second, or as often as remote control tells the state.

    Parameters
    ----------
    line : Line
        The stream clock's.
    peak : float
        Highest absolute input since the last report.
    stream : StreamCounters
        What happened on the audio thread.
    resyncs : int
        Jumps of the clock.
    lost_events : int
        Strokes that did not fit into the pipe.
    late_voices : int
        Voice starts that a fixed delay asked for in the past.
    non_finite : int
        Input samples that were no numbers.
    output_peaks : tuple of float
        Highest level of each output since the last report, before peaks are bent: above 1 it is too loud.
    output_clipped : int
        Output samples that were beyond full scale.
    dropped_strokes : int
        Strokes that found no room in a built-in voice.
    effect_faults : int
        Times that an effect made what is no number, fell silent and began again.
    """

    line: Line
    peak: float
    stream: StreamCounters
    resyncs: int = 0
    lost_events: int = 0
    late_voices: int = 0
    non_finite: int = 0
    output_peaks: tuple[float, ...] = ()
    output_clipped: int = 0
    dropped_strokes: int = 0
    effect_faults: int = 0


_KINDS: tuple[type[Event], ...] = (Onset, Strike, Dismissed)
"""A packed event begins with its kind's place here."""


def pack(event: Event, line: Line, host_line: Line) -> bytes:
    """Return an event and the clocks' lines as bytes, in a fraction of the time that pickling their classes takes."""
    return pickle.dumps((_KINDS.index(type(event)), *line, *host_line, *event.to_row()), 5)


def unpack(flat: Row) -> tuple[Event, Line, Line]:
    """Return the event that `pack` flattened, and the lines of the stream's and the host's clock when it was heard."""
    return _KINDS[flat[0]].from_row(flat[7:]), Line(*flat[1:4]), Line(*flat[4:7])
