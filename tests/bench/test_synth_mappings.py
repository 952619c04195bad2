"""Mappings on synths that are not ours are measured: here a voice of ours stands in."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import synth_mappings
from bridge.learning.gradient_pool import AUDIBLE, pooled
from bridge.learning.gradient_search import searched
from bridge.learning.recorded import examples_of
from bridge.learning.through import patch_of, played_by
from bridge.sampling.engine import Way, engine_of
from bridge.sampling.synth import sampled_synth
from models.embeddings.registry import embedding_named
from models.proxies.bundle import save_proxy
from models.proxies.fit import fit_proxy
from models.proxies.settings import FitSettings
from models.training.evaluate import errors_of
from models.training.strokes import split_strokes
from tests.bridge.sampling.synths import recorded
from tests.models.signals import drum_strokes

NAMES = ("osc1_gain", "osc1_env.decay", "noise_gain", "noise_filter.freq")


def fold(rows: list[int], wanted: list[list[float]], real: list[list[float]], fixed: list[float]) -> dict[str, object]:
    """Return what a fold leaves, of two features."""
    columns = {"wanted": wanted, "real": real, "believed": wanted}
    return {
        "rows": rows,
        "groups": [0, 1, 2],
        "default": {"names": ["body_loudness", "decay"], "fixed": fixed, **columns},
    }


def test_errors_are_pooled_over_folds_and_divided_by_those_of_each_folds_best_fixed_setting() -> None:
    first = fold([0, 2], [[-6.0, 0.5], [6.0, 0.1]], [[-5.0, 0.5], [3.0, 0.2]], [0.0, 0.3])
    second = fold([1], [[2.0, 1.0]], [[2.0, 0.0]], [4.0, 0.0])
    found = pooled([first, second], "default")
    # |error| 1, 3, 0 over |fixed - wanted| 6, 6, 2; then 0, 0.1, 1 over 0.2, 0.2, 1.
    np.testing.assert_allclose(found.over_fixed("real", ["body_loudness", "decay"]).relative, [4 / 14, 1.1 / 1.4])
    assert found.over_fixed("real", ["decay"]).mean_relative == pytest.approx(1.1 / 1.4)
    assert found.over_fixed("believed", ["decay"]).mean_relative == 0.0
    assert found.groups.tolist() == [0, 2, 1]
    assert found.correlation("body_loudness") == pytest.approx(np.corrcoef([-6.0, 6.0, 2.0], [-5.0, 3.0, 2.0])[0, 1])


def test_a_search_comes_nearer_the_more_notes_it_plays() -> None:
    strokes, synth = drum_strokes(), sampled_synth("snare808", NAMES)
    split = split_strokes(strokes, 0)
    patch = patch_of(synth, synth.default_unit, "snare")
    errors = []
    with closing(engine_of(synth).start(synth, Way())) as engine:
        made = played_by(synth, engine)
        for notes in (8, 160):
            found = searched(strokes, split, patch, made, notes)
            assert found.shape == (len(split.test), 4)
            assert found.abs().max() <= 1.0
            each = errors_of(found, split.test, strokes, split.reference, patch, "default", made=made)
            errors.append(each.mean_relative)
    assert errors[1] < errors[0]


def test_synth_mappings_goes_on_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    takes = recorded(tmp_path / "takes", 70, NAMES)
    proxy = fit_proxy(examples_of(takes, embedding_named("segments")), FitSettings(parameters=20_000, nets=1, steps=60))
    save_proxy(replace(proxy, card=dict(proxy.card) | {"made": {"synth": "snare808"}}), tmp_path / "p.safetensors")
    words = ["--synth", "snare808", "--proxy", str(tmp_path / "p.safetensors"), "--results", str(tmp_path / "done")]
    words += ["--folds", "1", "--epochs", "1", "--notes", "60", "--ways", "proxy-0,search"]
    synth_mappings.main(words)
    said = capsys.readouterr().out
    assert said.count("| proxy-0 |") == said.count("| search |") == 3
    assert all(name in said for name in (*AUDIBLE, "L_T"))
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "done").iterdir()}
    assert len(kept) == 2
    assert json.loads((tmp_path / "done" / "snare808-search-0.json").read_text())["notes"] > 60
    synth_mappings.main(words)
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())
