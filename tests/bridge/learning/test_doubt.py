"""More is recorded where a proxy's nets disagree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.learning.doubt import ask_for_doubtful, doubtful_settings
from bridge.learning.recorded import examples_of
from bridge.sampling.folder import SampleSet
from bridge.sampling.record import record
from models.embeddings.registry import embedding_named
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from models.proxies.settings import FitSettings
from synth.errors import InputError
from tests.bridge.sampling.synths import asked, recorded


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SampleSet:
    return recorded(tmp_path_factory.mktemp("synth") / "takes", 80)


@pytest.fixture(scope="module")
def proxy(found: SampleSet) -> Proxy:
    examples = examples_of(found, embedding_named("segments"), figures=False)
    return fit_proxy(examples, FitSettings(parameters=20_000, steps=60))


def test_the_settings_of_doubt_are_those_on_which_the_nets_disagree(found: SampleSet, proxy: Proxy) -> None:
    doubtful = doubtful_settings(proxy, found, 16)
    usual = np.random.default_rng(0).random((200, len(found.synth.space)))
    assert proxy.spread(torch.from_numpy(doubtful)).min() > proxy.spread(torch.from_numpy(usual)).mean()


def test_they_are_recorded_with_anchors_and_learned_from(found: SampleSet, proxy: Proxy) -> None:
    ask_for_doubtful(proxy, found, 16)
    again = SampleSet.load(found.folder)
    assert len(again.missing) == 18
    record(again, asked().kind, asked().way)
    assert len(examples_of(again, embedding_named("segments"), figures=False)) == 96


def test_one_net_tells_no_doubt(found: SampleSet, proxy: Proxy) -> None:
    with pytest.raises(InputError, match="one net, which tells no doubt; make one with --nets 3"):
        doubtful_settings(replace(proxy, nets=proxy.nets[:1]), found, 4)


def test_a_proxy_of_other_controls_is_refused(tmp_path: Path, proxy: Proxy) -> None:
    other = recorded(tmp_path / "takes", 16, ("osc1.freq",))
    with pytest.raises(InputError, match="holds other controls or ranges than the proxy knows"):
        doubtful_settings(proxy, other, 4)


def test_too_few_takes_or_mostly_silent_ones_say_what_to_do(found: SampleSet) -> None:
    few = SampleSet(found.folder, found.facts, found.synth, found.plan, list(found.taken.values())[:40])
    with pytest.raises(InputError, match="at least 64 are needed, 1500 are good"):
        examples_of(few, embedding_named("segments"))
    silent = [replace(take, silent=1) for take in found.taken.values()]
    muted = SampleSet(found.folder, found.facts, found.synth, found.plan, silent)
    with pytest.raises(InputError, match=r"takes are silent; look at card\.png for the control that mutes"):
        examples_of(muted, embedding_named("segments"))
