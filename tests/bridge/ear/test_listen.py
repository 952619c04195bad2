import numpy as np
import pytest

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.listen import TAIL_S, Events, hear_strokes, hits_among, listen, rig_ears
from bridge.events import Hit
from bridge.rig.detector import DetectorSettings
from tests.bridge.rigs import rig_from
from tests.bridge.signals import strokes

AUDIO = strokes([0.3, 0.5], [-6, -20], 0.8, 48_000)


def ear(gain_db: float = 0.0) -> Analyzer:
    return Analyzer(48_000, [ChannelSettings(DetectorSettings(gain_db=gain_db))])


def heard(analyzer: Analyzer, gain_db: float = 0.0) -> Events:
    return [event for _, events in listen(analyzer, AUDIO, gain_db) for event in events]


def test_a_stroke_at_the_very_end_is_heard_whole() -> None:
    assert len(hear_strokes(ear(), AUDIO[: round(0.503 * 48_000)])) == 2


def test_the_silence_behind_is_as_long_as_the_longest_window() -> None:
    assert sum(samples for samples, _ in listen(ear(), AUDIO)) == len(AUDIO) + round(TAIL_S * 48_000)
    wide = Analyzer(48_000, [ChannelSettings(window_s=0.2)])
    assert sum(samples for samples, _ in listen(wide, AUDIO)) == len(AUDIO) + round(0.2 * 48_000)


def test_the_cut_end_of_hum_is_no_event() -> None:
    hum = 0.5 * np.sin(2 * np.pi * 50 * np.arange(96_120) / 48_000 + 0.7).astype(np.float32)
    assert [events for _, events in listen(ear(), hum[:, None]) if events] == []


@pytest.mark.parametrize("gain_db", [-6.0, 6.0])
def test_a_gain_before_the_ear_is_as_one_within_it(gain_db: float) -> None:
    assert [hit.level_db for hit in hits_among(heard(ear(), gain_db))] == pytest.approx(
        [hit.level_db for hit in hits_among(heard(ear(gain_db)))], abs=1e-5
    )


def test_strokes_that_fall_together_come_in_the_order_of_their_channels() -> None:
    hits = [
        Hit(number, channel, onset, 0, 0, np.zeros(3)) for number, channel, onset in ((0, 1, 9), (1, 0, 9), (2, 1, 5))
    ]
    assert [(hit.onset, hit.channel) for hit in hits_among(hits)] == [(5, 1), (9, 0), (9, 1)]


def test_a_channel_without_a_drum_is_heard_with_the_default_settings() -> None:
    rig = rig_from('[[drum]]\nname = "tom"\nchannel = 2\ndetector = { floor_db = -60.0 }\n')
    assert [one.detector.floor_db for one in rig_ears(rig, {"tom": 0.01})] == [DetectorSettings().floor_db, -60.0]


@pytest.mark.parametrize("lead_ms", [0, 2, 5, 8, 12])
@pytest.mark.parametrize("noise_db", [-200, -72, -50])
def test_a_stroke_in_the_first_samples_is_one_stroke(lead_ms: int, noise_db: int) -> None:
    first = lead_ms * 48
    late = AUDIO[round(0.3 * 48_000) : round(0.48 * 48_000)]
    noise = 10 ** (noise_db / 20) * np.random.default_rng(2).standard_normal((48_000, 1))
    audio = noise.astype(np.float32)
    audio[first : first + len(late)] += late
    (hit,) = hear_strokes(ear(), audio)
    assert first - 48 <= hit.onset <= first + 96


@pytest.mark.parametrize("sample_rate", [44_100, 96_000])
def test_a_stroke_in_the_first_samples_starts_no_earlier_than_they(sample_rate: int) -> None:
    audio = strokes([0.0, 0.4], [-6, -20], 0.8, sample_rate)
    hits = hear_strokes(Analyzer(sample_rate, [ChannelSettings()]), audio)
    assert [hit.number for hit in hits] == [0, 1]
    assert 0 <= hits[0].onset <= 0.001 * sample_rate


@pytest.mark.parametrize("kind", ["noise", "hum", "offset", "noise on an offset"])
def test_what_goes_on_as_it_begins_is_no_stroke(kind: str) -> None:
    time_s = np.arange(4 * 48_000) / 48_000
    noise = np.random.default_rng(3).standard_normal(len(time_s))
    sounds = {
        "noise": 0.05 * noise,
        "hum": 0.1 * np.sin(2 * np.pi * 50 * time_s + 1.0) + 0.0001 * noise,
        "offset": 0.3 + 0.0 * noise,
        "noise on an offset": 0.3 + 0.001 * noise,
    }
    audio = sounds[kind].astype(np.float32)[:, None]
    assert hear_strokes(ear(), audio) == []
    live = ear()
    assert [event for first in range(0, len(audio), 64) for event in live.process(audio[first : first + 64])] == []


def test_an_ear_that_was_reset_begins_the_recording_anew() -> None:
    analyzer, audio = ear(), AUDIO[round(0.3 * 48_000) :]
    first = hear_strokes(analyzer, audio)
    analyzer.reset()
    assert hear_strokes(analyzer, audio) == first
    assert len(first) == 2
