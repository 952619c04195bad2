from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import Recording
from bridge.engine.build import build_chain
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import Rig
from bridge.session.detect import detect_strokes
from bridge.session.offline import Performance, perform
from bridge.session.report import hits_csv, moved_shares
from synth.errors import InputError
from tests.bridge.rigs import RATE, WHOLE_RIG, rig_from, short_take, snare_bundle

TAKE = short_take(3.0)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    model = tmp_path_factory.mktemp("model") / "any.safetensors"
    snare_bundle().save(model)
    return rig_from(WHOLE_RIG.replace('name = "snare"', f'name = "snare"\nmodel = "{model}"'))


@pytest.fixture(scope="module")
def performance(rig: Rig) -> Performance:
    return perform(rig, Recording(TAKE.audio, RATE, Path("take.wav")))


def test_every_stroke_reaches_every_target(performance: Performance) -> None:
    triggers = [entry for entry in performance.tape if entry.message.get("address") == "/drum/snare/hit"]
    notes = [entry for entry in performance.tape if entry.kind == "midi" and entry.data[0] & 0xF0 == 0x90]
    assert len(triggers) == len(notes) == len(performance.strikes) > 5


def test_every_note_ends(performance: Performance) -> None:
    midi = [entry.data for entry in performance.tape if entry.kind == "midi"]
    notes_on = sum(data[0] & 0xF0 == 0x90 for data in midi)
    notes_off = sum(data[0] & 0xF0 == 0x80 for data in midi)
    assert notes_on == notes_off


def test_the_tape_is_in_the_order_of_time(performance: Performance) -> None:
    times = [entry.time_s for entry in performance.tape]
    assert times == sorted(times)


def test_the_table_has_a_row_per_stroke_and_a_column_per_number(performance: Performance) -> None:
    header, *rows = hits_csv(performance).splitlines()
    assert header.startswith("onset_s,detected_s,ready_s,channel,level_db,level,centroid,flatness,osc1.freq")
    assert len(rows) == len(performance.strikes)


def test_the_synth_stays_within_full_scale_and_rings_out(performance: Performance) -> None:
    assert 0.01 < np.max(np.abs(performance.synth)) <= 1.0
    assert len(performance.synth) >= len(TAKE.audio)
    assert abs(performance.synth[-1]) < 1e-3


def test_nothing_moves_when_no_stroke_is_heard(rig: Rig) -> None:
    silence = Recording(np.zeros((RATE, 1), dtype=np.float32), RATE, Path("silence.wav"))
    quiet = perform(rig, silence)
    assert not quiet.strikes
    assert not quiet.synth.any()
    assert not moved_shares([], snare_bundle().space).any()
    assert hits_csv(quiet).count("\n") == 1


def test_a_recording_with_too_few_channels_is_refused(rig: Rig) -> None:
    wide = rig.model_copy(update={"drum": (rig.drum[0].model_copy(update={"channel": 3}),)})
    with pytest.raises(InputError, match=r"take\.wav: has 1 channel\(s\); the rig's drums listen to channels up to 3"):
        perform(wide, Recording(TAKE.audio, RATE, Path("take.wav")))


def test_the_cut_end_of_a_recording_is_no_stroke(rig: Rig) -> None:
    ramp = 0.5 * np.linspace(0.0, 1.0, 2 * RATE, dtype=np.float32)[:, None]
    steady = Recording(ramp, RATE, Path("dc.wav"))
    assert not detect_strokes(steady).hits
    cut = perform(rig, steady)
    assert (cut.strikes, cut.tape) == ((), ())
    assert not cut.synth.any()


def test_a_stroke_at_the_very_end_of_a_recording_is_played(rig: Rig) -> None:
    strikes = perform(rig, Recording(TAKE.audio, RATE, Path("take.wav"))).strikes
    loudest = max((strike.hit for strike in strikes), key=lambda hit: hit.level_db)
    short = Recording(TAKE.audio[: loudest.ready - 1], RATE, Path("take.wav"))
    assert perform(rig, short).strikes[-1].hit.onset == loudest.onset


@pytest.mark.parametrize(("voices", "dry"), [(["a", "a"], 0.5), (["a", "b"], 1.5), (["b"], 1.0), (["c", "a"], 0.5)])
def test_the_drum_itself_is_heard_once_for_each_voice_however_often_it_is_played(voices: list[str], dry: float) -> None:
    text = "".join(
        f"[[target]]\nname = '{name}'\ntype = 'voice'\n{level}\n"
        for name, level in (("a", "dry_db = -6.0206"), ("b", "dry_db = 0.0"), ("c", ""))
    )
    plays = "".join(f"[[drum.play]]\ntarget = '{name}'\n" for name in voices)
    (drum,) = build_chain(rig := rig_from(f"{text}[[drum]]\n{plays}"), RATE, rig_mappings(rig)).engine.drums
    assert drum.dry_gain == pytest.approx(dry, abs=1e-4)
