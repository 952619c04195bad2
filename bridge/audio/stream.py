"""The audio stream and its callback: blocks in, blocks out, faults counted. Imports sounddevice.

`AudioStream` calls a ``process(block, out)`` once a block on the device's own thread. No exception leaves the callback,
it takes no lock and writes no file; `StreamCounters` is what other threads read.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.audio.devices import Device, choose_pair
from bridge.audio.jack import (
    PORT_IS_INPUT,
    PORT_IS_OUTPUT,
    JackClock,
    connect_ports,
    jack_ports,
    jack_rewire,
    leave_jack,
    no_port,
)
from bridge.realtime.clock import Line, StreamClock
from bridge.realtime.priority import ask_real_time
from bridge.rig.rig import Rig
from synth.errors import InputError, MissingError

Process = Callable[[NDArray[np.float32], NDArray[np.float32]], None]

AUDIO_PRIORITY = 65
"""Real-time priority asked for the callback's thread where the host API has given none (JACK has)."""

LONGEST_LOSS_S = 1.0
"""Blocks that come later than this come from a stream that stood still, as while its server was stopped."""

FIRST_BLOCK_S = 0.5
"""How long a running device may take to call for the first time."""


@dataclass(slots=True)
class StreamCounters:
    """What happened on the audio thread, written there and read elsewhere.

    Parameters
    ----------
    blocks : int
        Handled so far.
    samples : int
        Of the stream so far: handled, or lost.
    lost_samples, lost : int
        Input that never came: in all, and right before the block at hand.
    block : int
        Frames of the latest callback.
    xruns : int
        Times the device said that audio was lost.
    late : int
        Callbacks that began more than a block late.
    over : int
        Callbacks that ended later than a block after they began, whoever took the time.
    busy : int
        Callbacks whose own work took longer than a block of processor time: these are ours.
    failures : int
        Exceptions stopped at the edge of the callback; ``failure`` is the last one's text.
    work_s, worst_work_s : float
        Processor time in our code, summed and worst.
    peak : float
        Highest absolute input since a reader last set it to 0.
    latest_s : float
        When the latest callback began, or else the stream was started, on `time.monotonic`.
    """

    blocks: int = 0
    samples: int = 0
    lost_samples: int = 0
    lost: int = 0
    block: int = 0
    xruns: int = 0
    late: int = 0
    over: int = 0
    busy: int = 0
    failures: int = 0
    failure: str = ""
    work_s: float = 0.0
    worst_work_s: float = 0.0
    peak: float = 0.0
    latest_s: float = 0.0


def open_sounddevice(rescan: bool = False) -> Any:
    """Import sounddevice, which starts PortAudio; ``rescan`` makes it look for devices again."""
    try:
        import sounddevice
    except OSError as error:
        raise InputError(f"PortAudio is missing ({error}); install it: apt install libportaudio2") from None
    if rescan:
        # PortAudio lists devices once, when it starts; sounddevice has no public way to list them anew.
        sounddevice._terminate()
        sounddevice._initialize()
    return sounddevice


def list_devices() -> list[Device]:
    """Return every audio device, in PortAudio's order."""
    sounddevice = open_sounddevice()
    hosts = [host["name"] for host in sounddevice.query_hostapis()]
    return [_device(number, entry, hosts) for number, entry in enumerate(sounddevice.query_devices())]


def default_devices() -> tuple[int, int]:
    """Return the numbers of the system's default (input, output); -1 where there is none."""
    pair = open_sounddevice().default.device
    return int(pair[0]), int(pair[1])


def _device(number: int, entry: dict[str, Any], hosts: list[str]) -> Device:
    latency_ms = (entry["default_low_input_latency"] * 1000, entry["default_low_output_latency"] * 1000)
    host = hosts[entry["hostapi"]].replace("JACK Audio Connection Kit", "JACK")
    rate, inputs, outputs = entry["default_samplerate"], entry["max_input_channels"], entry["max_output_channels"]
    return Device(number, entry["name"], host, int(inputs), int(outputs), int(rate), latency_ms)


