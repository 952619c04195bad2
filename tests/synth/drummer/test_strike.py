"""Rules of a single stroke: what physics says of where and how hard a drum is struck."""

import numpy as np
import pytest

from synth.drummer.drums import DRUMS, SNARES, Drum, find_drum
from synth.drummer.resonance import Floats
from synth.drummer.strike import RANGE_DB, strike
from synth.errors import InputError

RATE = 48_000


def stroke(drum: str | Drum, position: float = 0.3, velocity: float = 0.9, seed: int = 0, rate: int = RATE) -> Floats:
    struck = find_drum(drum) if isinstance(drum, str) else drum
    return strike(struck, position, velocity, "hit", rate, np.random.default_rng(seed))


def share_above(sound: Floats, hz: float, rate: int = RATE) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(power[np.fft.rfftfreq(len(sound), 1 / rate) > hz].sum() / power.sum())


def mean_share_above(drum: str, position: float, velocity: float, hz: float) -> float:
    return float(np.mean([share_above(stroke(drum, position, velocity, seed)[:2048], hz) for seed in range(6)]))


@pytest.mark.parametrize("name", DRUMS)
def test_every_drum_sounds_at_once_at_its_level_and_ends_in_silence(name: str) -> None:
    sound = stroke(name, velocity=0.6)
    peak = np.abs(sound).max()
    assert 20 * np.log10(peak) == pytest.approx(-0.4 * RANGE_DB, abs=0.01)
    assert np.abs(sound[0]) > 1e-3 * peak
    assert np.abs(sound[-10:]).max() < 1e-4 * peak


@pytest.mark.parametrize("name", ["tight", "kick", "hat"])
def test_same_seed_is_the_same_stroke_and_another_seed_is_not(name: str) -> None:
    np.testing.assert_array_equal(stroke(name, seed=1), stroke(name, seed=1))
    assert len(stroke(name, seed=1)) != len(stroke(name, seed=2)) or not np.array_equal(
        stroke(name, seed=1), stroke(name, seed=2)
    )


@pytest.mark.parametrize("drum", SNARES, ids=lambda drum: drum.name)
def test_louder_is_brighter(drum: Drum) -> None:
    soft, hard = (mean_share_above(drum.name, 0.3, velocity, 800.0) for velocity in (0.1, 1.0))
    assert hard > 1.3 * soft


@pytest.mark.parametrize("drum", SNARES, ids=lambda drum: drum.name)
def test_the_edge_has_less_of_the_lowest_mode_than_the_centre(drum: Drum) -> None:
    overtones = []
    for position in (0.05, 0.85):
        low, high = (mean_share_above(drum.name, position, 0.8, ratio * drum.tone_hz) for ratio in (1.25, 4.0))
        overtones.append((low - high) / (1 - high))
    assert overtones[1] > 1.5 * overtones[0]


def test_wires_make_the_late_noise() -> None:
    on, off = (share_above(stroke(name)[4800:14_400], 2500.0) for name in ("loose", "wires-off"))
    assert on > 100 * off


def test_a_ringing_drum_rings_longer_than_a_dead_one() -> None:
    late_db = [20 * np.log10(np.std(stroke(name)[9600:14_400])) for name in ("ringing", "dead")]
    assert late_db[0] > late_db[1] + 15


def test_wires_of_a_hard_stroke_buzz_longer() -> None:
    shares = []
    for velocity in (0.3, 1.0):
        sound = stroke("loose", velocity=velocity)
        shares.append(np.std(sound[9600:14_400]) / np.abs(sound).max())
    assert shares[1] > 1.2 * shares[0]


def test_a_rimshot_cracks() -> None:
    hit = stroke("maple")
    rim = strike(find_drum("maple"), 0.3, 0.9, "rimshot", RATE, np.random.default_rng(0))
    assert share_above(rim[:2048], 700.0) > 2 * share_above(hit[:2048], 700.0)


def test_an_open_hat_outlasts_a_closed_one_and_the_foot_is_slower() -> None:
    ways = {}
    for way in ("open", "closed", "foot"):
        ways[way] = strike(find_drum("hat"), 0.7, 0.8, way, RATE, np.random.default_rng(0))
    assert np.std(ways["open"][9600:14_400]) > 10 * np.std(ways["closed"][9600:14_400])
    early = {way: np.abs(sound[:48]).max() / np.abs(sound).max() for way, sound in ways.items()}
    assert early["foot"] < 0.5 * early["closed"]


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_a_stroke_is_the_same_in_seconds_at_any_rate(rate: int) -> None:
    low, other = stroke("wires-off"), stroke("wires-off", rate=rate)
    at = np.arange(1000) / RATE
    heard = np.interp(at, np.arange(len(other)) / rate, other)
    assert np.corrcoef(heard, low[:1000])[0, 1] > 0.97


def test_an_unknown_drum_is_named_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="no drum 'tihgt'; there are tight, ringing"):
        find_drum("tihgt")
