"""The built-in synth as a target: the engine sounds it in the audio callback, so here is only what a rig says of it."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.routes import VoicePlaySettings, VoiceTargetSettings


@dataclass(frozen=True, slots=True)
class VoiceRoute:
    """How one drum plays one built-in voice, in the units of the engine.

    Parameters
    ----------
    gain : float
        Linear, of voice and play together.
    dry_gain : float
        Linear; 0 without the drum.
    fixed_samples : int or None
        Delay from the onset; None plays as soon as the window is full.
    early : bool
        Sound starts at detection.
    """

    gain: float
    dry_gain: float
    fixed_samples: int | None
    early: bool

    @classmethod
    def of(cls, target: VoiceTargetSettings, play: VoicePlaySettings, sample_rate: int) -> VoiceRoute:
        """Return the route of a rig's settings."""
        fixed_ms = target.fixed_ms
        return cls(
            gain=10.0 ** ((target.gain_db + play.gain_db) / 20.0),
            dry_gain=0.0 if target.dry_db is None else 10.0 ** (target.dry_db / 20.0),
            fixed_samples=None if fixed_ms is None else round(fixed_ms * sample_rate / 1000),
            early=play.trigger_when == "early",
        )
