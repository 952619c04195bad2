"""A trained mapping as one ``.safetensors`` file: everything that playing needs to equal training. Door: safetensors.

Weights and fitted constants are its tensors; the rest is one JSON text in its header: version, architecture, the whole
parameter table, preset, feature names, scaler, reference stroke, window, rate, detector settings, training card. No
pickle: loading a stranger's bundle runs nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.architectures import ARCHITECTURES, architecture_named
from models.mapping.follower import Following, plain_following
from synth.errors import InputError, said, shown
from synth.files import Shelf
from synth.outputs import whole_file
from synth.reading import BUNDLE_FILE, read_file
from synth.spec import KINDS, MOST_STEPS, Param, ParamSpace
from synth.voices.presets import Patch, plays_tables
from synth.voices.registry import voice_kinds
from synth.voices.wavetable.waves import checked_tables

MODELS = Shelf(Path(__file__).resolve().parents[1] / "trained", ".safetensors", "model")
"""The trained bundles that ship."""

VERSION = 1
"""Raised whenever an old bundle would play differently or not at all."""

_HEADER = "ghostnote"
_ARRAYS = ("offset", "scale", "reference")

SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 0.001, 0.1

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 22_050, 192_000
"""Of the recordings that can be trained on."""

LARGEST_NUMBER = 1e6
"""No feature, weight or constant comes near it; far beyond, products of finite numbers are infinite."""

SMALLEST_SCALE = 1e-6

LONGEST_NAME = 100
"""Characters; names stand in tables, addresses and sentences."""

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

    @property
    def space(self) -> ParamSpace:
        """The parameter table."""
        return self.preset.space

    def encoded(self) -> bytes:
        """Return the content of the file."""
        tensors = {f"net.{name}": np.ascontiguousarray(array, np.float32) for name, array in self.weights.items()}
        tensors |= {f"following.{name}": np.ascontiguousarray(a) for name, a in self.following.tensors().items()}
        if self.preset.tables is not None:
            tensors[_TABLES] = np.ascontiguousarray(self.preset.tables, np.float32)
        return save(tensors, metadata={_HEADER: json.dumps(_header(self), sort_keys=True)})

    def save(self, path: Path) -> None:
        """Write the file whole or not at all; `InputError` if it cannot be written."""
        with whole_file(path) as unfinished:
            unfinished.write_bytes(self.encoded())

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
                f"{path}: this bundle has version {shown(header.get('version'))}; this Ghostnote reads version "
                f"{VERSION}: train it again or install the version that made it"
            )
        try:
            bundle = _assemble(header, tensors)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise InputError(f"{path}: the bundle is damaged or incomplete ({said(error)}); train it again") from None
        if fault := fault_of(bundle):
            raise InputError(f"{path}: {said(fault)}; train it again")
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


_TABLES = "tables"


def _header(bundle: Bundle) -> dict[str, Any]:
    preset, space = bundle.preset, bundle.space
    params = [_said_of(param) for param in space]
    return {
        "version": VERSION,
        **{name: getattr(bundle, name) for name in ("arch", "window_s", "sample_rate")},
        **{name: getattr(bundle, name).tolist() for name in _ARRAYS},
        "space": {"name": space.name, "params": params},
        "preset": {"name": preset.name, "values": preset.values.tolist(), "depths": preset.depths.tolist()},
        "features": list(bundle.feature_names),
        "detector": dict(bundle.detector),
        "card": dict(bundle.card),
    }


def _said_of(param: Param) -> dict[str, Any]:
    """Return what a bundle says of a parameter: not its role, which the voice of the space knows, nor what is usual."""
    usual = {"kind": "number", "steps": 0}
    return {key: value for key, value in asdict(param).items() if key != "role" and usual.get(key) != value}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    content = read_file(path, BUNDLE_FILE)
    try:
        tensors = {name: array.copy() for name, array in load(content).items()}
        # The library reads the tensors of bytes, and the texts beside them of files alone. Its format: eight bytes
        # that count those of the JSON that follows.
        texts = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__")
    except (SafetensorError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a readable bundle, cut short or another kind of file ({said(error)})") from None
    if not texts or _HEADER not in texts:
        raise InputError(f"{path}: a safetensors file, but not a Ghostnote bundle: its header has no '{_HEADER}' entry")
    try:
        header = json.loads(texts[_HEADER])
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: the bundle's header is damaged ({said(error)}); train it again") from None
    if not isinstance(header, dict):
        raise InputError(f"{path}: the bundle's header is {header!r:.60}; it must be a JSON object; train it again")
    return header, tensors


def _assemble(header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Bundle:
    space = _space(header["space"]["name"], header["space"]["params"])
    preset = header["preset"]
    values, depths = (np.array(preset[key], np.float64) for key in ("values", "depths"))
    arrays: dict[str, Any] = {name: np.array(header[name], np.float64) for name in _ARRAYS}
    return Bundle(
        arch=header["arch"],
        preset=Patch(preset["name"], space, values, depths, _tables(tensors)),
        **arrays,
        window_s=float(header["window_s"]),
        sample_rate=int(header["sample_rate"]),
        weights=_part(tensors, "net."),
        following=Following.from_tensors(_part(tensors, "following.")),
        detector=header["detector"],
        feature_names=tuple(header["features"]),
        card=header["card"],
    )


def _space(name: str, params: list[dict[str, Any]]) -> ParamSpace:
    """Return the table of a bundle with the roles of the voice of its name; where there is none, no parameter has one.

    So no decay of a synth that has no voice here follows the drum.
    """
    roles = {param.name: param.role for kind in voice_kinds() if kind.name == name for param in kind.space}
    return ParamSpace(name, tuple(Param(**param, role=roles.get(param["name"], "")) for param in params))


def _tables(tensors: dict[str, NDArray[Any]]) -> NDArray[np.float64] | None:
    """Return the tables that the preset of a bundle plays."""
    return checked_tables(tensors[_TABLES]) if _TABLES in tensors else None


def _part(tensors: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _difference(found: ParamSpace, wanted: ParamSpace) -> str:
    """Say how two tables differ in what 0..1 means; texts and defaults may differ freely."""
    if found.names != wanted.names:
        return f"the bundle drives {found.name} ({len(found)} parameters), not {wanted.name} ({len(wanted)})"
    pairs = zip(found, wanted, strict=True)
    changed = [a.name for a, b in pairs if (a.low, a.high, a.curve) != (b.low, b.high, b.curve)]
    return f"the bundle was trained for other ranges of {', '.join(changed)}" if changed else ""


def fault_of(bundle: Bundle) -> str:
    """Say what is wrong with a bundle's content; empty if nothing is."""
    return next(chain(_faults_of_words(bundle), _faults_of_shapes(bundle), _faults_of_numbers(bundle)), "")


