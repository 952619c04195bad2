"""What ends a terminal ends a command, whatever it does at that moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.files import write_wav
from bridge.cli.screen import ENDING
from tests.bridge.rigs import RATE

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0
"""Within this a command ends on a crowded machine; each of those below would go on for longer."""


def started(*words: str, cwd: Path, heeds: int) -> subprocess.Popen[str]:
    # The tests themselves may have been started with nohup or in the background, whose children ignore these signals.
    heed = partial(signal.signal, heeds, signal.SIG_DFL if heeds != signal.SIGINT else signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed,
    )


def ended(script: str, number: int, cwd: Path, patience_s: float = PATIENCE_S / 4) -> tuple[int, str, str]:
    """Run a script that is sent a signal, and return its code and what it wrote."""
    program = started("-c", script.replace("NUMBER", str(int(number))), cwd=cwd, heeds=number)
    try:
        words, errors = program.communicate(timeout=patience_s)
    finally:
        program.kill()
    return program.returncode, words, errors


@pytest.mark.parametrize("after_s", [0.0, 0.3, 1.0], ids=["at once", "while it starts", "in its work"])
@pytest.mark.parametrize(
    "words",
    [
        ["train", "long.wav", "--preset", "snare-1", "--curve", "curve.csv"],
        ["detect", "long.wav", "--out", "heard"],
        ["calibrate", "--recording", "long.wav", "--rig", "808"],
    ],
    ids=lambda words: words[0],
)
def test_a_terminal_that_is_closed_early_ends_a_command_which_leaves_nothing(
    words: list[str], after_s: float, tmp_path: Path, ten_minutes: Path
) -> None:
    (tmp_path / "long.wav").hardlink_to(ten_minutes)
    command = started("-m", "bridge.cli.main", *words, cwd=tmp_path, heeds=signal.SIGHUP)
    try:
        command.wait(after_s)
    except subprocess.TimeoutExpired:
        command.send_signal(signal.SIGHUP)
    _, errors = command.communicate(timeout=PATIENCE_S)
    # Python ends itself by the signal where that comes while it starts.
    assert (command.returncode in (128 + signal.SIGHUP, -signal.SIGHUP), errors) == (True, "")
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]


each_signal = pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)

TOLD = """
import ctypes, os, signal, sys, time
from bridge.cli.screen import await_resent, breaking_off, end_on_signals

def told():
    signal.raise_signal(NUMBER)
    for _ in range(1000):  # Python calls the handler between two steps
        pass
"""
"""What the scripts begin with. The work of each is a sleep longer than any patience: a signal must break it off."""

LOADING = """
class Finder:
    waiting = True

    def find_spec(self, name, *rest):
        if name == "MODULE" and self.waiting:
            self.waiting = False
            try:  # as a compiled module does, whose loading calls Python
                told()
            except BaseException:
                os.abort()

sys.meta_path.insert(0, Finder())
"""

IN_A_CALLBACK = """
callback = ctypes.CFUNCTYPE(None)(told)
end_on_signals()
try:
    callback()
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@each_signal
def test_a_signal_in_a_callback_of_a_library_ends_the_command_all_the_same(number: int, tmp_path: Path) -> None:
    assert ended(TOLD + IN_A_CALLBACK, number, tmp_path) == (128 + number, "", "")


IN_LIBSNDFILE = """
from bridge.audio.containers import Patched
from bridge.cli.main import run

seek, waiting = Patched.seek, [True]

def interrupted(*place):
    if waiting:
        waiting.clear()
        told()
    return seek(*place)

Patched.seek = interrupted
sys.argv = ["ghostnote", "detect", "take.wav", "--out", "heard"]
run()
"""


