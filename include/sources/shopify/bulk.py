"""Bulk operations: Shopify runs a query over everything and leaves the result as a file of JSON lines.

With `groupObjects` each object is followed by its children. An order of two lines and a return is four lines:

    {"id": "gid://shopify/Order/7", "name": "#1007", …}
    {"id": "gid://shopify/LineItem/21", …, "__parentId": "gid://shopify/Order/7"}
    {"id": "gid://shopify/LineItem/22", …, "__parentId": "gid://shopify/Order/7"}
    {"id": "gid://shopify/Return/3", "__parentId": "gid://shopify/Order/7"}
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Any

from include.clients.json import NotJson, loads
from include.errors import FixCredentials, Stop, Wait
from include.sources.base import Record
from include.sources.shopify.client import Shop
from include.sources.shopify.queries import BULK_POLL, BULK_RUN

log = logging.getLogger(__name__)

RESULT_HOSTS = frozenset({"storage.googleapis.com"})
"""Where Shopify keeps results; the address is signed, so it is fetched without our credentials."""

LONGEST_LINE = 16_000_000
"""Bytes of one object, some hundred times the largest we have seen."""

PATIENCE = 3600.0
"""Seconds a bulk operation may take before the task gives up and is tried again."""


@dataclass(frozen=True)
class Result:
    """A finished operation: `roots` and `objects` are Shopify's own counts. `url` is None when it found nothing."""

    url: str | None
    roots: int
    objects: int


def run(shop: Shop, query: str) -> Result:
    """Run a query in bulk and wait for it. Wait when it fails or takes too long, Stop when it is refused."""
    operation, started, pause = _start(shop, query), shop.session.clock.monotonic(), 0.1
    while True:
        state = shop.one(BULK_POLL, id=operation)["bulkOperation"]
        if state is None:
            raise Wait(f"{shop.session.name}: the bulk operation has disappeared")
        if state["status"] == "COMPLETED":
            return Result(state["url"], int(state["rootObjectCount"]), int(state["objectCount"]))
        if state["status"] not in ("CREATED", "RUNNING"):
            raise _failure(shop, state)
        if shop.session.clock.monotonic() - started > PATIENCE:
            raise Wait(
                f"{shop.session.name}: a bulk operation is still {state['status']}", timedelta(minutes=15)
            )
        shop.session.clock.sleep(pause)
        pause = min(10.0, pause * 1.5)


def grouped(shop: Shop, result: Result, children: Mapping[str, str]) -> Iterator[Record]:
    """The result's objects with their children put back as `{"nodes": [...]}`.

    `children` says into which field each kind of child goes: `{"LineItem": "lineItems"}`. The file is read from disk
    line by line. Wait when it holds fewer objects than Shopify counted.
    """
    roots = objects = 0
    with TemporaryFile() as file:  # it has no name: whoever is killed here leaves nobody's data behind
        current: Record | None = None
        for line in _lines(shop, result, file):
            objects += 1
            parent = line.pop("__parentId", None)
            if parent is None:
                if current is not None:
                    yield current
                roots += 1
                current = line | {field: {"nodes": []} for field in children.values()}
                continue
            if current is None or parent != current["id"]:
                raise Stop(f"{shop.session.name}: a bulk result is not grouped by parent")
            current[_field(shop, line, children)]["nodes"].append(line)
        if current is not None:
            yield current
    if (roots, objects) != (result.roots, result.objects):
        raise Wait(f"{shop.session.name}: a bulk result holds {objects} of {result.objects} objects")


def _start(shop: Shop, query: str) -> str:
    """Begin; when the shop's five slots are taken, wait for one."""
    clock, started = shop.session.clock, shop.session.clock.monotonic()
    while True:
        answer = shop.one(BULK_RUN, query=query)["bulkOperationRunQuery"]
        codes = {error.get("code") for error in answer["userErrors"]}
        if not codes:
            return answer["bulkOperation"]["id"]
        if not codes <= {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}:
            raise Stop(
                f"{shop.session.name}: a bulk query was refused ({', '.join(sorted(map(str, codes)))})"
            )
        if clock.monotonic() - started > PATIENCE / 4:
            raise Wait(f"{shop.session.name}: other bulk operations take up the shop", timedelta(minutes=15))
        clock.sleep(5)


def _failure(shop: Shop, state: Mapping[str, Any]) -> Exception:
    if state["errorCode"] == "ACCESS_DENIED":
        return FixCredentials(
            f"{shop.session.name}: a bulk query was denied; grant the app the scopes it reads"
        )
    return Wait(f"{shop.session.name}: a bulk operation ended {state['status']} ({state['errorCode']})")


def _lines(shop: Shop, result: Result, file: IO[bytes]) -> Iterator[Record]:
    if not result.url:
        return
    shop.session.download(result.url, file, RESULT_HOSTS)
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise Stop(f"{shop.session.name}: a bulk result has a line of more than {LONGEST_LINE:,} bytes")
        try:
            yield loads(line)
        except NotJson:
            raise Wait(f"{shop.session.name}: a bulk result has a line that is not JSON") from None


def _field(shop: Shop, child: Record, children: Mapping[str, str]) -> str:
    """`gid://shopify/LineItem/21` goes where `children['LineItem']` says."""
    kind = str(child.get("id")).split("/")[-2]
    if kind not in children:
        raise Stop(f"{shop.session.name}: a bulk result holds a {kind}, which was not asked for")
    return children[kind]
