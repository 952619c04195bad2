"""A flood of strokes on four targets: no note-off is lost, nothing is left sounding."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import jack_rigs as rigs
from bench.jack_harness import Capture, OscReceiver, Play, Stage
from bench.jack_server import JackServer
from tests.live.conftest import assert_no_note_left
from tests.live.test_deaths import steady_take

pytestmark = pytest.mark.live

SECONDS = 10.0
PER_SECOND = 24.0


def midi_target(name: str, **keys: str) -> str:
    return rigs.midi(**keys).replace('name = "midi"', f'name = "{name}"')


def midi_play(name: str, note: int) -> str:
    return rigs.play_midi(note=str(note), note_ms="200").replace('target = "midi"', f'target = "{name}"')


def test_a_flood_of_24_strokes_a_second_loses_no_note_off(waiting_server: JackServer, tmp_path: Path) -> None:
    receiver, server = OscReceiver(), waiting_server
    stage = Stage(server, tmp_path, steady_take(SECONDS, PER_SECOND), SECONDS + 1, midi=2)
    text = rigs.head(server.period) + rigs.VOICE + rigs.osc(receiver.port)
    text += midi_target("midi-a") + midi_target("midi-b", budget='"din"')
    plays = (rigs.play_voice(), rigs.play_osc(), midi_play("midi-a", 38), midi_play("midi-b", 40))
    play = Play(server, tmp_path, text + rigs.drum(rigs.model(tmp_path), *plays))
    try:
        for index, port in enumerate(sorted(port for port in server.ports() if port.startswith("ghostnote")), 1):
            server.connect(port, f"stage:midi_{index}")
        capture = stage.play()
        strokes = play.status["strokes"]
        assert play.stop() == 0
    finally:
        for part in (play, stage, receiver):
            part.close()
    assert strokes > 0.9 * PER_SECOND * (SECONDS - 0.7)
    assert len(receiver.strokes()) == strokes
    assert_no_note_left(capture)
    assert [len(capture.notes(port)) for port in (0, 1)] == [strokes, strokes]
    assert note_offs(capture) == 2 * strokes


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
