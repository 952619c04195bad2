from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.audio.files import read_recording, write_wav
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
