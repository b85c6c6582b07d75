"""Custom audiences and the hashed people in them, kept in the sandbox's state.

A person is a row of hashes; rows that share one hash are the same person, so somebody added by e-mail
and phone is removed by either. Adding twice and removing the absent change nothing. A batch that comes
again in the same session is answered as before and not applied again.
"""

import re
import time
from typing import Any

from include.sandbox import credentials
from include.sandbox.faces import Sandbox, hashed_people
from include.sandbox.faces.meta.errors import bad_parameter, no_such_object

LARGEST_BATCH = 10_000
LISTS = "meta_audience"
BATCHES = "meta_batch"
FIRST_ID = 23_850_000_000_000_001
HASHED = {
    *("EMAIL", "PHONE", "EMAIL_SHA256", "PHONE_SHA256", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI"),
    *("CT", "ST", "ZIP", "COUNTRY", "MADID"),
}
PLAIN = {
    "EXTERN_ID",
    "DATA_PROCESSING_OPTIONS",
    "DATA_PROCESSING_OPTIONS_COUNTRY",
    "DATA_PROCESSING_OPTIONS_STATE",
}
EXTERNAL = "extern:"
SHA256 = re.compile(r"[0-9a-f]{64}")


class Audiences:
    """What the account's audiences hold and how they change."""

    def __init__(self, sandbox: Sandbox):
        self._state, self._clock = sandbox.state, sandbox.clock

    def create(self, account: str, arguments: dict[str, Any]) -> dict[str, str]:
        """A new audience; its name need not be unique."""
        _check_account(account)
        for name in ("name", "subtype"):
            if not arguments.get(name):
                raise bad_parameter(f"The parameter {name} is required")
        if arguments["subtype"] == "CUSTOM" and not arguments.get("customer_file_source"):
            raise bad_parameter("The parameter customer_file_source is required", 1870053)
        number = str(FIRST_ID + self._state.count(LISTS))
        audience = {"id": number, "name": arguments["name"], "subtype": arguments["subtype"]}
        for name in ("description", "customer_file_source", "retention_days"):
            audience[name] = arguments.get(name)
        audience["time_created"] = int(self._clock.now().timestamp())
        self._state.put(LISTS, number, {**audience, "is_deleted": False})
        return {"id": number}

    def all(self, account: str) -> list[dict[str, Any]]:
        _check_account(account)
        return [self._shown(audience) for audience in self._state.all(LISTS) if not audience["is_deleted"]]

    def show(self, node: str) -> dict[str, Any]:
        return self._shown(self._audience(node))

    def delete(self, node: str) -> dict[str, bool]:
        audience = self._audience(node)
        self._state.put(LISTS, node, {**audience, "is_deleted": True})
        self._state.clear(_members(node))
        return {"success": True}

    def change(self, node: str, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Add, remove or replace by one batch; counts received and invalid rows."""
        self._audience(node)
        schema, rows = _rows(arguments.get("payload"))
        session = _session(arguments.get("session"), required=action == "replace")
        batch = f"{node}/{action}/{session.get('session_id')}/{session.get('batch_seq')}" if session else None
        if batch and (before := self._state.get(BATCHES, batch)):
            return before
        people, samples = _people(schema, rows)
        if action == "replace" and session["batch_seq"] == 1:
            self._state.clear(_members(node))
        hashed_people.change(self._state, _members(node), people, is_removal=action == "remove")
        answer = {
            "audience_id": node,
            "session_id": str(session.get("session_id") or time.time_ns() // 1000),
            "num_received": len(rows),
            "num_invalid_entries": len(rows) - len(people),
            "invalid_entry_samples": samples,
        }
        if batch:
            self._state.put(BATCHES, batch, answer)
        return answer

    def contents(self) -> list[dict[str, Any]]:
        """Every audience with `members`, the sorted hashes of all its people, and their `external_ids`."""
        return [
            {
                "id": audience["id"],
                "name": audience["name"],
                **_told(self._state.all(_members(audience["id"]))),
            }
            for audience in self._state.all(LISTS)
            if not audience["is_deleted"]
        ]

    def _audience(self, node: str) -> dict[str, Any]:
        audience = self._state.get(LISTS, node)
        if audience is None or audience["is_deleted"]:
            raise no_such_object(node)
        return audience

    def _shown(self, audience: dict[str, Any]) -> dict[str, Any]:
        """Sizes are only ever told roughly, and not at all below a thousand."""
        people = self._state.count(_members(audience["id"]))
        return {
            **{name: value for name, value in audience.items() if name != "is_deleted"},
            "account_id": credentials.META_AD_ACCOUNT_ID.removeprefix("act_"),
            "approximate_count_lower_bound": max(1000, people // 100 * 100),
            "approximate_count_upper_bound": max(1000, people // 100 * 100 + 100),
            "operation_status": {"code": 200, "description": "Normal"},
            "delivery_status": {"code": 200, "description": "This audience is ready for use."},
        }


def _told(rows: list[list[str]]) -> dict[str, Any]:
    keys = {key for row in rows for key in row}
    external = {key.removeprefix(EXTERNAL) for key in keys if key.startswith(EXTERNAL)}
    hashes = {key for key in keys if not key.startswith(EXTERNAL)}
    return {"people": len(rows), "members": sorted(hashes), "external_ids": sorted(external)}


def _check_account(account: str) -> None:
    if account != credentials.META_AD_ACCOUNT_ID:
        raise no_such_object(account)


def _members(node: str) -> str:
    return f"meta_member:{node}"


def _rows(payload: Any) -> tuple[list[str], list[list[Any]]]:
    """The schema as a list of keys and the data as a list of rows, whichever way they came."""
    if not isinstance(payload, dict) or "schema" not in payload or not isinstance(payload.get("data"), list):
        raise bad_parameter("The parameter payload with schema and data is required")
    schema, data = payload["schema"], payload["data"]
    if isinstance(schema, str):
        schema, data = [schema], [row if isinstance(row, list) else [row] for row in data]
    for key in schema:
        if key not in HASHED | PLAIN:
            raise bad_parameter(f"Invalid schema key: {key}")
    if len(data) > LARGEST_BATCH:
        raise bad_parameter(f"The payload has {len(data)} users, the most in one request is {LARGEST_BATCH}")
    return schema, data


def _session(session: Any, required: bool) -> dict[str, Any]:
    if not session:
        if required:
            raise bad_parameter("The parameter session is required")
        return {}
    for name in ("session_id", "batch_seq"):
        if not str(session.get(name, "")).isdigit():
            raise bad_parameter(f"Param session[{name}] must be a positive number")
    return {**session, "batch_seq": int(session["batch_seq"])}


def _people(schema: list[str], rows: list[list[Any]]) -> tuple[list[list[str]], dict[str, str]]:
    """The usable rows as their hashes, and up to three samples of the others by place."""
    people: list[list[str]] = []
    samples: dict[str, str] = {}
    for place, row in enumerate(rows):
        keys = _keys(schema, row)
        if keys:
            people.append(keys)
        elif len(samples) < 3:
            samples[str(place)] = "invalid or missing identifiers"
    return people, samples


def _keys(schema: list[str], row: Any) -> list[str]:
    """Nothing when a value is not a lower-case SHA-256, or none is given."""
    if not isinstance(row, list) or len(row) != len(schema):
        return []
    keys = []
    for name, value in zip(schema, row, strict=True):
        if name in HASHED and value:
            if not SHA256.fullmatch(str(value)):
                return []
            keys.append(str(value))
        elif name == "EXTERN_ID" and value:
            keys.append(f"{EXTERNAL}{value}")
    return keys
