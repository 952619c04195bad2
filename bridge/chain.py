"""Build the chain of a rig: bundles, ears, mappings and voices as one `Engine`, and the names that go with it."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.analyzer import Analyzer, ChannelSettings
from bridge.drum_mapping import drum_mapping
from bridge.engine import DrumChain, Engine, VoicePlay
from bridge.mapping import DrumMapping
from bridge.rig import Drum, Rig
from bridge.routes import VoicePlaySettings, VoiceTargetSettings
from synth.errors import InputError
from synth.realtime import Snare808Voice
from synth.snare808 import SNARE808
from synth.spec import ParamSpace


@dataclass(frozen=True, slots=True)
class Chain:
    """An engine and the named parts behind it.

    Parameters
    ----------
    engine : Engine
        What the callback, or the loop over a file, calls.
    mappings : dict of str to DrumMapping
        By drum name, in the rig's order.
    drum_of_channel : dict of int to Drum
        The rig's drum on each input channel, from 0.
    """

    engine: Engine
    mappings: dict[str, DrumMapping]
    drum_of_channel: dict[int, Drum]


def build_chain(rig: Rig, sample_rate: int) -> Chain:
    """Build everything that turns input blocks into output blocks and strikes.

    Raises
    ------
    InputError
        A model or preset cannot be used, or a built-in voice is asked to play another synth's parameters.
    """
    mappings = {drum.name: drum_mapping(drum) for drum in rig.drum}
    by_channel = {drum.channel - 1: drum for drum in rig.drum}
    channels = [_ear(by_channel.get(index), mappings) for index in range(rig.channels)]
    targets = [target for target in rig.targets if isinstance(target, VoiceTargetSettings)]
    voices = [Snare808Voice(sample_rate, seed=target.seed, polyphony=target.polyphony) for target in targets]
    chains = [_drum_chain(drum, mappings[drum.name], targets, rig, sample_rate) for drum in rig.drum]
    engine = Engine(Analyzer(sample_rate, channels), len(channels), chains, voices, 10 ** (rig.input.gain_db / 20))
    return Chain(engine, mappings, by_channel)


def _ear(drum: Drum | None, mappings: dict[str, DrumMapping]) -> ChannelSettings:
    """Return how a channel is heard; one without a drum is still heard, for the leakage of its neighbours."""
    if drum is None:
        return ChannelSettings()
    return ChannelSettings(drum.detector, mappings[drum.name].bundle.window_s)


def _drum_chain(
    drum: Drum, mapping: DrumMapping, targets: list[VoiceTargetSettings], rig: Rig, sample_rate: int
) -> DrumChain:
    plays, dry_gain = [], 0.0
    for play in drum.plays:
        if not isinstance(play, VoicePlaySettings):
            continue
        if _ranges(mapping.space) != _ranges(SNARE808):
            raise InputError(
                f"{drum.where}: model {drum.model} drives {mapping.space.name} with other parameters or ranges; "
                f"the built-in voice '{play.target}' plays only this {SNARE808.name}"
            )
        index = next(i for i, target in enumerate(targets) if target.name == play.target)
        target = targets[index]
        fixed_samples = None if target.fixed_ms is None else round(target.fixed_ms / 1000 * sample_rate)
        gain = 10 ** ((target.gain_db + play.gain_db + rig.output.gain_db) / 20)
        plays.append(VoicePlay(index, gain, fixed_samples, play.trigger_when == "early"))
        dry_gain += 0.0 if target.dry_db is None else 10 ** (target.dry_db / 20)
    return DrumChain(drum.channel - 1, mapping, tuple(plays), dry_gain)


def _ranges(space: ParamSpace) -> list[tuple[str, float, float, str]]:
    """Return what the values of a space mean."""
    return [(param.name, param.low, param.high, param.curve) for param in space]
