"""Fit a voice to a recording of one hit: presets and guesses in, the values that sound most like it out.

Guesses are judged and bred; the best go down the gradients of `models.training.match_loss` together, first over the
beginning of the sound, then over all of it, fewer from stage to stage. The best is polished without gradients, on the
distance that counts. The noise is one realisation for all of this. What is left is judged with others, so nothing is
chosen because its noise happens to fit.

The work is counted in samples, not in seconds: so the same sound gives the same values, whatever else the machine does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.features.likeness import Likeness, loudness
from models.training.match_loss import MatchLoss, Weights
from models.training.match_sound import RATE_HZ, clear_pitch_hz, decay_ms, partials_hz
from models.training.match_starts import Guesses, Units, distinct, evolved
from models.training.optimiser import Adam, cosine
from models.training.threads import one_thread_per_call
from synth.dsp.noise import white_noise
from synth.spec import ParamSpace
from synth.voices.presets import load_preset, preset_names
from synth.voices.registry import VoiceKind

COMPARED_S = 2.0
"""Of a sound; what comes later is not compared."""
AFTER_S = 0.1
"""Silence behind a sound that has faded: a voice that rings on there must be told."""
FIRST_S = 0.5
"""What guesses are judged by."""
PRICE = 0.02
"""Of a parameter's way from its default, in ranges: what a sound does not tell stays as the voice has it."""
PER_SEMITONE_DB, MOST_SEMITONES = 1.0, 3.0
"""What a wrong pitch adds to a distance where sounds are ranked: bands of a third octave do not tell one."""
STRUCK = "trigger"
"""The parameter by which a voice is struck harder: that is the player's, and stays as it is."""

POPULATION, GENERATIONS, PARENTS = 192, 4, 48
WORK_SAMPLES, WORK_PARAMETERS = 27_000_000, 15
"""In all stages together, each sample of each sound and step; fewer for a voice with more parameters, as its samples
cost more."""
NOISE_SEED, JUDGING_SEEDS = 17, (18, 19)
_ROWS_AT_ONCE = 16

POLISH_ROUNDS, POLISH_SAMPLES = 8, 6_000_000
"""Rounds of `polished` at most, and the samples of its sounds in all."""
_POLISH_SPREAD, _POLISH_MOVED = (0.08, 0.005), 0.3
_PURE = 1e-6


class Stage(NamedTuple):
    """A part of the descent.

    Parameters
    ----------
    rows : int
        How many sounds go down.
    steps : int
        At most.
    share : float
        Of the work.
    rate : float
        The learning rate; it falls to nothing in the last stage only.
    begin, end : Weights
        What counts at its begin and at its end.
    """

    rows: int
    steps: int
    share: float
    rate: float
    begin: Weights
    end: Weights