@each_signal
def test_what_a_library_makes_of_a_signal_in_its_callback_is_no_fault_of_a_recording(
    number: int, tmp_path: Path
) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    assert ended(TOLD + IN_LIBSNDFILE, number, tmp_path, PATIENCE_S) == (128 + number, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


TRAIN = """
from bridge.cli.main import run
sys.argv = ["ghostnote", "train", "take.wav", "--preset", "snare-1"]
run()
"""


# Of torch, of a package that it loads last, and of a module that the command loads for itself.
@pytest.mark.parametrize("module", ["torch", "torch.utils.data", "torch.distributed", "models.training.train"])
@each_signal
def test_a_signal_raises_nothing_in_a_module_that_is_being_loaded_and_then_ends_the_command(
    number: int, module: str, tmp_path: Path
) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    script = TOLD + LOADING.replace("MODULE", module) + TRAIN
    assert ended(script, number, tmp_path, PATIENCE_S) == (128 + number, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


BROKEN_OFF_WHILE_LOADING = """
end_on_signals()
try:
    with breaking_off():
        try:
            import zzz
        except ImportError:
            time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@each_signal
def test_what_can_be_broken_off_is_so_after_a_module_is_loaded(number: int, tmp_path: Path) -> None:
    script = TOLD + LOADING.replace("MODULE", "zzz") + BROKEN_OFF_WHILE_LOADING
    assert ended(script, number, tmp_path) == (128 + number, "", "")


IN_COMPILED_CODE = """
from bridge.cli import detect
from bridge.cli.main import run

def broken(*_):
    try:
        told()
    except BaseException:
        pass
    raise ValueError("the callback failed")

detect.out_folders = broken
sys.argv = ["ghostnote", "detect", "take.wav", "--out", "heard"]
run()
"""


@each_signal
def test_an_error_that_compiled_code_makes_of_a_signal_is_no_traceback(number: int, tmp_path: Path) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    assert ended(TOLD + IN_COMPILED_CODE, number, tmp_path, PATIENCE_S) == (128 + number, "", "")


AFTER_IT_WAS_BROKEN_OFF = """
from bridge.cli import detect
from bridge.cli.main import run

def broken_off(*_):
    with breaking_off():
        try:
            told()
        except KeyboardInterrupt:
            pass
    raise ValueError("a fault of the program")

detect.out_folders = broken_off
sys.argv = ["ghostnote", "detect", "take.wav", "--out", "heard"]
run()
"""


@each_signal
def test_a_fault_after_what_a_signal_broke_off_is_not_hidden(number: int, tmp_path: Path) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    code, _, errors = ended(TOLD + AFTER_IT_WAS_BROKEN_OFF, number, tmp_path, PATIENCE_S)
    assert code == 1
    assert "ValueError: a fault of the program" in errors


IN_LLVMLITE = """
import atexit
from llvmlite.binding.ffi import ObjectRef

class Freed(ObjectRef):
    times = 0

    def _dispose(self):
        told()
        Freed.times += 1

end_on_signals()
atexit.register(lambda: print(Freed.times))
try:
    Freed(ctypes.c_int(1)).close()
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@each_signal
def test_what_llvmlite_frees_is_freed_once(number: int, tmp_path: Path) -> None:
    assert ended(TOLD + IN_LLVMLITE, number, tmp_path) == (128 + number, "1\n", "")


IN_SOBOL = """
from numpy.lib import _npyio_impl
from scipy.stats import qmc

read = _npyio_impl.NpzFile.__getitem__

def interrupted(file, name):
    _npyio_impl.NpzFile.__getitem__ = read
    told()
    return read(file, name)

_npyio_impl.NpzFile.__getitem__ = interrupted
end_on_signals()
try:
    qmc.Sobol(2)
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@each_signal
def test_a_signal_while_a_sobol_sequence_begins_prints_nothing(number: int, tmp_path: Path) -> None:
    assert ended(TOLD + IN_SOBOL, number, tmp_path) == (128 + number, "", "")


LOST_WHILE_BREAKING_OFF = """
class Gone:
    def __del__(self):
        told()

end_on_signals()
try:
    with breaking_off():
        Gone()
        THEN
    await_resent()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("then", ["time.sleep(600)", "pass"], ids=["works on", "is over"])
@each_signal
def test_a_signal_whose_exception_is_lost_breaks_off_all_the_same(number: int, then: str, tmp_path: Path) -> None:
    script = TOLD + LOST_WHILE_BREAKING_OFF.replace("THEN", then)
    assert ended(script, number, tmp_path) == (128 + number, "", "")