class AudioStream:
    """A duplex stream that calls a function for each block.

    The device calls ``process(block, out)`` on a thread of its own, under real-time priority where the system allows
    it, first soon after `start` and then once a period until `close`. Both arguments are float32 arrays of n frames:
    ``block`` is (n, input channels), as it came from the converter and possibly not finite, ``out`` is (n, output
    channels). n is the rig's block, or the device's choice where that is 0, and may then change from call to call. The
    arrays belong to the device: they are valid until the function returns, so what is to be kept must be copied into
    memory of one's own. ``out`` holds old samples and must be overwritten whole, within -1 to 1. ``counters.lost`` says
    how many frames of input were lost right before the block.

    The function must be done well within the period, n / sample rate. So it must not wait for anything: no lock that
    another thread may hold, no file, no print, no blocking pipe, and no memory that grows with the block, since the
    allocator and the garbage collector may take longer than a period. It may put a value into a `queue.SimpleQueue` or
    write less than 4096 bytes to a pipe that does not block. An exception is counted in ``counters.failures``; the
    block is silent then and the stream goes on. No other thread may call the function.

    Parameters
    ----------
    rig : Rig
        Says what to open; an output that names no device is the input's.
    process : Process
        As above.
    clock : StreamClock
        Told of every block.
    rescan : bool
        Look for devices anew: after one was lost.
    names : tuple of str, optional
        (input, output) devices in place of the rig's.

    Raises
    ------
    MissingError
        A device is not there.
    InputError
        It has too few channels, or refuses the rate.
    """

    grace_s = 5.0
    """A stream that has not called for so long has stopped: its device was unplugged, or its JACK server has died."""

    closing_s = 2.0
    """How long a stream may take to close before the program goes on without it."""

    def __init__(
        self,
        rig: Rig,
        process: Process,
        clock: StreamClock,
        rescan: bool = False,
        names: tuple[str, str] | None = None,
    ) -> None:
        self.rig, self._sample_rate = rig, rig.input.sample_rate
        self.counters = StreamCounters()
        self.clock = clock
        self._process = process
        self._connects = bool(rig.input.connect or rig.output.connect)
        # Before PortAudio is asked: a rig may wait for its source for hours, and must trouble no JACK server meanwhile.
        require_jack_ports(rig.input.connect, rig.output.connect)
        leave_jack()
        sounddevice = open_sounddevice(rescan)
        source, sink = names or (str(rig.input.device), str(rig.output.device))
        channels = rig.channels, rig.output.channels
        self.input, self.output = choose_pair(list_devices(), source, sink, channels, default_devices())
        self._ports_before = jack_ports(PORT_IS_INPUT) + jack_ports(PORT_IS_OUTPUT) if self._connects else []
        self._stream = self._check(
            lambda: sounddevice.Stream(
                samplerate=rig.input.sample_rate,
                blocksize=rig.input.block,
                device=(self.input.number, self.output.number),
                channels=(rig.channels, rig.output.channels),
                dtype="float32",
                latency="low",
                callback=self._callback,
            )
        )
        self._jack_clock = JackClock(rig.input.block) if self.input.host == "JACK" else None
        self._next_stamp, self._stamp_s = 0, 0.0

    def start(self) -> None:
        """Let the callbacks begin, then wire JACK ports that the rig names; where that fails everything is closed."""
        self.counters.latest_s = time.monotonic()
        try:
            self._check(self._stream.start)
            if self._connects:
                wire_jack(self.rig.input.connect, self.rig.output.connect, self._ports_before)
        except InputError:
            self.close()
            raise

    def block_samples(self) -> int:
        """Return the frames of a callback; where the device chooses them, wait for the first one, 0 if none comes."""
        until_s = time.monotonic() + FIRST_BLOCK_S
        while not self.rig.input.block and not self.counters.block and time.monotonic() < until_s:
            time.sleep(0.001)
        return self.rig.input.block or self.counters.block

    @property
    def stopped(self) -> bool:
        """Whether a stream that was started has not called for `grace_s`."""
        return time.monotonic() - self.counters.latest_s > self.grace_s

    @classmethod
    def silent(cls) -> InputError:
        """Return the error of a stream that has stopped."""
        return InputError(f"[input] gave no sound for {cls.grace_s:g} s; is the device still there?")

    def close(self, within_s: float | None = None, leaves: bool = False) -> bool:
        """Stop and close; return whether that was done in time. Who ``leaves`` closes PortAudio's JACK client as well.

        A synchronous JACK server waits for a client whose process ends without that, and stands still meanwhile.
        Where the JACK server has died PortAudio hangs in it for minutes. It goes on in a thread that ends with the
        process, and PortAudio is not asked to stop at the process's end, which would hang as well.
        """
        closing = threading.Thread(target=self._close, args=(leaves,), daemon=True)
        closing.start()
        closing.join(self.closing_s if within_s is None else within_s)
        if closing.is_alive():
            # sounddevice has no public way to leave PortAudio as it is.
            atexit.unregister(open_sounddevice()._exit_handler)
        return not closing.is_alive()

    def _close(self, leaves: bool) -> None:
        self._stream.close()
        if leaves:
            # sounddevice leaves PortAudio at the interpreter's exit only, which a child does not come to.
            open_sounddevice()._terminate()

    def host_line(self) -> Line:
        """Return the line of JACK's own clock at the block that is being handled, elsewhere the stream's clock's."""
        if self._jack_clock is None or not self._jack_clock.known:
            return self.clock.line
        began_s, cycle_s = self._jack_clock.cycle_s()
        return Line(self.counters.samples, began_s, cycle_s / self._jack_clock.period_samples)

    def _lost(self, time_info: Any, status: Any) -> int:
        """Return how many frames of input were lost before this block; the device's thread.

        JACK counts the frames of its cycles, so a gap in them is lost audio, whatever PortAudio's flag says: a
        synchronous server is late and loses nothing. Elsewhere the flag has to be set, and the gap is that of the
        converter's time stamps.
        """
        counters, clock = self.counters, self._jack_clock
        if clock is not None and clock.known:
            frame = clock.cycle_frame()
            gap = (frame - self._next_stamp) % 2**32 if counters.blocks else 0
            self._next_stamp = frame + clock.period_samples
        else:
            now_s = float(getattr(time_info, "inputBufferAdcTime", 0.0) or 0.0)
            flagged = bool(status and status.input_overflow and counters.blocks)
            gap = round((now_s - self._stamp_s) * self._sample_rate) - counters.block if flagged else 0
            self._stamp_s = now_s
        return int(gap) if 0 < gap <= LONGEST_LOSS_S * self._sample_rate else 0

    def _check(self, action: Callable[[], Any]) -> Any:
        """Do what may fail in PortAudio and turn its error into ours."""
        try:
            return action()
        except open_sounddevice().PortAudioError as error:
            asked = self.rig.input
            rate = f"{asked.sample_rate} Hz, {asked.block or 'any number of'} frames"
            raise InputError(f"[input] '{self.input.name}' cannot be opened at {rate}: {error.args[0]}") from None

    def _callback(self, block: Any, out: Any, frames: int, time_info: Any, status: Any) -> None:
        """Handle one block; the device's thread, real time."""
        began_s, began_work_s = time.monotonic(), time.thread_time()
        counters, block_s = self.counters, frames / self._sample_rate
        try:
            counters.latest_s = began_s
            if not counters.blocks:
                ask_real_time(AUDIO_PRIORITY)
            counters.lost = self._lost(time_info, status)
            counters.lost_samples += counters.lost
            counters.samples += counters.lost
            if self.clock.tick(counters.samples, began_s) > block_s:
                counters.late += 1
            self._process(block, out)
            peak = max(float(block.max()), -float(block.min()))
            if peak > counters.peak:
                counters.peak = peak
        except Exception as error:
            out.fill(0.0)
            counters.failures += 1
            counters.failure = repr(error)
        if status and (status.input_overflow or status.output_underflow):
            counters.xruns += 1
        counters.samples += frames
        counters.blocks += 1
        counters.block = frames
        if time.monotonic() - began_s > block_s:
            counters.over += 1
        work_s = time.thread_time() - began_work_s
        counters.work_s += work_s
        if work_s > counters.worst_work_s:
            counters.worst_work_s = work_s
        if work_s > block_s:
            counters.busy += 1


