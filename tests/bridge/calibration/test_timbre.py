import numpy as np

from bridge.calibration.timbre import fit_timbre
from bridge.ear.detector import timbre_layers
from bridge.ear.leaks import TIMBRE_FEATURES
from bridge.ear.networks import logit_of
from bridge.rig.detector import TIMBRE_NUMBERS
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


def test_a_learned_network_tells_what_it_was_shown() -> None:
    rows = np.random.default_rng(0).standard_normal((400, TIMBRE_FEATURES)).astype(np.float32)
    own = rows[:, 0] > rows[:, 3]
    learned = fit_timbre(rows, own)
    assert len(learned) == TIMBRE_NUMBERS
    network, hidden = timbre_layers(learned), np.zeros((2, 32), np.float32)
    heard = [logit_of(row, network, hidden) > 0 for row in rows]
    assert np.mean(heard == own) > 0.95
