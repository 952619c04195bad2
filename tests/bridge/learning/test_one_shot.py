from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from bridge.audio.files import write_wav
from bridge.learning.one_shot import LONGEST_S, one_shot
from models.training.match_sound import RATE_HZ
from synth.errors import InputError

Floats = NDArray[np.float64]
RNG = np.random.default_rng(0)


def tone(freq_hz: float, seconds: float = 0.4, decay_s: float = 0.3, rate_hz: int = RATE_HZ) -> Floats:
    """Return a struck tone that falls by 60 dB in ``decay_s``."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return 0.5 * np.sin(2 * np.pi * freq_hz * time_s) * 0.001 ** (time_s / decay_s)


def hiss(seconds: float = 0.3, decay_s: float = 0.2) -> Floats:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return 0.3 * RNG.standard_normal(len(time_s)) * 0.001 ** (time_s / decay_s)


def in_a_row(sounds: list[Floats], step_s: float) -> Floats:
    step = round(step_s * RATE_HZ)
    audio = np.zeros(step * len(sounds) + max(map(len, sounds)))
    for number, sound in enumerate(sounds):
        audio[number * step : number * step + len(sound)] += sound
    return audio


def written(folder: Path, audio: Floats, rate_hz: int = RATE_HZ, name: str = "hit.wav") -> Path:
    write_wav(folder / name, audio, rate_hz)
    return folder / name


def test_silence_before_the_hit_is_left_out(tmp_path: Path) -> None:
    plain = one_shot(written(tmp_path, tone(200.0)))
    late = one_shot(written(tmp_path, np.concatenate([np.zeros(30_000), tone(200.0)])))
    assert abs(len(late.audio) - len(plain.audio)) < 100
    np.testing.assert_allclose(late.audio[:9000], plain.audio[:9000], atol=1e-4)
    assert plain.whole
    assert plain.notes == ()


@pytest.mark.parametrize("rate_hz", [8000, 22_050, 44_100, 96_000])
def test_any_rate_gives_the_same_hit(tmp_path: Path, rate_hz: int) -> None:
    plain, other = (one_shot(written(tmp_path, tone(200.0, rate_hz=rate), rate)) for rate in (RATE_HZ, rate_hz))
    length = min(len(plain.audio), len(other.audio), 4000)
    assert np.abs(plain.audio[200:length] - other.audio[200:length]).max() < 0.02


@pytest.mark.parametrize("name", ["hit.flac", "hit.aiff", "hit.ogg"])
def test_any_format_is_read(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, tone(200.0), RATE_HZ)
    assert abs(len(one_shot(tmp_path / name).audio) - len(one_shot(written(tmp_path, tone(200.0))).audio)) < 600


def test_channels_are_mixed_unless_they_cancel(tmp_path: Path) -> None:
    plain = one_shot(written(tmp_path, tone(200.0)))
    same = one_shot(written(tmp_path, np.stack([tone(200.0)] * 2, 1)))
    opposite = one_shot(written(tmp_path, np.stack([tone(200.0), -tone(200.0)], 1)))
    np.testing.assert_array_equal(same.audio, plain.audio)
    np.testing.assert_allclose(opposite.audio, plain.audio, atol=1e-6)


def test_an_offset_is_no_sound(tmp_path: Path) -> None:
    quiet = np.zeros(20_000)
    with_offset = one_shot(written(tmp_path, np.concatenate([quiet, tone(200.0), quiet]) + 0.1))
    assert abs(len(with_offset.audio) - len(one_shot(written(tmp_path, tone(200.0))).audio)) < 100


def test_of_several_hits_the_first_is_taken_and_it_is_said(tmp_path: Path) -> None:
    hits = in_a_row([tone(200.0), 0.5 * tone(200.0), tone(200.0)], 0.8)
    found = one_shot(written(tmp_path, hits))
    assert found.notes == ("hit.wav holds 3 strokes; the first is matched",)
    assert len(found.audio) < 0.5 * RATE_HZ
    assert found.whole


@pytest.mark.parametrize("gap_s", [0.004, 0.01, 0.03])
def test_flams_and_claps_are_one_hit(tmp_path: Path, gap_s: float) -> None:
    found = one_shot(written(tmp_path, in_a_row([hiss(0.02, 0.02), hiss(0.02, 0.02), hiss()], gap_s)))
    assert found.notes == ()


def test_a_cut_sound_is_told(tmp_path: Path) -> None:
    found = one_shot(written(tmp_path, tone(100.0, seconds=0.1, decay_s=1.0)))
    assert not found.whole
    assert found.notes == ("hit.wav ends while it sounds: only its 0.10 s are compared",)


def test_a_clipped_sound_is_used_and_told(tmp_path: Path) -> None:
    found = one_shot(written(tmp_path, np.clip(4.0 * tone(100.0), -0.9, 0.9)))
    assert found.notes[0].startswith("hit.wav is clipped at ")
    assert one_shot(written(tmp_path, tone(100.0))).notes == ()


STEADY = 0.3 * np.sin(2 * np.pi * 220.0 * np.arange(2 * RATE_HZ) / RATE_HZ)
SCALE = (220.0, 247.0, 262.0, 294.0, 330.0)
FAULTS = {
    "silence": (np.zeros(RATE_HZ), "is silent"),
    "nearly-silent": (1e-5 * hiss(), "is silent"),
    "click": (np.concatenate([np.zeros(500), hiss(0.002, 1.0), np.zeros(5000)]), "can be matched"),
    "long": (np.tile(tone(200.0), round(LONGEST_S / 0.4) + 2), "lasts 60 s|lasts 61 s"),
    "tone": (STEADY, "does not fade"),
    "hum": (STEADY * np.hanning(len(STEADY)) ** 0.2, "does not fade"),
    "hiss": (0.1 * RNG.standard_normal(2 * RATE_HZ), "does not fade"),
    "legato": (np.concatenate([tone(f, 0.25, 9.0) for f in SCALE]), "does not fade"),
    "melody": (in_a_row([tone(f, 0.4, 0.3) for f in SCALE], 0.5), "of different pitch"),
    "arpeggio": (in_a_row([0.6**n * tone(220.0 * 1.5**n, 2.0, 3.0) for n in range(4)], 0.3), "ring into each other"),
    "loop": (in_a_row([tone(100.0), hiss(), tone(100.0), hiss()], 0.5), "of different pitch|different sounds"),
    "dense-loop": (in_a_row([tone(100.0, 0.5, 1.0), hiss()] * 2, 0.2), "before the first has faded"),
    "roll": (in_a_row([hiss()] * 12, 0.3), "12 strokes, as a loop does"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_hit_is_refused_in_a_sentence_that_names_the_file(tmp_path: Path, name: str) -> None:
    audio, words = FAULTS[name]
    with pytest.raises(InputError, match=words) as error:
        one_shot(written(tmp_path, audio, name=f"{name}.wav"))
    assert str(error.value).startswith(f"{tmp_path / name}.wav: ")
    assert "\n" not in str(error.value)


def test_what_is_no_audio_or_holds_no_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.wav").write_text("hello")
    with pytest.raises(InputError, match="not readable as audio"):
        one_shot(tmp_path / "words.wav")
    with pytest.raises(InputError, match="no such file"):
        one_shot(tmp_path / "missing.wav")
    broken = tone(200.0)
    broken[100] = np.nan
    with pytest.raises(InputError, match="not finite"):
        one_shot(written(tmp_path, broken))
