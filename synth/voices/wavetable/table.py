"""A wavetable oscillator for percussion as a table: a stroke travels along a row of single periods.

The stroke begins at ``morph.start`` of the row and settles at ``morph.end``, so its timbre moves. The tables are no
parameters: they ship (`synth.voices.wavetable.waves`), or are learned from a recording::

    sweep, morph ─▶ tables ─▶ decay ─▶ gain ─────┐
    noise ─▶ band ─▶ noise.decay ─▶ noise.gain ──┴─▶
"""

from synth.spec import Param, ParamSpace

WAVETABLE = ParamSpace(
    "wavetable",
    (
        Param("freq", 20, 5000, "Hz", "log", 110, "pitch once it has settled", "pitch"),
        Param("sweep.amount", -1, 8, "ratio", "linear", 0, "how far above its pitch a stroke starts, as a multiple"),
        Param("sweep.decay", 5, 2000, "ms", "log", 60, "how long the pitch sweeps, to -60 dB", "decay"),
        Param("decay", 10, 10_000, "ms", "log", 800, "length of the tone, to -60 dB", "decay"),
        Param("gain", -60, 6, "dB", "linear", -1, "level of the tone", "level"),
        Param("morph.start", 0, 1, "", "linear", 0.71, "where in the row of tables a stroke begins"),
        Param("morph.end", 0, 1, "", "linear", 0.15, "where in the row its timbre settles"),
        Param("morph.decay", 5, 10_000, "ms", "log", 300, "how long the timbre moves, to -60 dB", "decay"),
        Param("noise.freq", 100, 16_000, "Hz", "log", 4000, "middle of the blow's noise"),
        Param("noise.gain", -60, 6, "dB", "linear", -30, "level of the blow's noise", "level"),
        Param("noise.decay", 5, 2000, "ms", "log", 30, "length of the blow's noise, to -60 dB", "decay"),
    ),
)
"""The 11 parameters of the wavetable voice."""
