"""Notes on scales, and the pitch that a note gives a built-in voice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.events import Strike
from bridge.mapping.numbers import UNIT, Number, Scaler, checked_source, early_numbers, number_ranges
from bridge.midi_bytes import pitch
from bridge.rig.plays import NoteFrom, VoicePlaySettings
from bridge.rig.rig import Drum
from bridge.rig.tunings import Tuning
from synth.errors import InputError, shown
from synth.spec import ParamSpace

SCALES: dict[str, tuple[int, ...]] = {
    "chromatic": tuple(range(12)),
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "major-pentatonic": (0, 2, 4, 7, 9),
    "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "octaves": (0,),
    "fifths": (0, 7),
}


def scale_notes(name: str, root: int, where: str) -> tuple[int, ...]:
    """Return every note of a scale, from 0 to 127; `InputError` lists the scales."""
    if name not in SCALES:
        raise InputError(f"{where}.scale: {shown(name)} is unknown; there are {', '.join(SCALES)}")
    return tuple(note for note in range(128) if (note - root) % 12 in SCALES[name])


def nearest_note(notes: Sequence[int], wanted: float) -> int:
    """Return the note that lies nearest, of notes in order; of two that do, the lower.

    >>> nearest_note((36, 40, 43), 41.5)
    40
    """
    above = bisect_left(notes, wanted)
    return min(notes[max(above - 1, 0) : above + 1], key=lambda note: abs(note - wanted))


def require_note_range(scaler: Scaler, where: str) -> None:
    """Refuse a range that leaves the notes that there are."""
    for key, end in (("low", scaler.low), ("high", scaler.high)):
        if not 0 <= end <= 127:
            raise InputError(f"{where}.{key} is {end:g}; a note takes 0 to 127")


@dataclass(slots=True)
class VoiceNotes:
    """Gives each stroke of a play its note, and its voice the pitch of it. Audio thread: no lock, no file.

    Parameters
    ----------
    notes : tuple of int
        Taken in turn; of a scale where there is a ``scaler``.
    pitches_hz : (128,) float64
        Of every note.
    columns : (n,) int
        The voice's parameters with the role of pitch: the first is brought to the note, the others move along.
    chosen : Number or None
        The number of the stroke that chooses a note.
    scaler : Scaler or None
        Brings it to a note.
    scaled : ParamSpace or None
        Of the strikes, where that number is in 0..1.
    """

    notes: tuple[int, ...]
    pitches_hz: NDArray[np.float64]
    columns: NDArray[np.intp]
    chosen: Number | None = None
    scaler: Scaler | None = None
    scaled: ParamSpace | None = None
    _turned: int = field(default=0, init=False)

    def reset(self) -> None:
        """Begin with the first note again."""
        self._turned = 0

    def next_note(self, strike: Strike) -> int:
        """Return the note of the next stroke."""
        if self.scaler is None or self.chosen is None:
            self._turned += 1
            return self.notes[(self._turned - 1) % len(self.notes)]
        unit = [] if self.scaled is None else self.scaled.to_unit(strike.values).tolist()
        return nearest_note(self.notes, self.scaler({self.scaler.source: self.chosen.of(strike, unit)}))

    def at(self, note: int, values: NDArray[np.float64], preset: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values as they were had the preset had the pitch of a note.

        Parameters
        ----------
        note : int
            From `next_note`.
        values, preset : (n,) float64
            Real units: of the strike, and of the preset that it moves.
        """
        moved = values.copy()
        moved[self.columns] *= self.pitches_hz[note] / preset[self.columns[0]]
        return moved


def notes_of(drum: Drum, number: int, space: ParamSpace) -> VoiceNotes | None:
    """Return what gives the strokes of a drum's play their notes; None where the preset's pitch stands.

    Parameters
    ----------
    drum : Drum
    number : int
        Of the play of a built-in voice, from 1.
    space : ParamSpace
        Parameters of the voice.

    Raises
    ------
    InputError
        The voice has no pitch; a note is unknown, or its pitch is beyond the voice's.
    """
    play, where = drum.plays[number - 1], f"{drum.where_of(number)}.note"
    if not isinstance(play, VoicePlaySettings) or play.note is None:
        return None
    columns = np.flatnonzero([param.role == "pitch" for param in space])
    if not len(columns):
        raise InputError(f"{where}: the voice '{space.name}' has no pitch that a note could set; leave note out")
    pitches_hz = (play.tuning or Tuning()).pitches_hz
    given = play.note
    if isinstance(given, NoteFrom):
        notes, scaler = _from_number(given, play, space, where)
        heard = [notes[0], notes[-1]]
    else:
        listed = given if isinstance(given, list) else [given]
        notes, scaler = tuple(_named(one, play, where) for one in listed), None
        heard = list(notes)
    for note in heard:
        _require_reach(note, pitches_hz, space, int(columns[0]), where)
    if scaler is None:
        return VoiceNotes(notes, pitches_hz, columns)
    scaled = space if scaler.source.startswith(UNIT) else None
    return VoiceNotes(notes, pitches_hz, columns, number_ranges(space)[scaler.source], scaler, scaled)


def _from_number(
    given: NoteFrom, play: VoicePlaySettings, space: ParamSpace, where: str
) -> tuple[tuple[int, ...], Scaler]:
    """Return the notes that a number can choose, and what brings it to them."""
    ranges = number_ranges(space)
    scaler = Scaler.of(given, ranges, 36.0, 60.0, where)
    require_note_range(scaler, where)
    if play.trigger_when == "early" and not checked_source(given.source, ranges, f"{where}.from").early:
        known = ", ".join(early_numbers(ranges))
        raise InputError(
            f"{where}.from: '{given.source}' is not known at detection, when an early play goes; {known} are"
        )
    whole = scale_notes(given.scale, _named(given.root, play, f"{where}.root"), where)
    ends = [nearest_note(whole, end) for end in sorted((scaler.low, scaler.high))]
    return tuple(note for note in whole if ends[0] <= note <= ends[1]), scaler


def _named(given: int | str, play: VoicePlaySettings, where: str) -> int:
    if isinstance(given, int):
        return given
    number = pitch(given, int(play.middle_c[1:]))
    if number is None:
        raise InputError(f"{where}: {shown(given)} is no note; a pitch is written as C2 or F#2, a number is 0 to 127")
    if not 0 <= number <= 127:
        raise InputError(f"{where}: {given} is note {number} where middle C is {play.middle_c}; there are 0 to 127")
    return number


def _require_reach(note: int, pitches_hz: NDArray[np.float64], space: ParamSpace, column: int, where: str) -> None:
    param, pitch_hz = space.params[column], pitches_hz[note]
    if not param.low <= pitch_hz <= param.high:
        raise InputError(
            f"{where}: note {note} has {pitch_hz:.4g} Hz; {param.name} of '{space.name}' is {param.low:g} to "
            f"{param.high:g} Hz"
        )
