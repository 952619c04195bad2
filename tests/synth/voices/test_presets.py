from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from bench.jack_rigs import preset_text
from synth.errors import InputError
from synth.voices.polyphony import alone
from synth.voices.presets import Patch, load_preset, preset_names
from synth.voices.snare808.circuit import CIRCUIT
from synth.voices.snare808.table import SNARE808

SHIPPED = ("kick", "noisy", "open", "snare-1", "snare-2", "snare-3", "tom")
# LKFS of the original voice in the first 58 ms, then in 23 to 801 ms. Only `noisy` differs: its filter clipped there.
LOUDNESS = {
    "snare-1": (-22.3, -73.8),
    "snare-2": (-21.3, -76.95),
    "snare-3": (-27.85, -76.8),
    "open": (-20.0, -58.35),
    "tom": (-10.6, -43.8),
    "kick": (-17.9, -39.0),
}
# K-weighting at 44.1 kHz: a shelf, then a high-pass.
K_WEIGHTING = [
    [1.53090959, -2.65116903, 1.16916686, 1, -1.66375011, 0.71265753],
    [0.99460781, -1.98921562, 0.99460781, 1, -1.98920104, 0.9892302],
]


def load(tmp_path: Path, text: str) -> Patch:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return load_preset(path, SNARE808)


def test_seven_presets_of_the_snare_ship() -> None:
    assert preset_names(SNARE808) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_presets_set_every_parameter_and_hold_their_pitch(name: str) -> None:
    patch = load_preset(name, SNARE808)
    assert ((patch.unit >= 0) & (patch.unit <= 1)).all()
    assert patch.depths[SNARE808.index("osc1.freq")] * np.log2(100) * 12 <= 2.1


def loudness(sound: NDArray[np.float64], first: int, last: int) -> float:
    """Return the mean LKFS of frames ``first`` to ``last``, each filtered from rest."""
    frames = np.array([sound[512 * k : 512 * k + 2048] for k in range(first, last)])
    power = np.mean(signal.sosfilt(K_WEIGHTING, frames) ** 2, axis=1)
    return float(np.mean(10 * np.log10(power + 1e-8) - 0.691))


@pytest.mark.parametrize("name", LOUDNESS)
def test_presets_are_as_loud_as_published(name: str) -> None:
    sound = alone(CIRCUIT, load_preset(name, SNARE808).values, 44_100, samples=44_100)
    assert (loudness(sound, 0, 2), loudness(sound, 2, 66)) == pytest.approx(LOUDNESS[name], abs=0.2)


def test_a_preset_is_read_as_it_is_written(tmp_path: Path) -> None:
    patch = load_preset("snare-2", SNARE808)
    (tmp_path / "again.toml").write_text(preset_text(patch))
    again = load_preset(tmp_path / "again.toml", SNARE808)
    np.testing.assert_array_equal([again.values, again.depths], [patch.values, patch.depths])


def test_what_a_preset_leaves_out_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text("drive = { value = 3 }\nosc1.freq = { depth = 0.5 }")
    patch = load_preset(path, SNARE808)
    assert patch.values[13] == 3
    np.testing.assert_array_equal(patch.values[:13], SNARE808.defaults[:13])
    assert patch.depths[0] == 0.5


def test_a_parameter_may_be_called_a_depth(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text(
        "voice = 'bass-drum'\nattack.depth = { value = 2, depth = 0.5 }\nsigh.depth = { depth = 0.25 }\n"
    )
    patch = load_preset(tmp_path / "deep.toml")
    columns = [patch.space.index(name) for name in ("attack.depth", "sigh.depth")]
    assert patch.values[columns].tolist() == [2, patch.space.defaults[columns[1]]]
    assert patch.depths[columns].tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("drve = { value = 3 }", "'drve' is no parameter of snare808; it has osc1.freq"),
        ("osc1.freq = { value = 3 }", "value of osc1.freq is 3; allowed is 20 to 2000 Hz"),
        ("drive = { value = nan }", "value of drive is nan; allowed is -24 to 24 dB"),
        ("drive = { depth = 1.5 }", "depth of drive is 1.5; allowed is 0 to 1"),
        ("drive = { value = true }", "value of drive is True"),
        ("drive = { valeu = 3 }", "'drive.valeu' is no parameter"),
        ("drive = 3", "drive is 3; allowed is"),
        ("voice = 'dx7'", "voice is 'dx7'; this drum plays 'snare808'"),
        ("drive = ", "mine.toml: is not valid TOML"),
        ("drive = " + "9" * 5000, "mine.toml: is not valid TOML"),
        ("drive = " + "[" * 5000, "mine.toml: is not valid TOML"),
    ],
)
def test_a_wrong_preset_is_refused_in_a_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=r"mine\.toml") as refusal:
        load(tmp_path, text)
    assert complaint in str(refusal.value)


def test_a_byte_order_mark_is_no_part_of_a_preset(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeffvoice = 'snare808'\n").name == "mine"


def test_a_missing_preset_names_those_that_exist() -> None:
    with pytest.raises(InputError, match=r"no preset 'snare-9'.*kick, .*noisy"):
        load_preset("snare-9", SNARE808)
