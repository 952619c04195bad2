"""A proxy as one ``.safetensors`` file. Door: safetensors.

Weights and scales are its tensors; the rest is one JSON text in its header: version, space, net, embedding, figures,
card. No pickle: loading a stranger's proxy runs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from models.proxies.dx7 import Dx7Setting
from models.proxies.faults import MOST_NETS, MOST_OUTPUTS, difference_of, fault_of
from models.proxies.nets import WIDEST, ProxyNet
from models.proxies.proxy import Outside, Proxy, net_kind
from synth.errors import InputError, said, shown
from synth.outputs import whole_file
from synth.reading import FileKind, read_file
from synth.spec import Param, ParamSpace

PROXY_FILE = FileKind("proxy", 256 << 20)
"""Three nets of 1 000 000 parameters have 12 MiB."""

VERSION = 1
"""Raised whenever an old proxy would predict something else or nothing."""

_HEADER = "ghostnote-proxy"
_AGAIN = "make it again with: ghostnote proxy"


def save_proxy(proxy: Proxy, path: Path) -> None:
    """Write the file whole or not at all; `InputError` if it cannot be written."""
    with whole_file(path) as unfinished:
        unfinished.write_bytes(encoded(proxy))


def encoded(proxy: Proxy) -> bytes:
    """Return the content of a proxy's file."""
    tensors = {"mean": proxy.outside.mean.numpy(), "scale": proxy.outside.scale.numpy()}
    for number, net in enumerate(proxy.nets):
        tensors |= {f"net{number}.{name}": weights.numpy() for name, weights in net.state_dict().items()}
    header = {
        "version": VERSION,
        "space": {"name": proxy.space.name, "params": [asdict(param) for param in proxy.space]},
        "arch": proxy.arch,
        "width": proxy.width,
        "nets": len(proxy.nets),
        "embedding": proxy.embedding,
        "dimensions": proxy.dimensions,
        "figures": list(proxy.figure_names),
        "levels": list(proxy.outside.levels),
        "floor": proxy.outside.floor,
        "dx7": None if proxy.dx7 is None else asdict(proxy.dx7) | {"given": dict(proxy.dx7.given)},
        "card": dict(proxy.card),
    }
    text = json.dumps(header, sort_keys=True)
    return save({name: np.ascontiguousarray(a) for name, a in tensors.items()}, metadata={_HEADER: text})


def load_proxy(path: Path, space: ParamSpace | None = None, embedding: str | None = None) -> Proxy:
    """Read and check a proxy.

    Parameters
    ----------
    path : Path
    space : ParamSpace, optional
        The inputs that it must have been made for.
    embedding : str, optional
        What it must predict.

    Raises
    ------
    InputError
        No such file, cut short, not a proxy, of another version, inconsistent, of another space or embedding.
    """
    header, tensors = _read(path)
    if header.get("version") != VERSION:
        raise InputError(
            f"{path}: this proxy has version {shown(header.get('version'))}; this Ghostnote reads version {VERSION}: "
            f"{_AGAIN}"
        )
    try:
        proxy = _assemble(header, tensors)
    except InputError as error:
        raise InputError(f"{path}: {said(error)}") from None
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise InputError(f"{path}: the proxy is damaged or incomplete ({said(error)}); {_AGAIN}") from None
    if fault := fault_of(proxy):
        raise InputError(f"{path}: {said(fault)}; {_AGAIN}")
    if space is not None and (difference := difference_of(proxy.space, space)):
        raise InputError(f"{path}: {said(difference)}; make a proxy of {space.name}")
    if embedding is not None and proxy.embedding != embedding:
        raise InputError(f"{path}: the proxy predicts {shown(proxy.embedding)}, not {embedding}; {_AGAIN}")
    return proxy


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    content = read_file(path, PROXY_FILE)
    try:
        tensors = {name: array.copy() for name, array in load(content).items()}
        # The library reads the tensors of bytes, and the texts beside them of files alone. Its format: eight bytes
        # that count those of the JSON that follows.
        texts = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__")
    except (SafetensorError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a readable proxy, cut short or another kind of file ({said(error)})") from None
    if not texts or _HEADER not in texts:
        raise InputError(f"{path}: a safetensors file, but not a proxy: its header has no '{_HEADER}' entry")
    try:
        header = json.loads(texts[_HEADER])
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: the proxy's header is damaged ({said(error)}); {_AGAIN}") from None
    if not isinstance(header, dict):
        raise InputError(f"{path}: the proxy's header is {header!r:.60}; it must be a JSON object; {_AGAIN}")
    return header, tensors


def _assemble(header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Proxy:
    """Return what a header and its tensors say; whatever does not fit raises before it costs memory."""
    space = ParamSpace(header["space"]["name"], tuple(Param(**param) for param in header["space"]["params"]))
    dx7 = None if header["dx7"] is None else Dx7Setting(**header["dx7"])
    mean, scale = (torch.from_numpy(_floats(tensors, name)) for name in ("mean", "scale"))
    if not 1 <= len(mean) <= MOST_OUTPUTS or mean.shape != scale.shape or mean.ndim != 1:
        raise ValueError(f"mean and scale have shapes {tuple(mean.shape)} and {tuple(scale.shape)}")
    for name, most in (("width", WIDEST), ("nets", MOST_NETS)):
        if type(header[name]) is not int or not 1 <= header[name] <= most:
            raise ValueError(f"{name} is {shown(header[name])}; allowed is 1 to {most}")
    nets = tuple(
        _net(header, space, dx7, len(mean), _part(tensors, f"net{number}.")) for number in range(header["nets"])
    )
    return Proxy(
        space=space,
        arch=header["arch"],
        width=header["width"],
        nets=nets,
        outside=Outside(mean, scale, tuple(header["levels"]), float(header["floor"])),
        embedding=header["embedding"],
        dimensions=header["dimensions"],
        figure_names=tuple(header["figures"]),
        dx7=dx7,
        card=header["card"],
    )


def _net(
    header: Mapping[str, Any], space: ParamSpace, dx7: Dx7Setting | None, outputs: int, weights: dict[str, NDArray[Any]]
) -> ProxyNet:
    """Return a net with its weights, built only once their shapes are right."""
    kind, width = net_kind(str(header["arch"]), dx7), header["width"]
    if width % kind.width_step:
        raise ValueError(f"width is {width}; that of a {kind.name} is a multiple of {kind.width_step}")
    with torch.device("meta"):
        wanted = {name: tuple(one.shape) for name, one in kind.build(space, outputs, width).state_dict().items()}
    found = {name: array.shape for name, array in weights.items()}
    if found != wanted:
        wrong = sorted(set(found.items()) ^ set(wanted.items()))[0][0]
        raise ValueError(f"the weights of a {kind.name} of width {width} have other shapes than these, first {wrong}")
    with torch.random.fork_rng(devices=[]):
        net = kind.build(space, outputs, width)
    net.load_state_dict({name: torch.from_numpy(_floats(weights, name)) for name in wanted})
    return net.eval().requires_grad_(False)


def _part(tensors: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _floats(tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """Return a tensor that must hold float32."""
    if tensors[name].dtype != np.float32:
        raise ValueError(f"{name} holds {tensors[name].dtype}, not float32")
    return np.asarray(tensors[name], np.float32)
