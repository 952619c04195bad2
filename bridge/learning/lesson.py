"""Train from recordings and write the bundle with card, picture and listening file. Shared by `train` and `learn`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import Take, write_wav
from bridge.ear.analyzer import WINDOW_S
from bridge.learning.copies import groups_of, words_on
from bridge.learning.provenance import provenance
from bridge.learning.strokes import Heard, Pupil, hear
from bridge.learning.teacher import Teacher
from models.mapping.bundle import Bundle
from models.training.intervals import FEW_STROKES
from synth.errors import InputError, how_to_install
from synth.outputs import require_writable, whole_folder
from synth.voices.presets import Patch

if TYPE_CHECKING:
    from models.training.evaluate import Errors
    from models.training.export import Finished
    from models.training.train import Settings

ENDINGS = (".safetensors", ".card.json", ".card.md", ".png", ".listen.wav")
"""Of the files of a lesson, the bundle first."""

LISTENING_STROKES = 12
LISTENING_STEP_S = 0.6


def require_torch() -> None:
    """Refuse in one sentence where the extra is missing."""
    try:
        import torch  # noqa: F401
    except ImportError:
        raise InputError(
            f"Training needs PyTorch, which is not installed; install it with: {how_to_install('train')}"
        ) from None


def learn_from(
    recordings: Sequence[Take],
    teacher: Teacher | Patch,
    settings: Settings,
    watch: Callable[[Any], None] = lambda epoch: None,
    start: Bundle | None = None,
    pupil: Pupil | None = None,
    *,
    window_s: float | None = None,
    groups: Sequence[Path] = (),
    command: Sequence[str] = (),
) -> tuple[Finished, Heard]:
    """Hear the strokes of recordings and train a mapping on them.

    Parameters
    ----------
    recordings : sequence of Take
    teacher : Teacher, or Patch
        What the mapping is learned through, and the preset that the reference stroke plays; a preset alone is one of a
        voice of ours.
    settings : Settings
    watch : callable, optional
        Called after every epoch.
    start : Bundle, optional
        Continue from it.
    pupil : Pupil, optional
        The drum of a rig whose inputs the recordings hold.
    window_s : float, optional
        How much after each onset the features look at; by default that of ``start``, or else of playing.
    groups : sequence of Path
        As for `bridge.learning.copies.groups_of`.
    command : sequence of str
        The words after ``ghostnote``, for the card.

    Raises
    ------
    InputError
        Too few strokes, different rates, all at one level; or ``start`` cannot be continued with these.
    """
    from models.training.export import finish
    from models.training.strokes import split_strokes

    teacher = Teacher(teacher) if isinstance(teacher, Patch) else teacher
    if start is not None and window_s not in (None, start.window_s):
        raise InputError(f"The bundle to continue from has a window of {1000 * start.window_s:.3g} ms; it must stay")
    heard = hear(recordings, window_s or (start.window_s if start else WINDOW_S), pupil)
    if start is not None and start.arch != settings.arch:
        raise InputError(f"The bundle to continue from is a '{start.arch}' model; --arch is '{settings.arch}'")
    group = groups_of(heard, recordings, groups)
    heard = replace(heard, strokes=teacher.ready(heard.strokes))
    split = split_strokes(heard.strokes, settings.split_seed, group)
    taught = teacher.teach(heard.strokes, split, settings, watch, start)
    sources = [recording.path.name for recording in recordings]
    made = provenance(recordings, taught.patch, command) | taught.card
    finished = finish(
        taught.trained,
        heard.strokes,
        taught.patch,
        settings,
        sources,
        heard.detector.to_table(),
        group,
        made,
        taught.judge,
    )
    notes = [words_on(group), few_words(finished.held_out["default"])]
    return finished, replace(heard, warnings=(*heard.warnings, *filter(None, notes)))


def few_words(errors: Errors) -> str:
    """Return what a person should know of errors on few strokes; empty if there are enough."""
    count = len(errors.wanted)
    if count >= FEW_STROKES:
        return ""
    _, low, high = errors.interval()
    return (
        f"{count} held-out {'stroke is' if count == 1 else 'strokes are'} few: with others the error by ear could "
        f"be {100 * low:.0f} to {100 * high:.0f} % of doing nothing; play longer to know better"
    )


def require_room(bundle: Path) -> None:
    """Refuse a bundle whose files could not be written later, before anyone has waited for them.

    Raises
    ------
    InputError
        Names the file that a folder is in the way of, or whose folder cannot be written.
    """
    for ending in ENDINGS:
        require_writable(bundle.with_suffix(ending))


def write_lesson(finished: Finished, heard: Heard, bundle: Path, teacher: Teacher | None = None) -> list[Path]:
    """Write the bundle, and beside it the card (JSON and Markdown), picture and listening file: all or none.

    Parameters
    ----------
    finished : Finished
    heard : Heard
    bundle : Path
    teacher : Teacher, optional
        Plays the listening file; by default the voice of the bundle does.

    Returns
    -------
    list of Path
        What lies beside the bundle.

    Raises
    ------
    InputError
        One of them cannot be written.
    """
    from bridge.learning.report import draw_training, training_card

    card = dict(finished.bundle.card) | {"warnings": list(heard.warnings)}
    with whole_folder(bundle.parent) as folder:
        model, numbers, words, picture, sound = ((folder / bundle.name).with_suffix(ending) for ending in ENDINGS)
        model.write_bytes(finished.bundle.encoded())
        numbers.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
        # A file's name may hold bytes that are no text.
        words.write_text(training_card(bundle.stem, finished.bundle, card), encoding="utf-8", errors="replace")
        draw_training(finished, picture, bundle.stem)
        write_wav(sound, listening(finished, heard, teacher), finished.bundle.sample_rate)
    return [bundle.with_suffix(ending) for ending in ENDINGS[1:]]


def listening(finished: Finished, heard: Heard, teacher: Teacher | None = None) -> NDArray[np.float32]:
    """Return held-out strokes, soft to loud: the drum, then the synth before, then the synth after."""
    strokes, split = heard.strokes, finished.trained.split
    rows = split.test[np.argsort(strokes.features[split.test, 0])][-LISTENING_STROKES:]
    step = round(LISTENING_STEP_S * strokes.sample_rate)
    drum = strokes.audio[rows, :step] * (np.arange(step) < strokes.ends[rows, None])
    modulation = finished.trained.modulation(strokes.features[rows])
    play = (teacher or Teacher(finished.bundle.preset)).player(finished, step)
    pause = np.zeros(step, np.float32)
    parts = (drum, play(modulation * 0), play(modulation))
    return np.concatenate([part for each in parts for part in (each.ravel(), pause)])
