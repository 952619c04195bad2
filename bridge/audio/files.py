"""Read and write audio files; a recording is checked before it is used, and read piece by piece. Imports soundfile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray

from bridge.audio.containers import Length, Patched, length_of
from bridge.audio.wav import WavFile
from bridge.events import Audio
from bridge.rig.rig import Rig
from synth.dsp.levels import decibels, gain
from synth.errors import InputError, counted_noun
from synth.files import require_file
from synth.reading import open_file

LOWEST_RATE_HZ = 22_050
HIGHEST_RATE_HZ = 192_000

LOUDEST_PEAK = 100.0
"""No microphone's file goes 40 dB over full scale; whole numbers in a file of fractions do."""

PIECE_SAMPLES = 1 << 16
"""Read at once, over all channels."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Take:
    """Audio of a file.

    Parameters
    ----------
    audio : (samples, channels) float32
        Every value finite. In memory, or read where it is asked for.
    sample_rate : int
        Hz.
    path : Path
        Where it came from.
    warnings : tuple of str
        What is odd about the file and yet no error, one sentence each.
    """

    audio: Audio
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


@dataclass(frozen=True, slots=True)
class Recording(Take):
    """Audio of a file, all in memory."""

    audio: Floats


AnyTake = TypeVar("AnyTake", bound=Take)


class _InARow(soundfile.SoundFile):
    """An audio file that is read in a row: soundfile would seek after every read, from which MP3 does not recover."""

    def seekable(self) -> bool:
        """Say that it cannot seek."""
        return False


class Decoder:
    """An audio file that is read from its start to its end, or to where it cannot be decoded. A context manager.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    length : Length
        What is odd about its length.
    ended : bool
        Whether nothing comes any more.
    broken : bool
        Whether it ended because the rest cannot be decoded.

    Raises
    ------
    InputError
        It is no regular file, cannot be read, or is no audio.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ended = self.broken = False
        require_file(path)
        # Through an open file: soundfile itself opens devices and pipes, and not every name that a folder may hold.
        self._file = open_file(path)
        try:
            self.length = self._length()
            self._sound = self._open()
        except BaseException:
            self._file.close()
            raise
        self.sample_rate: int = self._sound.samplerate
        self.channels: int = self._sound.channels
        self.announced: int = self._sound.frames
        self.place = 0

    def _length(self) -> Length:
        try:
            return length_of(self._file)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror})") from None

    def _open(self) -> Any:
        self._file.seek(0)
        try:
            return _InARow(Patched(self._file, self.length.patches))
        except soundfile.SoundFileError as error:
            raise InputError(f"{self.path}: not readable as audio ({_cause(error)})") from None

    def read(self, samples: int) -> Floats:
        """Return the next samples, (n, channels); fewer at the end, where `ended` becomes true."""
        audio = np.full((samples, self.channels), np.nan, np.float32)
        try:
            count = len(self._sound.read(out=audio))
        except soundfile.SoundFileError:
            # What was decoded before the fault lies there already.
            count = int(np.flatnonzero(~np.isnan(audio[:, 0])).max(initial=-1)) + 1
            self.broken = True
        self.place += count
        self.ended = count < samples or self.broken
        return audio[:count]

    def skip_to(self, place: int) -> None:
        """Go to a sample."""
        if place != self.place:
            try:
                self._sound.seek(place)
            except soundfile.SoundFileError as error:
                raise InputError(f"{self.path}: cannot be read from its middle ({_cause(error)})") from None
            self.place = place

    def close(self) -> None:
        """Close the file."""
        self._sound.close()
        self._file.close()


