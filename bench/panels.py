"""How near the panels are to a real TR-808: ``python -m bench.panels --sounds FOLDER`` prints a table of docs/notes.

The folder holds recordings of the machine, one stroke each; none ship. A name says the sound and where its knobs stood,
00, 25, 50, 75 or 10 for the end: ``BDttdd`` and ``CYttdd`` (tone, decay), ``SDttss`` (tone, snappy), ``LT``, ``MT``,
``HT``, ``LC``, ``MC`` and ``HC`` (tuning), ``OH`` (decay), ``CH``, ``CB``, ``CP``, ``CL``, ``MA``, ``RS`` (none). Each
voice plays the same setting, as ``ghostnote voices play NAME --panel ...`` does, several times with other noise each
time; seeds count up from ``--seed``, and none of them was used to set the panels. The distance is that of
`models.features.likeness`, over two seconds at most, at 48 kHz.

`left out` says how much farther a setting between the ends is from a panel that does not know it: whose curves were
drawn from the other marks of a knob. So it bounds what a setting between two marks may cost.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import signal

from bench.panel_pictures import Pair, draw_panels, draw_sound
from bench.report import asked, head, heading, line, needed_folder
from bridge.audio.files import read_recording
from models.features.likeness import LOUDNESS_S, ONSET, Likeness
from synth.errors import InputError, choices
from synth.voices.panel import HIGHEST, LOWEST, Panel, load_panel
from synth.voices.registry import voice_kind
from synth.voices.stroke import whole_stroke

RATE_HZ = 48_000
LONGEST_S = 2.0
SEED = 1000

SOUNDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "BD": ("bass-drum", ("tone", "decay")),
    "SD": ("snare-drum", ("tone", "snappy")),
    "LT": ("low-tom", ("tuning",)),
    "MT": ("mid-tom", ("tuning",)),
    "HT": ("high-tom", ("tuning",)),
    "LC": ("low-conga", ("tuning",)),
    "MC": ("mid-conga", ("tuning",)),
    "HC": ("high-conga", ("tuning",)),
    "RS": ("rim-shot", ()),
    "CL": ("claves", ()),
    "CP": ("hand-clap", ()),
    "MA": ("maracas", ()),
    "CB": ("cow-bell", ()),
    "CY": ("cymbal", ("tone", "decay")),
    "OH": ("open-hat", ("decay",)),
    "CH": ("closed-hat", ()),
}
"""How a file's name begins: its voice, and the knobs whose positions follow."""
POSITIONS = {"00": 0.0, "25": 2.5, "50": 5.0, "75": 7.5, "10": 10.0}

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """One recording of the machine.

    Parameters
    ----------
    voice : str
        Of ours.
    positions : dict of str to float
        Where the knobs stood, 0 to 10.
    real : (n,) float64
        At `RATE_HZ`, from its onset on, `LONGEST_S` at most.
    """

    voice: str
    positions: dict[str, float]
    real: Sound

    @property
    def words(self) -> str:
        """Where the knobs stood, for a person."""
        return ", ".join(f"{knob} {position:g}" for knob, position in self.positions.items()) or "as it is"


def settings_in(folder: Path) -> dict[str, list[Setting]]:
    """Return the recordings of a folder by their voices, in the order of the machine's panel.

    Raises
    ------
    InputError
        There is none, one is not named as above, or one cannot be read.
    """
    found: dict[str, list[Setting]] = {voice: [] for voice, _ in SOUNDS.values()}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == ".wav":
            voice, positions = _named(path)
            found[voice].append(Setting(voice, positions, from_onset(_mono(path))))
    if not any(found.values()):
        raise InputError(f"{folder}: holds no recording of a TR-808; one is named as in BD5010.WAV")
    return {voice: sorted(settings, key=_turned) for voice, settings in found.items() if settings}


def _turned(setting: Setting) -> tuple[float, ...]:
    return tuple(setting.positions.values())


def _named(path: Path) -> tuple[str, dict[str, float]]:
    """Return what a file's name says: the voice, and where its knobs stood."""
    sound, marks = path.stem[:2].upper(), path.stem[2:]
    if sound not in SOUNDS:
        raise InputError(f"{path}: begins with no sound of a TR-808; {choices(sound, SOUNDS)}")
    voice, knobs = SOUNDS[sound]
    codes = [marks[k : k + 2] for k in range(0, len(marks), 2)]
    if len(codes) != len(knobs) or not set(codes) <= set(POSITIONS):
        wanted = " and ".join(knobs) or "no knob"
        raise InputError(f"{path}: after {sound} stands {wanted}, two digits for each of {', '.join(POSITIONS)}")
    return voice, {knob: POSITIONS[code] for knob, code in zip(knobs, codes, strict=True)}


