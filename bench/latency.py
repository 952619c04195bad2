"""Measure what a listener gets: from a stroke's true onset to OSC, MIDI and audio, under a real JACK server.

``python -m bench.latency [--takes FOLDER]`` plays ``groove`` and ``graded`` (recorded ones with their exact truth,
else our own drummer's) to ``ghostnote play`` through the JACK dummy driver in real-time mode at 64-frame periods. Times
are JACK's frames: MIDI and audio by the frame at which they appear, OSC by the kernel's receive time of the datagram.
A stroke within 0.1 s of audio that JACK lost says nothing of us and is left out. A run in which the machine stalled
JACK is repeated, up to ``--attempts`` times, and the least disturbed one is shown with what disturbed it. With
``--waits`` the server begins no cycle before every client has ended the last, and loses nothing on any machine; what
such a server adds where the machine stalls is in the times, so that the published table is measured without.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import LOOP_PERIODS, Capture, OscReceiver, Packet, Play, Stage
from bench.jack_rigs import preset_text
from bench.jack_server import RATE, JackServer, missing_programs, running_server
from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RECORDED, scene
from synth.voices.presets import load_preset
from synth.voices.snare808.table import SNARE808

PERIOD = 64
MATCH_MS = (-2.0, 40.0)
FIXED_MS = 10
MISSING_MS = 8.0
"""A fixed arrival further off than this belongs to another stroke."""


@dataclass
class Take:
    """Audio and the true onsets in samples."""

    audio: NDArray[np.float32]
    onsets: NDArray[np.int64]


@dataclass
class Played:
    """One run: what the stage heard, and what came over OSC."""

    capture: Capture
    packets: list[Packet]
    status: dict[str, Any]


def load_take(name: str, takes: Path | None, seconds: float) -> Take:
    """Return the beginning of a recorded take with its truth, or of our drummer's take of the same name."""
    take = scene(takes, name).first(seconds)
    return Take(take.audio[:, :1], np.array([round(onset_s * RATE) for onset_s in take.onsets_s]))


def short_preset(folder: Path) -> Path:
    """Return a preset whose sound ends before the next stroke, so that each first sample shows."""
    shipped = load_preset("snare-1", SNARE808)
    for name, decay_ms in (("osc1_env.decay", 10.0), ("osc2_env.decay", 10.0), ("noise_env.decay", 20.0)):
        shipped.values[SNARE808.index(name)] = decay_ms
    path = folder / "short.toml"
    path.write_text(preset_text(shipped), encoding="utf-8")
    return path


def play(folder: Path, take: Take, rig: str, receiver: OscReceiver, waits: bool) -> Played:
    """Play a take through a rig."""
    with running_server(folder, PERIOD, waits) as server:
        return _play(server, folder, take, rig, receiver)


def _play(server: JackServer, folder: Path, take: Take, rig: str, receiver: OscReceiver) -> Played:
    seconds = len(take.audio) / RATE + 1.0
    stage = Stage(server, folder, take.audio, seconds)
    running = Play(server, folder, rig)
    try:
        if "PortAudio:out_0" in server.ports():
            server.connect("PortAudio:out_0", "stage:in_1")
        if "ghostnote:out" in server.ports():
            server.connect("ghostnote:out", "stage:midi_1")
        capture = stage.play()
        running.stop()
        return Played(capture, receiver.packets, running.status)
    finally:
        running.close()
        stage.close()


