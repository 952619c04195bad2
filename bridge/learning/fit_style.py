"""What a controller has set, fitted to the recordings at hand: the mean spectrum by the equaliser, the level by a gain.

The controller hears styles, and knows no recording exactly. What is left of the difference of two mean spectra can be
told from the equaliser's own formulas: a few steps of least squares over its values bring it down, and after each the
effects are run again, since a compressor answers to what it is given. In between a few attacks are tried, as peaks are
heard and no spectrum has them. Nothing is learned, and torch is not needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.learning.style_sound import (
    DEPTHS_HZ,
    Portrait,
    Sound,
    centroid_hz,
    level_db,
    measured,
    portrait_of,
    run_chain,
)
from models.style.hearing import band_middles_hz
from synth.effects.chain import Chain
from synth.effects.effect import Effect
from synth.effects.registry import effect_kind
from synth.parts.coefficients import HIGHEST
from synth.spec import ParamSpace

Array = NDArray[np.float64]

ROUNDS = 4
LOOSE = 0.03
"""How much a value that moves over its whole range may take from a decibel of every band: values move where it pays."""
HEARD_DB = -75.0
"""Bands that are softer in both recordings do not count."""
LONGEST_S = 40.0
"""Of a longer recording so much from its middle is run again and again; only the level is then that of all."""
FASTER, ATTACKS_HEARD_S = (1.0, 4.0, 16.0), 10.0
"""By how much faster an attack is tried, and how much of a recording that is heard on."""
MOST_GAIN_DB, SHARPEST = 18.0, 4.0
"""What the fit asks of a band at most: sharper bells follow single tones of the reference, and no style."""
MARGIN = 1e-3
"""Of a range: the fit begins within it."""
BRIGHTNESS = 4.0
"""Decibels of every band that an octave of the centroid counts."""


def response_db(effect: Effect, values: Array, hz: Array, rate_hz: float) -> Array:
    """Return the gain of the equaliser at some frequencies, dB."""
    sections = effect.coefficients_of(values[None], rate_hz)[0].reshape(-1, 5)
    z = np.exp(-2j * np.pi * np.minimum(hz, HIGHEST * rate_hz) / rate_hz)
    powers = np.stack([np.ones_like(z), z, z * z])
    gain = np.ones(len(hz))
    for b0, b1, b2, a1, a2 in sections:
        gain = gain * np.abs(np.array([b0, b1, b2]) @ powers) / np.abs(np.array([1.0, a1, a2]) @ powers)
    return np.asarray(20.0 * np.log10(gain + 1e-12))


def fitted(sound: Sound, like: Portrait, chain: Chain, values: Array) -> Array:
    """Return values of a chain that bring a recording nearer to a reference, (n,) real units.

    Parameters
    ----------
    sound : Sound
        The recording.
    like : Portrait
        The reference.
    chain : Chain
        Its effects; without an ``eq`` or a make-up gain only the other one is fitted.
    values : (n,) floats
        Where to begin.
    """
    part = _middle(sound)
    eq, makeup = _place_of_eq(chain), _place_of_makeup(chain)
    values = values.copy()
    for number in range(ROUNDS if eq is not None else 0):
        if number == ROUNDS // 2:
            values = _timed(part, like, chain, values)
        own = portrait_of(run_chain(chain, values, part.audio, part.rate_hz), part.rate_hz)
        louder = 0.0
        if makeup is not None:
            # What the level lacks is the make-up gain's, as far as that goes; the rest is left to the equaliser.
            before, after = values[makeup], _within(chain, makeup, values[makeup] + like.level_db - own.level_db)
            values[makeup], louder = after, after - before
        values[eq] = _fitted_eq(values[eq], own, louder, like)
    if eq is None:
        values = _timed(part, like, chain, values)
    if makeup is not None:
        values[makeup] = _levelled(sound, like, chain, values, makeup)
    return values


def _timed(sound: Sound, like: Portrait, chain: Chain, values: Array) -> Array:
    """Return values with the attack that is best for the recordings.

    Slower ones let peaks past, quicker ones dull them, which the equaliser's next rounds make good. What a make-up gain
    has to add afterwards is added in the comparison.
    """
    names, part = chain.space.names, _middle(sound, ATTACKS_HEARD_S)
    column = next((place for place, name in enumerate(names) if name.endswith("attack")), None)
    if column is None:
        return values
    tries = []
    for faster in FASTER:
        one = values.copy()
        one[column] = _within(chain, column, values[column] / faster)
        own = portrait_of(run_chain(chain, one, part.audio, part.rate_hz), part.rate_hz)
        tries.append((measured(own.louder(like.level_db - own.level_db), like).whole, faster, one))
    return min(tries, key=lambda one: one[:2])[2]


def louder_alone(sound: Sound, like: Portrait, chain: Chain) -> Array | None:
    """Return values that only bring the level of a recording to a reference's; none where a chain cannot.

    What is set must be better than this, or a mere fader would do.
    """
    makeup = _place_of_makeup(chain)
    if makeup is None or not {kind.name for kind in chain.kinds} <= set(_STILL):
        return None
    values = np.concatenate([_still(kind.space, _STILL[kind.name]) for kind in chain.kinds])
    values[makeup] = _levelled(sound, like, chain, values, makeup)
    return values


_STILL: dict[str, dict[str, float]] = {"eq": {}, "compressor": {"ratio": 1.0}, "room": {"mix": 0.0}}
"""Effects that can leave a sound as it is, and the values, beside their defaults, with which they do."""


def _still(space: ParamSpace, values: dict[str, float]) -> Array:
    return np.array([values.get(param.name, param.default) for param in space])


def _levelled(sound: Sound, like: Portrait, chain: Chain, values: Array, makeup: int) -> float:
    """Return the make-up gain with which the whole recording is as loud as the reference, as far as it goes."""
    own = run_chain(chain, values, sound.audio, sound.rate_hz)
    return _within(chain, makeup, values[makeup] + like.level_db - level_db(own))


def _within(chain: Chain, column: int, value: float) -> float:
    param = chain.space.params[column]
    return float(np.clip(value, param.low, param.high))


def _middle(sound: Sound, longest_s: float = LONGEST_S) -> Sound:
    """Return the middle of a long recording."""
    size = int(longest_s * sound.rate_hz)
    start = max((sound.audio.shape[1] - size) // 2, 0)
    return Sound(sound.path, np.ascontiguousarray(sound.audio[:, start : start + size]), sound.rate_hz)


def _place_of_eq(chain: Chain) -> slice | None:
    """Return where the values of the first equaliser stand."""
    start = 0
    for kind in chain.kinds:
        if kind.name == "eq":
            return slice(start, start + len(kind.space))
        start += len(kind.space)
    return None


def _place_of_makeup(chain: Chain) -> int | None:
    """Return where the last make-up gain stands."""
    found = [column for column, name in enumerate(chain.space.names) if name.endswith(".makeup")]
    return found[-1] if found else None


def _gentle(space: ParamSpace) -> tuple[Array, Array]:
    """Return the ends that the fit has for each value, 0 to 1."""
    ends = [np.array([getattr(param, end) for param in space]) for end in ("low", "high")]
    for column, param in enumerate(space):
        if param.name.endswith(".gain"):
            ends[0][column], ends[1][column] = -MOST_GAIN_DB, MOST_GAIN_DB
        elif param.name.endswith(".q"):
            ends[1][column] = min(param.high, SHARPEST)
    return space.to_unit(ends[0]), space.to_unit(ends[1])


def _fitted_eq(values: Array, own: Portrait, louder_db: float, wanted: Portrait) -> Array:
    """Return values of an equaliser that take one portrait to another, as far as that pays.

    The depths count as bands do: a low shelf that no band sees would raise rumble. The fit begins where the values
    stand, and where an equaliser does nothing: the nearer end of the two counts.
    """
    from scipy.optimize import least_squares

    effect, rate_hz = effect_kind("eq").effect, 2.0 * own.top_hz
    space, middles = effect.space, band_middles_hz()
    held = int((middles < min(own.top_hz, wanted.top_hz)).sum())
    depths = len(wanted.depths_db)
    hz = np.concatenate([np.sqrt(DEPTHS_HZ[:-1] * DEPTHS_HZ[1:]), middles[:held]])
    own_db, wanted_db = (np.concatenate([one.depths_db, one.bands_db[:held]]) for one in (own, wanted))
    own_db = own_db + louder_db
    counts = np.maximum(wanted_db, own_db) > HEARD_DB
    before = response_db(effect, values, hz, rate_hz)
    brightness = np.log2(centroid_hz(wanted_db[depths:]))

    def errors(unit: Array, first: Array) -> Array:
        now = own_db - before + response_db(effect, np.asarray(space.from_unit(unit)), hz, rate_hz)
        apart = (now - wanted_db)[counts]
        brighter = BRIGHTNESS * np.sqrt(len(apart)) * (np.log2(centroid_hz(now[depths:])) - brightness)
        pulled = np.sqrt(LOOSE * len(apart) / len(unit)) * (unit - first)
        return np.concatenate([apart, [brighter], pulled])

    low, high = _gentle(space)
    starts = [np.clip(space.to_unit(one), low + MARGIN, high - MARGIN) for one in (values, space.defaults)]
    found = [least_squares(errors, one, bounds=(low, high), max_nfev=30, args=(one,)) for one in starts]
    return np.asarray(space.from_unit(min(found, key=lambda one: float(one.cost)).x))
