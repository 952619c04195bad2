from dataclasses import replace

import numpy as np
import pytest

from models.proxies.examples import joined
from synth.errors import InputError
from tests.models.proxies.toy import toy_examples


def test_a_split_holds_out_as_many_as_said_and_loses_none() -> None:
    examples = toy_examples(100)
    learned, held = examples.split(3, 30)
    assert (len(learned), len(held)) == (70, 30)
    rows = np.concatenate([learned.unit, held.unit])
    assert np.array_equal(np.unique(rows, axis=0), np.unique(examples.unit, axis=0))
    assert np.array_equal(examples.split(3, 30)[1].unit, held.unit)
    assert not np.array_equal(examples.split(4, 30)[1].unit, held.unit)


def test_a_split_that_leaves_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="of 100 examples 90 cannot be held out: allowed is 1 to 84"):
        toy_examples(100).split(0, 90)


def test_sets_of_one_synth_are_joined_in_order() -> None:
    parts = toy_examples(20, 1), toy_examples(30, 2)
    whole = joined(parts)
    assert np.array_equal(whole.embedded, np.concatenate([part.embedded for part in parts]))
    assert np.array_equal(whole.figures[:20], parts[0].figures)
    with pytest.raises(ValueError, match="another space or embedding"):
        joined((parts[0], replace(parts[1], embedding="mfcc")))


def test_numbers_that_are_none_are_refused() -> None:
    examples = toy_examples(20)
    broken = examples.embedded.copy()
    broken[3, 4] = np.nan
    with pytest.raises(InputError, match="recorded embedded holds numbers that are not finite"):
        replace(examples, embedded=broken)
    with pytest.raises(InputError, match="not 0 to 1"):
        replace(examples, unit=examples.unit * 2.0)
    with pytest.raises(ValueError, match="figures has shape"):
        replace(examples, figures=examples.figures[:5])
