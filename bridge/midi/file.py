"""A recorded MIDI target as a standard MIDI file. Door: mido, for files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mido import Message, MetaMessage, MidiFile, MidiTrack

from bridge.events import TranscriptEntry

TICKS_PER_BEAT = 480
MICROSECONDS_PER_BEAT = 240_000
"""2000 ticks a second: half a millisecond, the finest that still divides common tempos evenly."""

_TICKS_PER_SECOND = TICKS_PER_BEAT * 1_000_000 / MICROSECONDS_PER_BEAT


def write_midi_file(path: Path, tape: Iterable[TranscriptEntry]) -> None:
    """Write the MIDI messages of a tape: a track per target, in the order in which they left."""
    file = MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    tempo = MidiTrack([MetaMessage("set_tempo", tempo=MICROSECONDS_PER_BEAT, time=0)])
    file.tracks.append(tempo)
    entries = [entry for entry in tape if entry.kind == "midi"]
    for target in dict.fromkeys(entry.target for entry in entries):
        file.tracks.append(_track(target, [entry for entry in entries if entry.target == target]))
    file.save(path)


def _track(name: str, entries: list[TranscriptEntry]) -> MidiTrack:
    track = MidiTrack([MetaMessage("track_name", name=name, time=0)])
    now = 0
    for entry in entries:
        tick = round(entry.time_s * _TICKS_PER_SECOND)
        track.append(Message.from_bytes(entry.data, time=max(tick - now, 0)))
        now = max(tick, now)
    return track
