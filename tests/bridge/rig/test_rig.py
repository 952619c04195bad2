from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.jack_rigs import preset_text
from bridge.engine.build import build_chain
from bridge.events import PlayKey, Transcript
from bridge.mapping.load import drum_mapping, rig_mappings, with_model
from bridge.rig.plays import MidiPlaySettings, OscPlaySettings, VoicePlaySettings
from bridge.rig.rig import RIGS, load_rig
from bridge.targets.dispatch import open_targets, routes_of
from models.mapping.bundle import untrained_bundle
from synth.errors import InputError
from synth.spec import ParamSpace
from synth.voices.presets import Patch
from synth.voices.snare808.table import SNARE808
from tests.bridge.rigs import WHOLE_RIG, rig_from, snare_bundle

BAD: list[tuple[str, str]] = [
    ("[input]\nblok = 64\n", r"my\.toml: 'input\.blok' is no key here; did you mean 'block'\?"),
    ('[input]\n"a b" = 3\n', r"my\.toml: 'input\.a b' is no key here; allowed are block, "),
    ('[input]\n"a.b[0]" = 3\n', r"my\.toml: 'input\.a\.b\[0\]' is no key here; allowed are block, "),
    ("[input]\nstr = 3\n", r"my\.toml: 'input\.str' is no key here; allowed are block, "),
    ('[input]\n"\\n" = 3\n', r"my\.toml: 'input\.\\n' is no key here; allowed are block, "),
    ("[input]\nblock = 99999\n", r"my\.toml: input\.block is 99999; allowed is a whole number from 0 to 4096"),
    ("[input]\nsample_rate = 8000\n", r"input\.sample_rate is 8000; allowed is a whole number from 44100 to 96000"),
    ("[inptu]\n", r"'inptu' is no key here; did you mean 'input'\?"),
    ("input = 3\n", r"my\.toml: input is 3; allowed is a table"),
    ("[input]\ndevice = 0.5\n", r"input\.device is 0\.5; allowed is a text or a whole number"),
    (f"[input]\nblock = '{'x' * 999}'\n", r"input\.block is 'x{36}\.\.\.x{19}'; allowed is"),
    ("[[target]]\nname = ''\ntype = 'tape'\n", r"target\[1\]: name is ''; allowed is a text of 1 to 60 char"),
    (
        "[[target]]\nname = 'v'\ntype = 'voice'\nseed = -1\n",
        r"seed is -1; allowed is a whole number from 0 to 2147483647",
    ),
    (
        "[[target]]\nname = 'v'\ntype = 'voice'\ntiming = 10\n",
        r"timing is 10; allowed .*asap.*steady.* or a table with fixed_ms",
    ),
    ("[input]\nblock = true\n", r"input\.block is True; allowed is a whole number from 0 to 4096"),
    ("[input]\ngain_db = '3'\n", r"input\.gain_db is '3'; allowed is a number from -60 to 60"),
    ("[output]\ngain_db = nan\n", r"output\.gain_db is nan; allowed is a number from -60 to 12"),
    (
        f"[[target]]\nname = 'v'\ntype = '{'x' * 999}'\n",
        r"target\[1\]: type is 'x{36}\.\.\.x{19}'; allowed are voice, osc",
    ),
    ("[[target]]\nname = 'v'\ntype = 'voice'\nvoice = 'dx7'\n", r"voice: it is 'dx7'; allowed are snare808"),
    ("[[target]]\nname = 'v'\n", r"target\[1\]: type is missing; allowed are voice, osc, midi, tape"),
    (
        "[[target]]\nname = 'v'\ntype = 'tape'\n[[target]]\nname = 'v'\ntype = 'voice'\n",
        r"my\.toml: name 'v' is used by 2 \[\[target\]\] tables; each needs its own",
    ),
    ("[[target]]\nname = 'v'\ntype = 'voice'\npan = 2\n", r"target\[1\]: pan is 2; allowed is a number from -1 to 1"),
    (
        "[[target]]\nname = 'v'\ntype = 'voice'\noutputs = [2, 3]\n",
        r"my\.toml: target 'v': outputs holds 3; allowed is 1 to 2, the channels of \[output\]",
    ),
    ("[[target]]\nname = 'v'\ntype = 'voice'\noutputs = [1, 1]\n", r"outputs is \[1, 1\]; each may be named once"),
    (
        "[[target]]\nname = 'v'\ntype = 'voice'\noutputs = [2]\npan = 0.5\n",
        r"target 'v': pan is 0\.5; it needs outputs in pairs, and there is one",
    ),
    (
        "[output]\nchannels = 3\n[[target]]\nname = 'v'\ntype = 'voice'\npan = 1\n",
        r"target 'v': pan is 1; it needs outputs in pairs, and there are 3",
    ),
    (
        "[[target]]\nname = 'v'\ntype = 'voice'\nchokes = ['w']\n[[target]]\nname = 'w'\ntype = 'tape'\n",
        r"my\.toml: target 'v': chokes names 'w', which no voice target is called; there are v",
    ),
    ("[[target]]\nname = 'v'\ntype = 'voice'\nchokes = 'v'\n", r"chokes is 'v'; allowed is a list of texts of 1 to 60"),
    ("[[target]]\nname = 't'\ntype = 'tape'\nchoke_group = 'a'\n", r"'choke_group' is no key here"),
    ("[output]\nchannels = 0\n", r"output\.channels is 0; allowed is a whole number from 1 to 64"),
]

