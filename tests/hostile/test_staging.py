"""What the edge lets in, the models can read: one odd value must not end the build of everybody else's numbers."""

import copy
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from msgspec import Raw
from psycopg import Connection

from include import dbt_runner
from include.clients.json import dumps, loads
from include.errors import SkipRecord
from include.privacy.projection import Line, Projection
from include.sandbox.world import WorldConfig
from include.settings import Settings
from include.sources import REGISTRY, ups
from include.sources.base import Stream
from include.sources.fields import Tree
from include.warehouse.build import holding_build
from include.warehouse.connect import connect_admin
from include.warehouse.rows import content_hash
from tests.flows.company import Company, company
from tests.sandbox.worlds import TODAY

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]

SMALL = WorldConfig(today=TODAY, history_days=30, assortment=40, household_share=0.04)
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
GATED = {"ecb.rates"}
"""Whose odd values the gate keeps out, load and all: a rate of nothing."""
SEED = int(os.environ.get("ODD_SEED", "1"))
Path = tuple[str, ...]
Readers = tuple[int, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def shop(module_warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(module_warehouse, tmp_path_factory.mktemp("sandbox"), SMALL) as shop:
        shop.pull()
        assert shop.failures == {}
        yield shop


@pytest.fixture(scope="module")
def readers(shop: Company) -> Iterator[Readers]:
    """The build under way, and by stream the SQL of all staging models that read it, down to raw."""
    with holding_build(shop.settings, shop.day) as build_id:
        made = dbt_runner.run(
            shop.settings, "build", "--select", "+path:models/staging", "--full-refresh",
            "--exclude-resource-type", "test", "unit_test",
        )  # fmt: skip
        assert dbt_runner.failing_nodes(made) == []
        told = dbt_runner.run(shop.settings, "compile", "--select", "path:models/staging", "--full-refresh")
        nodes = {
            each.node.unique_id: each.node
            for each in told.result.results
            if each.node.resource_type == "model"
        }
        found = {
            name: {node.name: node for node in nodes.values() if reads(nodes, node, name)} for name in STREAMS
        }
        assert min(map(len, found.values())) > 0
        yield (
            build_id,
            {
                name: {model: down_to_raw(nodes, node, name) for model, node in those.items()}
                for name, those in found.items()
            },
        )


def reads(nodes: dict[str, Any], node: Any, stream: str) -> bool:
    return any(
        parent.endswith(f".{stream}")
        if parent.startswith("source.")
        else parent in nodes and reads(nodes, nodes[parent], stream)
        for parent in node.depends_on.nodes
    )


def down_to_raw(nodes: dict[str, Any], node: Any, stream: str) -> str:
    """A model's query with those of the models before it in the place of their tables."""
    sql: str = node.compiled_code
    for parent in node.depends_on.nodes:
        if parent in nodes and reads(nodes, nodes[parent], stream):
            sql = sql.replace(
                nodes[parent].relation_name or "", f"({down_to_raw(nodes, nodes[parent], stream)})"
            )
    return sql


STREAMS = [f"{source.name}.{stream.name}" for source in REGISTRY.values() for stream in source.streams]


@pytest.mark.parametrize("name", STREAMS)
def test_whatever_the_edge_lets_into_a_field_no_model_breaks_on_it(
    shop: Company, readers: Readers, name: str, record_property: Callable[[str, str], None]
) -> None:
    build_id, queries = readers
    source, stream = name.split(".")
    wanted = REGISTRY[source].stream(stream)
    with connect_admin(shop.settings, shop.settings.database) as conn:
        conn.execute("SELECT set_config('nightshift.build_id', %s, false)", [str(build_id)])
        lines = dict(let_in(shop, conn, source, wanted))
        broken = {
            what: error
            for model, sql in queries[name].items()
            for what, error in breaking(conn, source, wanted, model, sql, lines)
        }
    record_property("tried", f"{len(lines)} values that the edge let in, through {', '.join(queries[name])}.")
    assert lines
    assert broken == {}


def test_a_company_full_of_odd_values_can_be_built(
    shop: Company, readers: Readers, record_property: Callable[[str, str], None]
) -> None:
    dice, done = random.Random(SEED), []
    with connect_admin(shop.settings, shop.settings.database) as conn:
        for name in (name for name in STREAMS if name not in GATED):
            done += [f"{name}.{what}" for what in spoiled(shop, conn, dice, name)]
    made = dbt_runner.run(
        shop.settings, "build", "--full-refresh", "--exclude-resource-type", "test", "unit_test", "exposure"
    )
    failing = dbt_runner.failing_nodes(made)
    assert not failing, "\n".join([*failing, *done])
    assert len(done) > 150
    record_property("tried", f"Seed {SEED}: {len(done)} values of {len(STREAMS)} streams in one company.")


def test_two_things_of_one_name_stop_no_build(
    shop: Company, readers: Readers, record_property: Callable[[str, str], None]
) -> None:
    dice, done = random.Random(SEED), []
    with connect_admin(shop.settings, shop.settings.database) as conn:
        for name in STREAMS:
            done += [f"{name}.{what}" for what in doubled(conn, dice, name)]
    made = dbt_runner.run(
        shop.settings, "build", "--full-refresh", "--exclude-resource-type", "test", "unit_test", "exposure"
    )
    failing = dbt_runner.failing_nodes(made)
    assert not failing, "\n".join([*failing, *done])
    record_property(
        "tried", f"Seed {SEED}: {len(done)} things of a name that another has too, in one company."
    )


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


def breaking(
    conn: Connection, source: str, stream: Stream, model: str, sql: str, lines: dict[str, Line]
) -> Iterator[tuple[str, str]]:
    """Which of these the model cannot read, and why: all at once, then by halves."""
    error = error_of(conn, source, stream, sql, list(lines.values())) if lines else ""
    if error and len(lines) == 1:
        yield f"{model}: {next(iter(lines))}", error
    elif error:
        names = list(lines)
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            yield from breaking(conn, source, stream, model, sql, {name: lines[name] for name in half})


def error_of(conn: Connection, source: str, stream: Stream, sql: str, lines: list[Line]) -> str:
    """What Postgres says when the model reads these and nothing else; nothing stays."""
    table, days = (
        f"{source}_{stream.name}",
        (f"20{n // 336:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(33_000)),
    )
    try:
        with conn.transaction(force_rollback=True):
            account, load_id = conn.execute(
                "DELETE FROM raw.observation WHERE stream = %s RETURNING account, load_id", [table]
            ).fetchone() or ("", 0)
            conn.execute(f"DELETE FROM raw.{table}")
            for number, (line, day) in enumerate(zip(lines, days, strict=False)):
                scope = day if stream.kind == "statement" else f"odd-{number}"
                named = [account, scope, content_hash(line.payload)]
                conn.execute(
                    f"INSERT INTO raw.{table} (account, scope, content_hash, payload, row_count) VALUES (%s, %s, %s, %s, 1)",
                    [*named, line.payload.decode()],
                )
                conn.execute(
                    "INSERT INTO raw.observation VALUES (%s, %s, %s, %s, %s, now(), 1)",
                    [load_id, table, *named],
                )
            conn.execute(f"SELECT count(md5(t::text)) FROM ({sql}) AS t")
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return ""


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
