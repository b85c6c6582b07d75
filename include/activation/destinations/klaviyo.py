"""Klaviyo lists: people added by a bulk import that names the list, removed by the list's own relationship.

* To be on a list is no consent. Klaviyo's subscribe jobs grant consent and lift unsubscribes: they are never called.
* A profile carries our external id as the property `nightshift_id`, so that somebody whose address we have forgotten
  can still be found on the list and removed. Klaviyo's own `external_id` belongs to the shop and stays as it is.
* An import is a job: accepted at once, done later. The list itself is read to see whether its people arrived.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from include.activation.destinations.base import DONE, Answer, Destination, Identity, Settled
from include.clients.pace import Clock
from include.clients.session import Session
from include.errors import Stop, Wait
from include.privacy.consent import Contact
from include.privacy.keys import normalise_email
from include.sources.klaviyo.client import explain, pages, signed

PREFIX = "Nightshift: "
PROPERTY = "nightshift_id"
LARGEST_BATCH = 1_000
MEMBERS_PAGE = 100
JSON_API = {"Content-Type": "application/vnd.api+json"}
UNFINISHED = {"queued", "processing"}


class Klaviyo:
    """One account; the connection's password is a private key that may write profiles and lists."""

    purpose: ClassVar[Literal["ads", "email"]] = "email"
    batch: ClassVar[int] = LARGEST_BATCH
    smallest: ClassVar[int] = 0

    def __init__(self, destination: Destination, clock: Clock | None = None):
        self._session = Session(
            destination.name,
            destination.base_url,
            signed(destination.credential("api_key", "password")),
            clock=clock,
            plain_http=bool(destination.options.get("allow_http")),
            explain=explain,
        )

    def audience(self, name: str) -> str:
        """The id of our list of this name, made if there is none."""
        title = PREFIX + name
        for page in pages(self._session, "/api/lists", {"filter": f'equals(name,"{title}")'}):
            for one in page["data"]:
                if one["attributes"].get("name") == title:
                    return str(one["id"])
        data = {"type": "list", "attributes": {"name": title}}
        answer = self._session.request(
            "POST", "/api/lists", body={"data": data}, headers=JSON_API, repeatable=False
        ).json()
        return str(answer["data"]["id"])

    def prepare(self, contact: Contact, external_id: str) -> Identity | None:
        """The plain address: Klaviyo is who writes to it. None without one."""
        email = normalise_email(contact.email)
        return Identity(external_id, email=email) if email else None

    def add(self, audience_id: str, people: Sequence[Identity], batch_key: str) -> Answer:
        """Import at most 1,000 people onto a list. Who is known is found by the address and keeps everything else."""
        if len(people) > LARGEST_BATCH:
            raise Stop(f"we send klaviyo {LARGEST_BATCH} people at once, not {len(people)}")
        profiles = [
            {"type": "profile", "attributes": {"email": one.email, "properties": {PROPERTY: one.external_id}}}
            for one in people
        ]
        data = {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": profiles}},
            "relationships": {"lists": {"data": [{"type": "list", "id": audience_id}]}},
        }
        url = "/api/profile-bulk-import-jobs"
        answer = self._session.request("POST", url, body={"data": data}, headers=JSON_API).json()
        return {"audience_id": audience_id, "job_id": answer["data"]["id"], "num_received": len(people)}

    def remove(self, audience_id: str, handles: Sequence[str], batch_key: str) -> Answer:
        """Take whoever on the list carries one of these ids off it. The profiles themselves stay Klaviyo's."""
        wanted = set(handles)
        found = [
            member["id"]
            for member in self._members(audience_id, "properties,joined_group_at")
            if (member["attributes"].get("properties") or {}).get(PROPERTY) in wanted
        ]
        url = f"/api/lists/{audience_id}/relationships/profiles"
        for start in range(0, len(found), LARGEST_BATCH):
            body = {"data": [{"type": "profile", "id": one} for one in found[start : start + LARGEST_BATCH]]}
            reply = self._session.request("DELETE", url, body=body, headers=JSON_API, want_json=False)
            if reply.status != 204:
                raise Wait(f"{self._session.name}: the answer to a removal was not Klaviyo's")
        return {"audience_id": audience_id, "num_received": len(handles), "num_removed": len(found)}

    def settled(self, answer: Answer) -> Settled:
        """What became of an import: done when every profile it made is on the list. A removal is done at once."""
        if "job_id" not in answer:
            return DONE
        url = f"/api/profile-bulk-import-jobs/{answer['job_id']}"
        job = self._session.get(url)["data"]["attributes"]
        if job["status"] in UNFINISHED:
            return Settled("pending")
        if job["status"] != "complete":
            return Settled("failed", f"klaviyo ended the import as {job['status']}")
        missing = len(self._imported(url) - self._on_list(answer["audience_id"]))
        if missing:
            return Settled("partial", f"{missing} people whom klaviyo imported are not on the list")
        if job.get("failed_count"):
            return Settled("partial", f"klaviyo refused {job['failed_count']} people ({self._reasons(url)})")
        return DONE

    def _imported(self, job_url: str) -> set[str]:
        asked = {"page[size]": MEMBERS_PAGE, "fields[profile]": "created"}
        return {
            one["id"] for page in pages(self._session, f"{job_url}/profiles", asked) for one in page["data"]
        }

    def _on_list(self, audience_id: str) -> set[str]:
        return {member["id"] for member in self._members(audience_id, "joined_group_at")}

    def _members(self, audience_id: str, fields: str) -> Iterator[dict[str, Any]]:
        asked = {"page[size]": MEMBERS_PAGE, "fields[profile]": fields}
        for page in pages(self._session, f"/api/lists/{audience_id}/profiles", asked):
            yield from page["data"]

    def _reasons(self, job_url: str) -> str:
        """Error codes only: the details repeat what was sent."""
        wrong = pages(self._session, f"{job_url}/import-errors", {"page[size]": MEMBERS_PAGE})
        codes = {str(error["attributes"].get("code")) for page in wrong for error in page["data"]}
        return ", ".join(sorted(codes)) or "no reason given"
