"""Good JSON of a shape nobody foresaw, and errors beside the data of GraphQL."""

from collections.abc import Iterator
from typing import Any

import orjson

from tests.hostile.faults.fault import FOR_EVER, Fault, body, repacked
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.wire import Wire


def shapes() -> Iterator[Fault]:
    for text in (b"null", b"[[]]", b"{}", b'"x"', b"5", b"true", b'{"error": "x"}', b'{"data": null}', b'[{"a": 1}]'):  # fmt: skip
        yield Fault(f"{text.decode()} instead", body(text), "error", times=FOR_EVER)
    yield Fault("{} mid-run", body(b"{}"), "error", times=FOR_EVER, after=1)
    yield Fault("every object null", repacked(_hollow), "error", times=FOR_EVER)


def _hollow(text: bytes) -> bytes:
    found = orjson.loads(text)
    kept = found[0] if isinstance(found, list) and found else found
    hollow = dict.fromkeys(kept) if isinstance(kept, dict) else None
    return orjson.dumps([hollow] if isinstance(found, list) else hollow)


def graphql(errors: Any, keep: bool = False, data: bool = True, code: int = 200) -> Spoil:
    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        answer = wire.json() if keep else ({"data": None} if data else {})
        return wire.but(status=code, body=orjson.dumps({**answer, "errors": errors}))

    return spoil


def _error(code: str, message: str = "no") -> list[dict[str, Any]]:
    return [{"message": message, "path": ["orders"], "extensions": {"code": code}}]


def graphqls() -> Iterator[Fault]:
    yield Fault("errors beside data", graphql(_error("UNDEFINED"), keep=True), "error", times=FOR_EVER)
    yield Fault("errors only", graphql(_error("UNDEFINED"), data=False), "error", times=FOR_EVER)
    yield Fault("errors of no code", graphql([{"message": "no"}]), "error", times=FOR_EVER)
    yield Fault("errors as text", graphql("Unavailable Shop"), "error", times=FOR_EVER)
    yield Fault(
        "errors of nonsense", graphql([None, 5, {"extensions": 7, "path": 3}]), "error", times=FOR_EVER
    )
    yield Fault(
        "access denied", graphql(_error("ACCESS_DENIED", "needs `read_orders`")), "error", times=FOR_EVER
    )
    yield Fault("throttled", graphql(_error("THROTTLED")), "complete", times=3)
    yield Fault("throttled with 429", graphql(_error("THROTTLED"), code=429), "complete", times=3)
    yield Fault("throttled for ever", graphql(_error("THROTTLED")), "error", times=FOR_EVER)
    yield Fault("their own mistake", graphql(_error("INTERNAL_SERVER_ERROR")), "complete", times=2)
    yield Fault("too costly for ever", graphql(_error("MAX_COST_EXCEEDED")), "error", times=FOR_EVER)
    for name, cost in (("text", "much"), ("nonsense", {"throttleStatus": 5}), ("negative", {"requestedQueryCost": -1, "throttleStatus": {"currentlyAvailable": -1e9, "restoreRate": 1e-9}})):  # fmt: skip
        yield Fault(
            f"a cost of {name}", repacked(lambda b, cost=cost: _costing(b, cost)), "either", times=FOR_EVER
        )


def _costing(text: bytes, cost: Any) -> bytes:
    return orjson.dumps({**orjson.loads(text), "extensions": {"cost": cost}})
