"""A drum of a few lines: strokes whose loudness, brightness and decay go together, known to the sample."""

import numpy as np

from models.features.tables import OnsetFeatures
from models.training.strokes import Strokes

RATE = 48_000


def drum_strokes(count: int = 24, seed: int = 0) -> Strokes:
    """Return strokes from soft and dark to loud and bright, 0.4 s apart."""
    rng = np.random.default_rng(seed)
    loudness = rng.permutation(np.linspace(-36.0, 0.0, count))
    times = np.arange(RATE) / RATE
    audio = np.zeros((count, RATE), np.float32)
    for row, level_db in zip(audio, loudness, strict=True):
        bright = 0.2 + 0.5 * (level_db + 36.0) / 36.0
        noise = bright * rng.standard_normal(RATE) * np.exp(-times / 0.04)
        shell = np.sin(2 * np.pi * 190.0 * times) * np.exp(-times / (0.05 + 0.05 * bright))
        row[:] = 10 ** (level_db / 20) * 0.3 * (noise + shell)
    meter = OnsetFeatures(RATE, 256)
    features = np.stack([meter(row[:256]) for row in audio])
    return Strokes(features, audio, np.full(count, 19_200), RATE, 256 / RATE)
