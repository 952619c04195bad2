"""One sentence for what is wrong in a rig: the key, what was found, what is allowed, and the key that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError, ValidationInfo

from synth.errors import shorter, shown

NAME_PATTERN = r"^[A-Za-z0-9_-]+$"

PATTERNS = {
    NAME_PATTERN: "of letters, digits, _ and -",
    "^/": "that begins with /",
    "^(/.*)?$": "that begins with / or is empty",
}
"""The patterns that texts of a rig must match, in words."""

Schema = dict[str, Any]
_FORMS = {"int", "float", "str", "bool"}
"""What the validator calls the plain forms of a value that may have several."""
Location = tuple[int | str, ...]


def sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first complaint of a validation of ``model`` as words.

    >>> class Input(BaseModel, extra="forbid"):
    ...     block: int = 64
    >>> try:
    ...     Input.model_validate({"blok": 32})
    ... except ValidationError as error:
    ...     print(sentence(error, Input))
    'blok' is no key here; did you mean 'block'?
    """
    # A misspelt key explains the others; of a value's several forms, the one that fits furthest is the one meant.
    first = max(error.errors(), key=lambda detail: (detail["type"] == "extra_forbidden", len(detail["loc"])))
    schema = model.model_json_schema(by_alias=True)
    found = list(_descend(schema, first["loc"]))
    key, node = _written(found), found[-1][1] if found else {}
    if first["type"] == "extra_forbidden":
        parent = found[-2][1] if len(found) > 1 else schema
        return f"'{key}' is no key here{_meant(str(first['loc'][-1]), list(_forms(schema, parent)))}"
    if first["type"] == "missing":
        return f"'{key}' is missing"
    if first["type"] in ("value_error", "assertion_error"):
        return f"{key + ': ' if key else ''}{first['msg'].partition(', ')[2]}"
    allowed = " or ".join(dict.fromkeys(filter(None, map(_allowed, _forms(schema, node)))))
    rest = f"allowed is {allowed}" if allowed else first["msg"].removeprefix("Input ").replace("should be", "must be")
    return f"{key or 'this table'} is {shown(first['input'])}; {rest}"


def source_of(info: ValidationInfo) -> str:
    """Return the name of the file that is being checked."""
    return str((info.context or {}).get("source", "rig"))


def _descend(schema: Schema, loc: Location) -> Iterator[tuple[int | str, Schema]]:
    """Yield each part of ``loc`` that a person wrote, with its schema; skip the validator's names of forms."""
    node = schema
    for position, part in enumerate(loc):
        below = _below(schema, node, part)
        if below is None and position < len(loc) - 1:
            continue
        if below is None and isinstance(part, str) and (part in _FORMS or not part.replace("_", "").isalnum()):
            continue
        node = below or {}
        yield part, node


def _below(schema: Schema, node: Schema, part: int | str) -> Schema | None:
    """Return the schema of one key or position under ``node``; None if there is none."""
    for form in _forms(schema, node):
        if isinstance(part, int) and ("items" in form or "prefixItems" in form):
            return dict(form["items"] if "items" in form else form["prefixItems"][0])
        if isinstance(part, str) and part in form.get("properties", {}):
            return dict(form["properties"][part])
        if isinstance(part, str) and isinstance(form.get("additionalProperties"), dict):
            return dict(form["additionalProperties"])
    return None


def _forms(schema: Schema, node: Schema) -> Iterator[Schema]:
    """Yield ``node``, or what it refers to, or each of its alternatives."""
    if "$ref" in node:
        yield from _forms(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    elif "anyOf" in node or "oneOf" in node:
        for form in node["anyOf"] if "anyOf" in node else node["oneOf"]:
            yield from _forms(schema, form)
    else:
        yield node


def _written(found: list[tuple[int | str, Schema]]) -> str:
    """Return ``drum[1].play[2].note``: positions count from 1, as a person counts tables."""
    text = ""
    for part, _ in found:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{shorter(part)}" if text else shorter(part)
    return text


def _meant(word: str, forms: list[Schema]) -> str:
    """Return a hint: the nearest known key, else all of them."""
    known = sorted({key for form in forms for key in form.get("properties", {})})
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else f"; allowed are {', '.join(known)}" if known else ""


def _allowed(node: Schema) -> str:
    """Return what one form of a value may be."""
    if "enum" in node:
        return f"one of {', '.join(map(str, node['enum']))}"
    if "const" in node:
        return str(node["const"])
    kind = str(node.get("type"))
    if kind == "object":
        required = ", ".join(node.get("required", []))
        return f"a table with {required}" if required else "a table"
    if kind == "array":
        return _allowed_list(node)
    if kind == "string":
        return _allowed_text(node)
    return {"integer": "a whole number", "number": "a number", "boolean": "true or false"}.get(kind, "") + _range(node)


def _allowed_list(node: Schema) -> str:
    if "minItems" not in node:
        return "a list"
    return f"a list of {node['minItems']}" + ("" if node.get("maxItems") == node["minItems"] else " or more")


def _allowed_text(node: Schema) -> str:
    if "maxLength" in node:
        text = f"a text of {node.get('minLength', 0)} to {node['maxLength']} characters"
    else:
        text = "a text that is not empty" if node.get("minLength") else "a text"
    return f"{text} {PATTERNS[node['pattern']]}" if "pattern" in node else text


def _range(node: Schema) -> str:
    """Return the ends that a number has."""
    low = node.get("minimum", node.get("exclusiveMinimum"))
    above = "above" if "exclusiveMinimum" in node else "from"
    if low is None:
        return ""
    return f" {above} {low:g} to {node['maximum']:g}" if "maximum" in node else f" {above} {low:g} up"
