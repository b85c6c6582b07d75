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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import IO, Any

import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import HTTPError as BrokenBody
from urllib3.exceptions import NewConnectionError

from include.clients import exchange, json
from include.clients.auth import Auth, Static
from include.clients.exchange import Connections, TooLarge
from include.clients.pace import LONGEST_WAIT, Clock, Rate, backoff, retry_after
from include.clients.urls import check_base, is_loopback, origin, same_origin, shown
from include.errors import FixCredentials, Refused, Stop, Wait

log = logging.getLogger(__name__)
# Its DEBUG lines hold whole addresses, and some addresses are secrets: a webhook's path, a signed query.
logging.getLogger("urllib3").setLevel(logging.INFO)

MOST_FILE = 16 << 30
"""Bytes of a file; half of what the disk has free when that is less."""

_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Reply:
    """An answer with its whole body. `json()` decodes it exactly, but for what shall stay `unread`; see
    `include.clients.json`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    unread: str | None = None

    @cached_property
    def data(self) -> Any:
        """The body decoded; NotJson when it cannot be."""
        return json.loads_unread(self.body, self.unread) if self.unread else json.loads(self.body)

    def json(self) -> Any:
        return self.data


class _Again(Exception):
    """This attempt failed in a way that another may not. `certain` means the vendor did not act on it."""

    def __init__(self, what: str, after: float | None = None, certain: bool = False):
        super().__init__(what)
        self.after, self.certain = after, certain


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
        explain: Callable[[Reply], str] = lambda reply: "",
    ):
        self.name, self.base_url = name, check_base(base_url, plain_http)
        self.auth: Auth = auth or Static({})
        self.clock = clock or Clock()
        self.rate, self.attempts, self.deadline = rate, attempts, deadline
        self.max_bytes, self.explain = max_bytes, explain
        self._secrets = secrets
        self.requests = 0  # sent so far, repeated ones included
        # a proxy from the environment is for the outside world; the sandbox is on this machine
        self._http = Connections(trust_env=not is_loopback(origin(self.base_url)[1]))

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

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
            reply = replace(self._send(where, method, target, params, data, extra), unread=unread)
            return self._judged(where, reply, want_json)

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
            except _Unsigned:
                if refreshed or not self.auth.refresh():
                    raise FixCredentials(f"{where} answered 401: renew the account's credentials") from None
                refreshed = True
                continue
            except _Again as failure:
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

    def _judged(self, where: str, reply: Reply, want_json: bool) -> Reply:
        """The reply when it is a good one; the right error when not."""
        status = reply.status
        if 200 <= status < 300:
            if want_json and _looks_like_html(reply):
                raise _Again("answered a web page instead of data")
            if want_json:
                try:
                    reply.json()
                except json.NotJson:
                    raise _Again("answered cut or broken JSON") from None
            return reply
        raise self._refusal(where, reply)

    def _refusal(self, where: str, reply: Reply) -> Exception:
        why = _spoken(self.explain, reply)
        if reply.status in _AGAIN or reply.status >= 500:
            after = retry_after(reply.headers.get("Retry-After"), self.clock)
            return _Again(f"answered {reply.status}{why}", after, certain=reply.status == 429)
        if reply.status == 401:
            return _Unsigned()
        if reply.status == 403:
            return FixCredentials(f"{where} answered 403{why}: the account may not do this")
        if reply.status in _REDIRECTS:
            return Stop(f"{where} was sent elsewhere ({reply.status}), which we do not follow")
        return Refused(f"{where} answered {reply.status}{why}", reply.status)

    # ------------------------------------------------------------------ one exchange

    def _send(
        self, where: str, method: str, url: str, params: Any, data: Any, extra: Mapping[str, str]
    ) -> Reply:
        for _ in range(4):
            with self._open(method, url, params, data, extra, signed=True) as response:
                forward = response.headers.get("Location")
                if response.status_code not in _REDIRECTS or not forward:
                    return Reply(response.status_code, response.headers, self._body(where, response))
                if method != "GET" and response.status_code not in (307, 308):
                    raise Stop(f"{where} was sent elsewhere ({response.status_code}), which we do not follow")
                url, params = same_origin(url, forward), None
        raise Stop(f"{where} was redirected more than three times")

    def _open(
        self,
        method: str,
        url: str,
        params: Any,
        data: Any,
        extra: Mapping[str, str],
        signed: bool,
        longest: float | None = None,
    ) -> requests.Response:
        if self.rate:
            self.rate.take()
        self.requests += 1
        headers = {"Accept": "application/json", **extra, **(self._signature() if signed else {})}
        try:
            return self._http.exchange(method, url, longest, params=params, data=data, headers=headers)
        except requests.RequestException as error:
            never = isinstance(error, ConnectTimeout) or (isinstance(error, NoConnection) and _refused(error))
            raise _Again(f"failed ({type(error).__name__})", certain=never) from None

    def _signature(self) -> Mapping[str, str]:
        try:
            return self.auth.headers()
        except Wait as trouble:
            after = trouble.retry_after.total_seconds() if trouble.retry_after else None
            raise _Again(f"could not be signed: {trouble}", after, certain=True) from None

    def _body(self, where: str, response: requests.Response) -> bytes:
        return b"".join(self._chunks(where, response, self.max_bytes))

    def _chunks(self, where: str, response: requests.Response, most: int) -> Iterator[bytes]:
        try:
            yield from exchange.chunks(response, most)
        except TooLarge as what:
            raise Stop(f"{where} answered {what}: that is no answer we can use") from None
        except (requests.RequestException, BrokenBody, OSError) as error:
            raise _Again(f"broke off ({type(error).__name__})") from None

    def _save(self, where: str, url: str, to: IO[bytes], signed: bool) -> int:
        to.seek(0)
        to.truncate()
        most = min(MOST_FILE, shutil.disk_usage(to.fileno()).free // 2)
        with self._open("GET", url, None, None, {"Accept": "*/*"}, signed, exchange.LONGEST_FILE) as response:
            if response.status_code != 200:
                raise self._refusal(where, Reply(response.status_code, response.headers, b""))
            size = sum(map(to.write, self._chunks(where, response, most)))
        to.seek(0)
        return size


class _Unsigned(Exception):
    """A 401."""


def _refused(error: NoConnection) -> bool:
    """Whether the connection was never made, so that nothing can have been carried out."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def _looks_like_html(reply: Reply) -> bool:
    return "text/html" in reply.headers.get("Content-Type", "").lower() or reply.body[:1] == b"<"


def _spoken(explain: Callable[[Reply], str], reply: Reply) -> str:
    try:
        why = explain(reply)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        why = ""
    return f" ({why})" if why else ""


def _is_elsewhere(url: str, hosts: frozenset[str]) -> bool:
    if "://" not in url:
        return False
    scheme, host, port = origin(url)
    return scheme == "https" and port == 443 and host in hosts
