"""Strokes to a file, one JSON object a line: a dry run, a log, a test's witness. An older tape is kept."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import Field

from bridge.events import Moment, Numbers, Transcript, TranscriptEntry
from bridge.rig.plays import PlaySettings
from bridge.rig.targets import TargetSettings
from bridge.targets.base import Play, Target
from synth.errors import InputError
from synth.outputs import free_path, require_writable
from synth.reading import what_else


class TapePlaySettings(PlaySettings):
    """How a drum writes on a tape: every number that a stroke carries."""


class TapeTargetSettings(TargetSettings):
    """A file of what would have been sent: one JSON object a line."""

    plays = TapePlaySettings

    type: Literal["tape"]
    path: str = Field(
        "tape.jsonl",
        min_length=1,
        description="file, made at the first stroke in the folder that you work in, with the next free number if it "
        "exists: an older tape is kept",
    )

    @property
    def writes(self) -> str:
        """The file."""
        return self.path


class TapeTarget(Target):
    """Writes every number of each stroke.

    Parameters
    ----------
    settings : TapeTargetSettings
        As in the rig.
    transcript : Transcript or None
        Gets the strokes instead of the file: nothing is opened.
    """

    settings: TapeTargetSettings
    settings_type = TapeTargetSettings

    def __init__(self, settings: TapeTargetSettings, transcript: Transcript | None = None) -> None:
        super().__init__(settings, transcript)
        self._file: BinaryIO | None = None
        self._path = Path(settings.path)
        self._trouble = ""
        if transcript is None:
            _require_writable(settings)

    def strike(self, play: Play, numbers: Numbers, moment: Moment) -> None:
        """Write a complete stroke."""
        self.counters.strokes += 1
        self._write("strike", play, numbers, moment)

    def early(self, play: Play, numbers: Numbers, moment: Moment) -> None:
        """Write a stroke that was only detected."""
        self._write("early", play, numbers, moment)

    def panic(self) -> None:
        """Do nothing: a tape makes no sound."""

    @property
    def written(self) -> str:
        """The file, whose name has a number if another one was there."""
        return str(self._path) if self._file is not None else ""

    @property
    def place(self) -> str:
        """The file."""
        return f"file {self._path}"

    @property
    def trouble(self) -> str:
        """Why lines were lost."""
        return self._trouble

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, kind: str, play: Play, numbers: Numbers, moment: Moment) -> None:
        self.counters.messages += 1
        words = {"drum": play.context.drum, **numbers}
        if self._transcript is not None:
            self._transcript.append(TranscriptEntry(moment.due_s, self.settings.name, kind, words))
        else:
            try:
                # Made with its first line: a session that does not start leaves no file and touches none.
                if self._file is None:
                    self._path, self._file = _new_file(self._path)
                _write_line(self._file, json.dumps({"time_s": moment.due_s, "kind": kind, **words}) + "\n")
            except OSError as error:
                self.counters.lost += 1
                self._trouble = f"{self.settings.where}: {self._path} cannot be written ({error.strerror})"


def _write_line(file: BinaryIO, text: str) -> None:
    """Write a line whole or not at all; `OSError` where a disk that becomes full takes a part of it."""
    line = text.encode()
    written = file.write(line)
    if written != len(line):
        if written and file.seekable():
            file.truncate(file.seek(-written, os.SEEK_CUR))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _require_writable(settings: TapeTargetSettings) -> None:
    """Refuse a file that cannot be written, before anything plays. A device or pipe is written as it is."""
    if what_else(path := Path(settings.path)) not in ("", "a folder"):
        return
    try:
        require_writable(path)
    except InputError as error:
        raise InputError(f"{settings.where}: path: {error}") from None


def _new_file(path: Path) -> tuple[Path, BinaryIO]:
    """Return the path of a new tape, and its file. A pipe that nobody reads is an `OSError`, and is not waited for."""
    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not what_else(path):
        path, flags = free_path(path), flags | os.O_CREAT | os.O_EXCL
    # Without a buffer: what a full disk refused is lost once, and not written again when the file is closed.
    return path, os.fdopen(os.open(path, flags, 0o666), "wb", buffering=0)
