from __future__ import annotations

import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.audio.containers import Length, length_of
from bridge.audio.files import PIECE_SAMPLES, StoredAudio, open_take, read_recording, write_wav
from bridge.audio.wav import WavFile
from synth.errors import InputError

TONE = np.sin(np.arange(4800) / 10).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_is_read_to_the_bit(channels: int, tmp_path: Path) -> None:
    audio = np.stack([TONE * (i + 1) / 4 for i in range(channels)], axis=1)
    write_wav(tmp_path / "a.wav", audio, 48_000)
    recording = read_recording(tmp_path / "a.wav")
    assert np.array_equal(recording.audio, audio)
    assert (recording.sample_rate, recording.seconds) == (48_000, 0.1)


def test_the_same_audio_gives_the_same_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", TONE, 48_000)
    content = (tmp_path / "a.wav").read_bytes()
    assert b"PEAK" not in content  # a chunk in which libsndfile keeps the time of day
    write_wav(tmp_path / "b.wav", TONE, 48_000)
    assert (tmp_path / "b.wav").read_bytes() == content


def test_a_rate_that_no_drum_needs_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "phone.wav", TONE, 8000)
    with pytest.raises(InputError, match=r"phone\.wav: its rate is 8000 Hz; allowed is 22050 to 192000 Hz"):
        read_recording(tmp_path / "phone.wav")


