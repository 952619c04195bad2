from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio.files import Recording
from bridge.calibration.measure import calibrate_audio
from bridge.learning.chosen import Chosen, Stroke
from bridge.learning.strokes import Pupil, hear
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import Rig, rig_from_table
from bridge.session.offline import perform as play
from synth.drummer.perform import Take
from synth.errors import InputError
from tests.bridge.signals import strokes
from tests.takes import once


@pytest.fixture(scope="module")
def take() -> Take:
    return once("singles", "tight", seed=0)


def recording(audio: NDArray[np.float32], rate: int = 48_000, name: str = "drum.wav") -> Recording:
    return Recording(np.atleast_2d(audio.T).T.astype(np.float32), rate, Path(name))


def test_strokes_start_where_the_drummer_struck(take: Take) -> None:
    strokes = hear([recording(take.audio[:, :1])]).strokes
    heard_s = (len(take.audio) - np.cumsum(strokes.ends[::-1])[::-1]) / take.sample_rate
    struck_s = np.array([stroke.onset_s for stroke in take.strokes])
    late_s = np.abs(heard_s[None] - struck_s[:, None]).min(1)
    assert np.mean(late_s < 0.002) > 0.9


def test_features_are_those_of_the_audio_that_is_kept(take: Take) -> None:
    strokes = hear([recording(take.audio[:, :1])]).strokes
    level_db = 10 * np.log10(np.square(strokes.audio[:, :256], dtype=np.float64).mean(-1))
    assert np.allclose(level_db, strokes.features[:, 0], atol=0.01)


def test_two_recordings_add_up(take: Take) -> None:
    once = hear([recording(take.audio[:, :1])]).strokes
    assert len(hear([recording(take.audio[:, :1])] * 2).strokes) == 2 * len(once)


def test_too_few_strokes_are_refused_with_advice() -> None:
    with pytest.raises(InputError, match=r"drum.wav: 0 strokes were heard; at least 8 .* play longer"):
        hear([recording(np.zeros((48_000, 1), np.float32))])


def test_different_rates_are_refused(take: Take) -> None:
    with pytest.raises(InputError, match="different sample rates"):
        hear([recording(take.audio[:, :1]), recording(take.audio[:, :1], 44_100)])


def test_one_loudness_is_refused() -> None:
    rng = np.random.default_rng(0)
    stroke = 0.5 * rng.standard_normal(24_000) * np.exp(-np.arange(24_000) / 1500)
    with pytest.raises(InputError, match="nothing to learn from one loudness"):
        hear([recording(np.tile(stroke, 20)[:, None].astype(np.float32))])


def test_a_dead_side_is_left_out_with_a_warning(take: Take) -> None:
    stereo = np.concatenate([np.zeros_like(take.audio[:, :1]), take.audio[:, :1]], axis=1)
    heard = hear([recording(stereo)])
    assert len(heard.strokes) == len(hear([recording(take.audio[:, :1])]).strokes)
    assert "channel 2 is used, as the other side is dead" in heard.warnings[0]


def test_of_many_channels_none_is_a_side(take: Take) -> None:
    eight = np.zeros((len(take.audio), 8), np.float32)
    eight[:, 3] = take.audio[:, 0]
    assert hear([recording(eight)]).warnings == ("drum.wav has 8 channels; channel 4 is used, as it is the loudest",)


def test_clipping_is_warned_of(take: Take) -> None:
    clipped = np.clip(8.0 * take.audio[:, :1], -1.0, 1.0)
    assert any("is clipped in" in warning for warning in hear([recording(clipped)]).warnings)
    assert not hear([recording(take.audio[:, :1])]).warnings


def test_hum_that_is_cut_off_is_no_stroke(take: Take) -> None:
    before_end = np.arange(-len(take.audio), 0)[:, None]
    hum = 0.3 * np.sin(2 * np.pi * 50 * before_end / 48_000 + 1.3).astype(np.float32)
    assert hear([recording(take.audio[:, :1] + hum)]).strokes.ends.min() > 480


LEAK = np.float32(10 ** (-12 / 20))


@pytest.fixture(scope="module")
def kit() -> tuple[Recording, Rig]:
    """Return two drums, the second 12 dB down in the first microphone too, and the rig that was calibrated to them."""
    times_s, rng = [0.5 + 0.4 * number for number in range(24)], np.random.default_rng(2)
    one = strokes(times_s, rng.uniform(-30.0, -14.0, 24).tolist(), 11.0, 48_000)
    two = strokes([time_s + 0.2 for time_s in times_s], rng.uniform(-20.0, -10.0, 24).tolist(), 11.0, 48_000, seed=1)
    late = np.concatenate([np.zeros((96, 1), np.float32), two[:-96]])
    audio = np.concatenate([one + LEAK * late, two], axis=1)
    found = [finding.settings for finding in calibrate_audio(audio, 48_000, [DetectorSettings()] * 2)]
    drums = [
        {"name": name, "channel": channel, "detector": settings}
        for channel, (name, settings) in enumerate(zip(("one", "two"), found, strict=True), 1)
    ]
    return recording(audio * np.float32(0.5), name="kit.wav"), rig_from_table(
        {"input": {"gain_db": 6.02}, "drum": drums}, "kit.toml"
    )


