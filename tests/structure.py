"""The structure of the code, measured: ``python -m tests.structure`` counts rooms, arrows, circles and lines of code.

`ORDER` is the order of imports, `LIBRARIES` says which files may import which library. `tests/test_layers.py` holds
both, and ``docs/dependencies.md`` is written from the second by ``python -m tests.structure --write``.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("synth", "models", "bridge", "ghostnote")

ORDER = {
    "synth.dsp": 0,
    "synth.errors": 0,
    "synth.reading": 1,
    "synth.toml_hints": 1,
    "synth.rows": 0,
    "synth.files": 2,
    "synth.outputs": 2,
    "synth.tables": 2,
    "synth.figures": 1,
    "synth.spec": 1,
    "synth.parts": 2,
    "synth.voices": 3,
    "synth.effects": 4,
    "synth.drummer": 3,
    "models.cores": 9,
    "models.features": 10,
    "models.mapping": 11,
    "models.devices": 11,
    "models.embeddings": 11,
    "models.proxies": 13,
    "models.style": 12,
    "models.training": 12,
    "bridge.realtime": 19,
    "bridge.events": 20,
    "bridge.midi_bytes": 20,
    "bridge.rig": 21,
    "bridge.audio": 22,
    "bridge.ear": 22,
    "bridge.mapping": 22,
    "bridge.osc": 22,
    "bridge.engine": 23,
    "bridge.midi": 23,
    "bridge.calibration": 23,
    "bridge.targets": 24,
    "bridge.control": 24,
    "bridge.sampling": 24,
    "bridge.session": 25,
    "bridge.learning": 25,
    "bridge.cli": 26,
    "ghostnote": 30,
}
"""Room to level. A file imports its own room and rooms on lower levels; a longer name goes before a shorter one."""


@dataclass(frozen=True, slots=True)
class Library:
    """An outside library.

    Parameters
    ----------
    package : str
        What `pip` calls it.
    module : str
        What Python calls it.
    why : str
        What it does that we would otherwise write.
    doors : tuple of str
        Files and folders that may import it; empty: all of them.
    """

    package: str
    module: str
    why: str
    doors: tuple[str, ...] = ()


LIBRARIES = (
    Library("numpy", "numpy", "arrays, the run-time mapping, spectra of one window"),
    Library("numba", "numba", "compiles kernels from Python, without the interpreter lock", ("synth/dsp/compiled.py",)),
    Library(
        "scipy",
        "scipy",
        "filter design and resampling, least squares, statistics of training",
    ),
    Library("sounddevice", "sounddevice", "PortAudio: sound devices on every system", ("bridge/audio/stream.py",)),
    Library("soundfile", "soundfile", "reads and writes audio files", ("bridge/audio/files.py",)),
    Library("mido", "mido", "MIDI files", ("bridge/midi/file.py",)),
    Library("python-osc", "pythonosc", "encodes the values of OSC messages", ("bridge/osc/messages.py",)),
    Library(
        "websockets",
        "websockets",
        "HTTP and websockets of OSCQuery, with limits for what strangers send",
        ("bridge/control/web.py",),
    ),
    Library(
        "zeroconf",
        "zeroconf",
        "announces OSCQuery to the network by mDNS (extra `discover`)",
        ("bridge/control/discovery.py",),
    ),
    Library("python-rtmidi", "rtmidi", "MIDI ports on ALSA, JACK, Core MIDI and Windows", ("bridge/midi/ports.py",)),
    Library(
        "pydantic",
        "pydantic",
        "checks a table of TOML and names the key that is wrong",
        (
            "bridge/rig/",
            "bridge/targets/",
            "bridge/learning/grid.py",
            "bridge/learning/effect_grid.py",
            "bridge/learning/gradient_grid.py",
            "bridge/learning/proxy_grid.py",
            "bridge/learning/schedule_grid.py",
            "bridge/learning/synth_grid.py",
            "bridge/cli/reference.py",
        ),
    ),
    Library(
        "tomlkit",
        "tomlkit",
        "writes a calibration into a rig and keeps its comments, and profiles from charts",
        ("bridge/calibration/write.py", "bridge/rig/chart.py", "bridge/sampling/"),
    ),
    Library("typer", "typer", "the command line", ("bridge/cli/",)),
    Library("rich", "rich", "tables, progress and the status line", ("bridge/cli/",)),
    Library(
        "safetensors",
        "safetensors",
        "model files that hold numbers and nothing that runs",
        ("models/mapping/bundle.py", "models/proxies/bundle.py", "models/style/stylist.py"),
    ),
    Library(
        "matplotlib",
        "matplotlib",
        "the pictures that render, detect, train, match, latency and experiment leave",
        ("synth/figures.py",),
    ),
    Library(
        "onnxruntime",
        "onnxruntime",
        "runs a pretrained audio model of the user's (extra `onnx`)",
        ("models/embeddings/onnx_model.py",),
    ),
    Library(
        "JACK-Client",
        "jack",
        "plays a synth on a JACK server faster than real time, frame by frame (extra `sample`)",
        ("bridge/sampling/jack_client.py",),
    ),
    Library("dexed-py", "dexed", "the engine of a DX7 (extra `sample`, GPL)", ("bridge/sampling/dexed.py",)),
    Library("vita", "vita", "Vital in memory (extra `sample`, GPL)", ("bridge/sampling/vital.py",)),
    Library(
        "dawdreamer",
        "dawdreamer",
        "loads plugins, in a child process (extra `plugins`, GPL)",
        ("bridge/sampling/plugin_child.py",),
    ),
    Library(
        "torch",
        "torch",
        "gradients and optimisers (extra `train`)",
        ("models/", "synth/effects/", "synth/voices/", "bridge/learning/", "bridge/cli/"),
    ),
    Library(
        "dask, distributed",
        "distributed",
        "spreads an experiment over machines (extra `cluster`)",
        ("bridge/cli/experiment.py",),
    ),
)

DEVELOPMENT = (
    ("hypothesis, pytest, pytest-timeout, pytest-xdist, psutil", "tests", "`tests/`"),
    ("mypy, ruff, scipy-stubs, types-psutil", "types and style", "`make lint`"),
    ("build, hatchling", "the wheel", "`make wheel`"),
)


def sources() -> list[Path]:
    """Return every source file of the packages."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def module_of(path: Path) -> str:
    """Return the dotted name of a source file."""
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


