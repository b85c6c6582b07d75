"""Lists and who is on them.

Two are the company's own and follow from its facts: "Newsletter" (everybody who agreed to mail) and "Flow: abandoned
cart" (everybody who agreed and left a checkout less than 72 hours ago, which a flow is writing to just now). Others
are made through the API. Adding somebody twice and removing the absent change nothing, and no change of a list is a
change of consent.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.klaviyo.errors import invalid, not_found
from include.sandbox.faces.klaviyo.filters import RANGES, Allowed, conditions
from include.sandbox.faces.klaviyo.pages import Asked, shown
from include.sandbox.faces.klaviyo.people import EXTRA_FIELDS, LARGEST_PAGE, PAGE, Profiles

LISTS = "klaviyo_list"
LISTS_PAGE = 10
LARGEST_CHANGE = 1000
NEWSLETTER, ABANDONED_CART = "NwsLt1", "FlwCr1"
DERIVED = {NEWSLETTER: "Newsletter", ABANDONED_CART: "Flow: abandoned cart"}
FLOW_WRITES = timedelta(hours=72)
FILTERS: Allowed = {
    **dict.fromkeys(("name", "id"), ("any", "equals")),
    **dict.fromkeys(("created", "updated"), ("greater-than",)),
}
MEMBER_FILTERS: Allowed = {
    **dict.fromkeys(("email", "phone_number"), ("any", "equals")),
    "joined_group_at": RANGES,
}
Row = dict[str, Any]


class Lists:
    """The account's lists at the sandbox's instant."""

    def __init__(self, sandbox: Sandbox, profiles: Profiles):
        self._state, self._clock, self._profiles = sandbox.state, sandbox.clock, profiles
        self._checkouts, self._began = sandbox.world.checkouts, sandbox.world.first_day

    # ------------------------------------------------------------------ lists

    def page(self, asked: Asked) -> Row:
        """GET /lists."""
        field, is_descending = asked.order(("created", "id", "name", "updated"), "id")
        wanted = conditions(asked.get("filter"), FILTERS)
        rows = [row for row in self._rows() if all(c.holds(_comparable(row, c.field)) for c in wanted)]
        rows.sort(key=lambda row: (row[field], row["id"]), reverse=is_descending)
        after = asked.after()
        if after:
            place = [row["id"] for row in rows].index(after[0]) + 1
            rows = rows[place:]
        chosen, links = asked.page(rows, asked.size(LISTS_PAGE, LISTS_PAGE), lambda row: (row["id"],))
        return {"data": [self._resource(row, asked) for row in chosen], "links": links}

    def show(self, key: str, asked: Asked) -> Row:
        """GET /lists/{id}, with `profile_count` when asked for."""
        extra = asked.many("additional-fields[list]", ("profile_count",))
        return {"data": self._resource(self._one(key), asked, extra), "links": {"self": asked.self_link}}

    def create(self, data: Row, asked: Asked) -> Row:
        """POST /lists; names need not be unique."""
        name = (data.get("attributes") or {}).get("name")
        if data.get("type") != "list" or not name:
            raise invalid("The 'name' field is required.", pointer="/data/attributes/name")
        now = self._clock.now().isoformat(timespec="seconds")
        key = f"Lst{self._state.count(LISTS) + 1:03d}"
        row = {"id": key, "name": str(name), "created": now, "updated": now}
        self._state.put(LISTS, key, row)
        return {"data": self._resource(row, asked), "links": {"self": asked.self_link}}

    # ------------------------------------------------------------------ members

    def members(self, key: str) -> dict[str, str]:
        """Profile id → since when (ISO), as facts and changes through the API leave it. Refused without such a list."""
        self._one(key)
        found = self._derived(key) if key in DERIVED else {}
        for profile_id, since in self._state.items(_members(key)).items():
            if since is None:
                found.pop(profile_id, None)
            else:
                found[profile_id] = since
        return found

    def member_page(self, key: str, asked: Asked) -> Row:
        """GET /lists/{id}/profiles, newest last unless asked otherwise."""
        _, is_descending = asked.order(("joined_group_at",), "joined_group_at")
        wanted = conditions(asked.get("filter"), MEMBER_FILTERS)
        extra = asked.many("additional-fields[profile]", EXTRA_FIELDS)
        order = sorted(((since, who) for who, since in self.members(key).items()), reverse=is_descending)
        after = asked.after()
        if after:
            order = [one for one in order if (one < after if is_descending else one > after)]
        since = {who: at for at, who in order}
        rows = (
            {**row, "attributes": {**row["attributes"], "joined_group_at": since[row["id"]]}}
            for row in self._profiles.rows(since)
        )
        kept = (row for row in rows if all(c.holds(_member_value(row, c.field)) for c in wanted))
        size = asked.size(PAGE, LARGEST_PAGE)
        chosen, links = asked.page(kept, size, lambda row: (since[row["id"]], row["id"]))
        return {"data": [self._profiles.resource(row, asked, extra) for row in chosen], "links": links}

    def change(self, key: str, data: Any, is_removal: bool) -> None:
        """POST or DELETE /lists/{id}/relationships/profiles."""
        self._one(key)
        if not isinstance(data, list) or not data:
            raise invalid("The 'data' field must be a non-empty list of profiles.")
        if len(data) > LARGEST_CHANGE:
            raise invalid(f"A maximum of {LARGEST_CHANGE} profiles is allowed per request, not {len(data)}.")
        people = [str(entry.get("id")) for entry in data if entry.get("type") == "profile"]
        if len(people) != len(data):
            raise invalid("Every resource must be of type profile.")
        if not is_removal:
            known = {row["id"] for row in self._profiles.rows(people)}
            for person in people:
                if person not in known:
                    raise not_found("profile", person)
        self.put(key, people, is_removal)

    def put(self, key: str, people: Iterable[str], is_removal: bool = False) -> None:
        """Change who is on a list."""
        now = self._clock.now().isoformat(timespec="seconds")
        there = self.members(key)
        self._state.put_many(
            _members(key), {who: None if is_removal else there.get(who, now) for who in people}
        )

    def made(self) -> list[Row]:
        """Lists made through the API with everybody on them: what the sandbox was sent."""
        told = []
        for row in self._state.all(LISTS):
            people = [one["attributes"] for one in self._profiles.rows(self.members(row["id"]))]
            told.append(
                {
                    "id": row["id"],
                    "name": row["name"],
                    "people": len(people),
                    "members": sorted(person["email"] or "" for person in people),
                    "external_ids": sorted(
                        str(person["properties"]["nightshift_id"])
                        for person in people
                        if "nightshift_id" in person["properties"]
                    ),
                }
            )
        return told

    def _derived(self, key: str) -> dict[str, str]:
        now = self._clock.now()
        agreed = {}
        for row in self._profiles.rows():
            marketing = row["attributes"]["subscriptions"]["email"]["marketing"]
            if marketing["consent"] == "SUBSCRIBED":
                agreed[row["id"]] = marketing["last_updated"]
        if key == NEWSLETTER:
            return agreed
        left: dict[str, datetime] = {}
        for checkout in self._checkouts:
            is_done = checkout.completed_at is not None and checkout.completed_at <= now
            if checkout.customer_id is None or is_done or not now - FLOW_WRITES < checkout.updated_at <= now:
                continue
            who = self._profiles.id_of_customer(checkout.customer_id)
            if who and who in agreed:
                left[who] = max(left.get(who, checkout.updated_at), checkout.updated_at)
        return {who: at.isoformat(timespec="seconds") for who, at in left.items()}

    def _one(self, key: str) -> Row:
        for row in self._rows():
            if row["id"] == key:
                return row
        raise not_found("list", key)

    def _rows(self) -> list[Row]:
        since = f"{self._began.isoformat()}T00:00:00+00:00"
        own = [{"id": key, "name": name, "created": since, "updated": since} for key, name in DERIVED.items()]
        return [*own, *self._state.all(LISTS)]

    def _resource(self, row: Row, asked: Asked, extra: Iterable[str] = ()) -> Row:
        attributes = {name: row[name] for name in ("name", "created", "updated")}
        attributes["opt_in_process"] = "double_opt_in"
        if "profile_count" in extra:
            attributes["profile_count"] = len(self.members(row["id"]))
        link = f"{asked.base}/lists/{row['id']}"
        related = {
            name: {"links": {"self": f"{link}/relationships/{name}", "related": f"{link}/{name}"}}
            for name in ("profiles", "tags", "flow-triggers")
        }
        return {
            "type": "list",
            "id": row["id"],
            "attributes": shown(attributes, asked.many("fields[list]")),
            "relationships": related,
            "links": {"self": link},
        }


def _members(key: str) -> str:
    return f"klaviyo_member:{key}"


def _comparable(row: Row, field: str) -> Any:
    return datetime.fromisoformat(row[field]) if field in ("created", "updated") else row[field]


def _member_value(row: Row, field: str) -> Any:
    value = row["attributes"].get(field)
    return datetime.fromisoformat(value) if field == "joined_group_at" else value
