"""A job that leaves marks on disk, for executors: which process began it, and that it was done."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from bridge.learning.grid import Job
from bridge.realtime.child import wait_for
from synth.errors import InputError


def marked_job(job: Job) -> dict[str, Any]:
    """Mark begin and end in the folder that the job's preset names, return a result.

    A file ``held`` there holds every job from the seed in it on, until the file is removed. A file ``bad`` makes the
    job of the seed in it fail, and ``deadly`` ends its process.
    """
    folder, held = Path(job.preset), Path(job.preset) / "held"
    (folder / f"begun-{job.seed}-{os.getpid()}").touch()
    if held.exists() and job.seed >= int(held.read_text()):
        assert wait_for(lambda: not held.exists(), 120.0)
    if (folder / "bad").exists() and job.seed == int((folder / "bad").read_text()):
        raise InputError("a recording has gone") if job.seed % 2 else ZeroDivisionError("by zero")
    if (folder / "deadly").exists() and job.seed == int((folder / "deadly").read_text()):
        os.kill(os.getpid(), signal.SIGKILL)
    (folder / f"done-{job.seed}-{os.getpid()}-{time.monotonic_ns()}").touch()
    return result_of(job, [0.1 * job.seed] * 8)


def result_of(job: Job, errors: list[float]) -> dict[str, Any]:
    """Return a result with one feature and strokes that each cost 1 to leave alone."""
    return {
        "job": job.described(),
        "strokes": len(errors),
        "names": ["L_T"],
        "groups": list(range(len(errors))),
        "error": [[error] for error in errors],
        "do_nothing": [[1.0]] * len(errors),
    }
