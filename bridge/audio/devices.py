"""Audio devices as values, and which one a rig means. `bridge.audio.stream` finds them."""

from __future__ import annotations

from dataclasses import dataclass

from synth.errors import InputError, MissingError, shown


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
        ``default``, a number, or part of a name or of ``HOST: NAME``, whatever its case; an exact name wins.
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
    found = _named(usable, wanted, default)
    if found is None:
        there = "; ".join(f"{device.host}: {device.name}" for device in usable)
        raise MissingError(f"[{way}] device: there is no {shown(wanted)}; {way}s are: {there}")
    if found.channels(way) < channels:
        raise InputError(
            f"[{way}] device: '{found.name}' has {found.channels(way)} {way} channels; the rig asks for {channels}"
        )
    return found


def _named(usable: list[Device], wanted: str, default: int) -> Device | None:
    """Return the first device that ``wanted`` means, exact names first."""
    if wanted == "default":
        return next((device for device in usable if device.number == default), usable[0])
    if wanted.isdigit():
        return next((device for device in usable if device.number == int(wanted)), None)
    exact = [device for device in usable if wanted in (device.name, f"{device.host}: {device.name}")]
    part = [device for device in usable if wanted.lower() in f"{device.host}: {device.name}".lower()]
    return next(iter(exact + part), None)
