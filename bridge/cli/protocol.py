"""The protocol page: what leaves and what comes in, from the tables that encode and read it.

`bridge.cli.reference` writes it to ``docs/protocol.md``; a test compares.
"""

from __future__ import annotations

from bridge.control.controls import ROOT, LiveControl, live_controls
from bridge.control.subscribers import SILENT_S
from bridge.control.surface import StillSurface
from bridge.engine.changes import LiveState
from bridge.events import PlayKey
from bridge.mapping.mapping import Controls, DrumMapping
from bridge.mapping.numbers import number_ranges
from bridge.midi.carrier import SILENCE_S
from bridge.midi.messages import KINDS, SECONDS_PER_DIN_BYTE, Wire
from bridge.rig.detector import DetectorSettings
from bridge.rig.profiles import PROFILES, load_profile
from bridge.rig.rig import Drum
from bridge.rig.targets import parse_play, parse_target
from bridge.targets.base import DrumContext
from bridge.targets.midi import SCALES
from bridge.targets.osc import OscPlay
from models.mapping.bundle import untrained_bundle
from synth.presets import Patch
from synth.voices.registry import DEFAULT_VOICE, voice_kind

Row = tuple[str, ...]

SPACE = voice_kind(DEFAULT_VOICE).space
"""The parameters of the examples."""


def number_rows() -> list[Row]:
    """Return the numbers of a stroke: name, range, unit, known at detection."""
    param = SPACE.params[0].name
    rows: list[Row] = []
    for name, own in number_ranges(SPACE).items():
        if any(name.endswith(other) for other in SPACE.names if other != param):
            continue
        early = "yes" if own.early else ""
        rows.append((f"`{name}`", f"{own.low:g} to {own.high:g}", own.unit or "-", early))
    return rows


def midi_rows() -> list[Row]:
    """Return each kind of value: its bytes at the top of its range, and its time on DIN."""
    rows: list[Row] = []
    for key, kind in KINDS.items():
        messages = kind.messages(channel=9, number=1, value=kind.highest)
        cost_ms = 1000 * sum(Wire("din").cost_s(message) for message in messages)
        shown = " ".join(message.hex() for message in messages)
        rows.append((kind.meaning, f"`{key}`", shown, f"{cost_ms:.2f} ms"))
    return rows


def control_rows() -> list[Row]:
    """Return every live control, one row for all parameters and one for all features."""
    bundle = untrained_bundle(Patch.default(SPACE))
    mappings = {(key := PlayKey("NAME")): DrumMapping(key, bundle, Controls.neutral(SPACE))}
    surface = StillSurface(LiveState(mappings, {0: DetectorSettings()}, {}))
    rows: dict[str, Row] = {}
    for control in live_controls(surface, (Drum(name="NAME"),)).values():
        address = control.address
        for name in SPACE.names:
            address = address.replace(f"/parameter/{name}/", "/parameter/PARAMETER/")
            address = address.replace(f"/stroke/{name}", "/stroke/PARAMETER")
        for name in ("level", "centroid", "flatness"):
            address = address.replace(f"/feature/{name}/", "/feature/FEATURE/")
        rows.setdefault(address, (f"`{address}`", control.kind, _range(control), control.meaning))
    return list(rows.values())


def profile_rows() -> list[Row]:
    """Return the synths that ship."""
    rows: list[Row] = []
    for name in PROFILES.names():
        profile = load_profile(name, "protocol")
        way = f"OSC, port {profile.port}" if profile.port else "MIDI"
        rows.append(
            (f"`{name}`", profile.name, way, str(len(profile.notes)), str(len(profile.controls)), profile.about)
        )
    return rows


def example_hex() -> str:
    """Return the first and the last message of a stroke in hexadecimal, sixteen bytes a line."""
    target = parse_target({"name": "osc", "type": "osc", "port": 9000}, "protocol")
    context, name = DrumContext("snare", SPACE.names, number_ranges(SPACE)), SPACE.names[-1]
    settings = parse_play({"target": "osc", "send": [name]}, target, "protocol")
    play = OscPlay(settings, context, "protocol")  # type: ignore[arg-type]  # the target is OSC
    numbers = {f"unit.{name}": 0.5, "velocity": 1.0}
    return "\n".join(f"{message.address}\n  " + message.pack(numbers).hex(" ", 4) for message in play.complete)


def _range(control: LiveControl) -> str:
    if control.kind in ("number", "state"):
        return f"{control.low:g} to {control.high:g} {control.unit}".strip()
    return {"switch": "0 or 1", "text": "a name", "trigger": "anything but 0"}[control.kind]


