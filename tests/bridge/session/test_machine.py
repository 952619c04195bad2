"""What the doctor says of a machine."""

from pathlib import Path

import pytest
from rich.console import Console

from bridge.audio.devices import Device
from bridge.cli.doctor import findings_table
from bridge.session.machine import (
    Finding,
    buffer_finding,
    cores_finding,
    governor_finding,
    host_finding,
    midi_systems_finding,
    rate_finding,
)

INTERFACE = Device(0, "Scarlett", "ALSA", 2, 2, 44_100, (3.0, 3.0))


def test_another_rate_than_the_rigs_is_to_be_changed() -> None:
    finding = rate_finding(INTERFACE, 48_000)
    assert not finding.good
    assert "44100" in finding.change


def test_a_long_buffer_is_to_be_changed() -> None:
    assert buffer_finding(INTERFACE, 64, 48_000).good
    assert not buffer_finding(INTERFACE, 512, 48_000).good


def test_a_slow_host_alone_is_to_be_changed() -> None:
    slow = Device(0, "Sound Mapper", "MME", 2, 2, 44_100, (90.0, 90.0))
    assert not host_finding([slow]).good
    assert host_finding([slow, INTERFACE]).good
    assert not host_finding([]).good


@pytest.mark.parametrize(("governor", "good"), [("performance", True), ("powersave", False)])
def test_only_the_performance_governor_is_good(tmp_path: Path, governor: str, good: bool) -> None:
    folder = tmp_path / "cpu0" / "cpufreq"
    folder.mkdir(parents=True)
    (folder / "scaling_governor").write_text(governor)
    assert governor_finding(tmp_path).good == good


def test_a_busy_machine_is_told_so() -> None:
    assert not cores_finding(1.9, 2).good


def test_what_was_found_is_shown_as_it_is() -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(findings_table([Finding("MIDI outputs", "[x], a[/b]")]))
    assert "[x], a[/b]" in shown.get()


def test_a_midi_system_that_was_left_out_when_building_is_named_with_its_headers() -> None:
    assert midi_systems_finding(["alsa", "jack"], "linux") == Finding("MIDI systems", "built for alsa, jack")
    assert midi_systems_finding(["core"], "darwin").good
    finding = midi_systems_finding(["jack"], "linux")
    assert finding.found == "built for jack; not alsa"
    assert finding.change.startswith("install libasound2-dev (their names on Debian), then: pip install")
