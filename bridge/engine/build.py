"""Build the chain of a rig: ears, mappings and strips as one `Engine`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.ear.analyzer import Analyzer
from bridge.ear.listen import rig_ears
from bridge.engine.engine import LARGEST_BLOCK, DrumChain, Engine, VoicePlay
from bridge.engine.inserts import Insert, Inserts
from bridge.engine.strip import Strip, pan_gains, pan_sides
from bridge.events import PlayKey
from bridge.mapping.load import require_playable
from bridge.mapping.mapping import DrumMapping
from bridge.mapping.notes import VoiceNotes, notes_of
from bridge.mapping.when import When, when_of
from bridge.rig.effects import EffectPlace, EffectSettings
from bridge.rig.plays import VoicePlaySettings
from bridge.rig.rig import Drum, Rig
from bridge.rig.targets import Place, VoiceTargetSettings
from synth.dsp.levels import gain
from synth.effects.running import RunningEffect
from synth.errors import InputError
from synth.voices.presets import Patch, same_tables
from synth.voices.registry import voice_kind


@dataclass(frozen=True, slots=True)
class Chain:
    """An engine and the named parts behind it.

    Parameters
    ----------
    engine : Engine
        What the callback, or the loop over a file, calls.
    mappings : dict of PlayKey to DrumMapping
        In the rig's order; also those that nothing plays.
    effects : dict of EffectPlace to tuple of RunningEffect
        One for each strip of the target, or for each pair of outputs.
    """

    engine: Engine
    mappings: dict[PlayKey, DrumMapping]
    effects: dict[EffectPlace, tuple[RunningEffect, ...]]


class _Voice(NamedTuple):
    """A built-in voice of a rig: its number among the strips, its settings, its strip and the strips that it chokes."""

    number: int
    settings: VoiceTargetSettings
    strip: Strip
    chokes: tuple[int, ...]


def build_chain(rig: Rig, sample_rate: int, mappings: dict[PlayKey, DrumMapping]) -> Chain:
    """Build everything that turns input blocks into output blocks and strikes; open no file.

    Raises
    ------
    InputError
        A built-in voice is asked to play another synth's parameters.
    """
    channels = rig_ears(rig, {key.drum: mapping.bundle.window_s for key, mapping in mappings.items()})
    voices = _voices(rig, sample_rate, _tables(rig, mappings))
    drums = [chain for drum in rig.drum for chain in _drum_chains(drum, mappings, voices, sample_rate)]
    strips = [voice.strip for voice in voices.values()]
    bus = partial(_inserts, rig.bus.effects, sample_rate, rig)
    # Effects of the sum must not be driven by the level of the output.
    bus_gain = gain(rig.output.gain_db) if rig.bus.effects else 1.0
    engine = Engine(Analyzer(sample_rate, channels), drums, strips, gain(rig.input.gain_db), bus, bus_gain)
    chains = [(place.target, voice.strip.inserts) for place, voice in voices.items()]
    chains += [("", inserts) for inserts in engine.mixer.buses]
    return Chain(engine, mappings, {place: _running(place, chains) for place in rig.effects})


def _running(place: EffectPlace, chains: list[tuple[str, Inserts]]) -> tuple[RunningEffect, ...]:
    """Return what runs of a rig's effect."""
    return tuple(inserts.chain[place.number - 1].effect for name, inserts in chains if name == place.chain)


def _tables(rig: Rig, mappings: Mapping[PlayKey, DrumMapping]) -> dict[str, NDArray[np.float64] | None]:
    """Return the tables of each voice target: those of the presets of its plays.

    Raises
    ------
    InputError
        Two plays of a target have presets with different tables.
    """
    presets: dict[str, tuple[Drum, Patch]] = {}
    for drum, number, play in rig.voice_plays:
        preset = mappings[drum.play_keys[number - 1]].bundle.preset
        first, before = presets.setdefault(play.target, (drum, preset))
        if not same_tables(before, preset):
            names = f"'{before.name}' of {first.where} and '{preset.name}' of {drum.where}"
            raise InputError(f"target '{play.target}': presets {names} name different tables; give each its own target")
    return {target: preset.tables for target, (_, preset) in presets.items()}


def _voices(rig: Rig, sample_rate: int, tables: Mapping[str, NDArray[np.float64] | None]) -> dict[Place, _Voice]:
    """Return a voice for each place at which a target is heard: its own, and those of its plays."""
    targets = rig.voice_targets
    of_plays = [(drum.channel - 1, targets[play.target].place_of(play)) for drum, _, play in rig.voice_plays]
    places = dict.fromkeys([*(target.place for target in targets.values()), *(place for _, place in of_plays)])
    # The drum itself is heard once for each target, however many places its plays have there: in the first of them.
    first: dict[tuple[str, int], Place] = {}
    for channel, place in of_plays:
        first.setdefault((place.target, channel), place)
    voices = {}
    for number, place in enumerate(places):
        target = targets[place.target]
        dry_channels = tuple(channel for (_, channel), heard in first.items() if heard == place)
        chokes = tuple(i for i, other in enumerate(places) if target.cuts(targets[other.target]))
        voices[place] = _Voice(number, target, _strip(target, place, dry_channels, rig, sample_rate, tables), chokes)
    return voices


