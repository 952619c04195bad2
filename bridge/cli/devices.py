"""``ghostnote devices``: what a rig can name."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bridge.audio import default_devices, list_devices
from bridge.devices import Device
from bridge.jack import PORT_IS_OUTPUT, jack_ports
from bridge.wire.midi_child import bare_name, open_midi_out


def devices(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """List the audio devices, JACK ports and MIDI ports that a rig can name."""
    audio, defaults = list_devices(), default_devices()
    jack, midi = jack_ports(PORT_IS_OUTPUT), midi_ports()
    if as_json:
        rows = [dataclasses.asdict(device) for device in audio]
        typer.echo(json.dumps({"audio": rows, "default": defaults, "jack": jack, "midi": midi}, indent=2))
        return
    console = Console(highlight=False)
    if audio:
        console.print(device_table(audio, defaults))
    else:
        console.print("No audio device: plug an interface in, or start a JACK server.")
    console.print(f"JACK ports for connect: {', '.join(jack) or 'none (no JACK server)'}")
    console.print(f"MIDI outputs: {', '.join(midi) or 'none'}")


def midi_ports() -> list[str]:
    """Return the MIDI outputs of this machine; none where it has no MIDI."""
    try:
        return [bare_name(port) for port in open_midi_out(None).get_ports()]
    except OSError:
        return []


def device_table(audio: list[Device], defaults: tuple[int, int]) -> Table:
    """Return the audio devices as a table; defaults are starred."""
    table = Table(title="Audio devices ([input] device = ..., [output] device = ...)", title_justify="left")
    for heading in ("", "host", "name"):
        table.add_column(heading)
    for heading in ("in", "out", "Hz", "latency ms"):
        table.add_column(heading, justify="right")
    for device in audio:
        star = "*" if device.number in defaults else ""
        latency = f"{device.latency_ms[0]:.1f} + {device.latency_ms[1]:.1f}"
        channels = (str(device.inputs), str(device.outputs))
        table.add_row(f"{device.number}{star}", device.host, device.name, *channels, str(device.sample_rate), latency)
    return table
