"""Teach an ear what its drum sounds like among leaks, from the drum heard alone: part of ``ghostnote calibrate``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.calibration.timbre import fit_timbre, timbre_rows
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.score import match
from bridge.events import Hit
from bridge.rig.detector import DetectorSettings
from synth.drummer.augment import imagined

FEWEST = 24
"""Fewer strokes do not tell what a drum sounds like."""

STRICTNESS = (0.4, 0.0, -0.4, -0.8)
"""How surely a stroke must sound like the drum, in logits: the first that `LEAST_KEPT` of its own strokes fulfil."""

LEAST_KEPT = 0.85
"""What is dropped may be right to go: of a dead drum, one stroke in ten was an echo."""

IMAGINED, IMAGINED_S = 12, 45.0
"""Grooves among leaks that the drum is imagined in, and their length. Half as many: F1 on leaks falls by 0.015."""

_OPEN = -30.0
_BLOCK = 4096

Audio = NDArray[np.float32]


def learned_timbre(alone: Audio, sample_rate: int, hits: Sequence[Hit]) -> tuple[tuple[float, ...], float] | None:
    """Return (``timbre``, ``leak_rejection``) for a drum, or None where too little was heard or nothing suits it.

    Parameters
    ----------
    alone : (samples,) float32
        The drum, nothing else, with the gain that it will have.
    sample_rate : int
        Hz.
    hits : sequence of Hit
        Its strokes.
    """
    if len(hits) < FEWEST:
        return None
    onsets = [hit.onset for hit in hits]
    pairs = [_imagined_rows(alone, onsets, sample_rate, seed) for seed in range(IMAGINED)]
    rows, own = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    timbre = fit_timbre(rows, own)
    for strict in STRICTNESS:
        settings = DetectorSettings(timbre=timbre, leak_rejection=strict)
        kept = heard_strokes(Analyzer(sample_rate, [ChannelSettings(settings)]), alone[:, None], sample_rate)
        if len(kept) >= LEAST_KEPT * len(hits):
            return timbre, strict
    return None


def _imagined_rows(alone: Audio, onsets: Sequence[int], sample_rate: int, seed: int) -> tuple[Audio, NDArray[np.bool_]]:
    """Return the timbres heard in an imagined groove, and whether each is the drum's own."""
    audio, true_s = imagined(alone, onsets, sample_rate, seed, IMAGINED_S)
    analyzer = Analyzer(sample_rate, [ChannelSettings(DetectorSettings(leak_rejection=_OPEN))])
    hits = heard_strokes(analyzer, audio[:, None], sample_rate)
    own = np.zeros(len(hits), bool)
    own[[event for event, _ in match([hit.onset / sample_rate for hit in hits], true_s)]] = True
    return timbre_rows(audio, sample_rate, [hit.onset for hit in hits]), own


def heard_strokes(analyzer: Analyzer, audio: Audio, sample_rate: int) -> list[Hit]:
    """Return the strokes that an ear hears in (samples, channels), in the order of their onsets.

    What is first noticed in the silence behind is the cut end: hum that stops sounds like a click.
    """
    tail = np.zeros((sample_rate // 10, audio.shape[1]), np.float32)
    events = [
        event
        for part in (audio, tail)
        for first in range(0, len(part), _BLOCK)
        for event in analyzer.process(part[first : first + _BLOCK])
    ]
    hits = [event for event in events if isinstance(event, Hit) and event.detected < len(audio)]
    return sorted(hits, key=lambda hit: hit.onset)
