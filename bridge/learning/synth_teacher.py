"""A synth that is not ours teaches a mapping: its proxy, and the synth itself where it can be played meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.learning.cable import fitted, lead_s
from bridge.learning.reference_setting import best_setting, with_headroom
from bridge.learning.rounds import ROUNDS, Round, Rounds
from bridge.learning.strokes import strokes_at_rate
from bridge.learning.teacher import Taught, Teacher
from bridge.learning.through import NEEDS_SYNTH, Reached, maker_of, patch_of, played_by, reached
from bridge.sampling.engine import Engine, Way, engine_of
from bridge.sampling.settings_file import read_settings
from models.mapping.bundle import Bundle
from synth.errors import InputError, choices, shown
from synth.voices.presets import Patch, load_preset

if TYPE_CHECKING:
    from bridge.learning.teacher import PlayModulation
    from models.training.export import Finished
    from models.training.instruments import FigureMaker
    from models.training.strokes import Split, Strokes
    from models.training.train import Settings

BEST = "best"
"""In the place of a preset: the setting from which the drum can be followed furthest."""

WAYS = ("proxy", "half-hybrid", "hybrid", "hybrid-autodiff", "autodiff", "spsa")
"""Ways to a gradient of a synth that is not ours, as `models.devices.ways` has them."""

ROUNDS_AT_THE_DRUM = 3
"""A drummer waits. On amsynth 185 strokes take 28 s with these and 64 with 8, for 64 and 65 % of doing nothing."""

HEARD = "how often the synth is heard in between; default:"
ROUNDS_HELP = f"{HEARD} {ROUNDS} where that is quick."
AT_THE_DRUM_HELP = f"{HEARD} {ROUNDS_AT_THE_DRUM} where that is quick."

Watch = Callable[[Any], None]


class SynthTeacher(Teacher):
    """Teaches through a synth's proxy.

    Parameters
    ----------
    found : Reached
    preset : str
        A file of settings, or `BEST`; empty: the profile's defaults, at a velocity that leaves room to both sides.
    gradient : str
        One of `WAYS`.
    budget : str
        The cable to the synth.
    way : Way
        How the synth itself is reached, where it plays.
    rounds : int, optional
        How often the synth is heard in between, so that its proxy is corrected where the mapping plays; 0: it is not.
        By default ``usual_rounds`` where it plays faster than real time.
    usual_rounds : int

    Attributes
    ----------
    told : list of Round
        What the rounds showed.
    """

    def __init__(
        self,
        found: Reached,
        preset: str,
        gradient: str,
        budget: str,
        way: Way,
        rounds: int | None = None,
        usual_rounds: int = ROUNDS,
    ) -> None:
        if gradient not in WAYS:
            raise InputError(f"--gradient is {shown(gradient)}; {choices(gradient, WAYS)}")
        lead_s(budget)
        self._found, self._gradient, self._budget, self._way = found, gradient, budget, way
        usual = usual_rounds if engine_of(found.synth).quick else 0
        self._rounds = usual if rounds is None else rounds
        self._preset = preset
        super().__init__(_named(found, preset))
        self.told: list[Round] = []
        self._parts = ExitStack()
        self._engine: Engine | None = None

    def __enter__(self) -> SynthTeacher:
        """Open the synth where it plays meanwhile."""
        if self._gradient in NEEDS_SYNTH or self._rounds:
            synth = self._found.synth
            self._engine = self._parts.enter_context(closing(engine_of(synth).start(synth, self._way)))
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the synth."""
        self._parts.close()

    def ready(self, strokes: Strokes) -> Strokes:
        """Return strokes at the rate at which a synth's figures are known."""
        return strokes_at_rate(strokes)

    def teach(self, strokes: Strokes, split: Split, settings: Settings, watch: Watch, start: Bundle | None) -> Taught:
        """Train a mapping through the proxy; where the synth plays, hear it in rounds and correct the proxy."""
        from models.proxies.corrected import CorrectedFigures
        from models.training.train import train

        corrected = CorrectedFigures(self._found.proxy)
        believed = maker_of(self._found, "proxy", figures=corrected)
        patch = self._chosen(strokes, split, settings, believed)
        if start is not None:
            patch = start.preset
        maker = maker_of(self._found, self._gradient, self._engine, corrected)
        trained = train(strokes, patch, settings, watch, start, split, maker)
        if self._engine is not None:
            rounds = Rounds(self._found.synth, self._engine, corrected, maker, patch, strokes, split, settings)
            self.told = rounds.told
            for _ in range(self._rounds):
                trained = trained if trained.interrupted else rounds.go_on(trained, watch)
        judge = believed if self._engine is None else played_by(self._found.synth, self._engine, believed.through)
        return Taught(trained, patch, judge, self._card())

    def _chosen(self, strokes: Strokes, split: Split, settings: Settings, believed: FigureMaker) -> Patch:
        """Return the preset: what was given, or one for this drum. Only controls move that the cable carries."""
        found, patch = self._found, self.patch
        training = strokes.rows(split.train)
        row = int(np.flatnonzero(split.train == split.reference)[0])
        if self._preset in ("", BEST):
            unit = best_setting(found, training, row) if self._preset else found.synth.default_unit
            patch = patch_of(found.synth, with_headroom(found, unit, training, row), self.name)
        return fitted(found.synth, self._budget, patch, strokes, split, settings, believed)

    def _card(self) -> dict[str, Any]:
        rounds = [{"believed": round(one.believed, 4), "real": round(one.real, 4)} for one in self.told]
        notes = self.told[-1].notes if self.told else 0
        card = {"synth": self._found.synth.name, "proxy": self._found.path.name, "gradient": self._gradient}
        return {"learned_through": card | {"budget": self._budget, "rounds": rounds, "notes": notes}}

    def player(self, finished: Finished, samples: int) -> PlayModulation:
        """Return what plays modulations on the synth, where it plays in this lesson; else silence."""
        from models.training.figures import at_rate
        from models.training.objective import Target

        engine, synth, target = self._engine, self._found.synth, Target(finished.bundle.preset)

        def play(modulation: Any) -> NDArray[np.float32]:
            heard = np.zeros((len(modulation), samples), np.float32)
            if engine is not None:
                takes = at_rate(engine.record(synth.notes(target.moved(modulation).numpy())), engine.sample_rate)
                heard[:, : takes.shape[1]] = takes[:, :samples]
            return heard

        return play