def delays_ms(played: Played, onsets: Sequence[int], arrivals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the delay of the first arrival in the window after each true onset, one to one, where there is one."""
    taken = np.zeros(len(arrivals), dtype=bool)
    delays = []
    for onset in onsets:
        if played.capture.disturbed(onset):
            continue
        gap_ms = (arrivals - played.capture.frame_of_sample(onset)) * 1000.0 / RATE
        fits = np.flatnonzero(~taken & (gap_ms > MATCH_MS[0]) & (gap_ms < MATCH_MS[1]))
        if len(fits):
            taken[fits[0]] = True
            delays.append(gap_ms[fits[0]])
    return np.array(delays)


def osc_frames(played: Played) -> NDArray[np.float64]:
    """Return the frame of every stroke's arrival over OSC."""
    return np.array([played.capture.frame_of_time(packet.time_s) for packet in played.packets])


def voice_frames(played: Played) -> NDArray[np.float64]:
    """Return the frame of every first sample that sounds after silence."""
    sounding = played.capture.audio[LOOP_PERIODS * PERIOD :, 0] != 0.0
    quiet = np.convolve(sounding, np.ones(256), mode="full")[: len(sounding)] == 0
    starts = np.flatnonzero(sounding[1:] & quiet[:-1]) + 1
    return np.array([float(played.capture.frame_of_sample(int(start))) for start in starts])


def event_frames(played: Played, onsets: Sequence[int]) -> NDArray[np.float64]:
    """Return the frame of each event's own onset, for the strokes near a true one.

    The player counts samples from its start; its blocks begin with the stage's, so the distance between the two counts
    is the true onset's, rounded to a period: how exactly the ear placed the onset does not enter. Strokes whose
    neighbours disagree, because JACK ran on without the player, are left out.
    """
    capture = played.capture
    phase = int(capture.block_frames[0]) % PERIOD
    true = np.array([capture.frame_of_sample(onset) for onset in onsets if not capture.disturbed(onset)])
    found = []
    for packet, arrival in zip(played.packets, osc_frames(played), strict=True) if len(true) else ():
        own = packet.messages[-1][1][1]
        near = true[np.argmin(np.abs(arrival - FIXED_MS * RATE / 1000 - true))]
        if abs(arrival - FIXED_MS * RATE / 1000 - near) < 0.005 * RATE:
            found.append((own, round((near - own - phase) / PERIOD) * PERIOD + phase))
    # A stroke whose onset the ear placed half a period off rounds to another distance: its neighbours know better.
    kept = []
    for index, (own, _) in enumerate(found):
        near_by = [distance for _, distance in found[max(index - 3, 0) : index + 4]]
        usual = max(near_by, key=near_by.count)
        if near_by.count(usual) > len(near_by) / 2:
            kept.append(own + usual)
    return np.array(kept, dtype=np.float64)


def fixed_errors_ms(events: NDArray[np.float64], arrivals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the nearest arrival lies from each event's own onset plus the fixed delay."""
    due = events + FIXED_MS * RATE / 1000 if len(arrivals) else np.array([])
    errors = np.array([(arrivals[np.argmin(np.abs(arrivals - frame))] - frame) * 1000 / RATE for frame in due])
    return np.asarray(errors[np.abs(errors) < MISSING_MS])


Row = tuple[object, ...]


def row(what: str, values_ms: NDArray[np.float64], of: int, reach: str) -> Row:
    """Return one line of the table."""
    return what, f"{len(values_ms)} of {of}", *percentiles(values_ms, (50, 5, 95, 100)), reach


def disturbance(what: str, played: Played) -> Row:
    """Return the line of what went wrong during a run."""
    status = played.status
    told = (
        f"{what}: {status['xruns']} xruns, {played.capture.skipped} frames lost by JACK, {status['late_blocks']} "
        f"callbacks late, {status['busy_blocks']} of {status['blocks']} blocks with more than 1.33 ms of our own work"
    )
    return told, *[""] * 6


def quiet_play(folder: Path, take: Take, rig: Callable[[int], str], attempts: int, waits: bool) -> Played:
    """Play a take until JACK loses nothing, or so many times; return the least disturbed."""
    best: Played | None = None
    for attempt in range(attempts):
        receiver = OscReceiver()
        run_folder = folder / f"attempt-{attempt}"
        run_folder.mkdir(parents=True)
        played = play(run_folder, take, rig(receiver.port), receiver, waits)
        receiver.close()
        if best is None or played.capture.skipped < best.capture.skipped:
            best = played
        if not best.capture.skipped:
            break
    assert best is not None
    return best


def rig_text(folder: Path, port: int, timing: dict[str, str], early: bool, midi: bool = True) -> str:
    """Return a rig with all three targets, playing short sounds."""
    text = rigs.head() + rigs.VOICE + "".join(f"{key} = {value}\n" for key, value in timing.items())
    text += rigs.osc(port, **timing) + (rigs.midi(**timing) if midi else "")
    plays = [rigs.play_voice(), rigs.play_osc()]
    if midi:
        plays.append(rigs.play_midi(**({"trigger_when": '"early"'} if early else {})))
    drum = rigs.drum(rigs.model(folder), *plays)
    return text + drum.replace("follow_level", f'amount = 0.0\npreset = "{short_preset(folder)}"\nfollow_level')


def table(folder: Path, groove: Take, graded: Take, attempts: int, waits: bool) -> list[Row]:
    """Play everything and return the table's lines."""

    def run(name: str, take: Take, timing: str = "", early: bool = False, midi: bool = False) -> Played:
        keys = {"timing": timing} if timing else {}
        rig = partial(rig_text, folder, timing=keys, early=early, midi=midi)
        return quiet_play(folder / name, take, rig, attempts, waits)

    usual = run("usual", groove, early=True, midi=True)
    late = run("fixed", groove, f"{{fixed_ms = {FIXED_MS}}}", midi=True)
    voice, asap = run("voice", graded), run("asap", groove, '"asap"')
    rows = usual_rows(groove, usual) + asap_rows(groove, asap)
    return rows + fixed_rows(groove, late) + voice_rows(graded, voice)


def usual_rows(take: Take, played: Played) -> list[Row]:
    """Return the lines of what a rig sends that says nothing of timing, on groove."""
    onsets, count = take.onsets.tolist(), len(take.onsets)
    osc = delays_ms(played, onsets, osc_frames(played))
    notes = delays_ms(played, onsets, note_frames(played))
    return [
        row("OSC at the receiver, `complete`", osc, count, f"median 7.5, p95 - p5 1.5: {spread_ms(osc):.2f}"),
        row("MIDI note at the JACK port, `early`", notes, count, "median 4"),
        disturbance("groove, as it comes", played),
    ]


def asap_rows(take: Take, played: Played) -> list[Row]:
    """Return the lines of OSC that leaves as soon as it can, on groove."""
    osc = delays_ms(played, take.onsets.tolist(), osc_frames(played))
    return [
        row("OSC at the receiver, `complete`, asap", osc, len(take.onsets), f"p95 - p5: {spread_ms(osc):.2f}"),
        disturbance("groove, asap", played),
    ]


def spread_ms(values_ms: NDArray[np.float64]) -> float:
    """Return the distance of the 95th percentile from the 5th."""
    return float(np.subtract(*np.percentile(values_ms, [95, 5]))) if len(values_ms) else 0.0


def fixed_rows(take: Take, played: Played) -> list[Row]:
    """Return the lines of what leaves at a fixed delay, on groove."""
    events, strokes = event_frames(played, take.onsets.tolist()), len(played.packets)
    rows = []
    for name, arrivals, within_ms in (
        ("OSC", osc_frames(played), 0.7),
        ("MIDI", note_frames(played), 1000 * PERIOD / RATE),
        ("voice", voice_frames(played), 1000 / RATE),
    ):
        errors = fixed_errors_ms(events, arrivals)
        share = np.mean(np.abs(errors) <= within_ms + 1e-6) if len(errors) else 0.0
        reach = f"99 % within {within_ms:.2f}: {share:.1%}"
        rows.append(row(f"fixed 10 ms, {name}: off its moment", errors, strokes, reach))
    return [*rows, disturbance("groove, fixed", played)]


def voice_rows(take: Take, played: Played) -> list[Row]:
    """Return the lines of the built-in voice, on graded."""
    delays = delays_ms(played, take.onsets.tolist(), voice_frames(played))
    return [
        row("built-in voice's first sample, `complete`, on graded", delays, len(take.onsets), "median 8.5"),
        disturbance("graded", played),
    ]


def note_frames(played: Played) -> NDArray[np.float64]:
    """Return the frame of every MIDI note."""
    return np.array([float(frame) for frame, *_ in played.capture.notes()])


def main(words: Sequence[str] | None = None) -> None:
    """Print the table."""
    chosen = asked(
        __doc__,
        words,
        takes=RECORDED,
        attempts=(3, "runs of each take until JACK loses nothing"),
        waits=(False, "play on a server that waits for late clients and loses nothing"),
        seconds=(3600.0, "of each take, at most"),
    )
    if missing := missing_programs("jackd", "jack_lsp", "jack_connect"):
        raise SystemExit(f"needs {', '.join(missing)} (Debian: jackd2, jack-example-tools)")
    groove, graded = (load_take(name, chosen.takes, chosen.seconds) for name in ("groove", "graded"))
    print(heading(seed=1))
    print("takes:", "recorded, with their truth" if chosen.takes else "our own drummer's")
    head("ms from the true onset to", "strokes", "median", "p5", "p95", "max", "to reach")
    with tempfile.TemporaryDirectory() as scratch:
        for cells in table(Path(scratch), groove, graded, chosen.attempts, chosen.waits):
            line(*cells)


if __name__ == "__main__":
    main()
