"""Build the chain of a rig: bundles, ears, mappings and voices as one `Engine`, and the names that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.engine.engine import DrumChain, Engine, VoicePlay
from bridge.events import PlayKey
from bridge.mapping.load import require_playable
from bridge.mapping.mapping import DrumMapping
from bridge.rig.plays import VoicePlaySettings
from bridge.rig.rig import Drum, Rig
from bridge.rig.targets import VoiceTargetSettings
from synth.voices.registry import voice_kind


@dataclass(frozen=True, slots=True)
class Chain:
    """An engine and the named parts behind it.

    Parameters
    ----------
    engine : Engine
        What the callback, or the loop over a file, calls.
    mappings : dict of PlayKey to DrumMapping
        In the rig's order.
    drum_of_channel : dict of int to Drum
        The rig's drum on each input channel, from 0.
    """

    engine: Engine
    mappings: dict[PlayKey, DrumMapping]
    drum_of_channel: dict[int, Drum]


def build_chain(rig: Rig, sample_rate: int, mappings: dict[PlayKey, DrumMapping]) -> Chain:
    """Build everything that turns input blocks into output blocks and strikes; open no file.

    Raises
    ------
    InputError
        A built-in voice is asked to play another synth's parameters.
    """
    by_channel = {drum.channel - 1: drum for drum in rig.drum}
    channels = rig_ears(rig, {key.drum: mapping.bundle.window_s for key, mapping in mappings.items()})
    targets = [target for target in rig.targets if isinstance(target, VoiceTargetSettings)]
    voices = [voice_kind(one.voice).streaming(sample_rate, one.seed, one.polyphony) for one in targets]
    chains = [_drum_chain(drum, mappings[PlayKey(drum.name)], targets, rig, sample_rate) for drum in rig.drum]
    engine = Engine(Analyzer(sample_rate, channels), len(channels), chains, voices, 10 ** (rig.input.gain_db / 20))
    return Chain(engine, mappings, by_channel)


def rig_ears(rig: Rig, windows_s: Mapping[str, float]) -> list[ChannelSettings]:
    """Return how each input channel of a rig is heard, given the window of each drum's model by the drum's name.

    A channel without a drum is still heard, for the leakage of its neighbours.
    """
    ears = [ChannelSettings()] * rig.channels
    for drum in rig.drum:
        ears[drum.channel - 1] = ChannelSettings(drum.detector, windows_s[drum.name])
    return ears


def _drum_chain(
    drum: Drum, mapping: DrumMapping, targets: list[VoiceTargetSettings], rig: Rig, sample_rate: int
) -> DrumChain:
    plays = []
    dry_gains: dict[int, float] = {}  # of each voice once, however often the drum plays it
    for play in drum.plays:
        if not isinstance(play, VoicePlaySettings):
            continue
        index = next(i for i, target in enumerate(targets) if target.name == play.target)
        target = targets[index]
        require_playable(drum, mapping.space, target)
        fixed_samples = None if target.fixed_ms is None else round(target.fixed_ms / 1000 * sample_rate)
        gain = 10 ** ((target.gain_db + play.gain_db + rig.output.gain_db) / 20)
        plays.append(VoicePlay(index, gain, fixed_samples, play.trigger_when == "early"))
        dry_gains[index] = 0.0 if target.dry_db is None else 10 ** (target.dry_db / 20)
    return DrumChain(drum.channel - 1, mapping, tuple(plays), sum(dry_gains.values()))
