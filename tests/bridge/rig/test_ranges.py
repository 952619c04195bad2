"""Every number of a rig has a range that can be kept; every text, list and key has a longest length."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from bridge.rig import control, profiles, rig
from bridge.rig.rig import load_rig
from bridge.rig.settings import LARGEST_FLOAT, LONGEST_LIST
from bridge.rig.targets import target_kinds
from bridge.rig.validation import LONGEST_TEXT
from bridge.targets.dispatch import TARGETS
from synth.errors import InputError
from tests.bridge.rigs import WHOLE_RIG, rig_from
from tests.bridge.strokes import sent

SENT = {"low", "high", "range", "args", "trigger_args", "value", "values", "towards", "when", "default", "learn"}
"""Keys whose numbers are sent, with the range of an OSC float or integer, or meet a number that has its own."""


def tables() -> Iterator[type[BaseModel]]:
    assert TARGETS
    yield from (rig.Input, rig.Output, rig.Drum, control.ControlSettings, profiles.Profile)
    for kind in target_kinds().values():
        yield from (kind, kind.plays)


def boundless(schema: dict[str, Any], key: str = "") -> Iterator[str]:
    """Yield the keys of a JSON schema whose numbers may be of any size."""
    ends = {end for end in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum") if end in schema}
    if schema.get("type") in ("integer", "number") and len(ends) < 2 and key not in SENT:
        yield key
    for name, node in schema.get("properties", {}).items():
        yield from boundless(node, name)
    lists = [node for way in ("anyOf", "oneOf", "prefixItems") for node in schema.get(way, ())]
    for node in [*schema.get("$defs", {}).values(), *lists, schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(node, dict):
            yield from boundless(node, key)


@pytest.mark.parametrize("table", [*tables()], ids=lambda table: table.__name__)
def test_every_number_of_every_table_has_a_range(table: type[BaseModel]) -> None:
    assert set(boundless(table.model_json_schema())) == set()


@pytest.mark.parametrize("end", ["low = 1e308", "high = -1e39", "range = [0, 1e308]", f"range = [{-(10**60)}, 1]"])
def test_an_end_that_no_message_carries_is_refused(end: str) -> None:
    play = f'values = [{{ cc = 20, from = "level", {end} }}]'
    with pytest.raises(InputError, match=rf"allowed is -{LARGEST_FLOAT:.2g}".replace("+", r"\+")):
        rig_from(WHOLE_RIG.replace("note = 38", play))


@pytest.mark.parametrize(
    "text",
    [
        "[input]\ndevice = 'LONG'\n[[drum]]\n",
        "[[drum]]\n[control]\nmidi = 'LONG'\n",
        "[[drum]]\n[control]\nhost = 'LONG'\n",
        "[[drum]]\nmodel = 'LONG'\n",
        "[[drum]]\n[drum.amounts]\nLONG = 1.0\n",
        "[[target]]\nname = 't'\ntype = 'midi'\nport = 'LONG'\n[[drum]]\n",
        "[[target]]\nname = 't'\ntype = 'osc'\nport = 9\n[[drum]]\nplay = [{ target = 't', trigger = '/LONG' }]\n",
        "[[target]]\nname = 't'\ntype = 'osc'\nport = 9\n[[drum]]\nplay = [{ target = 't', trigger_args = ['LONG'] }]",
    ],
)
def test_a_text_of_a_hundred_thousand_characters_is_refused(text: str) -> None:
    with pytest.raises(
        InputError, match=rf"allowed (are at most {LONGEST_TEXT}|is a text of . to 300 characters)$"
    ) as refused:
        rig_from(text.replace("LONG", "x" * 100_000))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("note = 38\nchoke = LONG", "choke"),
        ("note = 38\nvelocity = { curve = 'table', table = LONG }", "table"),
    ],
)
def test_a_list_of_ten_thousand_is_refused(text: str, key: str) -> None:
    with pytest.raises(InputError, match=rf"{key} has 10000 entries; allowed are at most {LONGEST_LIST}$"):
        rig_from(WHOLE_RIG.replace("note = 38", text.replace("LONG", str([38] * 10_000))))


def test_a_table_of_ten_thousand_keys_is_refused() -> None:
    with pytest.raises(InputError, match="entries; allowed are at most"):
        rig_from("[[drum]]\n[drum.amounts]\n" + "".join(f"p{i} = 1.0\n" for i in range(10_000)))


def test_a_key_of_twenty_thousand_parts_is_refused_before_it_is_read(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "deep.toml"
    path.write_text(" . ".join(["a"] * 20_000) + " = 1\n")
    monkeypatch.setattr(tomllib, "loads", lambda _: pytest.fail("the reader takes the square of the parts"))
    with pytest.raises(InputError, match="it is nested too deeply"):
        load_rig(str(path))


@pytest.mark.parametrize("rate_hz", ["1e-12", "0.0", "0.09", "1e3"])
def test_a_rate_that_no_clock_can_keep_is_refused(rate_hz: str) -> None:
    with pytest.raises(InputError, match=r"control\.rate_hz is .*; allowed is a number from 0\.1 to 100"):
        rig_from(f"[[drum]]\n[control]\nrate_hz = {rate_hz}\n")


@pytest.mark.parametrize("bad", [*" #*,?[]é\x7f\t", "//", "a/"])
@pytest.mark.parametrize("key", ["values", "trigger"])
def test_an_address_that_osc_forbids_is_refused(bad: str, key: str) -> None:
    with pytest.raises(InputError, match=rf"test\.{key}: .* is no OSC address"):
        sent({key: f"/a{bad}/b" if bad != "a/" else "/a/", "send": ["cutoff"]}, [], type="osc", port=9)


@pytest.mark.parametrize("template", ["/{drum:>9999999}", "/{drum!r}", "/{drum", "/{}", "/{drum.name}"])
def test_a_template_only_fills_in_names(template: str) -> None:
    with pytest.raises(InputError, match="has a name that is unknown here"):
        sent({"trigger": template}, [], type="osc", port=9)


@pytest.mark.parametrize(
    ("play", "complaint"),
    [
        ({"values": "/synth"}, "two values have the address '/synth'; use {name} in values"),
        ({"send": ["cutoff", "unit.cutoff"]}, "two values have the address '/synth/cutoff'"),
        ({"values": "/hit/{name}", "trigger": "/hit/gain"}, "a value and the trigger have the address '/hit/gain'"),
        (
            {"layout": "single", "trigger_args": ["{pairs}"], "send": ["cutoff", {"from": "gain", "name": "cutoff"}]},
            "two values have the name 'cutoff'; give one of them another name",
        ),
    ],
)
def test_two_values_that_a_receiver_cannot_tell_apart_are_refused(play: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        sent(play, [], type="osc", port=9)


def test_values_at_one_address_that_begin_with_their_place_are_told_apart() -> None:
    send = [{"from": "cutoff", "args": [0, 1]}, {"from": "gain", "args": [0, 2]}]
    assert sent({"values": "/device/parameter", "send": send}, [], type="osc", port=9) == []
