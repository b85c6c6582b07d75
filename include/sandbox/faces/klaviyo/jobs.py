"""Jobs: profiles imported in bulk (asynchronously), and consents granted in bulk.

An import is accepted at once and done later: the first look at it says "processing", the second "complete", and a
second of real time does as well. Profiles that cannot be imported are listed as the job's import errors.
"""

import time
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.klaviyo.errors import Refused, invalid, not_found
from include.sandbox.faces.klaviyo.lists import Lists
from include.sandbox.faces.klaviyo.pages import Asked, shown
from include.sandbox.faces.klaviyo.people import LARGEST_PAGE, PAGE, Profiles

IMPORTS, SUBSCRIBE_CALLS = "klaviyo_import", "klaviyo_subscribe_job"
LARGEST_IMPORT = 10_000
LARGEST_SUBSCRIBE = 1_000
SECONDS = 1.0
Row = dict[str, Any]


class Jobs:
    """Bulk jobs over the account's profiles and lists."""

    def __init__(self, sandbox: Sandbox, profiles: Profiles, lists: Lists):
        self._state, self._clock = sandbox.state, sandbox.clock
        self._profiles, self._lists = profiles, lists

    def submit(self, data: Row, asked: Asked) -> Row:
        """POST /profile-bulk-import-jobs."""
        if data.get("type") != "profile-bulk-import-job":
            raise invalid("The resource must be of type profile-bulk-import-job.", pointer="/data/type")
        people = _people(data, LARGEST_IMPORT)
        lists = [str(entry["id"]) for entry in _related(data, "lists", [])]
        for key in lists:
            self._lists.members(key)
        now = self._clock.now().isoformat(timespec="seconds")
        job = {
            "created_at": now,
            "submitted": time.time(),
            "looks": 0,
            "lists": lists,
            "people": [person.get("attributes") or {} for person in people],
            "total": len(people),
            "done": None,
        }
        number = self._state.append(IMPORTS, job)
        return {"data": self._resource(str(number), job, asked), "links": {"self": asked.self_link}}

    def show(self, key: str, asked: Asked) -> Row:
        """GET /profile-bulk-import-jobs/{id}."""
        job = self._one(key)
        if job["done"] is None:
            job["looks"] += 1
            if job["looks"] >= 2 or time.time() - job["submitted"] >= SECONDS:
                self._carry_out(job)
            self._state.put(IMPORTS, key, job)
        return {"data": self._resource(key, job, asked), "links": {"self": asked.self_link}}

    def profiles(self, key: str, asked: Asked) -> Row:
        """GET /profile-bulk-import-jobs/{id}/profiles: whom it made or changed."""
        people = sorted(set((self._one(key)["done"] or {"profiles": []})["profiles"]))
        after = asked.after()
        rows = self._profiles.rows([who for who in people if not after or who > after[0]])
        chosen, links = asked.page(rows, asked.size(PAGE, LARGEST_PAGE), lambda row: (row["id"],))
        return {"data": [self._profiles.resource(row, asked, []) for row in chosen], "links": links}

    def errors(self, key: str, asked: Asked) -> Row:
        """GET /profile-bulk-import-jobs/{id}/import-errors."""
        wrong = (self._one(key)["done"] or {"errors": []})["errors"]
        start = (asked.after() or (0,))[0]
        chosen, links = asked.page(
            list(enumerate(wrong))[start:], asked.size(PAGE, LARGEST_PAGE), lambda one: (one[0] + 1,)
        )
        rows = [
            {
                "type": "import-error",
                "id": f"{key}-{place}",
                "attributes": error,
                "links": {"self": f"{asked.base}/import-errors/{key}-{place}"},
            }
            for place, error in chosen
        ]
        return {"data": rows, "links": links}

    def subscribe(self, data: Row) -> None:
        """POST /profile-subscription-bulk-create-jobs: consent for everybody named, unsubscribed or not."""
        for person in _people(data, LARGEST_SUBSCRIBE):
            attributes = person.get("attributes") or {}
            channels = [name for name in ("email", "sms") if name in (attributes.get("subscriptions") or {})]
            given = {name: attributes[name] for name in ("email", "phone_number") if attributes.get(name)}
            key = self._profiles.upsert(given)
            self._profiles.subscribe(key, channels or ["email"])
            target = _related(data, "list", {})
            if target:
                self._lists.put(str(target["id"]), [key])
        self._state.append(
            SUBSCRIBE_CALLS, {"at": self._clock.now().isoformat(), "people": len(_people(data, 10**6))}
        )

    def submitted(self) -> list[Row]:
        """Imports as they came: to which lists, and which attributes of how many people."""
        return [
            {
                "id": key,
                "lists": job["lists"],
                "people": job["total"],
                "attributes": sorted({name for person in job["people"] for name in person}),
            }
            for key, job in self._state.items(IMPORTS).items()
        ]

    def subscriptions(self) -> list[Row]:
        """Every call that granted consent."""
        return self._state.all(SUBSCRIBE_CALLS)

    def _carry_out(self, job: Row) -> None:
        done: list[str] = []
        wrong: list[Row] = []
        for person in job["people"]:
            try:
                done.append(self._profiles.upsert(person))
            except Refused as refused:
                error = {name: refused.error[name] for name in ("code", "title", "detail", "source")}
                wrong.append({**error, "original_payload": person})
        for key in job["lists"]:
            self._lists.put(key, done)
        at = self._clock.now().isoformat(timespec="seconds")
        job["done"] = {"at": at, "profiles": done, "errors": wrong}

    def _one(self, key: str) -> Row:
        job = self._state.get(IMPORTS, key)
        if job is None:
            raise not_found("profile-bulk-import-job", key)
        return dict(job)

    def _resource(self, key: str, job: Row, asked: Asked) -> Row:
        done, link = job["done"], f"{asked.base}/profile-bulk-import-jobs/{key}"
        attributes = {
            "status": "complete" if done else ("processing" if job["looks"] else "queued"),
            "created_at": job["created_at"],
            "total_count": job["total"],
            "completed_count": len(done["profiles"]) if done else 0,
            "failed_count": len(done["errors"]) if done else 0,
            "completed_at": done["at"] if done else None,
            "expires_at": job["created_at"],
            "started_at": job["created_at"] if job["looks"] else None,
        }
        related = {
            name: {"links": {"self": f"{link}/relationships/{name}", "related": f"{link}/{name}"}}
            for name in ("lists", "profiles")
        }
        related["lists"]["data"] = [{"type": "list", "id": one} for one in job["lists"]]  # type: ignore[assignment]
        related["import-errors"] = {"links": {"related": f"{link}/import-errors"}}
        return {
            "type": "profile-bulk-import-job",
            "id": key,
            "attributes": shown(attributes, asked.many("fields[profile-bulk-import-job]")),
            "relationships": related,
            "links": {"self": link},
        }


def _people(data: Row, most: int) -> list[Row]:
    try:
        people = data["attributes"]["profiles"]["data"]
    except (KeyError, TypeError):
        people = None
    if not isinstance(people, list) or not people:
        raise invalid("The 'profiles' field is required.", pointer="/data/attributes/profiles")
    if len(people) > most:
        raise invalid(
            f"A maximum of {most} profiles is allowed per request.", pointer="/data/attributes/profiles"
        )
    return people


def _related(data: Row, name: str, default: Any) -> Any:
    relation = (data.get("relationships") or {}).get(name) or {}
    return relation.get("data") or default
