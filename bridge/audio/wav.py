"""Write WAV of 32-bit floats as it comes, and what its header says when the last sample is there.

The same audio gives the same file, to the bit: libsndfile would write the time of day into it. A file of more than
4 GiB is an RF64 (EBU Tech 3306), which every reader of long recordings knows.
"""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

BYTES = 4
"""Of one value of one channel."""

FLOAT = 3
"""The code of floating point in a WAV's header."""

LONGEST_BYTES = 2**32 - 1 - 50
"""Of the audio of a plain WAV: its header counts in 32 bits, what precedes the audio too."""


class WavFile:
    """A WAV file that is being written. A context manager; leaving it writes the header.

    Parameters
    ----------
    path : Path
    sample_rate : int
        Hz.
    channels : int
    most_samples : int
        How long it may become, which tells whether it must be an RF64.

    Raises
    ------
    OSError
        There is no room for it, or it may not be written.
    """

    def __init__(self, path: Path, sample_rate: int, channels: int, most_samples: int) -> None:
        self._sample_rate = sample_rate
        self._channels = channels
        self._large = most_samples * channels * BYTES > LONGEST_BYTES
        self._file = path.open("wb")
        self.samples = 0
        self._file.write(self._header())

    def write(self, audio: NDArray[np.floating]) -> None:
        """Add (n,) or (n, channels) samples, peak as given."""
        self._file.write(np.ascontiguousarray(audio, "<f4").data)
        self.samples += len(audio)

    def close(self) -> None:
        """Write the header and close the file."""
        try:
            self._file.seek(0)
            self._file.write(self._header())
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _header(self) -> bytes:
        frame = self._channels * BYTES
        audio = self.samples * frame
        words = FLOAT, self._channels, self._sample_rate, self._sample_rate * frame, frame, 8 * BYTES, 0
        form = (
            b"WAVE" if not self._large else b"WAVEds64" + struct.pack("<IQQQI", 28, 86 + audio, audio, self.samples, 0)
        )
        form += b"fmt " + struct.pack("<IHHIIHHH", 18, *words)
        form += b"fact" + struct.pack("<II", 4, min(self.samples, 2**32 - 1))
        name, whole, part = (b"RF64", 2**32 - 1, 2**32 - 1) if self._large else (b"RIFF", 50 + audio, audio)
        return name + struct.pack("<I", whole) + form + b"data" + struct.pack("<I", part)