BAD_DRUMS: list[tuple[str, str]] = [
    ("amount = 9", r"drum\[1\]\.amount is 9; allowed is a number from 0 to 4"),
    ("amounts = { drive = -1 }", r"drum\[1\]\.amounts\.drive is -1; allowed is a number from 0 to 4"),
    ("softest_db = -3", r"softest_db is -3; it must be below loudest_db, -8"),
    ("features = { brightness = {} }", r"'brightness' is not heard; allowed are level, centroid, flatness"),
    ("detector = { sensitivity = 3 }", r"drum\[1\]\.detector\.sensitivity is 3; allowed is a number from 0 to 1$"),
    (
        "detector = { sensitivty = 1 }",
        r"'drum\[1\]\.detector\.sensitivty' is no key here; did you mean 'sensitivity'",
    ),
    ("detector = { sensitivity = nan }", r"drum\[1\]\.detector\.sensitivity is nan; allowed is a number from 0 to 1"),
    (f"detector = {{ sensitivity = {10**400} }}", r"drum\[1\]\.detector\.sensitivity is 10{36}"),
    (f"detector = {{ sensitivity = '{'x' * 999}' }}", r"drum\[1\]\.detector\.sensitivity is 'x{36}"),
    (
        "channel = 2\n[[drum]]\nname = 'a b'",
        r"drum\[2\]\.name is 'a b'; allowed is a text of 1 to 60 characters of letters, digits, _ and -",
    ),
    ("play = [{}]", r"drum 'x' play\[1\]: target is missing; there are: none"),
    ("detector = 3", r"drum\[1\]\.detector is 3; allowed is a table"),
    ("play = [{ target = ['nowhere'] }]", r"drum 'x' play\[1\]: target is \['nowhere'\], which no"),
    ("plays = [{ target = 'nowhere' }]", r"'drum\[1\]\.plays' is no key here; did you mean 'play'"),
    ("play = [{ target = 'nowhere' }]", r"drum 'x' play\[1\]: target is 'nowhere', which no \[\[target\]\] is named"),
]


def test_a_whole_rig_is_read_with_a_play_of_each_kind() -> None:
    kinds = [type(play) for play in rig_from(WHOLE_RIG).drum[0].plays]
    assert kinds == [VoicePlaySettings, OscPlaySettings, MidiPlaySettings]


@pytest.mark.parametrize(("text", "complaint"), BAD)
def test_a_wrong_key_or_value_is_named_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        rig_from(text + '[[drum]]\nname = "x"\n')


