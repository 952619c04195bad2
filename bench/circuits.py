"""The 808's numbers, asked beside measured: ``python -m bench.circuits`` prints the table of docs/notes/808.md.

Each row asks a voice for one number that is published of the real circuit, renders a stroke at 48 kHz in which the
other parts are silent, and measures the number in the audio: pitch by the peak of a windowed spectrum, a ring by the
slope of the envelope in dB, a band by the spectrum of noise or squares over what goes into it. Sources of the numbers:
Roland's service notes, Werner, Abel and Smith (DAFx-14, ICMC-14), and measurements published since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench import circuit_bands
from bench.circuit_measures import Row, fall_of_noise, falls_to, pitch, ring
from bench.report import asked, head, heading, line
from synth.voices.circuit import Circuit
from synth.voices.tr808 import (
    bass_drum,
    claves,
    cow_bell,
    hand_clap,
    maracas,
    metals,
    rim_shot,
    snare_drum,
    toms,
)


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    asked(__doc__, words)
    print(heading(0))
    print()
    head("voice", "number", "asked", "measured", "within")
    out = 0
    for row in rows():
        found = row.measured()
        out += not row.holds(found)
        limit = f"{row.within:.0%}" if row.share else f"{row.within:g} {row.unit}"
        verdict = limit if row.holds(found) else f"OUT of {limit}"
        line(row.circuit.space.name, row.what, f"{row.number:g} {row.unit}", f"{found:.4g}", verdict)
    print(f"\n{out} outside")


def _frequency(circuit: Circuit, name: str, number: float, silent: Mapping[str, float], from_ms: float = 0.0) -> Row:
    within, share = (0.01, True) if number > 200 else (1.0, False)
    values = {**silent, name: number}
    return Row(circuit, name, number, "Hz", values, pitch(number / 1.5, number * 1.5, from_ms), within, share)


def _decay(circuit: Circuit, name: str, number: float, silent: Mapping[str, float]) -> Row:
    return Row(circuit, name, number, "ms", {**silent, name: number}, ring(), 0.05, True)


def rows() -> Iterator[Row]:
    """Yield all rows."""
    yield from _bass_drum()
    yield from _snare_drum()
    yield from _toms()
    yield from _short_ones()
    yield from _noises()
    yield from _metals()
    yield from circuit_bands.rows()


def _bass_drum() -> Iterator[Row]:
    quiet = {"click.level": -60.0, "attack.depth": 0.0, "sigh.depth": 0.0, "tone.freq": 12_000.0, "drive": -24.0}
    for freq_hz in (49.5, 56.0, 48.0):
        yield _frequency(bass_drum.CIRCUIT, "body.freq", freq_hz, {**quiet, "body.decay": 3000.0})
    for decay_ms in (105.0, 209.0, 419.0, 1047.0, 1220.0):
        yield _decay(bass_drum.CIRCUIT, "body.decay", decay_ms, quiet)


def _snare_drum() -> Iterator[Row]:
    circuit, still = snare_drum.CIRCUIT, {"click.level": -60.0, "snappy.level": -60.0, "drive": -24.0}
    low, high = {**still, "high.level": -60.0}, {**still, "low.level": -60.0}
    for freq_hz in (173.3, 249.6, 238.0, 177.0):
        yield _frequency(circuit, "low.freq", freq_hz, low)
    for freq_hz in (336.0, 499.0, 476.0, 315.4):
        yield _frequency(circuit, "high.freq", freq_hz, high)
    yield _decay(circuit, "low.decay", 206.0, {**low, "low.freq": 173.3})
    yield _decay(circuit, "high.decay", 65.0, {**high, "high.freq": 336.0})
    snappy = {**still, "low.level": -60.0, "high.level": -60.0, "snappy.level": 0.0, "snappy.tail": -60.0}
    values = {**snappy, "snappy.decay": 75.0 * 6.907755}
    yield Row(circuit, "snappy.decay as a time constant", 75.0, "ms", values, fall_of_noise(10, 160), 0.05, True)


def _toms() -> Iterator[Row]:
    published = (
        (toms.LOW_TOM, (80.0, 90.0, 100.0, 87.0), 390.0 * 1.5),
        (toms.MID_TOM, (120.0, 135.0, 160.0, 131.0), 230.0 * 1.5),
        (toms.HIGH_TOM, (165.0, 185.0, 220.0, 196.0), 180.0 * 1.5),
        (toms.LOW_CONGA, (165.0, 185.0, 220.0), 390.0 * 1.5),
        (toms.MID_CONGA, (250.0, 280.0, 310.0), 230.0 * 1.5),
        (toms.HIGH_CONGA, (370.0, 400.0, 455.0), 180.0 * 1.5),
    )
    for circuit, freqs_hz, decay_ms in published:
        still = {"click.level": -60.0, "bend.depth": 0.0, "drive": -24.0}
        still |= {"skin.level": -60.0} if "skin.level" in circuit.space.names else {}
        for freq_hz in freqs_hz:
            yield _frequency(circuit, "body.freq", freq_hz, still)
        yield _decay(circuit, "body.decay", decay_ms, still)


def _short_ones() -> Iterator[Row]:
    linear = {"clip.drive": -12.0, "clip.bias": 0.0, "highpass": 100.0, "lowpass": 20_000.0, "gate.decay": 200.0}
    linear |= {"gate.floor": 0.003}
    low, high = {**linear, "high.level": -24.0}, {**linear, "low.level": -24.0}
    for freq_hz in (452.5, 455.0, 461.0):
        yield _frequency(rim_shot.CIRCUIT, "low.freq", freq_hz, {**low, "low.decay": 100.0})
    for freq_hz in (1786.0, 1667.0, 1788.0):
        yield _frequency(rim_shot.CIRCUIT, "high.freq", freq_hz, {**high, "high.decay": 100.0})
    still = {"click.level": -60.0, "gate.floor": 0.001, "drive": -24.0}
    for freq_hz in (2526.0, 2500.0):
        yield _frequency(claves.CIRCUIT, "body.freq", freq_hz, still)
    yield _decay(claves.CIRCUIT, "body.decay", 45.0, {**still, "gate.width": 0.1})


def _noises() -> Iterator[Row]:
    clap = hand_clap.CIRCUIT
    tail = {"tail.slow": -40.0, "tail.level": 0.0, "last.level": -24.0, "bursts.decay": 5.0, "last.decay": 20.0}
    values = {**tail, "tail.decay": 330.0 * 6.907755}
    yield Row(clap, "tail.decay as a time constant", 330.0, "ms", values, fall_of_noise(120, 620), 0.05, True)
    values = {"swell.time": 1.0, "swell.curve": 1.0, "body.decay": 38.0 * 1.5, "gate.floor": 0.001}
    yield Row(maracas.CIRCUIT, "1 % after", 39.0, "ms", values, falls_to(0.01), 0.1, True)


def _metals() -> Iterator[Row]:
    for number, freq_hz in enumerate((205.3, 304.4, 369.6, 522.7, 540.0, 800.0), 1):
        others = {f"bank.freq{k}": 1900.0 for k in range(1, 7) if k != number}
        values = {**others, f"bank.freq{number}": freq_hz, "low.rise": 20.0, "low.bloom": 0.0, "low.freq": 1500.0}
        values |= {"low.q": 0.5, "crash.level": -60.0, "wash.level": -40.0, "mid.level": -60.0}
        yield Row(
            metals.CYMBAL, f"bank.freq{number}", freq_hz, "Hz", values, pitch(freq_hz / 1.1, freq_hz * 1.1), 0.01, True
        )
    for freq_hz in (540.0, 800.0):
        name = "low.freq" if freq_hz < 600 else "high.freq"
        values = {name: freq_hz, "band.q": 0.4, "bright.level": -40.0, "amp.bias": 0.0, "amp.drive": -24.0}
        yield Row(cow_bell.CIRCUIT, name, freq_hz, "Hz", values, pitch(freq_hz / 1.1, freq_hz * 1.1), 0.01, True)


if __name__ == "__main__":
    main()
