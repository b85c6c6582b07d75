"""What goes wrong with HTTP: every fault spoils the answers of some requests, and says how it must end.

`complete`: it passes, and the same run brings everything. `error`: it lasts, and the run ends with an error that names the
source, with nothing loaded. `either`: whether the vendor's data survive depends on the vendor; half of them never do.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import zstandard

from tests.hostile.proxy import Spoil, Visit, Wire
from tests.hostile.ways import WAYS, Way

FOR_EVER = 10**9
OFFSETS = 20


@dataclass(frozen=True)
class Fault:
    """`after` so many good answers, so many `times`; `at` is which requests: 'data' or 'grant'."""

    name: str
    spoil: Spoil
    ends: str
    times: int = 1
    after: int = 0
    at: str = "data"

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


# ---------------------------------------------------------------------------- refusals


def status(code: int, body: bytes = b'{"errors": "no"}', **headers: str) -> Spoil:
    return lambda visit: Wire(code, body=body).labelled(**headers)


def _in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


WAITS = {
    "seconds": "1", "fraction": "0.5", "zero": "0", "negative": "-7", "garbage": "soon", "not a number": "nan",
    "a date": _in(2), "a past date": _in(-86400), "a date without sense": "Wed, 99 Foo 99999 25:61:00 GMT",
}  # fmt: skip
TOO_LONG = {"a day in ms": "86400000", "infinite": "inf", "1e400": "1e400", "next year": _in(3e7)}


def refusals() -> Iterator[Fault]:
    for name, told in WAITS.items():
        yield Fault(f"429 storm, Retry-After {name}", status(429, Retry_After=told), "complete", times=3)
    yield Fault("429 storm without Retry-After", status(429), "complete", times=3, after=1)
    for name, told in TOO_LONG.items():
        yield Fault(f"429, Retry-After {name}", status(429, Retry_After=told), "error", times=FOR_EVER)
    yield Fault("429 for ever", status(429), "error", times=FOR_EVER)
    for code in (500, 502, 503, 504, 520, 529):
        yield Fault(f"{code} twice", status(code), "complete", times=2)
    yield Fault("503 for ever", status(503), "error", times=FOR_EVER)
    yield Fault("503 mid-run for ever", status(503), "error", times=FOR_EVER, after=1)
    yield Fault(
        "500 with a web page", status(500, b"<html>oops</html>", Content_Type="text/html"), "complete"
    )
    yield Fault("408 once", status(408), "complete")
    yield Fault("403 for ever", status(403), "error", times=FOR_EVER)
    yield Fault("418 for ever", status(418), "error", times=FOR_EVER)


# ---------------------------------------------------------------------------- connections and bodies


def part(cut: float, **more: Any) -> Spoil:
    """The real answer's beginning, then the end of the connection."""

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(cut=int(len(wire.body) * cut), **more)

    return spoil


def short(cut: float) -> Spoil:
    """The beginning again, but announced as the whole."""

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(body=wire.body[: int(len(wire.body) * cut)])

    return spoil


def real(**changes: Any) -> Spoil:
    return lambda visit: visit.real().but(**changes)


def connections() -> Iterator[Fault]:
    yield Fault("reset before the answer", real(status=0, reset=True), "complete")
    yield Fault("closed before the answer", real(status=0), "complete", after=1)
    yield Fault("reset mid-body", part(0.5, reset=True), "complete", times=2)
    yield Fault("reset for ever", real(status=0, reset=True), "error", times=FOR_EVER)
    yield Fault("silence before the body", real(stall=0.8), "complete")
    yield Fault("slow drip", real(drip=0.05), "complete")
    yield Fault("slow drip of the head", real(drip=0.03, dripping_head=True), "complete")
    for n in range(OFFSETS):
        # never the whole: the last offset leaves out a few bytes
        spoil = part((n + 0.5) / OFFSETS) if n % 2 else short((n + 0.5) / OFFSETS)
        yield Fault(f"cut at {n} of {OFFSETS}{'' if n % 2 else ', announced as whole'}", spoil, "complete")
    yield Fault(
        "length announced too long", lambda v: (w := v.real()).but(length=len(w.body) + 10), "complete"
    )
    yield Fault("no length and cut", part(0.6, length=-1), "complete")
    yield Fault("half an answer for ever", part(0.5), "error", times=FOR_EVER)


# ---------------------------------------------------------------------------- labels


def body(text: bytes, **headers: str) -> Spoil:
    return lambda visit: visit.real().but(status=200, body=text).labelled(**headers)


def repacked(pack: Any, **headers: str) -> Spoil:
    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(body=pack(wire.body)).labelled(**headers)

    return spoil


PAGE = b"<!doctype html><html><body>We will be right back</body></html>"