@pytest.mark.parametrize("drum", [0, 1])
def test_a_drum_of_a_rig_is_heard_as_playing_hears_it_to_the_bit(kit: tuple[Recording, Rig], drum: int) -> None:
    taken, rig = kit
    heard = hear([taken], pupil=Pupil(rig, rig.drum[drum])).strokes
    played = [strike.hit for strike in play(rig, taken).strikes if strike.drum == rig.drum[drum].name]
    assert np.array_equal(heard.features, [hit.features for hit in played])
    assert np.array_equal(len(taken.audio) - np.cumsum(heard.ends[::-1])[::-1], [hit.onset for hit in played])


def test_what_leaks_in_from_another_drum_is_no_stroke_to_learn(kit: tuple[Recording, Rig]) -> None:
    taken, rig = kit
    assert rig.drum[0].detector.leak_paths
    together = len(hear([taken], pupil=Pupil(rig, rig.drum[0])).strokes)
    cut_out = len(hear([recording(taken.audio[:, :1])]).strokes)
    assert together == 24 < cut_out


def test_the_audio_of_a_rigs_drum_is_that_of_its_features(kit: tuple[Recording, Rig]) -> None:
    taken, rig = kit
    heard = hear([taken], pupil=Pupil(rig, rig.drum[0])).strokes
    level_db = 10 * np.log10(np.square(heard.audio[:, :256], dtype=np.float64).mean(-1))
    assert np.allclose(level_db, heard.features[:, 0], atol=0.01)


def test_channels_that_the_rig_does_not_use_are_left_out_with_a_note(kit: tuple[Recording, Rig]) -> None:
    taken, rig = kit
    wide = recording(np.concatenate([taken.audio, taken.audio[:, :1]], axis=1), name="wide.wav")
    pupil = Pupil(rig, rig.drum[1])
    heard, alike = hear([wide], pupil=pupil), hear([taken], pupil=pupil)
    assert heard.warnings == ("wide.wav has 3 channels; the rig's drums use 1 to 2",)
    assert np.array_equal(heard.strokes.audio, alike.strokes.audio)


def made(number: int, level_db: float) -> Stroke:
    return Stroke(np.array([level_db, 100.0, -15.0]), np.full(48_000, number, np.float32), number)


def test_of_too_many_strokes_as_many_of_each_loudness_are_kept_in_their_order() -> None:
    levels = np.random.default_rng(0).choice([-50.0, -30.0, -10.0], 300, p=[0.05, 0.25, 0.7])
    chosen = Chosen(60)
    for number, level_db in enumerate(levels):
        chosen.add(made(number, level_db))
    kept = chosen.strokes(48_000, 0.005)
    counts = np.unique(kept.features[:, 0], return_counts=True)[1]
    softest = int(np.count_nonzero(levels == -50.0))
    assert counts[0] == softest
    assert counts.sum() == 60
    assert abs(counts[1] - counts[2]) <= 1
    assert (np.diff(kept.ends) > 0).all()
    assert np.array_equal(kept.audio[:, 0], kept.ends)
    assert chosen.heard == 300


def test_the_same_strokes_are_kept_each_time_and_all_where_there_is_room() -> None:
    def kept(most: int) -> list[int]:
        chosen = Chosen(most)
        for number in range(40):
            chosen.add(made(number, -float(number % 7)))
        return [int(end) for end in chosen.strokes(48_000, 0.005).ends]

    assert kept(10) == kept(10)
    assert len(kept(10)) == 10
    assert kept(40) == list(range(40))


def test_a_take_with_more_strokes_than_memory_holds_says_so(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = hear([recording(take.audio[:, :1])])
    monkeypatch.setattr("bridge.learning.strokes.MOST_STROKES", 20)
    heard = hear([recording(take.audio[:, :1])])
    assert len(heard.strokes) == 20
    assert heard.warnings[-1] == f"{len(whole.strokes)} strokes were heard; 20 of all loudnesses are learned from"
    rows = [int(np.flatnonzero((whole.strokes.features == row).all(-1))[0]) for row in heard.strokes.features]
    assert rows == sorted(rows)
    assert np.array_equal(heard.strokes.audio, whole.strokes.audio[rows])
    assert np.array_equal(heard.strokes.ends, whole.strokes.ends[rows])


def test_a_stroke_long_before_the_next_keeps_its_second_and_its_end() -> None:
    sound = strokes([0.5, 0.7, 30.0, 30.3, 30.6, 31.0, 31.4, 31.8, 32.2], [-30.0, -10.0, -20.0] * 3, 33.0, 48_000)
    heard = hear([recording(sound)]).strokes
    assert heard.ends[1] == pytest.approx(29.3 * 48_000, abs=96)
    onsets = len(sound) - np.cumsum(heard.ends[::-1])[::-1]
    signal = np.pad(sound[:, 0], (0, 48_000))
    assert np.array_equal(heard.audio, np.stack([signal[onset : onset + 48_000] for onset in onsets]))