def _mono(path: Path) -> Sound:
    recording = read_recording(path)
    shared = gcd(RATE_HZ, recording.sample_rate)
    audio = recording.audio.mean(axis=1, dtype=np.float64)
    if not audio.any():
        raise InputError(f"{path}: is silent")
    return np.asarray(signal.resample_poly(audio, RATE_HZ // shared, recording.sample_rate // shared))


def from_onset(sound: Sound) -> Sound:
    """Return a sound from -40 dB of its peak on, `LONGEST_S` at most."""
    size = np.abs(sound)
    first = int(np.argmax(size > ONSET * size.max()))
    return sound[first : first + round(LONGEST_S * RATE_HZ)]


def distance_db(real: Sound, ours: Sound) -> float:
    """Return how far a sound is from a recording, dB: both (n,) from their onsets on, of any length.

    A recording ends sooner than 0.3 s where the sound does. The loudness of what is shorter is that of all there is,
    so silence that makes both equally long must not count.
    """
    samples, loud = max(len(real), len(ours)), round(LOUDNESS_S * RATE_HZ)
    padded = [torch.from_numpy(np.pad(sound, (0, samples - len(sound)))).float() for sound in (real, ours)]
    likeness = Likeness(padded[0], RATE_HZ)
    likeness.loudness = likeness.loudness * (min(len(ours), loud) / min(len(real), loud)) ** 0.5
    return float(likeness.decibels(padded[1][None]))


def strokes_of(panel: Panel, positions: Mapping[str, float], seeds: Iterable[int]) -> Iterator[Sound]:
    """Yield a stroke with the noise of each seed, from its onset on."""
    values, kind = panel.values(positions), voice_kind(panel.space.name)
    for seed in seeds:
        yield from_onset(whole_stroke(kind, values, RATE_HZ, seed=seed))


def without(panel: Panel, knob: str, position: float) -> Panel:
    """Return a panel of which one knob does not know one of its marks."""
    known = panel.knobs[knob]
    keep = known.marks != position
    moves = {column: values[keep] for column, values in known.moves.items()}
    return replace(panel, knobs={**panel.knobs, knob: replace(known, marks=known.marks[keep], moves=moves)})


def left_out(panel: Panel, settings: Sequence[Setting], found: Sequence[float], seeds: range) -> list[float]:
    """Return how much farther settings are when one knob does not know where it stands, dB.

    Only knobs count that were recorded at every mark: others know what lies between from their circuit.
    """
    farther = []
    for setting, known_db in zip(settings, found, strict=True):
        for knob, position in setting.positions.items():
            marks = panel.knobs[knob].marks
            if LOWEST < position < HIGHEST and {one.positions[knob] for one in settings} == set(marks):
                strokes = strokes_of(without(panel, knob, position), setting.positions, seeds)
                farther.append(mean_db(setting, strokes) - known_db)
    return farther


def mean_db(setting: Setting, strokes: Iterable[Sound]) -> float:
    """Return how far strokes are from a recording, in the mean."""
    return float(np.mean([distance_db(setting.real, stroke) for stroke in strokes]))


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables; draw the pictures that are asked for."""
    options = asked(
        __doc__,
        words,
        sounds=(needed_folder, "of the recordings"),
        strokes=(4, "of each setting, with other noise each"),
        seed=(SEED, "of the first stroke's noise"),
        pictures=("", "folder for a picture of each sound and one of all"),
    )
    try:
        recorded = settings_in(options.sounds)
    except InputError as error:
        print(f"bench.panels: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(heading(options.seed))
    seeds = range(options.seed, options.seed + options.strokes)
    pairs = _compared(recorded, seeds)
    if options.pictures:
        _draw(Path(options.pictures), pairs)


def _compared(recorded: Mapping[str, Sequence[Setting]], seeds: range) -> dict[str, list[Pair]]:
    """Print how far every sound is from its recordings; return what a picture shows of it."""
    print(f"\n{len(seeds)} strokes of each setting; dB\n")
    head("sound", "settings", "mean", "worst", "at")
    means: dict[str, float] = {}
    pairs: dict[str, list[Pair]] = {}
    guessed: list[float] = []
    for voice, settings in recorded.items():
        panel = load_panel(voice)
        strokes = [list(strokes_of(panel, setting.positions, seeds)) for setting in settings]
        found = [mean_db(setting, several) for setting, several in zip(settings, strokes, strict=True)]
        worst = int(np.argmax(found))
        means[voice] = float(np.mean(found))
        line(voice, len(settings), f"{means[voice]:.2f}", f"{found[worst]:.2f}", settings[worst].words)
        guessed += left_out(panel, settings, found, seeds)
        rows = zip(settings, strokes, found, strict=True)
        pairs[voice] = [Pair(setting.words, setting.real, several[0], far) for setting, several, far in rows]
    worst_sound = max(means, key=lambda voice: means[voice])
    print(f"\nmean of {len(means)} sounds {np.mean(list(means.values())):.2f} dB")
    print(f"worst sound {worst_sound}, {means[worst_sound]:.2f} dB")
    if guessed:
        print(f"left out: {np.mean(guessed):+.2f} dB, {np.max(guessed):+.2f} at most, of {len(guessed)} settings")
    return pairs


def _draw(folder: Path, pairs: Mapping[str, Sequence[Pair]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for voice, settings in pairs.items():
        draw_sound(voice, settings, RATE_HZ, folder / f"{voice}.png")
    draw_panels(pairs, RATE_HZ, folder / "808-panels.png")
    print(f"\n{len(pairs) + 1} pictures in {folder}")


if __name__ == "__main__":
    main()
