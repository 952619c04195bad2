import numpy as np
import pytest

from bridge.ear.bands import HOPS_PER_S, end_of, hop_of
from bridge.ear.detector import Detector, load_networks
from bridge.ear.kernel import CONFIRMED, NOTICED
from bridge.ear.networks import EARLY_FEATURES, VERDICT_FEATURES
from bridge.rig.detector import DetectorSettings
from tests.bridge.signals import strokes


def test_networks_fit_the_features() -> None:
    inputs = {name: len(network[0]) for name, network in load_networks().items()}
    assert inputs["early"] == inputs["second-early"] == EARLY_FEATURES
    assert inputs["verdict"] == inputs["second-verdict"] == VERDICT_FEATURES


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_a_second_has_as_many_hops_at_every_rate(rate: int) -> None:
    assert end_of(HOPS_PER_S - 1, rate) == rate
    for hop in range(200):
        assert hop_of(end_of(hop - 1, rate), rate) == hop_of(end_of(hop, rate) - 1, rate) == hop


def test_detected_is_when_the_last_sample_of_a_hop_is_heard() -> None:
    ring = np.zeros((1, 1 << 16), np.float32)
    ring[0, :48_000] = strokes([0.5, 0.8], [-3, -20], 1.0, 48_000)[:, 0]
    events = Detector(48_000, [DetectorSettings()], [256]).process(ring, 48_000)
    assert [event.kind for event in events] == [NOTICED, CONFIRMED] * 2
    assert np.allclose([event.detected / 48_000 for event in events], [0.5, 0.5, 0.8, 0.8], atol=0.0025)
