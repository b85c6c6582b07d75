"""User lists of the Google Ads account, made and found by the API.

Quirks kept: a name is unique among the account's lists; what kind of identifiers a list takes is fixed when it is made
(one kind only); memberships last whole days, 540 at most; numbers are text.
"""

import re
from typing import Any

from include.sandbox import credentials
from include.sandbox.faces import Sandbox
from include.sandbox.faces.google_data_manager.errors import forbidden, invalid, no_such

LISTS = "google_user_list"
FIRST_ID = 9_000_000_001
PAGE, LARGEST_PAGE = 50, 1000
DAY_SECONDS, LONGEST_DAYS = 86_400, 540
CONDITION = re.compile(r'\s*(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"\s*')
FILTERED = {"display_name": "displayName", "displayName": "displayName", "id": "id"}
CHANGEABLE = ("displayName", "description", "membershipStatus")


class UserLists:
    """The lists, kept in the sandbox's state."""

    def __init__(self, sandbox: Sandbox):
        self._state = sandbox.state

    def create(self, account: str, wanted: dict[str, Any], validate_only: bool) -> dict[str, Any]:
        """A new, open list; with `validate_only` nothing is kept."""
        parent = _parent(account)
        title = wanted.get("displayName")
        if not title:
            raise invalid("REQUIRED_FIELD_MISSING", "user_list.display_name", "display_name is required.")
        if any(one["displayName"] == title for one in self._state.all(LISTS)):
            raise invalid("INVALID_ARGUMENT", "user_list.display_name", "A list of this name exists already.")
        info = wanted.get("ingestedUserListInfo") or {}
        if info.get("uploadKeyTypes") != ["CONTACT_ID"] or "contactIdInfo" not in info:
            field = "user_list.ingested_user_list_info.upload_key_types"
            raise invalid("INVALID_ARGUMENT", field, "Exactly one upload key type with its info is required.")
        number = str(FIRST_ID + self._state.count(LISTS))
        made = {
            "name": f"{parent}/userLists/{number}",
            "id": number,
            "displayName": title,
            "description": wanted.get("description", ""),
            "membershipStatus": wanted.get("membershipStatus", "OPEN"),
            "membershipDuration": _duration(wanted.get("membershipDuration")),
            "accessReason": "OWNED",
            "accountAccessStatus": "ENABLED",
            "readOnly": False,
            "ingestedUserListInfo": info,
        }
        if not validate_only:
            self._state.put(LISTS, number, made)
        return made

    def page(self, account: str, params: dict[str, str]) -> dict[str, Any]:
        """One page of the lists that meet the filter."""
        _parent(account)
        conditions = _conditions(params.get("filter", ""))
        rows = [
            one for one in self._state.all(LISTS) if all(one[name] == value for name, value in conditions)
        ]
        size = min(int(params.get("pageSize") or PAGE), LARGEST_PAGE)
        start = int(params.get("pageToken") or 0)
        page: dict[str, Any] = {"userLists": rows[start : start + size]}
        if start + size < len(rows):
            page["nextPageToken"] = str(start + size)
        return page if page["userLists"] else {}

    def one(self, account: str, number: str) -> dict[str, Any]:
        _parent(account)
        found = self._state.get(LISTS, number)
        if found is None:
            raise no_such("User list")
        return found

    def change(self, account: str, number: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Name, description or status anew."""
        changed = {**self.one(account, number), **{n: wanted[n] for n in CHANGEABLE if n in wanted}}
        self._state.put(LISTS, number, changed)
        return changed

    def delete(self, account: str, number: str) -> dict[str, Any]:
        self.one(account, number)
        self._state.delete(LISTS, number)
        self._state.clear(members_of(number))
        return {}

    def all(self) -> list[dict[str, Any]]:
        return self._state.all(LISTS)


def members_of(number: str) -> str:
    """The kind of the documents that are this list's people."""
    return f"google_member:{number}"


def _parent(account: str) -> str:
    """The account's resource name; `Refused` unless it is ours."""
    if account != credentials.GOOGLE_ADS_CUSTOMER_ID:
        raise forbidden()
    return f"accountTypes/GOOGLE_ADS/accounts/{account}"


def _conditions(text: str) -> list[tuple[str, str]]:
    conditions = []
    for part in re.split(r"\s+AND\s+", text) if text else ():
        found = CONDITION.fullmatch(part)
        if not found or found.group(1) not in FILTERED:
            raise invalid("INVALID_ARGUMENT", "filter", f"Invalid filter: {part}")
        conditions.append((FILTERED[found.group(1)], re.sub(r"\\(.)", r"\1", found.group(2))))
    return conditions


def _duration(text: str | None) -> str:
    seconds = LONGEST_DAYS * DAY_SECONDS if text is None else int(text.removesuffix("s") or 0)
    if seconds % DAY_SECONDS or not 0 < seconds <= LONGEST_DAYS * DAY_SECONDS:
        raise invalid("INVALID_ARGUMENT", "user_list.membership_duration", "Whole days, 540 at most.")
    return f"{seconds}s"
