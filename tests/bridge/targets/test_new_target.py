"""A target is its own file and one entry in the list of targets: this file is one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from bridge.audio.files import Recording
from bridge.cli.reference import rig_page
from bridge.events import Moment, Numbers, TranscriptEntry
from bridge.rig import targets
from bridge.rig.plays import PlaySettings
from bridge.rig.targets import TargetSettings
from bridge.session.offline import perform
from bridge.targets import dispatch
from bridge.targets.base import Play, Target
from synth.errors import InputError
from tests.bridge.rigs import RATE, rig_from, short_take

RIG = """
[[target]]
name = "lamp"
type = "light"
brightness = 0.5

[[drum]]
name = "snare"
play = [{ target = "lamp", colour = "red" }]
"""


class LightPlaySettings(PlaySettings):
    """How a drum plays a lamp."""

    colour: str = Field("white", description="of the flash")


class LightSettings(TargetSettings):
    """A lamp that flashes."""

    plays = LightPlaySettings

    type: Literal["light"]
    brightness: float = Field(1.0, ge=0, le=1, description="of a stroke as hard as can be")


class LightTarget(Target):
    """A lamp that flashes."""

    settings: LightSettings
    settings_type = LightSettings

    def strike(self, play: Play, numbers: Numbers, moment: Moment) -> None:
        assert self._transcript is not None
        assert isinstance(play.settings, LightPlaySettings)
        flash = {play.settings.colour: numbers["velocity"] * self.settings.brightness}
        self._transcript.append(TranscriptEntry(moment.due_s, self.settings.name, "light", flash))

    def early(self, play: Play, numbers: Numbers, moment: Moment) -> None:
        self.strike(play, numbers, moment)

    def panic(self) -> None: ...

    def _close(self) -> None: ...


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "TARGETS", (*dispatch.TARGETS, LightTarget))
    # What the module itself does with its list when it is imported.
    monkeypatch.setattr(targets, "_KINDS", targets.target_kinds())
    targets.register(*(target.settings_type for target in dispatch.TARGETS))


@pytest.mark.usefixtures("listed")
def test_a_target_of_the_list_is_played() -> None:
    performance = perform(rig_from(RIG), Recording(short_take(1.0).audio, RATE, Path("take")))
    assert performance.strikes
    expected = [{"red": 0.5 * strike.velocity} for strike in performance.strikes]
    assert [entry.message for entry in performance.tape] == expected


@pytest.mark.usefixtures("listed")
def test_its_settings_are_checked_and_documented_like_any_other() -> None:
    with pytest.raises(InputError, match=r"target\[1\]: brightness is 2; allowed is a number from 0 to 1"):
        rig_from(RIG.replace("0.5", "2"))
    with pytest.raises(InputError, match=r"'color' is no key here; did you mean 'colour'"):
        rig_from(RIG.replace("colour", "color"))
    assert '| `colour` | text | `"white"` | of the flash |' in rig_page()


def test_a_target_that_is_not_in_the_list_is_unknown() -> None:
    with pytest.raises(InputError, match="type is 'light'; allowed are voice, osc, midi, tape"):
        rig_from(RIG)
