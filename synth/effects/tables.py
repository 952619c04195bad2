"""What each effect can be told. Importing these tables loads neither torch nor a kernel."""

from __future__ import annotations

from synth.spec import Param, ParamSpace

LARGEST_GAIN_DB = 24.0
PEAKS = ("peak1", "peak2", "peak3", "peak4")
_PEAK_RANGES_HZ = ((40.0, 800.0, 200.0), (150.0, 3000.0, 700.0), (600.0, 8000.0, 2500.0), (2000.0, 16_000.0, 6000.0))
"""Lowest, highest and default: they overlap, so two peaks can work on one resonance of a drum."""


def _band(name: str, what: str, low_hz: float, high_hz: float, default_hz: float, sharpest: float) -> tuple[Param, ...]:
    return (
        Param(f"{name}.gain", -LARGEST_GAIN_DB, LARGEST_GAIN_DB, "dB", "linear", 0.0, f"gain of the {what}"),
        Param(f"{name}.freq", low_hz, high_hz, "Hz", "log", default_hz, f"frequency of the {what}"),
        Param(f"{name}.q", 0.1, sharpest, "Q", "log", 0.707, f"sharpness of the {what}"),
    )


EQ = ParamSpace(
    "eq",
    (
        *_band("low_shelf", "low shelf, where half its gain is reached", 20.0, 500.0, 100.0, 2.0),
        *(
            param
            for name, (low, high, default) in zip(PEAKS, _PEAK_RANGES_HZ, strict=True)
            for param in _band(name, f"bell {name[-1]}, at its middle", low, high, default, 10.0)
        ),
        *_band("high_shelf", "high shelf, where half its gain is reached", 1500.0, 16_000.0, 8000.0, 2.0),
    ),
)

COMPRESSOR = ParamSpace(
    "compressor",
    (
        Param("threshold", -60.0, 0.0, "dB", "linear", -18.0, "level above which it turns down, the knee's middle"),
        Param("ratio", 1.0, 20.0, "ratio", "log", 3.0, "dB above the threshold that come out as one"),
        Param("attack", 0.1, 100.0, "ms", "log", 5.0, "time in which 63 % of more reduction is reached"),
        Param("release", 5.0, 1000.0, "ms", "log", 80.0, "time in which 63 % of the reduction is given back"),
        Param("knee", 0.0, 24.0, "dB", "linear", 6.0, "width of the bend about the threshold"),
        Param("makeup", -12.0, 36.0, "dB", "linear", 0.0, "gain after it"),
    ),
)

AMP = ParamSpace(
    "amp",
    (
        Param("gain", 0.0, 10.0, "", "linear", 3.0, "how hard the first stage is driven"),
        Param("bass", 0.0, 10.0, "", "linear", 5.0, "tone stack below 120 Hz; 5 leaves it"),
        Param("middle", 0.0, 10.0, "", "linear", 5.0, "tone stack about 600 Hz; 5 leaves it"),
        Param("treble", 0.0, 10.0, "", "linear", 5.0, "tone stack above 2.5 kHz; 5 leaves it"),
        Param("master", 0.0, 10.0, "", "linear", 4.0, "how hard the power stage is driven"),
    ),
)

DECAYS = ("decay_low", "decay_mid", "decay_high")
ROOM = ParamSpace(
    "room",
    (
        Param("size", 2.0, 40.0, "m", "log", 8.0, "length of the room's edge"),
        Param("decay_low", 100.0, 10_000.0, "ms", "log", 1200.0, "time to -60 dB below 250 Hz"),
        Param("decay_mid", 100.0, 10_000.0, "ms", "log", 1000.0, "time to -60 dB in the middle"),
        Param("decay_high", 100.0, 10_000.0, "ms", "log", 500.0, "time to -60 dB above 4 kHz"),
        Param("early", -40.0, 12.0, "dB", "linear", -6.0, "level of the first reflections"),
        Param("mix", 0.0, 1.0, "", "linear", 0.25, "0 is the sound alone, 1 the room alone"),
    ),
)
