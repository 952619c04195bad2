"""The parent's side of the process that plays a synth in real time and hears it."""

from __future__ import annotations

import pickle
from queue import Empty, SimpleQueue

from bridge.realtime.child import Child
from bridge.sampling.engine import EngineError, Way
from bridge.sampling.live_requests import Answer, Opened, Places, Refused, Request
from bridge.sampling.note_messages import NoteMessages
from bridge.sampling.synth import SampledSynth
from synth.errors import InputError, MissingError

PROGRAM = "bridge.sampling.live_child"
"""Named, not imported: the other half opens sound devices."""

OPENING_S = 30.0
"""How long a process may take to say whether everything is there: 1 s, more where other programs share a processor."""

LONGEST_DELAY_S = 0.5
"""A synth that is heard later than this is not heard."""


class LiveProcess(Child):
    """The handle on the process that plays and hears.

    Parameters
    ----------
    places : Places

    Raises
    ------
    InputError
        Something is not there (`MissingError`), or refuses.
    """

    decode = staticmethod(pickle.loads)
    keeps = True
    goodbye_s = 5.0

    def __init__(self, places: Places) -> None:
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        super().__init__(PROGRAM, None, self._answers.put)
        try:
            opened = self.ask(places, OPENING_S)
        except EngineError as error:
            self.close()
            raise MissingError(str(error)) from None
        if not isinstance(opened, Opened):
            self.close()
            words = opened.words if isinstance(opened, Refused) else "it cannot be opened"
            raise (MissingError if isinstance(opened, Refused) and opened.missing else InputError)(words)
        self.opened = opened

    def ask(self, request: Request, seconds: float) -> Answer:
        """Return the answer to a request; `EngineError` where none comes in time."""
        self.send(pickle.dumps(request))
        try:
            return self._answers.get(timeout=seconds)
        except Empty:
            # It hangs in a library whose server has died.
            self._process.kill()
            raise EngineError("the process that hears the synth hangs") from None

    def gone(self) -> bool:
        """Note that the process has ended; nobody takes its place before `LiveEngine.restart`."""
        self._answers.put(Refused("the process that hears the synth has ended", missing=True))
        return False


def places_of(synth: SampledSynth, way: Way, messages: NoteMessages) -> Places:
    """Return where a synth is heard and reached: as a person says, and else as its profile does.

    Raises
    ------
    InputError
        The profile does not say how it is reached.
    """
    sampling = synth.sampling
    midi_port = way.midi_port or sampling.midi_port
    ways = (("MIDI", midi_port, "give --midi-port or midi_port"), ("OSC", sampling.osc_port, "give osc_port"))
    for needed, given, what in ways:
        if needed in messages.ways and not given:
            raise InputError(f"{synth.name}: is played by {needed}; {what} in [sampling]")
    # A person who names a device or a channel hears the synth there.
    jack_audio = "" if way.device or way.input else sampling.jack_audio
    return Places(
        way.device or ("JACK" if jack_audio else "default"),
        1 if jack_audio else way.input or sampling.input,
        way.sample_rate,
        jack_audio,
        midi_port if "MIDI" in messages.ways else "",
        sampling.osc_port if "OSC" in messages.ways else None,
        messages.silence(),
        synth.take_s + LONGEST_DELAY_S,
    )
