"""Odd values in the fields of records, and what the edge makes of them."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from msgspec import Raw
from psycopg import Connection

from include.clients.json import dumps, loads
from include.errors import SkipRecord
from include.privacy.line import Line
from include.privacy.projection import Projection
from include.sources import REGISTRY, ups
from include.sources.base import Stream
from include.sources.fields import Tree
from tests.flows.company import Company

ODD: tuple[Any, ...] = (
    None, "", " ", "x", "x" * 100_000, [], ["a"], [None], {}, True, 0, -1, 1, 1.5, -0.5, 2**31, -(2**31) - 1, 2**53, 10**15 - 1,
    1 - 10**15, 1e-300, "0", "-7", "1.5", "7e2", "7.0", "1e14", "3000000000", "+1", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-09",
    "2026-03-09T12:00:00+15:59", "2026-02-30", "now", "infinity", "1,000", "=1+1", "\u202e", "'; --", '"', "\\", "%s", "$.x", "20260304",
    "20260230", "74700", "990000", "+14:00", "+99:00",
)  # fmt: skip
ABSENT: Any = object()
TWICE: Any = object()
"""What is there, in a list of two."""
NAMES = {id(ABSENT): "absent", id(TWICE): "twice"}
Path = tuple[str, ...]


def spoiled(shop: Company, conn: Connection, dice: random.Random, name: str) -> Iterator[str]:
    """Give every third record of a stream an odd value in one field, and say which. Two things of one name are another matter:
    ids stay, and what they are made of."""
    source, stream = name.split(".")
    wanted, (account, *_) = REGISTRY[source].stream(stream), shop.accounts(source)
    projection = Projection(wanted, account, b"s" * 32)
    rows = conn.execute(
        f"SELECT content_hash, scope, payload::text FROM raw.{source}_{stream} ORDER BY scope, payload::text"
    ).fetchall()
    for known_hash, scope, text in dice.sample(rows, -(-len(rows) // 3)):
        payload = loads(text.encode())
        record = dice.choice(payload) if wanted.kind == "statement" and payload else payload
        named = {name for name, value in dict(record or {}).items() if str(value) in scope.split("/", 1)}
        where = [
            path
            for path in paths(wanted.keep)
            if record and holds(record, path) and path[-1] != "id" and path[0] not in named
        ]
        for _ in range(20 if where else 0):
            path, value = dice.choice(where), dice.choice((*ODD, TWICE))
            line = accepted(projection, wanted, source, put(copy.deepcopy(record), path, value))
            if line and wanted.kind == "statement":
                (row,) = loads(line.payload)
                payload[payload.index(record)] = row
            elif not line or line.scope != scope:
                continue
            else:
                payload = loads(line.payload)
            conn.execute(
                f"UPDATE raw.{source}_{stream} SET payload = %s WHERE (content_hash, scope) = (%s, %s)",
                [dumps(payload).decode(), known_hash, scope],
            )
            yield f"{'.'.join(path)} = {NAMES.get(id(value)) or repr(value)}"[:80]
            break


def accepted(projection: Projection, stream: Stream, source: str, told: Any) -> Line | None:
    """What the edge makes of a record as it comes in; None when it puts it aside."""
    raw = Raw(dumps(told))
    if source == "ups" and ups._known([loads(bytes(raw))]).bad:
        return None
    try:
        return (
            projection.statement("2026-04-01", [raw])
            if stream.kind == "statement"
            else projection.record(raw)
        )
    except SkipRecord:
        return None


def let_in(shop: Company, conn: Connection, source: str, stream: Stream) -> Iterator[tuple[str, Line]]:
    """By field and value: what the projection makes of a record with it."""
    (account, *_) = shop.accounts(source)
    projection = Projection(stream, account, b"s" * 32)
    known: list[Any] = [
        loads(payload.encode())
        for (payload,) in conn.execute(
            f"SELECT payload::text FROM raw.{source}_{stream.name} ORDER BY length(payload::text) DESC LIMIT 200"
        )
    ]
    if stream.kind == "statement":
        known = [row for rows in known for row in rows][:200]
    for path in paths(stream.keep):
        record = next((one for one in known if holds(one, path)), None)
        if record is None:
            continue
        for value in (*ODD, ABSENT, TWICE):
            changed = put(copy.deepcopy(record), path, value)
            if line := accepted(projection, stream, source, changed):
                yield f"{'.'.join(path)} = {NAMES.get(id(value)) or repr(value)[:40]}", line


def paths(tree: Tree, above: Path = ()) -> Iterator[Path]:
    """Every field, objects and lists too."""
    for name, mark in tree.items():
        yield (*above, name)
        if isinstance(mark, dict):
            yield from paths(mark, (*above, name))


def holds(node: Any, path: Path) -> bool:
    if isinstance(node, list):
        return any(holds(one, path) for one in node)
    if not path:
        return True
    return (
        isinstance(node, dict)
        and path[0] in node
        and holds(node[path[0]], path[1:])
        and node[path[0]] is not None
    )


def put(node: Any, path: Path, value: Any) -> Any:
    """The same record with this value there, in the first place that has it."""
    if isinstance(node, list):
        for one in node:
            if holds(one, path):
                put(one, path, value)
                break
    elif len(path) > 1:
        put(node[path[0]], path[1:], value)
    elif value is ABSENT:
        del node[path[0]]
    elif value is TWICE:
        node[path[0]] = [node[path[0]], copy.deepcopy(node[path[0]])]
    else:
        node[path[0]] = value
    return node
