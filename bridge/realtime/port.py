"""The parent's side of a child that owns a port: whether the port is open, and what to say where it is not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from bridge.realtime.child import Child, Report, wait_for
from synth.errors import InputError

OPENING_S = 5.0


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

    def __init__(self, module: str, settings: Any, on_report: Callable[[Report], None]) -> None:
        self.last: Report = {}
        self._told = on_report
        super().__init__(module, settings, self._note)

    @property
    def state(self) -> str:
        """``ready``, or why not: ``starting``, ``waiting``, ``refused``, ``lost``, ``gone``."""
        return str(self.last.get("state", "starting"))

    def require(self, where: str, kind: str) -> None:
        """Wait until the port is open.

        Raises
        ------
        InputError
            It is not; the text begins with ``where`` and lists the ports of that kind, or says what went wrong. The
            child is closed.
        """
        wait_for(lambda: self.state not in ("starting", "gone"), OPENING_S)
        if self.state == "ready":
            return
        self.close()
        if self.state == "waiting":
            raise InputError(f"{where}; the {kind} here are {', '.join(self.last['ports']) or 'none'}")
        raise InputError(f"{where}, which cannot be opened ({self.last.get('why', 'its process does not start')})")

    def tell(self, word: str, *arguments: Any, moment_s: float = 0.0) -> bool:
        """Hand over a word and what belongs to it; False when the child does not take it."""
        return self.send(pickle.dumps((word, *arguments)), moment_s)

    def _note(self, report: Report) -> None:
        if "state" in report:
            self.last = report
        self._told(report)
