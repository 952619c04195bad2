"""Audio devices as values, and which one a rig means. `bridge.audio.stream` finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from synth.errors import InputError, MissingError, shown

GOOD_HOSTS = {
    "JACK": "real time; what it is given decides",
    "Core Audio": "good at 64 frames",
    "ASIO": "good at 64 frames",
    "ALSA": "good when nothing else (PipeWire, PulseAudio) sits between",
    "Windows WASAPI": "usable in exclusive mode only",
}
"""Host APIs that can be fast, the best first: where several reach a device of one name, this decides."""


@dataclass(frozen=True, slots=True)
class Device:
    """An audio device as PortAudio sees it.

    Parameters
    ----------
    number : int
        PortAudio's index; it changes when devices come and go.
    name : str
        What a rig's ``device`` matches.
    host : str
        Host API: ALSA, JACK, Core Audio, WASAPI, ASIO.
    inputs, outputs : int
        Channels.
    sample_rate : int
        Default, Hz.
    latency_ms : tuple of float
        Lowest that it claims, (input, output).
    """

    number: int
    name: str
    host: str
    inputs: int
    outputs: int
    sample_rate: int
    latency_ms: tuple[float, float]

    def channels(self, way: str) -> int:
        """Return the channels of one ``way``, "input" or "output"."""
        return self.inputs if way == "input" else self.outputs


def choose_device(devices: list[Device], wanted: str, way: str, channels: int, default: int = -1) -> Device:
    """Return the device that a rig means.

    Parameters
    ----------
    devices : list of Device
        All there are.
    wanted : str
        ``default``, a number, or part of a name or of ``HOST: NAME``, whatever its case; an exact name wins. Of several
        that fit equally, one with enough channels wins, then the better host API (`GOOD_HOSTS`).
    way : {"input", "output"}
        Which way sound goes; also the rig's table, for the message.
    channels : int
        Channels it must have that way.
    default : int
        Number of the system's default, -1 where there is none.

    Raises
    ------
    MissingError
        There is none; the text lists what exists.
    InputError
        It has too few channels.
    """
    usable = [device for device in devices if device.channels(way)]
    if not usable:
        raise MissingError(f"[{way}] device: this machine has no audio {way} (start JACK, or plug an interface in)")
    found = next(_fitting(usable, wanted, way, channels, default), None)
    if found is None:
        there = "; ".join(f"{device.host}: {device.name}" for device in usable)
        raise MissingError(f"[{way}] device: there is no {shown(wanted)}; {way}s are: {there}")
    if found.channels(way) < channels:
        raise InputError(
            f"[{way}] device: '{found.name}' has {found.channels(way)} {way} channels; the rig asks for {channels}"
        )
    return found


def choose_pair(
    devices: list[Device], source: str, sink: str, channels: tuple[int, int], defaults: tuple[int, int]
) -> tuple[Device, Device]:
    """Return the input and the output that a rig means, of one host API wherever names leave the choice.

    Parameters
    ----------
    devices : list of Device
        All there are.
    source, sink : str
        As for `choose_device`. An empty ``sink`` is the other side of the input: the same device, else one of the same
        host API that has its name, fits the name that the rig gives or shares a name in brackets with it, as Windows
        calls an interface's two sides, is the system's default output, or is there at all: a stream has one host API.
        Where that one has no output with enough channels, it is the system's default output.
    channels, defaults : tuple of int
        (input, output).

    Raises
    ------
    InputError
        As for `choose_device`.
    """
    best = choose_device(devices, source, "input", channels[0], defaults[0])
    inputs = [device for device in devices if device.inputs]
    sources = [one for one in _fitting(inputs, source, "input", channels[0], defaults[0]) if one.inputs >= channels[0]]
    if not sink and source != "default":
        for one in sources:
            if (other := next(_other_sides(devices, one, source, channels[1], defaults[1]), None)) is not None:
                return one, other
    sink = sink or "default"
    output = choose_device(devices, sink, "output", channels[1], defaults[1])
    outputs = [device for device in devices if device.outputs >= channels[1]]
    sinks = list(_fitting(outputs, sink, "output", channels[1], defaults[1]))
    pairs = ((one, other) for one in sources for other in sinks if one.host == other.host)
    return next(pairs, (best, output))


def _fitting(usable: list[Device], wanted: str, way: str, channels: int, default: int) -> Iterator[Device]:
    """Yield the devices that ``wanted`` means, the best first."""
    if wanted == "default":
        yield next((device for device in usable if device.number == default), usable[0])
        return
    if wanted.isdecimal():
        yield from (device for device in usable if device.number == int(wanted))
        return

    hosts = list(GOOD_HOSTS)

    def rank(device: Device) -> tuple[bool, int]:
        return device.channels(way) < channels, hosts.index(device.host) if device.host in hosts else len(hosts)

    exact = [device for device in usable if wanted in (device.name, f"{device.host}: {device.name}")]
    part = [device for device in usable if wanted.lower() in f"{device.host}: {device.name}".lower()]
    yield from sorted(exact, key=rank)
    yield from sorted((device for device in part if device not in exact), key=rank)


def _other_sides(devices: list[Device], source: Device, wanted: str, channels: int, default: int) -> Iterator[Device]:
    """Yield the outputs of an input's host API that have enough channels, those that belong to it first."""
    there = [device for device in devices if device.host == source.host and device.outputs >= channels]
    brackets = set(re.findall(r"\(([^)]+)\)", source.name))
    yield from (device for device in there if device.number == source.number)
    yield from (device for device in there if device.name == source.name)
    yield from (device for device in there if not wanted.isdecimal() and wanted.lower() in device.name.lower())
    yield from (device for device in there if brackets & set(re.findall(r"\(([^)]+)\)", device.name)))
    yield from (device for device in there if device.number == default)
    yield from there
