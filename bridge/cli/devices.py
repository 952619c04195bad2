"""``ghostnote devices``: list the audio devices and MIDI ports that a rig can name."""

from __future__ import annotations

import dataclasses
import json

import typer
from rich.table import Table
from rich.text import Text

from bridge.audio.devices import Device
from bridge.audio.jack import PORT_IS_INPUT, PORT_IS_OUTPUT, jack_ports
from bridge.audio.stream import default_devices, list_devices
from bridge.cli.screen import AsJson, console, numbers
from bridge.midi.ports import listed, visible_ports


def devices(as_json: AsJson = False) -> None:
    """List the audio devices, JACK ports and MIDI ports that a rig can name."""
    audio, defaults = list_devices(), default_devices()
    jack, jack_out = jack_ports(PORT_IS_OUTPUT), jack_ports(PORT_IS_INPUT)
    midi, midi_in = listed(visible_ports("MidiOut")), listed(visible_ports("MidiIn"))
    if as_json:
        rows = [dataclasses.asdict(device) for device in audio]
        ports = {"jack": jack, "jack_outputs": jack_out, "midi": midi, "midi_inputs": midi_in}
        typer.echo(json.dumps({"audio": rows, "default": defaults, **ports}, indent=2))
        return
    screen = console()
    if audio:
        screen.print(device_table(audio, defaults))
    else:
        screen.print("No audio device: plug an interface in, or start a JACK server.")
    screen.print(f"JACK ports for [input] connect: {', '.join(jack) or 'none (no JACK server)'}")
    screen.print(f"JACK ports for [output] connect: {', '.join(jack_out) or 'none (no JACK server)'}")
    screen.print(f"MIDI outputs for a target's port: {', '.join(midi) or 'none'}")
    screen.print(f"MIDI inputs for [control] midi: {', '.join(midi_in) or 'none'}")


def device_table(audio: list[Device], defaults: tuple[int, int]) -> Table:
    """Return the audio devices as a table; defaults are starred."""
    title = Text("Audio devices: [input] device = name, part of a name, or number", "table.title")
    table = Table("", "host", "name", *numbers("in", "out", "Hz", "latency ms"), title=title, title_justify="left")
    for device in audio:
        star = "*" if device.number in defaults else ""
        latency = f"{device.latency_ms[0]:.1f} + {device.latency_ms[1]:.1f}"
        cells = (device.host, device.name, *map(str, (device.inputs, device.outputs, device.sample_rate)), latency)
        table.add_row(f"{device.number}{star}", *map(Text, cells))
    return table
