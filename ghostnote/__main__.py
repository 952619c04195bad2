"""``python -m ghostnote``: the command, where its script is not on the path."""

from __future__ import annotations

from bridge.cli.main import run

run()
