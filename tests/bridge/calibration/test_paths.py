import numpy as np
from numpy.typing import NDArray

from bridge.calibration.leaks import HIGHEST_DB, LOWEST_DB, MARGIN_DB, learned_leaks
from bridge.calibration.paths import learned_paths
from bridge.events import Hit
from bridge.rig.detector import LeakPath
from tests.bridge.signals import strokes

FIRST_S = [0.5 + 0.3 * number for number in range(16)]
SECOND_S = [onset_s + 0.15 for onset_s in FIRST_S]
DRUMS = np.concatenate([strokes(FIRST_S, [-6.0] * 16, 5.5, 48_000), strokes(SECOND_S, [-6.0] * 16, 5.5, 48_000)], 1)


def hits(rate: int = 48_000) -> list[Hit]:
    times = sorted([(onset_s, 0) for onset_s in FIRST_S] + [(onset_s, 1) for onset_s in SECOND_S])
    features = np.zeros(8)
    samples = [(round(onset_s * rate), channel) for onset_s, channel in times]
    return [Hit(n, channel, at, at, at + 256, features) for n, (at, channel) in enumerate(samples)]


def with_leak(late: int, gain: float) -> NDArray[np.float32]:
    """Return both drums, the second in the first microphone too, ``late`` samples after its own has it."""
    first = DRUMS[:, 0] + np.float32(gain) * np.roll(DRUMS[:, 1], late)
    return np.stack([first, DRUMS[:, 1]], axis=1)


def test_delay_and_gain_of_a_leak_are_found() -> None:
    first, second = learned_paths(with_leak(120, 0.2), 48_000, hits())
    (path,) = first
    assert (path.input, second) == (2, ())
    assert abs(path.delay_ms + int(np.argmax(path.taps)) / 48 - 2.5) < 0.001
    assert abs(path.gain_db - 20 * np.log10(0.2)) < 0.3


def test_nothing_is_found_where_nothing_leaks() -> None:
    assert learned_paths(DRUMS, 48_000, hits()) == [(), ()]


def test_nothing_leaks_into_a_muted_microphone() -> None:
    muted = np.concatenate([with_leak(120, 0.2), np.zeros((len(DRUMS), 1), np.float32)], axis=1)
    with np.errstate(divide="raise", invalid="raise"):
        found = learned_paths(muted, 48_000, hits())
    assert [len(mine) for mine in found] == [1, 0, 0]


def test_what_arrives_before_its_own_microphone_has_it_is_left() -> None:
    assert learned_paths(with_leak(-48, 0.2), 48_000, hits()) == [(), ()]


def test_few_strokes_tell_no_path() -> None:
    assert learned_paths(with_leak(120, 0.2), 48_000, hits()[:8]) == [(), ()]


def test_leaks_are_told_with_a_margin_and_bounded_where_they_are_subtracted() -> None:
    one, two = learned_leaks(with_leak(96, 0.1), 48_000, hits(), [0.0, 0.0])
    assert abs(np.median(one[5:]) - (-20 + MARGIN_DB)) < 2.5
    assert one[:5] == (0.0,) * 5
    freed, _ = learned_leaks(DRUMS, 48_000, hits(), [0.0, 0.0], [(0, 1)])
    assert all(LOWEST_DB <= value <= HIGHEST_DB for value in freed[5:])
    assert len(two) == 10


def test_a_path_is_told_at_48_khz_whatever_the_rate() -> None:
    slow = np.stack([np.interp(np.arange(0, len(DRUMS), 48 / 44.1), np.arange(len(DRUMS)), x) for x in DRUMS.T], 1)
    leaky = np.stack([slow[:, 0] + 0.2 * np.roll(slow[:, 1], 110), slow[:, 1]], axis=1).astype(np.float32)
    (path,) = learned_paths(leaky, 44_100, hits(44_100))[0]
    assert isinstance(path, LeakPath)
    assert abs(path.delay_ms + int(np.argmax(np.abs(path.taps))) / 48 - 110 / 44.1) < 0.03
