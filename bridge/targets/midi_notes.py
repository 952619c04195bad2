"""Which channels and notes a stroke has on a MIDI port: in turn, by name, on a scale."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.events import Numbers
from bridge.midi.messages import Value
from bridge.midi_bytes import Note, bend_range, mpe_configuration, pitch
from bridge.rig.plays import MidiPlaySettings
from bridge.rig.profiles import Profile
from bridge.rig.targets import Mpe
from synth.errors import InputError, shown

REMEMBERED = 64
"""Early strokes whose channels are kept until their values come: those whose values never come are let go then."""


class ChannelTurn:
    """Gives out channels in turn, so that the one whose note is the oldest comes next.

    Parameters
    ----------
    channels : sequence of int
        From 0.

    Examples
    --------
    >>> turn = ChannelTurn([1, 2, 3])
    >>> turn.next(2), turn.next(2)
    ((1, 2), (3, 1))
    """

    def __init__(self, channels: Sequence[int]) -> None:
        self.channels = tuple(channels)
        self._next = 0

    def next(self, count: int = 1) -> tuple[int, ...]:
        """Return the next channels."""
        first, self._next = self._next, self._next + count
        return tuple(self.channels[(first + place) % len(self.channels)] for place in range(count))


class StrokeChannels:
    """On which channels a play's strokes sound; an early note and the values that follow it have the same.

    Parameters
    ----------
    turn : ChannelTurn
        Gives them out; plays of one MPE zone share it.
    each : int
        How many a stroke has: in an MPE zone, one for each note of a chord.
    """

    def __init__(self, turn: ChannelTurn, each: int) -> None:
        self._turn = turn
        self._each = each
        self._early: dict[float, tuple[int, ...]] = {}

    def early(self, numbers: Numbers) -> tuple[int, ...]:
        """Return the channels of a stroke that was only detected."""
        channels = self._turn.next(self._each)
        self._early[numbers["stroke"]] = channels
        if len(self._early) > REMEMBERED:
            del self._early[next(iter(self._early))]
        return channels

    def complete(self, numbers: Numbers) -> tuple[int, ...]:
        """Return the channels of a complete stroke: those of its early note, if it had one."""
        return self._early.pop(numbers["stroke"], ()) or self._turn.next(self._each)

    def dismiss(self, numbers: Numbers) -> None:
        """Forget the channels of a stroke that was only detected, and was none."""
        self._early.pop(numbers["stroke"], None)


class Zone:
    """An MPE zone of a port: its channels, and what makes the receiver set it up.

    Parameters
    ----------
    settings : Mpe
        As in the rig.
    """

    def __init__(self, settings: Mpe) -> None:
        self._settings = settings
        self.turn = ChannelTurn(settings.channels)

    @property
    def setup(self) -> tuple[Value, ...]:
        """What is sent when the port opens."""
        settings = self._settings
        zone = Value(f"mpe {settings.manager}", mpe_configuration(settings.manager, settings.members))
        reach = settings.bend_semitones
        bends = [] if reach is None else [Value(f"reach {one}", bend_range(one, reach)) for one in settings.channels]
        return (zone, *bends)

    def require_outside(self, channels: Sequence[int], where: str) -> None:
        """Refuse channels that the zone gives out itself."""
        if own := [channel for channel in channels if channel in self.turn.channels]:
            members = f"{min(self.turn.channels) + 1} to {max(self.turn.channels) + 1}"
            raise InputError(
                f"{where}: channel is {own[0] + 1}, which the target's MPE zone gives out itself ({members}); leave "
                "channel out, or name one beside those"
            )


def note_number(given: int | str, settings: MidiPlaySettings, profile: Profile | None, where: str) -> int:
    """Return the note that a play names: a number, a sound of its profile, or a pitch.

    Raises
    ------
    InputError
        It is none of these, or lies beyond 0 to 127; ``where`` begins the text.
    """
    if isinstance(given, int):
        return given
    if profile is not None and profile.has_note(given):
        return profile.note(given, where)
    number = pitch(given, int(settings.middle_c[1:]))
    if number is not None:
        if not 0 <= number <= 127:
            raise InputError(
                f"{where}: {given} is note {number} where middle C is {settings.middle_c}; MIDI has 0 to 127"
            )
        return number
    if profile is None:
        ways = "a named note needs profile = '...', and a pitch is written as C2 or F#2"
        raise InputError(f"{where}: {shown(given)} is a name; {ways}")
    return profile.note(given, where)


def chord(notes: Sequence[int], channels: Sequence[int]) -> tuple[Note, ...]:
    """Return notes with their channels: one for each, or one for all.

    >>> chord([60, 64], [9]), chord([60, 64], [1, 2])
    (((9, 60), (9, 64)), ((1, 60), (2, 64)))
    """
    return tuple((channels[place % len(channels)], note) for place, note in enumerate(notes))
