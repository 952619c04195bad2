"""How clean the voices are: ``python -m bench.cleanliness`` prints tables of docs/notes/808.md and docs/tonal.md.

Aliasing: at 44.1 kHz every source plays near its highest note, whatever bends it turned up, and the strongest line that
is no harmonic stands beside the strongest that is. Clicks: at 48 kHz a stroke of each voice is stolen, choked, taken
back, or edited: turned into one of which one parameter stands at an end of its range, each parameter in turn. What the
spectrum around the fade has beyond the strokes' own stands beside their strongest line (`bench.purity`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.purity import added, beside_harmonics_db
from bench.report import asked, head, heading, line
from synth.dsp.levels import decibels
from synth.voices.circuit import Circuit
from synth.voices.fm.circuit import CIRCUIT as FM
from synth.voices.modal.circuit import CIRCUIT as MODAL
from synth.voices.polyphony import FADE_S, alone
from synth.voices.registry import VoiceKind, voice_kinds
from synth.voices.shaper.circuit import CIRCUIT as SHAPER
from synth.voices.snare808.circuit import CIRCUIT as SNARE808
from synth.voices.tr808 import bass_drum, claves, cow_bell, metals, rim_shot, snare_drum, toms
from synth.voices.wavetable.circuit import CIRCUIT as WAVETABLE

RATE_HZ, CLICK_RATE_HZ = 44_100, 48_000
TONAL_DB, DRIVEN_DB, CLICK_DB = -60.0, -50.0, -60.0
SAMPLES, FADES_AT = 6000, (240, 1203)
FADE_SAMPLES = round(FADE_S * CLICK_RATE_HZ)
LOWEST_DB = -120.0

Values = Mapping[str, float]
Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Note:
    """One high note of a voice.

    Parameters
    ----------
    what : str
        What could fold back.
    circuit : Circuit
    freq_hz : float
        All that belongs to it is a multiple of this.
    values : mapping
        Parameters that are not at their defaults.
    limit_db : float
        What folds back should stay below.
    samples, first : int
        How much is looked at, and where it begins.
    """

    what: str
    circuit: Circuit
    freq_hz: float
    values: Values
    limit_db: float = TONAL_DB
    samples: int = 32_768
    first: int = 8820

    def folded_db(self) -> float:
        """Return the strongest line that is no harmonic, beside the strongest that is."""
        sound = alone(self.circuit, with_values(self.circuit, self.values), RATE_HZ, samples=self.first + self.samples)
        return beside_harmonics_db(sound[self.first :], self.freq_hz, RATE_HZ)


def with_values(circuit: Circuit, given: Values) -> Sound:
    """Return the defaults of a voice with some values set."""
    values = circuit.space.defaults
    for name, value in given.items():
        values[circuit.space.index(name)] = value
    return values


def notes() -> Iterator[Note]:
    """Yield all notes."""
    yield from _tonal()
    yield from _squares()
    yield from _driven()


def _tonal() -> Iterator[Note]:
    quiet = {"noise.gain": -60.0, "noise.decay": 5.0, "decay": 10_000.0, "gain": 0.0}
    bells = {"mod1.decay": 10_000.0, "mod2.decay": 10_000.0, "mod1.index": 16.0, "mod2.index": 16.0}
    for freq_hz in (1763.3, 4987.1):
        given = {**quiet, "freq": freq_hz}
        yield Note("FM, both indices full", FM, freq_hz, {**given, **bells, "mod1.ratio": 1.0, "mod2.ratio": 3.0})
        yield Note("wavetable, brightest", WAVETABLE, freq_hz, {**given, "morph.start": 1.0, "morph.end": 1.0})
        for shape in (0.25, 0.5, 1.0):
            bent = {"shape": shape, "index.peak": 1.0, "index.rest": 1.0}
            yield Note(f"shaper, shape {shape:g}, index full", SHAPER, freq_hz, {**given, **bent})
        silent = {f"noise.{band}": -60.0 for band in ("low", "mid", "high")}
        string = {"freq": freq_hz, "brightness": 6.0, "stiffness": 1e-6, "pair": 0.0, "damping": 0.0, "decay": 10_000.0}
        yield Note("modal, a string, brightest", MODAL, freq_hz, {**silent, **string})


def _squares() -> Iterator[Note]:
    bank = {f"bank.freq{k}": 1993.3 for k in range(1, 7)}
    open_gate = {"body.decay": 12_000.0, "close.time": 1500.0, "close.width": 400.0}
    hat = {**bank, **open_gate, "tune": 2.0, "highpass": 2000.0, "lowpass": 22_000.0}
    yield Note("squares, all six as high as they go", metals.OPEN_HAT, 3986.6, hat)
    cow = {"low.freq": 843.1, "high.freq": 1686.2, "body.decay": 4000.0, "amp.drive": -24.0, "amp.bias": 0.0}
    yield Note("squares, both as high as they go", cow_bell.CIRCUIT, 843.1, {**cow, "lowpass": 20_000.0})


def _driven() -> Iterator[Note]:
    full = {"drive": 24.0, "trigger": 14.0, "click.level": -60.0}
    for circuit, freq_hz in (
        (bass_drum.CIRCUIT, 119.3),
        (toms.LOW_TOM, 176.3),
        (toms.HIGH_TOM, 375.3),
        (toms.HIGH_CONGA, 819.7),
        (claves.CIRCUIT, 4987.1),
    ):
        still = {"attack.depth": 0.0, "sigh.depth": 0.0, "bend.depth": 0.0, "skin.level": -60.0, "gate.floor": 0.001}
        given = {name: value for name, value in still.items() if name in circuit.space.names}
        longest = circuit.space.params[circuit.space.index("body.decay")].high
        ringing = {**full, **given, "body.freq": freq_hz, "body.decay": longest}
        samples = 8192 if circuit is claves.CIRCUIT else 32_768
        yield Note("drive", circuit, freq_hz, ringing, DRIVEN_DB, samples, 441)
    shells = {"low.freq": 385.3, "high.freq": 770.6, "low.decay": 2000.0, "high.decay": 1000.0, "snappy.level": -60.0}
    levels = {"low.level": 6.0, "high.level": 6.0}
    yield Note("drive", snare_drum.CIRCUIT, 385.3, {**full, **shells, **levels}, DRIVEN_DB, 8192, 441)
    rings = {"low.freq": 990.0, "high.freq": 3960.0, "low.decay": 200.0, "high.decay": 100.0, "high.level": 12.0}
    amplifier = {"clip.drive": 36.0, "clip.bias": 0.0, "gate.decay": 200.0, "gate.floor": 0.003, "trigger": 14.0}
    filters = {"highpass": 100.0, "lowpass": 20_000.0}
    yield Note("drive", rim_shot.CIRCUIT, 990.0, {**rings, **amplifier, **filters}, DRIVEN_DB, 4096, 441)
    cow = {"low.freq": 843.1, "high.freq": 1686.2, "body.decay": 4000.0, "amp.drive": 12.0, "lowpass": 20_000.0}
    yield Note("drive of squares", cow_bell.CIRCUIT, 843.1, cow, DRIVEN_DB)
    bank = {f"bank.freq{k}": 1993.3 for k in range(1, 7)}
    crash = {"low.level": -60.0, "crash.decay": 2000.0, "amp.drive": 12.0, "amp.bias": 0.0, "lowpass": 22_000.0}
    yield Note("drive of squares", metals.CYMBAL, 1993.3, {**bank, **crash}, DRIVEN_DB)
    osc = {
        "osc1.freq": 1993.3,
        "osc2.freq": 1993.3,
        "osc1.mod": 0.0,
        "osc2.mod": 0.0,
        "noise_gain": -60.0,
        "osc1_env.decay": 2000.0,
    }
    yield Note("drive", SNARE808, 1993.3, {**osc, "osc1_gain": 6.0, "drive": 24.0}, DRIVEN_DB, 8192, 441)


def played(kind: VoiceKind, values: Sound, at: int = 0, end: str = "", after: Sound | None = None) -> Sound:
    """Return the start of a stroke, which is stolen, choked, taken back or turned into another at a sample."""
    voice, out = kind.streaming(CLICK_RATE_HZ, polyphony=1), np.zeros(SAMPLES)
    stroke = voice.trigger(values)
    if end == "stolen":
        voice.trigger(kind.space.defaults, at, gain=0.0)
    elif end == "choked":
        voice.choke(at)
    elif end == "taken back":
        voice.revise(stroke, values, at, gain=0.0)
    elif after is not None:
        voice.revise(stroke, after, at)
    voice.render(out)
    return out


def click_db(kind: VoiceKind, values: Sound, end: str = "", after: Sound | None = None) -> float:
    """Return the most that a fade adds, early or late in a stroke, beside the strongest line of the strokes."""
    wholes = [played(kind, values)] if after is None else [played(kind, values), played(kind, after)]
    most = max(
        added(played(kind, values, at, end, after), wholes, at + FADE_SAMPLES // 2, CLICK_RATE_HZ) for at in FADES_AT
    )
    return max(decibels(max(most, 1e-9)), LOWEST_DB)


def edits(kind: VoiceKind) -> Iterator[tuple[str, float]]:
    """Yield each parameter with the worse click of an edit to either end of its range."""
    values = kind.space.defaults
    for column, param in enumerate(kind.space):
        worst = LOWEST_DB
        for end in (param.low, param.high):
            after = values.copy()
            after[column] = end
            worst = max(worst, click_db(kind, values, after=after))
        yield param.name, worst


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables."""
    voices = asked(__doc__, words, voices=("all", "whose clicks are measured, with commas between")).voices
    print(heading(0))
    print(f"\nAliasing at {RATE_HZ} Hz\n")
    head("voice", "what", "note, Hz", "folded back, dB", "below")
    out = 0
    for note in notes():
        found = note.folded_db()
        out += found >= note.limit_db
        verdict = f"{note.limit_db:g}" if found < note.limit_db else f"OUT of {note.limit_db:g}"
        line(note.circuit.space.name, note.what, f"{note.freq_hz:g}", f"{found:.0f}", verdict)
    print(f"\nClicks at {CLICK_RATE_HZ} Hz, dB; {LOWEST_DB:g} stands for less\n")
    head("voice", "stolen", "choked", "taken back", "edited, worst", "parameter")
    for kind in voice_kinds():
        if voices == "all" or kind.name in voices.split(","):
            ends = [click_db(kind, kind.space.defaults, end) for end in ("stolen", "choked", "taken back")]
            name, worst = max(edits(kind), key=lambda edit: edit[1])
            out += sum(one >= CLICK_DB for one in (*ends, worst))
            line(kind.name, *(f"{one:.0f}" for one in (*ends, worst)), name)
    print(f"\n{out} outside")


if __name__ == "__main__":
    main()