@pytest.mark.parametrize(("text", "complaint"), BAD_DRUMS)
def test_a_wrong_drum_is_named_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        rig_from(f'[[drum]]\nname = "x"\n{text}\n')


BAD_PLAYS: list[tuple[str, str]] = [
    (
        "send = [{ from = 'level', range = [1, 2, 3] }]",
        r".*range is \[1, 2, 3\]; allowed is a list of 2 numbers$",
    ),
    ("send = ['']", r"send\[1\] is ''; allowed is a text that is not empty or a table with from"),
    ("send = [{ from = 'level', args = [1e300] }]", r"send\[1\]\.args\[1\]: 1e\+300 is no OSC float"),
    ("trigger_args = ['a', 1e300]", r"trigger_args\[2\]: 1e\+300 is no OSC float; allowed is -3\.4e\+38 to 3\.4e\+38"),
    (
        f"trigger_args = [{10**30}]",
        r"trigger_args\[1\]: 10{30} is no OSC integer; allowed is -2147483648 to 2147483647",
    ),
]


@pytest.mark.parametrize(("text", "complaint"), BAD_PLAYS)
def test_a_wrong_entry_of_an_osc_play_is_named_by_its_place(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=r"my\.toml: drum 'snare' play\[2\] .*: " + complaint):
        rig_from(WHOLE_RIG.replace('target = "osc"', f'target = "osc"\n{text}'))


@pytest.mark.parametrize(
    "text",
    ["[[drum]]\nname = 'N'\n", "[[drum]]\nN = 1\n", "[N]\n", "[[drum]]\nfeatures.N = {}\n", "[input]\ndevice.N = 1"],
)
def test_no_complaint_repeats_a_text_of_thousands_of_characters(text: str) -> None:
    with pytest.raises(InputError) as complaint:
        rig_from(text.replace("N", "x" * 5000))
    assert len(str(complaint.value)) < 400


BAD_VOICE_PLAYS: list[tuple[str, str]] = [
    (
        "outputs = [3]",
        r"my\.toml: drum 'snare' play\[1\]: outputs holds 3; allowed is 1 to 2, the channels of \[output\]",
    ),
    ("outputs = [2]\npan = 0.5", r"drum 'snare' play\[1\]: pan is 0\.5; it needs outputs in pairs, and there is one"),
    ("outputs = []", r"outputs is \[\]; allowed is a list of 1 or more whole numbers from 1 to 64"),
    ("outputs = [1, 1]", r"outputs is \[1, 1\]; each may be named once"),
    ("pan = 2", r"pan is 2; allowed is a number from -1 to 1"),
    ("when = { centroid = 3 }", r"when\.centroid is 3; allowed is a list of 2 numbers"),
    ("when = { centroid = [90, 80] }", r"when\.centroid is \[90, 80\]; its first end must be below its second"),
    ("when = { centroid = [90, 90] }", r"when\.centroid is \[90, 90\]; its first end must be below its second"),
    ("when = { centroid = [nan, 90] }", r"when\.centroid is \[nan, 90\]; its first end must be below its second"),
    ("when = [1, 2]", r"when is \[1, 2\]; allowed is a table of lists of 2 numbers"),
    (
        "when = { level = [-30, 0] }\ntrigger_when = 'early'",
        r"when does not go with trigger_when = 'early', which plays before the numbers of a stroke are known",
    ),
]


@pytest.mark.parametrize(("text", "complaint"), BAD_VOICE_PLAYS)
def test_a_wrong_key_of_a_voices_play_is_named_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        rig_from(WHOLE_RIG.replace('target = "808"', f'target = "808"\n{text}'))


def test_a_play_that_names_half_of_a_place_takes_the_other_half_from_its_target() -> None:
    rig = rig_from(
        WHOLE_RIG.replace('type = "voice"', 'type = "voice"\npan = -0.5').replace(
            '"808"\n\n[[drum.play]]', '"808"\noutputs = [2, 1]\n\n[[drum.play]]'
        )
    )
    (_, _, play), target = rig.voice_plays[0], rig.voice_targets["808"]
    assert target.place_of(play) == ("808", -0.5, (2, 1))
    assert target.place == ("808", -0.5, ())


