"""Google's own description of the Data Manager API, and whether a message is one of it."""

import json
from functools import cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc


@cache
def document() -> dict[str, Any]:
    """The discovery document that comes with google-api-python-client."""
    return json.loads(get_static_doc("datamanager", "v1"))


def faults(value: Any, schema: str | dict[str, Any], path: str = "$") -> list[str]:
    """What of a message the schema (or one's name) does not allow; nothing when it is all right."""
    described = document()["schemas"][schema] if isinstance(schema, str) else schema
    if "$ref" in described:
        return faults(value, described["$ref"], path)
    kind = described.get("type")
    if kind == "object":
        return _object_faults(value, described, path)
    if kind == "array":
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [
            fault for n, one in enumerate(value) for fault in faults(one, described["items"], f"{path}[{n}]")
        ]
    if described.get("enum") and value not in described["enum"]:
        return [f"{path} is {value!r}, none of the enum"]
    expected = {"string": str, "boolean": bool, "integer": int, "any": object}[kind]
    return [] if isinstance(value, expected) else [f"{path} is {type(value).__name__}, not {kind}"]


def _object_faults(value: Any, described: dict[str, Any], path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    known = described.get("properties", {})
    found = [f"{path}.{name} is not known" for name in value if name not in known]
    for name, inner in value.items():
        if name in known:
            found += faults(inner, known[name], f"{path}.{name}")
    return found
