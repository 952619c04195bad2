"""The embeddings that there are, a row each; importing this table loads none of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from models.embeddings.embedding import Embedding
from synth.errors import InputError, choices, shown

ONNX = "onnx:"
"""What a name begins with whose rest is a model file of the user's: ``onnx:FILE`` or ``onnx:FILE@16000``."""

DEFAULT = "segments-modulation"
"""docs/notes/embeddings.md says why."""


@dataclass(frozen=True, slots=True)
class EmbeddingKind:
    """An embedding that can be asked for by name.

    Parameters
    ----------
    name : str
    place : str
        ``module:Class`` of an `Embedding` that is made without arguments.
    meaning : str
        One line on what it tells apart.
    """

    name: str
    place: str
    meaning: str


EMBEDDINGS = {
    kind.name: kind
    for kind in (
        EmbeddingKind("mel-mean", "models.embeddings.mel_mean:MelMean", "mean log-mel spectrum, 128 bands"),
        EmbeddingKind("mfcc", "models.embeddings.mfcc:Mfcc", "40 mel-frequency cepstral coefficients of the mean"),
        EmbeddingKind("spectra", "models.embeddings.spectra:Spectra", "mean log spectra at five resolutions"),
        EmbeddingKind("segments", "models.embeddings.segments:Segments", "log-mel in segments of time that grow"),
        EmbeddingKind(
            "segments-modulation",
            "models.embeddings.segments_modulation:SegmentsModulation",
            "segments, with rates of modulation and with pitch",
        ),
    )
}
"""Name to kind, the plainest first."""


def embedding_named(name: str) -> Embedding:
    """Return an embedding.

    Parameters
    ----------
    name : str
        A key of `EMBEDDINGS`, or ``onnx:FILE`` for a pretrained model of the user's, with ``@HZ`` behind it where the
        file does not say its sample rate.

    Raises
    ------
    InputError
        There is none of that name; the text lists those that exist. Or the model file cannot be used.
    """
    if name.startswith(ONNX):
        from models.embeddings.onnx_model import load_model

        return load_model(name.removeprefix(ONNX))
    if name not in EMBEDDINGS:
        raise InputError(f"there is no embedding {shown(name)}; {choices(name, [*EMBEDDINGS, f'{ONNX}FILE'])}")
    module, made = EMBEDDINGS[name].place.split(":")
    return cast(Embedding, getattr(import_module(module), made)())
