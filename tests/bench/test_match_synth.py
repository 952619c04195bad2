"""The program of matching prints a row for each method."""

from __future__ import annotations

from functools import partial

import pytest

from bench import match_synth
from models.proxies.estimator_fit import EstimatorSettings
from models.proxies.settings import FitSettings


def test_every_method_stands_beside_retrieval(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_synth, "EstimatorSettings", partial(EstimatorSettings, steps=20))
    monkeypatch.setattr(match_synth, "FitSettings", partial(FitSettings, steps=40, parameters=20_000))
    monkeypatch.setattr(match_synth, "COURSE", (1, 2, 3))
    words = ["--synth", "snare808", "--notes", "96", "--targets", "3", "--strange", "0"]
    match_synth.main(words)
    said = capsys.readouterr().out
    for method in ("nearest of the recorded", "estimator, switch", "blind variations"):
        assert f"| {method}" in said
