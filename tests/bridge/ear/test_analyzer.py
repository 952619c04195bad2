import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.events import Hit, Onset
from bridge.rig.detector import DetectorSettings
from tests.bridge.signals import strokes

ONSETS_S = [0.4, 0.6, 0.9, 1.2]
AUDIO = strokes(ONSETS_S, [-6, -20, -3, -30], 1.5, 48_000)


Events = list[Onset | Hit]


def heard(audio: NDArray[np.float32], block: int, sample_rate: int = 48_000, channels: int = 1) -> Events:
    analyzer = Analyzer(sample_rate, [ChannelSettings()] * channels)
    return [event for at in range(0, len(audio), block) for event in analyzer.process(audio[at : at + block])]


def same(left: Events, right: Events) -> bool:
    return [values(event) for event in left] == [values(event) for event in right]


def values(event: Onset | Hit) -> tuple[object, ...]:
    if isinstance(event, Onset):
        return (event.number, event.channel, event.onset, event.detected, event.level_db)
    return (event.number, event.channel, event.onset, event.detected, event.ready, event.features.tobytes())


@pytest.mark.parametrize("block", [7, 64, 441, 4096, 100_000])
def test_events_do_not_depend_on_block_size(block: int) -> None:
    assert same(heard(AUDIO, 1), heard(AUDIO, block))


def test_every_hit_was_announced_by_its_onset() -> None:
    events = heard(AUDIO, 64)
    hits = [event for event in events if isinstance(event, Hit)]
    assert np.allclose([hit.onset / 48_000 for hit in hits], ONSETS_S, atol=0.003)
    assert {hit.number for hit in hits} <= {e.number for e in events if isinstance(e, Onset)}


def test_a_hit_leaves_with_its_last_sample() -> None:
    analyzer = Analyzer(48_000, [ChannelSettings()])
    for now in range(len(AUDIO)):
        for event in analyzer.process(AUDIO[now : now + 1]):
            assert now == (event.ready - 1 if isinstance(event, Hit) else event.detected)


def test_a_window_is_the_samples_from_the_onset() -> None:
    hit = next(event for event in heard(AUDIO, 64) if isinstance(event, Hit))
    window = AUDIO[hit.onset : hit.onset + 256, 0].astype(np.float64)
    assert hit.level_db == pytest.approx(10 * np.log10(np.mean(window**2)), abs=1e-6)


def test_what_is_not_finite_is_silence_and_counted() -> None:
    audio = AUDIO.copy()
    audio[100:103] = [[np.nan], [np.inf], [-np.inf]]
    silent = AUDIO.copy()
    silent[100:103] = 0.0
    analyzer = Analyzer(48_000, [ChannelSettings()])
    assert same(analyzer.process(audio), heard(silent, 64))
    assert analyzer.non_finite == 3


def test_what_no_gain_may_lift_is_silence_and_counted() -> None:
    silent, audio = AUDIO.copy(), AUDIO.copy()
    silent[100], audio[100] = 0.0, 3e38
    analyzer, other = (Analyzer(48_000, [ChannelSettings(DetectorSettings(gain_db=20.0))]) for _ in range(2))
    assert same(analyzer.process(audio), other.process(silent))
    assert analyzer.non_finite == 1


def test_reset_starts_over() -> None:
    analyzer = Analyzer(48_000, [ChannelSettings()])
    first = analyzer.process(AUDIO)
    analyzer.reset()
    assert same(first, analyzer.process(AUDIO))


@pytest.mark.parametrize("sample_rate", [44_100, 96_000])
def test_times_in_seconds_do_not_depend_on_the_rate(sample_rate: int) -> None:
    events = heard(strokes(ONSETS_S, [-6, -20, -3, -30], 1.5, sample_rate), 64, sample_rate)
    assert np.allclose([e.onset / sample_rate for e in events if isinstance(e, Hit)], ONSETS_S, atol=0.003)


def test_channels_are_heard_each_by_itself() -> None:
    later = strokes([0.5, 0.7, 1.0, 1.3], [-6, -20, -3, -30], 1.5, 48_000)
    events = heard(np.concatenate([AUDIO, later], axis=1), 64, channels=2)
    assert [sum(e.channel == c for e in events if isinstance(e, Hit)) for c in (0, 1)] == [4, 4]


@pytest.mark.parametrize("gain_db", [0, -40, -80])
@pytest.mark.parametrize("darkness", [0.0, 0.97])
def test_noise_is_no_event_at_any_gain(gain_db: int, darkness: float) -> None:
    noise = np.random.default_rng(0).standard_normal(20 * 48_000)
    # A one-pole filter by its own recurrence, in blocks of one pole's memory: dark noise fluctuates most.
    if darkness:
        noise = np.convolve(noise, darkness ** np.arange(400), "same")
    audio = (0.05 * 10 ** (gain_db / 20) * noise).astype(np.float32)
    assert heard(audio[:, None], 4096) == []


def test_hum_and_silence_are_no_event() -> None:
    hum = 0.3 * np.sin(2 * np.pi * 50 * np.arange(10 * 48_000) / 48_000).astype(np.float32)
    assert heard(hum[:, None], 4096) == heard(0 * hum[:, None], 4096) == []


def test_noise_that_begins_after_digital_silence_is_hardly_an_event() -> None:
    noise = np.random.default_rng(1).standard_normal((96_000, 1)) * 10 ** (-72 / 20)
    muted = np.concatenate([np.zeros((96_000, 1)), noise]).astype(np.float32)
    assert len([event for event in heard(muted, 64) if isinstance(event, Hit)]) <= 2


def test_a_stroke_out_of_digital_silence_is_heard() -> None:
    at_s = np.arange(len(AUDIO)) / 48_000
    gate = np.any([(at_s >= onset_s) & (at_s < onset_s + 0.1) for onset_s in ONSETS_S], axis=0)
    events = heard((AUDIO * gate[:, None]).astype(np.float32), 64)
    assert len([event for event in events if isinstance(event, Hit)]) == len(ONSETS_S)


def test_a_leak_is_told_from_a_stroke_even_if_it_comes_first() -> None:
    leak = np.concatenate([AUDIO[24:], np.zeros((24, 1), np.float32)]) * np.float32(0.15)
    hits = [e for e in heard(np.concatenate([AUDIO, leak], axis=1), 64, channels=2) if isinstance(e, Hit)]
    assert {hit.channel for hit in hits} == {0}


def test_strokes_that_fall_together_stay_two() -> None:
    other = strokes(ONSETS_S, [-6, -20, -3, -30], 1.5, 48_000, seed=3)
    hits = [e for e in heard(np.concatenate([AUDIO, other], axis=1), 64, channels=2) if isinstance(e, Hit)]
    assert [sum(hit.channel == channel for hit in hits) for channel in (0, 1)] == [4, 4]
