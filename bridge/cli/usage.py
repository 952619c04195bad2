"""A command that was typed wrongly, as one sentence: the option, what was found, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from typer.exceptions import TyperException

from synth.errors import nearest, shown

_ALLOWED: dict[str, Callable[[dict[str, Any]], str]] = {
    "greater_than_equal": lambda limit: f"allowed is {limit['ge']:g} or more",
    "greater_than": lambda limit: f"allowed is more than {limit['gt']:g}",
    "less_than_equal": lambda limit: f"allowed is up to {limit['le']:g}",
    "less_than": lambda limit: f"allowed is less than {limit['lt']:g}",
    "float_parsing": lambda _: "a number is needed",
    "int_parsing": lambda _: "a whole number is needed",
    "int_from_float": lambda _: "a whole number is needed",
    "bool_parsing": lambda _: "true or false is needed",
}
"""Kind of error, as pydantic names it: what is allowed."""


def usage_sentence(error: TyperException, commands: Iterable[str]) -> str:
    """Return what is wrong with the words of a command.

    Parameters
    ----------
    error : TyperException
        What Typer said.
    commands : iterable of str
        Names of all commands.
    """
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    command = _typed(context)
    name = parameter.get_error_hint().strip("'").replace("' / '", " or ") if parameter is not None else ""
    option = getattr(error, "option_name", None)
    words = error.format_message()
    if details := getattr(error.__cause__, "errors", None):  # Typer lets pydantic check a value
        said = f"{name} is {_wrong(details()[0])}"
    elif words.startswith("Missing") and name:
        said = f"{name} is missing"
    elif words.startswith("No such option") and option:
        known = [one for each in context.command.params for one in each.opts] if context is not None else []
        hint = nearest(option, known)
        said = f"there is no option {shown(option)}{'; ' if hint else ''}{hint}"
    elif words.startswith("No such command"):
        word = words.split("'")[1]
        inner = context.command.commands if context is not None and context.parent is not None else commands
        hint = nearest(word, inner)
        said = f"there is no command {shown(word)}{'; ' if hint else ''}{hint}"
    else:
        said = words[:1].lower() + words[1:].rstrip(".")
    return f"{said}; {command} --help says what there is"


def _typed(context: Any) -> str:
    """Return the command that was typed, with the one that it belongs to."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name)
        context = context.parent
    return " ".join(["ghostnote", *names])


def _wrong(detail: dict[str, Any]) -> str:
    """Return the value that is wrong and what is allowed in its place."""
    allowed = _ALLOWED.get(detail["type"])
    words = allowed(detail.get("ctx", {})) if allowed else detail["msg"][:1].lower() + detail["msg"][1:]
    return f"{shown(detail['input'])}; {words}"
