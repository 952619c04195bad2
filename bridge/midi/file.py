"""A recorded MIDI target as a standard MIDI file. Door: mido, for files."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

from mido import Message, MetaMessage, MidiFile, MidiTrack

from bridge.events import TranscriptEntry

TICKS_PER_BEAT = 480
MICROSECONDS_PER_BEAT = 240_000
"""2000 ticks a second: half a millisecond, the finest that still divides common tempos evenly."""

_TICKS_PER_SECOND = TICKS_PER_BEAT * 1_000_000 / MICROSECONDS_PER_BEAT


class MidiRecorder:
    """Keeps the MIDI messages of targets, a few bytes each, until they are written: a track per target."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}

    def add(self, entry: TranscriptEntry) -> None:
        """Keep a message; entries come in the order of time, and those that are no MIDI are passed over."""
        if entry.kind == "midi":
            self._tracks.setdefault(entry.target, _Track(entry.target)).add(entry.time_s, entry.data)

    def save(self, path: Path) -> None:
        """Write the file."""
        file = MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
        file.tracks.append(MidiTrack([MetaMessage("set_tempo", tempo=MICROSECONDS_PER_BEAT, time=0)]))
        file.tracks.extend(self._tracks.values())
        file.save(path)


class _Track:
    """A track as mido writes it: its messages, made one after the other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._times_s = array("d")
        self._sizes = array("B")
        self._bytes = bytearray()

    def add(self, time_s: float, message: bytes) -> None:
        self._times_s.append(time_s)
        self._sizes.append(len(message))
        self._bytes += message

    def __iter__(self) -> Iterator[Message | MetaMessage]:
        yield MetaMessage("track_name", name=self._name, time=0)
        now, place = 0, 0
        for time_s, size in zip(self._times_s, self._sizes, strict=True):
            tick = round(time_s * _TICKS_PER_SECOND)
            yield Message.from_bytes(self._bytes[place : place + size], time=max(tick - now, 0))
            now, place = max(tick, now), place + size


def write_midi_file(path: Path, tape: Iterable[TranscriptEntry]) -> None:
    """Write the MIDI messages of a tape: a track per target, in the order in which they left."""
    recorder = MidiRecorder()
    for entry in tape:
        recorder.add(entry)
    recorder.save(path)
