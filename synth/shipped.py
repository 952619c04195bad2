"""Find what ships with Ghostnote: ``config/`` lies beside the packages in a checkout, inside ``synth/`` in a wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def config_dir() -> Path:
    """Return the folder that holds ``rigs/``, ``presets/`` and ``synths/``."""
    installed = _HERE / "config"
    return installed if installed.is_dir() else _HERE.parent / "config"


def models_dir() -> Path:
    """Return the folder that holds the trained bundles that ship, one ``.safetensors`` file each."""
    return _HERE.parent / "models" / "trained"
