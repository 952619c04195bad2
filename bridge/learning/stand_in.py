"""A proxy is made of a folder of takes, and measured: on takes held out, on presets, and against the synth itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.recorded import examples_of
from bridge.sampling.engine import ENGINES, Engine, Way
from bridge.sampling.folder import SampleSet
from bridge.sampling.record import Player
from bridge.sampling.settings_file import read_settings
from bridge.sampling.synth import NOTE, VELOCITY, SampledSynth, synth_moving
from models.embeddings.embedding import Embedding
from models.embeddings.registry import embedding_named
from synth.errors import InputError

if TYPE_CHECKING:
    from models.proxies.dx7 import Dx7Setting
    from models.proxies.examples import Examples
    from models.proxies.proxy import Proxy
    from models.proxies.settings import FitSettings

HELD_OUT = 512
"""Takes that a proxy is measured on and not made of: one of 512 is what published ranks are."""

HELD_OUT_PART = 0.25
"""At most, of a small folder."""

TAKES = 4
"""Of a point at which gradients are compared, of a synth that does not repeat itself: noise hides a small step."""

Units = NDArray[np.float64]
Watch = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for.

    Parameters
    ----------
    settings : FitSettings
    embedding : str
    gradients : bool
        Whether the synth is played to compare gradients.
    presets : tuple of Path
        Hand-made settings to measure the proxy on.
    way : Way
        How the synth is reached meanwhile.
    """

    settings: FitSettings
    embedding: str
    gradients: bool = True
    presets: tuple[Path, ...] = ()
    way: Way = field(default_factory=Way)


def make_proxy(found: SampleSet, wanted: Wanted, watch: Watch = lambda share: None) -> tuple[Proxy, tuple[str, ...]]:
    """Return a proxy of a folder with its figures in its card, and what is worth saying.

    Raises
    ------
    InputError
        The folder holds too little, the architecture does not fit the synth, or the synth cannot be reached.
    """
    from models.proxies.fit import fit_proxy
    from models.proxies.scores import held_out_scores

    embedding = embedding_named(wanted.embedding)
    examples = examples_of(found, embedding, watch=lambda share: watch(0.3 * share))
    learned, test = examples.split(wanted.settings.seed, held_out_of(len(examples)))
    proxy = fit_proxy(learned, wanted.settings, lambda share: watch(0.3 + 0.7 * share))
    card = dict(proxy.card) | {"made": _made(found)}
    card["held_out"] = held_out_scores(proxy, test).described()
    notes: list[str] = []
    if wanted.gradients or wanted.presets:
        with closing(_engine(found, wanted.way)) as engine:
            heard = HeardSynth(found.synth, engine, embedding, 1 if repeats_exactly(found) else TAKES)
            if wanted.gradients:
                card["gradient"] = _gradient(proxy, heard, test.unit)
            for path in wanted.presets:
                unit, said = read_settings(path, found.synth)
                notes += said
                card[f"presets {path.name}"] = held_out_scores(proxy, heard.examples(unit)).described()
    return replace(proxy, card=card), tuple(notes)


def held_out_of(examples: int) -> int:
    """Return how many of some examples are held out.

    >>> held_out_of(2000), held_out_of(400)
    (500, 100)
    """
    return min(HELD_OUT, round(HELD_OUT_PART * examples))


def dx7_setting(found: SampleSet) -> Dx7Setting | None:
    """Return what the nets that are made for a DX7 have to know of a folder; None where it is of another synth."""
    from models.proxies.dx7 import Dx7Setting

    synth = found.synth
    if found.facts.engine != "dexed":
        return None
    note, velocity = synth.sampling.rests
    given = {control.parameter: value for control, value in synth.fixed} | {NOTE: note, VELOCITY: velocity}
    rest = {name: float(value) for name, value in given.items() if name not in synth.space.names}
    return Dx7Setting(synth.note_s, synth.take_s, rest)


