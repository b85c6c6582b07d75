"""Next-page tokens: opaque, tied to the query that made them, and short-lived (real seconds)."""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any

import orjson

from include.sandbox.faces.amazon.errors import invalid


def seal(place: Any, query: Mapping[str, Any], seconds: float) -> str:
    """A token that leads to `place` of the query's answer for so many seconds."""
    sealed = {"p": place, "q": _mark(query), "until": time.time() + seconds}
    return base64.urlsafe_b64encode(orjson.dumps(sealed)).decode()


def unseal(token: str, query: Mapping[str, Any], name: str) -> Any:
    """The place a token leads to. Refused when it is broken, too old or came from another query."""
    try:
        sealed = orjson.loads(base64.urlsafe_b64decode(token))
        place, mark, until = sealed["p"], sealed["q"], sealed["until"]
    except (ValueError, KeyError, TypeError):
        raise invalid(f"{name} is not valid.") from None
    if until < time.time():
        raise invalid(f"{name} has expired.")
    if mark != _mark(query):
        raise invalid(f"{name} belongs to a request with other parameters.")
    return place


def _mark(query: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(dict(query), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