def labels() -> Iterator[Fault]:
    yield Fault("gzip", repacked(gzip.compress, Content_Encoding="gzip"), "complete", times=FOR_EVER)
    yield Fault(
        "gzip twice",
        repacked(lambda b: gzip.compress(gzip.compress(b)), Content_Encoding="gzip, gzip"),
        "complete",
    )
    yield Fault("called gzip and plain", repacked(bytes, Content_Encoding="gzip"), "complete")
    yield Fault("called deflate and gzip", repacked(gzip.compress, Content_Encoding="deflate"), "complete")
    yield Fault("called zstd and plain", repacked(bytes, Content_Encoding="zstd"), "complete")
    yield Fault("cut gzip", repacked(lambda b: gzip.compress(b)[:-9], Content_Encoding="gzip"), "complete")
    yield Fault(
        "an encoding nobody knows", repacked(bytes, Content_Encoding="pied-piper"), "complete", times=FOR_EVER
    )
    yield Fault(
        "called text", repacked(bytes, Content_Type="text/plain; charset=latin-1"), "complete", times=FOR_EVER
    )
    yield Fault("a web page", body(PAGE, Content_Type="text/html"), "complete")
    yield Fault("a web page called JSON", body(b"\n  " + PAGE), "complete", times=2)
    yield Fault("a web page for ever", body(PAGE, Content_Type="text/html"), "error", times=FOR_EVER)
    yield Fault("a web page called JSON for ever", body(b"\n  " + PAGE), "error", times=FOR_EVER)
    yield Fault("nothing", body(b""), "complete")
    yield Fault("nothing for ever", body(b""), "error", times=FOR_EVER)
    yield Fault("204", lambda visit: Wire(204), "complete")
    yield Fault("UTF-16", repacked(lambda b: b.decode().encode("utf-16")), "complete")


# ---------------------------------------------------------------------------- shapes


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


# ---------------------------------------------------------------------------- signing in


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
    yield Fault("the token expires", expired, ends)
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


# ---------------------------------------------------------------------------- elsewhere

ELSEWHERE = (
    "http://127.0.0.1:{port}/steal", "https://127.0.0.1:{port}/steal", "//127.0.0.1:{port}/steal",
    "http://127.0.0.1:{ours}@127.0.0.1:{port}/steal", "http://user:pass@127.0.0.1:{ours}/steal",
    "http://169.254.169.254/latest/meta-data", "http://[::1]:{port}/steal", "http://localhost:{port}/steal",
    "http://2130706433:{port}/steal", "http:\\\\127.0.0.1:{port}\\steal", "ftp://127.0.0.1:{port}/steal",
    "file:///etc/passwd", "http://[broken", "http://127.0.0.1:99999/", "javascript:alert(1)",
)  # fmt: skip
"""`{port}` is that of a server that must hear nothing, `{ours}` the proxy's own."""


def elsewhere(port: int, way: Way) -> Iterator[Fault]:
    for place in ELSEWHERE:
        for code in (302, 307) if place is ELSEWHERE[0] else (302,):
            yield Fault(f"{code} to {place}", _sent(code, place, port), "error", times=FOR_EVER)
        if way.source == "klaviyo":
            yield Fault(f"next page at {place}", _linked(place, port, "next"), "error", times=FOR_EVER)
        if way.is_file:
            where = "graphql" if way.source == "shopify" else "GET /amazon/reports/2021-06-30/documents"
            yield Fault(f"file at {place}", _linked(place, port, "url"), "error", times=FOR_EVER, at=where)
    yield Fault("302 round and round", lambda v: Wire(302).labelled(Location=v.path), "error", times=FOR_EVER)
    yield Fault("302 without a place", lambda v: Wire(302), "error", times=FOR_EVER)
    if way.source != "ecb":
        yield Fault("307 back to itself once", lambda v: Wire(307).labelled(Location=v.path), "complete")


def _place(place: str, port: int, visit: Visit) -> str:
    return place.format(port=port, ours=visit.proxy.rpartition(":")[2])


def _sent(code: int, place: str, port: int) -> Spoil:
    return lambda visit: Wire(code).labelled(Location=_place(place, port, visit))


def _linked(place: str, port: int, name: str) -> Spoil:
    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(body=orjson.dumps(_renamed(wire.json(), name, _place(place, port, visit))))

    return spoil


def _renamed(node: Any, name: str, value: str) -> Any:
    """Every text of that name replaced, also an absent next page."""
    if isinstance(node, dict):
        return {k: value if k == name else _renamed(v, name, value) for k, v in node.items()}
    return [_renamed(item, name, value) for item in node] if isinstance(node, list) else node


# ---------------------------------------------------------------------------- pages


def again() -> Spoil:
    """The first page in place of every later one."""
    first: list[Wire] = []

    def spoil(visit: Visit) -> Wire:
        if not first:
            first.append(visit.real())
        return first[0]

    return spoil


