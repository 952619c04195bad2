"""The one error that a person can mend: what was given is wrong, and the text says how."""

from typing import Any

LONGEST_SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""

_END = 20
"""How many of these are its last ones: a path says most at its end."""


class InputError(Exception):
    """A recording, rig, bundle, message or device cannot be used.

    The text is one sentence that names the file and key, what was found and what is allowed.
    The command line prints it and exits with code 2; nothing else catches it.
    """


def shown(value: Any) -> str:
    """Return a wrong value as a sentence repeats it.

    >>> shown("8" * 5000)
    "'888888888888888888888888888888888888...8888888888888888888'"
    """
    return shorter(repr(value))


def shorter(text: str) -> str:
    """Return a text without its middle if it is longer than a sentence should repeat."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - _END - 3]}...{text[-_END:]}"
