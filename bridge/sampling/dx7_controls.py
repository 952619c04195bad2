"""Controls of a profile as parameters of a DX7: a note's values become a voice, and a voice's become values."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.rig.profiles import Control
from bridge.sampling.dx7 import INIT_VOICE, PARAMETERS, Parameter, Voice, parameter_named, voice_with
from bridge.sampling.synth import SampledSynth


def parameter_of(control: Control) -> Parameter:
    """Return the parameter that a control's number or ``key`` is; `InputError` where its key names none."""
    if control.kind == "dx7":
        return PARAMETERS[control.number]
    return parameter_named(control.key, f"control {control.name}: ")


class Dx7Controls:
    """The voices that a sampled synth can have.

    Parameters
    ----------
    synth : SampledSynth
        Its controls are reached by ``key``, a name of `PARAMETERS`.

    Raises
    ------
    InputError
        A control names no parameter.
    """

    def __init__(self, synth: SampledSynth) -> None:
        self._moved = tuple(parameter_of(control) for control in synth.controls)
        fixed = {parameter_of(control).name: value for control, value in synth.fixed}
        self._rest = voice_with(fixed, INIT_VOICE, synth.name)

    def voice(self, values: Sequence[float]) -> Voice:
        """Return the voice of one value for each control that is moved; what the profile does not name is INIT VOICE's.

        What goes into it is what the DX7 hears: whole numbers, within their ranges.
        """
        voice = bytearray(self._rest)
        for parameter, value in zip(self._moved, values, strict=True):
            voice[parameter.number] = parameter.held(value)
        return bytes(voice)

    def values(self, voice: Voice) -> tuple[float, ...]:
        """Return what a voice has for each control that is moved, as a preset from a bank; the rest of it is lost."""
        return tuple(float(voice[parameter.number]) for parameter in self._moved)