def _made(found: SampleSet) -> dict[str, Any]:
    facts = found.facts
    return {
        "synth": facts.synth,
        "engine": facts.engine,
        "notes": facts.notes,
        "seed": facts.seed,
        "sampled": facts.made,
        "sample_rate": facts.sample_rate,
        "take_s": facts.take_s,
    }


def _engine(found: SampleSet, way: Way) -> Engine:
    """Open the synth of a folder as it was when it was recorded, at the same rate."""
    return ENGINES[found.facts.engine].start(found.synth, replace(way, sample_rate=found.facts.sample_rate))


def repeats_exactly(found: SampleSet) -> bool:
    """Tell whether the same setting gave the same take."""
    repeats = found.audio(found.plan.rows_of("repeat")[:4])
    return bool((repeats == repeats[0]).all())


class HeardSynth:
    """A synth as an embedding hears it: what a proxy is compared with.

    Parameters
    ----------
    synth : SampledSynth
    engine : Engine
    embedding : Embedding
    takes : int
        Whose mean counts.
    """

    def __init__(self, synth: SampledSynth, engine: Engine, embedding: Embedding, takes: int = 1) -> None:
        self._synth, self._engine, self._embedding, self._takes = synth, engine, embedding, takes
        self._player = Player(engine)
        self.renders = 0

    def __call__(self, unit: Units) -> NDArray[np.float32]:
        """Return the mean embeddings of (n, columns) settings of 0..1."""
        audio = self.audio(np.repeat(unit, self._takes, axis=0))
        rows = self._embedding(audio, self._engine.sample_rate)
        mean: NDArray[np.float32] = rows.reshape(len(unit), self._takes, -1).mean(1)
        return mean

    def audio(self, unit: Units) -> NDArray[np.float32]:
        """Play (n, columns) settings once and return their takes."""
        self.renders += len(unit)
        return self._player.play(self._synth.notes(unit))

    def examples(self, unit: Units) -> Examples:
        """Return settings with their sounds."""
        from models.proxies.examples import Examples

        return Examples(self._synth.space, unit, self(unit), self._embedding.name)


def _gradient(proxy: Proxy, heard: HeardSynth, settings: Units) -> dict[str, Any]:
    from models.proxies.scores import gradient_score

    found = gradient_score(proxy, heard, settings)
    figures = {name: round(getattr(found, name), 4) for name in ("mean", "median", "worst")}
    return {**figures, "points": found.points, "renders": heard.renders}


def require_same_synth(proxy: Proxy, synth: SampledSynth, path: Path) -> None:
    """Refuse a proxy of another synth, or of one that had other controls or ranges.

    Raises
    ------
    InputError
        Says what differs, and what to do.
    """
    made = proxy.card.get("made", {})
    name = made.get("synth", proxy.space.name) if isinstance(made, dict) else proxy.space.name
    again = f"sample it and make its proxy again: ghostnote sample {synth.name}, then ghostnote proxy"
    if name != synth.name:
        raise InputError(f"{path}: is a proxy of {name}, not of {synth.name}; {again}")
    there, wanted = ({param.name: param for param in space} for space in (proxy.space, synth.space))
    lost = [name for name in there if name not in wanted]
    if lost:
        raise InputError(f"{path}: knows {', '.join(lost)}, which the profile of {synth.name} has not; {again}")
    changed = [name for name, param in there.items() if _meaning(param) != _meaning(wanted[name])]
    if changed:
        raise InputError(f"{path}: the profile of {synth.name} has other ranges of {', '.join(changed)} now; {again}")


def _meaning(param: Any) -> tuple[Any, ...]:
    return param.low, param.high, param.curve, param.kind, param.steps


def synth_of_proxy(proxy: Proxy, name_or_path: str, path: Path) -> SampledSynth:
    """Return the synth that a proxy stands for, moving those controls that it knows.

    Raises
    ------
    InputError
        The proxy is of another synth or version.
    """
    synth = synth_moving(name_or_path, proxy.space.names)
    require_same_synth(proxy, synth, path)
    if synth.space.names != proxy.space.names:
        raise InputError(f"{path}: note or velocity vary otherwise in the profile of {synth.name} now; sample it again")
    return synth