def play_audio(audio: NDArray[np.float32], sample_rate: int) -> bool:
    """Play (n, channels) audio on the default output to its end; False where there is no output to play on."""
    try:
        sounddevice = open_sounddevice()
    except InputError:
        return False
    try:
        sounddevice.check_output_settings(samplerate=sample_rate, channels=audio.shape[1])
    except (ValueError, sounddevice.PortAudioError):
        return False
    sounddevice.play(audio, sample_rate, blocking=True)
    return True


def require_jack_ports(connect_input: str, connect_output: str) -> None:
    """Raise `MissingError` where JACK runs and lacks a port that a rig names; PortAudio's own come with its stream."""
    sources, sinks = jack_ports(PORT_IS_OUTPUT), jack_ports(PORT_IS_INPUT)
    for wanted, there, table in ((connect_input, sources, "input"), (connect_output, sinks, "output")):
        for name in connect_ports(wanted):
            if (sources or sinks) and name not in there and not _is_ours(name):
                raise MissingError(f"[{table}] connect: {no_port(name, there)}")


def _is_ours(port: str) -> bool:
    """Return whether a port is PortAudio's, of this program or another one."""
    return port.lower().startswith("portaudio")


def wire_jack(connect_input: str, connect_output: str, before: list[str]) -> None:
    """Wire our JACK ports to the ones a rig names, in place of PortAudio's choice.

    Parameters
    ----------
    connect_input, connect_output : str
        Comma-separated ports: sources for our inputs, sinks for our outputs.
    before : list of str
        The ports before ours were made: a machine may run several PortAudio programs.

    Raises
    ------
    MissingError
        A port does not exist, and the text lists those that do, or JACK refuses a connection.
    """
    sources, sinks = jack_ports(PORT_IS_OUTPUT), jack_ports(PORT_IS_INPUT)
    inputs, outputs = ([name for name in ports if _is_ours(name) and name not in before] for ports in (sinks, sources))
    pairs = _pairs(connect_input, inputs, sources, "input")
    pairs += [(ours, theirs) for theirs, ours in _pairs(connect_output, outputs, sinks, "output")]
    system = [name for name in sources if name.startswith("system:")] if connect_input else []
    drop = [(name, ours) for name in system for ours in inputs if (name, ours) not in pairs]
    failed = jack_rewire(pairs, drop)
    if failed:
        # An overloaded server refuses what it takes a moment later.
        raise MissingError(f"[input] connect: JACK refused {', '.join(failed)}")


def _pairs(wanted: str, ours: list[str], there: list[str], table: str) -> list[tuple[str, str]]:
    """Return (their port, our port) in order, each of theirs checked to exist."""
    names = connect_ports(wanted)
    for name in names:
        if name not in there:
            raise MissingError(f"[{table}] connect: {no_port(name, there)}")
    return list(zip(names, ours, strict=False))
