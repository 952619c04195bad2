"""A shaped sine for percussion as a table: the harder the stroke, the further it reaches into the shape.

A sine goes through a shape, of which ``shape`` blends five: warm, fold, buzz, hollow, metal
(`synth.voices.shaper.shapes`). The index opens to ``index.peak`` at the stroke and falls to ``index.rest``; for a small
index a shape is nearly straight. Harmonics that would fold back at half the sample rate fade out of the shape::

    sweep ─▶ sine ─▶ shape (index) ─▶ decay ─▶ gain ─┐
    noise ─▶ band ─▶ noise.decay ─▶ noise.gain ──────┴─▶
"""

from synth.spec import Param, ParamSpace

SHAPER = ParamSpace(
    "shaper",
    (
        Param("freq", 20, 5000, "Hz", "log", 110, "pitch once it has settled", "pitch"),
        Param("sweep.amount", -1, 8, "ratio", "linear", 0, "how far above its pitch a stroke starts, as a multiple"),
        Param("sweep.decay", 5, 2000, "ms", "log", 60, "how long the pitch sweeps, to -60 dB", "decay"),
        Param("decay", 10, 10_000, "ms", "log", 600, "length of the tone, to -60 dB", "decay"),
        Param("gain", -60, 6, "dB", "linear", -4, "level of the tone", "level"),
        Param("shape", 0, 1, "", "linear", 0.25, "which shape: warm, fold, buzz, hollow, metal and between"),
        Param("index.peak", 0, 1, "", "linear", 0.8, "how far the stroke reaches into the shape: how bright"),
        Param("index.rest", 0, 1, "", "linear", 0.2, "how far its end still does"),
        Param("index.decay", 5, 10_000, "ms", "log", 250, "how long the index falls, to -60 dB", "decay"),
        Param("noise.freq", 100, 16_000, "Hz", "log", 4000, "middle of the blow's noise"),
        Param("noise.gain", -60, 6, "dB", "linear", -30, "level of the blow's noise", "level"),
        Param("noise.decay", 5, 2000, "ms", "log", 30, "length of the blow's noise, to -60 dB", "decay"),
    ),
)
"""The 12 parameters of the shaper."""
