"""The files of a match on a synth: its settings, a picture, a listening file, and for a DX7 a bank with its voice."""

from __future__ import annotations

from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.audio.files import write_wav
from bridge.learning.match_picture import draw_spectrogram
from bridge.learning.matched import SynthMatch
from bridge.sampling.dx7 import voice_with
from bridge.sampling.dx7_controls import Dx7Controls
from bridge.sampling.dx7_sysex import write_bank
from bridge.sampling.settings_file import settings_text
from bridge.sampling.synth import SampledSynth
from models.training.match_sound import RATE_HZ
from synth.errors import spelt
from synth.figures import BLUE, GREY, drawable, picture
from synth.outputs import whole_folder

ENDINGS = (".toml", ".png", ".listen.wav")
"""Of the files of a match, the settings first."""

BANK = ".syx"
PAUSE_S = 0.4
LOUDEST = 0.99

Floats = NDArray[np.float32]


def places(settings: Path, synth: SampledSynth) -> list[Path]:
    """Return the files of a match by that of its settings."""
    endings = (*ENDINGS, BANK) if synth.sampling.engine == "dexed" else ENDINGS
    return [settings.with_suffix(ending) for ending in endings]


def write_synth_match(match: SynthMatch, settings: Path) -> list[Path]:
    """Write the settings and beside them the other files: all or none.

    Returns
    -------
    list of Path
        What was written, the settings first.

    Raises
    ------
    InputError
        One of them cannot be written.
    """
    written = places(settings, match.synth)
    with whole_folder(settings.parent) as folder:
        words, drawn, heard, *bank = (folder / path.name for path in written)
        words.write_text(settings_text(match.synth, match.unit, about(match)), encoding="utf-8")
        draw_synth_match(match, drawn)
        write_wav(heard, listening(match), RATE_HZ)
        for path in bank:
            [note] = match.synth.notes(match.unit[None])
            voice = Dx7Controls(match.synth).voice(note.values)
            write_bank(path, [voice_with({}, voice, match.sound.path.stem.upper())])
    return written


def about(match: SynthMatch) -> str:
    """Return where settings come from, in a line."""
    return f"Matched to {spelt(drawable(match.sound.path.name))}: {found_words(match)}."


def found_words(match: SynthMatch) -> str:
    """Return how near and how loud is what was found."""
    before, after = f"{match.course[0]:.1f} away as looked up", f"{match.course[-1]:.1f} as found"
    log_mel = f"log-mel {match.retrieved_db:.1f} and {match.refined_db:.1f} dB"
    gain = f"{abs(match.gain_db):.1f} dB {'louder' if match.gain_db > 0.0 else 'softer'} than the recording"
    return f"{before}, {after} after {len(match.course) - 1} renders ({log_mel}); {gain}"


def listening(match: SynthMatch) -> Floats:
    """Return the sound, what was looked up and what was found, pauses between, equally loud: (samples,)."""
    pause = np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
    loudness = _loudness(match.wanted)
    parts = [match.wanted]
    for take in (match.retrieved, match.refined):
        audio = at_rate(take, match.rate_hz)
        parts += [pause, audio * (loudness / max(_loudness(audio), 1e-9))]
    whole = np.concatenate(parts)
    return np.asarray(whole * min(1.0, LOUDEST / float(np.abs(whole).max())), np.float32)


def at_rate(audio: Floats, rate_hz: int) -> Floats:
    """Return a take at `RATE_HZ`."""
    if rate_hz == RATE_HZ:
        return audio
    from scipy.signal import resample_poly

    common = gcd(RATE_HZ, rate_hz)
    return np.asarray(resample_poly(audio, RATE_HZ // common, rate_hz // common), np.float32)


def draw_synth_match(match: SynthMatch, path: Path) -> None:
    """Draw spectrograms of the sound and of both settings, and how the distance fell from render to render."""
    shown_s = len(match.wanted) / RATE_HZ
    rows = (
        (match.wanted, RATE_HZ, drawable(match.sound.path.name)),
        (match.retrieved, match.rate_hz, f"{match.synth.name}, looked up: {match.course[0]:.1f} away"),
        (match.refined, match.rate_hz, f"{match.synth.name}, found: {match.course[-1]:.1f} away"),
    )
    with picture(path, height=7.2) as figure:
        axes = figure.subplots(2, 2)
        for axis, (audio, rate_hz, title) in zip(axes.flat, rows, strict=False):
            draw_spectrogram(axis, at_rate(audio, rate_hz), shown_s, title)
            axis.set(xlabel="time, s", xlim=(0.0, shown_s))
        _draw_course(axes[1, 1], match)


def _draw_course(axis: Any, match: SynthMatch) -> None:
    axis.step(range(len(match.course)), match.course, where="post", color=BLUE)
    axis.axhline(match.course[0], color=GREY, linewidth=1)
    axis.set(xlabel="settings played", ylabel="distance of the nearest", ylim=(0.0, 1.1 * max(match.course) + 1e-9))
    axis.set_title("from what was looked up to what was found", loc="left")


def _loudness(audio: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(audio[: round(0.3 * RATE_HZ)], dtype=np.float64))))
