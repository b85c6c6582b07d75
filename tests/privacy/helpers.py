"""People on their way to the vault."""

from include.privacy import customer_key
from include.settings import Settings
from include.warehouse.connect import connect
from include.warehouse.vault import load_vault


def key_of(settings: Settings, email: str | None, vendor_id: str = "1") -> str:
    key = customer_key(settings.secret("customer_key"), email, vendor_id, "shopify")
    assert key
    return key


def person(settings: Settings, email: str | None, vendor_id: str = "1", **changes) -> dict:
    """A vault row as the edge projection writes it."""
    key, by_id = key_of(settings, email, vendor_id), key_of(settings, None, vendor_id)
    return {
        "customer_key": key,
        "alias_key": by_id if by_id != key else None,
        "source": "shopify",
        "account": "shop",
        "vendor_id": vendor_id,
        "email": email,
        "phone": "+16505551212",
        "first_name": "Ann",
        "last_name": "Canary",
        "country": "US",
        "updated_at": "2026-11-20T10:00:00+00:00",
        "consents": [consent()],
    } | changes


def consent(purpose: str = "ads", granted: bool = True, at: str = "2026-11-01T00:00:00+00:00") -> dict:
    return {"purpose": purpose, "granted": granted, "effective_at": at, "evidence": {"field": "tags"}}


def list_somewhere(settings: Settings, customer_key: str) -> None:
    """As if a platform had confirmed that the person is on one of its lists."""
    with connect(settings, "activation") as conn:
        conn.execute(
            "INSERT INTO ops.audience_member (audience, destination, customer_key, desired, confirmed)"
            " VALUES ('lapsed_valuable', 'meta', %s, true, true)",
            [customer_key],
        )


def put(settings: Settings, *people: dict) -> int:
    """Load people as the loader does."""
    with connect(settings, "loader") as conn:
        return load_vault(conn, settings, people)
