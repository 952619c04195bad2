"""What a rig meets on this machine: one set of findings behind `doctor`, `check` and `play`.

`look` asks the system once for what it has, as a `Machine`. Everything else is told from that value and the rig.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.audio.devices import Device, choose_pair
from bridge.audio.jack import PORT_IS_INPUT, PORT_IS_OUTPUT, connect_ports, jack_ports, no_port
from bridge.audio.stream import default_devices, list_devices
from bridge.engine.messages import Opened
from bridge.mapping.when import exclude_each_other, gap_in_words
from bridge.midi.ports import compiled_apis, listed, ranked_ports, visible_ports
from bridge.rig.rig import Drum, Rig
from bridge.rig.targets import MidiTargetSettings, OscTargetSettings
from bridge.session import machine as system
from bridge.session.cables import cable_findings
from bridge.session.machine import Finding
from bridge.targets.base import Target
from bridge.targets.cost import WireCost
from synth.errors import InputError

ANSWER_S = 2.0
"""A name server that has not answered by then is taken for one that does not know the name."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine has.

    Parameters
    ----------
    devices : tuple of Device
        Audio devices.
    defaults : tuple of int
        Numbers of the default (input, output).
    no_audio : str
        Why the devices cannot be listed; empty: they can.
    jack_sources, jack_sinks : tuple of str
        Ports that ``connect`` of input and output may name.
    midi_outputs : mapping of str or None to sequence of str
        Ports of others, by the API that a target asks for.
    midi_inputs : tuple of str
        Ports of others.
    midi_apis : tuple of str
        MIDI systems that RtMidi was built for.
    """

    devices: tuple[Device, ...] = ()
    defaults: tuple[int, int] = (-1, -1)
    no_audio: str = ""
    jack_sources: tuple[str, ...] = ()
    jack_sinks: tuple[str, ...] = ()
    midi_outputs: Mapping[str | None, Sequence[str]] = field(default_factory=dict)
    midi_inputs: tuple[str, ...] = ()
    midi_apis: tuple[str, ...] = ()


def look(rig: Rig) -> Machine:
    """Return what this machine has of what a rig may mean; it opens no device and no port."""
    try:
        devices, defaults, no_audio = tuple(list_devices()), default_devices(), ""
    except InputError as error:
        devices, defaults, no_audio = (), (-1, -1), str(error)
    apis = {None, *(target.api for target in rig.targets if isinstance(target, MidiTargetSettings))}
    return Machine(
        devices,
        defaults,
        no_audio,
        tuple(jack_ports(PORT_IS_OUTPUT)),
        tuple(jack_ports(PORT_IS_INPUT)),
        {api: visible_ports("MidiOut", api) for api in apis},
        tuple(visible_ports("MidiIn")) if rig.control is not None and rig.control.midi else (),
        tuple(compiled_apis()),
    )


def machine_findings(rig: Rig, source: str, machine: Machine) -> list[Finding]:
    """Return what was found of the machine and of what a rig names on it; ``source`` is the rig's file."""
    return [
        system.system_finding(),
        *audio_findings(rig, source, machine),
        *connect_findings(rig, source, machine),
        system.midi_systems_finding(machine.midi_apis),
        *midi_findings(rig, machine),
        *host_findings(rig),
        system.real_time_finding(),
        system.governor_finding(),
        system.load_finding(),
    ]


