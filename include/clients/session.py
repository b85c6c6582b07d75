"""One vendor account over HTTP, with manners.

What happens to a request:

* connection errors, cut bodies, HTML where JSON was due, 429 and 5xx: tried again with full-jitter backoff, or after
  `Retry-After`; when attempts or the deadline run out → Wait
* 401: the sign-in is refreshed once and the request repeated; then, like 403 → FixCredentials
* other 4xx → Refused, which knows the status; a body beyond the cap, another host → Stop
* redirects are followed only on the same origin; credentials go nowhere else

Messages name the method and the path. Queries, headers and bodies never appear in them, nor in a log.
"""

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import IO, Any

from include.clients import exchange, json
from include.clients.auth import Auth, Static
from include.clients.pace import LONGEST_WAIT, Clock, Rate, backoff
from include.clients.reply import Again, Explain, Reply, Unsigned, judged, refusal
from include.clients.transport import Transport, chunks
from include.clients.urls import check_base, is_loopback, origin, same_origin, shown
from include.errors import FixCredentials, Wait

log = logging.getLogger(__name__)
# Its DEBUG lines hold whole addresses, and some addresses are secrets: a webhook's path, a signed query.
logging.getLogger("urllib3").setLevel(logging.INFO)

MOST_FILE = 16 << 30
"""Bytes of a file; half of what the disk has free when that is less."""


class Session:
    """Requests to one account.

    `name` is how messages call it ('shopify my-shop'). `explain` turns a refused answer into a few safe words
    (an error code, never the vendor's free text). `secrets` are those that lie outside the sign-in, such as a
    webhook's path.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        auth: Auth | None = None,
        *,
        rate: Rate | None = None,
        clock: Clock | None = None,
        attempts: int = 6,
        deadline: float = 300.0,
        max_bytes: int = 64_000_000,
        plain_http: bool = False,
        secrets: tuple[str, ...] = (),
        explain: Explain = lambda reply: "",
    ):
        self.name, self.base_url = name, check_base(base_url, plain_http)
        self.auth: Auth = auth or Static({})
        self.clock = clock or Clock()
        self.attempts, self.deadline, self.explain = attempts, deadline, explain
        self._secrets = secrets
        # a proxy from the environment is for the outside world; the sandbox is on this machine
        trust_env = not is_loopback(origin(self.base_url)[1])
        self.transport = Transport(self.auth, rate, max_bytes, trust_env)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()

    @property
    def requests(self) -> int:
        """How many were sent so far, repeated ones included."""
        return self.transport.requests

    def get(self, url: str, params: Mapping[str, Any] | None = None, *, unread: str | None = None) -> Any:
        """GET → decoded JSON. The items of the list called `unread` stay text (`msgspec.Raw`)."""
        return self.request("GET", url, params=params, unread=unread).json()

    def post(self, url: str, body: Any = None, *, repeatable: bool) -> Any:
        """POST of JSON → decoded JSON. See `request` for `repeatable`."""
        return self.request("POST", url, body=body, repeatable=repeatable).json()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        want_json: bool = True,
        unread: str | None = None,
    ) -> Reply:
        """One answered request. `url` is a path below the base URL, or a URL of the same origin the vendor gave us.

        `repeatable=False` marks a request whose second copy would do harm: it is tried again only when the
        vendor certainly did not act on the first (never connected, 401, 429); otherwise Wait says it is unsure.
        """
        target = self.url(url)
        where = self.redact(f"{self.name}: {method} {shown(target)}")
        data = form if form is not None else (json.dumps(body) if body is not None else None)
        extra = dict(headers or {})
        if body is not None:
            extra.setdefault("Content-Type", "application/json")

        def attempt() -> Reply:
            reply = replace(self.transport.send(where, method, target, params, data, extra), unread=unread)
            return judged(where, reply, want_json, self.explain, self.clock)

        return self._persist(where, attempt, repeatable)

    def download(self, url: str, to: IO[bytes], hosts: frozenset[str] = frozenset()) -> int:
        """Save what the vendor points at in an open file, to be read from its beginning; returns its bytes.

        It is fetched without credentials when it lies on one of `hosts` (https only), with them on our own origin; Stop
        for any other place."""
        elsewhere = _is_elsewhere(url, hosts) and origin(url) != origin(self.base_url)
        target = url if elsewhere else self.url(url)
        where = self.redact(f"{self.name}: GET {shown(target)}")
        return self._persist(where, lambda: self._save(where, target, to, signed=not elsewhere), True)

    def url(self, url: str) -> str:
        """A path below the base URL, or an absolute URL of its origin, as an absolute URL."""
        if "://" not in url and not url.startswith("//"):
            url = f"{self.base_url}/{url.lstrip('/')}"
        return same_origin(self.base_url, url)

    def redact(self, text: str) -> str:
        """The text without this account's secrets."""
        for secret in (*self._secrets, *self.auth.secrets()):
            if len(secret) >= 4:
                text = text.replace(secret, "***")
        return text

    # ------------------------------------------------------------------ attempts

    def _persist(self, where: str, attempt: Callable[[], Any], repeatable: bool) -> Any:
        """Try until it works, the attempts or the deadline are over, or trying again is pointless."""
        started, refreshed, tries = self.clock.monotonic(), False, 0
        while True:
            try:
                return attempt()
            except Unsigned:
                if refreshed or not self.auth.refresh():
                    raise FixCredentials(f"{where} answered 401: renew the account's credentials") from None
                refreshed = True
                continue
            except Again as failure:
                tries += 1
                if not (repeatable or failure.certain):
                    raise Wait(f"{where} {failure}; it may or may not have been carried out") from None
                pause = failure.after if failure.after is not None else backoff(tries, self.clock)
                left = self.deadline - (self.clock.monotonic() - started)
                if tries >= self.attempts or pause > min(LONGEST_WAIT, left):
                    wait = timedelta(seconds=failure.after) if failure.after else None
                    raise Wait(f"{where} {failure} ({tries} of {self.attempts} attempts)", wait) from None
                log.info("%s %s; attempt %d follows in %.1f s", where, failure, tries + 1, pause)
                self.clock.sleep(pause)

    def _save(self, where: str, url: str, to: IO[bytes], signed: bool) -> int:
        to.seek(0)
        to.truncate()
        most = min(MOST_FILE, shutil.disk_usage(to.fileno()).free // 2)
        with self.transport.open(
            "GET", url, None, None, {"Accept": "*/*"}, signed, exchange.LONGEST_FILE
        ) as response:
            if response.status_code != 200:
                raise refusal(
                    where, Reply(response.status_code, response.headers, b""), self.explain, self.clock
                )
            size = sum(map(to.write, chunks(where, response, most)))
        to.seek(0)
        return size


def _is_elsewhere(url: str, hosts: frozenset[str]) -> bool:
    if "://" not in url:
        return False
    scheme, host, port = origin(url)
    return scheme == "https" and port == 443 and host in hosts
