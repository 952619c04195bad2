"""A trained mapping as one ``.safetensors`` file: everything that playing needs to equal training. Door: safetensors.

Weights and fitted constants are its tensors; the rest is one JSON text in its header: version, architecture, the whole
parameter table, preset, feature names, scaler, reference stroke, window, rate, detector settings, training card. No
pickle: loading a stranger's bundle runs nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.architectures import architecture_named
from models.mapping.bundle_check import fault_of
from models.mapping.follower import Following, plain_following
from synth.errors import InputError
from synth.presets import Patch
from synth.spec import Param, ParamSpace

VERSION = 1
"""Raised whenever an old bundle would play differently or not at all."""

_HEADER = "ghostnote"

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Everything that a trained mapping knows.

    Parameters
    ----------
    arch : str
        Key of `models.mapping.architectures.ARCHITECTURES`.
    preset : Patch
        What the reference stroke plays; its space is the parameter table that the model was trained for.
    offset, scale : (features,) float64
        Scaler: least value and range of each onset feature over the training strokes.
    reference : (features,) float64
        Onset features of the reference stroke, in their own units.
    window_s : float
        Time after the onset that the features look at.
    sample_rate : int
        Hz, of the training recordings.
    weights : dict of str to float32 arrays
        Names and shapes as `Architecture.shapes` gives them.
    following : Following
        Constants of the direct level and decay layer.
    detector : dict
        Settings of the detector that found the training strokes.
    feature_names : tuple of str
        The columns.
    card : dict
        The training card: where it comes from and how well it does. JSON values only.
    version : int
        Of this format.
    """

    arch: str
    preset: Patch
    offset: Array
    scale: Array
    reference: Array
    window_s: float
    sample_rate: int
    weights: Mapping[str, NDArray[np.float32]]
    following: Following
    detector: Mapping[str, float] = field(default_factory=dict)
    feature_names: tuple[str, ...] = ONSET_FEATURE_NAMES
    card: Mapping[str, Any] = field(default_factory=dict)
    version: int = VERSION

    @property
    def space(self) -> ParamSpace:
        """The parameter table."""
        return self.preset.space

    def encoded(self) -> bytes:
        """Return the content of the file."""
        tensors = {f"net.{name}": np.ascontiguousarray(array, np.float32) for name, array in self.weights.items()}
        tensors |= {f"following.{name}": np.ascontiguousarray(a) for name, a in self.following.tensors().items()}
        return save(tensors, metadata={_HEADER: json.dumps(_header(self), sort_keys=True)})

    def save(self, path: Path) -> None:
        """Write the file whole or not at all: beside its place first, then moved there.

        Raises
        ------
        InputError
            The folder or the file cannot be written.
        """
        content = self.encoded()
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
            unfinished.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise InputError(f"{path}: the bundle cannot be written ({error.strerror})") from None

    @classmethod
    def load(cls, path: Path, space: ParamSpace | None = None) -> Bundle:
        """Read and check a bundle.

        Parameters
        ----------
        path : Path
        space : ParamSpace, optional
            The table that the bundle must have been trained for.

        Raises
        ------
        InputError
            No such file, truncated, not a bundle, of another version, inconsistent, or for another parameter space.
        """
        header, tensors = _read(path)
        if header.get("version") != VERSION:
            raise InputError(
                f"{path}: this bundle has version {header.get('version')}; this Ghostnote reads version {VERSION}: "
                "train it again or install the version that made it"
            )
        try:
            bundle = _assemble(header, tensors)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise InputError(f"{path}: the bundle is damaged or incomplete ({error}); train it again") from None
        if fault := fault_of(bundle):
            raise InputError(f"{path}: {fault}; train it again")
        if space is not None and (difference := _difference(bundle.space, space)):
            raise InputError(f"{path}: {difference}; train a bundle for {space.name}")
        return bundle


