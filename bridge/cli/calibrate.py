"""``ghostnote calibrate``: listen to a room and its drums once, and write into the rig what was found."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bridge.audio.files import Take, open_take, rig_channels
from bridge.audio.recorder import Recorder, open_input
from bridge.calibration.measure import STEPS, Calibration, calibrate_audio, sentences
from bridge.calibration.sound_check import checked
from bridge.calibration.write import own_rig, write_findings
from bridge.cli.record import level_bar, used_channels
from bridge.cli.screen import AsJson, console, numbers, progress, show_notes
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.events import Hit
from bridge.rig.detector import DetectorSettings
from bridge.rig.rig import RIGS, Rig, load_rig
from synth.dsp.levels import gain
from synth.errors import InputError, counted_noun

LONGEST_MINUTES, LONGEST_IN_ALL = 20.0, 36.0
"""Minutes of a recording, and of all its channels together: measuring takes seven times the memory of one channel and
four times that of several, so 1.8 GB at 48 kHz. Eight drums, step by step, last four minutes, 31 in all."""

READING_S = 1.0
"""How long a player reads what is asked."""


def calibrate(
    rig: Annotated[str, typer.Option(help="A rig file, or the name of a shipped rig, which is copied here.")] = "808",
    recording: Annotated[
        Path | None, typer.Option(help="Listen to this file, of at most 20 minutes, instead of the rig's input.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what was found, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the ear to your room and drums: input gain, leakage between microphones, what to expect.

    Live, it asks for silence, soft strokes, hard strokes and a roll on each drum; a recording may hold any playing.
    """
    screen = console(as_json)
    source, target = own_rig(rig)
    settings = load_rig(str(source))
    if recording:
        read = open_take(recording)
        heard = rig_channels(read, settings)
        require_short(heard)
        show_notes(heard.warnings, screen)
        show_notes(checked(read.audio, read.sample_rate, used_channels(settings)), screen)
        audio, sample_rate, name = heard.audio[: len(heard.audio)], heard.sample_rate, str(recording)
    else:
        audio, sample_rate, name = listen(settings, screen), settings.input.sample_rate, "[input]"
        show_notes(checked(audio, sample_rate, used_channels(settings)), screen)
    audio *= np.float32(gain(settings.input.gain_db))
    with progress("Measuring", 1.0) as measured:
        findings = calibrate_audio(audio, sample_rate, _current(settings), name, measured)
    drums = [] if dry_run else write_findings(source, target, findings)
    if as_json:
        written = {"rig": str(target), "drums": drums, "channels": [_row(finding) for finding in findings]}
        typer.echo(json.dumps(written))
    else:
        show(findings, screen)
        screen.print(f"written to {target}: {', '.join(drums)}" if drums else "nothing was written")
        if drums and target != RIGS.find(rig):  # a copy: the shipped rig is still what its bare name means
            screen.print(f"play with it: ghostnote play --rig {target.name}")


def require_short(recording: Take) -> None:
    """Refuse a recording that is longer than calibration can keep in memory."""
    allowed, minutes = min(LONGEST_MINUTES, LONGEST_IN_ALL / recording.channels), recording.seconds / 60
    if minutes > allowed:
        channels = "a channel" if recording.channels == 1 else f"{recording.channels} channels"
        raise InputError(
            f"{recording.path}: lasts {minutes:.3g} minutes, and calibrate keeps {channels} in memory; allowed are "
            f"{allowed:.3g} minutes: give it a part that holds soft and hard strokes of each drum"
        )


def _current(rig: Rig) -> list[DetectorSettings]:
    """Return the settings that each channel has now."""
    now = {drum.channel - 1: drum.detector for drum in rig.drum}
    return [now.get(channel, DetectorSettings()) for channel in range(rig.channels)]


def _row(finding: Calibration) -> dict[str, Any]:
    row = asdict(finding)
    row["channel"] += 1
    row["settings"] = finding.settings.to_table()
    return row | {"range_db": finding.range_db, "advice": sentences(finding)}


def show(findings: list[Calibration], screen: Console) -> None:
    """Print a column of numbers per channel, then what should be done about them."""
    table = Table("", *numbers(*(f"channel {one.channel + 1}" for one in findings)), box=None, pad_edge=False)
    rows: dict[str, list[str]] = {
        "strokes heard": [str(one.strokes) for one in findings],
        "noise, dBFS": [f"{one.noise_dbfs:.0f}" for one in findings],
        "softest to hardest, dBFS": [f"{one.softest_dbfs:.0f} to {one.hardest_dbfs:.0f}" for one in findings],
        "hardest over noise, dB": [f"{one.range_db:.0f}" for one in findings],
        "gain, dB": [f"{one.settings.gain_db:+.1f}" for one in findings],
        "expected missed a minute": [f"{one.expected_missed:.1f}" for one in findings],
        "expected false a minute": [f"{one.expected_false:.1f}" for one in findings],
    }
    if len(findings) > 1:
        leaks = [[str(path.input) for path in one.settings.leak_paths] for one in findings]
        rows["leaks taken out, from channel"] = [" ".join(inputs) or "-" for inputs in leaks]
    for name, cells in rows.items():
        table.add_row(name, *cells)
    screen.print(table)
    for finding in findings:
        for sentence in sentences(finding):
            screen.print(f"channel {finding.channel + 1}: {sentence}")


class _StrokeCounter:
    """A meter that counts the strokes of one step as they are recorded, so that a player sees what is heard."""

    def __init__(self, rig: Rig, recorder: Recorder, meter: Callable[..., None]) -> None:
        self._analyzer = Analyzer(rig.input.sample_rate, [ChannelSettings()] * rig.channels)
        self._recorder, self._meter, self._done, self._strokes = recorder, meter, recorder.first, 0

    def __call__(self, done_s: float, peak_db: float) -> None:
        """Hear what came since the last call; show time, level and count."""
        last = self._recorder.filled
        new = np.nan_to_num(self._recorder.audio[self._done : last])
        self._done = last
        self._strokes += sum(isinstance(event, Hit) for event in self._analyzer.process(new))
        self._meter(done_s, peak_db, counted_noun(self._strokes, "stroke"))


def listen(rig: Rig, screen: Console) -> NDArray[np.float32]:
    """Ask for each step and record it: (samples, channels). What comes while the player is reading is dropped."""
    steps = [(drum.name, step) for number, drum in enumerate(rig.drum) for step in STEPS[min(number, 1) :]]
    recorder, stream = open_input(rig, sum(step.seconds for _, step in steps))
    with closing(stream):
        stream.start()
        for drum, step in steps:
            screen.print(step.instruction if step.name == "silence" else f"{drum}: {step.instruction}", style="bold")
            time.sleep(READING_S)
            recorder.begin(round(step.seconds * rig.input.sample_rate))
            with level_bar(step.name, step.seconds) as meter:
                counter = _StrokeCounter(rig, recorder, meter)
                if recorder.wait(stream, counter, threading.Event()):
                    raise stream.silent()
    return recorder.recorded()
