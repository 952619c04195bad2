"""A job that leaves marks on disk, for executors: which process began it, and that it was done."""

import os
import time
from pathlib import Path
from typing import Any

from bridge.learning.experiment import Job
from bridge.realtime.child import wait_for


def marked_job(job: Job) -> dict[str, Any]:
    """Mark begin and end in the folder that the job's take names, return a result.

    A file ``held`` there holds every job from the seed in it on, until the file is removed.
    """
    folder, held = Path(job.take), Path(job.take) / "held"
    (folder / f"begun-{job.seed}-{os.getpid()}").touch()
    if held.exists() and job.seed >= int(held.read_text()):
        assert wait_for(lambda: not held.exists(), 60.0)
    (folder / f"done-{job.seed}-{os.getpid()}-{time.monotonic_ns()}").touch()
    row = {"error": 0.1 * job.seed, "do_nothing": 1.0, "relative": 0.1 * job.seed}
    return {
        "job": {"model": job.model, "window_samples": 256, "seed": job.seed},
        "strokes": 8,
        "features": {"L_T": row},
    }
