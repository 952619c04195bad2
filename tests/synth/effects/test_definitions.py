"""What an effect's values mean, measured from what comes out, against definitions that are not its code."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from synth.effects import tables
from synth.effects.registry import effect_kind
from synth.effects.running import RunningEffect
from tests.synth.effects.sounds import RATES_HZ, Sound, some_values, streamed

RATE_HZ = 48_000.0


def running(name: str, rate_hz: float = RATE_HZ, *, channels: int = 1, **values: float) -> RunningEffect:
    kind = effect_kind(name)
    chosen = kind.space.defaults
    for param, value in values.items():
        chosen[kind.space.index(param)] = value
    return RunningEffect(kind.effect, chosen, rate_hz, channels)


def response_db(effect: RunningEffect, rate_hz: float, samples: int = 1 << 17) -> tuple[Sound, Sound]:
    """Return frequencies in Hz and the gain at each in dB, of an impulse."""
    impulse = np.zeros((1, samples))
    impulse[0, 0] = 1.0
    spectrum = np.abs(np.fft.rfft(streamed(effect, impulse)[0]))
    hz = np.asarray(np.fft.rfftfreq(samples, 1.0 / rate_hz), dtype=np.float64)
    return hz, np.asarray(20.0 * np.log10(spectrum + 1e-12), dtype=np.float64)


def analogue_db(band: str, gain_db: float, freq_hz: float, q: float, hz: Sound, rate_hz: float) -> Sound:
    """Return a band of the cookbook's analogue prototypes at the frequencies to which the bilinear transform moves."""
    s = 1j * np.tan(np.pi * hz / rate_hz) / np.tan(np.pi * freq_hz / rate_hz)
    a = 10.0 ** (gain_db / 40.0)
    if band.startswith("peak"):
        answer = (s * s + s * a / q + 1.0) / (s * s + s / (a * q) + 1.0)
    elif band == "low_shelf":
        answer = a * (s * s + np.sqrt(a) / q * s + a) / (a * s * s + np.sqrt(a) / q * s + 1.0)
    else:
        answer = a * (a * s * s + np.sqrt(a) / q * s + 1.0) / (s * s + np.sqrt(a) / q * s + a)
    return np.asarray(20.0 * np.log10(np.abs(answer)))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_equaliser_has_the_curves_of_the_cookbook(rate_hz: float) -> None:
    kind = effect_kind("eq")
    for values in some_values(kind, 6, seed=3):
        hz, measured = response_db(RunningEffect(kind.effect, values, rate_hz, 1), rate_hz)
        asked = np.zeros(len(hz) - 2)
        for place, band in enumerate(("low_shelf", *tables.PEAKS, "high_shelf")):
            gain_db, freq_hz, q = values[3 * place : 3 * place + 3]
            asked += analogue_db(band, gain_db, freq_hz, q, hz[1:-1], rate_hz)
        audible = asked > -60.0
        np.testing.assert_allclose(measured[1:-1][audible], asked[audible], rtol=0, atol=0.01)


