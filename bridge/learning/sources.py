"""The drums of an experiment: our drummer's, recordings, folders of single strokes; known by what they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Take, open_take
from bridge.learning.copies import groups_of
from bridge.learning.provenance import sound_hash
from bridge.learning.strokes import hear
from models.training.strokes import Strokes
from synth.drummer.perform import perform
from synth.errors import InputError, counted_noun
from synth.reading import TABLE_FILE, read_file

RATE = 48_000
"""At which windows are counted."""

AUDIO_SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".ogg")
PAUSE_S = 0.2
"""Between the single strokes of a folder."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the strokes of a job come from.

    Parameters
    ----------
    name : str
        As in the grid.
    take : str
        What our drummer plays, where the drum is one of its drums.
    path : str
        Absolute, of a recording or of a folder of single strokes; else empty.
    channel : int
        Of the recording, from 1; 0: the loudest.
    groups : str
        Absolute, of a CSV that says which strokes are copies; else empty.
    digest : str
        Of what these files hold.
    """

    name: str
    take: str = ""
    path: str = ""
    channel: int = 0
    groups: str = ""
    digest: str = ""


def digest(values: Any) -> str:
    """Return the SHA-256 of JSON values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def takes_of(source: Source) -> Iterator[Take]:
    """Yield the recordings of a drum that is no drum of our drummer; `InputError` if there are none or they differ."""
    path = Path(source.path)
    if not path.is_dir():
        take = open_take(path)
        if source.channel > take.channels:
            raise InputError(f"{path}: has {counted_noun(take.channels, 'channel')}; channel is {source.channel}")
        yield take
        return
    if source.channel > 1:
        raise InputError(
            f"{path}: is a folder of single strokes, of which the first channel is used; leave channel out"
        )
    files = [one for one in sorted(path.iterdir()) if one.suffix.lower() in AUDIO_SUFFIXES]
    if not files:
        raise InputError(f"{path}: holds no recordings")
    rates = {}
    for file in files:
        take = open_take(file)
        rates[take.sample_rate] = file.name
        if len(rates) > 1:
            listed = ", ".join(f"{name} has {rate} Hz" for rate, name in rates.items())
            raise InputError(f"{path}: the recordings have different sample rates ({listed}); export them at one rate")
        yield take


def digest_of(source: Source) -> str:
    """Return the digest of the sound of all recordings of a drum, and of its table of groups."""
    found = hashlib.sha256()
    for take in takes_of(source):
        found.update(sound_hash(take).encode())
    if source.groups:
        found.update(read_file(Path(source.groups), TABLE_FILE))
    return found.hexdigest()


def recording_of(source: Source) -> Take:
    """Return what a job learns from: a take of our drummer, a recording, or single strokes from files in a row."""
    if source.take:
        played = perform(source.take, source.name, seed=1)
        return Take(played.audio[:, :1], played.sample_rate, Path(f"{source.take}-{source.name}"))
    takes = list(takes_of(source))
    if Path(source.path).is_dir():
        rate = takes[0].sample_rate
        pause = np.zeros((round(PAUSE_S * rate), 1), np.float32)
        audio = np.concatenate([part for take in takes for part in (take.audio[: len(take.audio)][:, :1], pause)])
        return Take(audio, rate, Path(source.path))
    take = takes[0]
    if source.channel:
        audio = take.audio[: len(take.audio)]
        return Take(audio[:, source.channel - 1 : source.channel], take.sample_rate, take.path)
    return take


@lru_cache(maxsize=2)
def strokes_of(source: Source, window_samples: int) -> tuple[Strokes, NDArray[np.int64]]:
    """Return the strokes of a job and their groups, (n,) int64.

    Those of two jobs are kept for the jobs that follow, which differ in preset, model and seed.

    Raises
    ------
    InputError
        A recording cannot be used, or is not there or another one than when the experiment began.
    """
    if not source.take and digest_of(source) != source.digest:
        raise InputError(f"{source.path}: holds another sound than when the experiment began; start it again")
    recording = recording_of(source)
    heard = hear([recording], window_s=window_samples / RATE)
    return heard.strokes, groups_of(heard, [recording], [Path(source.groups)] if source.groups else [])
