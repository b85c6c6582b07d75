"""Records at the edge, and what a small projection makes of them."""

import json
from decimal import Decimal

from include.clients.json import loads
from include.privacy.projection import Projection
from include.sources.base import Account, Stream

SECRET = b"0123456789abcdef0123456789abcdef"
SHOP = Account("shopify", "tiny.myshopify.com", "https://tiny", {})


def stream(fields: str = "id at@ amount# on? tags* lines* { id }", **more) -> Stream:
    return Stream("things", "log", fields, lambda client, window: iter(()), **{"updated_at": "at", **more})


def projection(*args: str, **more) -> Projection:
    return Projection(stream(*args, **more), SHOP, SECRET)


def payload(projected: Projection, raw: bytes | dict) -> dict:
    record = raw if isinstance(raw, dict) else loads(raw)
    return json.loads(projected.record(record).payload, parse_float=Decimal)


GOOD = {"id": "7", "at": "2026-03-01T00:00:00Z"}
