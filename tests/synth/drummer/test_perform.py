"""Rules of a take: truth to the sample, levels as played, leaks as placed."""

import functools

import numpy as np
import pytest

from synth.drummer import perform as drummer
from synth.drummer.perform import MICROPHONES, TAKES, Take
from synth.errors import InputError

QUIET = -np.inf

perform = functools.cache(drummer.perform)


def peaks_dbfs(take: Take, window_s: float = 0.05) -> np.ndarray:
    window = int(window_s * take.sample_rate)
    starts = [round(stroke.onset_s * take.sample_rate) for stroke in take.strokes]
    return np.array([20 * np.log10(np.abs(take.audio[start : start + window, 0]).max()) for start in starts])


@pytest.mark.parametrize("name", TAKES)
def test_a_take_has_strokes_in_order_that_fit_in_it(name: str) -> None:
    take = perform(name, "wires-off")
    times = [stroke.onset_s for stroke in take.strokes]
    assert len(times) >= 26
    assert times == sorted(times)
    assert times[0] > 0.3
    assert times[-1] < len(take.audio) / take.sample_rate - 0.5
    assert np.abs(take.audio).max() < 1


def test_same_seed_is_the_same_take_to_the_bit_and_another_is_another() -> None:
    first, again, other = (drummer.perform("singles", "wires-off", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.audio, again.audio)
    assert first.strokes == again.strokes
    assert first.strokes != other.strokes


def test_nothing_sounds_before_the_onset_and_something_does_at_it() -> None:
    take = perform("singles", "dead", noise_dbfs=QUIET, room_db=None)
    for stroke in take.strokes:
        start = round(stroke.onset_s * take.sample_rate)
        assert stroke.onset_s == start / take.sample_rate
        assert not take.audio[start - 100 : start].any()
        assert abs(take.audio[start, 0]) >= 0.99e-3 * 10 ** (stroke.level_dbfs / 20)


@pytest.mark.parametrize("drum", ["tight", "ringing", "loose"])
def test_levels_are_as_the_truth_says(drum: str) -> None:
    take = perform("singles", drum)
    expected = np.array([stroke.level_dbfs for stroke in take.strokes])
    assert expected.min() == pytest.approx(-50)
    loud = expected > -45
    np.testing.assert_allclose(peaks_dbfs(take)[loud], expected[loud], atol=1.0)


def test_the_floor_is_as_asked() -> None:
    for noise_dbfs in (-72.0, -50.0):
        take = perform("singles", noise_dbfs=noise_dbfs)
        assert 20 * np.log10(np.std(take.audio[:20_000])) == pytest.approx(noise_dbfs, abs=0.2)


def test_no_stroke_hides_under_noise_or_ring() -> None:
    take = perform("graded", noise_dbfs=-50)
    assert min(stroke.level_dbfs for stroke in take.strokes) == pytest.approx(-38)


def test_hum_is_at_its_frequency_and_level() -> None:
    hum = perform("singles", noise_dbfs=QUIET, hum_dbfs=-40, hum_hz=60).audio[:16_000, 0]
    spectrum = 2 * np.abs(np.fft.rfft(hum)) / len(hum)
    assert np.argmax(spectrum) * 3 == 60
    assert 20 * np.log10(spectrum.max()) == pytest.approx(-40, abs=0.1)


def test_input_gain_moves_sound_and_truth_alike() -> None:
    full, low = perform("singles", "dead"), perform("singles", "dead", gain_db=-30)
    np.testing.assert_allclose(low.audio, full.audio * 10**-1.5, rtol=1e-5, atol=1e-9)
    assert low.strokes[0].level_dbfs == pytest.approx(full.strokes[0].level_dbfs - 30)


def test_too_much_gain_clips() -> None:
    assert np.abs(perform("singles", "dead", gain_db=20).audio).max() == 1.0


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_the_same_strokes_at_any_rate(rate: int) -> None:
    times = [[stroke.onset_s for stroke in perform("singles", "dead", sample_rate=r).strokes] for r in (48_000, rate)]
    np.testing.assert_allclose(times[1], times[0], atol=2.5e-5)


def test_flams_are_two_strokes_15_to_35_ms_apart() -> None:
    times = np.array([stroke.onset_s for stroke in perform("flams", "dead").strokes])
    gaps = times[1::2] - times[::2]
    assert len(gaps) == 48
    assert gaps.min() == pytest.approx(0.015, abs=1e-4)
    assert gaps.max() == pytest.approx(0.035, abs=1e-4)


def test_rolls_reach_24_strokes_a_second_and_swell() -> None:
    fastest = [stroke for stroke in perform("rolls", "wires-off").strokes if stroke.kind == "roll24"]
    levels = [stroke.level_dbfs for stroke in fastest]
    assert len(fastest) == 72
    assert max(levels) - min(levels) > 8.0


def test_groove_has_ghosts_and_backbeats_far_apart_in_level() -> None:
    strokes = perform("groove", "wires-off").strokes
    ghosts = [stroke.level_dbfs for stroke in strokes if stroke.kind == "ghost"]
    assert min(ghosts) < -38
    assert min(stroke.level_dbfs for stroke in strokes if stroke.kind == "backbeat") > -6


def test_bleed_lists_the_snare_only_and_hears_the_rest() -> None:
    bleed, less = perform("bleed", "wires-off"), perform("bleed", "wires-off", bleed_db=-30)
    assert {stroke.kind for stroke in bleed.strokes} == {"backbeat", "ghost", "flam"}
    leak = (bleed.audio[:, 0] - less.audio[:, 0]) / (1 - 10**-1)
    assert -14.5 - 8 < 20 * np.log10(np.abs(leak).max()) < -12


def test_a_kit_hears_its_neighbours_12_to_20_db_down_and_1_to_4_ms_late() -> None:
    kit = perform("kit", "wires-off", noise_dbfs=QUIET, room_db=None, n_channels=4)
    assert kit.audio.shape[1] == 4
    kick = next(stroke for stroke in kit.strokes if stroke.channel == 1)
    start = round(kick.onset_s * 48_000)
    own = kit.audio[start : start + 400, 1]
    heard = np.correlate(kit.audio[start : start + 592, 3], own, "valid") / (own @ own)
    assert 48 <= np.argmax(np.abs(heard)) <= 192
    assert -20.5 < 20 * np.log10(np.abs(heard).max()) < -11.5


def test_the_hat_microphone_hears_the_snare_half_a_millisecond_before_the_snares_own() -> None:
    snare, _, hat = perform("singles", "dead", noise_dbfs=QUIET, room_db=None, n_channels=3).audio.T
    gain = float(np.abs(hat).max() / np.abs(snare).max())
    np.testing.assert_allclose(hat[:-24], gain * snare[24:], atol=1e-6)


def test_strokes_of_two_drums_fall_on_one_sample() -> None:
    strokes = perform("kit", "wires-off").strokes
    at: dict[float, set[int]] = {}
    for stroke in strokes:
        at.setdefault(stroke.onset_s, set()).add(stroke.channel)
    assert max(len(channels) for channels in at.values()) >= 2


def test_sixteen_microphones_each_have_strokes_of_their_own() -> None:
    kit = perform("kit", "wires-off", n_channels=16)
    assert {stroke.channel for stroke in kit.strokes} == set(range(16))
    assert kit.audio.shape[1] == len(MICROPHONES) == 16


def test_the_truth_as_csv_counts_channels_from_one() -> None:
    assert perform("singles").truth_csv().splitlines()[0] == "onset_s,level_dbfs,kind"
    header, first, *_ = perform("kit", "wires-off").truth_csv().splitlines()
    assert header == "onset_s,level_dbfs,channel,kind"
    assert int(first.split(",")[2]) >= 1


def test_wrong_names_are_told_what_exists() -> None:
    with pytest.raises(InputError, match="no take 'grove'; there are demo, singles"):
        perform("grove")
    with pytest.raises(InputError, match="1 to 16 channels, not 17"):
        perform("kit", n_channels=17)
