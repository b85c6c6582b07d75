"""Tokens that expire or die, and what can go wrong with getting another."""

from collections.abc import Iterator
from typing import Any

import orjson

from tests.hostile.faults.bombs import bomb, gzipped
from tests.hostile.faults.fault import FOR_EVER, PAGE, Fault, body, real, status
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.ways import Way
from tests.hostile.wire import Wire


def expired(visit: Visit) -> Wire:
    """As Amazon says it with 403, everybody else with 401."""
    if "/amazon/" in visit.path:
        told = {
            "errors": [{"code": "Unauthorized", "message": "no", "details": "The access token has expired."}]
        }
        return Wire(403, body=orjson.dumps(told))
    return Wire(401, body=b'{"errors": "[API] Invalid API key or access token"}')


def granting(**changes: Any) -> Spoil:
    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        given = {**wire.json(), **changes}
        return wire.but(body=orjson.dumps({k: v for k, v in given.items() if v is not ...}))

    return spoil


def tokens(way: Way) -> Iterator[Fault]:
    ends = "complete" if way.signs_in else "error"
    # a document lies at an address that expires like a token: it is asked for anew, once
    yield Fault("the token expires", expired, "complete" if way.is_file else ends)
    yield Fault("the token expires mid-run", expired, ends, after=1)
    yield Fault("the token is dead", expired, "error", times=FOR_EVER)
    if way.grant is None:
        return
    for fault in (
        Fault("grant: 500 twice", status(500), "complete", times=2),
        Fault("grant: 429", status(429, Retry_After="1"), "complete"),
        Fault("grant: reset", real(status=0, reset=True), "complete"),
        Fault("grant: a web page", body(PAGE, Content_Type="text/html"), "complete"),
        Fault("grant: refused", status(400, b'{"error": "invalid_grant"}'), "error", times=FOR_EVER),
        Fault("grant: no token", granting(access_token=...), "error", times=FOR_EVER),
        Fault("grant: a token that is a list", granting(access_token=["x"]), "error", times=FOR_EVER),
        Fault(
            "grant: a token of two lines", granting(access_token="a\r\nX-Evil: 1"), "error", times=FOR_EVER
        ),
        Fault("grant: a life of garbage", granting(expires_in="soon"), "complete", times=FOR_EVER),
        Fault("grant: a life of nothing", granting(expires_in=0), "complete", times=FOR_EVER),
        Fault("grant: a life of minus one", granting(expires_in=-1), "complete", times=FOR_EVER),
        Fault("grant: a life without end", granting(expires_in=1e308), "complete", times=FOR_EVER),
        Fault("grant: slow drip", real(drip=0.05), "complete"),
        Fault("grant: sent elsewhere", status(302, Location="http://127.0.0.1:9/"), "error", times=FOR_EVER),
        Fault("grant: a bomb", bomb(gzipped), "error", times=FOR_EVER),
    ):
        yield Fault(fault.name, fault.spoil, fault.ends, fault.times, at="grant")
