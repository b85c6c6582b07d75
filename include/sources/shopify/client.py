"""A shop to talk to: signing in, searching, and following pages whose size fits the budget."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from include.clients.auth import Auth, OAuth, Static
from include.clients.graphql import GraphQL, TooCostly
from include.clients.pages import by_cursor
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Stop
from include.sources.base import Account, Record
from include.sources.shopify.queries import VERSION
from include.window import Window

log = logging.getLogger(__name__)

QUERY_POINTS = 900
"""What a page may cost; Shopify refuses any query above 1,000."""

LARGEST_PAGE = 250
PATH = f"/admin/api/{VERSION}/graphql.json"
GRANT_PATH = "/admin/oauth/access_token"


def connect(account: Account) -> "Shop":
    """Sign in with what the account has: an access token (`password`), or a client id and secret (login, password)
    for the client credentials grant, or those and a `refresh_token`."""
    session = Session(
        f"shopify {account.name}",
        account.base_url,
        _auth(account),
        plain_http=bool(account.options.get("allow_http")),
        explain=_explain,
    )
    return Shop(session, account.name)


class Shop:
    """One shop's Admin API. `session` gives files too; see `include.sources.shopify.bulk`."""

    def __init__(self, session: Session, name: str):
        self.session, self.name = session, name
        self.graphql = GraphQL(session, PATH)
        self._sizes: dict[str, int] = {}

    def one(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The data of one query."""
        return self.graphql.run(document, variables).data

    def nodes(self, query: str, root: str, size: int, **variables: Any) -> Iterator[list[Record]]:
        """Pages of the connection `root`. The first holds `size`; the next ones as many as the budget allows."""

        def fetch(after: str | None) -> tuple[list[Record], str | None]:
            connection = self._page(query, root, size, {**variables, "after": after})
            info = connection["pageInfo"]
            return connection["nodes"], info["endCursor"] if info["hasNextPage"] else None

        yield from by_cursor(fetch)

    def rest(
        self, query: str, root: str, gid: str, pick: Callable[[Record], Record], after: str | None
    ) -> list[Record]:
        """All that comes after `after` in a connection inside one object; `pick` finds it in the object's node."""

        def fetch(cursor: str | None) -> tuple[list[Record], str | None]:
            found = self.one(query, search=by_ids([gid]), after=cursor or after)[root]["nodes"]
            if not found:
                raise Stop(f"{self.session.name}: {root} no longer shows an object it listed a moment ago")
            connection = pick(found[0])
            info = connection["pageInfo"]
            return connection["nodes"], info["endCursor"] if info["hasNextPage"] else None

        return [record for page in by_cursor(fetch) for record in page]

    def _page(self, query: str, root: str, size: int, variables: dict[str, Any]) -> dict[str, Any]:
        """One page, smaller when Shopify finds it too costly; remembers the size that fits for the next."""
        first = self._sizes.get(query, size)
        while True:
            try:
                answer = self.graphql.run(query, {**variables, "first": first})
            except TooCostly:
                if first == 1:
                    raise
                first = max(1, first // 2)
                continue
            if answer.cost:
                first = min(LARGEST_PAGE, max(1, int(first * QUERY_POINTS / answer.cost)))
            self._sizes[query] = first
            return answer.data[root]


def updated_in(window: Window) -> str:
    """The search for what changed in a window, start included, end excluded, to the second."""
    return f"updated_at:>='{_second(window.start)}' AND updated_at:<'{_second(window.end)}'"


def by_ids(gids: list[str]) -> str:
    """The search for objects by id: `id:12 OR id:15` for gid://shopify/Order/12 and …/15."""
    return " OR ".join(f"id:{gid.rpartition('/')[2]}" for gid in gids)


def quoted(text: str) -> str:
    """A GraphQL string literal."""
    return json.dumps(text)


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _auth(account: Account) -> Auth:
    given = account.credentials
    token, secret = given.get("access_token"), given.get("client_secret") or given.get("password")
    client = given.get("client_id") or given.get("login")
    if not token and (given.get("password") or "").startswith(("shpat_", "shpca_", "shpua_")):
        token = given["password"]
    if token:
        return Static(_signed(token))
    if not (client and secret):
        raise FixCredentials(f"shopify {account.name}: enter an access token, or a client id and secret")
    form = {"client_id": client, "client_secret": secret}
    if given.get("refresh_token"):
        form |= {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    else:
        form["grant_type"] = "client_credentials"
    return OAuth(
        account.base_url.rstrip("/") + GRANT_PATH,
        form,
        header=_signed,
        tokens=account.tokens,
        plain_http=bool(account.options.get("allow_http")),
    )


def _signed(token: str) -> dict[str, str]:
    return {"X-Shopify-Access-Token": token}


def _explain(reply: Reply) -> str:
    served = reply.headers.get("X-Shopify-API-Version")
    return f"it serves API version {served}" if served and served != VERSION else ""
