"""The outputs by which a synth is reached in real time: a MIDI port, an OSC port of this machine, or both."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from bridge.midi.ports import SystemPort, compiled_apis, listed, open_midi, port_names, quiet_libraries
from bridge.osc.messages import bundle
from bridge.osc.net import UdpLink
from bridge.sampling.note_messages import Packet
from synth.errors import MissingError, choices, shown

CLIENT, PORT = "ghostnote-sample", "out"
LOCALHOST = "127.0.0.1"


class SynthPorts:
    """What packets leave by.

    Parameters
    ----------
    midi_port : str
        Name of the output, or a part of it; empty: none.
    osc_port : int, optional
        None: none.

    Raises
    ------
    MissingError
        A port is not there.
    """

    def __init__(self, midi_port: str, osc_port: int | None) -> None:
        self._osc_port = osc_port
        self._midi = open_output(midi_port) if midi_port else None
        self._osc = open_osc(osc_port) if osc_port else None

    def send(self, packets: Sequence[Packet]) -> None:
        """Send packets in their order.

        Raises
        ------
        OSError
            A port does not take one.
        """
        for packet in packets:
            if packet.way == "OSC":
                # Whether someone listens is known only after the first packet: `gone` tells.
                _open(self._osc, "osc_port").send(packet.data)
                continue
            try:
                _open(self._midi, "midi_port").midi.send_message(packet.data)
            except Exception as error:  # RtMidi's errors share no base class
                raise OSError(str(error)) from None

    def gone(self) -> str:
        """Return what has gone, as a sentence; empty while all is there. Not to be asked of a JACK server that died."""
        if self._midi is not None and self._midi.name not in port_names(self._midi.midi):
            return f"MIDI output {shown(self._midi.name)} has gone"
        if self._osc is not None and not answers(self._osc):
            return f"OSC port {self._osc_port} {self._osc.trouble}"
        return ""

    def close(self) -> None:
        """Let go."""
        if self._midi is not None:
            self._midi.midi.delete()
        if self._osc is not None:
            self._osc.close()


def _open(port: Any, key: str) -> Any:
    if port is None:
        raise OSError(f"the profile's [sampling] has no {key}")
    return port


def open_output(wanted: str) -> SystemPort:
    """Return the first MIDI output of that name, in any MIDI system.

    Raises
    ------
    MissingError
        There is none; the text lists those that there are.
    """
    there: list[str] = []
    for api in compiled_apis():
        with contextlib.suppress(OSError), quiet_libraries():
            midi = open_midi("MidiOut", api, CLIENT)
            if (port := SystemPort.open(midi, wanted, False, PORT)) is not None:
                return port
            there += listed(port_names(midi))
            midi.delete()
    raise MissingError(
        f"there is no MIDI output {shown(wanted)}; {choices(wanted, there) if there else 'there are none'}"
    )


def open_osc(port: int) -> UdpLink:
    """Return a link to a program of this machine; `MissingError` where none listens."""
    link = UdpLink((LOCALHOST, port))
    if not answers(link):
        raise MissingError(f"OSC port {port} {link.trouble}; start the synth")
    return link


def answers(link: UdpLink) -> bool:
    """Return whether a program listens. An empty bundle asks nothing of it, and is refused where there is none."""
    link.send(bundle(()))
    return not link.trouble
