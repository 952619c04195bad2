"""Presets made from the panels: ``python -m synth.voices.panel_presets`` writes them into ``config/presets``.

A voice with knobs has a preset with all of them at 0, at 5 and at 10; a voice that has only its level has one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from synth.outputs import write_whole
from synth.spec import Param
from synth.voices.panel import HIGHEST, LEVEL, LOWEST, MIDDLE, PANELS, Panel, load_panel, number_text, rounded
from synth.voices.presets import PRESETS

PITCH_SEMITONES = 2.0
"""How far a full modulation moves a pitch, so that a drum keeps its note."""

_DEPTHS = {"level": 0.25, "decay": 0.3, "V": 0.5, "Hz": 0.3, "turns": 0.0}
"""By the role of a parameter, or else by its unit."""
_OTHER = 0.2

ABOUT = """\
# value: in the unit of the parameter's table. depth: how far a full modulation moves it, as a part of its range;
# pitch moves by 2 semitones, so that a drum keeps its note. Written by python -m synth.voices.panel_presets from the
# panel of the voice.
"""


def depth_of(param: Param) -> float:
    """Return how far a full modulation moves a parameter, as a part of its range: so that the timbre moves musically.

    >>> depth_of(Param("tune", 0.5, 2, "ratio", "log", 1, role="pitch"))
    0.083
    >>> depth_of(Param("level", -60, 6, "dB", "linear", 0, role="level"))
    0.0
    """
    if param.name == LEVEL:  # how loud a stroke is its own level says already
        return 0.0
    if param.role == "pitch":
        return _pitch_depth(param)
    return _DEPTHS.get(param.role, _DEPTHS.get(param.unit, _OTHER))


def _pitch_depth(param: Param) -> float:
    whole = 12.0 * math.log2(param.high / param.low) if param.low > 0 else math.inf
    return min(max(round(PITCH_SEMITONES / whole, 3), 0.02), 0.1)


def panel_presets() -> dict[str, str]:
    """Return the presets of all panels: name to text."""
    panels = (load_panel(name) for name in PANELS.names())
    return {name: text for panel in panels for name, text in _presets_of(panel)}


def _presets_of(panel: Panel) -> Iterator[tuple[str, str]]:
    voice, turned = panel.space.name, [knob for knob in panel.knobs if knob != LEVEL]
    said = voice.replace("-", " ")
    if not turned:
        yield voice, _text(panel, {}, f"The {said}.")
        return
    for position in (LOWEST, MIDDLE, HIGHEST):
        about = f"The {said}: {' and '.join(turned)} at {position:g}."
        yield f"{voice}-{position:g}", _text(panel, dict.fromkeys(turned, position), about)


def _text(panel: Panel, positions: dict[str, float], about: str) -> str:
    values, width = panel.values(positions), max(map(len, panel.space.names))
    lines = [f"# {about}\n{ABOUT}", f'voice = "{panel.space.name}"', ""]
    for param, value in zip(panel.space, values, strict=True):
        entry = f"{{ value = {number_text(rounded(value, param))}, depth = {depth_of(param):g} }}"
        lines.append(f"{param.name:{width}} = {entry}  # {param.unit}".removesuffix("  # "))
    return "\n".join(lines) + "\n"


def write_presets(folder: Path = PRESETS.folder) -> None:
    """Write the presets of all panels into a folder."""
    for name, text in panel_presets().items():
        write_whole(folder / f"{name}.toml", text)


if __name__ == "__main__":
    write_presets()
