"""Read and write audio files; a recording is checked when it is read. Imports soundfile."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from bridge.rig.rig import Rig
from synth.dsp.levels import decibels
from synth.errors import InputError
from synth.files import require_file

LOWEST_RATE_HZ = 22_050
HIGHEST_RATE_HZ = 192_000

LOUDEST_PEAK = 100.0
"""No microphone's file goes 40 dB over full scale; whole numbers in a file of fractions do."""

_CHUNKED = {b"RIFF": ("<", b"data"), b"FORM": (">", b"SSND")}
"""First bytes of a WAV and of an AIFF file: the order of its numbers' bytes, and the name of the chunk with audio."""

_UNKNOWN_BYTES = 0x7F000000
"""A recorder that writes into a pipe cannot know the length; it announces one of the largest."""


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
    warnings : tuple of str
        What is odd about the file and yet no error, one sentence each.
    """

    audio: NDArray[np.float32]
    sample_rate: int
    path: Path
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.audio) / self.sample_rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.audio.shape[1])


def read_recording(path: Path) -> Recording:
    """Read an audio file whole; of one that was cut short, what is there.

    Raises
    ------
    InputError
        The file is missing, is no audio, is empty, holds values that are not finite, or has an unusable rate.
    """
    require_file(path)
    try:
        # Through an open file: soundfile itself cannot open every name that a folder may hold.
        with path.open("rb") as file:
            share = _share_there(file)
            file.seek(0)
            with soundfile.SoundFile(file) as sound:
                sample_rate, frames = sound.samplerate, sound.frames
                audio = sound.read(dtype="float32", always_2d=True)
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
    whole_s = max(frames, len(audio) / share) / sample_rate
    return Recording(audio, sample_rate, path, tuple(_oddities(path, audio, len(audio) / sample_rate, whole_s)))


def _oddities(path: Path, audio: NDArray[np.float32], there_s: float, whole_s: float) -> Iterator[str]:
    if whole_s - there_s >= 0.01:
        yield f"{path} is cut short: it announces {whole_s:.2f} s of audio and holds {there_s:.2f} s, which are used"
    peak = float(np.abs(audio).max())
    if peak > LOUDEST_PEAK:
        yield f"{path} peaks {decibels(peak):.0f} dB over full scale; were its numbers written in another scale?"


def _share_there(file: BinaryIO) -> float:
    """Return how much of the audio that a WAV or AIFF file announces is in it; 1 for other files.

    libsndfile reads such a file to its end and says nothing.
    """
    kind = file.read(12)[:4]
    if kind not in _CHUNKED:
        return 1.0
    order, audio_chunk = _CHUNKED[kind]
    while len(head := file.read(8)) == 8:
        name, announced = struct.unpack(f"{order}4sI", head)
        if name == audio_chunk:
            there = os.fstat(file.fileno()).st_size - file.tell()
            return there / announced if 0 < there < announced < _UNKNOWN_BYTES else 1.0
        file.seek(announced + announced % 2, os.SEEK_CUR)
    return 1.0


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


def rig_channels(recording: Recording, rig: Rig) -> Recording:
    """Return the channels that the rig listens to; fewer are an `InputError`, others a warning."""
    if recording.channels < rig.channels:
        raise InputError(
            f"{recording.path}: has {recording.channels} channel(s); "
            f"the rig's drums listen to channels up to {rig.channels}"
        )
    if recording.channels == rig.channels:
        return recording
    warning = f"{recording.path.name} has {recording.channels} channels; the rig's drums use 1 to {rig.channels}"
    return replace(recording, audio=recording.audio[:, : rig.channels], warnings=(*recording.warnings, warning))


def one_rate(recordings: Sequence[Recording]) -> int:
    """Return the sample rate of all recordings; `InputError` names one of each rate."""
    names = {recording.sample_rate: recording.path.name for recording in recordings}
    if len(names) > 1:
        listed = ", ".join(f"{name} has {rate} Hz" for rate, name in names.items())
        raise InputError(f"The recordings have different sample rates ({listed}); export them at one rate")
    return next(iter(names))
