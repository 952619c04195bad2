"""A synth that is reached and heard: the ports and the audio stream of the process that samples in real time."""

from __future__ import annotations

import contextlib
import time

import numpy as np

from bridge.audio.devices import choose_pair
from bridge.audio.jack import PORT_IS_OUTPUT, jack_ports
from bridge.audio.stream import AudioStream, default_devices, list_devices
from bridge.realtime.clock import StreamClock
from bridge.rig.rig import Rig, rig_from_table
from bridge.sampling.live_requests import Heard, Places, Samples, Stroke
from bridge.sampling.ports import SynthPorts
from bridge.sampling.ring import InputRing
from synth.errors import MissingError, shown

RATES_HZ = (44_100, 96_000)
"""What a rig may have."""

FIRST_BLOCK_S = 5.0
"""A stream that has not called for so long after its start never will."""

STALL_S = 1.0
"""Audio that has not moved for this long is gone."""

LOOK_S = 0.01
"""How often a tail is looked at."""

QUIET_S = 0.05
"""A tail is over when so much of it was quiet."""

QUIET_SHARE = 0.001
"""Of the take's peak: -60 dB."""

FLOOR_MARGIN = 1.25
"""A second of noise has seldom seen its highest peak."""

FADE_S = 0.005
"""A tail that ends early falls to silence so fast: what is left of it is no click."""

WIRE_BYTES_S = 3_125.0
"""MIDI by a DIN cable: 31 250 bits a second, 10 a byte. The note waits until its controllers have passed."""

LEAD_S = 0.02
"""How far ahead a sound is handed to the audio thread, beside a few blocks."""

AHEAD_BLOCKS = 3
ROOM_S = 1.0


