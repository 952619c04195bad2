"""A job that leaves marks on disk, for executors: it says when it began and when it was done."""

import os
import time
from pathlib import Path
from typing import Any

from bridge.learning.experiment import Job


def marked_job(job: Job) -> dict[str, Any]:
    """Sleep a little, mark begin and end in the folder that the job's take names, return a result."""
    folder = Path(job.take)
    (folder / f"begun-{job.seed}-{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(0.3)
    (folder / f"done-{job.seed}-{os.getpid()}-{time.monotonic_ns()}").touch()
    row = {"error": 0.1 * job.seed, "do_nothing": 1.0, "relative": 0.1 * job.seed}
    return {
        "job": {"model": job.model, "window_samples": 256, "seed": job.seed},
        "strokes": 8,
        "features": {"L_T": row},
    }
