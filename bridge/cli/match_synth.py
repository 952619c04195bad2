"""``ghostnote match --synth``: recordings of single hits become settings of a synth that is not ours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from bridge.cli.screen import breaking_off, console, progress, show_notes
from bridge.learning.match_synth import NO_ESTIMATOR, Effort, SynthMatcher, loaded
from bridge.learning.match_synth_files import ENDINGS, found_words, places, write_synth_match
from bridge.learning.matched import SynthMatch
from bridge.learning.one_shot import OneShot
from bridge.sampling.engine import ENGINES, Way
from bridge.sampling.folder import SampleSet
from synth.errors import InputError, choices, shown
from synth.outputs import free_path

if TYPE_CHECKING:
    from models.proxies.proxy import Proxy


@dataclass(frozen=True, slots=True)
class OnSynth:
    """What a person says about the synth; the options of the command.

    Parameters
    ----------
    synth : str
    proxy, takes : Path, optional
    presets : tuple of Path
    renders : int
    schedule : str
    plugin : str
    seed : int
    """

    synth: str
    proxy: Path | None
    takes: Path | None
    presets: tuple[Path, ...]
    renders: int
    schedule: str
    plugin: str
    seed: int

    def require_alone(self, voice: str) -> None:
        """Refuse options that do not go together."""
        if not self.synth:
            lost = {"--proxy": self.proxy, "--takes": self.takes, "--presets": self.presets, "--plugin": self.plugin}
            for name, given in lost.items():
                if given:
                    raise InputError(f"{name} belongs to --synth, which names the synth whose settings are looked for")
            if not voice:
                raise InputError(
                    "--voice is missing: a voice of ours, or best; or give --synth with --proxy, for a synth of yours"
                )
        elif voice:
            raise InputError("give --voice or --synth, not both: a voice is matched without a proxy")

    def found(self) -> tuple[Proxy, SampleSet]:
        """Return the proxy and the takes; `InputError` says which of them is missing or of something else."""
        from models.proxies.estimator_fit import SCHEDULES

        if self.schedule not in (known := (*SCHEDULES, NO_ESTIMATOR)):
            raise InputError(f"--schedule is {shown(self.schedule)}; {choices(self.schedule, known)}")
        if self.proxy is None:
            raise InputError(
                f"--synth {self.synth} needs --proxy FILE; make one with ghostnote sample {self.synth}, then ghostnote "
                "proxy"
            )
        takes = self.takes or Path(f"{Path(self.synth).stem}-takes")
        return loaded(self.synth, self.proxy, takes)


def match_on_synth(
    heard: Sequence[OneShot],
    known: tuple[Proxy, SampleSet],
    asked: OnSynth,
    place: Callable[[OneShot], Path | None],
    as_json: bool,
) -> None:
    """Match sounds, one after the other, and write and tell what each gave.

    Parameters
    ----------
    heard : sequence of OneShot
    known : (Proxy, SampleSet)
        As `OnSynth.found` returns them.
    asked : OnSynth
    place : callable
        A sound to the file of its settings; None: a free name.
    as_json : bool
    """
    proxy, found = known
    way = Way(plugin=asked.plugin, sample_rate=found.facts.sample_rate)
    effort = Effort(asked.renders, asked.schedule, seed=asked.seed)
    screen = console()
    with closing(ENGINES[found.facts.engine].start(found.synth, way)) as engine, breaking_off():
        with progress("Learning", 1.0) as show_bar:
            matcher = SynthMatcher(proxy, found, engine, effort, asked.presets, show_bar)
        if not as_json:
            show_notes(matcher.notes, screen)
        for sound in heard:
            began = time.perf_counter()
            with progress("Matching", 1.0) as show_bar:
                match = matcher.match(sound, show_bar)
            written = write_synth_match(match, place(sound) or _free(match))
            seconds = time.perf_counter() - began
            if as_json:
                typer.echo(json.dumps(summary(match, written, seconds)))
            else:
                show(match, written, screen)


def _free(match: SynthMatch) -> Path:
    """Return a name that no earlier match has."""
    settings = Path(f"{match.sound.path.stem}-{match.synth.name}{ENDINGS[0]}")
    return free_path(settings, *(path.suffix for path in places(settings, match.synth)[1:]))


def summary(match: SynthMatch, written: Sequence[Path], seconds: float) -> dict[str, Any]:
    """Return what ``--json`` prints of one sound."""
    return {
        "sound": str(match.sound.path),
        "synth": match.synth.name,
        "settings": str(written[0]),
        "retrieved": round(match.course[0], 4),
        "refined": round(match.course[-1], 4),
        "retrieved_db": round(match.retrieved_db, 3),
        "refined_db": round(match.refined_db, 3),
        "gain_db": round(match.gain_db, 2),
        "renders": len(match.course) - 1,
        "seconds": round(seconds, 2),
        "notes": list(match.sound.notes),
    }


def show(match: SynthMatch, written: Sequence[Path], screen: Console) -> None:
    """Print how near a sound the synth comes, and which files were written."""
    show_notes(match.sound.notes, screen)
    screen.print(f"{match.sound.path.name}: {match.synth.name}, {found_words(match)}.", style="bold")
    screen.print(f"Wrote {', '.join(map(str, written))}.")
