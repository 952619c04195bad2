"""Strokes to a file, one JSON object a line: a dry run, a log, a test's witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import Field

from bridge.events import Moment, Numbers, Transcript, TranscriptEntry
from bridge.rig.plays import PlaySettings
from bridge.rig.targets import TargetSettings
from bridge.targets.base import Play, Target
from synth.errors import InputError


class TapePlaySettings(PlaySettings):
    """How a drum writes on a tape: every number that a stroke carries."""


class TapeTargetSettings(TargetSettings):
    """A file of what would have been sent: one JSON object a line."""

    plays = TapePlaySettings

    type: Literal["tape"]
    path: str = Field(
        "tape.jsonl", min_length=1, description="file, made anew at each start in the folder that you work in"
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
        self._file = _opened(settings) if transcript is None else None

    def strike(self, play: Play, numbers: Numbers, moment: Moment) -> None:
        """Write a complete stroke."""
        self.counters.strokes += 1
        self._write("strike", play, numbers, moment)

    def early(self, play: Play, numbers: Numbers, moment: Moment) -> None:
        """Write a stroke that was only detected."""
        self._write("early", play, numbers, moment)

    def panic(self) -> None:
        """Do nothing: a tape makes no sound."""

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, kind: str, play: Play, numbers: Numbers, moment: Moment) -> None:
        self.counters.messages += 1
        words = {"drum": play.context.drum, **numbers}
        if self._transcript is not None:
            self._transcript.append(TranscriptEntry(moment.due_s, self.settings.name, kind, words))
        if self._file is not None:
            try:
                line = json.dumps({"time_s": moment.due_s, "kind": kind, **words}) + "\n"
                self._file.write(line.encode())
            except OSError:
                self.counters.lost += 1


def _opened(settings: TapeTargetSettings) -> BinaryIO:
    try:
        # Without a buffer: what a full disk refused is lost once, and not written again when the file is closed.
        return Path(settings.path).open("wb", buffering=0)
    except OSError as error:
        raise InputError(f"{settings.where}: path is '{settings.path}', not writable ({error.strerror})") from None
