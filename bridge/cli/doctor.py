"""``ghostnote doctor``: say what to change on this machine for a shorter and steadier delay, and what a rig misses."""

from __future__ import annotations

import dataclasses
import json

import typer
from rich.table import Table
from rich.text import Text

from bridge.cli.screen import AsJson, RigName, console
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import RIGS, Rig, load_rig
from bridge.session.cables import play_costs
from bridge.session.findings import look, machine_findings, rig_findings
from bridge.session.machine import Finding
from synth.errors import InputError

STYLES = {"good": "green", "note": "yellow", "change": "red", "missing": "bold red"}


def doctor(rig: RigName = "808", as_json: AsJson = False) -> None:
    """Check this machine, and what a rig names on it. The exit code is 1 if something should change or is missing."""
    checked, source = load_rig(rig), str(RIGS.find(rig))
    findings = [*machine_findings(checked, source, look(checked)), *_of_the_rig(checked, source)]
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) | {"good": finding.good} for finding in findings], indent=2))
    else:
        console().print(findings_table(findings))
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def _of_the_rig(rig: Rig, source: str) -> list[Finding]:
    try:
        return rig_findings(rig, play_costs(rig, source, rig_mappings(rig)))
    except InputError as error:  # the rest holds all the same
        return [
            Finding("rig", str(error), "ghostnote check names what is wrong, one after the other", source, "missing")
        ]


def findings_table(findings: list[Finding]) -> Table:
    """Return the findings with what to change."""
    table = Table(show_header=False)
    for finding in findings:
        mark = Text(finding.severity, STYLES[finding.severity])
        change = "; ".join(filter(None, (finding.change, finding.where)))
        table.add_row(mark, *map(Text, (finding.what, finding.found, change)))
    return table
