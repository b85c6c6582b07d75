"""Shopify's mandatory webhooks as they were delivered: checked by their signature, read by their signed body.

    X-Shopify-Topic: customers/redact
    X-Shopify-Webhook-Id: b54557e4-…
    X-Shopify-Hmac-Sha256: XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM=

    {"shop_id": 954889, "shop_domain": "acme.myshopify.com", "customer": {"id": 191167, "email": …}, "orders_to_redact": […]}

Only the body is signed, so it alone says what is asked: a topic that does not agree with it is refused.
"""

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPException, parse_headers
from typing import Any

from include.errors import Stop
from include.privacy.subjects import SHOPIFY_ORDER, Subject

SHOPIFY = "shopify"
ASKED = {
    "customers/data_request": ("access", "orders_requested"),
    "customers/redact": ("erasure", "orders_to_redact"),
    "shop/redact": ("store_erasure", None),
}
"""Topic → what is asked for, and the list that only a body of this topic has."""


@dataclass(frozen=True)
class Secret:
    """What an app signs a shop's webhooks with."""

    shop: str
    value: str


@dataclass(frozen=True)
class Delivery:
    """A verified webhook: what is asked, of whom, since when; `webhook_id` is the same when it is sent again."""

    kind: str
    subject: Subject
    webhook_id: str
    received_at: datetime | None


def read(message: bytes, secrets: Sequence[Secret]) -> Delivery:
    """From the headers, an empty line and the body. Raises Stop with the reason, never with the content."""
    headers, body = _parts(message)
    if not secrets:
        raise Stop("no connection to Shopify tells the app's secret to check the signature by")
    if not _is_signed(body, headers.get("X-Shopify-Hmac-Sha256", ""), secrets):
        raise Stop("the signature is not the app's: X-Shopify-Hmac-Sha256 does not fit the body")
    told = _json(body)
    topic = headers.get("X-Shopify-Topic", "")
    if topic not in ASKED or not _agrees(topic, told):
        raise Stop("the topic is none of the three mandatory ones, or the body is not one of that topic")
    webhook_id = headers.get("X-Shopify-Webhook-Id", "").strip()
    if not webhook_id:
        raise Stop("X-Shopify-Webhook-Id is missing")
    kind, orders = ASKED[topic]
    return Delivery(kind, _subject(told, orders), webhook_id[:200], _when(headers))


def _parts(message: bytes) -> tuple[Message, bytes]:
    """A first line `POST /… HTTP/1.1` may be there."""
    if message.startswith((b"POST ", b"HTTP/")):
        message = message.partition(b"\n")[2]
    stream = io.BytesIO(message)
    try:
        return parse_headers(stream), stream.read()
    except (HTTPException, ValueError):
        raise Stop("these are no HTTP headers, an empty line and a body") from None


def _is_signed(body: bytes, told: str, secrets: Sequence[Secret]) -> bool:
    signatures = (base64.b64encode(hmac.digest(one.value.encode(), body, hashlib.sha256)) for one in secrets)
    return any(hmac.compare_digest(signature, told.strip().encode()) for signature in signatures)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Stop("the body is no JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("shop_domain"), str):
        raise Stop("the body names no shop")
    return told


def _agrees(topic: str, told: Mapping[str, Any]) -> bool:
    lists = {name for _, name in ASKED.values() if name and name in told}
    wanted = ASKED[topic][1]
    return lists == ({wanted} if wanted else set()) and ("customer" in told) == bool(wanted)


def _subject(told: Mapping[str, Any], orders: str | None) -> Subject:
    if orders is None:
        return Subject.checked({"source": SHOPIFY, "account": told["shop_domain"]})
    customer, listed = told["customer"], told[orders]
    if not isinstance(customer, dict) or not isinstance(listed, list):
        raise Stop("the body names no customer")
    more = {name: value for name in ("email", "phone") if isinstance(value := customer.get(name), str)}
    ids = [f"{SHOPIFY_ORDER}{number}" for number in listed if isinstance(number, int)]
    if isinstance(customer.get("id"), int):
        return Subject.of_vendor(SHOPIFY, str(customer["id"]), told["shop_domain"], orders=ids, **more)
    return Subject.checked({**more, "orders": ids})


def _when(headers: Message) -> datetime | None:
    try:
        moment = datetime.fromisoformat(headers.get("X-Shopify-Triggered-At", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