def shifted() -> Spoil:
    """Each page begins with the last record of the one before, as when somebody inserts meanwhile."""
    last: dict[str, list[Any]] = {}

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        answer = wire.json()
        records, question = _records(answer), re.sub("&page%5Bcursor%5D=[^&]*", "", visit.path)
        if records is not None:
            newest = records[-1:]
            records[:0] = last.get(question, [])
            last[question] = newest
        return wire.but(body=orjson.dumps(answer))

    return spoil


def _records(node: Any) -> list[Any] | None:
    """The first list of objects with an id that is found, outermost first."""
    if isinstance(node, list):
        return node if node and isinstance(node[0], dict) and {"id", "orderId"} & set(node[0]) else None
    inner = node.values() if isinstance(node, dict) else ()
    return next((found for one in inner if (found := _records(one)) is not None), None)


def pages(way: Way) -> Iterator[Fault]:
    if way.endless is None:
        return
    endless = way.endless
    yield Fault("the same page again and again", again(), "either", times=FOR_EVER)
    yield Fault("pages without an end", _without_end(endless, repeat=False), "error", times=FOR_EVER)
    yield Fault(
        "the same page under ever new names", _without_end(endless, repeat=True), "error", times=FOR_EVER
    )
    yield Fault(
        "the next page is refused",
        status(400, b'{"errors": [{"code": "Invalid"}]}'),
        "error",
        times=FOR_EVER,
        after=1,
    )
    if way.source != "odoo":
        yield Fault("shifting pages", shifted(), "complete", times=FOR_EVER)
    if way.source == "klaviyo":
        dead = b'{"errors": [{"code": "invalid", "source": {"parameter": "page[cursor]"}}]}'
        yield Fault("the cursor expires", status(400, dead), "complete", after=1)
        yield Fault("every cursor expires", status(400, dead), "error", after=1, times=FOR_EVER)


def _without_end(endless: Any, repeat: bool) -> Spoil:
    first: list[Any] = []

    def spoil(visit: Visit) -> Wire:
        wire = visit.real() if not (repeat and first) else first[0]
        if not first and wire.status == 200:
            first.append(wire)
        base = wire if wire.status == 200 else first[0]
        return base.but(body=orjson.dumps(endless(base.json(), visit.number)))

    return spoil


# ---------------------------------------------------------------------------- bombs

MEGABYTE = bytes(1 << 20)


def gzipped() -> Iterator[bytes]:
    """10 GB of zeros, as gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(10_000):
        yield block


def zstandard_frames() -> Iterator[bytes]:
    """1 GB a frame of a hundred bytes or so, for ever."""
    frame = zstandard.ZstdCompressor(level=19).compress(bytes(1 << 27))
    while True:
        yield frame


def spaces() -> Iterator[bytes]:
    """A body that never ends."""
    while True:
        yield b" " * (1 << 16)


def bomb(parts: Any, encoding: str = "gzip") -> Spoil:
    return lambda visit: Wire(endless=parts).labelled(Content_Encoding=encoding)


SIZES = {
    "a list in a list": lambda: b"[" * 100_000 + b"]" * 100_000,
    "an object in an object": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "too many lists": lambda: b"[" + b"[]," * 20_000_000 + b"[]]",
    "too many objects": lambda: b"[" + b"{}," * 20_000_000 + b"{}]",
    "too many names": lambda: b"{" + b",".join(b'"%d":1' % n for n in range(5_500_000)) + b"}",
    "a number of a million digits": lambda: b'{"data": ' + b"9" * 1_000_000 + b"}",
    "a fraction of a million digits": lambda: b'{"data": 0.' + b"9" * 1_000_000 + b"}",
    "one text": lambda: b'"' + b"x" * 60_000_000 + b'"',
}


def bombs() -> Iterator[Fault]:
    yield Fault("10 GB as gzip", bomb(gzipped), "error", times=FOR_EVER)
    yield Fault("endless zstd", bomb(zstandard_frames, "zstd"), "error", times=FOR_EVER)
    yield Fault("a body without end", bomb(spaces, "identity"), "error", times=FOR_EVER)
    for name, made in SIZES.items():
        yield Fault(name, lambda visit, made=made: Wire(body=made()), "error", times=FOR_EVER)


def faults(way: Way, port: int) -> list[Fault]:
    """Everything that is tried on one way; `port` is that of the server that must hear nothing."""
    found = [
        *refusals(),
        *connections(),
        *labels(),
        *tokens(way),
        *elsewhere(port, way),
        *pages(way),
        *bombs(),
    ]
    if way.is_json:
        found += shapes()
    if way.name == "shopify":
        found += graphqls()
    return [_of_a_file(fault) for fault in found if not fault.after] if way.is_file else found


def _of_a_file(fault: Fault) -> Fault:
    """A file is looked at when it is there: a spoilt one ends the run, and Airflow's next try asks for another."""
    return replace(fault, ends="either") if fault.ends == "complete" else fault


TABLE = [(way, fault) for way in WAYS for fault in faults(way, 0)]
