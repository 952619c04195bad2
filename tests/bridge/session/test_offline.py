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


def test_a_room_rings_out_behind_a_take() -> None:
    decays = "decay_low = 6000, decay_mid = 6000, decay_high = 3000"
    effect = f'[[target.effect]]\nkind = "room"\nvalues = {{{decays}, mix = 1.0}}\n'
    room = rig_from(f'[[target]]\ntype = "voice"\nname = "808"\n{effect}[[drum]]\n[[drum.play]]\ntarget = "808"\n')
    synth = perform(room, Recording(short_take(1.0).audio, RATE, Path("take.wav"))).synth
    assert len(synth) == len(short_take(1.0).audio) + 12 * RATE
    assert np.abs(synth[-RATE // 10 :]).max() < 1e-3 * np.abs(synth).max()


def test_nothing_moves_when_no_stroke_is_heard(rig: Rig) -> None:
    silence = Recording(np.zeros((RATE, 1), dtype=np.float32), RATE, Path("silence.wav"))
    quiet = perform(rig, silence)
    assert not quiet.strikes
    assert not quiet.synth.any()
    assert not moved_shares([], snare_bundle().space).any()
    assert hits_csv(quiet).count("\n") == 1


def test_a_recording_with_too_few_channels_is_refused(rig: Rig) -> None:
    wide = rig.model_copy(update={"drum": (rig.drum[0].model_copy(update={"channel": 3}),)})
    with pytest.raises(InputError, match=r"take\.wav: has 1 channel; the rig's drums listen to channels up to 3"):
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
    strips = build_chain(rig := rig_from(f"{text}[[drum]]\n{plays}"), RATE, rig_mappings(rig)).engine.strips
    assert sum(strip.dry_gain * len(strip.dry_channels) for strip in strips) == pytest.approx(dry, abs=1e-4)


PLAYS = """
[[target]]
name = "a"
type = "osc"
port = 9000

[[target]]
name = "b"
type = "osc"
port = 9001

[[drum]]
name = "snare"

[[drum.play]]
target = "a"
send = ["unit.osc1.freq"]

[[drum.play]]
target = "b"
amount = 0.0
send = ["unit.osc1.freq"]
"""

VOICES = """
[output]
channels = 4
gain_db = -20

[[target]]
name = "wet"
type = "voice"
outputs = [1, 2]
{wet}

[[target]]
name = "rim"
type = "voice"
outputs = [3]
gain_db = -6.0206

[[drum]]
name = "snare"

[[drum.play]]
target = "wet"

[[drum.play]]
target = "rim"
amount = 0.0
"""


def performed(text: str) -> Performance:
    return perform(rig_from(text), Recording(TAKE.audio, RATE, Path("take.wav")))


def test_each_play_of_a_drum_may_have_a_mapping_of_its_own() -> None:
    performance = performed(PLAYS)
    sent = {
        name: [e.message["args"] for e in performance.tape if e.target == name and "osc1" in e.message["address"]]
        for name in "ab"
    }
    moved, still = (
        [[float(np.float32(space.to_unit(strike.values)[0]))] for strike in performance.strikes if strike.source == key]
        for key, space in performance.spaces.items()
    )
    assert (sent["a"], sent["b"]) == (moved, still)
    assert len(moved) == len(still) == len(performance.hits) > 5
    assert len({one[0] for one in still}) == 1 < len({one[0] for one in moved})


def test_where_a_drum_has_several_mappings_the_table_tells_the_play() -> None:
    header, *rows = hits_csv(performed(PLAYS)).splitlines()
    assert header.startswith("onset_s,detected_s,ready_s,channel,play,level_db")
    assert [row.split(",")[4] for row in rows[:4]] == ["0", "2", "0", "2"]


def test_an_early_note_leaves_for_each_mapping_once() -> None:
    performance = performed(PLAYS.replace("target =", 'trigger_when = "early"\ntarget ='))
    notes = [entry.target for entry in performance.tape if entry.message["address"] == "/drum/snare/hit"]
    assert notes == ["a", "b"] * (len(notes) // 2)
    assert len(notes) >= 2 * len(performance.hits)


def test_one_channel_may_feed_two_drums_and_the_table_tells_them_apart() -> None:
    drum = '[[drum]]\nname = "{}"\namount = {}\nplay = [{{ target = "a", trigger = "/{}" }}]\n'
    target = PLAYS.partition("[[drum]]")[0]
    performance = performed(target + drum.format("rim", 0.0, "rim") + drum.format("snare", 1.0, "snare"))
    triggers = [
        entry.message["address"] for entry in performance.tape if entry.message["address"] in ("/rim", "/snare")
    ]
    assert triggers == ["/rim", "/snare"] * len(performance.hits)
    header, first, second, *_ = hits_csv(performance).splitlines()
    assert header.startswith("onset_s,detected_s,ready_s,channel,drum,level_db")
    assert (first.split(",")[4], second.split(",")[4]) == ("rim", "snare")


def test_each_voice_may_have_outputs_of_its_own() -> None:
    text = VOICES.format(wet="pan = -0.5")
    left, right, rim, nothing = performed(text).synth.T
    alone = performed(text.replace('[[drum.play]]\ntarget = "wet"\n', "")).synth
    np.testing.assert_allclose(left * np.sqrt(0.5), right * np.sqrt(1.5), atol=1e-7)
    np.testing.assert_array_equal(rim[: len(alone)], alone[: len(rim), 2])
    assert min(left.max(), rim.max()) > 0.001
    assert not nothing.any()


def test_what_all_outputs_carry_alike_is_one_channel() -> None:
    assert performed(VOICES.format(wet="").replace("outputs", "# outputs")).synth.ndim == 1


def test_of_plays_that_share_the_strokes_each_stroke_is_played_once() -> None:
    levels = sorted(hit.level_db for hit in performed(PLAYS).hits)
    soft, loud = levels[len(levels) // 3], levels[2 * len(levels) // 3]
    text = PLAYS.replace('target = "a"', f'target = "a"\nwhen = {{ level = [-60, {soft}] }}')
    performance = performed(text.replace('target = "b"', f'target = "b"\nwhen = {{ level = [{loud}, 0] }}'))
    played = {
        name: sum(e.target == name and e.message["address"] == "/drum/snare/hit" for e in performance.tape)
        for name in "ab"
    }
    assert played == {"a": len(levels) // 3, "b": len(levels) - 2 * len(levels) // 3}
    assert performance.unplayed == len(levels) - sum(played.values()) > 0
    assert len(performance.hits) == len(levels), "what no play takes is still heard"
