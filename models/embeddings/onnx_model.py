"""A pretrained audio model of the user's as an embedding: an ONNX file with one input of sound.

The input is a tensor of floats with an axis of samples; before it may stand one of sounds, and axes of length 1
anywhere. Every output is one row for a sound, or a row for each moment: those are averaged over time. Rows of several
outputs stand behind each other, in the model's own units. Where the model takes a fixed number of samples, a sound is
cut into pieces of that length, the last one filled with silence, and their rows are averaged.

Nothing of the file is executed but its graph of ONNX operators, by `onnxruntime` (extra ``onnx``) on one thread.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from models.embeddings.embedding import Floats, each_row
from synth.errors import InputError, counted_noun, how_to_install, said, shown
from synth.reading import MIB, FileKind, read_file

ONNX_FILE = FileKind("ONNX model", 1024 * MIB)
"""The largest published audio models have about 700 MiB."""

RATE_KEY = "sample_rate"
"""Of the file's metadata: the sample rate of the sounds that the model takes, Hz."""
RATES_HZ = (4_000, 192_000)
_SHORTEST_TRIED_S = 1.0


@dataclass(frozen=True)
class OnnxModel:
    """A model file that has been tried on silence.

    Parameters
    ----------
    name : str
        As it was asked for.
    path : Path
    model_rate_hz : int
        Of the sounds that the model takes.
    session : onnxruntime.InferenceSession
    shape : tuple of int
        Of the input for one sound, with 0 for as many samples as there are.
    """

    name: str
    path: Path
    model_rate_hz: int
    session: Any = field(repr=False)
    shape: tuple[int, ...]

    def __call__(self, audio: Floats, rate_hz: int) -> Floats:
        """Return rows of what the model gives, resampled to its rate."""
        return each_row(audio, rate_hz, self._row)

    def _row(self, sound: Floats, rate_hz: int) -> Floats:
        common = math.gcd(rate_hz, self.model_rate_hz)
        heard = sound
        if rate_hz != self.model_rate_hz:
            heard = np.asarray(resample_poly(sound, self.model_rate_hz // common, rate_hz // common), np.float32)
        length = math.prod(self.shape) or len(heard)
        pieces = np.zeros((-(-len(heard) // length), length), np.float32)
        pieces.ravel()[: len(heard)] = heard
        return np.asarray(np.mean([self._piece(piece) for piece in pieces], axis=0), np.float32)

    def _piece(self, samples: Floats) -> Floats:
        shape = [one or len(samples) for one in self.shape]
        try:
            [asked] = self.session.get_inputs()
            outputs = self.session.run(None, {asked.name: samples.reshape(shape)})
        except Exception as error:  # of many kinds, all of them what the model cannot do
            said_of = f"{counted_noun(len(samples), 'sample')} ({said(error)})"
            raise InputError(f"{self.path}: the model fails on {said_of}") from None
        return np.concatenate([_averaged(self.path, output, len(shape) > 1) for output in outputs])


def _averaged(path: Path, output: Any, of_batch: bool) -> Floats:
    """Return an output of one sound as a row, averaged over time."""
    rows = np.asarray(output)
    shape = rows.shape
    if of_batch and rows.ndim and shape[0] == 1:
        rows = rows[0]
    if rows.dtype.kind != "f" or rows.ndim not in (1, 2) or not rows.size:
        raise InputError(
            f"{path}: an output has the shape {shape} of {rows.dtype}; allowed are floats, (sounds, numbers) or "
            "(sounds, times, numbers)"
        )
    return np.asarray(rows if rows.ndim == 1 else rows.mean(axis=0), np.float32)


def load_model(words: str) -> OnnxModel:
    """Load a model file, ``FILE`` or ``FILE@HZ``, and try it on silence.

    Raises
    ------
    InputError
        The package is not installed, the file is not there or no model, its sample rate is unknown, or its inputs and
        outputs are not those of an audio model.
    """
    named = re.fullmatch(r"(.+)@(\d{1,7})", words, re.DOTALL)
    path, asked_hz = (Path(named[1]), int(named[2])) if named else (Path(words), None)
    session = _session(path)
    rate_hz = _rate_hz(path, session, asked_hz)
    model = OnnxModel(f"onnx:{words}", path, rate_hz, session, _input_shape(path, session))
    model(np.zeros((1, round(_SHORTEST_TRIED_S * rate_hz)), np.float32), rate_hz)
    return model


def _session(path: Path) -> Any:
    """Return the loaded graph."""
    try:
        import onnxruntime
    except ImportError:
        needed = f"install it with: {how_to_install('onnx')}"
        raise InputError(f"{path}: an ONNX model needs onnxruntime, which is not installed; {needed}") from None
    content = read_file(path, ONNX_FILE)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums in another order are other bits
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no common class for what is wrong with a file
        raise InputError(f"{path}: is no ONNX model ({said(error)})") from None


def _rate_hz(path: Path, session: Any, asked_hz: int | None) -> int:
    """Return the rate that the file says, else the one that was asked for."""
    text = session.get_modelmeta().custom_metadata_map.get(RATE_KEY)
    if text is None and asked_hz is None:
        raise InputError(f"{path}: does not say its sample rate; add it to the name, as in onnx:{path}@16000")
    if text is not None and not re.fullmatch(r"\d{1,7}", text):
        raise InputError(f"{path}: its {RATE_KEY} is {shown(text)}; allowed are whole numbers of Hz")
    rate_hz = int(text) if text is not None else int(asked_hz or 0)
    if asked_hz not in (None, rate_hz):
        raise InputError(f"{path}: takes sounds of {rate_hz} Hz, as it says itself, not of {asked_hz} Hz")
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise InputError(f"{path}: a sample rate of {rate_hz} Hz; allowed are {RATES_HZ[0]} to {RATES_HZ[1]} Hz")
    return rate_hz


def _input_shape(path: Path, session: Any) -> tuple[int, ...]:
    """Return the shape of the input for one sound, with 0 for a free number of samples."""
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)":
        types = ", ".join(one.type for one in inputs) or "none"
        raise InputError(f"{path}: has the inputs {types}; allowed is one, tensor(float)")
    given = [size if isinstance(size, int) else 0 for size in inputs[0].shape]
    shape = [1, *given[1:]] if len(given) > 1 else given
    if not shape or sum(size != 1 for size in shape) != 1 or (len(given) > 1 and given[0] > 1):
        raise InputError(
            f"{path}: its input has the shape {inputs[0].shape}; allowed are (samples) and (sounds, samples)"
        )
    return tuple(shape)
