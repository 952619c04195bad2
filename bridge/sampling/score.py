"""A SynthDef is rendered by SuperCollider's scsynth off line, from a score: 2 000 notes of 0.6 s in some seconds.

A score is OSC bundles with their lengths before them (SuperCollider, "Non-Realtime Synthesis"). Every note begins on
a multiple of scsynth's block, so none depends on where it stands in the score; between two notes every synth is freed.
"""

from __future__ import annotations

import math
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import read_recording
from bridge.osc.messages import bundle, message_bytes
from bridge.sampling.engine import EngineError, Takes, Way
from bridge.sampling.note_messages import NoteMessages
from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, said, shown
from synth.files import config_dir
from synth.outputs import require_space
from synth.reading import MIB, FileKind, read_file

SYNTHDEF_FILE = FileKind("SynthDef", 16 * MIB)
"""Ours has 0.003 MiB."""

PROGRAM = "scsynth"
RATE_HZ = 48_000
BLOCK = 64
"""Samples that scsynth computes at once; its default, asked for all the same."""

ROOT_NODE = 0

LONGEST_SCORE_S = 240.0
"""A longer score is rendered in parts: 46 MB of audio are in memory at once, and less is lost to a crash."""

PATIENCE_S, LONGEST_FACTOR = 20.0, 1.0
"""How long a part may take: so much, and as long as it lasts. It takes a thousandth of that."""


class ScoreEngine:
    """A SynthDef, without a server and without a sound device.

    Parameters
    ----------
    synth : SampledSynth
        Its trigger is ``/s_new`` with all its controls.
    way : Way
        ``plugin`` is the file of a SynthDef, in place of the one that ships.

    Raises
    ------
    InputError
        scsynth is not installed, the file is no SynthDef, or the profile plays no SynthDef.
    """

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._synth, self._messages = synth, NoteMessages(synth)
        self._program = shutil.which(PROGRAM) or ""
        if not self._program:
            raise InputError("scsynth is not there; install SuperCollider's server: apt install supercollider-server")
        if synth.profile.trigger != "/s_new" or not self._messages.single:
            raise InputError(
                f"{synth.name}: scsynth plays a profile with layout = 'single' and trigger = '/s_new'; "
                "see config/synths/ghostnote-sc.toml"
            )
        self._definition = synthdef(Path(way.plugin)) if way.plugin else _shipped()
        self._rate = way.sample_rate or RATE_HZ

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._rate

    def record(self, notes: Sequence[Note]) -> Takes:
        """Return the takes of notes, (n, samples).

        Raises
        ------
        EngineError
            scsynth fails or hangs.
        InputError
            It refuses the SynthDef.
        """
        takes = np.zeros((len(notes), self._take_samples), np.float32)
        most = max(int(LONGEST_SCORE_S * self._rate) // self._slot_samples, 1)
        for first in range(0, len(notes), most):
            part = notes[first : first + most]
            takes[first : first + len(part)] = self._rendered(part)
        return takes

    def restart(self) -> None:
        """Do nothing: each score has a process of its own."""

    def close(self) -> None:
        """Do nothing: no process outlives its score."""

    @property
    def _take_samples(self) -> int:
        return round(self._synth.take_s * self._rate)

    @property
    def _slot_samples(self) -> int:
        return math.ceil(self._take_samples / BLOCK) * BLOCK

    def _rendered(self, notes: Sequence[Note]) -> NDArray[np.float32]:
        slot, seconds = self._slot_samples, len(notes) * self._slot_samples / self._rate
        with TemporaryDirectory(prefix="ghostnote-score-") as name:
            folder = Path(name)
            require_space(folder / "heard.wav", int(4 * seconds * self._rate))
            # scsynth looks for SynthDefs here alone: none of a person's own has the same name by chance.
            (folder / "sampled.scsyndef").write_bytes(self._definition)
            (folder / "score.osc").write_bytes(score_bytes(self._events(notes)))
            self._run(folder, PATIENCE_S + LONGEST_FACTOR * seconds)
            audio = read_recording(folder / "heard.wav").audio[:, 0]
        if len(audio) < len(notes) * slot:
            raise EngineError(f"scsynth rendered {len(audio) / self._rate:.2f} s of {seconds:.2f} s")
        return audio[: len(notes) * slot].reshape(len(notes), slot)[:, : self._take_samples]

    def _events(self, notes: Sequence[Note]) -> Iterator[tuple[float, list[bytes]]]:
        """Yield (seconds, messages) in order."""
        free, release = message_bytes("/g_freeAll", [ROOT_NODE]), message_bytes("/n_set", [ROOT_NODE, "gate", 0.0])
        for number, note in enumerate(notes):
            start = number * self._slot_samples
            yield start / self._rate, [free, self._messages.on(note).data]
            off = min(round(self._synth.note_s * self._rate), self._slot_samples - BLOCK)
            # A SynthDef without a gate takes no notice.
            yield (start + off // BLOCK * BLOCK) / self._rate, [release]
        yield len(notes) * self._slot_samples / self._rate, [free]

    def _run(self, folder: Path, seconds: float) -> None:
        command = [self._program, "-N", "score.osc", "_", "heard.wav", str(self._rate), "WAV", "float"]
        options = ["-o", "1", "-z", str(BLOCK)]
        # A plugin folder of the system's own is found all the same.
        environment = os.environ | {"SC_SYNTHDEF_PATH": str(folder)}
        try:
            done = subprocess.run(  # noqa: S603 - a program of our own choice, and files of our own
                [*command, *options],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EngineError(f"scsynth has not rendered its score within {seconds:.0f} s") from None
        except OSError as error:
            raise EngineError(f"scsynth cannot be started ({error.strerror})") from None
        words = done.stdout.decode(errors="replace")
        if "SynthDef not found" in words or "SynthDef not found" in done.stderr.decode(errors="replace"):
            raise InputError(
                f"{self._synth.name}: scsynth finds no SynthDef of the name that trigger_args begins with, "
                f"{shown((self._synth.profile.trigger_args or ('',))[0])}; name its file with --plugin"
            )
        if done.returncode != 0:
            last = (words.strip().splitlines() or ["it said nothing"])[-1]
            raise EngineError(f"scsynth ended with {done.returncode} ({said(last)})")


def score_bytes(events: Iterator[tuple[float, list[bytes]]]) -> bytes:
    """Return a score; its clock begins at 0, and its last event ends it."""
    packets = [bundle(messages, struct.pack(">Q", round(seconds * 2**32))) for seconds, messages in events]
    return b"".join(struct.pack(">i", len(packet)) + packet for packet in packets)


def synthdef(path: Path) -> bytes:
    """Return a compiled SynthDef that a person names.

    Raises
    ------
    InputError
        There is no such file, or it is none.
    """
    content = read_file(path, SYNTHDEF_FILE)
    if content[:4] != b"SCgf":
        raise InputError(f"{path}: is no compiled SynthDef; write it with SynthDef.writeDefFile")
    return content


def _shipped() -> bytes:
    return synthdef(config_dir() / "patches" / "ghostnote-snare.scsyndef")
