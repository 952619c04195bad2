"""The snare of the 808 as a table, in the order of its signal flow.

Two bridged-T shells (``osc1``, ``osc2``) share a pitch sweep; the snappy is white noise through a high-pass. Each of
the three has its own envelope and gain, and their sum goes through a saturating amplifier that sets drive and level at
once::

    freq_env ──▶ osc1 ─▶ osc1_env ─▶ osc1_gain ─┐
             └─▶ osc2 ─▶ osc2_env ─▶ osc2_gain ─┼─▶ drive ─▶ tanh ─▶
    noise ─▶ noise_filter ─▶ noise_env ─▶ noise_gain ┘

`synth.voices.snare808.circuit` wires it.
"""

from synth.spec import Param, ParamSpace

SNARE808 = ParamSpace(
    "snare808",
    (
        Param("osc1.freq", 20, 2000, "Hz", "log", 180, "pitch of the low shell", "pitch"),
        Param("osc1.mod", -1, 2, "ratio", "linear", 0.4, "sweep of the low shell, in multiples of its pitch"),
        Param("osc2.freq", 20, 2000, "Hz", "log", 240, "pitch of the high shell", "pitch"),
        Param("osc2.mod", -1, 2, "ratio", "linear", 0.3, "sweep of the high shell, in multiples of its pitch"),
        Param("freq_env.decay", 10, 2000, "ms", "log", 50, "how long the pitch sweeps, to -60 dB", "decay"),
        Param("osc1_env.decay", 10, 2000, "ms", "log", 200, "ring of the low shell, to -60 dB", "decay"),
        Param("osc2_env.decay", 10, 2000, "ms", "log", 150, "ring of the high shell, to -60 dB", "decay"),
        Param("noise_env.decay", 10, 2000, "ms", "log", 200, "length of the snappy, to -60 dB", "decay"),
        Param("noise_filter.freq", 20, 20_000, "Hz", "log", 2500, "cutoff of the snappy's high-pass"),
        Param("noise_filter.q", 0.5, 10, "Q", "log", 2, "resonance of the snappy's high-pass"),
        Param("osc1_gain", -60, 6, "dB", "linear", -6, "level of the low shell", "level"),
        Param("osc2_gain", -60, 6, "dB", "linear", -12, "level of the high shell", "level"),
        Param("noise_gain", -60, 6, "dB", "linear", -4, "level of the snappy", "level"),
        Param("drive", -24, 24, "dB", "linear", -12, "gain into the saturation: bite and level at once"),
    ),
)
"""The 14 parameters of the snare: ranges as published for its differentiable original, curves for the ear."""
