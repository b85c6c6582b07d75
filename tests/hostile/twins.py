"""Things that are called as another thing is: in one list, or of another record."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from include.clients.json import dumps, loads
from include.sources import REGISTRY
from include.sources.base import Stream
from tests.hostile.odd_values import Path


def doubled(conn: Connection, dice: random.Random, name: str) -> Iterator[str]:
    """In every third record of a stream give one thing of a list the name of another, or all of it; or add a thing of another
    record's list; or give the record a text of another record. What names the record itself stays."""
    source, stream = name.split(".")
    wanted = REGISTRY[source].stream(stream)
    rows = conn.execute(
        f"SELECT content_hash, scope, payload::text FROM raw.{source}_{stream} ORDER BY scope, payload::text"
    ).fetchall()
    known = [loads(text.encode()) for _, _, text in rows]
    for (known_hash, scope, _), payload in zip(rows, known, strict=True):
        if dice.random() > 1 / 3:
            continue
        path = next(twins(dice, wanted, scope, payload, dice.choice(known)), None)
        if path:
            conn.execute(
                f"UPDATE raw.{source}_{stream} SET payload = %s WHERE (content_hash, scope) = (%s, %s)",
                [dumps(payload).decode(), known_hash, scope],
            )
            yield ".".join(path)


def twins(dice: random.Random, wanted: Stream, scope: str, payload: Any, other: Any) -> Iterator[Path]:
    """Where something of a payload is now called as something else."""
    lists = [((), payload)] if wanted.kind == "statement" else []
    lists += [(path, found) for path, found in within(payload, ()) if isinstance(found, list)]
    full = [(path, found) for path, found in lists if found and isinstance(found[0], dict)]
    if full and dice.random() < 0.7:
        path, things = dice.choice(full)
        theirs = [found for at, found in within(other, ()) if at == path and isinstance(found, list)]
        if theirs and theirs[0] and dice.random() < 0.5:
            things.append(copy.deepcopy(dice.choice(theirs[0])))
            yield (*path, "another's")
            return
        twin = copy.deepcopy(dice.choice(things))
        names = {path.rpartition(".")[2] for path in (*wanted.needed, wanted.key, "id")}
        texts = [name for name, value in twin.items() if isinstance(value, str) and name not in names]
        if texts and dice.random() < 0.5:
            del twin[dice.choice(texts)]
        things.append(twin)
        yield path or ("the day",)
    elif isinstance(payload, dict):
        names = [
            name for name in payload if isinstance(other.get(name), str) and str(payload[name]) not in scope
        ]
        if names:
            name = dice.choice(names)
            payload[name] = other[name]
            yield (name,)


def within(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Everything in a payload and where it is."""
    yield path, node
    for name, inner in node.items() if isinstance(node, dict) else ():
        yield from within(inner, (*path, name))
    for inner in node if isinstance(node, list) else ():
        yield from within(inner, path)
