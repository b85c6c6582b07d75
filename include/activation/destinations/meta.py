"""Meta Custom Audiences: people added and removed by hash, in batches of 10,000.

People carry an external id of ours beside their hashes, so that somebody whose address we have forgotten
can still be removed. A batch's session makes a repetition harmless. Meta answers almost every refusal
with HTTP 400; the code inside says whether to wait, to fix the token or to stop.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from include.activation.destinations.base import DONE, Answer, Destination, Identity, Settled
from include.clients.auth import bearer
from include.clients.json import dumps
from include.clients.pace import Clock
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Stop, Wait
from include.privacy import hashing
from include.privacy.consent import Contact

VERSION = "v26.0"
LARGEST_BATCH = 10_000
PREFIX = "Nightshift: "
THROTTLED = {1, 2, 4, 17, 32, 613, 80000, 80003, 80004}
REFUSED_TOKEN = {102, 104, 190, 200, 10}
PAGE = 100


class Meta:
    """One ad account (option `account`, `act_…`); the connection's password is the access token."""

    purpose: ClassVar[Literal["ads", "email"]] = "ads"
    batch: ClassVar[int] = LARGEST_BATCH
    smallest: ClassVar[int] = 100

    def __init__(self, destination: Destination, clock: Clock | None = None):
        token = destination.credential("access_token", "password")
        self._account = str(destination.options.get("account") or "")
        if not self._account.startswith("act_"):
            raise Stop(f"the connection of {destination.name} needs extra `account`, such as act_123")
        secret = destination.credentials.get("app_secret")
        digest = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest() if secret else None
        self._proof = {"appsecret_proof": digest} if digest else {}
        self._session = Session(
            f"meta {self._account}",
            destination.base_url,
            bearer(token),
            clock=clock,
            plain_http=bool(destination.options.get("allow_http")),
            explain=_explain,
        )

    def audience(self, name: str) -> str:
        """The id of our audience of this name, made if there is none."""
        title, after = PREFIX + name, None
        while True:
            query = {"fields": "name", "limit": PAGE, **self._proof, **({"after": after} if after else {})}
            page = self._session.get(f"/{VERSION}/{self._account}/customaudiences", query)
            for audience in page["data"]:
                if audience.get("name") == title:
                    return audience["id"]
            paging = page.get("paging", {})
            if "next" not in paging:
                return self._make(title)
            after = paging["cursors"]["after"]

    def prepare(self, contact: Contact, external_id: str) -> Identity | None:
        """Hashed e-mail and phone; None when neither is usable."""
        email = hashing.meta_email(contact.email)
        phone = hashing.meta_phone(contact.phone, contact.country)
        return Identity(external_id, email, phone) if email or phone else None

    def add(self, audience_id: str, people: Sequence[Identity], batch_key: str) -> Answer:
        """Add at most 10,000 people; the receipt counts those received and those refused as invalid."""
        rows = [[person.external_id, person.email or "", person.phone or ""] for person in people]
        payload = {"schema": ["EXTERN_ID", "EMAIL", "PHONE"], "data": rows}
        return self._change("POST", audience_id, payload, batch_key)

    def remove(self, audience_id: str, handles: Sequence[str], batch_key: str) -> Answer:
        """Remove at most 10,000 people by our external ids; removing somebody absent is no error."""
        payload = {"schema": ["EXTERN_ID"], "data": [[external_id] for external_id in handles]}
        return self._change("DELETE", audience_id, payload, batch_key)

    def settled(self, answer: Answer) -> Settled:
        """Meta says at once how many it could not read."""
        invalid = answer.get("num_invalid_entries")
        return Settled("partial", f"meta refused {invalid} entries as invalid") if invalid else DONE

    def _change(self, method: str, audience_id: str, payload: dict[str, Any], batch_key: str) -> Answer:
        rows = len(payload["data"])
        if rows > LARGEST_BATCH:
            raise Stop(f"meta takes {LARGEST_BATCH} people at once, not {rows}")
        session = {
            "session_id": _number(batch_key),
            "batch_seq": 1,
            "last_batch_flag": True,
            "estimated_num_total": rows,
        }
        form = {"payload": dumps(payload).decode(), "session": dumps(session).decode(), **self._proof}
        answer = self._session.request(method, f"/{VERSION}/{audience_id}/users", form=form).json()
        if not isinstance(answer, dict) or not isinstance(answer.get("num_received"), int):
            raise Wait(f"{self._session.name}: the answer to a batch was no receipt")
        names = ("audience_id", "session_id", "num_received", "num_invalid_entries")
        return {name: answer.get(name) for name in names}

    def _make(self, title: str) -> str:
        form = {
            "name": title,
            "subtype": "CUSTOM",
            "customer_file_source": "USER_PROVIDED_ONLY",
            "description": "Kept by Nightshift; changes made by hand are undone",
            **self._proof,
        }
        url = f"/{VERSION}/{self._account}/customaudiences"
        return self._session.request("POST", url, form=form, repeatable=False).json()["id"]


def _number(batch_key: str) -> int:
    """A session id that stays the same when the batch is sent again."""
    return int.from_bytes(hashlib.sha256(batch_key.encode()).digest()[:7], "big")


def _explain(reply: Reply) -> str:
    error = reply.json()["error"]
    code = int(error["code"])
    if reply.status == 400 and code in THROTTLED:
        raise Wait(f"meta asks to slow down (code {code})")
    if reply.status == 400 and code in REFUSED_TOKEN:
        raise FixCredentials(f"meta refused the access token (code {code}): renew it")
    return f"code {code}/{error['error_subcode']}" if error.get("error_subcode") else f"code {code}"