class Connection:
    """The stream and the ports, open.

    Parameters
    ----------
    places : Places

    Raises
    ------
    InputError
        A port or the device is not there (`MissingError`) or refuses.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        # Before PortAudio: libjack must not open a client while it tells another one of those that have gone.
        self._ports = SynthPorts(places.midi_port, places.osc_port)
        self.send = self._ports.send
        rig = input_rig(places)
        self.sample_rate = rig.input.sample_rate
        self._clock = StreamClock(self.sample_rate)
        self._ring = InputRing(places.input - 1, round((places.longest_s + ROOM_S) * self.sample_rate))
        self._stream = AudioStream(rig, self._process, self._clock)
        self._stream.start()
        self._wait_first_block()
        self.input = f"{self._stream.input.host}: {self._stream.input.name}"
        self._period = self._stream.block_samples() if self._stream.input.host == "JACK" else 1

    def close(self) -> None:
        """End every note and let go; of a server that has died nothing is asked, for that may hang."""
        if self._stands_still():
            return
        with contextlib.suppress(OSError):
            self.send(self._places.silence)
            time.sleep(QUIET_S)
        self._ports.close()
        self._stream.close(leaves=True)

    def gone(self) -> str:
        """Return what has gone, as a sentence; empty while all is there."""
        if self._stands_still():
            return f"audio input {self.input} gave no sound for {STALL_S:g} s"
        if words := self._ports.gone():
            return words
        if self._places.jack_audio and self._places.jack_audio not in jack_ports(PORT_IS_OUTPUT):
            return f"JACK port {shown(self._places.jack_audio)} has gone"
        return ""

    def listen(self, seconds: float) -> Heard:
        """Return what comes from now on."""
        lost = self._losses()
        start = self._ring.end
        samples = round(seconds * self.sample_rate)
        self._wait_for(start + samples)
        return Heard(self._ring.read(start, samples), self._losses() != lost)

    def echo(self, sound: Samples, seconds: float) -> Heard:
        """Put a sound out and return what comes from its first sample on."""
        lost = self._losses()
        start = self._ring.end + round(LEAD_S * self.sample_rate) + AHEAD_BLOCKS * self._stream.block_samples()
        self._ring.play(sound, start)
        samples = round(seconds * self.sample_rate)
        self._wait_for(start + samples)
        return Heard(self._ring.read(start, samples), self._losses() != lost)

    def strike(self, stroke: Stroke) -> Heard:
        """Play a note and return what comes from its moment on."""
        lost = self._losses()
        self.send(stroke.values)
        wire_s = sum(len(packet.data) for packet in stroke.values if packet.way == "MIDI") / WIRE_BYTES_S
        time.sleep(stroke.settle_s + wire_s)
        self._wait_mid_block()
        self.send((stroke.on,))
        moment = self._moment(time.monotonic())
        off = moment + round(stroke.note_s * self.sample_rate)
        self._wait_for(off)
        self.send(stroke.off)
        samples = round(stroke.seconds * self.sample_rate)
        self._wait_quiet(moment, off + round(stroke.delay_s * self.sample_rate), moment + samples, stroke.floor)
        audio = self._ring.read(moment, samples)
        return Heard(_faded(audio, self._ring.end - moment, self.sample_rate), self._losses() != lost)

    def _process(self, block: Samples, out: Samples) -> None:
        self._ring.process(block, out, self._stream.counters.lost)

    def _losses(self) -> tuple[int, int, int]:
        counters = self._stream.counters
        return counters.lost_samples, counters.xruns, counters.failures

    def _wait_first_block(self) -> None:
        until_s = time.monotonic() + FIRST_BLOCK_S
        while not self._stream.counters.blocks:
            if time.monotonic() > until_s:
                raise MissingError(f"[input] '{self._stream.input.name}' opened and gives no sound")
            time.sleep(LOOK_S)

    def _wait_mid_block(self) -> None:
        """Wait for the middle of a block, where blocks are known.

        What is sent there leaves with the next block, always: sent at any time, it would be up to a block late.
        """
        if self._period > 1:
            now = self._sample_at(time.monotonic())
            middle = (now // self._period + 1.5) * self._period
            time.sleep(max(self._clock.at(middle) - time.monotonic(), 0.0))

    def _moment(self, now_s: float) -> int:
        """Return the sample at which what was sent just now left: the beginning of its block."""
        return int(self._sample_at(now_s) // self._period * self._period)

    def _sample_at(self, now_s: float) -> float:
        line = self._clock.line
        return line.sample + (now_s - line.time_s) / line.period_s

    def _wait_for(self, sample: int) -> None:
        """Wait until a sample of the stream has come; `OSError` where the stream stops before."""
        while (left := sample - self._ring.end) > 0:
            if self._stands_still():
                raise OSError(self.gone())
            time.sleep(min(max(left / self.sample_rate, 0.001), LOOK_S))

    def _wait_quiet(self, start: int, earliest: int, end: int, floor: float) -> None:
        """Wait until a tail is over: `QUIET_SHARE` of the peak, or the noise; at the longest until ``end``."""
        quiet = round(QUIET_S * self.sample_rate)
        first = min(earliest + quiet, end)
        self._wait_for(first)
        if floor <= 0.0:
            self._wait_for(end)
        peak = float(np.abs(self._ring.read(start, first - start)).max())
        while (now := self._ring.end) < end:
            newest = float(np.abs(self._ring.read(now - quiet, quiet)).max())
            peak = max(peak, newest)
            if newest < max(QUIET_SHARE * peak, FLOOR_MARGIN * floor):
                return
            self._wait_for(min(now + round(LOOK_S * self.sample_rate), end))

    def _stands_still(self) -> bool:
        return time.monotonic() - self._stream.counters.latest_s > STALL_S


def _faded(audio: Samples, heard: int, sample_rate: int) -> Samples:
    """Let a take whose end was not waited for fall to silence where it ends."""
    fade = round(FADE_S * sample_rate)
    if fade < heard < len(audio):
        audio[heard - fade : heard] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        audio[heard:] = 0.0
    return audio


def input_rig(places: Places) -> Rig:
    """Return a rig that hears one channel, at the rate of its device where none is asked for.

    Raises
    ------
    InputError
        The device is not there, or has too few channels.
    """
    rate = places.sample_rate
    if rate is None:
        found, _ = choose_pair(list_devices(), places.device, "", (places.input, 1), default_devices())
        rate = min(max(found.sample_rate, RATES_HZ[0]), RATES_HZ[1])
    table = {
        "input": {"device": places.device, "sample_rate": rate, "block": 0, "connect": places.jack_audio},
        "output": {"channels": 1},
        "drum": [{"channel": places.input}],
    }
    return rig_from_table(table, "[sampling]")