def sections() -> list[tuple[str, str, tuple[str, ...], list[Row]]]:
    """Return the page's parts: title, text, header and rows of a table (none: no table)."""
    byte_us = 1e6 * SECONDS_PER_DIN_BYTE
    remote = _CONTROL.format(root=ROOT, silent_s=SILENT_S)
    return [
        (
            "Numbers of a stroke",
            "What a map may name as `from`. Parameters stand for all: " + _PARAMETERS,
            _NUMBERS,
            number_rows(),
        ),
        ("OSC out", _OSC.format(example=example_hex()), (), []),
        (
            "MIDI out",
            _MIDI.format(byte_us=byte_us, scales=", ".join(SCALES), silence_s=SILENCE_S, root=ROOT),
            _VALUES,
            midi_rows(),
        ),
        ("Remote control in and live state out", remote, _CONTROLS, control_rows()),
        ("Synths by name", _PROFILES, _SYNTHS, profile_rows()),
    ]


_NUMBERS = ("name", "range", "unit", "known at detection")
_VALUES = ("value", "key", "bytes at the top of its range (channel 10, number or note 1)", "on DIN")
_CONTROLS = ("address", "kind", "range", "meaning")
_SYNTHS = ("profile", "synth", "reached by", "sounds", "controls", "to know")
_PARAMETERS = "each has its real value, `unit.` in 0 to 1 and `mod.`, what the model said, in -1 to 1."

_OSC = """A stroke leaves as one bundle: a message a value, then the trigger (`layout = "bundle"`), or as one
message with everything as arguments (`layout = "single"`; `{{values}}` stands for all values, `{{pairs}}` for
names and values). Addresses and text arguments are templates: `{{drum}}`, `{{target}}`, and for values
`{{name}}`, `{{path}}` (dots become slashes) and `{{index}}` (from 1). The time tag says *immediately*, or the
stroke's onset plus `after_ms`; with `timetag = "none"` there is no bundle, and each message is a packet of
its own. Over TCP each packet is framed by SLIP, an END byte on both sides. Floats are `f`, `stroke` and
`onset_samples` are `i`, as is every whole number of a rig.

A default stroke that sends one value, `drive` in the middle, at full velocity:

```
{example}
```"""

_MIDI = """Values first, most important first, then the note; the note-off follows `note_ms` later. Only
values that changed leave, the newest takes the place of one that still waits, note-offs are never dropped,
and a note that sounds already is ended before it is struck again. On a port with `budget = "din"` a byte
takes {byte_us:.0f} us: the stroke's values get `lead_ms` before their note, the rest follow it, and other
traffic delays a note by one message at most. `usb` counts 16 messages a millisecond, `none` nothing. Notes
may follow a number on a scale: {scales}.

A synth that connects to a virtual port is sent its program changes and the latest values: within half a second where
JACK or ALSA tell of it, elsewhere (Core MIDI) with the first stroke after {silence_s:g} s of rest. `{root}/resend` asks
for it at any time.

On stop, panic, SIGTERM, a lost port and a killed player: a note-off for every sounding note, then controllers
123 and 120 on every channel in use. A port that was lost gets a note-off for every note that was ever struck on it."""

_CONTROL = """With `[control]` in a rig these addresses are listened to over UDP, on the loopback interface
unless `host` says otherwise, and the same addresses carry the state to `send_to` and to whoever sends
`{root}/subscribe PORT`: all of it first, then what changed, `rate_hz` times a second, whoever changed it. Only
the value that a remote has just sent is not sent back to it: to the port that it sends from, subscribed from or
listens on; on another machine, to a receiver of `send_to` there. Where another value holds, as after a number
beyond its range or an unknown name, it is told. Eight remotes are told at most. Who subscribes again keeps its
place and is sent all of it again; where no place is free, a subscriber that has sent nothing for {silent_s:g} s makes
room, a receiver of `send_to` never, and without room a subscription is counted and ignored.
`{root}/learn ADDRESS` lets the next MIDI controller that moves turn that control, `{root}/unlearn ADDRESS` lets
go. OSCQuery (HTTP on the same port number, no websocket) describes it all. Numbers beyond their range are
clamped; what is no OSC or means nothing is counted and ignored."""

_PROFILES = """`profile = "..."` in a play lets a map say `control = "SD snappy"` and `note = "SD"`. Files in
`config/synths`; every number there names its source. Make more with `ghostnote import-chart`."""
