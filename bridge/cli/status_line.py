"""What `ghostnote play` says: one line that fits the terminal, lines of news above it, and a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from bridge.control.surface import FAULTS
from bridge.session.status import Status, TargetStatus
from synth.errors import counted_noun, shorter

METER_FLOOR_DB = -60.0
METER_CELLS = 20
WIDE = 200
"""Columns of a status line where there is no terminal; more than it ever has."""

GAP = "  "


@dataclass(frozen=True, slots=True)
class Field:
    """A part of the status line.

    Parameters
    ----------
    text, style : str
        What it says, and how it looks.
    rank : int
        A line that is too long loses its fields of least rank first.
    """

    text: str
    style: str
    rank: int


def status_text(status: Status, width: int = WIDE) -> Text:
    """Return the status line: levels, strokes, delays, and whatever went wrong, as far as ``width`` columns hold it."""
    fields = list(_fields(status))
    while len(fields) > 1 and len(GAP.join(field.text for field in fields)) > width:
        fields.remove(min(fields, key=lambda field: field.rank))
    line = Text(no_wrap=True, overflow="ellipsis")
    for number, field in enumerate(fields):
        line.append(GAP if number else "").append(field.text, style=field.style)
    return line


def _fields(status: Status) -> Iterator[Field]:
    """Yield every field in the order of the line."""
    hot = "red" if status.level_db > -1 else "green"
    yield Field(_meter(status.level_db), hot, 1)
    yield Field(f"in {max(status.level_db, -99.0):.1f} dB", hot, 8)
    if status.output_db is not None:
        yield Field(f"out {max(status.output_db, -99.0):.1f} dB", "red" if status.output_db > -1 else "", 4)
    yield Field(counted_noun(status.strokes, "stroke"), "", 7)
    if status.unplayed:
        yield Field(f"{status.unplayed} unplayed", "", 3)
    if status.last:
        yield Field(f"last {status.last}", "", 7)
    if status.strokes:
        yield Field(f"{status.latency_ms:.1f} ms", "", 6)
        yield Field(f"worst {status.worst_ms:.1f} ms", "", 6)
    for fault in FAULTS:
        count = status.counts[fault.name]
        if fault.shown and (count or fault.always):
            yield Field(f"{count} {fault.shown}", "red" if count else "", 5 if count else 2)
    for error in filter(None, (status.failure, status.send_error)):
        yield Field(f"({shorter(error)})", "red", 3)
    for gone in _away(status):
        yield Field(f"{gone} away", "bold red", 9)


def _meter(level_db: float) -> str:
    """Return a level as a bar from `METER_FLOOR_DB` to full scale."""
    cells = round(METER_CELLS * min(max(1 - level_db / METER_FLOOR_DB, 0.0), 1.0))
    return "█" * cells + "·" * (METER_CELLS - cells)


def _away(status: Status) -> dict[str, str]:
    """Return what is not there now, with the words that announce it."""
    away = {target.name: target.place for target in status.targets if target.away}
    if status.midi_in not in ("ready", "closed"):
        away["remote"] = "the MIDI input of remote control"
    if status.state == "waiting":
        away["audio"] = "the audio"
    return away


def news(before: Status, after: Status) -> list[str]:
    """Return what went away and what came back between two looks, a sentence each."""
    gone, there = _away(after), _away(before)
    said = [f"{place} is gone; waiting for it to come back" for name, place in gone.items() if name not in there]
    lost = {one.name: one.lost for one in after.targets}
    for name, place in there.items():
        if name not in gone:
            missed = f"; {counted_noun(lost[name], 'message')} lost so far" if lost.get(name) else ""
            said.append(f"{place} is back{missed}")
    return said


def summary(status: Status, seconds: float, strokes: dict[str, int]) -> list[str]:
    """Return what a session was, a line each: strokes, delays, files, what was lost.

    Parameters
    ----------
    status : Status
        At its end.
    seconds : float
        How long it lasted.
    strokes : dict of str to int
        Of each drum.
    """
    minutes, rest = divmod(round(seconds), 60)
    played = ", ".join(f"{drum} {count}" for drum, count in strokes.items()) if len(strokes) > 1 else ""
    lines = [
        f"Played {minutes} min {rest} s: {counted_noun(status.strokes, 'stroke')}{f' ({played})' if played else ''}."
    ]
    if status.unplayed:
        lines.append(f"{counted_noun(status.unplayed, 'stroke')} played nothing: no when of the drum took it.")
    if status.strokes:
        lines.append(f"Stroke to target: median {status.latency_ms:.1f} ms, worst {status.worst_ms:.1f} ms.")
    lines += [f"Target '{target.name}' wrote {target.written}." for target in status.targets if target.written]
    lines += [_target_line(target) for target in status.targets if target.lost or target.away]
    faults = [
        f"{status.counts[fault.name]} {fault.shown}" for fault in FAULTS if fault.shown and status.counts[fault.name]
    ]
    lines.append(f"Faults: {', '.join(faults)}." if faults else "No fault was counted.")
    return lines


def _target_line(target: TargetStatus) -> str:
    """Return what a target missed."""
    still = " It was not there at the end." if target.away else ""
    return f"Target '{target.name}' ({target.place}): {counted_noun(target.lost, 'message')} lost.{still}"
