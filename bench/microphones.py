"""What a kit costs on the audio thread: ``python -m bench.microphones`` prints the tables of docs/notes/808.md.

Our drummer's kit is played in blocks of 64 frames at 48 kHz: its first microphones to ears and mappings that play
nothing, and all eight to the rig `kit-808` as it ships. Beside it stands each voice with one stroke ringing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.kit import BLOCK, PERIOD_US
from bench.report import asked, head, heading, line, percentiles
from bench.scenes import RATE, kit_scene
from bridge.engine.build import Chain, build_chain, warm_up
from bridge.mapping.load import rig_mappings
from bridge.realtime.priority import quiet_the_collector
from bridge.rig.rig import Rig, load_rig
from synth.voices.registry import VoiceKind, voice_kinds

SEED = 1
RIG = "kit-808"
MICROPHONES = (1, 2, 4, 8)


def first_microphones(rig: Rig, count: int) -> Rig:
    """Return the rig's first drums, which play nothing, and no voices."""
    drums = [drum.model_copy(update={"plays": []}) for drum in rig.drum[:count]]
    return rig.model_copy(update={"drum": drums, "targets": []})


def unstruck(rig: Rig) -> Rig:
    """Return the rig with all its drums and voices, none of which plays another."""
    return rig.model_copy(update={"drum": [drum.model_copy(update={"plays": []}) for drum in rig.drum]})


def ready_chain(rig: Rig) -> Chain:
    """Return the chain of a rig, warm."""
    chain = build_chain(rig, RATE, rig_mappings(rig))
    warm_up(chain, rig)
    return chain


def block_times_us(rig: Rig, audio: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the processor time of every block of (samples, channels) audio."""
    chain, out = ready_chain(rig), np.zeros((BLOCK, rig.output.channels), np.float32)
    times = np.zeros(len(audio) // BLOCK)
    for index in range(len(times)):
        block = audio[index * BLOCK : (index + 1) * BLOCK]
        began = time.thread_time_ns()
        chain.engine.process(block, out)
        times[index] = (time.thread_time_ns() - began) / 1000
        while not chain.engine.outbox.empty():
            chain.engine.outbox.get_nowait()
    return times


def voice_times_us(kind: VoiceKind, blocks: int) -> NDArray[np.float64]:
    """Return the processor time of blocks in which one stroke of a voice rings."""
    voice, out = kind.streaming(RATE, SEED), np.zeros(BLOCK)
    times: list[float] = []
    while len(times) < blocks:
        voice.trigger(kind.space.defaults)
        sounding = True
        while sounding and len(times) < blocks:
            out[:] = 0.0
            began = time.thread_time_ns()
            voice.render(out)
            times.append((time.thread_time_ns() - began) / 1000)
            sounding = bool(out.any())
    return np.array(times)


def main(words: Sequence[str] | None = None) -> None:
    """Print both tables."""
    chosen = asked(
        __doc__, words, seconds=(3600.0, "of the kit, at most"), blocks=(4000, "of each voice that are timed")
    )
    print(heading(SEED))
    quiet_the_collector()
    rig = load_rig(RIG)
    audio = kit_scene(rig, seed=SEED).first(chosen.seconds).audio
    print(f"\nBlocks of {BLOCK} at {RATE} Hz ({PERIOD_US:.0f} us); us of processor time\n")
    head("heard", "blocks", "median", "p99", "median of the period", "for each microphone")
    for count in MICROPHONES:
        times = block_times_us(first_microphones(rig, count), audio[:, :count])
        _row(f"{count} microphone{'s' * (count > 1)}, nothing played", times, count)
    _row(f"{RIG}, its voices silent", block_times_us(unstruck(rig), audio), len(rig.drum))
    _row(f"{RIG}, whole", block_times_us(rig, audio), len(rig.drum))
    print()
    head("one stroke ringing", "blocks", "median", "p99", "median of the period")
    for kind in voice_kinds():
        _row(kind.name, voice_times_us(kind, chosen.blocks))


def _row(name: str, times_us: NDArray[np.float64], microphones: int = 0) -> None:
    share = np.median(times_us) / PERIOD_US
    each = [f"{share / microphones:.2%}"] if microphones else []
    line(name, len(times_us), *percentiles(times_us, (50, 99), ".1f"), f"{share:.1%}", *each)


if __name__ == "__main__":
    main()
