"""A DX7's voices as SysEx: one voice, banks of 32, the change of one parameter; and the files that hold them.

Formats: Yamaha DX7 owner's manual, MIDI data format. Files found on the net are often damaged in ways that leave the
voices whole; those are read, and each damage is told in a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.sampling.dx7 import INIT_VOICE, PARAMETERS, VOICE_LENGTH, Voice, within_range
from synth.errors import InputError, counted_noun
from synth.outputs import whole_file
from synth.reading import MIB, FileKind, read_file

SYSEX_FILE = FileKind("SysEx file", 16 * MIB)
"""A bank has 4 104 bytes."""

BANK_VOICES = 32
PACKED_LENGTH = 128
BANK_LENGTH = BANK_VOICES * PACKED_LENGTH
HIGHEST_CHANGE = VOICE_LENGTH
"""Number of the change that turns operators on and off, one above those of a voice."""

_START, _END, _YAMAHA = 0xF0, 0xF7, 0x43
_ONE_VOICE, _BANK = 0, 9
_LENGTHS = {_ONE_VOICE: VOICE_LENGTH, _BANK: BANK_LENGTH}
_HEADER = 6
"""Bytes before the data of a dump: F0, maker, channel, format, and its length in two times seven bits."""


def change(number: int, value: int, channel: int = 0) -> bytes:
    """Return the message that changes one parameter of the voice that is being edited.

    ``F0 43 1n gg pp vv F7``: n is the channel; gg holds the group, 0 for a voice, above the two high bits of the
    number, and pp the seven low ones.

    Parameters
    ----------
    number : int
        0 to 154 as in `PARAMETERS`; 155 is a mask of the operators that are on, operator 6 lowest.
    value : int
        0 to 127.
    channel : int, optional
        0 to 15.

    >>> change(134, 4).hex(" ")
    'f0 43 10 01 06 04 f7'
    """
    return bytes((_START, _YAMAHA, 0x10 | channel, number >> 7, number & 0x7F, value, _END))


def changes(voice: Voice, before: Voice, channel: int = 0) -> list[bytes]:
    """Return the messages that turn one voice into another, in the order of the table."""
    pairs = enumerate(zip(voice, before, strict=True))
    return [change(number, value, channel) for number, (value, old) in pairs if value != old]


def packed(voice: Voice) -> bytes:
    """Return the 128 bytes of a voice as a bank holds it."""
    found = bytearray(PACKED_LENGTH)
    for parameter, value in zip(PARAMETERS, voice, strict=True):
        found[parameter.packed.byte] |= value << parameter.packed.shift
    return bytes(found)


def unpacked(data: bytes) -> Voice:
    """Return a voice from the 128 bytes of a bank. Values may lie outside their ranges; bit 7 counts for nothing."""
    return bytes(
        (data[one.packed.byte] & 0x7F) >> one.packed.shift & (1 << one.high.bit_length()) - 1 for one in PARAMETERS
    )


def one_voice(voice: Voice, channel: int = 0) -> bytes:
    """Return the message that loads a voice to be edited and played."""
    return _dump(_ONE_VOICE, voice, channel)


def bank(voices: Sequence[Voice], channel: int = 0) -> bytes:
    """Return the message that loads a bank; what is missing of 32 voices is INIT VOICE.

    Raises
    ------
    InputError
        There are none, or more than 32.
    """
    if not 1 <= len(voices) <= BANK_VOICES:
        raise InputError(f"a bank of a DX7 has 1 to {BANK_VOICES} voices, not {len(voices)}")
    filled = [*voices, *[INIT_VOICE] * (BANK_VOICES - len(voices))]
    return _dump(_BANK, b"".join(map(packed, filled)), channel)


def _dump(kind: int, data: bytes, channel: int) -> bytes:
    length = len(data) >> 7, len(data) & 0x7F
    return bytes((_START, _YAMAHA, channel, kind, *length, *data, checksum(data), _END))


def checksum(data: bytes) -> int:
    """Return what makes the sum of all bytes 0 in its seven low bits."""
    return -sum(data) & 0x7F


def write_bank(path: Path, voices: Sequence[Voice]) -> None:
    """Write voices as a file of one bank; `InputError` as of `bank`, or where it cannot be written."""
    data = bank(voices)
    with whole_file(path) as unfinished:
        unfinished.write_bytes(data)


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """What a file holds.

    Parameters
    ----------
    voices : tuple of Voice
        In their order, all banks together; every value within its range.
    notes : tuple of str
        What is damaged or was passed over, in words.
    """

    voices: tuple[Voice, ...]
    notes: tuple[str, ...] = ()


def read_voices(path: Path) -> VoiceFile:
    """Read a file of voices: dumps of one voice and of banks, or banks without their headers.

    Raises
    ------
    InputError
        It cannot be read, or holds no voice of a DX7.
    """
    data = read_file(path, SYSEX_FILE)
    try:
        return _with_ranges(*_voices_in(data))
    except _NoVoiceError as damage:
        raise InputError(f"{path}: {damage}") from None


class _NoVoiceError(Exception):
    """Why data holds no voice."""


def _voices_in(data: bytes) -> tuple[list[Voice], list[str]]:
    if not data:
        raise _NoVoiceError("is empty")
    if _START not in data or (len(data) % BANK_LENGTH == 0 and data[0] != _START):
        return _headerless(data)
    voices: list[Voice] = []
    notes: list[str] = []
    for at, message in _messages(data, notes):
        found, note = _voices_of(message)
        voices += found
        notes += [f"the message at byte {at} {note}"] if note else []
    if not voices:
        raise _NoVoiceError(f"holds no voice of a DX7: {'; '.join(notes) or 'it has no SysEx message'}")
    return voices, notes


def _headerless(data: bytes) -> tuple[list[Voice], list[str]]:
    """Return the voices of banks that begin at once, as some programs write them."""
    if len(data) % BANK_LENGTH:
        raise _NoVoiceError(
            f"is no file of DX7 voices: it has no SysEx message, and {len(data)} bytes are no whole bank"
        )
    count = counted_noun(len(data) // BANK_LENGTH, "bank")
    return _in_bank(data), [f"{count} without header and checksum"]


def _in_bank(data: bytes) -> list[Voice]:
    return [unpacked(data[at : at + PACKED_LENGTH]) for at in range(0, len(data), PACKED_LENGTH)]


def _messages(data: bytes, notes: list[str]) -> Iterator[tuple[int, bytes]]:
    """Yield every SysEx message with its place, its F0 and F7 included; a note tells of one that has no end."""
    at = data.find(_START)
    while at >= 0:
        following = data.find(_START, at + 1)
        stop = following if following >= 0 else len(data)
        end = _announced_end(data, at) or data.find(_END, at, stop) + 1
        if end:
            yield at, data[at:end]
        else:
            notes.append(f"the message at byte {at} has no end (F7); it is cut off after {stop - at} bytes")
        at = data.find(_START, max(end, at + 1))


def _announced_end(data: bytes, at: int) -> int:
    """Return where a dump of the length that its format has ends; 0 where there is none.

    Damaged data may hold F0 and F7 itself, for bit 7 of a voice's bytes counts for nothing.
    """
    header = data[at : at + _HEADER]
    if len(header) < _HEADER or header[1] != _YAMAHA or header[2] & 0x70 or header[3] not in _LENGTHS:
        return 0
    end = at + _HEADER + _LENGTHS[header[3]] + 2
    return end if data[end - 1 : end] == bytes((_END,)) else 0


def _voices_of(message: bytes) -> tuple[list[Voice], str]:
    """Return the voices of a message, and what is to be said of it."""
    if message[1] != _YAMAHA:
        return [], f"is of maker {message[1]:02X}, not of Yamaha (43)"
    if len(message) < _HEADER + 2:
        return [], "is too short for a dump"
    if message[2] & 0x70 or message[3] not in _LENGTHS:
        return [], f"is no dump of DX7 voices (bytes {message[2]:02X} {message[3]:02X}); passed over"
    wanted, data = _LENGTHS[message[3]], message[_HEADER:-2]
    if len(data) != wanted:
        what = "bank" if message[3] == _BANK else "voice"
        return [], f"has {len(data)} bytes of data, and a {what} has {wanted}; passed over"
    sound = checksum(data) == message[-2]
    note = "" if sound else f"has checksum {message[-2]:02X} and its data {checksum(data):02X}; read all the same"
    return (_in_bank(data) if message[3] == _BANK else [data]), note


def _with_ranges(voices: Sequence[Voice], notes: Sequence[str]) -> VoiceFile:
    held = tuple(map(within_range, voices))
    changed = sum(one != other for one, other in zip(held, voices, strict=True))
    told = f"{counted_noun(changed, 'voice')} with values beyond their range, which were set to its end"
    return VoiceFile(held, (*notes, *([told] if changed else [])))
