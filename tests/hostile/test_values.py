"""Whatever stands in a record: it is loaded or put aside with a reason, nothing else is touched, and nothing is executed."""

import json
import random
from collections.abc import Callable, Iterator

import pytest
from psycopg import Connection

from include.errors import Stop
from include.sandbox.server import Running
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.sources.fields import Tree
from tests.hostile.amounts import part, score, seed
from tests.hostile.proxy import Proxy, spoiling
from tests.hostile.survey import Landed, Pushed, hurry, landed, once
from tests.hostile.values import CASES, PLACES, TOKENS, Place, put
from tests.hostile.ways import wipe
from tests.sources.company import served

FIGURE = "Hostile values and shapes in a record, put aside or loaded, the rest untouched"
TARGET = "all of 500 or more; none crashed, leaked or executed"
SEED, SAMPLE = 5, 60
CASTS = {"#": "numeric", "+": "integer", "@": "timestamptz", "?": "boolean"}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with served(tmp_path_factory.mktemp("hostile")) as company, spoiling(company.url) as running:
        yield running


def tried(
    place: Place, cases: list[tuple[str, str]], settings: Settings, look: Connection, proxy: Proxy
) -> dict[str, str]:
    """What was wrong, by field and value."""
    way = place.way
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch, Pushed())
        way.prepare(patch)
        account = way.account(Running(proxy.url, None, None), proxy)  # type: ignore[arg-type]
        wipe(settings, look)
        once(settings, account, way, "undisturbed")
        whole, tables = landed(look), catalogue(look)
        results = {
            f"{field or 'record'} = {name}": judged(place, field, name, settings, look, account, proxy, whole)
            for field, name in cases
        }
        if catalogue(look) != tables:
            results["all"] = "the warehouse has other tables than before"
    return {case: wrong for case, wrong in results.items() if wrong}


def judged(
    place: Place, field: str, name: str, settings: Settings, look: Connection, account: Account, proxy: Proxy,
    whole: Landed,
) -> str:  # fmt: skip
    wipe(settings, look)
    proxy.will(put(place, field, name), place.way.data)
    try:
        once(settings, account, place.way, "disturbed")
    except Stop as error:
        # whose day a row spoils that is no row, nobody can tell: then none of a statement's days are believed
        is_statement = REGISTRY[account.source].stream(place.way.stream).kind == "statement"
        typed = is_statement and not field and account.source in str(error) and not landed(look)
        return "" if typed else f"the night did not go on: {error}"[:300]
    except Exception as error:
        return f"the night did not go on: {error!r}"[:300]
    finally:
        was_told = proxy.has_spoilt
        proxy.will(None)
    if not was_told:
        return "nobody was told it"
    now, aside = landed(look), put_aside(look)
    lost = len(whole) - len(now) - len(aside)
    chooses = field in place.by and name in ("year 1", "the last year", "a zone of seconds", "a wide space")
    if lost and not (lost == 1 and (chooses or (field, name) in place.silent)):
        return f"{len(whole)} were sent, {len(now)} loaded and {len(aside)} put aside"
    if len(set(whole) - set(now)) > 1:
        return "other records are not what they were"
    if any(row[0] != account.source or not row[1] or not row[2] or not row[3] for row in aside):
        return f"put aside without source, record, field or reason: {aside}"
    if name.startswith(("a script", "an injection")) and any(
        "DROP" in str(row) or "<" in str(row[2:]) for row in aside
    ):
        return f"the reason quotes the value: {aside}"
    unread = unreadable(look, account, place, set(now) - set(whole))
    return f"accepted, and no build could read {unread}" if unread else ""


def put_aside(look: Connection) -> list[tuple]:
    return look.execute("SELECT source, scope, field, reason FROM raw.quarantine").fetchall()


def catalogue(look: Connection) -> list[tuple]:
    return look.execute("SELECT schemaname, tablename FROM pg_tables ORDER BY 1, 2").fetchall()


def unreadable(look: Connection, account: Account, place: Place, changed: set) -> list[str]:
    """Fields of changed records that are not what their mark promises, in Postgres' eyes."""
    stream = REGISTRY[account.source].stream(place.way.stream)
    found: list[str] = []
    for scope, content in changed:
        (payload,) = look.execute(
            f"SELECT payload FROM raw.{account.source}_{stream.name} WHERE scope = %s AND content_hash = %s",
            [scope, content],  # type: ignore[arg-type]
        ).fetchone()
        for path, kind, value in leaves(payload, stream.keep):
            told = value if isinstance(value, str) else json.dumps(value)
            (valid,) = look.execute("SELECT pg_input_is_valid(%s, %s)", [told, kind]).fetchone()
            found += [] if valid else [path]
    return found


def leaves(node: object, tree: Tree, path: str = "") -> Iterator[tuple[str, str, object]]:
    if isinstance(node, list):
        for item in node:
            yield from leaves(item, tree, path)
    for name, mark in tree.items() if isinstance(node, dict) else ():
        value = node.get(name)
        if isinstance(mark, dict):
            yield from leaves(value, mark, f"{path}{name}.")
        elif mark in CASTS and value is not None:
            yield f"{path}{name}", CASTS[mark], value


@pytest.mark.timeout(600)
def test_a_sample_of_hostile_values_harms_nobody(
    module_warehouse: Settings, look: Connection, proxy: Proxy, record_property: Callable[[str, str], None]
) -> None:
    chosen, wrong = random.Random(SEED).sample(CASES, SAMPLE), {}
    for place in PLACES:
        cases = [(field, name) for where, field, name in chosen if where is place]
        if cases:
            found = tried(place, cases, module_warehouse, look, proxy)
            wrong |= {f"{place} {case}": what for case, what in found.items()}
    record_property(*score(FIGURE, TARGET, SAMPLE, len(wrong), SEED))
    assert wrong == {}


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_every_hostile_value_harms_nobody(
    place: Place,
    module_warehouse: Settings,
    look: Connection,
    proxy: Proxy,
    record_property: Callable[[str, str], None],
) -> None:
    cases = part([(field, name) for where, field, name in CASES if where is place], place)
    wrong = tried(place, cases, module_warehouse, look, proxy)
    record_property(*score(FIGURE, TARGET, len(cases), len(wrong), seed()))
    assert wrong == {}


def test_there_are_enough_hostile_values() -> None:
    assert len(CASES) >= 500
    assert len(TOKENS) >= 60
