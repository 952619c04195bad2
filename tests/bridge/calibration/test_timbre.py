import numpy as np
import pytest

from bridge.calibration.timbre import FEWEST, LEAST_KEPT, fit_timbre, learned_timbre
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.detector import timbre_layers
from bridge.ear.leaks import TIMBRE_FEATURES
from bridge.ear.listen import hear_strokes
from bridge.ear.networks import logit_of
from bridge.rig.detector import TIMBRE_NUMBERS, DetectorSettings
from synth.drummer.augment import imagined
from tests.bridge.signals import strokes

ONSETS_S = [0.5 + 0.3 * number for number in range(10)]
ALONE = strokes(ONSETS_S, [-20.0, -8.0] * 5, 4.0, 48_000)[:, 0].astype(np.float32)
ONSETS = [round(onset_s * 48_000) for onset_s in ONSETS_S]


def test_an_imagined_kit_is_the_same_for_a_seed() -> None:
    one, again, other = (imagined(ALONE, ONSETS, 48_000, seed, 6.0) for seed in (1, 1, 2))
    assert np.array_equal(one[0], again[0])
    assert one[1] == again[1]
    assert not np.array_equal(one[0], other[0])


def test_a_timbre_that_is_learned_from_a_drum_alone_keeps_its_strokes(monkeypatch: pytest.MonkeyPatch) -> None:
    # Two short grooves among leaks, where calibrate imagines twelve long ones.
    for name, few in (("IMAGINED", 2), ("IMAGINED_S", 15.0)):
        monkeypatch.setattr(f"bridge.calibration.timbre.{name}", few)
    alone = np.concatenate([ALONE] * 3)
    hits = hear_strokes(Analyzer(48_000, [ChannelSettings()]), alone[:, None])
    assert len(hits) >= FEWEST
    learned = learned_timbre(alone, 48_000, hits)
    assert learned is not None
    timbre, strict = learned
    settings = DetectorSettings(timbre=timbre, leak_rejection=strict)
    kept = hear_strokes(Analyzer(48_000, [ChannelSettings(settings)]), alone[:, None])
    assert len(kept) >= LEAST_KEPT * len(hits)
    assert learned_timbre(alone, 48_000, hits[: FEWEST - 1]) is None


def test_a_learned_network_tells_what_it_was_shown() -> None:
    rows = np.random.default_rng(0).standard_normal((400, TIMBRE_FEATURES)).astype(np.float32)
    own = rows[:, 0] > rows[:, 3]
    learned = fit_timbre(rows, own)
    assert len(learned) == TIMBRE_NUMBERS
    network, hidden = timbre_layers(learned), np.zeros((2, 32), np.float32)
    heard = [logit_of(row, network, hidden) > 0 for row in rows]
    assert np.mean(heard == own) > 0.95
