"""Which audio device a rig means, and what is said when there is none."""

import pytest
from rich.console import Console

from bridge.audio.devices import Device, choose_device, choose_pair
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


WINDOWS = [
    Device(0, "Microphone (Scarlett)", "MME", 2, 0, 44_100, (90.0, 0.0)),
    Device(1, "Speakers (Scarlett)", "MME", 0, 2, 44_100, (0.0, 90.0)),
    Device(2, "Speakers (Realtek)", "Windows WASAPI", 0, 2, 48_000, (0.0, 10.0)),
    Device(3, "Speakers (Scarlett)", "Windows WASAPI", 0, 2, 48_000, (0.0, 10.0)),
    Device(4, "Microphone (Scarlett)", "Windows WASAPI", 2, 0, 48_000, (10.0, 0.0)),
    Device(5, "Scarlett ASIO", "ASIO", 18, 0, 48_000, (3.0, 0.0)),
]


def pair(devices: list[Device], source: str, sink: str = "", channels: tuple[int, int] = (1, 2)) -> tuple[int, int]:
    found = choose_pair(devices, source, sink, channels, (4, 2))
    return found[0].number, found[1].number


def test_of_several_host_apis_the_one_that_fits_is_meant() -> None:
    assert choose_device(WINDOWS, "Microphone (Scarlett)", "input", 1).number == 4
    assert choose_device(WINDOWS, "MME: Microphone", "input", 1).number == 0
    assert choose_device(WINDOWS, "Scarlett", "input", 8).number == 5
    assert pair(WINDOWS, "Microphone (Scarlett)", "Speakers (Realtek)") == (4, 2)
    assert pair(WINDOWS, "Microphone", "MME: Speakers") == (0, 1)


def test_an_output_that_no_rig_names_is_the_other_side_of_the_input() -> None:
    assert pair(WINDOWS[:5], "Microphone (Scarlett)") == (4, 3)
    assert pair(WINDOWS[:5], "4") == (4, 3)
    assert pair(DEVICES, "Scarlett") == (1, 1)
    apart = [
        Device(0, "Mic", "Core Audio", 2, 0, 48_000, (3.0, 3.0)),
        Device(1, "Out", "Core Audio", 0, 2, 48_000, (3.0, 3.0)),
    ]
    assert choose_pair(apart, "Mic", "", (1, 2), (0, 1))[1].number == 1


def test_an_input_without_another_side_plays_on_its_host_api_on_the_systems_default_first() -> None:
    own = Device(6, "Line (Mackie)", "Windows WASAPI", 2, 0, 48_000, (10.0, 0.0))
    assert pair([own, *WINDOWS[:4]], "Mackie") == (6, 2)
    assert choose_pair([own, *WINDOWS[:4]], "Mackie", "", (1, 2), (4, 3))[1].number == 3
    assert choose_pair([own, *WINDOWS[:4]], "Mackie", "", (1, 2), (4, 1))[1].number == 2
    assert choose_pair([own, *WINDOWS[:2]], "Mackie", "", (1, 2), (4, 1))[1].number == 1


def test_a_device_without_an_output_is_not_refused_by_a_name_that_nobody_wrote() -> None:
    only_in = [Device(0, "Mic", "Core Audio", 2, 0, 48_000, (3.0, 3.0))]
    with pytest.raises(InputError, match=r"^\[output\] device: this machine has no audio output"):
        choose_pair(only_in, "Mic", "", (1, 2), (0, -1))


def test_default_means_the_defaults_of_both_ways() -> None:
    assert pair(WINDOWS, "default") == (4, 2)
