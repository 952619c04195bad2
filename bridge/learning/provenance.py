"""Where a bundle comes from: program, command, libraries, and what the recordings and the preset hold."""

from __future__ import annotations

import hashlib
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from bridge.audio.files import Take
from synth.voices.presets import Patch

_LIBRARIES = ("numpy", "scipy", "numba", "torch", "safetensors", "soundfile")
_GIT_PATIENCE_S = 5.0


def provenance(recordings: Sequence[Take], patch: Patch, command: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a card says of a bundle's origin, as JSON values.

    Parameters
    ----------
    recordings : sequence of Take
    patch : Patch
        What its reference stroke plays.
    command : sequence of str
        The words after ``ghostnote``, where there was a command.
    """
    return {
        "version": _version("ghostnote"),
        "commit": source_commit(),
        "command": shlex.join(["ghostnote", *command]) if command else "",
        "libraries": {name: _version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
        "recordings": [{"name": each.path.name, "sha256": sound_hash(each)} for each in recordings],
        "preset": {"name": patch.name, "sha256": preset_hash(patch)},
    }


def sound_hash(recording: Take) -> str:
    """Return the SHA-256 of what a recording holds: rate, channels and samples, whatever file they come from.

    A recording has the same one under another name and as WAV, FLAC or AIFF of the same depth. After a change of gain,
    a cut, or lossy coding it has another.
    """
    found = hashlib.sha256(f"{recording.sample_rate} {recording.channels} ".encode())
    for first in range(0, len(recording.audio), recording.sample_rate):
        found.update(recording.audio[first : first + recording.sample_rate].astype("<f4").tobytes())
    return found.hexdigest()


def preset_hash(patch: Patch) -> str:
    """Return the SHA-256 of a preset's content: parameters with their ranges, values and depths."""
    rows = [(param.name, param.low, param.high, param.curve) for param in patch.space]
    words = repr((patch.space.name, rows, patch.values.tolist(), patch.depths.tolist()))
    return hashlib.sha256(words.encode()).hexdigest()


def source_commit() -> str:
    """Return the commit that runs, with ``-dirty`` where files differ from it; empty if this is no clone."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    words = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        # The words are ours, and the folder is the one that this program lies in.
        done = subprocess.run(words, capture_output=True, text=True, timeout=_GIT_PATIENCE_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def trained_on(card: Mapping[str, Any], recording: Take) -> str:
    """Return the name of the training recording that holds the same sound as a recording; empty if none does."""
    made = card.get("made")
    told = made.get("recordings") if isinstance(made, dict) else None
    known = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    if not known:
        return ""
    sound = sound_hash(recording)
    return next((str(each.get("name")) for each in known if each.get("sha256") == sound), "")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