def test_a_velocity_from_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"velocity\.from is ''; allowed is a text that is not empty"):
        rig_from(WHOLE_RIG.replace("note = 38", "note = 38\nvelocity = { from = '' }"))


def test_long_names_of_targets_are_refused_and_cut() -> None:
    target = f"[[target]]\nname = '{'x' * 999}'\ntype = 'tape'\n"
    with pytest.raises(InputError, match=r"name is 'x{36}\.\.\.x{19}'; allowed is a text of 1 to 60"):
        rig_from(target + "[[drum]]\nplay = [{ target = 'y' }]\n")


def test_two_tapes_need_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "[[target]]\nname = 'a'\ntype = 'tape'\n[[target]]\nname = 'b'\ntype = 'tape'\nPATH\n[[drum]]\n"
    for path in ("", "path = './tape.jsonl'", f"path = '{tmp_path}/tape.jsonl'"):
        with pytest.raises(InputError, match=r"my\.toml: target 'b': path .* is also written by target 'a'"):
            rig_from(text.replace("PATH", path))
    assert len(rig_from(text.replace("PATH", "path = 'other.jsonl'")).targets) == 2


def test_a_tape_does_not_write_over_its_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rig.toml").write_text(f"[[target]]\nname = 't'\ntype = 'tape'\npath = '{tmp_path}/rig.toml'\n[[drum]]\n")
    with pytest.raises(InputError, match=r"target 't': path .* is the rig's own file; it must be another"):
        load_rig("rig.toml")


@pytest.mark.parametrize("text", ["", "[input]\nblock = 64\n"])
def test_a_rig_without_drums_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"my\.toml: there is no \[\[drum\]\]; a rig needs one at least"):
        rig_from(text)


def test_drums_may_not_share_a_name() -> None:
    with pytest.raises(InputError, match=r"name 'a' is used by 2 \[\[drum\]\] tables"):
        rig_from('[[drum]]\nname = "a"\n[[drum]]\nname = "a"\nchannel = 2\n')


def test_drums_on_one_channel_hear_it_with_one_ear() -> None:
    drums = '[[drum]]\nname = "a"\n[[drum]]\nname = "b"\n'
    assert [drum.channel for drum in rig_from(drums).drum] == [1, 1]
    with pytest.raises(InputError, match=r"my\.toml: drums 'a' and 'b' share input channel 1 .* must be equal"):
        rig_from(drums + "detector = { sensitivity = 0.7 }\n")


BAD_FILES = [
    ("model = 'nowhere'", r"my\.toml: drum 'x' model: there is no model 'nowhere'; give a .safetensors file or one of"),
    ("preset = 'nowhere'", r"my\.toml: drum 'x' preset: there is no preset 'nowhere'"),
    ("amounts = { dirve = 1 }", r"my\.toml: drum 'x' amounts: 'dirve' is no parameter"),
    (f"preset = '{'x' * 999}'", r"my\.toml: drum 'x' preset: there is no preset 'x{36}\.\.\.x{19}'; give"),
    (f"locks = ['{'x' * 999}']", r"my\.toml: drum 'x' locks: 'x{36}\.\.\.x{19}' is no parameter"),
    ("locks = ['dirve']", r"my\.toml: drum 'x' locks: 'dirve' is no parameter"),
    ("model = '~nobody-at-home/x'", r"my\.toml: drum 'x' model: there is no model '~nobody-at-home/x'"),
]


@pytest.mark.parametrize(("text", "complaint"), BAD_FILES)
def test_what_a_drum_names_and_is_not_there_is_said_with_the_rigs_file(text: str, complaint: str) -> None:
    drum = rig_from(f'[[drum]]\nname = "x"\n{text}\n').drum[0]
    with pytest.raises(InputError, match=complaint):
        drum_mapping(drum)


