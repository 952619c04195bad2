"""Real synths are recorded in freewheel on a server of the room's own; whatever is killed meanwhile costs nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from bench.jack_server import ROOT, wait_until
from bench.pace import stretched
from bridge.rig.profiles import Profile, load_profile
from bridge.sampling.engine import EngineError, Takes, Way
from bridge.sampling.freewheel import FreewheelEngine
from bridge.sampling.jack_server import SHARED_MEMORY
from bridge.sampling.record import SILENT_PEAK
from bridge.sampling.synth import Note, SampledSynth, sampled_synth, synth_of
from tests.live.conftest import require

pytestmark = pytest.mark.live

SYNTHS = {"amsynth": "amsynth", "zynaddsubfx": "zynaddsubfx", "fluidsynth-sf2": "fluidsynth"}
"""Profile to program."""

FIRST_SOUND_S = 0.003
"""A note of these settings begins at once; one period is 5.3 ms."""


def noiseless() -> SampledSynth:
    """Return zynaddsubfx without its noise voice: what it plays then is the same to the bit."""
    profile: Profile = load_profile("zynaddsubfx", "test")
    assert profile.sampling is not None
    switch = [one for one in profile.sampling.setup if one.address.endswith("VoicePar1/Enabled")]
    setup = [one.model_copy(update={"args": (False,)}) if one in switch else one for one in profile.sampling.setup]
    sampling = profile.sampling.model_copy(update={"setup": setup})
    return synth_of(profile.model_copy(update={"sampling": sampling}), "zynaddsubfx", "test")


def random_notes(synth: SampledSynth, count: int, seed: int) -> list[Note]:
    """Return notes with settings from all over the space."""
    return synth.notes(np.random.default_rng(seed).random((count, len(synth.space))))


def left_behind(server: str) -> list[Path]:
    """Return what a server of that name and its synth have in memory and in the folder for temporary files."""
    in_files = (path for path in Path(gettempdir()).glob(f"{server}-*") if path.suffix != ".lock")
    return [*SHARED_MEMORY.glob(f"*{server}*"), *in_files]


def server_of(parts: Sequence[psutil.Process]) -> str:
    """Return the name of the server among some processes."""
    command = next(part.cmdline() for part in parts if part.name() == "jackd")
    return command[command.index("-n") + 1]


@contextmanager
def opened(synth: SampledSynth, way: Way | None = None) -> Iterator[FreewheelEngine]:
    """Open a synth; afterwards nothing of it runs and nothing is left."""
    require("jackd", synth.sampling.program)
    # Other tests may have left a process that tidies up behind pools and lasts as long as this one.
    before = psutil.Process().children(recursive=True)
    engine = FreewheelEngine(synth, way or Way())
    parts = [part for part in psutil.Process().children(recursive=True) if part not in before]
    server = server_of(parts)
    assert left_behind(server)
    try:
        yield engine
    finally:
        engine.close()
    assert not [part for part in parts if runs(part)]
    assert not left_behind(server)


def runs(part: psutil.Process) -> bool:
    """Tell whether a process has not ended."""
    try:
        return part.is_running() and part.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def part_named(name: str) -> psutil.Process:
    """Return the newest process that runs a program; ``python`` is the one that holds the JACK client."""
    running = (one for one in psutil.Process().children(recursive=True) if one.name().startswith(name))
    return max(running, key=lambda one: one.create_time())


def distances(takes: Takes, others: Takes) -> NDArray[np.float64]:
    """Return how far takes lie from others, as the largest difference over the largest sample."""
    return np.asarray(np.abs(takes - others).max(1) / np.abs(others).max(1), float)


def in_another_order(engine: FreewheelEngine, notes: Sequence[Note]) -> tuple[Takes, Takes]:
    """Play notes in their order and in another one; return both, the second in the order of the first."""
    order = np.random.default_rng(5).permutation(len(notes))
    first = engine.record(notes)
    again = np.empty_like(first)
    again[order] = engine.record([notes[place] for place in order])
    return first, again


@pytest.mark.parametrize("name", SYNTHS)
def test_every_random_setting_sounds_and_begins_with_its_note(name: str) -> None:
    synth = sampled_synth(name)
    with opened(synth) as engine:
        notes = random_notes(synth, 220, seed=1)  # more than a job holds
        takes = engine.record(notes)
    assert takes.shape == (220, round(synth.take_s * engine.sample_rate))
    assert takes.dtype == np.float32
    peaks = np.abs(takes).max(1)
    # The softest notes of FluidSynth at full attenuation come to 4e-5.
    assert np.all(peaks > (1e-5 if name == "fluidsynth-sf2" else SILENT_PEAK))
    begins_s = np.argmax(np.abs(takes) > 0.001 * peaks[:, None], axis=1) / engine.sample_rate
    assert np.median(begins_s) < FIRST_SOUND_S


def test_a_note_of_zynaddsubfx_and_fluidsynth_is_the_same_whatever_was_played_before() -> None:
    for synth in (noiseless(), sampled_synth("fluidsynth-sf2")):
        with opened(synth) as engine:
            first, again = in_another_order(engine, random_notes(synth, 60, seed=2))
        np.testing.assert_array_equal(again, first)


def test_a_note_of_amsynth_is_nearly_the_same_whatever_was_played_before() -> None:
    synth = sampled_synth("amsynth")
    with opened(synth) as engine:
        first, again = in_another_order(engine, random_notes(synth, 60, seed=2))
    # Its voices and its distortion keep a rest of what was before: 2e-5 and 0.004 of the peak were measured, and 0.5
    # and 1.3 without the note that warms up.
    far = distances(again, first)
    assert np.median(far) < 2e-4
    assert far.max() < 0.05


def test_a_restart_changes_no_take() -> None:
    synth = noiseless()
    notes = random_notes(synth, 30, seed=3)
    with opened(synth) as engine:
        before = engine.record(notes)
        engine.restart()
        after = engine.record(notes)
    # Each process of zynaddsubfx fills its buffers with another noise of 1e-18, against denormal numbers.
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_another_sample_rate_gives_the_same_sound() -> None:
    synth = noiseless()
    notes = random_notes(synth, 3, seed=3)
    with opened(synth, Way(sample_rate=44_100)) as engine:
        takes = engine.record(notes)
    with opened(synth) as engine:
        usual = engine.record(notes)
    assert takes.shape[1] == round(44_100 * synth.take_s)
    np.testing.assert_allclose(np.square(takes).mean(1), np.square(usual).mean(1), rtol=0.05)


def struck(engine: FreewheelEngine, notes: Sequence[Note], name: str, how: str) -> str:
    """Record while a part of the room is killed or stopped; return what the engine says of it."""
    part = part_named(name)

    def strike() -> None:
        # The job has begun when the synth works: it idles in between.
        began = part.cpu_times().user
        deadline = time.monotonic() + stretched(10)
        while part.cpu_times().user < began + 0.05 and time.monotonic() < deadline:
            time.sleep(0.005)
        getattr(part, how)()

    hand = threading.Thread(target=strike)
    hand.start()
    try:
        for _ in range(1000):
            engine.record(notes)
    except EngineError as error:
        return str(error)
    finally:
        hand.join()
    raise AssertionError(f"nothing was said of a {name} that met {how}")


@pytest.mark.parametrize("name", ["amsynth", "zynaddsubfx"])
def test_a_synth_that_is_killed_three_times_costs_no_take(name: str) -> None:
    synth = noiseless() if name == "zynaddsubfx" else sampled_synth(name)
    notes = random_notes(synth, 60, seed=4)
    with opened(synth) as engine:
        whole = engine.record(notes)
        for _ in range(3):
            assert f"{name} has ended" in struck(engine, notes, name, "kill")
            engine.restart()
        again = engine.record(notes)
    assert np.all(np.abs(again).max(1) > SILENT_PEAK)
    assert distances(again, whole).max() < (1e-9 if name == "zynaddsubfx" else 0.05)


@pytest.mark.parametrize(
    ("part", "how", "words"),
    [
        ("zynaddsubfx", "suspend", "made no cycle"),
        ("jackd", "kill", "JACK server"),
        ("python", "kill", "JACK client"),
        ("python", "suspend", "made no cycle"),
    ],
)
def test_whatever_dies_or_hangs_is_noticed_and_started_again(part: str, how: str, words: str) -> None:
    synth = noiseless()
    notes = random_notes(synth, 60, seed=5)
    with opened(synth) as engine:
        whole = engine.record(notes)
        assert words in struck(engine, notes, part, how)
        engine.restart()
        np.testing.assert_allclose(engine.record(notes), whole, atol=1e-12)


def test_an_engine_whose_synth_has_died_says_so_until_it_is_restarted() -> None:
    synth = noiseless()
    notes = random_notes(synth, 5, seed=6)
    with opened(synth) as engine:
        part_named("zynaddsubfx").kill()
        with pytest.raises(EngineError):
            engine.record(notes)
        with pytest.raises(EngineError, match="is not running"):
            engine.record(notes)
        engine.restart()
        assert np.all(np.abs(engine.record(notes)).max(1) > SILENT_PEAK)


PARENT = """
import sys
from bridge.sampling.engine import Way
from bridge.sampling.freewheel import FreewheelEngine
from bridge.sampling.synth import sampled_synth
synth = sampled_synth("fluidsynth-sf2")
engine = FreewheelEngine(synth, Way())
notes = synth.notes(synth.default_unit[None].repeat(200, 0))
engine.record(notes[:5])
print("plays", flush=True)
while True:
    engine.record(notes)
"""


def test_a_parent_that_is_killed_leaves_nothing() -> None:
    require("jackd", "fluidsynth")
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"plays\n"
    parts = psutil.Process(parent.pid).children(recursive=True)
    assert {"jackd", "fluidsynth"} <= {part.name() for part in parts}
    server = server_of(parts)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not any(map(runs, parts)), 15, "the end of every part")
    assert not left_behind(server)
