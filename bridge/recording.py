"""Recordings in and out, checked at the door. Door: soundfile."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from synth.errors import InputError

LOWEST_RATE_HZ = 22_050
HIGHEST_RATE_HZ = 192_000


@dataclass(frozen=True, slots=True)
class Recording:
    """Audio of a file.

    Parameters
    ----------
    audio : (samples, channels) float32
        Every value finite.
    sample_rate : int
        Hz.
    path : Path
        Where it came from.
    """

    audio: NDArray[np.float32]
    sample_rate: int
    path: Path

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.audio) / self.sample_rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.audio.shape[1])


def read_recording(path: Path) -> Recording:
    """Read an audio file whole.

    Raises
    ------
    InputError
        The file is missing, is no audio, is empty, holds values that are not finite, or has an unusable rate.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path}: there is no such file")
    try:
        # Through an open file: soundfile itself cannot open every name that a folder may hold.
        with path.open("rb") as file:
            audio, sample_rate = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise InputError(f"{path}: not readable as audio ({_cause(error)})") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if not len(audio):
        raise InputError(f"{path}: the recording is empty")
    if not LOWEST_RATE_HZ <= sample_rate <= HIGHEST_RATE_HZ:
        raise InputError(f"{path}: its rate is {sample_rate} Hz; allowed is {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz")
    bad = int(np.count_nonzero(~np.isfinite(audio)))
    if bad:
        raise InputError(f"{path}: {bad} of its samples are not finite numbers; export the recording again")
    return Recording(audio, sample_rate, path)


def _cause(error: soundfile.SoundFileError) -> str:
    """Return what libsndfile found, without what soundfile says of the open file."""
    return str(getattr(error, "error_string", error)).removeprefix("Error : ").rstrip(".")


def write_wav(path: Path, audio: NDArray[np.floating], sample_rate: int) -> None:
    """Write (samples,) or (samples, channels) audio as 32-bit float WAV, peak as given; OSError on a full disk.

    The same audio gives the same file, to the bit: libsndfile would write the time of day into it.
    """
    from scipy.io import wavfile

    # Through memory: a file that is cut short by a full disk is then an OSError whatever the library makes of it.
    memory = io.BytesIO()
    wavfile.write(memory, sample_rate, np.asarray(audio, dtype=np.float32))
    path.write_bytes(memory.getvalue())
