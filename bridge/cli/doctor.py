"""``ghostnote doctor``: say what to change on this machine for a shorter and steadier delay."""

from __future__ import annotations

import dataclasses
import json
import os

import typer
from rich.table import Table
from rich.text import Text

from bridge.audio import machine
from bridge.audio.devices import Device, choose_device
from bridge.audio.machine import Finding
from bridge.audio.stream import default_devices, list_devices
from bridge.cli.devices import midi_ports
from bridge.cli.screen import AsJson, RigName, console
from bridge.midi.ports import compiled_apis
from bridge.rig.rig import Rig, load_rig
from synth.errors import InputError


def doctor(rig: RigName = "808", as_json: AsJson = False) -> None:
    """Check this machine and say what to change. The exit code is 1 if something should change."""
    findings = examine(load_rig(rig))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) | {"good": finding.good} for finding in findings], indent=2))
    else:
        console().print(findings_table(findings), soft_wrap=False)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def examine(rig: Rig) -> list[Finding]:
    """Return a finding for everything that was checked."""
    devices = list_devices()
    device = _input_device(devices, rig)
    sample_rate, block = rig.input.sample_rate, rig.input.block or 64
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    midi = midi_ports()
    return [
        machine.system_finding(),
        machine.host_finding(devices),
        machine.rate_finding(device, sample_rate),
        machine.buffer_finding(device, block, sample_rate),
        machine.real_time_finding(),
        machine.governor_finding(),
        machine.cores_finding(load, os.cpu_count() or 1),
        machine.midi_systems_finding(compiled_apis()),
        Finding("MIDI outputs", ", ".join(midi) or "none of others; Ghostnote makes its own where it can"),
    ]


def _input_device(devices: list[Device], rig: Rig) -> Device | None:
    try:
        return choose_device(devices, str(rig.input.device), "input", rig.channels, default_devices()[0])
    except InputError:
        return None


def findings_table(findings: list[Finding]) -> Table:
    """Return the findings with what to change."""
    table = Table(show_header=False)
    for finding in findings:
        mark = Text("good", "green") if finding.good else Text("change", "red")
        table.add_row(mark, *map(Text, (finding.what, finding.found, finding.change)))
    return table
