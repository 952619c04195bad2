"""The parent's side of a child that owns a port: whether the port is open, and what to say where it is not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from bridge.realtime.child import Child, Report, wait_for

OPENING_S = 20.0
"""How long a process may take to say whether its port is there: 0.3 s, 6 s where ten programs shared a processor."""

NO_PROCESS = "its process is being started"


class PortChild(Child):
    """A child that owns a port.

    Parameters
    ----------
    module, settings
        As for `Child`.
    on_report : callable
        Takes each report after its state was noted.

    Attributes
    ----------
    last : dict
        The last report of a state.
    """

    watch_s = 0.02
    """A pipe that is full holds a panic back: it is tried again so soon after it has filled."""

    goodbye_s = 12.0
    """A port may wait for a server that stands still until its note-offs have left (`bridge.midi.child`)."""

    def __init__(self, module: str, settings: Any, on_report: Callable[[Report], None]) -> None:
        self.last: Report = {}
        self._told = on_report
        super().__init__(module, settings, self._note)

    @property
    def state(self) -> str:
        """``ready``, or why not: ``starting``, ``waiting``, ``refused``, ``lost``, ``gone``."""
        return str(self.last.get("state", "starting"))

    def settle(self) -> None:
        """Wait until it is known whether the port is there."""
        wait_for(lambda: self.state not in ("starting", "gone"), OPENING_S)

    def away(self, where: str, kind: str) -> str:
        """Return a sentence where the port is not open, else nothing.

        It begins with ``where`` and lists the ports of that kind, or says what went wrong.
        """
        if self.state == "ready":
            return ""
        if "ports" in self.last:
            return f"{where}; the {kind} here are {', '.join(self.last['ports']) or 'none'}"
        return f"{where}, which cannot be opened ({self.last.get('why', NO_PROCESS)})"

    def tell(self, word: str, *arguments: Any, moment_s: float = 0.0, keep: bool = False) -> bool:
        """Hand over a word and what belongs to it, as `send` does; False when the child does not take it."""
        return self.send(pickle.dumps((word, *arguments)), moment_s, keep)

    def _note(self, report: Report) -> None:
        if "state" in report:
            self.last = report
        self._told(report)
