"""A hit becomes a strike: preset + amount x depth x modulation, joined and clamped here and nowhere else.

`Controls` is what a player turns while playing; `DrumMapping` is one drum's model with its controls.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bridge.events import Hit, Onset, PlayKey, Strike
from models.features.tables import ONSET_FEATURE_NAMES
from models.mapping.bundle import Bundle
from models.mapping.follower import Follower
from models.mapping.mapper import Mapper
from synth.spec import ParamSpace

GUESSED_ENDS = (0.02, 0.98)
"""A guess never says the softest or the loudest: a note that will sound has a velocity, and a stroke may be louder."""


@dataclass(slots=True)
class Controls:
    """What a player may turn while playing one drum.

    Parameters
    ----------
    amount : float
        0 (preset alone) to 4.
    parameter_amount : (n,) float64
        0 to 4, multiplied with ``amount``.
    locked : (n,) bool
        A locked parameter stays at its preset.
    feature_offset, feature_scale : (features,) float64
        Applied to the features relative to the reference stroke, in scaled units: ``scale * x + offset``.
    feature_invert : (features,) bool
        Turns a feature's effect around.
    follow_level, follow_decay : float
        0 to 1: how far the strike's loudness and decay answer the drum's directly, beside the model.
    softest_db, loudest_db : float
        Window levels that map to velocity 0 and 1.
    """

    amount: float
    parameter_amount: NDArray[np.float64]
    locked: NDArray[np.bool_]
    feature_offset: NDArray[np.float64]
    feature_scale: NDArray[np.float64]
    feature_invert: NDArray[np.bool_]
    follow_level: float = 0.0
    follow_decay: float = 0.0
    softest_db: float = -50.0
    loudest_db: float = -8.0

    @classmethod
    def neutral(cls, space: ParamSpace) -> Controls:
        """Return controls that leave the model alone."""
        count, features = len(space), len(ONSET_FEATURE_NAMES)
        return cls(
            amount=1.0,
            parameter_amount=np.ones(count),
            locked=np.zeros(count, dtype=np.bool_),
            feature_offset=np.zeros(features),
            feature_scale=np.ones(features),
            feature_invert=np.zeros(features, dtype=np.bool_),
        )


@dataclass(slots=True)
class DrumMapping:
    """One drum's learned mapping and its live controls.

    Parameters
    ----------
    key : PlayKey
        Whose mapping this is.
    bundle : Bundle
        The trained mapping.
    controls : Controls
        Read at every hit; numbers may be changed from another thread between hits.
    """

    key: PlayKey
    bundle: Bundle
    controls: Controls
    _mapper: Mapper = field(init=False)
    _follower: Follower = field(init=False)
    _preset_unit: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._mapper = Mapper(self.bundle)
        self._follower = Follower(self.bundle.following, self.bundle.space)
        self._preset_unit = self.bundle.preset.unit

    @property
    def space(self) -> ParamSpace:
        """The parameters this mapping moves."""
        return self.bundle.space

    def __call__(self, hit: Hit) -> Strike:
        """Return the strike of one hit. Audio thread: a few dozen small array operations, no lock, no file."""
        controls, heard = self.controls, self._mapper.relative(hit.features)
        modulation = self._mapper.modulation(self._bent(heard))
        values = self.space.from_unit(self._unit_values(modulation))
        self._follower.decays(heard, values, controls.follow_decay)
        gain_db = self._follower.gain_db(heard, values, controls.follow_level)
        return Strike(self.key, hit, values, modulation, gain_db, self.velocity(hit.level_db))

    def early(self, onset: Onset) -> Strike:
        """Return what a stroke will probably be: its level told from its first peak, its timbre the reference's."""
        return replace(self(self._guess(onset)), velocity=self._guessed_velocity(onset))

    def announced(self, onset: Onset) -> Strike:
        """Return the same for a note alone, without a value."""
        hit, none = self._guess(onset), np.empty(0)
        return Strike(self.key, hit, none, none, 0.0, self._guessed_velocity(onset))

    def _guessed_velocity(self, onset: Onset) -> float:
        low, high = GUESSED_ENDS
        return min(max(self.velocity(onset.level_db), low), high)

    def _guess(self, onset: Onset) -> Hit:
        heard = self.bundle.reference.copy()
        heard[0] = onset.level_db
        return Hit(onset.number, onset.channel, onset.onset, onset.detected, onset.detected, heard)

    def velocity(self, level_db: float) -> float:
        """Return 0..1 for a level between the drum's softest and loudest."""
        span_db = self.controls.loudest_db - self.controls.softest_db
        return min(max((level_db - self.controls.softest_db) / span_db, 0.0), 1.0)

    def _bent(self, relative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the features as the player's hand on them leaves them."""
        controls = self.controls
        sign = np.where(controls.feature_invert, -1.0, 1.0)
        return sign * controls.feature_scale * relative + controls.feature_offset

    def _unit_values(self, modulation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the preset moved by the modulation, clamped to 0..1."""
        controls = self.controls
        reach = controls.amount * controls.parameter_amount * self.bundle.preset.depths
        unit = self._preset_unit + np.where(controls.locked, 0.0, reach * modulation)
        return np.clip(unit, 0.0, 1.0)


def parameter_columns(space: ParamSpace, named: dict[str, float], key: str) -> NDArray[np.float64]:
    """Return (n,) amounts, 1 where not named; `InputError` names ``key`` and the near names."""
    columns = np.ones(len(space))
    for name, amount in named.items():
        columns[space.index(name, f"{key}: ")] = amount
    return columns
