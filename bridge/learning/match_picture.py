"""The picture of a match: spectrograms of the sound, the voice before and after, and what is left by band and time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.matched import Match
from models.training.match_sound import RATE_HZ
from synth.figures import BLUE, INK, drawable, picture

RANGE_DB = 70.0
LEFT_DB = 24.0
_WINDOW = 1024
_COLUMNS = 300
_LOWEST_HZ = 30.0


def draw_match(match: Match, path: Path) -> None:
    """Draw a match.

    Parameters
    ----------
    match : Match
    path : Path
        Where the picture goes.
    """
    sound = match.sound.audio
    shown_s = _shown_s(match)
    with picture(path, height=7.2) as figure:
        axes = figure.subplots(3, 2, sharex=True)
        rows = (
            (sound, drawable(match.sound.path.name)),
            (match.before, f"{match.space.name}, default: {match.before_db:.1f} dB away"),
            (match.after, f"{match.space.name}, matched: {match.after_db:.1f} dB away"),
        )
        for axis, (audio, title) in zip(axes[:, 0], rows, strict=True):
            draw_spectrogram(axis, audio, shown_s, title)
        _draw_levels(axes[0, 1], match, shown_s)
        for axis, audio, word in ((axes[1, 1], match.before, "default"), (axes[2, 1], match.after, "matched")):
            mesh = _draw_left(axis, match, audio, f"{word} minus sound, dB, by third octaves")
        figure.colorbar(mesh, ax=axes[1:, 1], shrink=0.8)
        for axis in axes[-1]:
            axis.set(xlabel="time, s", xlim=(0.0, shown_s))


def _shown_s(match: Match) -> float:
    """Return how much is shown: what sounds of the sound or of the preset, and a little more."""
    heard = [np.flatnonzero(np.abs(audio) > 1e-3 * np.abs(audio).max()).max(initial=0) for audio in _both(match)]
    return float(min(max(heard) / RATE_HZ * 1.1 + 0.02, 2.0))


def _both(match: Match) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return match.sound.audio, match.after


def draw_spectrogram(axis: Any, audio: NDArray[np.float32], shown_s: float, title: str) -> None:
    """Draw a sound as loud as its loudest moment, so that levels do not matter."""
    hop = max(round(shown_s * RATE_HZ / _COLUMNS), 1)
    padded = np.pad(audio[: round(shown_s * RATE_HZ)], (_WINDOW // 2, _WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::hop]
    level_db = 20.0 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW)))[:, 1:] + 1e-12)
    times_s, frequencies = np.arange(len(frames)) * hop / RATE_HZ, np.fft.rfftfreq(_WINDOW, 1.0 / RATE_HZ)[1:]
    top = float(level_db.max())
    look = {"cmap": "magma", "vmin": top - RANGE_DB, "vmax": top, "shading": "nearest", "rasterized": True}
    axis.pcolormesh(times_s, frequencies, level_db.T, **look)
    _frequency_axis(axis)
    axis.set_title(title, loc="left", parse_math=False)


def _frequency_axis(axis: Any) -> None:
    axis.set(yscale="log", ylim=(_LOWEST_HZ, 16_000.0), ylabel="Hz")
    axis.set_yticks([100, 1000, 10_000], ["100", "1 k", "10 k"])


def _draw_levels(axis: Any, match: Match, shown_s: float) -> None:
    """Draw how the levels fall."""
    for audio, colour, name in ((match.sound.audio, INK, "sound"), (match.after, BLUE, "matched")):
        hop = RATE_HZ // 200
        part = np.abs(audio[: round(shown_s * RATE_HZ)])
        peaks = np.pad(part, (0, -len(part) % hop)).reshape(-1, hop).max(1)
        level_db = 20.0 * np.log10(peaks / peaks.max() + 1e-9)
        axis.plot(np.arange(len(peaks)) * hop / RATE_HZ, level_db, color=colour, linewidth=1, label=name)
    axis.set(ylim=(-RANGE_DB, 3.0), ylabel="dB")
    axis.set_title("level, from the loudest moment", loc="left")
    axis.legend(frameon=False)


def _draw_left(axis: Any, match: Match, audio: NDArray[np.float32], title: str) -> Any:
    """Draw by how many dB a sound is louder than the one to match, and return what the colours mean."""
    import torch

    from models.features.likeness import WINDOWS, Likeness, band_rows, edges_hz

    samples = len(audio)
    padded = np.zeros(samples, np.float32)
    padded[: len(match.sound.audio)] = match.sound.audio[:samples]
    likeness = Likeness(torch.from_numpy(padded), RATE_HZ)
    left = likeness.differences(torch.from_numpy(audio)[None])[0]
    edges = edges_hz()
    middles_hz = np.sqrt(edges[:-1] * edges[1:])[band_rows(WINDOWS[0], RATE_HZ)]
    times_s = np.arange(len(left)) * (WINDOWS[0] // 4 / RATE_HZ)
    look = {"cmap": "RdBu_r", "vmin": -LEFT_DB, "vmax": LEFT_DB, "shading": "nearest", "rasterized": True}
    mesh = axis.pcolormesh(times_s, middles_hz, left.T, **look)
    _frequency_axis(axis)
    axis.set_title(title, loc="left")
    return mesh
