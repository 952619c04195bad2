"""Find what ships with Ghostnote: ``config/`` lies beside the packages in a checkout, inside ``synth/`` in a wheel."""

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def config_dir() -> Path:
    """Return the folder that holds ``rigs/``, ``presets/`` and ``synths/``."""
    installed = _HERE / "config"
    return installed if installed.is_dir() else _HERE.parent / "config"


def models_dir() -> Path:
    """Return the folder that holds the trained bundles that ship, one ``.safetensors`` file each."""
    return _HERE.parent / "models" / "trained"


def named_file(name_or_path: str | Path, folder: Path, suffix: str, beside: Path = Path()) -> Path | None:
    """Return the file that a person named, by its path or by the name of one that ships in ``folder``; None if neither.

    A relative path is seen from ``beside``: the folder of the file that names it, or the one that a person works in.

    ``os.path`` rather than ``Path``: a name that is too long, or the home of nobody, is no file and no exception.

    Parameters
    ----------
    name_or_path : str or Path
        A path goes first; ``~`` is somebody's home.
    folder : Path
        Of what ships.
    suffix : str
        Of the files in it, dot included; a person leaves it out of a name.
    beside : Path
        A folder.
    """
    for path in (os.path.join(beside, os.path.expanduser(name_or_path)), folder / f"{name_or_path}{suffix}"):
        if os.path.isfile(path):
            return Path(path)
    return None
