"""Klaviyo payloads as the projection leaves them, as short as the models allow."""

from typing import Any

ANN = "a" * 32


def item(variant: int | None = 1, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"variant_id": variant, "product_id": 9, "sku": "SOUP", "quantity": 1, "value": value, **more}


def event(
    key: str,
    at: str,
    metric: str = "Viewed Product",
    *items: dict[str, Any],
    who: str | None = ANN,
    **more: Any,
) -> dict[str, Any]:
    told = {
        "datetime": at,
        "value": 10.5,
        "currency": "USD",
        "checkout_id": None,
        "items": list(items) or [item()],
    }
    return {
        "id": key, "attributes": {**told, **more}, "metric": {"id": "m", "name": metric}, "customer_key": who,
    }  # fmt: skip
