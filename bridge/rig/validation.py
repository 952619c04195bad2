"""Tables of a TOML file, checked: one sentence names the key, what was found, what is allowed, and what was meant.

What a key allows is read from its model's JSON schema by one walker, `allowed`, for the sentences and for the docs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError, ValidationInfo

from synth.errors import InputError, nearest, shorter, shown, spelt

LONGEST_TEXT = 1000
"""Characters of a text in a rig. A path may have more on some systems; nobody types one."""

NAME_PATTERN = r"^[A-Za-z0-9_-]+$"

PATTERNS = {
    NAME_PATTERN: "of letters, digits, _ and -",
    "^/": "that begins with /",
    "^(/.*)?$": "that begins with / or is empty",
}
"""The patterns that texts of a rig must match, in words."""

WEIGHT = {"extra_forbidden": 2, "string_too_long": 1}
"""Of several complaints, those that explain the others: a key that does not exist, a text that no form may have."""

Schema = dict[str, Any]
_FORMS = {"int", "float", "str", "bool"}
"""What the validator calls the plain forms of a value that may have several."""
Location = tuple[int | str, ...]
Table = TypeVar("Table", bound=BaseModel)


def checked(model: type[Table], table: Mapping[str, Any], where: str, source: str = "rig") -> Table:
    """Return a table of the file ``source`` as its model.

    Raises
    ------
    InputError
        A key is unknown or missing, or its value is not allowed; ``where`` begins the sentence.
    """
    try:
        return model.model_validate(dict(table), context={"source": source})
    except ValidationError as error:
        raise InputError(f"{where}: {sentence(error, model)}") from None


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
    # Of a value's several forms, the one that fits furthest is the one meant.
    first = max(error.errors(), key=lambda detail: (WEIGHT.get(detail["type"], 0), len(detail["loc"])))
    schema = model.model_json_schema(by_alias=True)
    unknown = first["type"] == "extra_forbidden"
    found = list(_descend(schema, first["loc"], unknown))
    key, node = _written(found), found[-1][1] if found else {}
    if unknown:
        parent = found[-2][1] if len(found) > 1 else schema
        return f"'{key}' is no key here{_meant(str(first['loc'][-1]), list(_forms(schema, parent)))}"
    if first["type"] == "missing":
        return f"'{key}' is missing"
    if first["type"] in ("value_error", "assertion_error"):
        return f"{key + ': ' if key else ''}{first['msg'].partition(', ')[2]}"
    if first["type"] == "string_too_long" and first["ctx"]["max_length"] == LONGEST_TEXT:
        of = "the name of a key" if first["loc"][-1] == "[key]" else "it"
        return f"{key or 'this table'}: {of} has {len(first['input'])} characters; allowed are at most {LONGEST_TEXT}"
    words = allowed(schema, node)
    rest = f"allowed is {words}" if words else first["msg"].removeprefix("Input ").replace("should be", "must be")
    return f"{key or 'this table'} is {shown(first['input'])}; {rest}"


def source_of(info: ValidationInfo) -> str:
    """Return the name of the file that is being checked."""
    return str((info.context or {}).get("source", "rig"))


def _descend(schema: Schema, loc: Location, unknown: bool) -> Iterator[tuple[int | str, Schema]]:
    """Yield each part of ``loc`` that a person wrote, with its schema; skip the validator's names of forms.

    The last one is a key that is ``unknown``, whatever it looks like, or else may be the name of a form.
    """
    node = schema
    for position, part in enumerate(loc):
        below, last = _below(schema, node, part), position == len(loc) - 1
        if below is None and not (last and (unknown or not _names_a_form(part))):
            continue
        node = below or {}
        yield part, node


def _names_a_form(part: int | str) -> bool:
    return isinstance(part, str) and (part in _FORMS or not part.replace("_", "").isalnum())


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
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{shorter(spelt(part))}"
    return text


def _meant(word: str, forms: list[Schema]) -> str:
    """Return a hint: the nearest known key, else all of them."""
    known = sorted({key for form in forms for key in form.get("properties", {})})
    hint = nearest(word, known) or (f"allowed are {', '.join(known)}" if known else "")
    return f"; {hint}" if hint else ""


def allowed(schema: Schema, node: Schema, many: bool = False) -> str:
    """Return what a node of a model's JSON schema may hold, in words; ``many``: of each of several.

    >>> allowed({}, {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1})
    'a list of 1 or more whole numbers from 1 up'
    """
    return " or ".join(dict.fromkeys(filter(None, (_form(schema, form, many) for form in _forms(schema, node)))))


_PLAIN = {
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "boolean": ("true or false", "true or false"),
}


def _form(schema: Schema, form: Schema, many: bool) -> str:
    """Return what one form of a value may be."""
    if "enum" in form:
        return f"one of {', '.join(map(repr, form['enum']))}"
    if "const" in form:
        return repr(form["const"])
    kind = form.get("type")
    if kind == "object":
        return _table(schema, form, many)
    if kind == "array":
        items = form["items"] if "items" in form else form["prefixItems"][0]
        return f"{'lists' if many else 'a list'} of {_count(form)}{allowed(schema, items, many=True)}"
    if kind == "string":
        return _text(form, many)
    return _PLAIN[kind][many] + _range(form) if kind in _PLAIN else ""


def _table(schema: Schema, form: Schema, many: bool) -> str:
    name = "tables" if many else "a table"
    if isinstance(form.get("additionalProperties"), dict):
        return f"{name} of {allowed(schema, form['additionalProperties'], many=True)}"
    required = ", ".join(form.get("required", []))
    return f"{name} with {required}" if required else name


def _count(form: Schema) -> str:
    """Return how many entries a list may have."""
    least, most = form.get("minItems", 0), form.get("maxItems")
    if most is None:
        return f"{least} or more " if least else ""
    return f"{least} " if least == most else f"{least} to {most} " if least else f"at most {most} "


def _text(form: Schema, many: bool) -> str:
    text = "texts" if many else "a text"
    if form.get("maxLength", LONGEST_TEXT) < LONGEST_TEXT:
        text += f" of {form.get('minLength', 0)} to {form['maxLength']} characters"
    elif form.get("minLength"):
        text += " not empty" if many else " that is not empty"
    return f"{text} {PATTERNS[form['pattern']]}" if "pattern" in form else text


def _range(form: Schema) -> str:
    """Return the ends that a number has."""
    low = form.get("minimum", form.get("exclusiveMinimum"))
    above = "above" if "exclusiveMinimum" in form else "from"
    if low is None:
        return ""
    unit = f" {form['unit']}" if form.get("unit") else ""
    ends = [str(end) if type(end) is int else f"{end:g}" for end in (low, form.get("maximum", 0))]
    return f" {above} {' to '.join(ends)}{unit}" if "maximum" in form else f" {above} {ends[0]} up"