STAGES = (
    Stage(6, 60, 0.4, 0.04, Weights(1.0, 0.0, 0.3), Weights(1.0, 0.0, 0.3)),
    Stage(3, 80, 0.3, 0.02, Weights(1.0, 0.0, 1.0), Weights(0.0, 1.0, 1.0)),
    Stage(1, 200, 0.3, 0.01, Weights(0.1, 0.3, 1.0), Weights(0.1, 0.3, 1.0)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """A voice that was fitted to a sound.

    Parameters
    ----------
    values : (n,) float64
        Real units.
    before_db, after_db : float
        The distances of the voice's default and of the values; see `models.features.likeness`.
    before, after : (samples,) float32
        How both sound, at `RATE_HZ`, with noise that the fit did not hear.
    """

    values: NDArray[np.float64]
    before_db: float
    after_db: float
    before: NDArray[np.float32]
    after: NDArray[np.float32]


class Fitting:
    """A voice beside a sound.

    Parameters
    ----------
    kind : VoiceKind
    audio : (n,) float32
        The sound from its onset on, at `RATE_HZ`.
    whole : bool
        Whether it has faded at its end; otherwise it is compared up to there.

    Raises
    ------
    InputError
        The voice has no gradients.
    """

    def __init__(self, kind: VoiceKind, audio: NDArray[np.float32], whole: bool) -> None:
        self.space: ParamSpace = kind.space
        self._voice = kind.learnable()
        self.default = _tensor(self.space.to_unit(self.space.defaults))
        longest = round(COMPARED_S * RATE_HZ)
        sound = audio[:longest]
        self.judged_samples = longest if whole else len(sound)
        self.samples = min(len(sound) + round(AFTER_S * RATE_HZ), longest) if whole else len(sound)
        self.first_samples = min(self.samples, round(FIRST_S * RATE_HZ))
        padded = torch.zeros(longest)
        padded[: len(sound)] = torch.from_numpy(sound)
        self.all, self.first = (MatchLoss(padded[:end], RATE_HZ) for end in (self.samples, self.first_samples))
        self.judge = Likeness(padded[: self.judged_samples], RATE_HZ)
        self._pitch_hz = clear_pitch_hz(sound)
        self._noises = {seed: _noise(seed, longest) for seed in (NOISE_SEED, *JUDGING_SEEDS)}

    def sounds(self, unit: Tensor, samples: int, seed: int = NOISE_SEED) -> Tensor:
        """Return the (batch, samples) sounds of (batch, n) values in 0..1."""
        return self._voice.render(self.space.from_unit(unit), self._noises[seed], RATE_HZ, samples)

    @torch.no_grad()
    def distances(
        self, units: Units, likeness: Likeness, seed: int = NOISE_SEED, pitched: bool = False
    ) -> NDArray[np.float64]:
        """Return the (rows,) distances of (rows, n) values in 0..1; ``pitched`` with what a wrong pitch adds."""
        found = []
        for part in np.split(units, range(_ROWS_AT_ONCE, len(units), _ROWS_AT_ONCE)):
            sounds = self.sounds(_tensor(part), likeness.samples, seed)
            distances = likeness.decibels(sounds).double().numpy()
            found.append(distances + self._off_pitch_db(sounds.numpy()) if pitched else distances)
        return np.concatenate(found)

    def _off_pitch_db(self, sounds: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what the pitches of (rows, n) sounds add to their distances; nothing where the sound has none."""
        if self._pitch_hz is None:
            return np.zeros(len(sounds))
        pitches_hz = [clear_pitch_hz(sound) for sound in sounds]
        ratios = np.array([MOST_SEMITONES if hz is None else hz / self._pitch_hz for hz in pitches_hz])
        return np.asarray(PER_SEMITONE_DB * np.minimum(np.abs(12.0 * np.log2(ratios)), MOST_SEMITONES))

    def judged(self, units: Units, pitched: bool = False) -> NDArray[np.float64]:
        """Return the (rows,) distances that count: over all that is compared, with noise that no step heard."""
        each = [self.distances(units, self.judge, seed, pitched) for seed in JUDGING_SEEDS]
        return np.asarray(np.mean(each, axis=0), np.float64)

    @torch.no_grad()
    def one(self, unit: NDArray[np.float64], samples: int) -> NDArray[np.float32]:
        """Return one sound with noise that no step heard, (samples,)."""
        return self.sounds(_tensor(unit[None]), samples, JUDGING_SEEDS[0])[0].numpy()


def _noise(seed: int, samples: int) -> Tensor:
    return torch.from_numpy(white_noise(seed, 0, samples)).float()[None]


def _tensor(units: Units) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(units, np.float32))


def match(
    audio: NDArray[np.float32],
    whole: bool,
    kind: VoiceKind,
    seed: int = 0,
    effort: float = 1.0,
    watch: Callable[[float], object] = lambda share: None,
) -> Matched:
    """Fit a voice to a sound.

    Parameters
    ----------
    audio : (n,) float32
        The sound from its onset on, at `RATE_HZ`.
    whole : bool
        Whether it has faded at its end.
    kind : VoiceKind
    seed : int
        Of the guesses.
    effort : float
        Times the usual work.
    watch : callable, optional
        Hears the share that is done.

    Raises
    ------
    InputError
        The voice has no gradients.
    """
    with one_thread_per_call():
        fitting = Fitting(kind, audio, whole)
        presets = _presets(kind.space)
        gains = pure_gains(fitting, presets[0])
        names = kind.space.names
        held = sorted({*gains, *(column for column, name in enumerate(names) if name == STRUCK)})
        units = _begun(fitting, presets, held, audio, seed, effort)
        watch(0.2)
        finalists = [presets[:1]]
        done = 0.2
        for stage in STAGES:
            units = _descended(fitting, units, held, stage, effort)
            finalists.append(units)
            done += stage.share * 0.8
            watch(done)
        finalists.append(polished(fitting, units[0], held, np.random.default_rng(seed), effort)[None])
        everyone = np.concatenate(finalists)
        nearest = int(fitting.judged(everyone, pitched=True).argmin())
        before_db, after_db = fitting.judged(everyone[[0, nearest]]).tolist()
        best = _as_loud(fitting, everyone[nearest], presets[0], gains)
        samples = fitting.judged_samples
        before, after = fitting.one(presets[0], samples), fitting.one(best, samples)
        return Matched(kind.space.from_unit(best), before_db, after_db, before, after)


def _presets(space: ParamSpace) -> Units:
    """Return the voice's default and the presets that ship for it, as rows of 0..1."""
    patches = [load_preset(name, space).unit for name in preset_names(space)]
    return np.array([space.to_unit(space.defaults), *patches]).clip(0.0, 1.0)


@torch.no_grad()
def pure_gains(fitting: Fitting, unit: NDArray[np.float64]) -> list[int]:
    """Return the columns of levels that change nothing but how loud the whole sound is."""
    space, rows = fitting.space, [unit]
    columns = [column for column, param in enumerate(space) if param.role == "level"]
    for column in columns:
        row = unit.copy()
        row[column] += 0.1 if unit[column] < 0.5 else -0.1
        rows.append(row)
    sounds = fitting.sounds(torch.from_numpy(np.array(rows)), fitting.first_samples)
    shapes = sounds / (sounds.norm(dim=-1, keepdim=True) + 1e-30)
    changed = (shapes[1:] - shapes[0]).abs().amax(-1) > _PURE
    moved = (sounds[1:] - sounds[0]).abs().amax(-1) > _PURE * sounds[0].abs().max()
    return [column for column, one, other in zip(columns, changed, moved, strict=True) if other and not one]


def _begun(
    fitting: Fitting, presets: Units, held: Sequence[int], audio: NDArray[np.float32], seed: int, effort: float
) -> Units:
    """Return the guesses from which to descend, the best first."""
    default_hz = clear_pitch_hz(fitting.one(presets[0], fitting.first_samples))
    rng = np.random.default_rng(seed)
    guesses = Guesses(fitting.space, presets, held, partials_hz(audio), default_hz, decay_ms(audio), rng)

    def judge(units: Units) -> NDArray[np.float64]:
        return fitting.distances(units, fitting.first.likeness)

    population, parents = (max(round(count * min(effort, 1.0)), 8) for count in (POPULATION, PARENTS))
    return distinct(evolved(guesses, judge, population, GENERATIONS, parents), STAGES[0].rows)


def _descended(fitting: Fitting, units: Units, held: Sequence[int], stage: Stage, effort: float) -> Units:
    """Return what a stage makes of the best rows, the best first."""
    loss = fitting.first if stage is STAGES[0] else fitting.all
    rows = units[: stage.rows]
    samples = loss.likeness.samples
    work = stage.share * WORK_SAMPLES * min(1.0, WORK_PARAMETERS / len(fitting.space))
    steps = min(stage.steps, round(work / (len(rows) * samples)))
    steps = max(round(steps * effort), 1)
    unit = _tensor(rows).requires_grad_()
    kept = unit.detach()[:, held].clone()
    optimizer = Adam([unit])
    for step in range(steps):
        done = step / steps
        weights = Weights(*(a + (b - a) * done for a, b in zip(stage.begin, stage.end, strict=True)))
        losses = loss(fitting.sounds(unit, samples), weights) + PRICE * (unit - fitting.default).abs().sum(-1)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        _clean(unit, held)
        optimizer.step(stage.rate * (cosine(done) if stage is STAGES[-1] else 1.0))
        with torch.no_grad():
            unit.clamp_(0.0, 1.0)
            unit[:, held] = kept
    found = unit.detach().double().numpy()
    return found[np.argsort(fitting.distances(found, loss.likeness, pitched=True), kind="stable")]


def polished(
    fitting: Fitting, unit: NDArray[np.float64], held: Sequence[int], rng: np.random.Generator, effort: float
) -> NDArray[np.float64]:
    """Return values that are nearer to the sound, after steps at random, ever smaller, of which the best is taken."""
    likeness = fitting.all.likeness
    rounds = min(POLISH_ROUNDS, POLISH_SAMPLES // (_ROWS_AT_ONCE * likeness.samples))
    rounds = max(round(rounds * min(effort, 4.0)), 1)
    nearest = float(fitting.distances(unit[None], likeness, pitched=True)[0])
    for spread in np.geomspace(*_POLISH_SPREAD, rounds):
        moved = rng.random((_ROWS_AT_ONCE, len(unit))) < _POLISH_MOVED
        tries = unit + spread * moved * rng.standard_normal(moved.shape)
        tries = np.where(tries > 1.0, 2.0 - tries, np.abs(tries)).clip(0.0, 1.0)
        tries[:, held] = unit[held]
        distances = fitting.distances(tries, likeness, pitched=True)
        best = int(distances.argmin())
        if distances[best] < nearest:
            unit, nearest = tries[best], float(distances[best])
    return unit


def _clean(unit: Tensor, held: Sequence[int]) -> None:
    """Leave no slope on what is held, and none that is no number."""
    if unit.grad is not None:
        unit.grad.nan_to_num_(0.0, 0.0, 0.0)
        unit.grad[:, held] = 0.0


def _as_loud(
    fitting: Fitting, unit: NDArray[np.float64], default: NDArray[np.float64], gains: Sequence[int]
) -> NDArray[np.float64]:
    """Return values that are as loud as the voice's default, as far as a level that does nothing else allows."""
    if not gains:
        return unit
    sounds = torch.from_numpy(np.stack([fitting.one(row, fitting.first_samples) for row in (default, unit)]))
    wanted, there = loudness(sounds, RATE_HZ)[:, 0].tolist()
    values = fitting.space.from_unit(unit)
    param = fitting.space.params[gains[0]]
    values[gains[0]] = np.clip(values[gains[0]] + 20.0 * np.log10(wanted / there), param.low, param.high)
    return fitting.space.to_unit(values)
