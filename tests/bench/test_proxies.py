"""The program of proxies prints a row for each architecture, with figures that can be read."""

from __future__ import annotations

import numpy as np
import pytest

from bench import proxies


def cells_in(text: str) -> list[list[str]]:
    """Return the cells of the rows of all tables."""
    return [row.strip("| ").split(" | ") for row in text.splitlines() if row.startswith("| ")]


def test_architectures_stand_beside_each_other_on_a_voice(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--tables", "sizes", "--synths", "snare808", "--archs", "mlp,highway"]
    proxies.main([*words, "--notes", "120", "--effort", "0.05"])
    rows = [row for row in cells_in(capsys.readouterr().out) if row[0] == "snare808"]
    assert [row[1] for row in rows] == ["mlp", "highway"]
    for row in rows:
        assert int(row[2].replace(" ", "")) == pytest.approx(330_000, rel=0.05)
        assert 0.0 < float(row[4].split(" +- ")[0]) < float(row[5])


def test_quiet_presets_of_the_dx7_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("dexed")
    words = ["--tables", "dx7", "--archs", "mlp", "--presets", "200", "--tests", "40"]
    proxies.main([*words, "--effort", "0.004", "--points", "3"])
    rows = [row for row in cells_in(capsys.readouterr().out) if row[0] in ("mlp", "module-transformer-prior")]
    assert [row[0] for row in rows] == ["module-transformer-prior", "mlp"]
    assert rows[1][-3:] == ["0.469", "0.139", "0.034"]
    assert all(-1.0 <= float(cell) <= 1.0 for row in rows for cell in row[7:9])


def test_a_percussive_dx7_is_heard_and_learned(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("dexed")
    proxies.main(["--tables", "drum", "--drums", "128", "--effort", "0.05"])
    row = cells_in(capsys.readouterr().out)[-1]
    assert float(row[2].split(" +- ")[0]) < float(row[3])


def test_an_interval_is_that_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(2.0, 1.0, 400)
    mean, half = map(float, proxies._interval(values).split(" +- "))
    assert mean == pytest.approx(2.0, abs=0.15)
    assert half == pytest.approx(1.96 / 20.0, rel=0.15)
