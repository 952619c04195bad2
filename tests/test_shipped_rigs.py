"""The shipped rigs with several drums: each stroke sounds at the voice that the rig means for it, and only there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bench.scenes import kit_scene
from bridge.audio.files import Recording
from bridge.rig.rig import RIGS, load_rig
from bridge.session.offline import Performance, perform
from synth.drummer.perform import MICROPHONES
from tests.kit import LONE, RATE, lone_take, onsets_of, struck, voice_outputs

KIT_RIGS = tuple(LONE)


@cache
def played(name: str) -> tuple[Performance, list[str]]:
    """Return what the lone strokes of a rig play, each voice on an output of its own, and the voices' names."""
    rig, voices = voice_outputs(name)
    return perform(rig, Recording(lone_take(rig, LONE[name]), RATE, Path(name)), 4096), voices


def test_every_shipped_rig_with_several_drums_is_tried() -> None:
    assert set(KIT_RIGS) == {name for name in RIGS.names() if len(load_rig(name).drum) > 1}


@pytest.mark.parametrize("name", KIT_RIGS)
def test_each_voice_of_a_kit_is_tried(name: str) -> None:
    assert {one.voice for one in LONE[name]} == set(voice_outputs(name)[1])


@pytest.mark.parametrize("name", KIT_RIGS)
def test_each_stroke_sounds_at_its_voice_and_at_no_other(name: str) -> None:
    performance, voices = played(name)
    assert len(performance.hits) == len(LONE[name])
    assert performance.unplayed == 0
    heard = [[voices[i] for i in struck(performance.synth, onset)] for onset in onsets_of(LONE[name])]
    also = {"bell": ["tube"]}  # an accent on the floor tom plays both
    assert heard == [[*also.get(one.voice, []), one.voice] for one in LONE[name]]


@pytest.mark.parametrize("name", ["kit-808", "metal"])
def test_the_closed_hat_ends_the_open_one(name: str) -> None:
    performance, voices = played(name)
    opened = next(i for i, one in enumerate(LONE[name]) if one.voice == "open hat")
    closed, later = onsets_of(LONE[name])[opened + 1 : opened + 3]
    open_hat = performance.synth[:, voices.index("open hat")]
    ringing, after = open_hat[closed - RATE // 100 : closed], open_hat[closed + RATE // 50 : later]
    assert np.abs(ringing).max() > 1e-3
    assert not after.any()


def test_the_808_has_an_output_for_each_voice() -> None:
    targets = load_rig("kit-808").voice_targets.values()
    assert [target.outputs for target in targets] == [(number,) for number in range(1, 13)]


@pytest.mark.parametrize("name", KIT_RIGS)
def test_nearly_every_stroke_of_a_kit_is_played(name: str) -> None:
    rig = load_rig(name)
    scene = kit_scene(rig, "tight", seed=3).first(12.0)
    performance = perform(rig, Recording(scene.audio, RATE, Path("kit")), 4096)
    hits = {(hit.channel, hit.onset) for hit in performance.hits}
    found = [
        any(c == stroke.channel and abs(onset / RATE - stroke.onset_s) < 0.01 for c, onset in hits)
        for stroke in scene.strokes
    ]
    assert performance.unplayed == 0
    assert np.mean(found) > 0.85


@pytest.mark.parametrize("name", KIT_RIGS)
def test_the_drums_are_called_as_our_drummers_are(name: str) -> None:
    assert {drum.name for drum in load_rig(name).drum} <= set(MICROPHONES)
