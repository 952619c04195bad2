"""Struck strings, bars, bells and plates as a table: one stiffness leads from one to the other.

Partial k of 32 stands at k f0 sqrt(1 + B k^2), where B is the stiffness, and f0 is such that the first is at ``freq``.
At a B of 0.0001 it is a piano's string, at 0.4 a free bar, at 10 a marimba's bar, which is cut to 1 : 4 : 9. The
partials' shares add up to one; ``brightness``, ``even``, ``position`` and ``mallet`` shape them. The first rings for
``decay``, and one at twice its pitch shrinks (1 + 3 ``damping``) times as fast. A second bank, detuned, beats with the
first. Three bands of noise are the blow itself::

    mallet ─▶ 32 partials ──────────┐
         └──▶ 32 partials, detuned ─┼─▶
    noise ─▶ 3 bands ─▶ noise.decay ┘
"""

from synth.spec import Param, ParamSpace

MODAL = ParamSpace(
    "modal",
    (
        Param("freq", 20, 5000, "Hz", "log", 220, "pitch of the lowest partial", "pitch"),
        Param("stiffness", 1e-6, 10, "", "log", 0.4, "how far partials spread: a string, a bar, a bell, a plate"),
        Param("brightness", -24, 6, "dB", "linear", -6, "level of the partials, per octave"),
        Param("even", -40, 0, "dB", "linear", 0, "level of the even partials, beside the odd"),
        Param("position", 0.02, 0.5, "", "linear", 0.3, "where it is struck: the edge to the middle"),
        Param("mallet", 0.1, 20, "ms", "log", 1, "softness: how long the mallet touches, which dulls and rounds"),
        Param("decay", 20, 20_000, "ms", "log", 1000, "ring of the lowest partial, to -60 dB", "decay"),
        Param("damping", 1e-5, 1, "", "log", 0.03, "how much sooner high partials fade"),
        Param("detune", 0, 50, "cents", "linear", 5, "of the second bank: how fast the pair beats"),
        Param("pair", 0, 1, "ratio", "linear", 0, "level of the second bank, beside the first"),
        Param("gain", -60, 6, "dB", "linear", -3, "level of all partials", "level"),
        Param("noise.low", -60, 6, "dB", "linear", -20, "the blow around 300 Hz", "level"),
        Param("noise.mid", -60, 6, "dB", "linear", -20, "the blow around 1.2 kHz", "level"),
        Param("noise.high", -60, 6, "dB", "linear", -30, "the blow around 5 kHz", "level"),
        Param("noise.decay", 5, 2000, "ms", "log", 40, "length of the blow, to -60 dB", "decay"),
    ),
)
"""The 15 parameters of the modal voice."""
