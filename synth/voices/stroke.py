"""Strokes to listen to: how hard they are struck, alone with all of their ring, and in a row from soft to hard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synth.spec import ParamSpace
from synth.voices.registry import VoiceKind
from synth.voices.tr808.common import PLAIN_V, kick_of
from synth.voices.voice import Voice

SOFTEST, PLAIN, HARDEST = 1, 100, 127
"""Velocities as in MIDI; a plain stroke sounds as its values say."""
TRIGGER = "trigger"
"""The parameter of voices that are struck by a pulse: its voltage, which is the accent."""
LONGEST_S = 120.0
"""After this a voice that never falls silent is cut off."""

SHORTEST_S = 0.25
"""A stroke that is over sooner is followed by silence: players cut off shorter files, and meters misread them."""
SHORTEST_GAP_S = 0.25
"""Strokes that follow each other faster are not heard one by one."""
_PIECE_S = 1.0


def struck(space: ParamSpace, values: ArrayLike, velocity: float) -> tuple[NDArray[np.float64], float]:
    """Return the values and the gain of a stroke of some velocity, as `Voice.trigger` takes them.

    The level follows the square of the velocity, as MIDI recommends. Where a voice has a trigger, its voltage rises
    with the velocity over its whole range, so a harder stroke is another sound too; the gain makes up the rest.

    Parameters
    ----------
    space : ParamSpace
        The voice's table.
    values : (n,) floats
        Real units: of a plain stroke.
    velocity : float
        1 to 127; 100 is plain.

    Returns
    -------
    values : (n,) float64
    gain : float
        Linear.

    Examples
    --------
    >>> from synth.spec import Param
    >>> drum = ParamSpace("drum", (Param("trigger", 4, 14, "V", "linear", 9),))
    >>> struck(drum, drum.defaults, 100), struck(drum, drum.defaults, 127)[0]
    ((array([9.]), 1.0), array([14.]))
    """
    hard, gain = np.array(values, dtype=np.float64), (velocity / PLAIN) ** 2
    if TRIGGER not in space.names:
        return hard, gain
    column = space.index(TRIGGER)
    param = space.params[column]
    volts = float(np.interp(velocity, (SOFTEST, PLAIN, HARDEST), (param.low, PLAIN_V, param.high)))
    hard[column] = volts
    return hard, float(gain / kick_of(volts))


def whole_stroke(
    kind: VoiceKind,
    values: ArrayLike,
    sample_rate: float,
    gain: float = 1.0,
    seed: int = 0,
    tables: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return one stroke of a voice as long as it sounds, at least `SHORTEST_S`, (samples,) float64.

    Parameters
    ----------
    kind : VoiceKind
    values : (n,) floats
        Real units.
    sample_rate : float
        Hz.
    gain : float
        Linear.
    seed : int
        Of the noise.
    tables : array, optional
        As for `VoiceKind.streaming`.
    """
    stroke = _until_silent(kind.streaming(sample_rate, seed, 1, tables), [(values, gain)], sample_rate, 0.0)
    return np.pad(stroke, (0, max(round(SHORTEST_S * sample_rate) - len(stroke), 0)))


def strokes_in_a_row(
    kind: VoiceKind, strokes: Sequence[tuple[ArrayLike, float]], sample_rate: float, gap_s: float, seed: int = 0
) -> NDArray[np.float64]:
    """Return strokes that start ``gap_s`` after each other and ring over each other, until nothing sounds any more.

    Parameters
    ----------
    kind : VoiceKind
    strokes : sequence of (values, gain)
        As `Voice.trigger` takes them.
    sample_rate : float
        Hz.
    gap_s : float
    seed : int
        Of the noise.

    Returns
    -------
    (samples,) float64
    """
    return _until_silent(kind.streaming(sample_rate, seed, polyphony=len(strokes)), strokes, sample_rate, gap_s)


def _until_silent(
    voice: Voice, strokes: Sequence[tuple[ArrayLike, float]], sample_rate: float, gap_s: float
) -> NDArray[np.float64]:
    for place, (values, gain) in enumerate(strokes):
        voice.trigger(values, round(place * gap_s * sample_rate), gain)
    last_start_s = (len(strokes) - 1) * gap_s
    pieces: list[NDArray[np.float64]] = []
    while True:
        piece = np.zeros(round(_PIECE_S * sample_rate))
        voice.render(piece)
        pieces.append(piece)
        played_s = len(pieces) * _PIECE_S
        if (played_s > last_start_s + _PIECE_S and not piece.any()) or played_s >= LONGEST_S:
            break
    audio = np.concatenate(pieces)
    return audio[: int(np.flatnonzero(audio).max(initial=0)) + 1]


def soft_to_hard(
    kind: VoiceKind, values: ArrayLike, velocities: Sequence[int], sample_rate: float, longest_gap_s: float
) -> NDArray[np.float64]:
    """Return strokes of these velocities; each has time to ring, ``longest_gap_s`` at most.

    Parameters
    ----------
    kind : VoiceKind
    values : (n,) floats
        Real units: of a plain stroke.
    velocities : sequence of int
        1 to 127.
    sample_rate : float
        Hz.
    longest_gap_s : float

    Returns
    -------
    (samples,) float64
    """
    strokes = [struck(kind.space, values, velocity) for velocity in velocities]
    longest_s = max(len(whole_stroke(kind, hard, sample_rate, gain)) for hard, gain in strokes) / sample_rate
    return strokes_in_a_row(kind, strokes, sample_rate, min(max(longest_s, SHORTEST_GAP_S), longest_gap_s))
