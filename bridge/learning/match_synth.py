"""Settings of a synth that is not ours for a recorded sound: looked up, estimated, then refined on the synth itself.

1. The nearest of what was recorded of the synth, and of presets.
2. An estimator's answer, and the nearest of many settings as the proxy believes them; each is played once.
3. From the nearest of these on a guarded search (`models.proxies.refine`): a step counts only if it really sounds
   nearer. So what is found is never farther than what was looked up.

A recording has any level, so a gain counts for nothing, and is told. It is cut at its onset (`one_shot`), and lasts as
long as a take: what is longer is cut, behind what has faded there is silence, and of a sound that breaks off only what
is there is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bridge.learning.matched import SynthMatch
from bridge.learning.one_shot import OneShot
from bridge.learning.recorded import examples_of, joint_takes
from bridge.learning.stand_in import HeardSynth, synth_of_proxy
from bridge.sampling.engine import Engine
from bridge.sampling.folder import SampleSet
from bridge.sampling.plan import joint_settings
from bridge.sampling.settings_file import read_settings
from bridge.sampling.synth import Array
from models.embeddings.embedding import Embedding
from models.embeddings.registry import embedding_named
from models.embeddings.segments import Segments
from models.training.match_sound import RATE_HZ
from synth.errors import InputError

if TYPE_CHECKING:
    from models.proxies.comparison import Comparison
    from models.proxies.estimator import Estimator
    from models.proxies.examples import Examples
    from models.proxies.proxy import Proxy
    from models.proxies.refine import Played

Floats = NDArray[np.float32]
Watch = Callable[[float], object]

NEAREST = 16
"""Recorded settings with which a search begins: what they say of the proxy's errors costs no render."""

GUESSES = 8_192
"""Settings among which the proxy finds the nearest."""

ESTIMATOR_STEPS = 2_000
"""Some 20 s of one core with a proxy of three nets."""

NO_ESTIMATOR = "none"