def square(level_db: float, samples: int) -> Sound:
    """Return a sound of one level: its sign alternates."""
    sound: Sound = np.where(np.arange(samples) // 20 % 2, 1.0, -1.0)[None] * 10.0 ** (level_db / 20.0)
    return sound


def gain_db_of(effect: RunningEffect, sound: Sound) -> Sound:
    return np.asarray(20.0 * np.log10(np.abs(streamed(effect, sound)[0] / sound[0])))


@pytest.mark.parametrize("knee", [0.0, 6.0, 24.0])
@pytest.mark.parametrize("ratio", [1.5, 4.0, 20.0])
def test_a_level_that_lasts_is_turned_down_by_the_static_curve(knee: float, ratio: float) -> None:
    effect = running("compressor", threshold=-24.0, ratio=ratio, knee=knee, attack=1.0, makeup=3.0)
    for level in np.arange(-42.0, 0.1, 3.0):
        effect.reset()
        over = level + 24.0
        bend = min(max(over + 0.5 * knee, 0.0), knee)
        beyond = max(over - 0.5 * knee, 0.0)
        reduction = (1.0 - 1.0 / ratio) * (beyond + (bend * bend / (2.0 * knee) if knee else 0.0))
        assert gain_db_of(effect, square(level, 4800))[-1] == pytest.approx(3.0 - reduction, abs=0.01)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("ms", [5.0, 20.0, 80.0])
def test_attack_and_release_take_their_time_to_63_percent(rate_hz: float, ms: float) -> None:
    samples = int(rate_hz * ms * 0.02)  # 20 of its times
    effect = running("compressor", rate_hz, threshold=-30.0, ratio=10.0, knee=0.0, attack=ms, release=ms)
    gain = gain_db_of(effect, np.hstack([square(0.0, samples), square(-50.0, samples)]))
    most = -gain[samples - 1]
    for reached in (-gain[:samples] / most, 1.0 + gain[samples:] / most):
        after = np.interp(1.0 - np.exp(-1.0), reached, np.arange(1, samples + 1))
        assert after / rate_hz * 1000.0 == pytest.approx(ms, rel=0.01)


def test_both_channels_are_turned_down_alike() -> None:
    sound = np.vstack([square(0.0, 4800), square(-40.0, 4800)])
    out = streamed(running("compressor", channels=2, threshold=-30.0), sound)
    np.testing.assert_allclose(out[0] / sound[0], out[1] / sound[1], rtol=1e-12)


def test_a_key_turns_down_what_it_does_not_sound_in() -> None:
    sound, key = square(-40.0, 4800), square(0.0, 4800)[0]
    effect = running("compressor", threshold=-20.0, ratio=20.0, knee=0.0)
    assert 20.0 * np.log10(np.abs(streamed(effect, sound, key=key)[0, -1] / sound[0, -1])) == pytest.approx(
        -19.0, abs=0.1
    )


def decay_ms(sound: Sound, rate_hz: float, low_hz: float, high_hz: float) -> float:
    """Return how long a band takes to fall by 60 dB, from its fall from -5 to -35 dB of what is left to come."""
    band = sosfilt(butter(3, [low_hz, high_hz], "band", fs=rate_hz, output="sos"), sound)
    left = np.cumsum(band[::-1] ** 2)[::-1]
    level = 10.0 * np.log10(left / left[0] + 1e-12)
    return float((np.argmax(level < -35.0) - np.argmax(level < -5.0)) / rate_hz * 2000.0)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("size", [3.0, 10.0, 30.0])
def test_each_band_of_a_room_dies_in_its_time(rate_hz: float, size: float) -> None:
    low, mid, high = 2000.0, 1200.0, 700.0
    impulse = np.zeros((1, int(4.0 * rate_hz)))
    impulse[0, 0] = 1.0
    effect = running("room", rate_hz, size=size, early=-40.0, mix=1.0, decay_low=low, decay_mid=mid, decay_high=high)
    tail = streamed(effect, impulse)[0]
    # A band of few modes, or between two decay times, is no straight line.
    assert decay_ms(tail, rate_hz, 20.0, 60.0) == pytest.approx(low, rel=0.15)
    assert decay_ms(tail, rate_hz, 700.0, 1400.0) == pytest.approx(mid, rel=0.05)
    assert decay_ms(tail, rate_hz, 8000.0, 11_000.0) == pytest.approx(high, rel=0.25)


def test_a_room_never_grows() -> None:
    kind = effect_kind("room")
    for corner in np.array(np.meshgrid(*[[0, 1]] * 3)).reshape(3, -1).T:
        values = kind.space.from_unit(np.array([0.0, *corner, 0.0, 1.0]))
        noise = np.zeros((2, 96_000))
        noise[:, :2000] = np.random.default_rng(4).normal(size=(2, 2000))
        out = streamed(RunningEffect(kind.effect, values, RATE_HZ, 2), noise)
        # Within bounds after a second, whichever bands last: the beginning of a tail is the loudest of it.
        early, late = (np.square(out[:, a : a + 24_000]).mean() for a in (2000, 72_000))
        assert late < early


def test_a_harder_stroke_bends_more_in_the_amp() -> None:
    samples = 48_000
    tone = np.sin(2.0 * np.pi * 200.0 * np.arange(samples) / RATE_HZ)[None]
    shares = []
    for level in (0.01, 0.1, 0.8):
        out = streamed(running("amp", gain=6.0), level * tone)[0]
        spectrum = np.abs(np.fft.rfft(out[samples // 2 :] * np.hanning(samples // 2)))
        main = spectrum[98:103].max()
        shares.append(max(spectrum[198:203].max(), spectrum[298:303].max()) / main)
    assert shares[0] < shares[1] < shares[2]
    assert shares[0] < 0.06


def test_what_the_amp_folds_back_is_far_down() -> None:
    samples = 1 << 16
    place = 5461  # of 65 536: 4 kHz, whose harmonics do not meet what folds back
    tone = 0.8 * np.sin(2.0 * np.pi * place * np.arange(2 * samples) / samples)[None]
    out = streamed(running("amp", gain=10.0, master=10.0), tone)[0, samples:]
    spectrum = np.abs(np.fft.rfft(out))
    harmonics = np.arange(0, samples // 2, place)
    folded = np.delete(spectrum, harmonics)
    assert 20.0 * np.log10(folded.max() / spectrum[place]) < -40.0
