"""A recording survives whatever stops it: no take is lost, none is there twice."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import numpy as np
import pytest

from bridge.audio.files import write_flac
from bridge.sampling import record as recording
from bridge.sampling.alone import alone_in
from bridge.sampling.begin import begun
from bridge.sampling.engine import EngineError, EngineKind, Takes
from bridge.sampling.folder import Marks, SampleSet
from bridge.sampling.record import FAILURES, Player, record
from bridge.sampling.synth import Note
from bridge.sampling.voice import VoiceEngine
from synth.errors import InputError
from tests.bridge.sampling.synths import asked, recorded
from tests.structure import ROOT

FLAC_STEP = 2**-22
"""Of 24 bits, and one more for a value that was read from a table."""


class FailingEngine(VoiceEngine):
    """A voice that dies, or drops notes, at calls that are told: what no voice of ours does."""

    dies_at: tuple[int, ...] = ()
    silent_at: tuple[int, ...] = ()
    calls = 0
    restarts = 0

    def record(self, notes: Sequence[Note]) -> Takes:
        cls = type(self)
        cls.calls += 1
        if cls.calls in cls.dies_at:
            raise EngineError("the synth has gone")
        takes = super().record(notes)
        if cls.calls in cls.silent_at:
            takes[0] = 0.0
        return takes

    def restart(self) -> None:
        type(self).restarts += 1


def failing(dies_at: Sequence[int] = (), silent_at: Sequence[int] = ()) -> EngineKind:
    FailingEngine.dies_at, FailingEngine.silent_at = tuple(dies_at), tuple(silent_at)
    FailingEngine.calls = FailingEngine.restarts = 0
    return EngineKind("voice", f"{__name__}:FailingEngine", "a voice that fails")


def test_takes_are_the_sounds_of_their_settings_to_the_last_bit_of_their_file(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set")
    rows = found.plan.rows_of("joint")[:5]
    takes = found.audio(rows)
    engine = VoiceEngine(found.synth, asked().way)
    np.testing.assert_allclose(takes, engine.record(found.synth.notes(found.plan.unit[rows])), atol=FLAC_STEP)


def test_a_folder_that_is_read_again_is_the_same(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set")
    again = SampleSet.load(tmp_path / "set")
    np.testing.assert_allclose(again.plan.unit, found.plan.unit, atol=1e-7)
    assert list(again.plan.purposes) == list(found.plan.purposes)
    assert again.taken == found.taken
    assert not len(again.missing)


def test_a_recording_that_was_stopped_goes_on_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CHUNK", 16)
    whole = recorded(tmp_path / "whole")
    wanted = asked()

    def stop(told: recording.Told) -> None:
        if told.recorded >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(begun(tmp_path / "set", wanted), wanted.kind, wanted.way, watch=stop)
    half = begun(tmp_path / "set", wanted)
    assert len(half.missing) == len(half.plan) - 32
    told = record(half, wanted.kind, wanted.way)
    assert told.recorded == len(half.plan) - 32
    rows = np.arange(len(whole.plan))
    np.testing.assert_allclose(half.audio(rows), whole.audio(rows), atol=FLAC_STEP)


def test_a_file_that_no_table_names_is_no_take(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set")
    (tmp_path / "set" / "takes-00007.flac").write_bytes(b"cut short")
    found.add([0], found.audio([0]), [1], Marks(np.zeros(1, bool), np.zeros(1, bool)))
    assert found.taken[0].file == "takes-00008.flac"


def test_a_synth_that_dies_is_started_again_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CHUNK", 16)
    whole = recorded(tmp_path / "whole")
    wanted = replace(asked(), kind=failing(dies_at=(2, 3, 5)))
    found = begun(tmp_path / "set", wanted)
    told = record(found, wanted.kind, wanted.way)
    assert told.restarts == FailingEngine.restarts == 3
    rows = np.arange(len(whole.plan))
    np.testing.assert_allclose(found.audio(rows), whole.audio(rows), atol=FLAC_STEP)


def test_a_synth_that_never_comes_back_is_given_up_and_what_is_there_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CHUNK", 16)
    wanted = replace(asked(), kind=failing(dies_at=range(3, 100)))
    found = begun(tmp_path / "set", wanted)
    with pytest.raises(
        InputError, match=f"failed {FAILURES} times in a row: the synth has gone; the same command goes on"
    ):
        record(found, wanted.kind, wanted.way)
    assert len(SampleSet.load(tmp_path / "set").taken) == 32


def test_a_dropped_note_is_played_again(tmp_path: Path) -> None:
    wanted = replace(asked(), kind=failing(silent_at=(1,)))
    found = begun(tmp_path / "set", wanted)
    record(found, wanted.kind, wanted.way)
    assert found.taken[0].tries == 2
    assert not found.taken[0].silent
    assert {take.tries for number, take in found.taken.items() if number} == {1}


def test_a_setting_that_stays_silent_is_marked(tmp_path: Path) -> None:
    wanted = replace(asked(), kind=failing(silent_at=(1, 2)))
    found = begun(tmp_path / "set", wanted)
    record(found, wanted.kind, wanted.way)
    assert [number for number, take in found.taken.items() if take.silent] == [0]


def test_silent_settings_of_a_synth_in_memory_are_made_up_for(tmp_path: Path) -> None:
    wanted = asked(controls=("osc1_gain", "osc2_gain", "noise_gain"))
    quiet = wanted.kind
    found = begun(tmp_path / "set", wanted)
    silent = set(found.plan.rows_of("joint")[::2].tolist())
    add = found.add

    def silenced(numbers: Sequence[int], takes: Takes, tries: Sequence[int], marks: Marks) -> None:
        add(numbers, takes, tries, replace(marks, silent=np.array([number in silent for number in numbers])))

    found.add = silenced  # type: ignore[method-assign]
    record(found, quiet, wanted.way)
    sounding = [number for number in found.plan.rows_of("joint") if not found.taken[int(number)].silent]
    assert len(sounding) >= wanted.notes
    assert not len(found.missing)


def test_more_notes_are_added_to_what_is_there(tmp_path: Path) -> None:
    recorded(tmp_path / "set", 40)
    longer = recorded(tmp_path / "set", 70)
    assert len(longer.plan.rows_of("joint")) == 70
    whole = recorded(tmp_path / "whole", 70)
    np.testing.assert_allclose(
        longer.plan.unit[longer.plan.rows_of("joint")], whole.plan.unit[whole.plan.rows_of("joint")], atol=1e-7
    )


@pytest.mark.parametrize(
    ("notes", "seed", "words"),
    [
        (40, 1, "whose seed is 0, not 1"),
        (20, 0, "holds a recording of 40 notes; ask for as many or more"),
    ],
)
def test_a_folder_of_another_recording_is_not_gone_on_with(tmp_path: Path, notes: int, seed: int, words: str) -> None:
    recorded(tmp_path / "set")
    with pytest.raises(InputError, match=words):
        begun(tmp_path / "set", asked(notes, seed))


def test_a_folder_with_other_controls_is_not_gone_on_with(tmp_path: Path) -> None:
    recorded(tmp_path / "set")
    with pytest.raises(InputError, match=r"parameter space is osc1\.freq 20 to 2000, .*not osc1\.freq"):
        begun(tmp_path / "set", asked(controls=("osc1.freq",)))


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="holds other files"):
        begun(tmp_path, asked())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("set.toml", "version = 2", "version is 2; this Ghostnote reads version 1"),
        ("set.toml", "version = 1\nsynth = 3", "synth is 3; the file is damaged"),
        ("settings.csv", "number,purpose\n", "its columns are not those of snare808"),
        ("takes.csv", "number\n1\n", "the table is damaged"),
        ("takes.csv", "", "the table is damaged"),
        ("profile.toml", "name = 3", "name is 3"),
    ],
)
def test_a_damaged_folder_is_named_with_its_file(tmp_path: Path, name: str, content: str, words: str) -> None:
    recorded(tmp_path / "set")
    (tmp_path / "set" / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"{name}: {words}"):
        SampleSet.load(tmp_path / "set")


def test_every_line_of_a_table_that_is_changed_is_noticed_or_harmless(tmp_path: Path) -> None:
    recorded(tmp_path / "set")
    whole = (tmp_path / "set" / "settings.csv").read_text("utf-8").splitlines()
    for line in (
        "1,repeat,,,180",
        "1,joint,,,a,b,c",
        "1,other,,,180,200,0",
        "9,repeat,,,180,200,0",
        "1,repeat,,,1e9,200,0",
    ):
        (tmp_path / "set" / "settings.csv").write_text("\n".join([*whole[:2], line, *whole[3:]]) + "\n", "utf-8")
        with pytest.raises(InputError, match=r"settings.csv: the table is damaged"):
            SampleSet.load(tmp_path / "set")


def test_a_cut_flac_file_is_named(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set")
    path = tmp_path / "set" / found.taken[0].file
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError, match=path.name):
        found.audio([100])


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        (r"engine = .*", 'engine = "tape"', "engine is 'tape'; there are live"),
        (r"take_s = .*", "take_s = 1e-7", r"take_s 0\.001 to 60 s"),
        (r"notes = .*", "notes = -5", "notes is below 0"),
        (r"controls = .*", "controls = [1]", "controls holds no names"),
        (r"version = .*", "version = true", "version is True"),
    ],
)
def test_facts_that_cannot_be_are_named_with_their_key(tmp_path: Path, was: str, becomes: str, words: str) -> None:
    path = recorded(tmp_path / "set").folder / "set.toml"
    path.write_text(re.sub(was, becomes, path.read_text("utf-8")), "utf-8")
    with pytest.raises(InputError, match=rf"set\.toml: .*{words}"):
        SampleSet.load(tmp_path / "set")


@pytest.mark.parametrize("cell", ["nan", "-1", "inf"])
def test_a_table_of_takes_with_an_impossible_peak_is_damaged(tmp_path: Path, cell: str) -> None:
    path = recorded(tmp_path / "set").folder / "takes.csv"
    header, first, *rest = path.read_text("utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index("peak")] = cell
    path.write_text("\n".join([header, ",".join(cells), *rest]), "utf-8")
    with pytest.raises(InputError, match=r"takes\.csv: the table is damaged"):
        SampleSet.load(tmp_path / "set")


def test_takes_whose_file_was_removed_are_recorded_again_and_are_the_same(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set")
    numbers = np.arange(len(found.plan))
    before = found.audio(numbers)
    (found.folder / found.taken[0].file).unlink()
    (found.folder / "takes-0 (copy).flac").touch()  # as file managers name a copy
    again = SampleSet.load(found.folder)
    assert 0 in again.missing
    wanted = asked()
    record(again, wanted.kind, wanted.way)
    # Another chunk has another full scale: 24 bits of it.
    np.testing.assert_allclose(SampleSet.load(found.folder).audio(numbers), before, atol=3e-7)


def test_takes_of_another_synth_or_at_another_rate_are_refused(tmp_path: Path) -> None:
    found = recorded(tmp_path / "set")
    other = recorded(tmp_path / "other", controls=("osc1.freq", "noise_gain"))
    name = found.taken[0].file
    kept = (found.folder / name).read_bytes()
    (found.folder / name).write_bytes((other.folder / name).read_bytes())
    with pytest.raises(InputError, match=rf"{name}: take \d+ is another sound than takes\.csv says; remove the file"):
        found.audio(np.arange(len(found.plan)))
    write_flac(found.folder / name, np.zeros(100), 44_100)
    with pytest.raises(InputError, match=rf"{name}: has 44100 Hz, and set\.toml says 48000 Hz; remove the file"):
        found.audio([0])
    (found.folder / name).write_bytes(kept)
    found.audio([0])


def test_a_second_program_is_kept_out_of_a_folder_until_the_first_has_ended(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from bridge.sampling.alone import alone_in\n"
    code += f"with alone_in(Path({str(tmp_path / 'set')!r})):\n print('in', flush=True); sys.stdin.read()"
    first = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "in\n"
    try:
        with (
            pytest.raises(InputError, match="set: another ghostnote sample is recording into it"),
            alone_in(tmp_path / "set"),
        ):
            pass
        with alone_in(tmp_path / "other"):
            pass
    finally:
        first.kill()
        first.communicate()
    with alone_in(tmp_path / "set"):
        pass
    assert not (tmp_path / "set").exists()


def test_a_player_tells_how_often_it_started_again() -> None:
    wanted = asked()
    engine = failing(dies_at=(1,)).start(wanted.synth, wanted.way)
    player = Player(engine)
    player.play(wanted.synth.notes(wanted.synth.default_unit[None]))
    assert player.restarts == 1
