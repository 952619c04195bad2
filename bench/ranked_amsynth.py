"""amsynth for the ranking test: a real subtractive synth, its VST in a child process that may crash."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bridge.learning.ranking import STEPS, Audio, Ranked

PLACES = (
    "/usr/lib/vst/amsynth_vst.so",
    "/usr/lib/x86_64-linux-gnu/vst/amsynth_vst.so",
    "/usr/local/lib/vst/amsynth_vst.so",
)
RATE_HZ, BLOCK, SECONDS, HELD_S, NOTE, VELOCITY = 22_050, 128, 4.0, 2.0, 60, 100
"""Sounds as published."""
WARM_UP_S = 0.25
"""Rendered before each sound, without a note: a parameter's new value has then arrived."""
TIMEOUT_S = 120.0

FIXED = {"osc_mix": 1.0, "osc2_range": 3 / 7, "amp_release": 0.25, "filter_release": 0.25, "reverb_roomsize": 0.6}
"""The second oscillator alone, since only it has a coarse pitch."""
BASE: dict[str, tuple[float, float]] = {
    "amp_attack": (0.0, 0.1),
    "amp_decay": (0.2, 0.5),
    "amp_sustain": (0.4, 0.9),
    "osc2_waveform": (0.4, 0.6),
    "osc2_pitch": (0.3, 0.7),
    "filter_cutoff": (0.3, 0.7),
    "filter_env_amount": (0.5, 0.7),
    "filter_decay": (0.2, 0.5),
    "filter_sustain": (0.2, 0.8),
    "filter_resonance": (0.0, 0.6),
    "lfo_freq": (0.5, 0.9),
    "reverb_wet": (0.0, 0.2),
}
"""Between which values of 0..1 a preset is drawn; amounts of the LFO are 0."""

_HEARD = (0.3, 0.8)
ATTRIBUTES: dict[str, tuple[str, tuple[float, float], dict[str, tuple[float, float]]]] = {
    "amp_attack": ("amp_attack", (0.0, 0.6), {}),
    "amp_decay": ("amp_decay", (0.05, 0.7), {"amp_sustain": (0.0, 0.2)}),
    "cutoff": ("filter_cutoff", (0.1, 0.9), {}),
    "filter_decay": (
        "filter_decay",
        (0.05, 0.7),
        {"filter_env_amount": (0.7, 0.9), "filter_sustain": (0.0, 0.2), "filter_cutoff": (0.2, 0.4)},
    ),
    "resonance": ("filter_resonance", (0.0, 0.95), {}),
    "lfo_amount_amp": ("amp_mod_amount", (0.0, 1.0), {}),
    "lfo_amount_filter": ("filter_mod_amount", (0.0, 1.0), {}),
    "lfo_amount_pitch": ("freq_mod_amount", (0.0, 0.8), {}),
    "lfo_rate_amp": ("lfo_freq", (0.2, 1.0), {"amp_mod_amount": _HEARD}),
    "lfo_rate_filter": ("lfo_freq", (0.2, 1.0), {"filter_mod_amount": _HEARD}),
    "lfo_rate_pitch": ("lfo_freq", (0.2, 1.0), {"freq_mod_amount": _HEARD}),
    "coarse_pitch": ("osc2_pitch", (0.0, 1.0), {}),
    "reverb_wet": ("reverb_wet", (0.0, 0.9), {}),
}
"""Of each attribute the parameter, its range, and what a preset has otherwise than `BASE`, so that it is heard."""


def amsynth(seed: int) -> Ranked | None:
    """Return the synth for the test; nothing where it or the host is not installed."""
    places = [place for place in PLACES if Path(place).is_file()]
    if not places or find_spec("dawdreamer") is None:
        return None
    spawn = multiprocessing.get_context("spawn")
    folder = tempfile.TemporaryDirectory()
    child = ProcessPoolExecutor(1, spawn, initializer=_quiet, initargs=(folder.name,))
    for ended in (folder.cleanup, child.shutdown):  # the last one first
        atexit.register(ended)

    def render(attribute: str, preset: int) -> Audio:
        turned, ends, instead = ATTRIBUTES[attribute]
        rng = np.random.default_rng((seed, list(ATTRIBUTES).index(attribute), preset))
        drawn = FIXED | {name: float(rng.uniform(*limits)) for name, limits in (BASE | instead).items()}
        rows = [drawn | {turned: float(value)} for value in np.linspace(*ends, STEPS)]
        return child.submit(_rendered, places[0], rows).result(timeout=TIMEOUT_S)

    return Ranked("amsynth", RATE_HZ, tuple(ATTRIBUTES), render)


def _quiet(folder: str) -> None:
    """Keep the plugin's words from the table, and its files out of the user's folders."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = folder


@cache
def _loaded(place: str) -> tuple[Any, Any, dict[str, int], list[float]]:
    """Return engine, plugin, its parameters by name and their defaults, in the child."""
    import dawdreamer

    engine = dawdreamer.RenderEngine(RATE_HZ, BLOCK)
    plugin = engine.make_plugin_processor("amsynth", place)
    engine.load_graph([(plugin, [])])
    numbers = {one["name"]: one["index"] for one in plugin.get_parameters_description()}
    return engine, plugin, numbers, [plugin.get_parameter(number) for number in range(len(numbers))]


def _rendered(place: str, rows: list[dict[str, float]]) -> Audio:
    """Return the sounds of values by name, in the child."""
    engine, plugin, numbers, defaults = _loaded(place)
    sounds = []
    for row in rows:
        for number, value in enumerate(defaults):
            plugin.set_parameter(number, value)
        for name, value in row.items():
            plugin.set_parameter(numbers[name], value)
        plugin.clear_midi()
        engine.render(WARM_UP_S)
        plugin.add_midi_note(NOTE, VELOCITY, 0.0, HELD_S)
        engine.render(SECONDS)
        sounds.append(engine.get_audio().mean(axis=0).astype(np.float32))
    return np.stack(sounds)
