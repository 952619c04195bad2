"""A folder of takes is begun, gone on with, or extended: one question, what is asked for against what is there."""

from __future__ import annotations

import datetime
import platform
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bridge.sampling.engine import EngineKind, Way
from bridge.sampling.folder import SampleSet
from bridge.sampling.folder_tables import FACTS, VERSION, Facts
from bridge.sampling.plan import joint_settings, whole_plan, with_anchors
from bridge.sampling.synth import SampledSynth
from synth.errors import InputError
from synth.outputs import require_folder


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for.

    Parameters
    ----------
    synth : SampledSynth
    kind : EngineKind
    way : Way
    notes : int
        Joint settings.
    seed : int
    """

    synth: SampledSynth
    kind: EngineKind
    way: Way
    notes: int
    seed: int


def begun(folder: Path, asked: Asked) -> SampleSet:
    """Return the folder of what is asked for: a new one, or one that was begun before, with more notes if asked.

    Raises
    ------
    InputError
        The folder cannot be written, holds another recording, or the synth cannot be reached.
    """
    require_folder(folder)
    if not (folder / FACTS).exists():
        return _new(folder, asked)
    found = SampleSet.load(folder)
    _require_same(found, asked)
    if asked.notes > found.facts.notes:
        _extend(found, asked.notes)
    return found


def _new(folder: Path, asked: Asked) -> SampleSet:
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder}: holds other files; give --out a new folder")
    plan = whole_plan(asked.synth, asked.notes, asked.seed)
    # Opened to be asked its rate, and so that a synth that is not there leaves no folder behind.
    with closing(asked.kind.start(asked.synth, asked.way)) as engine:
        rate_hz = engine.sample_rate
    facts = Facts(
        VERSION,
        asked.synth.name,
        asked.kind.name,
        asked.seed,
        asked.notes,
        rate_hz,
        asked.synth.take_s,
        asked.synth.moved,
        datetime.date.today().isoformat(),
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )
    return SampleSet.begin(folder, facts, asked.synth, plan)


def _require_same(found: SampleSet, asked: Asked) -> None:
    """Refuse to go on with a recording of something else."""
    facts = found.facts
    pairs = (
        ("synth", facts.synth, asked.synth.name),
        ("engine", facts.engine, asked.kind.name),
        ("seed", str(facts.seed), str(asked.seed)),
        ("length of a take", f"{facts.take_s:g} s", f"{asked.synth.take_s:g} s"),
        ("parameter space", _space_words(found.synth), _space_words(asked.synth)),
    )
    for word, there, wanted in pairs:
        if there != wanted:
            raise InputError(
                f"{found.folder}: holds a recording whose {word} is {there}, not {wanted}; give --out another folder"
            )
    if asked.notes < facts.notes:
        raise InputError(f"{found.folder}: holds a recording of {facts.notes} notes; ask for as many or more")


def _space_words(synth: SampledSynth) -> str:
    return ", ".join(f"{param.name} {param.low:g} to {param.high:g}" for param in synth.space)


def _extend(found: SampleSet, notes: int) -> None:
    """Ask for more settings of the same sequence."""
    there = len(found.plan.rows_of("joint"))
    unit = joint_settings(found.synth, notes - found.facts.notes, found.facts.seed, there)
    found.plan = found.plan.followed_by(with_anchors(found.synth, "joint", unit))
    found.ask_for(notes)
