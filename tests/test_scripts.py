"""The scripts that set a machine up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure import ROOT

STUB = """#!{real}
import sys
sys.version_info = {version}
exec(sys.argv[2])
"""


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({"python3": (3, 14), "python3.14": (3, 14), "python3.11": (3, 11)}, "python3.11"),
        ({"python3": (3, 13), "python3.12": (3, 12), "python3.11": (3, 11)}, "python3.12"),
        ({"python3": (3, 11), "python3.12": (3, 12)}, "python3"),
        ({"python3": (3, 10), "python3.13": (3, 13)}, "python3.13"),
        ({"python3": (3, 9)}, ""),
    ],
)
def test_a_python_with_wheels_is_chosen_before_a_newer_one(
    there: dict[str, tuple[int, int]], chosen: str, tmp_path: Path
) -> None:
    for name, version in there.items():
        (tmp_path / name).write_text(STUB.format(real=sys.executable, version=version))
        (tmp_path / name).chmod(0o755)
    words = ["/bin/sh", str(ROOT / "scripts" / "choose_python.sh")]
    done = subprocess.run(words, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == (chosen, 0 if chosen else 1)
