"""One seller's account at Amazon's Selling Partner API: signing in and keeping its quotas.

Quirks:

* Each operation has a quota of its own, and searchOrders' is tiny: 20 requests, then one in three minutes. All streams
  of a process draw on the same buckets; a bigger usage plan is told by the option `quota_times`.
* 429 comes without `Retry-After`: we back off exponentially, and when that was not enough, wait for the quota to grant one
  more request: three minutes for orders. Somebody else may draw on the same quota, so this is tried three times.
* An expired access token is answered 403, like everything else one may not do, and only the details tell them apart.
"""

import logging
from collections.abc import Callable, Mapping
from typing import IO, Any

from include.clients.auth import OAuth
from include.clients.pace import Rate
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Wait
from include.sources.base import Account

log = logging.getLogger(__name__)

GRANT_URL = "https://api.amazon.com/auth/o2/token"
PLANS = {
    "orders": (0.0056, 20),
    "inventory": (2.0, 2),
    "transactions": (0.5, 10),
    "create_report": (0.0167, 15),
    "report": (2.0, 15),
    "document": (0.0167, 15),
}
"""Operation → requests per second and burst, as Amazon grants them to everybody."""

GRANTS = 3
"""How often we wait for a quota used up before the task gives up and is tried again."""

_RATES: dict[tuple[str, str, str, float], Rate] = {}


class Amazon:
    """Requests to one seller's account, each paced by its operation's quota."""

    def __init__(self, account: Account, marketplaces: list[str], auth: OAuth):
        self.account, self.marketplaces, self.auth = account, marketplaces, auth
        self.asks_for_area = True
        self._expired = self._is_over_quota = False
        self._sessions = {operation: self._session(operation) for operation in PLANS}
        self.clock = self._sessions["report"].clock
        self.name = self._sessions["report"].name

    def get(self, operation: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """GET → decoded JSON; `operation` is one of PLANS."""
        return self._patiently(operation, lambda: self._sessions[operation].get(path, params))

    def post(self, operation: str, path: str, body: Any) -> Any:
        """POST of JSON → decoded JSON. A report asked for twice is made twice and does no harm."""
        return self._patiently(operation, lambda: self._sessions[operation].post(path, body, repeatable=True))

    def download(self, url: str, to: IO[bytes], hosts: frozenset[str]) -> int:
        return self._sessions["report"].download(url, to, hosts)

    @property
    def requests(self) -> int:
        """Sent so far, under all quotas."""
        return sum(session.requests for session in self._sessions.values())

    def close(self) -> None:
        """Give all connections back."""
        for session in self._sessions.values():
            session.close()

    def _patiently(self, operation: str, ask: Callable[[], Any]) -> Any:
        """Asked again when the quota was used up, once it has granted one more request."""
        for grant in range(GRANTS + 1):
            self._is_over_quota = False
            try:
                return self._signed(ask)
            except Wait:
                if not self._is_over_quota or grant == GRANTS:
                    raise
            pause = 1 / self._rate(operation).per_second
            log.info(
                "%s: the quota of %s is used up; the next request in %.0f s", self.name, operation, pause
            )
            self.clock.sleep(pause)
        raise AssertionError

    def _signed(self, ask: Callable[[], Any]) -> Any:
        """Asked again once, with a new token, when the refusal says that the old one has expired."""
        self._expired = False
        try:
            return ask()
        except FixCredentials:
            if not self._expired:
                raise
            self.auth.refresh()
            return ask()

    def _session(self, operation: str) -> Session:
        return Session(
            f"amazon {self.account.name}",
            self.account.base_url,
            self.auth,
            rate=self._rate(operation),
            plain_http=bool(self.account.options.get("allow_http")),
            explain=self._explain,
        )

    def _rate(self, operation: str) -> Rate:
        times = float(self.account.options.get("quota_times", 1))
        per_second, burst = PLANS[operation]
        key = (self.account.base_url, self.account.name, operation, times)
        return _RATES.setdefault(key, Rate(per_second * times, max(1.0, burst * times)))

    def _explain(self, reply: Reply) -> str:
        error = reply.json()["errors"][0]
        self._expired = "expired" in str(error.get("details", "")).lower()
        self._is_over_quota = error["code"] == "QuotaExceeded"
        return str(error["code"])


def connect(account: Account) -> Amazon:
    """Login with Amazon by refresh token. FixCredentials names what the connection lacks."""
    given = account.credentials
    form = {
        "client_id": given.get("client_id") or given.get("login"),
        "client_secret": given.get("client_secret") or given.get("password"),
        "refresh_token": given.get("refresh_token"),
    }
    missing = [name for name, value in form.items() if not value]
    marketplaces = account.options.get("marketplace_ids") or []
    if isinstance(marketplaces, str):
        marketplaces = [one.strip() for one in marketplaces.split(",") if one.strip()]
    if missing or not marketplaces:
        missing += [] if marketplaces else ["marketplace_ids"]
        raise FixCredentials(f"amazon {account.name}: the connection lacks {', '.join(missing)}")
    auth = OAuth(
        account.options.get("token_url", GRANT_URL),
        {"grant_type": "refresh_token", **{name: str(value) for name, value in form.items()}},
        header=lambda token: {"x-amz-access-token": token},
        tokens=account.tokens,
        plain_http=bool(account.options.get("allow_http")),
    )
    return Amazon(account, list(marketplaces), auth)
