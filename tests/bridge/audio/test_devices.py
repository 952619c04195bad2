"""Which audio device a rig means, and what is said when there is none."""

import pytest
from rich.console import Console

from bridge.audio.devices import Device, choose_device
from bridge.cli.devices import device_table
from synth.errors import InputError

DEVICES = [
    Device(0, "HDA Intel PCH", "ALSA", 2, 2, 44_100, (5.0, 5.0)),
    Device(1, "Scarlett 18i8", "ALSA", 18, 8, 48_000, (3.0, 3.0)),
    Device(2, "system", "JACK", 2, 2, 48_000, (1.3, 2.7)),
    Device(3, "HDMI", "ALSA", 0, 8, 48_000, (0.0, 5.0)),
]


@pytest.mark.parametrize(
    ("wanted", "number"), [("scarlett", 1), ("JACK: system", 2), ("1", 1), ("default", 2), ("system", 2)]
)
def test_a_device_is_meant_by_name_part_number_or_default(wanted: str, number: int) -> None:
    assert choose_device(DEVICES, wanted, "input", 1, default=2).number == number


def test_default_without_a_system_default_is_the_first_that_can() -> None:
    assert choose_device(DEVICES[3:] + DEVICES[:1], "default", "input", 1).number == 0


def test_a_missing_device_is_answered_with_those_that_exist() -> None:
    with pytest.raises(InputError, match=r"\[input\] device: there is no 'fireface'; .*Scarlett 18i8.*JACK: system"):
        choose_device(DEVICES, "fireface", "input", 1)


def test_too_few_channels_names_how_many_there_are() -> None:
    with pytest.raises(InputError, match="'HDA Intel PCH' has 2 input channels; the rig asks for 3"):
        choose_device(DEVICES, "PCH", "input", 3)


def test_a_machine_without_inputs_is_told_so() -> None:
    with pytest.raises(InputError, match="no audio input"):
        choose_device(DEVICES[3:], "default", "input", 1)


def test_a_name_with_markup_is_listed_as_it_is() -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(device_table([Device(0, "JACK", "[x] a[/b]", 2, 2, 48_000, (1.0, 1.0))], (0, 0)))
    assert "[x] a[/b]" in shown.get()
