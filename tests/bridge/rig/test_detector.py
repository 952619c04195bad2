"""The ear's settings do what their table says, wherever a rig is played: `detect`, `render` and `play`."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.audio.files import Recording
from bridge.ear.analyzer import Analyzer
from bridge.engine.build import build_chain
from bridge.events import Hit, Onset
from bridge.mapping.load import rig_mappings
from bridge.rig.detector import SETTINGS, TIMBRE_NUMBERS, DetectorSettings, LeakPath
from bridge.rig.rig import load_rig
from bridge.rig.settings import Number
from bridge.session.detect import detect_as_rig
from bridge.session.offline import perform
from synth.errors import InputError
from tests.bridge.rigs import snare_bundle
from tests.bridge.signals import strokes

CHANGED = DetectorSettings(
    sensitivity=0.7, floor_db=-60.0, leak_paths=(LeakPath(input=2, delay_ms=1.5, gain_db=-12.0),), leaks_db=(-20.0,) * 5
)
ONSETS_S = [0.5 + 0.25 * number for number in range(8)] + [2.5, 2.75, 2.8]
PEAKS_DB = [-4.0, -30.0, -6.0, -34.0, -5.0, -32.0, -4.0, -36.0, -8.0, -8.0, -8.0]
PLAYED = Recording(strokes(ONSETS_S, PEAKS_DB, 3.5, 48_000), 48_000, Path("played.wav"))


def rig_with(folder: Path, line: str) -> Path:
    snare_bundle().save(folder / "any.safetensors")
    path = folder / "rig.toml"
    path.write_text(f'[[drum]]\nmodel = "any.safetensors"\n[drum.detector]\n{line}\n')
    return path


def heard(path: Path) -> tuple[list[float], list[float]]:
    """Return (onsets, early notes) in seconds, after making sure that every command hears the same."""
    rig = load_rig(str(path))
    detected = detect_as_rig(PLAYED, rig)
    rendered = [strike.hit.onset for strike in perform(rig, PLAYED).strikes]
    gain = np.float32(10 ** (rig.input.gain_db / 20))
    live = ear_of(build_chain(rig, 48_000, rig_mappings(rig)).engine.analyzer, PLAYED.audio * gain)
    assert rendered == [hit.onset for hit in detected.hits] == live
    return [onset / 48_000 for onset in live], [onset.detected / 48_000 for onset in detected.onsets]


def ear_of(analyzer: Analyzer, audio: NDArray[np.float32]) -> list[int]:
    events: list[Onset | Hit] = []
    for first in range(0, len(audio), 64):
        events += analyzer.process(audio[first : first + 64])
    return [event.onset for event in events if isinstance(event, Hit)]


def test_a_rig_holds_only_what_differs_from_the_defaults_and_paths_whole() -> None:
    path = {"input": 2, "delay_ms": 1.5, "gain_db": -12.0, "taps": [1.0]}
    assert DetectorSettings().to_table() == {}
    assert CHANGED.to_table() == {
        "sensitivity": 0.7,
        "floor_db": -60.0,
        "leaks_db": [-20.0] * 5,
        "leak_paths": [path],
    }


def test_settings_are_values_that_survive_a_rig_and_a_pipe() -> None:
    assert DetectorSettings.model_validate(CHANGED.to_table()) == CHANGED == pickle.loads(pickle.dumps(CHANGED))
    assert len({CHANGED, CHANGED.model_copy(), CHANGED.model_copy(update={"sensitivity": 0.6})}) == 2


@pytest.mark.parametrize("one", SETTINGS, ids=lambda one: one.key)
def test_every_plain_setting_has_a_range_around_its_default_and_a_meaning(one: Number) -> None:
    assert one.low <= one.default == getattr(DetectorSettings(), one.key) <= one.high
    assert one.meaning


WRONG = [
    ("leaks_db = [1.0, 2.0]", r"leaks_db is \[1\.0, 2\.0\]; allowed is a list of 5 to 320 numbers from -90 to 10$"),
    (f"leaks_db = [{'0.0, ' * 7}]", r"leaks_db: it holds 7 numbers; each input needs 5$"),
    (f"leaks_db = [{'99.0, ' * 5}]", r"leaks_db\[1\] is 99\.0; allowed is a number from -90 to 10$"),
    ("timbre = [0.5]", rf"timbre is \[0\.5\]; allowed is a list of {TIMBRE_NUMBERS} numbers from -1000 to 1000$"),
    ("gain_db = true", r"gain_db is True; allowed is a number from -40 to 60 dB$"),
    ("floor_db = '-60'", r"floor_db is '-60'; allowed is a number from -110 to -20 dBFS$"),
]


@pytest.mark.parametrize(("line", "complaint"), WRONG)
def test_a_wrong_setting_is_named_with_what_is_allowed(line: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rig\.toml: drum\[1\]\.detector\." + complaint):
        load_rig(str(rig_with(tmp_path, line)))


def test_every_stroke_is_heard_by_default(tmp_path: Path) -> None:
    assert heard(rig_with(tmp_path, ""))[0] == pytest.approx(ONSETS_S, abs=0.002)


def test_nothing_under_the_floor_is_heard_or_noticed(tmp_path: Path) -> None:
    loud_s = [onset_s for onset_s, peak_db in zip(ONSETS_S, PEAKS_DB, strict=True) if peak_db > -20]
    onsets_s, early_s = heard(rig_with(tmp_path, "floor_db = -20.0"))
    assert onsets_s == pytest.approx(loud_s, abs=0.002)
    soft_s = [onset_s for onset_s in ONSETS_S if onset_s not in loud_s]
    assert not any(0 < at_s - onset_s < 0.2 for at_s in early_s for onset_s in soft_s)


def test_the_floor_is_measured_after_the_gain(tmp_path: Path) -> None:
    both = "floor_db = -30.0\ngain_db = 20.0"
    assert heard(rig_with(tmp_path, both))[0] == pytest.approx(ONSETS_S, abs=0.002)


def test_strokes_nearer_than_the_shortest_interval_are_one(tmp_path: Path) -> None:
    onsets_s, _ = heard(rig_with(tmp_path, "shortest_interval_ms = 100.0"))
    assert onsets_s == pytest.approx(ONSETS_S[:-1], abs=0.002)


def test_more_sensitivity_hears_more(tmp_path: Path) -> None:
    counts = [len(heard(rig_with(tmp_path, f"sensitivity = {value}"))[0]) for value in (0.0, 0.5, 1.0)]
    assert counts[0] <= counts[1] <= counts[2]
    assert counts[0] < counts[2]


def test_the_inputs_gain_and_the_models_window_count(tmp_path: Path) -> None:
    path = rig_with(tmp_path, "floor_db = -30.0")
    replace(snare_bundle(), window_s=1024 / 48_000).save(tmp_path / "any.safetensors")
    soft = len(heard(path)[0])
    path.write_text(path.read_text() + "[input]\ngain_db = 20.0\n")
    assert soft < len(heard(path)[0]) == len(ONSETS_S)
    assert {hit.ready - hit.onset for hit in detect_as_rig(PLAYED, load_rig(str(path))).hits} == {1024}


def test_a_recording_with_too_few_channels_is_refused_and_others_are_not_heard(tmp_path: Path) -> None:
    rig = load_rig(str(rig_with(tmp_path, "")))
    wide = Recording(np.repeat(PLAYED.audio, 2, axis=1), 48_000, Path("wide.wav"))
    detected = detect_as_rig(wide, rig)
    assert {hit.channel for hit in detected.hits} == {0}
    assert detected.recording.warnings == ("wide.wav has 2 channels; the rig's drums use 1 to 1",)
    second = rig.model_copy(update={"drum": (rig.drum[0].model_copy(update={"channel": 2}),)})
    with pytest.raises(InputError, match=r"played\.wav: has 1 channel; the rig's drums listen to channels up to 2"):
        detect_as_rig(PLAYED, second)