class StoredAudio:
    """Audio in a file: each slice is read when it is asked for, best one after the other.

    Parameters
    ----------
    path : Path
    samples, channels : int
        What there is, and the first channels that are used.
    gain : float
        Linear.
    """

    def __init__(self, path: Path, samples: int, channels: int, gain: float = 1.0) -> None:
        self.path = path
        self.shape = samples, channels
        self._gain = np.float32(gain)
        self._decoder: Decoder | None = None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice, /) -> Floats:
        first, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError("audio of a file is read in a row")
        audio = np.zeros((max(stop - first, 0), self.shape[1]), np.float32)
        if len(audio):
            decoder = self._at(first)
            # In pieces: channels that are not used take no room for longer.
            length = max(PIECE_SAMPLES // decoder.channels, 1)
            for piece in (audio[start : start + length] for start in range(0, len(audio), length)):
                read = decoder.read(len(piece))
                np.multiply(read[:, : self.shape[1]], self._gain, out=piece[: len(read)])
            if stop == len(self):
                self.close()
        return audio

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of it in memory."""
        return self[:].astype(dtype or np.float32)

    def first(self, channels: int) -> StoredAudio:
        """Return the first channels of it."""
        return StoredAudio(self.path, len(self), channels, float(self._gain))

    def _at(self, place: int) -> Decoder:
        if self._decoder is None or (place != self._decoder.place and self._decoder.ended):
            self.close()
            self._decoder = Decoder(self.path)
        self._decoder.skip_to(place)
        return self._decoder

    def close(self) -> None:
        """Close the file; the next slice opens it again."""
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None


def open_take(path: Path, gain_db: float = 0.0, rates_hz: tuple[int, int] = (LOWEST_RATE_HZ, HIGHEST_RATE_HZ)) -> Take:
    """Return the audio of a file, checked from end to end and yet to be read; of one that was cut short, what is there.

    Parameters
    ----------
    path : Path
    gain_db : float
        How much louder it is to be.
    rates_hz : (int, int)
        The lowest and the highest sample rate that can be used.

    Raises
    ------
    InputError
        The file is missing or no regular file, is no audio, is empty, holds values that are not finite, has an
        unusable rate, or is too loud behind that gain.
    """
    decoder = Decoder(path)
    try:
        sample_rate = decoder.sample_rate
        bad, peak = 0, 0.0
        while not decoder.ended:
            piece = decoder.read(PIECE_SAMPLES // decoder.channels)
            finite = np.isfinite(piece)
            bad += piece.size - int(np.count_nonzero(finite))
            peak = max(peak, float(np.abs(piece).max(initial=0.0, where=finite)))
    finally:
        decoder.close()
    if not decoder.place:
        raise InputError(f"{path}: the recording is empty")
    lowest, highest = rates_hz
    if not lowest <= sample_rate <= highest:
        raise InputError(f"{path}: its rate is {sample_rate} Hz; allowed is {lowest} to {highest} Hz")
    if bad:
        raise InputError(f"{path}: {bad} of its samples are not finite numbers; export the recording again")
    if peak * gain(gain_db) > float(np.finfo(np.float32).max):
        raise InputError(f"{path}: {gain_db:g} dB more is too loud for any file; lower --gain-db")
    warnings = [*_cut(decoder), *_scale(path, peak)]
    audio = StoredAudio(path, decoder.place, decoder.channels, gain(gain_db))
    return Take(audio, sample_rate, path, tuple(warnings))


def read_recording(path: Path) -> Recording:
    """Read an audio file whole; of one that was cut short, what is there. Raises as `open_take` does."""
    take = open_take(path)
    return Recording(take.audio[:], take.sample_rate, path, take.warnings)


def _cut(decoder: Decoder) -> list[str]:
    """Return a sentence if a file holds less than it should."""
    there_s = decoder.place / decoder.sample_rate
    announced = decoder.announced if decoder.announced < _UNKNOWN_SAMPLES else 0
    whole_s = max(announced / decoder.sample_rate, there_s / decoder.length.share)
    if whole_s - there_s >= 0.01:
        words = f"is cut short: it announces {whole_s:.2f} s of audio and holds {there_s:.2f} s, which are used"
    elif decoder.length.unclosed:
        words = (
            f"was not finished by what wrote it, as when the power fails; the {there_s:.2f} s that it holds are used"
        )
    elif decoder.broken:
        words = f"is cut short: what comes after {there_s:.2f} s cannot be decoded; what comes before is used"
    else:
        return []
    return [f"{decoder.path} {words}"]


_UNKNOWN_SAMPLES = 1 << 60
"""What libsndfile says of a file whose header does not tell."""


def _scale(path: Path, peak: float) -> list[str]:
    """Return a sentence if a file is louder than any microphone."""
    if peak <= LOUDEST_PEAK:
        return []
    return [f"{path} peaks {decibels(peak):.0f} dB over full scale; were its numbers written in another scale?"]


def _cause(error: soundfile.SoundFileError) -> str:
    """Return what libsndfile found, without what soundfile says of the open file."""
    return str(getattr(error, "error_string", error)).removeprefix("Error : ").rstrip(".")


def write_wav(path: Path, audio: NDArray[np.floating], sample_rate: int) -> None:
    """Write (samples,) or (samples, channels) audio as 32-bit float WAV, peak as given; OSError on a full disk."""
    channels = 1 if audio.ndim == 1 else audio.shape[1]
    with WavFile(path, sample_rate, channels, len(audio)) as file:
        file.write(audio)


def write_flac(path: Path, audio: NDArray[np.floating], sample_rate: int) -> None:
    """Write (samples,) audio as 24-bit FLAC; what is beyond full scale is cut; OSError on a full disk."""
    try:
        soundfile.write(path, np.clip(audio, -1.0, 1.0), sample_rate, format="FLAC", subtype="PCM_24")
    except soundfile.SoundFileError as error:
        raise OSError(_cause(error)) from None


def read_flac(path: Path) -> tuple[Floats, int]:
    """Return the (samples,) float32 audio of a FLAC file that `write_flac` wrote, and its rate in Hz.

    Raises
    ------
    InputError
        It is no regular file, or cannot be decoded.
    """
    with open_file(path, "recording") as file:
        try:
            audio, rate_hz = soundfile.read(file, dtype="float32")
        except soundfile.SoundFileError as error:
            raise InputError(f"{path}: cannot be decoded ({_cause(error)})") from None
    return np.asarray(audio if audio.ndim == 1 else audio[:, 0], np.float32), int(rate_hz)


def rig_channels(recording: AnyTake, rig: Rig) -> AnyTake:
    """Return the channels that the rig listens to; fewer are an `InputError`, others a warning."""
    if recording.channels < rig.channels:
        raise InputError(
            f"{recording.path}: has {counted_noun(recording.channels, 'channel')}; "
            f"the rig's drums listen to channels up to {rig.channels}"
        )
    if recording.channels == rig.channels:
        return recording
    warning = f"{recording.path.name} has {recording.channels} channels; the rig's drums use 1 to {rig.channels}"
    audio = recording.audio
    used = audio.first(rig.channels) if isinstance(audio, StoredAudio) else np.asarray(audio)[:, : rig.channels]
    return replace(recording, audio=used, warnings=(*recording.warnings, warning))


def one_rate(recordings: Sequence[Take]) -> int:
    """Return the sample rate of all recordings; `InputError` names one of each rate."""
    names = {recording.sample_rate: recording.path.name for recording in recordings}
    if len(names) > 1:
        listed = ", ".join(f"{name} has {rate} Hz" for rate, name in names.items())
        raise InputError(f"The recordings have different sample rates ({listed}); export them at one rate")
    return next(iter(names))
