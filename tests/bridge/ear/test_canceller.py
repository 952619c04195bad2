import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.bands import BANDS, RING
from bridge.ear.canceller import LeakCanceller, without_leaks
from bridge.ear.leaks import ECHO, leaked
from bridge.events import Hit
from bridge.rig.detector import DetectorSettings, LeakPath
from tests.bridge.signals import strokes

TONED = LeakPath(input=2, delay_ms=2.5, gain_db=-12.0, taps=(0.1, 0.9, -0.3, 0.2))
PATHS = [(TONED,), (LeakPath(input=1, delay_ms=1.0, gain_db=-15.0),)]


def noise(samples: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal((samples, 2)).astype(np.float32)


def leaking(sound: NDArray[np.float32], path: LeakPath) -> NDArray[np.float64]:
    """Return the first of two channels with the second leaking into it, at 48 kHz."""
    sent = np.convolve(sound[:, 1], path.taps)[: len(sound)] * 10 ** (path.gain_db / 20)
    late = round(path.delay_ms * 48)
    return np.asarray(sound[:, 0] + np.concatenate([np.zeros(late), sent[: len(sent) - late]]))


def test_what_leaks_is_taken_away() -> None:
    sound = noise(4000)
    heard = np.stack([leaking(sound, TONED), sound[:, 1]], axis=1).astype(np.float32)
    left = without_leaks(heard, 48_000, [(TONED,), ()])
    assert np.allclose(left, sound, atol=1e-5)


def test_leaks_both_ways_leave_what_goes_round_twice() -> None:
    sound = noise(4000)
    both = [leaking(sound, TONED), leaking(sound[:, ::-1], PATHS[1][0])]
    left = without_leaks(np.stack(both, axis=1).astype(np.float32), 48_000, PATHS)
    assert np.std(left - sound) < 0.05 * np.std(np.stack(both, axis=1) - sound)


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_a_path_is_the_same_at_every_rate(rate: int) -> None:
    time_s = np.arange(rate) / rate
    tone = np.stack([0 * time_s, np.sin(2 * np.pi * 1000 * time_s)], axis=1).astype(np.float32)
    reference = np.fft.rfft(without_leaks(tone_at(48_000), 48_000, PATHS)[-4800:, 0])[100] / 4800
    found = np.fft.rfft(without_leaks(tone, rate, PATHS)[-rate // 10 :, 0])[100] / (rate // 10)
    assert found == pytest.approx(reference, abs=2e-4)


def tone_at(rate: int) -> NDArray[np.float32]:
    time_s = np.arange(rate) / rate
    return np.stack([0 * time_s, np.sin(2 * np.pi * 1000 * time_s)], axis=1).astype(np.float32)


@pytest.mark.parametrize("block", [1, 64, 1000])
def test_blocks_do_not_matter_to_the_bit(block: int) -> None:
    sound = noise(3000)
    canceller, parts = LeakCanceller(48_000, PATHS, 1000), []
    for first in range(0, len(sound), block):
        part = np.array(sound[first : first + block].T, order="C")
        canceller.process(part, part.shape[1])
        parts.append(part.T)
    assert np.array_equal(np.concatenate(parts), without_leaks(sound, 48_000, PATHS))


def test_reset_forgets_what_is_on_its_way() -> None:
    canceller = LeakCanceller(48_000, PATHS, 500)
    canceller.process(np.ones((2, 500), np.float32), 500)
    canceller.reset()
    silence = np.zeros((2, 500), np.float32)
    canceller.process(silence, 500)
    assert not silence.any()


@pytest.mark.parametrize("source", [1, 3])
def test_a_path_from_itself_or_from_nowhere_is_left_out(source: int) -> None:
    assert not LeakCanceller(48_000, [(LeakPath(input=source, delay_ms=1.0, gain_db=-10.0),), ()], 64).active


def test_a_hit_is_heard_without_the_leak() -> None:
    alone = strokes([0.5], [-20.0], 1.0, 48_000)
    other = strokes([0.498], [-3.0], 1.0, 48_000, seed=2)
    left_db = (0.0,) * 5 + (-20.0,) * 5
    settings = [DetectorSettings(leak_paths=(TONED,), leaks_db=left_db), DetectorSettings()]
    sound = np.concatenate([alone, other], axis=1)
    heard = np.stack([leaking(sound, TONED), other[:, 0]], axis=1).astype(np.float32)
    events = Analyzer(48_000, [ChannelSettings(one) for one in settings]).process(heard)
    (hit,) = [event for event in events if isinstance(event, Hit) and event.channel == 0]
    (clean,) = [event for event in Analyzer(48_000, [ChannelSettings()]).process(alone) if isinstance(event, Hit)]
    assert abs(hit.onset - clean.onset) < 48
    assert hit.level_db == pytest.approx(clean.level_db, abs=0.1)


@pytest.mark.parametrize(("another_db", "strokes_heard"), [(-3.0, 0), (-60.0, 1)])
def test_what_the_room_answers_is_no_stroke_of_the_other_drum(another_db: float, strokes_heard: int) -> None:
    soft = strokes([0.53], [-42.0], 1.0, 48_000)
    other = strokes([0.5], [another_db], 1.0, 48_000, seed=2)
    freed = DetectorSettings(leak_paths=(TONED,), leaks_db=(0.0,) * 5 + (-20.0,) * 5)
    heard = np.stack([leaking(np.concatenate([soft, other], axis=1), TONED), other[:, 0]], axis=1).astype(np.float32)
    analyzer = Analyzer(48_000, [ChannelSettings(freed), ChannelSettings()])
    hits = [event for event in analyzer.process(heard) if isinstance(event, Hit) and event.channel == 0]
    assert len(hits) == strokes_heard


def test_a_weak_rise_is_no_leak_where_leaks_are_subtracted_and_nothing_else_sounds() -> None:
    energies = np.full((2, BANDS, RING), 1e-6)
    energies[0, :, 200:215] = 3e-6
    leaks, work = np.full((2, BANDS + 1), 0.01), np.zeros((4, BANDS))
    told = []
    for echo in (0.0, ECHO):
        leaks[:, BANDS] = echo
        told.append(leaked(energies, 0, 200, 214, leaks, work))
    assert told == [True, False]