MODULES = {module_of(path) for path in sources()}


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the dotted name of every module that a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES
            names |= inner or {node.module}
    return frozenset(names)


IMPORTS = {module_of(path): {name for name in imported(path) if name in MODULES} for path in sources()}
"""Of each module of ours, the modules of ours that it imports."""


def room_of(module: str) -> str:
    """Return the key of `ORDER` under which a module falls; `KeyError` where it has no room."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (room := ".".join(parts[:length])) in ORDER:
            return room
    raise KeyError(module)


def violations(module: str) -> list[str]:
    """Return what a module imports against the order: from above, from beside, or from one that imports it."""
    room = room_of(module)
    wrong = []
    for other in sorted(IMPORTS[module]):
        if room_of(other) == room:
            wrong += [f"{other} imports it too"] if module in IMPORTS[other] else []
        elif ORDER[room_of(other)] >= ORDER[room]:
            wrong.append(f"{other} is not below {room}")
    return wrong


def circles(arrows: set[tuple[str, str]]) -> list[set[str]]:
    """Return the groups of nodes that reach each other."""
    nodes = {node for arrow in arrows for node in arrow}
    reach = {node: {b for a, b in arrows if a == node} for node in nodes}
    for middle in nodes:
        for node in nodes:
            if middle in reach[node]:
                reach[node] |= reach[middle]
    groups = {frozenset(b for b in reach[a] if a in reach[b]) for a in nodes if a in reach[a]}
    return [set(group) for group in groups]


def packaged() -> list[str]:
    """Return the modules that are not a package's own ``__init__``."""
    return sorted(module for module in MODULES if not (ROOT / module.replace(".", "/")).is_dir())


def measure() -> dict[str, int]:
    """Return how many rooms, files, arrows between rooms and circles there are."""
    files = {(a, b) for a in packaged() for b in IMPORTS[a] if b in set(packaged())}
    rooms = {(room_of(a), room_of(b)) for a, b in files if room_of(a) != room_of(b)}
    return {
        "rooms": len({room_of(module) for module in packaged()}),
        "files": len(packaged()),
        "arrows between rooms": len(rooms),
        "arrows between files": len(files),
        "arrows against the order": sum(len(violations(module)) for module in packaged()),
        "circles of rooms": len(circles(rooms)),
        "circles of files": len(circles(files)),
    }


_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(source: str) -> int:
    """Return how many lines hold code: no docstring, no comment, no blank."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {n for one in tokens if one.type not in _NO_CODE for n in range(one.start[0], one.end[0] + 1)}
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def lines_by_package() -> dict[str, int]:
    """Return the lines of code of each package and of the benchmarks."""
    files = {package: sorted((ROOT / package).rglob("*.py")) for package in (*PACKAGES, "bench")}
    return {package: sum(lines_of_code(path.read_text("utf-8")) for path in paths) for package, paths in files.items()}


def dependencies_page() -> str:
    """Return ``docs/dependencies.md``."""
    rows = [
        f"| {one.package} | {one.why} | {', '.join(f'`{door}`' for door in one.doors) or 'everywhere'} |"
        for one in LIBRARIES
    ]
    rows += [f"| {package} (development) | {why} | {where} |" for package, why, where in DEVELOPMENT]
    return (
        "# Dependencies\n\n"
        "One line each: what a library does that we would otherwise write, and which files may import it. This page is "
        "written\nfrom the table in `tests/structure.py` by `make docs`; `tests/test_layers.py` holds that table.\n\n"
        "| package | why | imported by |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    if "--write" in sys.argv:
        (ROOT / "docs" / "dependencies.md").write_text(dependencies_page(), encoding="utf-8")
    lines = lines_by_package()
    rows = measure() | {f"lines of code, {package}": count for package, count in lines.items()}
    for name, count in (rows | {"lines of code": sum(lines.values())}).items():
        print(f"{name:26} {count}")
