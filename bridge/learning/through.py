"""A synth that is not ours as what a mapping is learned through: its proxy, and the synth where it is reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.stand_in import synth_of_proxy
from bridge.sampling.engine import Engine
from bridge.sampling.record import Player
from bridge.sampling.synth import NOTE, VELOCITY, SampledSynth
from synth.errors import InputError, choices, shown
from synth.voices.presets import Patch
from synth.voices.registry import voice_kind

if TYPE_CHECKING:
    from torch import Tensor

    from models.devices.device import Device
    from models.devices.ways import Through
    from models.proxies.proxy import Proxy
    from models.training.instruments import FigureMaker

Array = NDArray[np.float64]
Figures = Callable[["Tensor"], "Tensor"]
"""(batch, p) values of 0..1 to (batch, f) figures, with gradients."""

NEEDS_SYNTH = ("hybrid", "hybrid-autodiff", "spsa")
"""Ways to a gradient for which the synth itself plays while the mapping is learned."""

REACH = 0.6
"""How far a full modulation moves a control, as a part of its range; the velocity moves over all of it. With all of the
range a mapping of a DX7 came no nearer, and fell into settings of which the proxy knew little."""

SPSA_STEP = 0.04
"""Of a control's range to each side: five steps of a controller of seven bits."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A synth, and its proxy.

    Parameters
    ----------
    synth : SampledSynth
    proxy : Proxy
    path : Path
        The proxy's file.
    """

    synth: SampledSynth
    proxy: Proxy
    path: Path


def reached(name_or_path: str, path: Path) -> Reached:
    """Return a synth and its proxy.

    Raises
    ------
    InputError
        There is no such profile or file, or the proxy is of another synth or version, or knows no figures.
    """
    from models.proxies.bundle import load_proxy
    from models.training.figures import FIGURE_NAMES

    proxy = load_proxy(path)
    synth = synth_of_proxy(proxy, name_or_path, path)
    if proxy.figure_names != FIGURE_NAMES:
        raise InputError(f"{path}: knows other figures than this Ghostnote's losses compare; make it again")
    return Reached(synth, proxy, path)


def device_of(synth: SampledSynth, figures: Figures | None, engine: Engine | None = None) -> Device:
    """Return a synth as a device: what it renders are the figures that the losses compare.

    Parameters
    ----------
    synth : SampledSynth
    figures : callable, optional
        Those of its proxy. Without them nothing but the synth itself can be learned through.
    engine : Engine, optional
        Plays the synth itself. Without one only the proxy can be learned through.
    """
    from models.devices.device import Device
    from models.training.figures import figures_of

    def render(values: Array, given: Any, seed: int) -> Array:
        if engine is None:
            raise ValueError("the synth is not reached: only its proxy is there")
        takes = Player(engine).play(synth.notes(synth.space.to_unit(values)))
        return np.asarray(figures_of(takes, engine.sample_rate), np.float64)

    believed = None if figures is None else lambda unit, given: figures(unit)
    return Device(synth.space, render, realised=synth.space.realised, copy=_copy(synth), proxy=believed)


def _copy(synth: SampledSynth) -> Any:
    """Return the similar voice of ours that a profile names, as figures with gradients; None without one."""
    if not synth.sampling.alike:
        return None
    import torch

    from models.training.figures import RATE_HZ, tensor_figures
    from synth.dsp.noise import white_noise

    kind = voice_kind(synth.sampling.alike)
    columns = [kind.space.index(param.name, f"{synth.name}: [sampling] alike: ") for param in synth.space]
    voice, samples = kind.learnable(), round(synth.take_s * RATE_HZ)
    noise = torch.as_tensor(white_noise(0, 0, samples), dtype=torch.float32)[None]

    def copy(values: Tensor, given: Any) -> Tensor:
        whole = torch.as_tensor(kind.space.defaults).repeat(len(values), 1)
        whole = whole.index_copy(1, torch.as_tensor(columns), values.double())
        return tensor_figures(voice.render(whole.float(), noise, RATE_HZ, samples))

    return copy


def maker_of(
    found: Reached, gradient: str, engine: Engine | None = None, figures: Figures | None = None
) -> FigureMaker:
    """Return what a mapping is learned through, by one of the ways to a gradient.

    Parameters
    ----------
    found : Reached
    gradient : str
    engine : Engine, optional
        Plays the synth itself, for the ways that need it.
    figures : callable, optional
        In place of the proxy's own.

    Raises
    ------
    InputError
        There is no such way, or the synth has not what it needs.
    """
    from models.devices.gradients import GRADIENTS
    from models.devices.spsa import Spsa
    from models.devices.ways import Through
    from models.training.instruments import FigureMaker

    if gradient not in GRADIENTS:
        raise InputError(f"--gradient is {shown(gradient)}; {choices(gradient, GRADIENTS)}")
    return FigureMaker(
        Through(
            device_of(found.synth, found.proxy.figures if figures is None else figures, engine),
            gradient,
            Spsa(step=SPSA_STEP),
        )
    )


def played_by(synth: SampledSynth, engine: Engine, loudness: Through | None = None) -> FigureMaker:
    """Return the synth itself as what plays modulations: to measure a mapping on it.

    Parameters
    ----------
    synth : SampledSynth
    engine : Engine
    loudness : Through, optional
        Tells the loudness of many settings in its place.
    """
    from models.devices.ways import Through
    from models.training.instruments import FigureMaker

    # Forward it is the synth, and nothing is learned.
    return FigureMaker(Through(device_of(synth, None, engine), "spsa"), loudness)


def patch_of(synth: SampledSynth, unit: Array, name: str) -> Patch:
    """Return a setting as what the reference stroke plays: numbers may move, choices and the note stay.

    A choice has no order, so a modulation would run through values that have nothing to do with each other.
    """
    space = synth.space
    moves = [
        (1.0 if param.name == VELOCITY else REACH) * (param.kind == "number" and param.name != NOTE) for param in space
    ]
    values = np.asarray(space.from_unit(space.realised(unit)), np.float64)
    return Patch(name, space, np.clip(values, *_ends(space)), np.array(moves, np.float64))


def _ends(space: Any) -> tuple[Array, Array]:
    return np.array([param.low for param in space]), np.array([param.high for param in space])