def _strip(
    target: VoiceTargetSettings,
    place: Place,
    dry_channels: tuple[int, ...],
    rig: Rig,
    sample_rate: int,
    tables: Mapping[str, NDArray[np.float64] | None],
) -> Strip:
    outputs = [output - 1 for output in place.outputs]
    # One output alone hears the left of a room, which then need not make the right.
    widest = min(2, len(outputs) or rig.output.channels)
    chain = _inserts(target.effects, sample_rate, rig, 1, widest)
    return Strip(
        voice_kind(target.voice).streaming(sample_rate, target.seed, target.polyphony, tables.get(place.target)),
        pan_gains(place.pan, outputs, rig.output.channels),
        Inserts(chain, 1, LARGEST_BLOCK),
        sides=pan_sides(outputs, rig.output.channels),
        gain=gain(target.gain_db + (0.0 if rig.bus.effects else rig.output.gain_db)),
        dry_gain=0.0 if target.dry_db is None else gain(target.dry_db),
        dry_channels=dry_channels,
    )


def _inserts(
    effects: tuple[EffectSettings, ...], sample_rate: int, rig: Rig, channels: int, widest: int
) -> tuple[Insert, ...]:
    """Return a chain of effects, which is given so many channels and has ``widest`` at most."""
    channel_of = {drum.name: drum.channel - 1 for drum in rig.drum}
    chain = []
    for settings in effects:
        channels = max(channels, widest if settings.effect.widens else 1)
        effect = settings.effect.effect
        running = RunningEffect(effect, settings.all_values, sample_rate, channels, settings.bypass)
        chain.append(Insert(running, channels, channel_of.get(settings.key, -1)))
    return tuple(chain)


def _drum_chains(
    drum: Drum, mappings: Mapping[PlayKey, DrumMapping], voices: Mapping[Place, _Voice], sample_rate: int
) -> list[DrumChain]:
    """Return each mapping of a drum that is played; of a drum that plays nothing, its own."""
    plays: dict[PlayKey, list[VoicePlay]] = {key: [] for key in drum.play_keys or (drum.key,)}
    named = {place.target: voice.settings for place, voice in voices.items()}
    for number, (key, play) in enumerate(zip(drum.play_keys, drum.plays, strict=True), 1):
        if isinstance(play, VoicePlaySettings):
            target, space = named[play.target], mappings[key].space
            require_playable(drum.mapped()[key], space, target)
            voice, when = voices[target.place_of(play)], when_of(drum, number, space)
            notes = notes_of(drum, number, voice_kind(target.voice).space)
            plays[key].append(_voice_play(play, voice, when, notes, sample_rate))
            _begin_moved(plays[key][-1], mappings[key].bundle.preset, voice.settings)
    return [DrumChain(drum.channel - 1, mappings[key], tuple(own)) for key, own in plays.items()]


def _voice_play(
    play: VoicePlaySettings, voice: _Voice, when: When, notes: VoiceNotes | None, sample_rate: int
) -> VoicePlay:
    fixed_ms = voice.settings.fixed_ms
    fixed_samples = None if fixed_ms is None else round(fixed_ms / 1000 * sample_rate) - voice.strip.latency_samples
    early = play.trigger_when == "early"
    moved = _moved(voice)
    return VoicePlay(voice.number, gain(play.gain_db), fixed_samples, early, when, voice.chokes, notes, moved)


def _begin_moved(play: VoicePlay, preset: Patch, target: VoiceTargetSettings) -> None:
    """Let effects that strokes move begin where the first stroke's preset has them, and not glide there from afar."""
    bypassed = [effect.bypass for effect in target.effects if effect.modulate]
    for (effect, columns), bypass in zip(play.moved, bypassed, strict=True):
        effect.begin(preset.values[columns], bypass)


def _moved(voice: _Voice) -> tuple[tuple[RunningEffect, slice], ...]:
    """Return the effects of a strip that strokes move, and the places of their values behind the voice's."""
    moved, start = [], len(voice_kind(voice.settings.voice).space)
    for settings, insert in zip(voice.settings.effects, voice.strip.inserts.chain, strict=True):
        if settings.modulate:
            stop = start + len(settings.effect.space)
            moved.append((insert.effect, slice(start, stop)))
            start = stop
    return tuple(moved)


WARM_UP_BLOCKS, LOSS_AT = 160, 140
"""Of 64 frames and more; by then the ear knows what was there when it began, as a loss before that is only counted."""


def warm_up(chain: Chain, rig: Rig) -> None:
    """Run every compiled kernel once, on a few loud strokes and a loss, then forget them.

    A kernel's first call loads or compiles it, which takes longer than the audio may stand still.
    """
    rng = np.random.default_rng(0)
    block_samples = rig.input.block or 64
    out = np.zeros((block_samples, rig.output.channels), dtype=np.float32)
    for index in range(WARM_UP_BLOCKS):
        loud = 0.5 if index % 40 == 20 else 0.0
        block = (loud * rng.standard_normal((block_samples, rig.channels))).astype(np.float32)
        if index == LOSS_AT:
            chain.engine.skip(block_samples)
        chain.engine.process(block, out)
    chain.engine.reset()
