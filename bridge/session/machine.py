"""The properties of a machine that affect latency: real-time rights, governor, load, audio host, rate and buffer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bridge.audio.devices import GOOD_HOSTS, Device
from bridge.realtime.priority import real_time_allowed

Severity = Literal["good", "note", "change", "missing"]
"""``note``: perhaps not meant; ``change``: it plays, but worse; ``missing``: not there, so `play` waits for it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    what : str
        Subject.
    found : str
        State, in words.
    change : str
        What to do, empty if it may stay.
    where : str
        File and key that say it; empty: the machine itself.
    severity : Severity
        What is to be changed and says no more is a ``change``.
    """

    what: str
    found: str
    change: str = ""
    where: str = ""
    severity: Severity = "good"

    def __post_init__(self) -> None:
        """Call what is to be changed a ``change``, not good."""
        if self.change and self.severity == "good":
            object.__setattr__(self, "severity", "change")

    @property
    def good(self) -> bool:
        """Whether it may stay."""
        return self.severity in ("good", "note")

    @property
    def words(self) -> str:
        """What was found and what to do."""
        return "; ".join(filter(None, (self.found, self.change)))

    @property
    def sentence(self) -> str:
        """The finding as one line."""
        return ": ".join(filter(None, (self.where, self.what, self.words)))


def real_time_finding() -> Finding:
    """Look whether a thread may get real-time priority."""
    what = "real-time priority"
    if not hasattr(os, "sched_setscheduler"):
        return Finding(what, "given by the system to audio threads")
    if not real_time_allowed():
        change = "add '@audio - rtprio 95' and '@audio - memlock unlimited' to /etc/security/limits.d/audio.conf, "
        return Finding(what, "refused", change + "join the group audio and log in again")
    return Finding(what, "granted")


def governor_finding(root: Path = Path("/sys/devices/system/cpu")) -> Finding:
    """Look how the processor chooses its speed."""
    what = "processor governor"
    found = sorted({path.read_text().strip() for path in root.glob("cpu*/cpufreq/scaling_governor")})
    if not found:
        return Finding(what, "none to set on this machine")
    change = "" if found == ["performance"] else "cpupower frequency-set -g performance"
    return Finding(what, ", ".join(found), change)


def load_finding() -> Finding:
    """Look whether something else is busy on this machine now."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return cores_finding(load, os.cpu_count() or 1)


def cores_finding(load: float, cores: int) -> Finding:
    """Look whether something else is busy."""
    change = "close what is busy: a shared processor is the most usual cause of xruns"
    return Finding("load", f"{load:.1f} on {cores} cores", "" if load < 0.7 * cores else change)


def host_finding(devices: list[Device]) -> Finding:
    """Look which host APIs reach the devices."""
    hosts = sorted({device.host for device in devices})
    if not hosts:
        return Finding("audio host", "no device", "plug an interface in, or start JACK (jackd -R -p 64 ...)")
    words = "; ".join(f"{host}: {GOOD_HOSTS.get(host, 'adds tens of ms')}" for host in hosts)
    change = "" if GOOD_HOSTS.keys() & hosts else "use ASIO, WASAPI exclusive, JACK or Core Audio instead"
    return Finding("audio host", words, change)


def rate_finding(device: Device, sample_rate: int) -> Finding:
    """Look whether the device runs at the rig's rate."""
    found = f"{device.name} at {device.sample_rate} Hz, the rig at {sample_rate} Hz"
    change = f"set [input] sample_rate = {device.sample_rate}, or the device to {sample_rate} Hz"
    return Finding("sample rate", found, "" if device.sample_rate == sample_rate else change)


def buffer_finding(device: Device, block: int, sample_rate: int) -> Finding:
    """Look how long a block lasts and what latency the device claims."""
    block_ms = 1000 * block / sample_rate
    claimed = f"; {device.name} claims {sum(device.latency_ms):.1f} ms in and out"
    change = "set [input] block = 64 or 128; under JACK or PipeWire the server's period decides"
    return Finding("buffer", f"{block} frames are {block_ms:.2f} ms{claimed}", "" if block_ms <= 3.0 else change)


MIDI_SYSTEMS = {"linux": {"alsa": "libasound2-dev", "jack": "libjack-jackd2-dev"}}
"""Of each system, the kinds of MIDI port that a player may need, and Debian's headers with which they are built."""


def midi_systems_finding(compiled: Sequence[str], platform: str = sys.platform) -> Finding:
    """Look which MIDI systems python-rtmidi was built for: without a wheel it leaves out those that lack headers.

    Parameters
    ----------
    compiled : sequence of str
        As `bridge.midi.ports.compiled_apis` names them.
    platform : str
        As of `sys.platform`.
    """
    missing = {name: headers for name, headers in MIDI_SYSTEMS.get(platform, {}).items() if name not in compiled}
    change = (
        f"install {' '.join(missing.values())} (their names on Debian), then: "
        "pip install --force-reinstall --no-cache-dir --no-binary python-rtmidi python-rtmidi"
    )
    found = ", ".join(compiled) or "none"
    lacking = f"; not {', '.join(missing)}" if missing else ""
    return Finding("MIDI systems", f"built for {found}{lacking}", change if missing or not compiled else "")


def system_finding() -> Finding:
    """Say which system and Python this is."""
    return Finding("system", f"{sys.platform}, Python {sys.version.split()[0]}")
