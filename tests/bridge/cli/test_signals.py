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


IN_A_CALLBACK = """
import ctypes, signal, sys, time
from bridge.cli.screen import end_on_signals

@ctypes.CFUNCTYPE(None)
def callback():
    signal.raise_signal({number})
    time.sleep(0.01)

end_on_signals()
try:
    callback()
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_signal_in_a_callback_of_a_library_ends_the_command_all_the_same(number: int, tmp_path: Path) -> None:
    program = started("-c", IN_A_CALLBACK.format(number=int(number)), cwd=tmp_path, heeds=number)
    try:
        _, errors = program.communicate(timeout=PATIENCE_S / 4)
    finally:
        program.kill()
    assert (program.returncode, errors) == (128 + number, "")


IN_LIBSNDFILE = """
import signal, sys
from bridge.audio.containers import Patched
from bridge.cli.main import run

seek, signals = Patched.seek, [{number}]

def interrupted(*place):
    if signals:
        signal.raise_signal(signals.pop())
    return seek(*place)

Patched.seek = interrupted
sys.argv = ["ghostnote", "detect", "take.wav", "--out", "heard"]
run()
"""


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_what_a_library_makes_of_a_signal_in_its_callback_is_no_fault_of_a_recording(
    number: int, tmp_path: Path
) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    program = started("-c", IN_LIBSNDFILE.format(number=int(number)), cwd=tmp_path, heeds=number)
    _, errors = program.communicate(timeout=PATIENCE_S)
    assert (program.returncode, errors) == (128 + number, "")
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


WHILE_LOADING = """
import os, signal, sys
from bridge.cli.main import run

class Finder:
    signals = [{number}]

    def find_spec(self, name, *rest):
        if name == "{module}" and self.signals:
            try:  # as a compiled module does, whose loading calls Python
                signal.raise_signal(self.signals.pop())
                for _ in range(1000):
                    pass
            except BaseException:
                os.abort()

sys.meta_path.insert(0, Finder())
sys.argv = ["ghostnote", "train", "take.wav", "--preset", "snare-1"]
run()
"""


# Of torch, of a package that it loads last, and of a module that the command loads for itself.
@pytest.mark.parametrize("module", ["torch", "torch.utils.data", "torch.distributed", "models.training.train"])
@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_signal_raises_nothing_in_a_module_that_is_being_loaded_and_then_ends_the_command(
    number: int, module: str, tmp_path: Path
) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    program = started("-c", WHILE_LOADING.format(number=int(number), module=module), cwd=tmp_path, heeds=number)
    _, errors = program.communicate(timeout=PATIENCE_S)
    assert (program.returncode, errors) == (128 + number, "")
    assert [path.name for path in tmp_path.iterdir()] == ["take.wav"]


IN_COMPILED_CODE = """
import signal, sys
from bridge.cli import detect
from bridge.cli.main import run

def broken(*_):
    try:
        signal.raise_signal({number})
        for _ in range(1000):
            pass
    except BaseException:
        pass
    raise ValueError("the callback failed")

detect.out_folders = broken
sys.argv = ["ghostnote", "detect", "take.wav", "--out", "heard"]
run()
"""


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_an_error_that_compiled_code_makes_of_a_signal_is_no_traceback(number: int, tmp_path: Path) -> None:
    write_wav(tmp_path / "take.wav", np.zeros(RATE), RATE)
    program = started("-c", IN_COMPILED_CODE.format(number=int(number)), cwd=tmp_path, heeds=number)
    _, errors = program.communicate(timeout=PATIENCE_S)
    assert (program.returncode, errors) == (128 + number, "")


IN_LLVMLITE = """
import atexit, signal, sys, time
from ctypes import c_int
from llvmlite.binding.ffi import ObjectRef
from bridge.cli.screen import end_on_signals

class Freed(ObjectRef):
    times = 0

    def _dispose(self):
        signal.raise_signal({number})
        for _ in range(1000):
            pass
        Freed.times += 1

end_on_signals()
atexit.register(lambda: print(Freed.times))
try:
    Freed(c_int(1)).close()
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_what_llvmlite_frees_is_freed_once(number: int, tmp_path: Path) -> None:
    program = started("-c", IN_LLVMLITE.format(number=int(number)), cwd=tmp_path, heeds=number)
    try:
        words, errors = program.communicate(timeout=PATIENCE_S / 4)
    finally:
        program.kill()
    assert (program.returncode, words, errors) == (128 + number, "1\n", "")


BROKEN_OFF_WHILE_LOADING = """
import os, signal, sys
from bridge.cli.screen import breaking_off, end_on_signals

class Finder:
    def find_spec(self, name, *rest):
        if name == "zzz":
            try:
                signal.raise_signal({number})
                for _ in range(1000):
                    pass
            except BaseException:
                os.abort()

sys.meta_path.insert(0, Finder())
end_on_signals()
try:
    with breaking_off():
        try:
            import zzz
        except ImportError:
            import time
            time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_what_can_be_broken_off_is_so_after_a_module_is_loaded(number: int, tmp_path: Path) -> None:
    program = started("-c", BROKEN_OFF_WHILE_LOADING.format(number=int(number)), cwd=tmp_path, heeds=number)
    try:
        _, errors = program.communicate(timeout=PATIENCE_S)
    finally:
        program.kill()
    assert (program.returncode, errors) == (128 + number, "")


LOST_WHILE_BREAKING_OFF = """
import gc, signal, sys, time
from bridge.cli.screen import await_resent, breaking_off, end_on_signals

class Gone:
    def __del__(self):
        signal.raise_signal({number})
        time.sleep(0.01)

end_on_signals()
try:
    with breaking_off():
        Gone()
        {then}
    await_resent()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("then", ["time.sleep(600)", "pass"], ids=["works on", "is over"])
@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_signal_whose_exception_is_lost_breaks_off_all_the_same(number: int, then: str, tmp_path: Path) -> None:
    script = LOST_WHILE_BREAKING_OFF.format(number=int(number), then=then)
    program = started("-c", script, cwd=tmp_path, heeds=number)
    try:
        _, errors = program.communicate(timeout=PATIENCE_S / 4)
    finally:
        program.kill()
    assert (program.returncode, errors) == (128 + number, "")
