"""What the header of an audio file says of its length, against what is there: a recorder may have lost power.

libsndfile believes a header that says that there is no audio, and reads a file that is cut short without a word.
Sources: RIFF and RF64 (EBU Tech 3306), AIFF 1.3, CAF 1.0, Sony Wave64, the header of Sun's AU, RFC 3533 (Ogg).
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple


class _Layout(NamedTuple):
    """How the chunks of a format lie in its file.

    Parameters
    ----------
    first : int
        Byte at which the first chunk begins.
    name_bytes : int
    size : str
        Form of the number that follows the name, as of `struct`.
    audio : bytes
        Name of the chunk that holds the audio, or how it begins.
    multiple : int
        Chunks begin at a multiple of so many bytes after the first.
    own : int
        Bytes of name and size, where the size counts them too; else 0.
    skipped : int
        Bytes in the chunk before its audio.
    unknown : int
        Sizes from here on say that the length was not known, as when a program writes into a pipe.
    """

    first: int
    name_bytes: int
    size: str
    audio: bytes
    multiple: int
    own: int = 0
    skipped: int = 0
    unknown: int = 0x7F000000


_CHUNKED = {
    b"RIFF": _Layout(12, 4, "<I", b"data", 2),
    b"RF64": _Layout(12, 4, "<I", b"data", 2),
    b"FORM": _Layout(12, 4, ">I", b"SSND", 2, skipped=8),
    b"caff": _Layout(8, 4, ">Q", b"data", 1, skipped=4, unknown=1 << 62),
    b"riff": _Layout(40, 16, "<Q", b"data", 8, own=24, unknown=1 << 62),
}
"""By the first bytes of a file: WAV, its large form, AIFF, CAF and Wave64."""

MOST_CHUNKS = 4096
"""Looked at in one file; recorders and editors write a dozen."""

_OGG_END = 0x04
_OGG_LONGEST_PAGE = 65_307


@dataclass(frozen=True, slots=True)
class Length:
    """What is odd about the length of an audio file.

    Parameters
    ----------
    share : float
        How much of the audio that is announced is there; 1 also where nothing is announced.
    unclosed : bool
        The header announces nothing, or the end mark is missing: what wrote the file did not finish it.
    patches : tuple of (int, bytes)
        What the header should say: places and bytes.
    """

    share: float = 1.0
    unclosed: bool = False
    patches: tuple[tuple[int, bytes], ...] = ()


def length_of(file: BinaryIO) -> Length:
    """Return what is odd about the length of an open audio file; nothing of a kind that is not known here."""
    end = os.fstat(file.fileno()).st_size
    file.seek(0)
    kind = file.read(4)
    if kind == b"OggS":
        return Length(unclosed=not _ogg_ends(file, end))
    if kind == b".snd":
        start, announced = struct.unpack(">II", file.read(8).ljust(8, b"\0"))
        return _compared(_Audio(8, ">I", announced, start), end, 0x7F000000, empty=start >= end)
    layout = _CHUNKED.get(kind)
    audio = _audio_chunk(file, layout, end) if layout else None
    if layout is None or audio is None:
        return Length()
    empty = _chunks_reach(file, layout, audio.start, end)
    return _compared(audio, end, layout.unknown, empty)


class _Audio(NamedTuple):
    """Where the size of the audio stands, in which form, what it is in bytes, and where they begin."""

    place: int
    form: str
    announced: int
    start: int
    own: int = 0
    skipped: int = 0


def _compared(audio: _Audio, end: int, unknown: int, empty: bool) -> Length:
    there = end - audio.start
    if audio.announced >= unknown or 0 < audio.announced <= there or there <= audio.skipped:
        return Length()
    if audio.announced <= audio.skipped and empty:
        return Length()
    size = min(there + audio.own, (1 << 8 * struct.calcsize(audio.form)) - 1)
    patches = ((audio.place, struct.pack(audio.form, size)),)
    if audio.announced <= audio.skipped:
        return Length(unclosed=True, patches=patches)
    return Length(share=(there - audio.skipped) / (audio.announced - audio.skipped), patches=patches)


class _Chunk(NamedTuple):
    """A chunk's name and bytes, where its content begins, and where the next chunk does."""

    name: bytes
    length: int
    start: int
    after: int


def _chunks(file: BinaryIO, layout: _Layout, place: int, end: int) -> Iterator[_Chunk]:
    """Yield the chunks from ``place`` on, each with the file at its content, as long as there is a whole head.

    There are at most `MOST_CHUNKS`: gigabytes of zeros read as chunks of no length.
    """
    form = f"{layout.size[0]}{layout.name_bytes}s{layout.size[1]}"
    head = struct.calcsize(form)
    for _ in range(MOST_CHUNKS):
        if place + head > end:
            return
        file.seek(place)
        name, size = struct.unpack(form, file.read(head))
        start, length = place + head, max(size - layout.own, 0)
        place = start + length + -length % layout.multiple
        yield _Chunk(name, length, start, place)


def _audio_chunk(file: BinaryIO, layout: _Layout, end: int) -> _Audio | None:
    """Return the chunk that holds the audio; the large form of WAV keeps its size in a chunk of its own."""
    large: tuple[int, int] | None = None
    for name, length, start, _ in _chunks(file, layout, layout.first, end):
        if name == b"ds64":
            large = start + 8, struct.unpack("<Q", file.read(16)[8:].ljust(8, b"\0"))[0]
        if name.startswith(layout.audio):
            if large is not None and length == 0xFFFFFFFF:
                return _Audio(large[0], "<Q", large[1], start) if large[1] < 1 << 62 else None
            place = start - struct.calcsize(layout.size)
            return _Audio(place, layout.size, length, start, layout.own, layout.skipped)
    return None


def _chunks_reach(file: BinaryIO, layout: _Layout, place: int, end: int) -> bool:
    """Tell whether chunks follow each other from ``place`` to the end of a file: then its audio is truly empty."""
    for chunk in _chunks(file, layout, place, end):
        if not chunk.name[:4].isascii() or not chunk.name[:4].decode("ascii").isprintable():
            return False  # silence would read as chunks of no length
        place = chunk.after
    return place in (end, end + 1)


def _ogg_ends(file: BinaryIO, end: int) -> bool:
    """Tell whether the last page of an Ogg file is whole and says that it is the last."""
    file.seek(max(0, end - 2 * _OGG_LONGEST_PAGE))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return False
    sizes = tail[page + 27 : page + 27 + tail[page + 26]]
    return len(tail) >= page + 27 + len(sizes) + sum(sizes) and bool(tail[page + 5] & _OGG_END)


class Patched:
    """An open file some of whose bytes read as others: as much of a file as libsndfile asks for.

    Parameters
    ----------
    file : BinaryIO
    patches : sequence of (int, bytes)
        Places and bytes.
    """

    def __init__(self, file: BinaryIO, patches: tuple[tuple[int, bytes], ...]) -> None:
        self._file = file
        self._patches = patches

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place. libsndfile asks for one before the start where a file is cut in its header: it stays then."""
        with contextlib.suppress(OSError):
            return self._file.seek(place, whence)
        return self._file.tell()

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes."""
        place = self._file.tell()
        content = self._file.read(count)
        for at, patch in self._patches:
            first, last = max(at, place), min(at + len(patch), place + len(content))
            if first < last:
                content = content[: first - place] + patch[first - at : last - at] + content[last - place :]
        return content

    def write(self, content: bytes) -> int:
        """Refuse: it is only read."""
        raise OSError("only read")
