"""``ghostnote record``: the rig's input into a file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bridge.audio.files import Recording, write_wav
from bridge.audio.recorder import Meter, Taken, require_seconds, take_recording
from bridge.audio.wav import BYTES as SAMPLE_BYTES
from bridge.calibration.sound_check import checked
from bridge.cli.screen import ENDING, AsJson, RigName, Stop, console, progress, show_notes, stop_on
from bridge.rig.rig import Rig, load_rig
from synth.errors import InputError, counted_noun
from synth.outputs import free_path, require_space, require_writable, write_new


def record(
    out: Annotated[Path, typer.Argument(help="WAV file to write, numbered if it exists.")],
    rig: RigName = "808",
    seconds: Annotated[float, typer.Option(help="Seconds to record; Ctrl-C ends it and keeps all so far.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Record the input of a rig, one channel a drum, to train on."""
    if out.suffix.lower() != ".wav":
        raise InputError(f"{out}: recordings are written as .wav; give it that ending")
    settings = load_rig(rig)
    require_room_to_record(out, settings, seconds)
    screen = console(as_json)
    with stop_on(*ENDING) as stop:
        file, taken = record_into(out, settings, seconds, screen, stop)
    recording, lost = taken.recording, taken.lost
    said = {"file": str(file), "seconds": round(recording.seconds, 2), "channels": recording.channels, "xruns": lost}
    if as_json:
        typer.echo(json.dumps(said | {"cut": taken.cut}))
    else:
        channels = counted_noun(recording.channels, "channel")
        screen.print(f"Wrote {file}: {recording.seconds:.1f} s, {channels}, {counted_noun(lost, 'xrun')}.")


def require_room_to_record(out: Path, rig: Rig, seconds: float) -> None:
    """Refuse a recording that could not be written, before anyone plays; the next free name will do."""
    require_seconds(seconds)
    require_writable(free_path(out))
    require_space(out, round(seconds * rig.input.sample_rate) * rig.channels * SAMPLE_BYTES)


def record_into(
    out: Path,
    rig: Rig,
    seconds: float,
    screen: Console,
    stop: Stop,
    ask: Callable[[], None] = lambda: None,
    beside: Sequence[str] = (),
) -> tuple[Path, Taken]:
    """Record into a new file, with a bar that shows the level; ``stop`` ends it and keeps what was played.

    ``ask`` tells a player what to play; it is called when the input is open. A note is printed if the input stopped
    before the end. The file is named as of `synth.outputs.write_new`.
    """
    with ExitStack() as shown:
        meters: list[Meter] = []

        def began() -> None:
            ask()
            meters.append(shown.enter_context(level_bar("Recording", seconds)))

        taken = take_recording(rig, seconds, lambda *told: meters[0](*told), stop, began)
    file = keep(out, taken.recording, beside)
    show_notes(checked(taken.recording.audio, taken.recording.sample_rate, used_channels(rig)), screen)
    if taken.cut:
        show_notes([f"the input stopped after {taken.recording.seconds:.1f} s; what came before is kept"], screen)
    return file, taken


def keep(out: Path, recording: Recording, beside: Sequence[str] = ()) -> Path:
    """Write a recording to a new file and return its name. What was played is not lost with the place for it.

    Raises
    ------
    InputError
        It cannot be written there, as on a disk that became full; the text names the file that has it instead.
    """

    def write(place: Path) -> None:
        write_wav(place, recording.audio, recording.sample_rate)

    try:
        return write_new(out, write, *beside)
    except InputError as error:
        instead = write_new(Path(tempfile.gettempdir()) / out.name, write)
        raise InputError(f"{error}; the recording is kept as {instead}") from None


def used_channels(rig: Rig) -> list[int]:
    """Return the channels that a rig's drums listen to, from 0."""
    return sorted({drum.channel - 1 for drum in rig.drum})


@contextmanager
def level_bar(what: str, seconds: float) -> Iterator[Callable[..., None]]:
    """Show how much of a recording is done, and its level."""
    with progress(what, seconds) as show:

        def meter(done_s: float, peak_db: float, more: str = "") -> None:
            show(done_s, f"{peak_db:6.1f} dBFS  {more}" + ("  CLIPS" if peak_db > -0.1 else ""))

        yield meter
