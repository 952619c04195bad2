import numpy as np

from models.mapping.bundle import untrained_bundle
from models.mapping.follower import Follower, Following, drum_terms, plain_following
from models.mapping.mapper import Mapper
from tests.models.patches import PATCH, SPACE


def test_an_untrained_bundle_follows_the_level_one_to_one() -> None:
    bundle = untrained_bundle(PATCH)
    relative = Mapper(bundle).relative(bundle.reference - [6.0, 0.0, 0.0])
    assert np.isclose(Follower(bundle.following, SPACE).gain_db(relative, PATCH.values, 1.0), -6.0)
    assert np.isclose(Follower(bundle.following, SPACE).gain_db(relative, PATCH.values, 0.5), -3.0)


def test_no_following_is_no_gain_and_leaves_values() -> None:
    follower, values = Follower(_ringing(), SPACE), PATCH.values.copy()
    follower.decays(np.ones(3), values, 0.0)
    assert follower.gain_db(np.ones(3), values, 0.0) == 0.0
    assert np.array_equal(values, PATCH.values)


def test_an_octave_more_ring_doubles_the_decays_and_nothing_else() -> None:
    values = PATCH.values.copy()
    Follower(_ringing(), SPACE).decays(np.array([0.0, 1.0, 0.0]), values, 1.0)
    assert np.allclose(values, PATCH.values * [1.0, 2.0, 1.0])


def test_decays_stay_in_the_table() -> None:
    values = np.array([180.0, 1900.0, 0.0])
    Follower(_ringing(), SPACE).decays(np.array([0.0, 9.0, 0.0]), values, 1.0)
    assert values[1] == 2000.0


def test_terms_are_zero_at_the_reference() -> None:
    assert np.array_equal(drum_terms(np.zeros((2, 3))), np.zeros((2, 9)))


def _ringing() -> Following:
    following = plain_following(np.array([50.0, 40.0, 40.0]), 3)
    following.drum_decay[1] = 1.0
    return following
