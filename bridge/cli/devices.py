"""``ghostnote devices``: list the audio devices and MIDI ports that a rig can name."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bridge.audio.devices import Device
from bridge.audio.jack import PORT_IS_OUTPUT, jack_ports
from bridge.audio.stream import default_devices, list_devices
from bridge.midi.ports import bare_name, open_midi


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
    console.print(f"JACK ports for connect: {', '.join(jack) or 'none (no JACK server)'}", markup=False)
    console.print(f"MIDI outputs: {', '.join(midi) or 'none'}", markup=False)


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
    title = escape("Audio devices: [input] device = name, part of a name, or number")
    table = Table(title=title, title_justify="left")
    for heading in ("", "host", "name"):
        table.add_column(heading)
    for heading in ("in", "out", "Hz", "latency ms"):
        table.add_column(heading, justify="right")
    for device in audio:
        star = "*" if device.number in defaults else ""
        latency = f"{device.latency_ms[0]:.1f} + {device.latency_ms[1]:.1f}"
        channels = (str(device.inputs), str(device.outputs))
        names = (escape(device.host), escape(device.name))
        table.add_row(f"{device.number}{star}", *names, *channels, str(device.sample_rate), latency)
    return table
