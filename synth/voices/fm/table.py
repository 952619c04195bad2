"""Frequency modulation for percussion as a table: metal, wood, glass and bells from three sines.

Two modulators bend the phase of a carrier. Each has its pitch as a multiple of the carrier's, its index (how far it
bends, in radians: how bright) and its own decay, so a stroke begins bright and clears. The index is held where its
sidebands would fold back at half the sample rate. A preset chooses the ratios, and a mapping leaves them::

    sweep ─┬─▶ mod1 (ratio, index, decay) ─┐
           ├─▶ mod2 (ratio, index, decay) ─┤
           └──────────────────▶ carrier ◀──┘─▶ decay ─▶ gain ─┐
    noise ─▶ band ─▶ noise.decay ─▶ noise.gain ───────────────┴─▶
"""

from synth.spec import Param, ParamSpace

FM = ParamSpace(
    "fm",
    (
        Param("freq", 20, 5000, "Hz", "log", 220, "pitch once it has settled", "pitch"),
        Param("sweep.amount", -1, 8, "ratio", "linear", 0, "how far above its pitch a stroke starts, as a multiple"),
        Param("sweep.decay", 5, 2000, "ms", "log", 60, "how long the pitch sweeps, to -60 dB", "decay"),
        Param("decay", 10, 10_000, "ms", "log", 600, "length of the tone, to -60 dB", "decay"),
        Param("gain", -60, 6, "dB", "linear", -4, "level of the tone", "level"),
        Param("mod1.ratio", 0.1, 16, "ratio", "log", 1.4, "pitch of the first modulator, beside the carrier's"),
        Param("mod1.index", 0, 16, "", "linear", 3, "how far the first modulator bends: how bright"),
        Param("mod1.decay", 5, 10_000, "ms", "log", 300, "how long the first modulator bends, to -60 dB", "decay"),
        Param("mod2.ratio", 0.1, 16, "ratio", "log", 3.5, "pitch of the second modulator, beside the carrier's"),
        Param("mod2.index", 0, 16, "", "linear", 1, "how far the second modulator bends"),
        Param("mod2.decay", 5, 10_000, "ms", "log", 60, "how long the second modulator bends, to -60 dB", "decay"),
        Param("noise.freq", 100, 16_000, "Hz", "log", 4000, "middle of the blow's noise"),
        Param("noise.gain", -60, 6, "dB", "linear", -30, "level of the blow's noise", "level"),
        Param("noise.decay", 5, 2000, "ms", "log", 30, "length of the blow's noise, to -60 dB", "decay"),
    ),
)
"""The 14 parameters of the FM voice."""
