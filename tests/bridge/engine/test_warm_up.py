"""Nothing is compiled while the audio runs: a kernel's first call takes longer than the audio may stand still."""

from __future__ import annotations

import subprocess
import sys

from bridge.engine.build import build_chain, warm_up
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import load_rig
from tests.bridge.rigs import RATE

LATE = """
import gc
import numpy as np
from numba.core.dispatcher import Dispatcher
from bridge.engine.build import build_chain, warm_up
from bridge.mapping.load import rig_mappings
from bridge.rig.rig import load_rig
from tests.bridge.signals import strokes

def compiled():
    return {one.py_func.__qualname__: len(one.overloads) for one in gc.get_objects() if isinstance(one, Dispatcher)}

rig = load_rig("demo")
chain = build_chain(rig, 48_000, rig_mappings(rig))
warm_up(chain, rig)
ready = compiled()
audio = strokes([0.2, 0.5, 0.9], [-6.0, -20.0, -40.0], 1.2, 48_000)
out = np.zeros((64, rig.output.channels), np.float32)
for place, first in enumerate(range(0, len(audio) - 64, 64)):
    if place % 300 == 299:
        chain.engine.skip(64 * (place % 7 + 1))
    if place == 700:
        chain.engine.silence()
    chain.engine.process(audio[first : first + 64], out)
print({name: count for name, count in compiled().items() if count != ready.get(name)})
"""


def test_no_kernel_is_compiled_by_a_stroke_a_loss_or_a_panic() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert done.stdout == "{}\n"


def test_nothing_that_is_warmed_up_counts_as_played() -> None:
    rig = load_rig("tuned-toms")  # whose voices are louder than full scale then
    chain = build_chain(rig, RATE, rig_mappings(rig))
    warm_up(chain, rig)
    assert chain.engine.mixer.clipped == 0
    assert not any(chain.engine.mixer.take_peaks())
