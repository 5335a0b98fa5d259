"""The JSON Schema of a specification, as editors want it: short descriptions, and files that only say what differs."""

from __future__ import annotations

from typing import Any

from optimizer.specification.base import Specification

Schema = dict[str, Any]

_DATE_OR_TIME = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$"
_REFERENCE = "#/$defs/"
# In place of a list: names of items of the base that are left out, each with null. Beside `items`, and not as a choice
# of two schemas, so that an editor still finds the very item that is wrong.
_LEFT_OUT: Schema = {"type": ["array", "object"], "minProperties": 1, "additionalProperties": {"type": "null"}}
_PARTIAL = "Partial"  # first part of the name of a schema in which nothing is required


def published(kind: type[Specification], base: str) -> Schema:
    """Make the JSON Schema (draft 2020-12) of a YAML file that holds a specification.

    Parameters
    ----------
    kind : type of Specification
        What the file holds.
    base : str
        Description of the key ``base``. In a file that has it, nothing else is required.

    Returns
    -------
    dict
        The schema, ready for ``json.dumps``.
    """
    whole = kind.model_json_schema()
    definitions: Schema = whole.pop("$defs", {})
    definitions[kind.__name__] = whole
    whole["properties"]["base"] = {"type": "string", "minLength": 1, "title": "Base", "description": base}
    definitions = {name: _tidy(schema) for name, schema in definitions.items()}
    partial = {_PARTIAL + name: _partial(schema, definitions) for name, schema in definitions.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.__name__,
        "description": definitions[kind.__name__]["description"],
        "if": {"required": ["base"]},
        "then": {"$ref": _REFERENCE + _PARTIAL + kind.__name__},
        "else": {"$ref": _REFERENCE + kind.__name__},
        "$defs": dict(sorted(_used({**definitions, **partial}, kind.__name__).items())),
    }


def _tidy(schema: Any) -> Any:
    """Keep the first paragraph of descriptions, and let dates stand where pydantic asks for a whole time stamp."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidy(item) for key, item in schema.items()}
    if isinstance(tidy.get("description"), str):
        tidy["description"] = " ".join(tidy["description"].split("\n\n")[0].split())
    if tidy.get("format") == "date-time":
        del tidy["format"]
        tidy["pattern"] = _DATE_OR_TIME
    if str(tidy.get("default")).startswith("PT"):  # pydantic's way to write a duration, which files do not have
        del tidy["default"]
    return tidy


def _partial(schema: Any, definitions: Schema) -> Any:
    """Make a schema in which nothing is required but the names of items, by which lists merge."""
    if isinstance(schema, list):
        return [_partial(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _partial(item, definitions) for key, item in schema.items() if key not in ("required", "items")}
    if "$ref" in result:
        result["$ref"] = _REFERENCE + _PARTIAL + result["$ref"].removeprefix(_REFERENCE)
    if "items" in schema:
        result["items"] = _partial_items(schema["items"], definitions)
        if result["items"] != schema["items"]:
            return result | _LEFT_OUT
    return result


def _partial_items(items: Schema, definitions: Schema) -> Schema:
    """Let named items be partial; a list of other things replaces the base's as a whole, so they stay complete.

    Of items of several kinds, what is given may fit more than one, as the key that tells them apart is in the base.
    """
    names = [kind.get("$ref", "").removeprefix(_REFERENCE) for kind in items.get("oneOf", [items])]
    if any("name" not in definitions.get(name, {}).get("required", []) for name in names):
        return items
    partial = [{"$ref": _REFERENCE + _PARTIAL + name, "required": ["name"]} for name in names]
    return {"anyOf": partial} if "oneOf" in items else partial[0]


def _used(definitions: Schema, kind: str) -> Schema:
    """Leave out what nothing refers to."""
    used: Schema = {}
    ahead = [kind, _PARTIAL + kind]
    while ahead:
        name = ahead.pop()
        if name not in used:
            used[name] = definitions[name]
            ahead += _references(definitions[name])
    return used


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for item in schema for name in _references(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].removeprefix(_REFERENCE)] if "$ref" in schema else []
    return own + [name for item in schema.values() for name in _references(item)]
