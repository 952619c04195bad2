"""The picture of a style: the curves of equaliser and compressor, and spectra before, after and of the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.style import Styled
from bridge.learning.style_sound import DEPTHS_HZ, run_chain
from models.style.hearing import band_middles_hz
from synth.effects.chain import Chain
from synth.effects.compressor import reduction_db
from synth.figures import BLUE, INK, RED, picture

Array = NDArray[np.float64]

_SAMPLES = 1 << 14


def draw_style(result: Styled, path: Path) -> None:
    """Draw a result beside its reference."""
    kinds = [kind.name for kind in result.chain.kinds]
    drawn = [draw for name, draw in _CURVES.items() if name in kinds]
    with picture(path, height=2.6 * (1 + len(drawn))) as figure:
        axes = np.atleast_1d(figure.subplots(1 + len(drawn), 1))
        for axis, draw in zip(axes, drawn, strict=False):
            draw(axis, result)
        _draw_spectra(axes[-1], result)


def _own(result: Styled, name: str) -> tuple[Any, Array]:
    """Return the first effect of a name, and its values."""
    place = [kind.name for kind in result.chain.kinds].index(name)
    return result.chain.kinds[place], result.chain.split(result.values)[place]


def _draw_eq(axis: Any, result: Styled) -> None:
    kind, values = _own(result, "eq")
    rate_hz = result.sound.rate_hz
    impulse = np.zeros((1, _SAMPLES))
    impulse[0, 0] = 1.0
    answer = np.abs(np.fft.rfft(run_chain(Chain((kind,)), values, impulse, rate_hz)[0]))
    hz = np.fft.rfftfreq(_SAMPLES, 1.0 / rate_hz)
    axis.semilogx(hz[1:], 20.0 * np.log10(answer[1:] + 1e-9), color=BLUE)
    axis.axhline(0.0, color=INK, lw=0.6)
    axis.set(xlim=(20.0, 20_000.0), xlabel="Hz", ylabel="dB")
    axis.set_title(_title(result, "eq", "equaliser"), loc="left")


def _draw_compressor(axis: Any, result: Styled) -> None:
    kind, values = _own(result, "compressor")
    named = dict(zip(kind.space.names, values.tolist(), strict=True))
    levels = np.linspace(-60.0, 0.0, 241)
    slope = 1.0 - 1.0 / named["ratio"]
    out = [level - reduction_db(level, named["threshold"], slope, named["knee"]) + named["makeup"] for level in levels]
    axis.plot(levels, levels, color=INK, lw=0.6)
    axis.plot(levels, out, color=BLUE)
    axis.set(xlim=(-60.0, 0.0), xlabel="level in, dBFS", ylabel="level out, dBFS")
    times = f"attack {named['attack']:.3g} ms, release {named['release']:.3g} ms"
    axis.set_title(f"{_title(result, 'compressor', 'compressor')}: {times}", loc="left")


def _title(result: Styled, kind: str, words: str) -> str:
    """Return the title of an effect's curve, which is the first one's where there are several."""
    count = [one.name for one in result.chain.kinds].count(kind)
    return words if count == 1 else f"{words}, the first of {count}"


_CURVES = {"eq": _draw_eq, "compressor": _draw_compressor}


def _draw_spectra(axis: Any, result: Styled) -> None:
    portraits = (
        (result.sound.portrait, INK, "before"),
        (result.heard_after, BLUE, "after"),
        (result.like, RED, "reference"),
    )
    for portrait, colour, name in portraits:
        held = band_middles_hz() < portrait.top_hz
        hz = np.concatenate([np.sqrt(DEPTHS_HZ[:-1] * DEPTHS_HZ[1:]), band_middles_hz()[held]])
        levels_db = np.concatenate([portrait.depths_db, portrait.bands_db[held]])
        axis.semilogx(hz, levels_db, color=colour, label=name)
    axis.set(xlabel="Hz", ylabel="dB", xlim=(10.0, 20_000.0))
    axis.set_title("mean spectrum in mel bands", loc="left")
    axis.legend(frameon=False)
