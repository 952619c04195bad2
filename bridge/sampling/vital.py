"""Vital in memory, by the package vita. Door: vita (extra `sample`; GPL).

By itself it repeats no note: oscillators begin anywhere, effects and voices ring on, and each synth makes a noise of
its own. Here they begin at their start, what sounds is let out before each note, and all synths have the same noise. A
take then is the same to the bit in any order and on every core.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.rig.profiles import Control
from bridge.sampling.engine import Takes, Way
from bridge.sampling.synth import Note, SampledSynth
from synth.errors import InputError, how_to_install, nearest, shown

RATE_HZ = 48_000
BEATS_PER_MINUTE = 120.0

MODULATES = ">"
"""In a control's key between a source and a destination: its value is the amount of that modulation, -1 to 1."""

MOST_MODULATIONS = 64

FREE_RUNNING = ("chorus_on", "delay_on", "flanger_on", "phaser_on", "reverb_on")
"""Effects whose state outlasts silence. A profile that names one gets a new synth for each note."""

_FLUSH_S = 0.3
"""Of each of three notes that are let out before a take: controls slide, and the two voices that take turns must both
have had this note's pitch and velocity. With one note of 0.5 s 53 of 60 takes came back to the bit, with three all."""

_MOST_FLUSHES = 40
_QUIET = 1e-6

_NOISE_SAMPLES, _NOISE_RATE_HZ, _NOISE_SEED = 44_100, 44_100, 0


class VitalEngine:
    """Plays Vital from its initial preset; see `Engine`.

    Parameters
    ----------
    synth : SampledSynth
        Its controls are reached by ``key``: the name of a control, or ``source > destination``. Values are Vital's own.
    way : Way
        ``sample_rate`` counts.

    Raises
    ------
    InputError
        The package is not installed, or Vital has no such control or modulation.
    """

    def __init__(self, synth: SampledSynth, way: Way) -> None:
        self._vita = _package()
        self._synth = synth
        self.sample_rate = way.sample_rate or RATE_HZ
        keys = [control.key for control in synth.profile.controls]
        self._fresh = any(key in FREE_RUNNING for key in keys)
        self._state = self._first_state()
        self._start()

    def record(self, notes: Sequence[Note]) -> Takes:
        """Render notes, the mean of both channels: (notes, samples)."""
        takes = np.zeros((len(notes), round(self._synth.take_s * self.sample_rate)), np.float32)
        for take, note in zip(takes, notes, strict=True):
            if self._fresh:
                # Nothing sounds yet, and a note let out would ring into this one.
                self._start()
                self._set(note)
            else:
                self._set(note)
                self._let_out(note)
            heard = self._render(note, self._synth.note_s, self._synth.take_s)
            take[: len(heard)] = heard[: len(take)]
        return takes

    def restart(self) -> None:
        """Make the synth anew."""
        self._start()

    def close(self) -> None:
        """Nothing was started."""

    def _start(self) -> None:
        self._vital = self._new()
        self._vital.load_json(self._state)
        found = self._vital.get_controls()
        self._handles = [found[self._names[control.key]] for control in self._synth.controls]

    def _new(self) -> Any:
        vital = self._vita.Synth()
        vital.set_sample_rate(self.sample_rate)
        vital.set_bpm(BEATS_PER_MINUTE)
        return vital

    def _first_state(self) -> str:
        """Return the initial preset with what the profile sets, as Vital writes presets; note where each key acts."""
        vital = self._new()
        self._names = self._connected(vital)
        self._ends = {name: self._range(vital, name) for name in self._names.values()}
        found = vital.get_controls()
        for name in found:
            if name.endswith("_random_phase"):
                found[name].set(0.0)
        for control, value in self._synth.fixed:
            found[self._names[control.key]].set(self._held(control, value))
        state = json.loads(vital.to_json())
        state["settings"]["sample"] = _white_noise()
        return json.dumps(state)

    def _connected(self, vital: Any) -> dict[str, str]:
        """Connect every modulation that the profile names, and return the control that each key of it moves."""
        known = vital.get_controls()
        names: dict[str, str] = {}
        connected = 0
        for control in self._synth.profile.controls:
            if MODULATES in control.key:
                connected += 1
                names[control.key] = self._modulation(vital, control, connected)
            elif control.key in known:
                names[control.key] = control.key
            else:
                raise InputError(
                    f"control {control.name}: {shown(control.key)} is no control of Vital; {_near(control.key, known)}"
                )
        return names

    def _modulation(self, vital: Any, control: Control, number: int) -> str:
        source, destination = (word.strip() for word in control.key.split(MODULATES, 1))
        # Asked before: the package crashes at a destination that it does not have.
        kinds = {source: self._vita.get_modulation_sources(), destination: self._vita.get_modulation_destinations()}
        for word, known in kinds.items():
            if word not in known:
                raise InputError(
                    f"control {control.name}: Vital has no modulation by or of {shown(word)}; {_near(word, known)}"
                )
        if number > MOST_MODULATIONS or not vital.connect_modulation(source, destination):
            raise InputError(
                f"control {control.name}: {control.key} is there twice, or there are more than {MOST_MODULATIONS}"
            )
        return f"modulation_{number}_amount"

    def _range(self, vital: Any, name: str) -> tuple[float, float]:
        details = vital.get_control_details(name)
        return details.min, details.max

    def _held(self, control: Control, value: float) -> float:
        """Return a value within its control's range, which the package does not keep."""
        low, high = self._ends[self._names[control.key]]
        return min(max(round(value) if control.type == "i" else value, low), high)

    def _set(self, note: Note) -> None:
        for handle, control, value in zip(self._handles, self._synth.controls, note.values, strict=True):
            handle.set(self._held(control, value))

    def _let_out(self, note: Note) -> None:
        """Let what sounds end, and every control that slides arrive, by notes of no length."""
        for _ in range(_MOST_FLUSHES):
            rest = self._flushed(note)
            self._flushed(note)
            if float(np.abs(rest).max()) < _QUIET:
                break
        else:
            self._start()
            self._set(note)
        self._flushed(note)

    def _flushed(self, note: Note) -> NDArray[np.float32]:
        return self._render(note, 0.001, _FLUSH_S)[-round(0.1 * self.sample_rate) :]

    def _render(self, note: Note, note_s: float, whole_s: float) -> NDArray[np.float32]:
        both = self._vital.render(note.note, note.velocity / 127.0, note_s, whole_s)
        return np.asarray(both.mean(axis=0), np.float32)


def _near(word: str, known: Iterable[str]) -> str:
    """Return the names that were probably meant; all 772 would be no sentence."""
    return nearest(word, known) or "vita.Synth().get_controls() gives all names"


def _white_noise() -> dict[str, Any]:
    """Return Vital's initial sample, white noise, from one seed: as the package makes it, each synth has another."""
    noise = np.random.default_rng(_NOISE_SEED).uniform(-1.0, 1.0, _NOISE_SAMPLES)
    samples = b64encode((noise * 32_767).astype("<i2").tobytes()).decode()
    return {"name": "White Noise", "length": _NOISE_SAMPLES, "sample_rate": _NOISE_RATE_HZ, "samples": samples}


def _package() -> Any:
    try:
        import vita
    except ImportError:
        raise InputError(
            f"Vital in memory needs vita, which is not installed; install it with: {how_to_install('sample')}"
        ) from None
    return vita