def _named(found: Reached, preset: str) -> Patch:
    """Return the preset that is given, or the profile's own."""
    if preset in ("", BEST):
        return patch_of(found.synth, found.synth.default_unit, found.synth.name)
    unit, _ = read_settings(Path(preset), found.synth)
    return patch_of(found.synth, unit[0], Path(preset).stem)


def teacher_of(
    preset: str,
    synth: str,
    proxy: Path | None,
    gradient: str,
    budget: str,
    way: Way,
    rounds: int | None = None,
    usual_rounds: int = ROUNDS,
) -> Teacher:
    """Return the teacher that the options of a command ask for.

    Raises
    ------
    InputError
        Neither a preset nor a synth is given, a synth without its proxy, or options that do not go together.
    """
    if not synth:
        if proxy is not None or budget != "none" or gradient != "proxy" or rounds is not None:
            raise InputError(
                "--proxy, --gradient, --budget and --rounds belong to a synth that is not ours; name it by --synth"
            )
        if not preset:
            raise InputError("--preset is missing: name a preset of a voice of ours, or another synth by --synth")
        return Teacher(load_preset(preset))
    if proxy is None:
        raise InputError(
            f"--synth {shown(synth)} needs --proxy, its stand-in: make one with ghostnote sample, then ghostnote proxy"
        )
    return SynthTeacher(reached(synth, proxy), preset, gradient, budget, way, rounds, usual_rounds)
