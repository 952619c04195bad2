"""A flood of strokes on four targets: no note-off is lost, nothing is left sounding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import jack_rigs as rigs
from bench.jack_harness import Capture, OscReceiver, Play, Stage
from bench.jack_server import running_server
from tests.live.conftest import require
from tests.live.test_deaths import steady_take

pytestmark = pytest.mark.live

SECONDS = 10.0
PER_SECOND = 24.0
PERIODS = (64, 256, 1024)
"""A cycle that JACK does not wait for repeats or drops the messages in it. Where that spoilt the count, the flood comes
again at a period that this machine can hold; at the last, every note must be there."""


def midi_target(name: str, **keys: str) -> str:
    return rigs.midi(**keys).replace('name = "midi"', f'name = "{name}"')


def midi_play(name: str, note: int) -> str:
    return rigs.play_midi(note=str(note), note_ms="200").replace('target = "midi"', f'target = "{name}"')


@dataclass
class Flood:
    """What each target received of so many strokes."""

    strokes: int
    osc: int
    capture: Capture
    late_cycles: int


def flood(folder: Path, period: int) -> Flood:
    """Play a flood at a period of JACK's."""
    receiver = OscReceiver()
    with running_server(folder, period) as server:
        stage = Stage(server, folder, steady_take(SECONDS, PER_SECOND), SECONDS + 1, midi=2)
        text = rigs.head(period) + rigs.VOICE + rigs.osc(receiver.port)
        text += midi_target("midi-a") + midi_target("midi-b", budget='"din"')
        plays = (rigs.play_voice(), rigs.play_osc(), midi_play("midi-a", 38), midi_play("midi-b", 40))
        play = Play(server, folder, text + rigs.drum(rigs.model(folder), *plays))
        try:
            for index, port in enumerate(sorted(port for port in server.ports() if port.startswith("ghostnote")), 1):
                server.connect(port, f"stage:midi_{index}")
            capture = stage.play()
            strokes = play.status["strokes"]
            assert play.stop() == 0
            osc = len(receiver.strokes())
        finally:
            play.close()
            stage.close()
            receiver.close()
        late = sum(count for client, count in server.xruns().items() if client != "driver")
    return Flood(strokes, osc, capture, late)


def test_a_flood_of_24_strokes_a_second_loses_no_note_off(tmp_path: Path) -> None:
    require("jackd", "jack_lsp", "jack_connect")
    for period in PERIODS:
        (tmp_path / str(period)).mkdir()
        played = flood(tmp_path / str(period), period)
        assert played.strokes > 0.9 * PER_SECOND * (SECONDS - 0.7)
        assert played.osc == played.strokes
        assert played.capture.sounding() == set()
        counts = [len(played.capture.notes(port)) for port in (0, 1)]
        exact = counts == [played.strokes] * 2 and note_offs(played.capture) == 2 * played.strokes
        print(f"{period} frames: {played.strokes} strokes, {counts} notes, {played.late_cycles} late cycles of clients")
        if exact or not played.late_cycles:
            break
    assert counts == [played.strokes, played.strokes]
    assert note_offs(played.capture) == 2 * played.strokes


def note_offs(capture: Capture) -> int:
    """Count note-offs that end a note which sounded."""
    on: set[tuple[int, int]] = set()
    ended = 0
    for port, _, message in capture.midi:
        key, kind = (port, message[1]), message[0] >> 4
        if kind == 9 and message[2]:
            on.add(key)
        elif kind in (8, 9) and key in on:
            on.remove(key)
            ended += 1
    return ended
