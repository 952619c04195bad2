"""The names of `ghostnote` and the modules they come from: type checkers read this table, and so does the package."""

from bridge.audio.files import Recording, read_recording, write_wav
from bridge.ear.analyzer import Analyzer, ChannelSettings
from bridge.ear.listen import hear_strokes
from bridge.learning.lesson import learn_from, write_lesson
from bridge.learning.strokes import Heard, hear
from bridge.mapping.load import with_lesson
from bridge.rig.rig import Rig, load_rig
from bridge.session.offline import Performance
from bridge.session.offline import perform as render
from bridge.session.session import Session
from models.features.hit import HearingFeatures, ReferenceFeatures
from models.features.tables import ONSET_FEATURES, OnsetFeatures
from models.mapping.architectures import ARCHITECTURES, Architecture
from models.mapping.architectures import register as register_architecture
from models.mapping.bundle import Bundle
from models.mapping.mapper import Mapper
from models.training.evaluate import errors_of
from models.training.export import Finished, finish
from models.training.loss_kinds import LOSSES, LossKind
from models.training.loss_kinds import register as register_loss
from models.training.oracle import optimize_strokes
from models.training.recipes import RECIPES
from models.training.strokes import Strokes
from models.training.train import Settings as TrainingSettings
from models.training.train import Trained, train
from synth.drummer.perform import perform as play_take
from synth.dsp.noise import white_noise
from synth.errors import InputError
from synth.voices.presets import Patch, load_preset, preset_names
from synth.voices.registry import VoiceKind, voice_kind, voice_kinds
from synth.voices.registry import register as register_voice
from synth.voices.snare808.differentiable import snare808

__all__ = [
    "ARCHITECTURES",
    "LOSSES",
    "ONSET_FEATURES",
    "RECIPES",
    "Analyzer",
    "Architecture",
    "Bundle",
    "ChannelSettings",
    "Finished",
    "Heard",
    "HearingFeatures",
    "InputError",
    "LossKind",
    "Mapper",
    "OnsetFeatures",
    "Patch",
    "Performance",
    "Recording",
    "ReferenceFeatures",
    "Rig",
    "Session",
    "Strokes",
    "Trained",
    "TrainingSettings",
    "VoiceKind",
    "errors_of",
    "finish",
    "hear",
    "hear_strokes",
    "learn_from",
    "load_preset",
    "load_rig",
    "optimize_strokes",
    "play_take",
    "preset_names",
    "read_recording",
    "register_architecture",
    "register_loss",
    "register_voice",
    "render",
    "snare808",
    "train",
    "voice_kind",
    "voice_kinds",
    "white_noise",
    "with_lesson",
    "write_lesson",
    "write_wav",
]
