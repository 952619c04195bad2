"""White noise as a part."""

from __future__ import annotations

from typing import Any

from synth.dsp.noise import noise_at


def play_noise(key: Any, white: Any, age: int, out: Any) -> None:
    """Write the noise from sample ``age`` on: that of ``white`` where it is given, else that of ``key``."""
    if len(white) > 0:
        for i in range(len(out)):
            out[i] = white[age + i]
        return
    for i in range(len(out)):
        out[i] = noise_at(key, age + i)


def noise_value(key: Any, white: Any, sample: int) -> float:
    """Return one sample of the same noise, for what is random about a stroke."""
    if len(white) > 0:
        return float(white[sample])
    return float(noise_at(key, sample))
