"""The controls of a synth that has no profile: each controller is moved once, and what changes the sound is kept.

Of each, seven notes are played: three at its lowest value, three at its highest, and one while it goes back to the
middle. The first of three is not looked at, as a synth may slide to a value; the other two are twins. A controller
works where low and high differ by more than twins do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.rig.profiles import PROFILES, Control, Profile, load_profile
from bridge.sampling.engine import EngineKind, Way
from bridge.sampling.record import Player
from bridge.sampling.synth import Note, SampledSynth
from models.embeddings.registry import embedding_named
from synth.errors import InputError
from synth.spec import ParamSpace

SKIPPED = frozenset({0, 6, 32, 38, *range(64, 70), 84, *range(96, 102), *range(120, 128)})
"""Banks, data entry and parameter numbers, which mean something else; pedals, which leave notes on; channel modes."""

LOW, HIGH, REST = 0, 127, 64

TRIES = 3
"""Notes at each end."""

LOUD = (7, 11)
"""Volume and expression rest at their highest: what follows must be heard."""

OVER_TWINS = 3.0
LEAST_DB = 0.2
"""Of a difference in the mean over a sound's cells, below which nobody builds a mapping on a control."""

SOURCE = "discovered"
_AT_ONCE = 28


@dataclass(frozen=True, slots=True)
class Found:
    """A controller.

    Parameters
    ----------
    number : int
    reach_db, twins_db : float
        Distance of its sounds at both ends, and of two sounds at one end.
    """

    number: int
    reach_db: float
    twins_db: float

    @property
    def works(self) -> bool:
        """Whether it changes the sound."""
        return self.reach_db > max(OVER_TWINS * self.twins_db, LEAST_DB)


def discover(
    synth: SampledSynth, kind: EngineKind, way: Way, watch: Callable[[float], object] = lambda share: None
) -> list[Found]:
    """Return what each controller does.

    Parameters
    ----------
    synth : SampledSynth
        Of `probed`: its controls are the controllers.
    kind, way
        How it is reached.
    watch : callable, optional
        Called with the part that is done, 0..1.

    Raises
    ------
    InputError
        The synth cannot be reached, or makes no sound.
    """
    engine = kind.start(synth, way)
    try:
        player, found = Player(engine), list[Found]()
        for first in range(0, len(synth.controls), _AT_ONCE):
            columns = range(first, min(first + _AT_ONCE, len(synth.controls)))
            notes = [note for column in columns for note in _probe(synth, column)]
            takes = player.play(notes)
            if not found and float(np.abs(takes).max(initial=0.0)) < 1e-4:
                raise InputError(f"{synth.name}: no sound comes back; check its volume, its channel and its input")
            found += _heard(synth, columns, takes, engine.sample_rate)
            watch((columns[-1] + 1) / len(synth.controls))
        return found
    finally:
        engine.close()


def _probe(synth: SampledSynth, column: int) -> list[Note]:
    """Return the notes of a controller; no other one is sent with them."""
    note, velocity = synth.sampling.rests
    number = synth.controls[column].number
    steps = (*[LOW] * TRIES, *[HIGH] * TRIES, HIGH if number in LOUD else REST)
    values = np.full((len(steps), len(synth.controls)), np.nan)
    values[:, column] = steps
    return [Note(tuple(map(float, row)), note, velocity) for row in values]


def _heard(synth: SampledSynth, columns: range, takes: NDArray[np.float32], rate_hz: int) -> list[Found]:
    rows = embedding_named("segments")(takes, rate_hz).astype(np.float64)
    found = []
    for place, column in enumerate(columns):
        _, low_twin, low, _, high_twin, high, _ = rows[(2 * TRIES + 1) * place :][: 2 * TRIES + 1]
        twins_db = max(float(np.abs(low - low_twin).mean()), float(np.abs(high - high_twin).mean()))
        found.append(Found(synth.controls[column].number, float(np.abs(low - high).mean()), twins_db))
    return found


def probed(name_or_path: str) -> SampledSynth:
    """Return a synth whose controls are all controllers that may be moved, but those that its profile names already.

    Raises
    ------
    InputError
        There is no such profile, or it does not say how the synth is played and heard.
    """
    path, profile = PROFILES.find(name_or_path, "SYNTH"), load_profile(name_or_path, "SYNTH")
    if profile.sampling is None:
        raise InputError(f"{path}: has no [sampling], which says how it is played and heard; see docs/sampling.md")
    named = {control.number for control in profile.controls if control.kind == "cc"}
    numbers = [number for number in range(120) if number not in SKIPPED | named]
    controls = tuple(_control(number) for number in numbers)
    whole = profile.model_copy(update={"controls": list(controls)})
    return SampledSynth(path.stem, whole, profile.sampling, controls, ParamSpace(path.stem, ()))


def discovered(name_or_path: str, found: Sequence[Found], day: str) -> Profile:
    """Return a synth's profile with the controllers that work, those that change most first."""
    profile = load_profile(name_or_path, "SYNTH")
    working = sorted((one for one in found if one.works), key=lambda one: -one.reach_db)
    words = {one.number: f"changes the sound by {one.reach_db:.1f} dB from end to end" for one in working}
    controls = [_control(number, meaning) for number, meaning in words.items()]
    sources = {**profile.sources, SOURCE: f"found by ghostnote sample --discover, {day}"}
    return profile.model_copy(update={"controls": [*profile.controls, *controls], "sources": sources})


def _control(number: int, meaning: str = "") -> Control:
    return Control.model_validate({"name": f"CC {number}", "source": SOURCE, "cc": number, "meaning": meaning})
