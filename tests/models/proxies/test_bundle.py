import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from models.proxies.bundle import load_proxy, save_proxy
from models.proxies.dx7 import Dx7Setting
from models.proxies.examples import Examples
from models.proxies.fit import fit_proxy
from models.proxies.proxy import Proxy
from synth.errors import InputError
from synth.spec import ParamSpace
from tests.models.proxies.dx7_space import DX7_SPACE
from tests.models.proxies.toy import QUICK, SPACE, toy_examples, toy_settings

HEADER = "ghostnote-proxy"


@pytest.fixture(scope="module")
def proxy() -> Proxy:
    return fit_proxy(toy_examples(64), replace(QUICK, steps=10, level_outside=True))


@pytest.fixture
def path(tmp_path: Path, proxy: Proxy) -> Path:
    save_proxy(proxy, tmp_path / "toy.safetensors")
    return tmp_path / "toy.safetensors"


def changed(path: Path, header: dict[str, Any] | None = None, **tensors: Any) -> None:
    """Write a proxy's file again with other entries of its header, or other tensors (None: without it)."""
    with safe_open(path, "numpy") as file:
        texts = json.loads(file.metadata()[HEADER])
    arrays = load_file(path) | tensors
    kept = {name: array for name, array in arrays.items() if array is not None}
    save_file(kept, path, metadata={HEADER: json.dumps(texts | (header or {}))})


def test_a_proxy_comes_back_to_the_bit(path: Path, proxy: Proxy) -> None:
    again = load_proxy(path, SPACE, "toy-bands")
    unit = torch.from_numpy(toy_settings(20, 7))
    assert torch.equal(again(unit), proxy(unit))
    assert torch.equal(again.figures(unit), proxy.figures(unit))
    assert torch.equal(again.spread(unit), proxy.spread(unit))
    assert (again.space, again.card, again.figure_names) == (proxy.space, proxy.card, ("loudness",))
    assert again.outside.levels == ("volume",)
    first = path.read_bytes()
    save_proxy(again, path)
    assert path.read_bytes() == first


def test_a_proxy_of_a_dx7_keeps_its_prior(tmp_path: Path) -> None:
    unit = DX7_SPACE.realised(np.random.default_rng(0).random((20, len(DX7_SPACE))))
    heard = np.random.default_rng(1).standard_normal((20, 6)).astype(np.float32)
    setting = Dx7Setting(0.25, 0.5, {"transpose": 12.0, "op1.left_depth": 3.0})
    short = replace(QUICK, arch="module-transformer-prior", nets=1, steps=2, dx7=setting)
    proxy = fit_proxy(Examples(DX7_SPACE, unit, heard), short)
    save_proxy(proxy, tmp_path / "dx7.safetensors")
    again = load_proxy(tmp_path / "dx7.safetensors")
    assert again.dx7 == setting
    assert np.array_equal(again.predicted(unit), proxy.predicted(unit))


@pytest.mark.parametrize("kept", [0, 7, 300, 3_000])
def test_a_file_that_is_cut_short_is_refused(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="not a readable proxy"):
        load_proxy(path)


def test_other_files_are_refused(path: Path) -> None:
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(InputError, match="but not a proxy"):
        load_proxy(path)
    with pytest.raises(InputError, match="there is no such proxy"):
        load_proxy(path.with_name("none"))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"version": 99}, "version 99; this Ghostnote reads version 1"),
        ({"arch": "deep"}, "there is no net 'deep'"),
        ({"arch": "mlp"}, "have other shapes"),
        ({"arch": "module-transformer"}, "is for a DX7"),
        ({"width": 10**9}, "width is 1000000000; allowed is 1 to 4096"),
        ({"width": 17}, "have other shapes"),
        ({"width": True}, "width is True"),
        ({"nets": 0}, "nets is 0"),
        ({"nets": 3}, "have other shapes"),
        ({"space": {"name": "toy"}}, "damaged or incomplete"),
        ({"space": None}, "damaged or incomplete"),
        ({"card": 3}, "its card is 3"),
        ({"embedding": 3}, "need names"),
        ({"dimensions": 9}, "13 outputs for 9 numbers and 1 figures"),
        ({"dimensions": "12"}, "dimensions is '12'"),
        ({"levels": ["cutoff"]}, "levels outside its nets"),
        ({"floor": float("nan")}, "floor is nan"),
        ({"floor": None}, "damaged or incomplete"),
        ({"dx7": {"held_s": 1}, "arch": "module-transformer", "width": 16}, "does not know the input 'cutoff'"),
    ],
)
def test_a_damaged_header_is_refused_in_a_sentence(path: Path, header: dict[str, Any], words: str) -> None:
    changed(path, header)
    with pytest.raises(InputError, match=words) as error:
        load_proxy(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"scale": np.zeros(13, np.float32)}, "scale holds 0; allowed is 1e-06 and more"),
        ({"mean": np.full(13, np.nan, np.float32)}, "mean holds numbers that are not finite"),
        ({"mean": np.full(13, 1e9, np.float32)}, "mean holds numbers beyond 1e"),
        ({"mean": np.zeros(13)}, "mean holds float64, not float32"),
        ({"mean": np.zeros(12, np.float32)}, "mean and scale have shapes"),
        ({"mean": None}, "damaged or incomplete"),
        (
            {"net0.stack.last.bias": np.full(13, np.inf, np.float32)},
            "net0.stack.last.bias holds numbers that are not finite",
        ),
        ({"net1.stack.last.bias": None}, "have other shapes than these, first stack.last.bias"),
        ({"net1.more": np.zeros(1, np.float32)}, "have other shapes than these, first more"),
    ],
)
def test_damaged_numbers_are_refused_in_a_sentence(path: Path, tensors: dict[str, Any], words: str) -> None:
    changed(path, **tensors)
    with pytest.raises(InputError, match=words):
        load_proxy(path)


def test_a_proxy_of_another_space_or_embedding_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"stands for toy \(5 inputs\), not other"):
        load_proxy(path, ParamSpace("other", SPACE.params[:2]))
    stepped = replace(SPACE.params[0], steps=128)
    with pytest.raises(InputError, match="other ranges or steps of cutoff"):
        load_proxy(path, ParamSpace("toy", (stepped, *SPACE.params[1:])))
    with pytest.raises(InputError, match="predicts 'toy-bands', not mfcc"):
        load_proxy(path, SPACE, "mfcc")
