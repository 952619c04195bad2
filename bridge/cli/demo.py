"""``ghostnote demo``: our own drummer plays the shipped rig; no hardware, no recording."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from bridge.audio.files import Recording, write_wav
from bridge.cli.render import summarize
from bridge.cli.screen import console
from bridge.ear.score import score
from bridge.rig.rig import load_rig
from bridge.session.offline import Playback
from bridge.session.render import write_performance
from synth.drummer.perform import Stroke
from synth.drummer.perform import perform as drum_performance
from synth.dsp.levels import gain
from synth.errors import InputError, counted_noun, how_to_install
from synth.outputs import require_folder, whole_folder

SEED = 808
HEADROOM_DB = 10.0
"""What the rig leaves for louder drums than this one; in the mix the synth is as loud as the drum."""
SOUNDS = ("mix.wav", "drum.wav")
"""What `render` does not write: where one lies without the other, it is someone's own."""

MISSED = {"hit": "plain stroke", "ghost": "ghost note", "flam": "stroke of a flam", "roll": "stroke of a roll"}
"""Kind of stroke in the drummer's truth: what a drummer calls it."""

NEXT = """\
Listen to mix.wav (drum left, synth right) and look at report.png.
Next:
  {ghostnote} render YOUR-DRUM.wav     your own recording through the same rig
  {ghostnote} devices                  then: {ghostnote} play --rig 808
  {ghostnote} train YOUR-DRUM.wav --preset kick    a mapping of your own{torch}\
"""


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("demo-out"),
    quiet: Annotated[bool, typer.Option(help="Write the files only.")] = False,
) -> None:
    """Play half a minute of acoustic snare through the 808, OSC and MIDI, without any hardware."""
    screen = console()
    require_folder(out)
    _require_own(out)
    rig = load_rig("demo")
    with screen.status("Drumming on an acoustic snare ..."):
        take = drum_performance("demo", seed=SEED, sample_rate=rig.input.sample_rate)
    recording = Recording(take.audio, take.sample_rate, Path("our drummer"))
    with whole_folder(out) as folder, screen.status("Playing the 808, OSC and MIDI with it ..."):
        performance = write_performance(Playback(rig, recording), folder, "demo")
        mix = mixed(recording.audio[:, 0], performance.synth[:][:, 0])
        write_wav(folder / "drum.wav", recording.audio[:, 0], recording.sample_rate)
        write_wav(folder / "mix.wav", mix, recording.sample_rate)
    summary = summarize(performance, out)
    moving = next(iter(performance.spaces))
    onsets_s = [hit.onset / recording.sample_rate for hit in performance.hits]
    screen.print(
        f"{recording.seconds:.0f} s of snare: {heard_of(take.strokes, onsets_s)} "
        f"{summary['moving_parameters'][moving.label]} of {len(performance.spaces[moving])} "
        f"parameters of the 808 moved; {sum(performance.sent.values())} OSC and MIDI messages left."
    )
    screen.print(f"Written to {out}/: mix.wav drum.wav synth.wav performance.mid messages.jsonl hits.csv report.png")
    torch = "" if find_spec("torch") else f" (first: {how_to_install('train')})"
    # In a virtual environment that is not active the bare name would not be found.
    for line in NEXT.format(ghostnote=which("ghostnote") or sys.argv[0], torch=torch).splitlines():
        screen.print(line)
    if not quiet:
        from bridge.audio.stream import play_audio

        played = play_audio(mix, recording.sample_rate)
        screen.print("Played." if played else "There is no sound output here, so nothing was played.")


def heard_of(strokes: Sequence[Stroke], onsets_s: Sequence[float]) -> str:
    """Return how many of the drummer's strokes were heard, and what the others were.

    Parameters
    ----------
    strokes : sequence of Stroke
        That were played.
    onsets_s : sequence of float
        That were heard.
    """
    result = score(onsets_s, onsets_s, [stroke.onset_s for stroke in strokes])
    found = {stroke for _, stroke in result.pairs}
    kinds = Counter(stroke.kind for place, stroke in enumerate(strokes) if place not in found)
    missed = [counted_noun(count, MISSED.get(kind, kind)) for kind, count in kinds.most_common()]
    why = (
        f" Not heard: {', '.join(missed)}: too soft, or too close behind a louder one (docs/onsets.md)."
        if missed
        else ""
    )
    return f"{result.found} of {counted_noun(len(strokes), 'stroke')} heard.{why}"


def _require_own(out: Path) -> None:
    """Refuse a folder with a sound of such a name that no earlier demo wrote: a demo leaves all of them."""
    there = [out / name for name in SOUNDS if os.path.exists(out / name)]
    if 0 < len(there) < len(SOUNDS):
        raise InputError(f"{there[0]}: is there already, and not from a demo; give --out another folder")


def mixed(drum: NDArray[np.float32], synth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, 2) audio: the drum mostly left, the synth mostly right, peak 1 at most."""
    synth = synth * np.float32(gain(HEADROOM_DB))
    length = max(len(drum), len(synth))
    left, right = (np.pad(part, (0, length - len(part))) for part in (drum, synth))
    stereo = np.stack([0.8 * left + 0.35 * right, 0.25 * left + 0.8 * right], axis=1)
    return np.asarray(stereo / max(1.0, float(np.max(np.abs(stereo)))), dtype=np.float32)
