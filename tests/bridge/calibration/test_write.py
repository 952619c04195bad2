import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.calibration.measure import Calibration, sentences
from bridge.calibration.write import own_rig, write_findings
from bridge.rig.detector import DetectorSettings, LeakPath
from bridge.rig.rig import RIGS, load_rig
from synth.errors import InputError

FINDING = Calibration(
    0, 20, -70.0, -40.0, -10.0, -9.0, 0, 0.0, -140.0, 0.1, 0.2, DetectorSettings(gain_db=7.0), -42.0, -9.0
)


def test_a_shipped_rig_is_copied_and_keeps_its_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source, target = own_rig("808")
    assert (source, target) == (RIGS.find("808"), tmp_path / "808.toml")
    assert write_findings(source, target, [FINDING]) == ["snare"]
    comments = [line for line in source.read_text().splitlines() if line.startswith("#")]
    assert [line for line in target.read_text().splitlines() if line.startswith("#")] == comments


def test_new_keys_follow_the_last_key_above_what_is_commented_out(tmp_path: Path) -> None:
    write_findings(RIGS.find("808"), tmp_path / "rig.toml", [FINDING])
    lines = (tmp_path / "rig.toml").read_text().splitlines()
    after = lines.index("follow_level = 0.7")
    assert lines[after + 1 : after + 3] == ["softest_db = -42.0", "loudest_db = -9.0"]
    assert lines[after + 3].startswith("# locks")


@pytest.mark.parametrize(
    "table", ["[[drum]]\n", "[[drum]]\nname = 'x'", "drum = [{ name = 'x' }]\n", "\ufeff[[drum]]\n"]
)
def test_any_way_to_write_a_drum_takes_what_was_found(table: str, tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text(table)
    write_findings(tmp_path / "rig.toml", tmp_path / "rig.toml", [FINDING])
    drum = load_rig(str(tmp_path / "rig.toml")).drum[0]
    assert (drum.softest_db, drum.loudest_db, drum.detector) == (-42.0, -9.0, FINDING.settings)


def test_the_rig_holds_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_findings(*own_rig("808"), [FINDING])
    drum = load_rig("808.toml").drum[0]
    assert drum.detector == FINDING.settings
    assert (drum.softest_db, drum.loudest_db) == (-42.0, -9.0)


def test_a_copy_made_before_is_calibrated_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_findings(*own_rig("808"), [FINDING])
    source, target = own_rig("808")
    assert source == target == tmp_path / "808.toml"
    write_findings(source, target, [FINDING])
    assert target.read_text().count("gain_db = 7.0") == 1


def test_a_shipped_rig_is_copied_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linked.toml").symlink_to(RIGS.find("808"))
    assert own_rig(os.path.relpath(RIGS.find("808")))[1] == tmp_path / "808.toml"
    with pytest.raises(InputError, match=r"linked\.toml: is the shipped rig itself; work in another folder"):
        own_rig("linked.toml")


def test_a_shipped_rig_is_never_changed_in_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(RIGS.find("808").parent)
    for name in ("808", "808.toml", "./808.toml"):
        with pytest.raises(InputError, match=r"808\.toml: is the shipped rig itself"):
            own_rig(name)


def test_a_linked_rig_stays_a_link_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text("[[drum]]\n")
    real.chmod(0o640)
    link.symlink_to(real)
    write_findings(link, link, [FINDING])
    assert link.is_symlink()
    assert "softest_db = -42.0" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_channel_without_strokes_is_left_alone(tmp_path: Path) -> None:
    silent = Calibration(0, 0, -70.0, 0, 0, 0, 0, 0, -140, 0, 0, DetectorSettings(gain_db=7.0), -42.0, -9.0)
    assert write_findings(RIGS.find("808"), tmp_path / "rig.toml", [silent]) == []


def test_a_rig_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_findings(RIGS.find("808"), tmp_path / "file" / "rig.toml", [FINDING])


def test_paths_are_written_a_line_each_and_replaced(tmp_path: Path) -> None:
    paths = (
        LeakPath(input=2, delay_ms=2.5, gain_db=-13.8, taps=(0.2, 0.9)),
        LeakPath(input=3, delay_ms=1.0, gain_db=-16.0),
    )
    for mine in (paths, paths[:1], ()):
        settings = DetectorSettings(gain_db=7.0, leak_paths=mine)
        source = tmp_path / "rig.toml" if mine != paths else RIGS.find("808")
        write_findings(source, tmp_path / "rig.toml", [replace(FINDING, settings=settings)])
        assert load_rig(str(tmp_path / "rig.toml")).drum[0].detector == settings
        assert (tmp_path / "rig.toml").read_text().count("\n    {input = ") == len(mine)


def test_a_few_strokes_move_neither_velocity_range_nor_gain(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text("[[drum]]\nsoftest_db = -50.0\nloudest_db = -12.0\n[drum.detector]\ngain_db = 3.0\n")
    few = replace(FINDING, strokes=7, settings=DetectorSettings(gain_db=3.0))
    assert write_findings(rig, rig, [few]) == ["snare"]
    drum = load_rig(str(rig)).drum[0]
    assert (drum.softest_db, drum.loudest_db, drum.detector.gain_db) == (-50.0, -12.0, 3.0)
    assert sentences(few) == [
        "only 7 of at least 8 strokes were heard; the gain and the velocity range are left as they were"
    ]
    assert not sentences(FINDING)
