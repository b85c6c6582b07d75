"""The only reader of Airflow Connections: turns them into accounts (sources) and destinations (actions).

A connection `nightshift_shopify` is the account of source `shopify`, `nightshift_shopify_2` its second account,
`nightshift_slack` the destination `slack`. Host is the base URL, login and password are the credentials, extras are options:
`account` (the account's name at the vendor), `mode` (observe, propose or act; destinations only). What Shopify signs its
webhooks with is the app's client secret: the password beside a login, or `webhook_secret` among the extra's `credentials`.
A refresh token that the vendor replaces is kept in the warehouse from then on, for a task cannot write into a connection.
"""

from itertools import count
from typing import Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.activation.destinations.base import Destination
from include.privacy.webhooks import SHOPIFY, Secret
from include.settings import load as load_settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.warehouse.tokens import KeptTokens

DESTINATIONS = ("slack", "smtp", "odoo", "meta", "google_data_manager", "klaviyo")


def accounts(source: str) -> list[Account]:
    """The connected accounts of `source`: nightshift_<source>, nightshift_<source>_2 and so on to the first gap.

    An account is known by its name for ever, so no two may share one: an account named a second time is the same one
    and read once; a login that several share (an application's id) names only the first. Of a source that can have one
    account only, any further one is refused when it is opened: it fails by name, and nobody else with it.
    """
    found: dict[str, Account] = {}
    for number in count(1):
        own = source if number == 1 else f"{source}_{number}"
        connection = _connection(own)
        if connection is None:
            return list(found.values())
        options = dict(connection.extra_dejson)
        login = connection.login if connection.login not in found else None
        name = options.pop("account", None) or login or own
        alone = REGISTRY[source].alone if found else None
        refused = f"nightshift_{own}: {alone}" if alone else None
        found.setdefault(name, _account(source, name, own, connection, options, refused))
    raise AssertionError


def _account(
    source: str, name: str, own: str, connection: Any, options: dict[str, Any], refused: str | None
) -> Account:
    credentials = _credentials(connection, options)
    return Account(
        source=source,
        name=name,
        base_url=_base_url(connection),
        credentials=credentials,
        options=options,
        tokens=_tokens(own, credentials),
        refused=refused,
    )


def awaited_streams() -> dict[str, int]:
    """Connected source → how many streams, over all its accounts, close a day."""
    known = {source: len(accounts(source)) for source in REGISTRY}
    return {source: many * len(REGISTRY[source].streams) for source, many in known.items() if many}


def is_followed(source: str) -> bool:
    """Whether a connected source is pulled after this one."""
    return any(accounts(other.name) for other in REGISTRY.values() if other.after == source)


def webhook_secrets() -> list[Secret]:
    """What each connected shop's webhooks are signed with, where its connection tells."""
    found = []
    for shop in accounts(SHOPIFY):
        own = shop.credentials.get("webhook_secret")
        value = own or (shop.credentials.get("password") if shop.credentials.get("login") else None)
        if value:
            found.append(Secret(shop.name, value))
    return found


def destinations() -> dict[str, Destination]:
    """Every connected destination by name. A real account only observes unless its connection says more."""
    found = {name: _connection(name) for name in DESTINATIONS}
    return {name: _destination(name, connection) for name, connection in found.items() if connection}


def _destination(name: str, connection: Any) -> Destination:
    options = dict(connection.extra_dejson)
    credentials = _credentials(connection, options)
    return Destination(
        name=name,
        mode=options.pop("mode", "observe"),
        base_url=_base_url(connection),
        credentials=credentials,
        options=options,
        tokens=_tokens(name, credentials),
    )


def _tokens(own: str, credentials: dict[str, str]) -> KeptTokens | None:
    """Where the refresh token of the connection nightshift_<own> is kept, if it signs in with one."""
    given = credentials.get("refresh_token")
    return KeptTokens(load_settings(), f"nightshift_{own}", given) if given else None


def _connection(name: str) -> Any:
    """A request to Airflow's API each time: asked for what is needed only."""
    try:
        return BaseHook.get_connection(f"nightshift_{name}")
    except AirflowNotFoundException:
        return None


def _base_url(connection: Any) -> str:
    """`https://host`, unless the connection's host names another scheme itself."""
    host = connection.host or ""
    if "://" in host:
        return host.rstrip("/")
    port = f":{connection.port}" if connection.port else ""
    return f"{connection.schema or 'https'}://{host}{port}".rstrip("/")


def _credentials(connection: Any, options: dict[str, Any]) -> dict[str, str]:
    secrets = options.pop("credentials", {})
    return {
        key: value
        for key, value in {"login": connection.login, "password": connection.password, **secrets}.items()
        if value
    }
