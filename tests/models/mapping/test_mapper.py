from dataclasses import replace

import numpy as np
import pytest

from models.mapping.architectures import ARCHITECTURES
from models.mapping.bundle import Bundle, untrained_bundle
from models.mapping.mapper import Mapper
from tests.models.patches import PATCH


def test_the_reference_stroke_is_zero_at_the_input() -> None:
    mapper = Mapper(untrained_bundle(PATCH))
    assert np.array_equal(mapper.relative(mapper.bundle.reference), np.zeros(3))


def test_linear_moves_nothing_at_the_reference() -> None:
    mapper = Mapper(untrained_bundle(PATCH, "linear"))
    assert np.array_equal(mapper(mapper.bundle.reference), np.zeros(3))


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_modulations_stay_within_one(arch: str) -> None:
    bundle = untrained_bundle(PATCH, arch)
    loud = replace(bundle, weights={name: w * 100 for name, w in bundle.weights.items()})
    for level in (-100.0, -20.0, 0.0):
        assert np.abs(Mapper(loud)(np.array([level, 130.0, -1.0]))).max() <= 1.0


@pytest.mark.parametrize("arch", ["mlp", "mlp-large"])
def test_a_model_equals_its_definition_written_out(arch: str) -> None:
    bundle = _with_biases(untrained_bundle(PATCH, arch))
    features = np.array([-31.0, 108.0, -9.0])
    signal = (features - bundle.reference) / bundle.scale
    for layer in range(len(ARCHITECTURES[arch].hidden)):
        signal = bundle.weights[f"{layer}.weight"] @ signal + bundle.weights[f"{layer}.bias"]
        signal = np.maximum((signal - signal.mean()) / np.sqrt(signal.var() + 1e-5), 0.0)
    last = len(ARCHITECTURES[arch].hidden)
    expected = np.tanh(bundle.weights[f"{last}.weight"] @ signal + bundle.weights[f"{last}.bias"])
    assert np.allclose(Mapper(bundle)(features), expected, atol=1e-7)


def test_the_same_stroke_maps_the_same_after_others() -> None:
    mapper = Mapper(untrained_bundle(PATCH, "mlp-large"))
    first = mapper(np.array([-10.0, 95.0, -20.0]))
    mapper(np.array([-50.0, 120.0, -2.0]))
    assert np.array_equal(mapper(np.array([-10.0, 95.0, -20.0])), first)


def _with_biases(bundle: Bundle) -> Bundle:
    rng = np.random.default_rng(1)
    weights = {name: rng.standard_normal(w.shape).astype(np.float32) for name, w in bundle.weights.items()}
    return replace(bundle, weights=weights)
