"""Who bought after the marts were built: read again from the shops right before an audience leaves."""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from include.clients.json import loads
from include.errors import SkipRecord
from include.privacy.projection import Projection
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.warehouse.connect import connect
from include.window import Window

log = logging.getLogger(__name__)

STREAM = "orders"


def since_cut_off(settings: Settings, shops: Iterable[Account]) -> Callable[[], set[str]]:
    """A question for `audiences.run`: the customer keys of everybody who ordered since the marts' cut-off.

    Asking raises Wait when a shop does not answer.
    """
    accounts = [shop for shop in shops if _names_its_buyers(shop)]

    def ask() -> set[str]:
        since = _cut_off(settings)
        keys = {key for shop in accounts for key in _bought(settings, shop, since)}
        return _one_identity(settings, keys)

    return ask


def _names_its_buyers(shop: Account) -> bool:
    """A marketplace keeps its buyers to itself."""
    return any(stream.name == STREAM and stream.person for stream in REGISTRY[shop.source].streams)


def _cut_off(settings: Settings) -> datetime:
    with connect(settings, "activation") as conn:
        row = conn.execute("SELECT max(as_of_end) FROM ops.build WHERE status = 'published'").fetchone()
    return row[0] if row and row[0] else datetime.now(UTC) - timedelta(days=1)


def _bought(settings: Settings, shop: Account, since: datetime) -> set[str]:
    """Keys of the orders placed since; keyless orders (guests without an address) name nobody."""
    source = REGISTRY[shop.source]
    stream = source.stream(STREAM)
    projection = Projection(stream, shop, settings.secret("customer_key"))
    window = Window(since, max(datetime.now(UTC), since + timedelta(seconds=1)))
    keys = set()
    with source.opened(shop) as client:
        records = [record for page in stream.pull(client, window) for record in page.records]
    for record in records:
        if datetime.fromisoformat(record["createdAt"]) < since or record.get("test"):
            continue
        try:
            keys.add(loads(projection.record(record).payload)["customer_key"])
        except SkipRecord as error:
            log.warning("an order since the cut-off cannot be read: %s", error)
    return {key for key in keys if key}


def _one_identity(settings: Settings, keys: set[str]) -> set[str]:
    """Also the keys these people are known by elsewhere."""
    with connect(settings, "activation") as conn:
        rows = conn.execute(
            "SELECT alias_key, customer_key FROM ops.customer_alias WHERE alias_key = ANY (%(keys)s)"
            " OR customer_key = ANY (%(keys)s)",
            {"keys": list(keys)},
        ).fetchall()
    return keys | {key for row in rows for key in row}
