"""Build the chain of a rig: bundles, ears, mappings and voices as one `Engine`, and the names that go with it."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.ear.analyzer import Analyzer
from bridge.ear.listen import rig_ears
from bridge.engine.engine import DrumChain, Engine, VoicePlay
from bridge.events import PlayKey
from bridge.mapping.load import require_playable
from bridge.mapping.mapping import DrumMapping
from bridge.rig.plays import VoicePlaySettings
from bridge.rig.rig import Drum, Rig
from bridge.rig.targets import VoiceTargetSettings
from synth.voices.snare808.streaming import Snare808Voice


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
    voices = [Snare808Voice(sample_rate, seed=target.seed, polyphony=target.polyphony) for target in targets]
    chains = [_drum_chain(drum, mappings[PlayKey(drum.name)], targets, rig, sample_rate) for drum in rig.drum]
    engine = Engine(Analyzer(sample_rate, channels), len(channels), chains, voices, 10 ** (rig.input.gain_db / 20))
    return Chain(engine, mappings, by_channel)


def _drum_chain(
    drum: Drum, mapping: DrumMapping, targets: list[VoiceTargetSettings], rig: Rig, sample_rate: int
) -> DrumChain:
    require_playable(drum, mapping.space)
    plays = []
    dry_gains: dict[int, float] = {}  # of each voice once, however often the drum plays it
    for play in drum.plays:
        if not isinstance(play, VoicePlaySettings):
            continue
        index = next(i for i, target in enumerate(targets) if target.name == play.target)
        target = targets[index]
        fixed_samples = None if target.fixed_ms is None else round(target.fixed_ms / 1000 * sample_rate)
        gain = 10 ** ((target.gain_db + play.gain_db + rig.output.gain_db) / 20)
        plays.append(VoicePlay(index, gain, fixed_samples, play.trigger_when == "early"))
        dry_gains[index] = 0.0 if target.dry_db is None else 10 ** (target.dry_db / 20)
    return DrumChain(drum.channel - 1, mapping, tuple(plays), sum(dry_gains.values()))
