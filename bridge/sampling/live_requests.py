"""What the process that plays and hears a synth is asked, and what it answers: plain records, pickled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.sampling.note_messages import Packet

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the synth is heard and reached.

    Parameters
    ----------
    device : str
        As in a rig's ``[input]``.
    input : int
        Channel, from 1.
    sample_rate : int, optional
        Hz; None: the device's own.
    jack_audio : str
        JACK port to hear, CLIENT:PORT; empty: what the device gives.
    midi_port, osc_port : optional
        Empty, None: not reached so.
    silence : tuple of Packet
        What ends every note; sent when the process ends, however that comes.
    longest_s : float
        The longest that is heard at once.
    """

    device: str
    input: int
    sample_rate: int | None
    jack_audio: str
    midi_port: str
    osc_port: int | None
    silence: tuple[Packet, ...]
    longest_s: float


@dataclass(frozen=True, slots=True)
class Send:
    """Send packets; answered by `Heard` without audio."""

    packets: tuple[Packet, ...]


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear so many seconds from now on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Echo:
    """Put a sound out and hear so many seconds from its first sample on."""

    sound: Samples
    seconds: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """Play a note.

    Parameters
    ----------
    values : tuple of Packet
        Sent first.
    settle_s : float
        Between the values and the note.
    on : Packet
    note_s : float
        Until its end.
    off : tuple of Packet
    seconds : float
        What is heard at most, from the moment of the note on.
    delay_s : float
        How long the synth takes to be heard; the tail is not over before.
    floor : float
        Amplitude of the noise; 0: unknown, and the tail is heard whole.
    """

    values: tuple[Packet, ...]
    settle_s: float
    on: Packet
    note_s: float
    off: tuple[Packet, ...]
    seconds: float
    delay_s: float
    floor: float


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything is open.

    Parameters
    ----------
    sample_rate : int
        Hz.
    input : str
        ``HOST: NAME`` of the device.
    """

    sample_rate: int
    input: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something could not be opened, or has gone.

    Parameters
    ----------
    words : str
    missing : bool
        Whether it may come.
    """

    words: str
    missing: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard.

    Parameters
    ----------
    audio : (samples,) float32
    lost : bool
        Whether the device lost audio meanwhile.
    """

    audio: Samples
    lost: bool


Request = Places | Send | Listen | Echo | Stroke
Answer = Opened | Refused | Heard