def test_a_model_for_other_ranges_does_not_play_the_built_in_voice(tmp_path: Path) -> None:
    louder = tuple(replace(param, high=param.high * 2) for param in SNARE808)
    patch = Patch("louder", ParamSpace("snare808", louder), SNARE808.defaults, np.ones(len(louder)))
    untrained_bundle(patch).save(tmp_path / "louder.safetensors")
    rig = rig_from(WHOLE_RIG.replace('name = "snare"', f'name = "snare"\nmodel = "{tmp_path}/louder.safetensors"'))
    with pytest.raises(InputError, match=r"my\.toml: drum 'snare': model .* with other parameters or ranges"):
        build_chain(rig, 48_000, rig_mappings(rig))


def test_relative_paths_of_a_rig_are_seen_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rigs, elsewhere = tmp_path / "rigs", tmp_path / "elsewhere"
    (rigs / "sub").mkdir(parents=True)
    elsewhere.mkdir()
    snare_bundle().save(rigs / "sub" / "mine.safetensors")
    (rigs / "mine.toml").write_text(preset_text(snare_bundle().preset))
    (rigs / "synth.toml").write_text('name = "x"\n')
    rig = WHOLE_RIG.replace('"snare"', '"snare"\nmodel = "sub/mine.safetensors"\npreset = "mine.toml"')
    (rigs / "rig.toml").write_text(rig.replace("note = 38", 'note = 38\nprofile = "synth.toml"'))
    monkeypatch.chdir(elsewhere)
    settings = load_rig("../rigs/rig.toml")
    mapping = drum_mapping(settings.drum[0])
    assert mapping.bundle.preset.name == "mine"
    assert routes_of(settings, {PlayKey("snare"): mapping}, open_targets(settings, Transcript()), "rig.toml")
    with pytest.raises(InputError, match=r"--model: there is no model 'sub/mine\.safetensors'"):
        with_model(settings, "sub/mine.safetensors")


def test_a_byte_order_mark_is_no_part_of_a_rig(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text('[[drum]]\nname = "x"\n', encoding="utf-8-sig")
    assert load_rig(str(tmp_path / "rig.toml")).drum[0].name == "x"


@pytest.mark.parametrize("text", ["[input\n", "a = " + "[" * 5000, "a = " + "1" * 5000], ids=["key", "depth", "digits"])
def test_a_rig_that_is_not_toml_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"broken\.toml: is not valid TOML"):
        load_rig(str(path))


def test_an_unknown_rig_lists_those_that_ship() -> None:
    with pytest.raises(InputError, match=r"no rig 'no-such-rig'; give a \.toml file or one of 808, demo, everything"):
        RIGS.find("no-such-rig")


@pytest.mark.parametrize(
    ("paths", "complaint"),
    [
        ("3", "allowed is a list of at most 4 tables"),
        ("[1]", r"\[1\] is 1; allowed is a table with input, delay_ms, gain_db"),
        ("[{ input = 2, delay_ms = 1.0 }]", "gain_db' is missing"),
        ("[{ input = 2, delay_ms = 9, gain_db = -10 }]", "delay_ms is 9; allowed is a number from 0 to 6 ms"),
        ("[{ input = 2.5, delay_ms = 1, gain_db = -10 }]", r"input is 2\.5; allowed is a whole number from 1 to 64"),
        (
            "[{ input = 2, delay_ms = 1, gain_db = -10, taps = [] }]",
            r"taps is \[\]; allowed is a list of 1 to 48 numbers",
        ),
        ("[{ input = 2, delay_ms = 1, gain_db = -10, tabs = [1.0] }]", r"tabs' is no key here; did you mean 'taps'"),
        ("[{ input = 1, delay_ms = 1, gain_db = -10 }]", "input 1 is the drum's own"),
    ],
)
def test_a_wrong_path_of_a_leak_is_named(paths: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text(f"[[drum]]\n[drum.detector]\nleak_paths = {paths}\n")
    with pytest.raises(InputError, match="leak_paths.*" + complaint) as refused:
        load_rig(str(tmp_path / "rig.toml"))
    assert "rig.toml" in str(refused.value)
