"""The interface of every target: opened once, given strokes, silenced at any time, closed once.

A target makes a `Play` of a drum's settings when the rig is loaded and checks the names of its map. Then it is given
strokes with the moment at which they are due. It runs on the sender's thread, never on the audio thread.

A new target is one file, with its settings, and one entry in `bridge.targets.dispatch.TARGETS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from bridge.events import Counters, Moment, Numbers, Transcript
from bridge.mapping.numbers import Ranges, checked_source, early_numbers
from bridge.rig.plays import PlaySettings
from bridge.rig.targets import TargetSettings
from bridge.targets.cost import WireCost
from synth.errors import InputError


@dataclass(frozen=True, slots=True)
class DrumContext:
    """What a map may refer to.

    Parameters
    ----------
    drum : str
        Name of the drum.
    parameters : tuple of str
        Its parameter names in order.
    ranges : mapping of str to Number
        Every number of its strokes.
    """

    drum: str
    parameters: tuple[str, ...]
    ranges: Ranges


class Play:
    """One drum's map to one target, compiled: what is wrong in it was told, and what a stroke needs is looked up.

    The same numbers give the same messages, unless the map takes channels or notes in turn.

    Attributes
    ----------
    notes : list of str
        What is right and perhaps not meant, a sentence each.
    """

    def __init__(self, settings: PlaySettings, context: DrumContext) -> None:
        self.settings = settings
        self.context = context
        self.notes: list[str] = []

    @property
    def early(self) -> bool:
        """Whether the note goes at detection."""
        return self.settings.trigger_when == "early"

    def require_early(self, source: str, where: str) -> None:
        """Refuse a number that the note or trigger of an early play cannot know yet."""
        if self.early and not checked_source(source, self.context.ranges, where).early:
            known = ", ".join(early_numbers(self.context.ranges))
            raise InputError(f"{where}: '{source}' is not known at detection, when an early play goes; {known} are")


class Target(ABC):
    """A place that strokes reach. A context manager; `close` twice is harmless.

    Parameters
    ----------
    settings : TargetSettings
        As in the rig.
    transcript : Transcript or None
        Gets the messages instead: nothing is opened.

    Attributes
    ----------
    settings_type : type of TargetSettings
        What the rig says of it.
    by_host : bool
        Whether it tells the time by the audio host's clock instead of the stream's.
    closed : bool
        Whether `close` was called.
    """

    settings_type: ClassVar[type[TargetSettings]]
    by_host: ClassVar[bool] = False

    def __init__(self, settings: TargetSettings, transcript: Transcript | None = None) -> None:
        self.settings = settings
        self._transcript = transcript
        self.counters = Counters()
        self.closed = False

    @property
    def away(self) -> tuple[str, ...]:
        """A sentence for each port or receiver that is not there; it is taken in when it comes."""
        return ()

    @property
    def trouble(self) -> str:
        """A sentence where strokes get lost although what they go to is there, else empty; it stays as it is."""
        return ""

    @property
    def unended(self) -> str:
        """After `close` a sentence where something may still sound, else empty."""
        return ""

    @property
    def written(self) -> str:
        """The file that it has made; empty as long as there is none."""
        return ""

    @property
    def refusals(self) -> int:
        """Times the system started no process in the place of one that had gone."""
        return 0

    def bind(self, settings: Any, context: DrumContext, where: str) -> Play:
        """Return a drum's compiled map; `InputError` begins with ``where`` and names the key and the known names."""
        return Play(settings, context)

    @abstractmethod
    def strike(self, play: Any, numbers: Numbers, moment: Moment) -> None:
        """Send a complete stroke: parameters, then the trigger (an early play: the parameters alone)."""

    @abstractmethod
    def early(self, play: Any, numbers: Numbers, moment: Moment) -> None:
        """Send the note of a stroke that was only detected; ``numbers`` holds the `early_numbers`."""

    def cancel(self, play: Any, numbers: Numbers, moment: Moment) -> None:
        """Take an early note back whose stroke was none; ``numbers`` holds its number and its onset."""
        return

    @abstractmethod
    def panic(self) -> None:
        """Silence everything that may sound."""

    def cost(self, play: Any, numbers: Numbers) -> WireCost | None:
        """Return what a stroke costs on the wire, or None where nothing waits for it."""
        return None

    @property
    def reached(self) -> str:
        """What of the outside it has reached, in words; empty where that cannot be told, or not yet."""
        return ""

    @property
    def place(self) -> str:
        """Where strokes go, in words, whether that is there or not."""
        return f"target '{self.settings.name}'"

    @property
    def rivals(self) -> tuple[str, ...]:
        """What else the name that the rig gives fits as well."""
        return ()

    def resend(self) -> None:
        """Send again what is sent only when it changes; unless a target says otherwise, each stroke carries it all."""
        return

    def pass_time(self, now_s: float) -> None:
        """Write down what has left before ``now_s``, of a transcript; no stroke that follows is known earlier."""
        return

    def close(self) -> None:
        """Silence and let go. Called twice it does nothing."""
        if not self.closed:
            self.closed = True
            self._close()

    @abstractmethod
    def _close(self) -> None:
        """Let go of what was opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