@pytest.mark.parametrize("kind", ["wav", "aiff"])
def test_a_file_that_was_cut_short_is_read_as_far_as_it_goes_with_a_warning(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"take.{kind}"
    soundfile.write(path, np.tile(TONE, 20), 48_000)
    path.write_bytes(path.read_bytes()[: 2 * 48_000])
    [warning] = read_recording(path).warnings
    assert warning == f"{path} is cut short: it announces 2.00 s of audio and holds 1.00 s, which are used"


def test_numbers_in_another_scale_are_told(tmp_path: Path) -> None:
    write_wav(tmp_path / "whole.wav", 32_000 * TONE, 48_000)
    [warning] = read_recording(tmp_path / "whole.wav").warnings
    assert warning.endswith("whole.wav peaks 90 dB over full scale; were its numbers written in another scale?")


@pytest.mark.parametrize("announced", [0x7FFFFFFF, 0xFFFFFFFF])
def test_a_recorder_that_could_not_know_the_length_is_no_reason_to_warn(announced: int, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", TONE, 48_000)
    data = bytearray((tmp_path / "a.wav").read_bytes())
    place = data.index(b"data") + 4
    data[place : place + 4] = announced.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    recording = read_recording(tmp_path / "a.wav")
    assert (len(recording.audio), recording.warnings) == (len(TONE), ())


KINDS = {
    "wav": ("WAV", "PCM_16"),
    "float": ("WAV", "FLOAT"),
    "wavex": ("WAVEX", "PCM_24"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
NOISE = (np.random.default_rng(0).standard_normal(480_000) * 0.1).astype(np.float32)


def written(kind: str, folder: Path) -> Path:
    path = folder / f"take.{kind}"
    form, subtype = KINDS[kind]
    soundfile.write(path, NOISE, 48_000, format=form, subtype=subtype)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_file_of_any_kind_is_used_as_far_as_it_goes_and_told(kind: str, tmp_path: Path) -> None:
    path = written(kind, tmp_path)
    whole = read_recording(path)
    assert whole.warnings == ()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    half = read_recording(path)
    assert 3.5 < half.seconds <= 5.0
    # Both differ in the last block of a lossy kind alone.
    assert np.array_equal(half.audio[:160_000], whole.audio[:160_000])
    [warning] = half.warnings
    assert "is cut short: it announces" in warning or "was not finished by what wrote it" in warning


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_in_its_header_is_one_sentence_or_what_is_there(
    kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = written(kind, tmp_path).read_bytes()
    for length in range(1, 130):
        path = tmp_path / f"cut.{kind}"
        path.write_bytes(content[:length])
        with suppress(InputError):
            assert len(read_recording(path).audio)
    assert "Traceback" not in capfd.readouterr().err  # libmpg123 says a word of its own


@pytest.mark.parametrize(
    "start", [b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"caff\0\1\0\0", b"RF64\xff\xff\xff\xffWAVE"]
)
def test_a_header_and_endless_zeros_are_no_work_without_an_end(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(1 << 38)
    with path.open("rb") as file:
        assert length_of(file) == Length()


@pytest.mark.parametrize("kind", KINDS)
def test_a_take_that_is_read_in_pieces_is_the_take(kind: str, tmp_path: Path) -> None:
    take = open_take(written(kind, tmp_path))
    pieces = [take.audio[first : first + 1000] for first in range(0, len(take.audio), 1000)]
    assert np.array_equal(np.concatenate(pieces), read_recording(take.path).audio)
    assert (len(take.audio), take.channels, take.sample_rate) == (480_000, 1, 48_000)


SIZES = {
    "wav": [(4, 4), (40, 4)],
    "aiff": [(4, 4), (42, 4)],
    "au": [(8, 4)],
    "caf": [(0xFF4, 8)],
    "w64": [(16, 8), (96, 8)],
    "rf64": [(20, 24)],
}
"""Where the sizes of file and audio stand, and their bytes."""


@pytest.mark.parametrize("kind", SIZES)
def test_a_file_whose_recorder_lost_power_before_it_wrote_the_length_is_used_whole(kind: str, tmp_path: Path) -> None:
    path = written(kind, tmp_path)
    whole = read_recording(path).audio
    content = bytearray(path.read_bytes())
    for place, size in SIZES[kind]:
        content[place : place + size] = bytes(size)
    path.write_bytes(content)
    recording = read_recording(path)
    assert np.array_equal(recording.audio[: len(whole)], whole)
    [warning] = recording.warnings
    said = "was not finished by what wrote it, as when the power fails; the 10.00 s that it holds are used"
    assert warning == f"{path} {said}"


@pytest.mark.parametrize("riff", [0, 10**9])
def test_a_wav_whose_outer_size_is_wrong_is_read_as_ever(riff: int, tmp_path: Path) -> None:
    path = written("wav", tmp_path)
    whole = read_recording(path)
    content = path.read_bytes()
    path.write_bytes(content[:4] + riff.to_bytes(4, "little") + content[8:])
    recording = read_recording(path)
    assert np.array_equal(recording.audio, whole.audio)
    assert recording.warnings == ()


def test_a_flac_that_does_not_know_its_length_is_read_to_its_end(tmp_path: Path) -> None:
    path = written("flac", tmp_path)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # STREAMINFO: the 36 bits of the number of samples
    path.write_bytes(content)
    assert (len(read_recording(path).audio), read_recording(path).warnings) == (480_000, ())
    path.write_bytes(content[: len(content) // 2])
    [warning] = read_recording(path).warnings
    assert "s cannot be decoded; what comes before is used" in warning


def test_an_empty_recording_with_a_chunk_behind_its_audio_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    soundfile.write(path, NOISE[:0], 48_000)
    path.write_bytes(path.read_bytes() + b"LIST" + (4).to_bytes(4, "little") + b"INFO")
    with pytest.raises(InputError, match=r"empty\.wav: the recording is empty"):
        read_recording(path)


def test_a_wav_of_more_than_four_gigabytes_is_an_rf64(tmp_path: Path) -> None:
    path = tmp_path / "large.wav"
    with WavFile(path, 48_000, 2, most_samples=2**30) as file:
        for part in np.split(NOISE, 10):
            file.write(np.stack([part, -part], axis=1))
    assert soundfile.info(path).format == "RF64"
    recording = read_recording(path)
    assert np.array_equal(recording.audio, np.stack([NOISE, -NOISE], axis=1))
    assert recording.warnings == ()


def test_one_channel_of_a_wide_file_takes_the_memory_of_one(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal((2 * PIECE_SAMPLES, 16)).astype(np.float32)
    write_wav(tmp_path / "wide.wav", noise, 48_000)
    stored = open_take(tmp_path / "wide.wav").audio
    assert isinstance(stored, StoredAudio)
    tracemalloc.start()
    try:
        heard = stored.first(1)[: len(stored)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert heard.tobytes() == noise[:, :1].tobytes()
    assert peak < 3 * heard.nbytes
