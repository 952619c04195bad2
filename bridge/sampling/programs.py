"""The synths that the bridge can start itself as JACK clients: how each is started, and by which ports it is reached.

A profile names a row of `PROGRAMS`; it never holds a command or a file. A file to be loaded, such as a sound font,
comes from the command line alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.rig.profiles import Control
from synth.errors import InputError, choices, shown

CONTROLLERS = 128

AMSYNTH_PARAMETERS: tuple[str, ...] = (
    *("amp_attack", "amp_decay", "amp_sustain", "amp_release", "osc1_waveform"),
    *("filter_attack", "filter_decay", "filter_sustain", "filter_release"),
    *("filter_resonance", "filter_env_amount", "filter_cutoff", "osc2_detune", "osc2_waveform", "master_vol"),
    *("lfo_freq", "lfo_waveform", "osc2_range", "osc_mix", "freq_mod_amount", "filter_mod_amount", "amp_mod_amount"),
    *("osc_mix_mode", "osc1_pulsewidth", "osc2_pulsewidth"),
    *("reverb_roomsize", "reverb_damp", "reverb_wet", "reverb_width", "distortion_crunch", "osc2_sync"),
    *("portamento_time", "keyboard_mode", "osc2_pitch", "filter_type", "filter_slope", "freq_mod_osc"),
    *("filter_kbd_track", "filter_vel_sens", "amp_vel_sens", "portamento_mode"),
)
"""Names of amsynth 1.13.2, in its order (``src/core/synth/Parameter.cpp``)."""

SOUND_FONTS = (
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/share/soundfonts/default.sf2",
)
"""Where Debian, Fedora and Arch put General MIDI sounds; the first that exists is loaded."""


@dataclass(frozen=True, slots=True)
class Program:
    """A row of `PROGRAMS`.

    Parameters
    ----------
    name : str
        Of its executable.
    package : str
        What Debian calls what installs it.
    command : callable
        Takes the sample rate in Hz and the file to load (empty: none), and returns the command.
    audio : tuple of str
        Its audio outputs as JACK names them; the mean of them is recorded.
    midi : str
        Its MIDI input.
    osc : str
        Its MIDI input that takes OSC messages as events; empty: it has none.
    loads : str
        What kind of file it can load; empty: none.
    files : callable
        Takes the profile's controls and returns the files that must lie in its private folder, by relative path.
    warm_up_s : float
        How long a note is played inaudibly before the note that is recorded. A synth whose controls glide only while a
        voice sounds has then come to the values of the note, whatever it played before.
    """

    name: str
    package: str
    command: Callable[[int, str], Sequence[str]]
    audio: tuple[str, ...]
    midi: str
    osc: str = ""
    loads: str = ""
    files: Callable[[Sequence[Control]], Mapping[str, str]] = lambda controls: {}
    warm_up_s: float = 0.0


def controllers_file(controls: Sequence[Control]) -> str:
    """Return amsynth's file ``controllers``: line n + 1 names the parameter that controller n moves.

    Raises
    ------
    InputError
        A control is no controller, its name is no parameter of amsynth, or two have the same controller.
    """
    lines = ["null"] * CONTROLLERS
    for control in controls:
        where = f"control {shown(control.name)}"
        if control.kind != "cc":
            raise InputError(f"{where}: amsynth takes seven-bit controllers only; give it cc")
        if control.name not in AMSYNTH_PARAMETERS:
            raise InputError(f"{where} is no parameter of amsynth; {choices(control.name, AMSYNTH_PARAMETERS)}")
        if lines[control.number] != "null":
            raise InputError(f"{where}: controller {control.number} moves {lines[control.number]} already")
        lines[control.number] = control.name
    return "\n".join(lines) + "\n"


def _fluidsynth(rate_hz: int, file: str) -> list[str]:
    ports = ("audio.jack.id=fluid", "midi.jack.id=fluid", "audio.jack.autoconnect=0")
    # Both effects run on behind a note, into the next one.
    options = (*ports, "synth.reverb.active=0", "synth.chorus.active=0")
    set_options = [part for option in options for part in ("-o", option)]
    # No -s: its server would let anyone on the network load files. Its shell reads a pipe that stays open.
    start = ["fluidsynth", "-a", "jack", "-m", "jack", *set_options, "-r", str(rate_hz), "-g", "1"]
    return [*start, file or _sound_font()]


def _sound_font() -> str:
    for path in SOUND_FONTS:
        if Path(path).is_file():
            return path
    raise InputError(
        "fluidsynth: no sound font was found; install one (Debian: sudo apt install timgm6mb-soundfont), "
        "or name one with --plugin FILE"
    )


PROGRAMS: dict[str, Program] = {
    row.name: row
    for row in (
        Program(
            "amsynth",
            "amsynth",
            lambda rate_hz, file: ["amsynth", "-x", "-a", "jack", "-m", "jack"],
            ("amsynth:L out", "amsynth:R out"),
            "amsynth:midi_in",
            files=lambda controls: {"amsynth/controllers": controllers_file(controls)},
            # Volume, oscillator mix and ring modulation are low-pass filtered in each voice, 200 samples long, and a
            # voice keeps their state (`VoiceBoard::reset`): see the test of twins in tests/live.
            warm_up_s=0.1,
        ),
        Program(
            "zynaddsubfx",
            "zynaddsubfx",
            lambda rate_hz, file: ["zynaddsubfx", "-U", "-O", "jack", "-I", "jack", *(("-L", file) if file else ())],
            ("zynaddsubfx:out_1", "zynaddsubfx:out_2"),
            "zynaddsubfx:midi_input",
            "zynaddsubfx:osc",
            "instrument (.xiz)",
        ),
        Program(
            "fluidsynth",
            "fluidsynth",
            _fluidsynth,
            ("fluid:left", "fluid:right"),
            "fluid:midi_00",
            loads="sound font (.sf2)",
        ),
    )
}
"""Name to program; one more synth is one more row."""
