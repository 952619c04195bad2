"""Where our packages lie. A folder of a user's own that has the name of one must not be taken for it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("synth", "models", "bridge")

ROOT = Path(__file__).resolve().parents[1]
"""Our packages lie beside this one: in a checkout and where a wheel is installed."""


def require_own_packages(root: Path = ROOT) -> None:
    """Refuse to go on where Python would find another package of the name of one of ours.

    Parameters
    ----------
    root : Path
        The folder that ours lie in.

    Raises
    ------
    ImportError
        The sentence names the package, the file that hides it and what to do.
    """
    for name in PACKAGES:
        found = _origin(name)
        if found is None or found.parent != root / name:
            place = f"{found} has its name and comes first" if found else "it is not there"
            raise ImportError(
                f"Ghostnote's package '{name}' cannot be loaded: {place}. "
                + ("Rename that folder or file, or start Python from another folder" if found else "Install it again"),
                name=name,
            )


def _origin(name: str) -> Path | None:
    """Return the file that ``import name`` runs; of a folder without one, the place where it would lie."""
    loaded = sys.modules.get(name)
    if loaded is not None and (file := getattr(loaded, "__file__", None)):
        return Path(file).resolve()
    try:
        spec = find_spec(name)
    except (ValueError, ImportError):  # a module that was put there by hand has no description
        return None
    if spec is None:
        return None
    if spec.origin:
        return Path(spec.origin).resolve()
    folders = list(spec.submodule_search_locations or ())
    return Path(folders[0]).resolve() / "__init__.py" if folders else None
