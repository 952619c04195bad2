"""Audio that a running player loses makes no stroke, and what is struck after it is heard."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from bench import jack_rigs as rigs
from bench.jack_harness import Capture, OscReceiver, Play, Stage
from bench.jack_server import RATE, running_server
from tests.live.conftest import require

pytestmark = pytest.mark.live

STRUCK_S = tuple(float(second) for second in range(1, 11))
SECONDS = STRUCK_S[-1] + 1.0
STALL_S, AROUND_S = 0.05, 0.1
NEAR_S = 0.02


def ringing_take() -> NDArray[np.float32]:
    """Return a low tom that rings from stroke to stroke, over hum and noise."""
    rng, time_s = np.random.default_rng(4), np.arange(round(SECONDS * RATE)) / RATE
    body = np.sin(2 * np.pi * 98 * time_s) * np.exp(-time_s / 0.6)
    body += 0.35 * np.sin(2 * np.pi * 156 * time_s) * np.exp(-time_s / 0.25)
    body += 0.4 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.002)
    audio = 10 ** (-40 / 20) * np.sin(2 * np.pi * 50 * time_s) + 10 ** (-60 / 20) * rng.standard_normal(len(time_s))
    audio *= np.minimum(1.0, 2 * time_s)
    for second in STRUCK_S:
        first = round(second * RATE)
        audio[first:] += 0.3 * body[: len(audio) - first]
    return audio.astype(np.float32)[:, None]


def test_a_player_that_stands_still_plays_each_stroke_once_and_nothing_else(tmp_path: Path) -> None:
    require("jackd", "jack_lsp", "jack_connect")
    receiver, take = OscReceiver(), ringing_take()
    # At long periods a crowded machine costs the take itself little, which would be heard as strokes.
    with running_server(tmp_path, period=1024) as server:
        stage = Stage(server, tmp_path, take, SECONDS)
        text = rigs.head(server.period) + rigs.osc(receiver.port) + rigs.drum(rigs.model(tmp_path), rigs.play_osc())
        play = Play(server, tmp_path, text)
        stalls: list[tuple[float, float]] = []
        try:
            children = psutil.Process(play.process.pid).children(recursive=True)
            player = next(child for child in children if "bridge.engine.player" in child.cmdline())
            stage.ask("go")
            for second in STRUCK_S[1:-2]:
                # While the drum rings, far from the next stroke.
                began_s = stage.at(second + 0.4)
                player.send_signal(signal.SIGSTOP)
                stage.more(STALL_S)
                player.send_signal(signal.SIGCONT)
                stalls.append((began_s - AROUND_S, stage.more(AROUND_S)))
            capture = stage.finish()
            assert play.stop() == 0
        finally:
            play.close()
            stage.close()
            receiver.close()
    # The player's count of samples goes on through what it loses, as JACK's count of frames does.
    onsets = np.array([packet.messages[-1][1][1] for packet in receiver.strokes()])
    starts = [round(second * RATE) for second in STRUCK_S]
    struck = np.array([capture.frame_of_sample(start) for start in starts])
    before, after = followed(onsets, struck)
    apart_s = np.abs(onsets[:, None] - struck - before) / RATE
    # Where the take itself was not whole, or a stall went on until the next stroke, nothing is known of us.
    clear = [
        not capture.disturbed(start) and not any(first < start / RATE < last for first, last in stalls)
        for start in starts
    ]
    whole = onsets[~np.array([broken(capture, onset - onsets[0] + struck[0]) for onset in onsets])]
    print(
        f"{play.status['xruns']} xruns, {sum(clear)} of {len(clear)} strokes and {len(whole)} of {len(onsets)} played"
    )
    assert play.status["xruns"] > 0
    # A stall of the machine's own, which only the count tells of, may have fallen on a stroke.
    own = play.status["xruns"] - len(stalls)
    wrong = np.count_nonzero(np.count_nonzero(apart_s < NEAR_S, axis=0)[clear] != 1)
    assert wrong <= max(own, 0), "each stroke is played once"
    then_s = np.minimum(apart_s, np.abs(onsets[:, None] - struck - after) / RATE)
    assert (then_s.min(axis=1)[np.isin(onsets, whole)] < NEAR_S).all(), "nothing else is played"


def followed(onsets: NDArray[np.int64], struck: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how far the player's count is from JACK's before and after each stroke.

    It changes only where the server stalled as well: once 8 of 10 strokes stood a period off the two before them.
    """
    offset, before, after = int(onsets[0] - struck[0]), list[int](), list[int]()
    for frame in struck:
        before.append(offset)
        apart = onsets - frame - offset
        moved = int(apart[np.abs(apart).argmin()])
        if NEAR_S * RATE <= abs(moved) < 0.5 * RATE:
            offset += moved
        after.append(offset)
    return np.array(before), np.array(after)


def broken(capture: Capture, frame: int) -> bool:
    """Tell whether the stage lost a part of its take near a frame of JACK's."""
    return capture.disturbed(int(np.searchsorted(capture.block_frames, frame, "right") - 1) * capture.period)