@dataclass(frozen=True, slots=True)
class Effort:
    """What a person allows.

    Parameters
    ----------
    renders : int
        Settings that the synth may play for a sound.
    schedule : str
        Of the estimator, a key of `models.proxies.estimator_fit.SCHEDULES`, or ``none``.
    guesses : int
        Settings among which the proxy looks for the nearest; 0: none.
    seed : int
    """

    renders: int = 30
    schedule: str = "switch"
    guesses: int = GUESSES
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A sound as settings are compared with it.

    Parameters
    ----------
    audio : (samples,) float32
        At `RATE_HZ`, as long as a take, as loud as takes are.
    row : (d,) float32
        Its embedding.
    heard : float
        The part of a take that is known, 0..1.
    gain : float
        Times the recording's samples.
    """

    audio: Floats
    row: Floats
    heard: float
    gain: float


def target_of(sound: OneShot, embedding: Embedding, take_s: float, peak: float) -> Target:
    """Return a recorded sound, cut or filled to the length of a take, its peak that of takes."""
    samples = round(take_s * RATE_HZ)
    gain = peak / float(np.abs(sound.audio).max())
    audio = np.zeros(samples, np.float32)
    audio[: len(sound.audio)] = gain * sound.audio[:samples]
    heard = 1.0 if sound.whole else min(1.0, len(sound.audio) / samples)
    return Target(audio, embedding(audio[None], RATE_HZ)[0], heard, gain)


def loaded(name_or_path: str, path: Path, folder: Path) -> tuple[Proxy, SampleSet]:
    """Return a synth's proxy and its recorded takes.

    Raises
    ------
    InputError
        There is no such profile, proxy or folder, or one of them is of another synth or version.
    """
    from models.proxies.bundle import load_proxy
    from models.proxies.faults import difference_of

    proxy = load_proxy(path)
    synth = synth_of_proxy(proxy, name_or_path, path)
    found = SampleSet.load(folder)
    if found.synth.name != synth.name:
        raise InputError(f"{folder}: holds takes of {found.synth.name}, not of {synth.name}; give the folder of these")
    if difference := difference_of(proxy.space, found.synth.space):
        raise InputError(f"{folder}: {difference}, so {path} is of other takes; make it again with: ghostnote proxy")
    return proxy, found


class SynthMatcher:
    """Finds settings of one synth, sound after sound.

    Parameters
    ----------
    proxy : Proxy
    found : SampleSet
        What was recorded of the synth.
    engine : Engine
        Plays it, at the rate of these takes.
    effort : Effort
    presets : sequence of Path
        Settings of others, each played once: TOML, or a DX7's SysEx.
    watch : callable
        Called with the part that is done of getting ready, 0..1.
    """

    def __init__(
        self,
        proxy: Proxy,
        found: SampleSet,
        engine: Engine,
        effort: Effort | None = None,
        presets: Sequence[Path] = (),
        watch: Watch = lambda share: None,
    ) -> None:
        self.proxy, self.found, self.effort = proxy, found, effort or Effort()
        self._rate_hz, self._embedding = engine.sample_rate, embedding_named(proxy.embedding)
        self._heard = HeardSynth(found.synth, engine, self._embedding)
        self.notes, preset_unit = _presets(presets, found)
        self._numbers = joint_takes(found)
        self._examples = examples_of(found, self._embedding, figures=False, watch=lambda share: watch(0.5 * share))
        self._estimator = self._estimated(lambda share: watch(0.5 + 0.5 * share))
        preset_rows = self._heard(preset_unit) if len(preset_unit) else self._examples.embedded[:0]
        self._unit = np.concatenate([self._examples.unit, preset_unit])
        self._rows = np.concatenate([self._examples.embedded, preset_rows])
        peaks = [found.taken[int(number)].peak for number in self._numbers if not found.taken[int(number)].silent]
        self._peak = min(float(np.median(peaks)), 1.0)

    def match(self, sound: OneShot, watch: Watch = lambda share: None) -> SynthMatch:
        """Return the nearest settings for a sound.

        Raises
        ------
        InputError
            The synth cannot be reached any longer.
        """
        from models.proxies.comparison import comparison_of
        from models.proxies.refine import Played, Search, refine

        target = target_of(sound, self._embedding, self.found.synth.take_s, self._peak)
        comparison = comparison_of(self.proxy.embedding, len(target.row), any_level=True, heard=target.heard)
        distances = comparison.distances(target.row, self._rows)
        near = distances.argsort(kind="stable")[:NEAREST]
        played = Played(self.proxy, comparison, target.row, self._unit[near], self._rows[near])
        first = self._hear_answers(played, comparison, target)
        renders = max(self.effort.renders - first, 0)
        found = refine(played, self._heard, renders, Search(seed=self.effort.seed), watch)
        retrieved, refined = self._audio_of(int(near[0])), self._heard.audio(found.unit[None])[0]
        louder_db = comparison.gain_db(target.row, found.row) + 20.0 * float(np.log10(target.gain))
        return SynthMatch(
            sound=sound,
            synth=self.found.synth,
            retrieved_unit=self._unit[near[0]],
            unit=found.unit,
            retrieved_db=apart_db(target, retrieved, self._rate_hz),
            refined_db=apart_db(target, refined, self._rate_hz),
            course=(float(distances[near[0]]), *found.course[:1] * first, *found.course[1:]),
            gain_db=louder_db,
            wanted=target.audio,
            retrieved=retrieved,
            refined=refined,
            rate_hz=self._rate_hz,
        )

    def _estimated(self, watch: Watch) -> Estimator | None:
        if self.effort.schedule == NO_ESTIMATOR:
            return None
        from models.proxies.comparison import comparison_of
        from models.proxies.estimator_fit import EstimatorSettings, fit_estimator

        examples: Examples = self._examples
        comparison = comparison_of(examples.embedding, examples.embedded.shape[1], any_level=True)
        settings = EstimatorSettings(self.effort.schedule, ESTIMATOR_STEPS, seed=self.effort.seed)
        return fit_estimator(examples, self.proxy, comparison, settings, watch)

    def _hear_answers(self, played: Played, comparison: Comparison, target: Target) -> int:
        """Play the answers of the estimator and of the proxy, and return how many these were."""
        answers = [] if self._estimator is None else [self._estimator.settings(target.row[None])[0]]
        if self.effort.guesses:
            answers.append(self._guessed(comparison, target))
        answers = [answer for answer in answers if played.is_new(answer[None])[0]][: self.effort.renders]
        for answer in answers:
            played.hear(answer, self._heard(answer[None])[0])
        return len(answers)

    def _guessed(self, comparison: Comparison, target: Target) -> Array:
        """Return the setting that the proxy takes for the nearest among many."""
        unit = joint_settings(self.found.synth, self.effort.guesses, self.effort.seed + 1)
        nearest: Array = unit[int(comparison.distances(target.row, self.proxy.predicted(unit)).argmin())]
        return nearest

    def _audio_of(self, place: int) -> Floats:
        """Return the take of a setting that was looked up: as recorded, or of a preset played again."""
        if place < len(self._numbers):
            return np.asarray(self.found.audio(self._numbers[[place]])[0])
        return np.asarray(self._heard.audio(self._unit[place][None])[0])


def _presets(paths: Sequence[Path], found: SampleSet) -> tuple[tuple[str, ...], Array]:
    """Return what is worth saying about some files of settings, and all their settings, (n, columns) of 0..1."""
    notes: list[str] = []
    unit = [np.zeros((0, len(found.synth.space)))]
    for path in paths:
        settings, said = read_settings(path, found.synth)
        notes += said
        unit.append(settings)
    return tuple(notes), np.concatenate(unit)


def apart_db(target: Target, audio: Floats, rate_hz: int) -> float:
    """Return how far a take is from a target at any level, dB: log-mel, 32 bands x 8 segments, mean difference."""
    from models.proxies.comparison import LEVELS, comparison_of

    comparison = comparison_of(Segments.name, LEVELS[Segments.name], any_level=True, heard=target.heard)
    wanted, row = Segments()(target.audio[None], RATE_HZ)[0], Segments()(audio[None], rate_hz)
    return float(comparison.distances(wanted, row)[0])