def audio_findings(rig: Rig, source: str, machine: Machine) -> Iterator[Finding]:
    """Yield what was found of the host APIs, of the two devices that the rig means, and of rate and buffer."""
    if machine.no_audio:
        yield Finding("audio host", machine.no_audio, "install it", severity="missing")
        return
    yield system.host_finding(list(machine.devices))
    if not machine.devices:
        return
    channels = rig.channels, rig.output.channels
    names = str(rig.input.device), str(rig.output.device)
    try:
        ends = choose_pair(list(machine.devices), *names, channels, machine.defaults)
    except InputError as error:
        change = "name a device that is there, or part of its name; play waits for this one"
        yield Finding("audio device", str(error), change, source, "missing")
        return
    for way, device in zip(("input", "output"), ends, strict=True):
        yield Finding(f"{way} device", f"{device.host}: {device.name}, {device.channels(way)} channels")
    if ends[0].host != ends[1].host:
        found = f"the input is under {ends[0].host}, the output under {ends[1].host}"
        yield Finding("audio devices", found, "name two devices of one host API", source)
    yield replace(system.rate_finding(ends[0], rig.input.sample_rate), where=source)
    yield replace(system.buffer_finding(ends[0], rig.input.block or 64, rig.input.sample_rate), where=source)


def connect_findings(rig: Rig, source: str, machine: Machine) -> Iterator[Finding]:
    """Yield what was found of the JACK ports that the rig names."""
    ways = (
        ("input", rig.input.connect, machine.jack_sources, rig.channels),
        ("output", rig.output.connect, machine.jack_sinks, rig.output.channels),
    )
    for table, wanted, there, channels in ways:
        names = connect_ports(wanted)
        what, where = f"[{table}] connect", source
        if names and not there:
            yield Finding(what, "there is no JACK server", "start one (jackd)", where, "missing")
            continue
        for name in (name for name in names if name not in there):
            yield Finding(what, no_port(name, there), "name one that is there", where, "missing")
        if len(names) > channels:
            found = f"it names {len(names)} ports and there {'is 1 channel' if channels == 1 else f'are {channels}'}"
            yield Finding(what, found, "the ports beyond that are not connected", where, "note")


def midi_findings(rig: Rig, machine: Machine) -> Iterator[Finding]:
    """Yield what was found of every MIDI port that the rig names, and of two targets that share one."""
    targets = [target for target in rig.targets if isinstance(target, MidiTargetSettings)]
    if not targets:
        there = listed(machine.midi_outputs.get(None, ()))
        yield Finding("MIDI outputs", ", ".join(there) or "none of others; Ghostnote makes its own where it can")
    opened: dict[str, str] = {}
    for target in targets:
        ports = machine.midi_outputs.get(target.api, ())
        what = f"MIDI port of '{target.name}'"
        name = target.port if target.is_virtual else next(iter(ranked_ports(ports, target.port)), "")
        if target.is_virtual and sys.platform == "win32":
            change = "make one with loopMIDI, and name that one"
            yield Finding(what, "Windows gives programs no port of their own", change, target.where, "missing")
        elif target.is_virtual:
            yield Finding(what, f"'{target.port}', made by Ghostnote; others connect to it")
        else:
            yield _port_finding(what, target.where, target.port, ports)
        if name and name in opened:
            found = f"it is also that of '{opened[name]}'"
            yield Finding(what, f"{found}: {name}", "let one target play all of it", target.where, "note")
        opened.setdefault(name, target.name)
    if rig.control is not None and rig.control.midi not in ("", "ghostnote"):
        yield _port_finding("MIDI input", rig.control.where, rig.control.midi, machine.midi_inputs)


def _port_finding(what: str, where: str, wanted: str, ports: Sequence[str]) -> Finding:
    """Tell which port a name opens, and where it does not decide."""
    fits = ranked_ports(ports, wanted)
    if not fits:
        there = ", ".join(listed(ports)) or "none"
        change = "plug it in, switch it on, or name one that is there; play waits for it"
        return Finding(what, f"there is no '{wanted}'; there are: {there}", change, where, "missing")
    if len(fits) > 1:
        found = f"'{wanted}' fits {', '.join(fits)}; the first one is opened"
        return Finding(what, found, "name more of the port that is meant, with its numbers if need be", where, "note")
    return Finding(what, fits[0])