def _faults_of_words(bundle: Bundle) -> Iterator[str]:
    if not isinstance(bundle.arch, str) or bundle.arch not in ARCHITECTURES:
        yield f"there is no mapping model {bundle.arch!r:.60}; there are {', '.join(ARCHITECTURES)}"
    if bundle.feature_names != ONSET_FEATURE_NAMES:
        heard = ", ".join(map(str, bundle.feature_names))
        yield f"the bundle listens to '{heard:.60}'; this Ghostnote measures {', '.join(ONSET_FEATURE_NAMES)}"
    if not all(isinstance(param.name, str) and param.curve in ("linear", "log") for param in bundle.space):
        yield "its parameter table needs a name and a curve, linear or log, for each parameter"
    if not all(
        param.kind in KINDS and type(param.steps) is int and param.steps <= MOST_STEPS for param in bundle.space
    ):
        yield f"its parameters need a kind ({', '.join(KINDS)}) and at most {MOST_STEPS} steps"
    names = (bundle.space.name, bundle.preset.name, *bundle.space.names)
    if not all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in names):
        yield f"its synth, preset and parameters need names of at most {LONGEST_NAME} characters"
    for name in ("detector", "card"):
        if not isinstance(getattr(bundle, name), Mapping):
            yield f"its {name} is {getattr(bundle, name)!r:.60}; it must be a table"


def _faults_of_shapes(bundle: Bundle) -> Iterator[str]:
    """Yield what does not fit together; the words are right."""
    features, params = len(bundle.feature_names), len(bundle.space)
    expected = ARCHITECTURES[bundle.arch].shapes(features, params)
    if (found := _shapes(bundle.weights)) != expected:
        yield f"the weights have shapes {found}; model '{bundle.arch}' needs {expected}"
    if {getattr(bundle, name).shape for name in _ARRAYS} != {(features,)}:
        yield f"scaler and reference must hold {features} numbers each"
    if bundle.preset.tables is not None and not plays_tables(bundle.space):
        yield f"its preset has tables, and {bundle.space.name} plays none"
    if {bundle.preset.values.shape, bundle.preset.depths.shape} != {(params,)}:
        yield f"the preset must hold {params} values and depths"
    expected = _shapes(plain_following(bundle.scale, params, bundle.following.voice_bias.size).tensors())
    if (found := _shapes(bundle.following.tensors())) != expected:
        yield f"the following constants have shapes {found}; needed are {expected}"


def _faults_of_numbers(bundle: Bundle) -> Iterator[str]:
    """Yield what is out of range; words and shapes are right."""
    if not SHORTEST_WINDOW_S <= bundle.window_s <= LONGEST_WINDOW_S:
        yield f"window_s is {bundle.window_s:g}; allowed is {SHORTEST_WINDOW_S:g} to {LONGEST_WINDOW_S:g} s"
    if not LOWEST_RATE_HZ <= bundle.sample_rate <= HIGHEST_RATE_HZ:
        yield f"sample_rate is {bundle.sample_rate!r:.20}; allowed is {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz"
    numbers: dict[str, NDArray[Any]] = {**bundle.weights, **bundle.following.tensors()}
    numbers |= {name: getattr(bundle, name) for name in _ARRAYS}
    for name, array in numbers.items():
        if not np.isfinite(array).all():
            yield f"{name} holds numbers that are not finite"
        if np.abs(array).max(initial=0.0) > LARGEST_NUMBER:
            yield f"{name} holds numbers beyond {LARGEST_NUMBER:g}"
    if not (bundle.scale >= SMALLEST_SCALE).all():
        yield f"scale is {bundle.scale.tolist()}; allowed is {SMALLEST_SCALE:g} and more"
    for param, value, depth in zip(bundle.space, bundle.preset.values, bundle.preset.depths, strict=True):
        if not math.isfinite(param.high / param.low if param.curve == "log" else param.high - param.low):
            yield f"{param.name} has no finite range"
        if not param.low <= value <= param.high or not 0 <= depth <= 1:
            allowed = f"{param.low:g} to {param.high:g} and 0 to 1"
            yield f"value and depth of {param.name} are {value:g} and {depth:g}; allowed are {allowed}"


def _shapes(arrays: Mapping[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(array.shape) for name, array in arrays.items()}
