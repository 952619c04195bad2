"""The encoder and the controller, ready to set effects: numpy only. Door: safetensors.

The encoder is one for both recordings. Each frame goes through two layers; their mean and spread over the frames, with
the levels, become an embedding. The controller takes both embeddings and gives a value of 0 to 1 for each parameter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from models.style.hearing import BANDS, LEVELS, Heard
from synth.effects.chain import Chain, chain_named
from synth.errors import InputError
from synth.files import Shelf
from synth.outputs import whole_file
from synth.reading import BUNDLE_FILE, read_file

STYLES = Shelf(Path(__file__).resolve().parents[1] / "styles", ".safetensors", "style model")
"""The style models that ship."""

VERSION = 1
_HEADER = "ghostnote-style"
WIDTH, EMBEDDING, HIDDEN = 96, 64, 192
SLOPE = 0.1
"""Of the leaky rectifiers, below zero."""

Array = NDArray[np.float32]


def shapes(parameters: int) -> dict[str, tuple[int, ...]]:
    """Return the weights of encoder and controller: names to shapes, a matrix as (out, in)."""
    sizes = {
        "frame1": (WIDTH, BANDS),
        "frame2": (WIDTH, WIDTH),
        "embed": (EMBEDDING, 2 * WIDTH + LEVELS),
        "control1": (HIDDEN, 2 * EMBEDDING),
        "control2": (HIDDEN, HIDDEN),
        "control3": (parameters, HIDDEN),
    }
    return {f"{name}.{part}": size if part == "weight" else size[:1] for name, size in sizes.items() for part in PARTS}


PARTS = ("weight", "bias")


def _leaky(x: Array) -> Array:
    return np.asarray(np.maximum(x, SLOPE * x))


@dataclass(frozen=True)
class Stylist:
    """A trained encoder and controller.

    Parameters
    ----------
    chain : Chain
        The effects that it sets.
    weights : dict of str to float32 arrays
        As `shapes` says.
    card : dict
        Where it comes from. JSON values only.
    """

    chain: Chain
    weights: Mapping[str, Array]
    card: Mapping[str, Any] = field(default_factory=dict)

    def _layer(self, name: str, x: Array) -> Array:
        return np.asarray(x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"])

    def embedding(self, heard: Heard) -> Array:
        """Return what the encoder makes of a recording, (EMBEDDING,)."""
        frames = _leaky(self._layer("frame2", _leaky(self._layer("frame1", heard.frames))))
        pooled = np.concatenate([frames.mean(0), frames.std(0), heard.levels])
        return np.tanh(self._layer("embed", pooled))

    def unit_values(self, source: Array, like: Array) -> NDArray[np.float64]:
        """Return the values, 0 to 1, that bring what has one embedding to what has the other."""
        hidden = _leaky(self._layer("control1", np.concatenate([source, like])))
        last = self._layer("control3", _leaky(self._layer("control2", hidden)))
        return np.asarray(1.0 / (1.0 + np.exp(-last.astype(np.float64))))

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        header = {"version": VERSION, "chain": [kind.name for kind in self.chain.kinds], "card": self.card}
        header["space"] = [list(each) for each in self.chain.space.ranges]
        with whole_file(path) as unfinished:
            tensors = {name: np.ascontiguousarray(array, np.float32) for name, array in self.weights.items()}
            unfinished.write_bytes(save(tensors, metadata={_HEADER: json.dumps(header, sort_keys=True)}))


def load_stylist(path: Path) -> Stylist:
    """Read a trained encoder and controller.

    Raises
    ------
    InputError
        The file is none, is damaged, or was made for other effects or ranges.
    """
    content = read_file(path, BUNDLE_FILE)
    try:
        weights = load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_HEADER])
        chain = chain_named(header["chain"])
        version, ranges, card = header["version"], header["space"], dict(header["card"])
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: it is no style model, or it is damaged") from error
    if version != VERSION or [tuple(each) for each in ranges] != list(chain.space.ranges):
        raise InputError(f"{path}: it was trained for other effects or ranges; train it again")
    wanted = shapes(len(chain.space))
    found = {name: array.shape for name, array in weights.items()}
    if found != wanted or not all(np.isfinite(array).all() for array in weights.values()):
        raise InputError(f"{path}: its weights are not those of a style model; train it again")
    return Stylist(chain, weights, card)