def host_findings(rig: Rig) -> Iterator[Finding]:
    """Yield what was found of every host that the rig names."""
    named: dict[str, tuple[str, str]] = {}
    for target in rig.targets:
        if isinstance(target, OscTargetSettings):
            for host in (target.host, *(receiver.host for receiver in target.receivers)):
                named.setdefault(host, (f"host of '{target.name}'", target.where))
    if rig.control is not None:
        for host in (rig.control.host, *(receiver.host for receiver in rig.control.send_to)):
            named.setdefault(host, ("host of remote control", rig.control.where))
    for host, (what, where) in named.items():
        why = unresolved(host)
        change = "give its address, or a name that is known here; play waits for it"
        yield Finding(what, f"'{host}' is not found ({why})", change, where, "missing") if why else Finding(what, host)


def unresolved(host: str) -> str:
    """Return why a host's name leads nowhere; empty: it has an address."""
    answers: list[str] = []

    def ask() -> None:
        try:
            socket.getaddrinfo(host, None)
            answers.append("")
        except (OSError, UnicodeError) as error:
            answers.append(str(error))

    asking = threading.Thread(target=ask, name="name server", daemon=True)
    asking.start()
    asking.join(ANSWER_S)
    return answers[0] if answers else f"no answer within {ANSWER_S:g} s"


def rig_findings(rig: Rig, costs: Sequence[WireCost]) -> list[Finding]:
    """Return what a rig holds that is right, and perhaps not meant; ``costs`` are those of `play_costs`."""
    findings = [
        Finding("rig", f"drum '{drum.name}' plays nothing", "give it a [[drum.play]]", severity="note")
        for drum in rig.drum
        if not drum.plays
    ]
    played = {play.target for drum in rig.drum for play in drum.plays}
    findings += [
        Finding("rig", f"no drum plays target '{target.name}'", severity="note")
        for target in rig.targets
        if target.name not in played
    ]
    findings += [
        Finding("rig", f"target '{target.name}' is alone in choke_group '{target.choke_group}'", severity="note")
        for target in rig.voice_targets.values()
        if target.choke_group and not any(target.cuts(other) for other in rig.voice_targets.values())
    ]
    findings += [finding for drum in rig.drum for finding in _play_findings(drum)]
    return [*findings, *cable_findings(rig, costs)]


def _play_findings(drum: Drum) -> Iterator[Finding]:
    """Yield what the plays of a drum do together: strokes that none takes, and those that a target gets twice."""
    if gap := gap_in_words(drum):
        yield Finding("rig", f"drum '{drum.name}': no play takes strokes with {gap}", severity="note")
    for name in dict.fromkeys(play.target for play in drum.plays):
        plays = [play for play in drum.plays if play.target == name]
        meet = [one for one in plays if any(other is not one and not exclude_each_other(one, other) for other in plays)]
        if meet:
            which = "a stroke may sound" if any(play.when for play in meet) else "each stroke sounds"
            found = f"drum '{drum.name}' plays '{name}' {len(meet)} times: {which} {len(meet)} times there"
            yield Finding("rig", found, severity="note")


def opened_findings(rig: Rig, source: str, targets: Mapping[str, Target], opened: Opened | None) -> Iterator[Finding]:
    """Yield what a session opened: each target's way, and the rate of the device; in place of what `look` finds."""
    for target in targets.values():
        if target.rivals:
            found = f"'{target.reached}' is opened; the name fits {', '.join(target.rivals)} as well"
            change = "name more of the port that is meant, with its numbers if need be"
            yield Finding(f"MIDI port of '{target.settings.name}'", found, change, target.settings.where, "note")
        elif target.reached:
            yield Finding(f"target '{target.settings.name}'", target.reached)
    if opened is not None and opened.device_hz not in (0, opened.sample_rate):
        found = f"{opened.input_name} runs at {opened.device_hz} Hz by itself, the rig at {opened.sample_rate} Hz"
        yield Finding("sample rate", found, f"set [input] sample_rate = {opened.device_hz}, or the device", source)