def untrained_bundle(patch: Patch, arch: str = "mlp", seed: int = 0, sample_rate: int = 48_000) -> Bundle:
    """Return a bundle of random weights: it moves every parameter a little, and means nothing.

    Parameters
    ----------
    patch : Patch
        What its reference stroke plays.
    arch : str
        Key of `models.mapping.architectures.ARCHITECTURES`; `InputError` lists them.
    seed : int
        Of the weights; at least 0.
    sample_rate : int
        Hz; it is only written down.
    """
    rng = np.random.default_rng(seed)
    offset, scale = np.array([-50.0, 80.0, -40.0]), np.array([50.0, 40.0, 40.0])
    shapes = architecture_named(arch).shapes(len(ONSET_FEATURE_NAMES), len(patch.space))
    weights = {name: (rng.standard_normal(shape) * 0.3).astype(np.float32) for name, shape in shapes.items()}
    return Bundle(
        arch=arch,
        preset=patch,
        offset=offset,
        scale=scale,
        reference=np.array([-20.0, 100.0, -15.0]),
        window_s=256 / 48_000,
        sample_rate=sample_rate,
        weights=weights,
        following=plain_following(scale, len(patch.space)),
        card={"trained": False},
    )


def _header(bundle: Bundle) -> dict[str, Any]:
    return {
        "version": bundle.version,
        "arch": bundle.arch,
        "space": {"name": bundle.space.name, "params": [asdict(param) for param in bundle.space]},
        "preset": {
            "name": bundle.preset.name,
            "values": np.asarray(bundle.preset.values).tolist(),
            "depths": np.asarray(bundle.preset.depths).tolist(),
        },
        "features": list(bundle.feature_names),
        "offset": bundle.offset.tolist(),
        "scale": bundle.scale.tolist(),
        "reference": bundle.reference.tolist(),
        "window_s": bundle.window_s,
        "sample_rate": bundle.sample_rate,
        "detector": dict(bundle.detector),
        "card": dict(bundle.card),
    }


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such bundle")
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(_HEADER)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - the file is no mapping
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a readable bundle, cut short or another kind of file ({error})") from None
    if text is None:
        raise InputError(f"{path}: a safetensors file, but not a Ghostnote bundle: its header has no '{_HEADER}' entry")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: the bundle's header is damaged ({error}); train it again") from None
    if not isinstance(header, dict):
        raise InputError(f"{path}: the bundle's header is {header!r:.60}; it must be a JSON object; train it again")
    return header, tensors


def _assemble(header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Bundle:
    space = ParamSpace(header["space"]["name"], tuple(Param(**param) for param in header["space"]["params"]))
    preset = header["preset"]
    values, depths = (np.array(preset[key], np.float64) for key in ("values", "depths"))
    return Bundle(
        arch=header["arch"],
        preset=Patch(preset["name"], space, values, depths),
        offset=np.array(header["offset"], np.float64),
        scale=np.array(header["scale"], np.float64),
        reference=np.array(header["reference"], np.float64),
        window_s=float(header["window_s"]),
        sample_rate=int(header["sample_rate"]),
        weights=_part(tensors, "net."),
        following=Following.from_tensors(_part(tensors, "following.")),
        detector=header["detector"],
        feature_names=tuple(header["features"]),
        card=header["card"],
        version=header["version"],
    )


def _part(tensors: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _difference(found: ParamSpace, wanted: ParamSpace) -> str:
    """Say how two tables differ in what 0..1 means; texts and defaults may differ freely."""
    if found.names != wanted.names:
        return f"the bundle drives {found.name} ({len(found)} parameters), not {wanted.name} ({len(wanted)})"
    pairs = zip(found, wanted, strict=True)
    changed = [a.name for a, b in pairs if (a.low, a.high, a.curve) != (b.low, b.high, b.curve)]
    return f"the bundle was trained for other ranges of {', '.join(changed)}" if changed else ""
