"""``ghostnote devices``: list the audio devices and MIDI ports that a rig can name."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.table import Table
from rich.text import Text

from bridge.audio.devices import Device
from bridge.audio.jack import PORT_IS_OUTPUT, jack_ports
from bridge.audio.stream import default_devices, list_devices
from bridge.cli.screen import AsJson, console, numbers
from bridge.midi.ports import bare_name, open_midi


def devices(as_json: AsJson = False) -> None:
    """List the audio devices, JACK ports and MIDI ports that a rig can name."""
    audio, defaults = list_devices(), default_devices()
    jack, midi = jack_ports(PORT_IS_OUTPUT), midi_ports()
    if as_json:
        rows = [dataclasses.asdict(device) for device in audio]
        typer.echo(json.dumps({"audio": rows, "default": defaults, "jack": jack, "midi": midi}, indent=2))
        return
    screen = console()
    if audio:
        screen.print(device_table(audio, defaults))
    else:
        screen.print("No audio device: plug an interface in, or start a JACK server.")
    screen.print(f"JACK ports for connect: {', '.join(jack) or 'none (no JACK server)'}")
    screen.print(f"MIDI outputs: {', '.join(midi) or 'none'}")


def midi_ports() -> list[str]:
    """Return the MIDI outputs of this machine; none where it has no MIDI."""
    with quiet_libraries():
        try:
            return [bare_name(port) for port in open_midi("MidiOut", None).get_ports()]
        except OSError:
            return []


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep what ALSA and JACK write about missing hardware off the terminal."""
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


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
