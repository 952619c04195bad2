"""What a take plays, into files, piece by piece: a take of any length is rendered in the same memory."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import StoredAudio
from bridge.audio.wav import WavFile
from bridge.events import Audio, Strike
from bridge.midi.file import MidiRecorder
from bridge.session.offline import Playback, Played, Progress, rung
from bridge.session.report import HitsTable, draw_report, messages_jsonl

SYNTH = "synth.wav"
FILES = ("hits.csv", SYNTH, "performance.mid", "messages.jsonl", "report.png")
"""All that `write_performance` may write."""


def write_performance(playback: Playback, folder: Path, title: str, progress: Progress | None = None) -> Played:
    """Play a take and write `FILES` into a folder; without `SYNTH` if no drum plays a built-in voice.

    Parameters
    ----------
    playback : Playback
        Not yet played.
    folder : Path
        Empty.
    title : str
        Of the picture.
    progress : callable, optional
        Hears the share that is done, 0..1.

    Returns
    -------
    Played
        Its ``synth`` lies in ``folder``; its tape is empty.

    Raises
    ------
    OSError
        The disk is full.
    """
    take, strikes = playback.take, list[Strike]()
    sent: Counter[str] = Counter()
    midi = MidiRecorder()
    with ExitStack() as open_files:
        table = HitsTable(playback.spaces, playback.channels, take.sample_rate)
        hits, messages = (open_files.enter_context(_text(folder / name)) for name in ("hits.csv", "messages.jsonl"))
        hits.write(table.header())
        mix = open_files.enter_context(_Mix(folder / SYNTH, playback)) if playback.voiced else None
        for step in playback.steps(progress):
            strikes += step.strikes
            hits.writelines(map(table.row, step.strikes))
            messages.write(messages_jsonl(step.sent))
            sent.update(entry.target for entry in step.sent)
            for entry in step.sent:
                midi.add(entry)
            if mix is not None:
                mix.add(step.synth)
    midi.save(folder / "performance.mid")
    silence = np.broadcast_to(np.float32(0.0), (len(take.audio), playback.outputs))
    synth: Audio = silence if mix is None else StoredAudio(folder / SYNTH, mix.samples, playback.outputs)
    performance = Played(
        recording=take,
        strikes=tuple(strikes),
        spaces=playback.spaces,
        channels=playback.channels,
        synth=synth,
        sent=sent,
        voiced=playback.voiced,
        peak=0.0 if mix is None else mix.peak,
        non_finite=playback.non_finite,
        output_peak=playback.output_peak,
        clipped=playback.clipped,
        unplayed=playback.unplayed,
    )
    draw_report(performance, folder / "report.png", title)
    return performance


def _text(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


class _Mix:
    """The file of the built-in voices' mix: as long as the take, and longer while a voice rings."""

    def __init__(self, path: Path, playback: Playback) -> None:
        self._file = WavFile(path, playback.take.sample_rate, playback.outputs, playback.samples)
        self._due = len(playback.take.audio)
        self._held: list[NDArray[np.float32]] = []
        self.peak = 0.0

    @property
    def samples(self) -> int:
        """How many are written."""
        return self._file.samples

    def add(self, synth: NDArray[np.float32]) -> None:
        """Write some samples; hold back silence behind the take until something follows it."""
        self.peak = max(self.peak, float(np.abs(synth).max(initial=0.0)))
        count = min(len(synth), max(rung(synth), self._due))
        self._due -= len(synth)
        if count > 0:
            for part in (*self._held, synth[:count]):
                self._file.write(part)
            self._held.clear()
        self._held.append(synth[count:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
