"""A company in each state the runbook speaks of. A state is made by what really makes it: a vendor that answers 503, a
reader that holds a table, a server whose data are gone. Only the night itself is played without Airflow: by the same
functions that its tasks call."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from include.activation import late_night
from include.backfill.plan import PastWindow
from include.backfill.replay import replay as read_lake_again
from include.errors import NightshiftError
from include.privacy.erase import erase
from include.pull import pull
from include.sources.base import Account
from include.stack.morning import alone
from include.stack.postgres import EmbeddedPostgres
from include.stack.stack import Stack
from include.warehouse import build, publish
from include.warehouse.closing import close_source
from include.warehouse.connect import connect, connect_admin
from include.warehouse.nights import hold_load, published_day
from include.window import days_window
from tests.privacy.helpers import person, put
from tests.sandbox import tiny
from tests.stack.homes import let_look, typed
from tests.warehouse.helpers import DAY, line, load, publish_nothing
from tests.warehouse.marts import make, manifest, model, publish_rows

NOTE = {"n": "int", "note": "text"}
PRICES = {"n": "int", "net_sales_amount": "numeric"}
FULL = 'could not extend file "base/16384/16403": No space left on device'


@dataclass
class State:
    """`shown` is what a person sees first, beside `make status`; `night` what `make night` does to the warehouse."""

    stack: Stack
    shown: str = ""
    night: Callable[[], None] = lambda: None
    replay: Callable[[], None] = lambda: None
    answers: bool = True
    """Whether `make status` can say anything yet."""
    words: dict[str, str] = field(default_factory=dict)
    """What stands on the page → what it is called here."""
    said: str = ""
    """What is typed on standard input."""
    is_over: Callable[[], bool] = lambda: True


States = Callable[[Stack, Path, pytest.MonkeyPatch], Iterator[State]]


def refused(deed: Callable[[], object]) -> str:
    """What it says when it fails."""
    with pytest.raises(NightshiftError) as failure:
        deed()
    return str(failure.value)


def a_vendor_is_down(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """The central bank answers 503, then answers."""
    patch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)
    rates = {tiny.TODAY - timedelta(days=n): {"USD": Decimal("1.0823")} for n in range(1, 9)}
    bank = replace(tiny.world(), exchange_rates=rates)
    with tiny.served(tmp / "sandbox", "ecb", of=bank) as running:
        account = Account("ecb", "ecb", running.url + "/ecb", {}, {})

        def night() -> None:
            try:
                pull(stack.settings, account, "rates", run_id="night")
            finally:
                close_source(stack.settings, "ecb", ["ecb"], ["rates"], stack.day)
            publish_nothing(stack.settings, stack.day)

        fault = {"vendor": "ecb", "kind": "down"}
        requests.post(f"{running.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
        refused(night)
        requests.delete(f"{running.url}/_sandbox/faults", timeout=10).raise_for_status()
        yield State(stack, night=night)


def a_load_was_held(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    load_id = load(stack.settings, [line("held", {"id": 1})]).load_id
    hold_load(stack.settings, load_id, "volume: expect_column_values_to_be_between(records)")
    yield State(
        stack,
        night=lambda: publish_nothing(stack.settings, stack.day) and None,
        words={"LOAD=1": f"LOAD={load_id}"},
        is_over=lambda: (
            asked(stack, "SELECT status FROM raw.load_log WHERE load_id = %s", load_id) == "released"
        ),
    )


def a_publish_was_blocked(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """A load brings a record twice, which the mart's key refuses."""
    settings = stack.settings
    node = model("mart_blocked", NOTE, ["n"])
    load_id = load(settings, [line("twice", {"n": 1}), line("again", {"n": 1})]).load_id
    night = nightly(stack, node, "SELECT (payload->>'n')::int, 'x' FROM {accepted}")
    refused(night)
    yield State(
        stack,
        night=night,
        words={"LOAD=1": f"LOAD={load_id}"},
        is_over=lambda: published_day(settings) == stack.day,
    )


def the_disk_is_full(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """Postgres' own error at the moment of publishing, until there is room."""
    node = model("mart_full", NOTE, ["n"])
    with connect_admin(stack.settings, stack.settings.database) as conn:
        conn.execute(
            "CREATE FUNCTION ops.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = '{FULL}'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON mart._publication EXECUTE FUNCTION ops.full()"
        )
        refused(lambda: publish_rows(stack.settings, node, [(1, "x")], stack.day))

        def night() -> None:
            conn.execute("DROP FUNCTION ops.full CASCADE")
            publish_rows(stack.settings, node, [(1, "x")], stack.day)

        yield State(
            stack, night=night, is_over=lambda: asked(stack, "SELECT note FROM mart.mart_full") == "x"
        )


def a_number_is_wrong(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """Yesterday's prices came in cents, after the right ones."""
    settings = stack.settings
    node = model("mart_prices", PRICES, ["n"])
    night = nightly(
        stack, node, "SELECT 1, sum((payload->>'price')::numeric) FROM {accepted} AND scope = 'priced'"
    )
    load(settings, [line("priced", {"price": 19.99})])
    load_id = load(settings, [line("priced", {"price": 1999})], run_id="cents").load_id
    night()
    assert asked(stack, "SELECT net_sales_amount FROM mart.mart_prices") > 1999
    patch.setenv("AIRFLOW_CONN_NIGHTSHIFT_SHOPIFY", "generic://")
    yield State(
        stack,
        night=night,
        words={"LOAD=1": f"LOAD={load_id}"},
        is_over=lambda: str(asked(stack, "SELECT net_sales_amount FROM mart.mart_prices")) == "19.99",
    )


def a_person_asks_to_be_forgotten(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    put(stack.settings, person(stack.settings, "dora@example.com", "4"))
    yield State(
        stack,
        said="dora@example.com\n",
        is_over=lambda: asked(stack, "SELECT count(*) FROM pii.customer WHERE email LIKE 'dora%%'") == 0,
    )


def the_night_is_late(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """Nothing was published at call time, and the scheduler has died."""
    (stack.home.run / "scheduler.pid").write_text('{"pid": 1, "born": 0, "fingerprint": ""}')
    shown = late_night.sound(stack.settings, stack.day, published_day(stack.settings), {})
    (stack.home.run / "scheduler.pid").unlink()
    yield State(stack, shown, night=lambda: publish_nothing(stack.settings, stack.day) and None)


def a_lock_is_stuck(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """A reader's open transaction keeps a column from being added."""
    settings = stack.settings
    publish_rows(settings, model("mart_stuck", {"n": "int"}, ["n"]), [(1,)], stack.day)
    wider = model("mart_stuck", NOTE, ["n"])
    reader = connect(settings, "reader")
    reader.execute("SELECT * FROM mart.mart_stuck")
    with patch.context() as short:
        short.setattr(publish, "ATTEMPTS", 1)
        short.setattr(publish, "LOCK_TIMEOUT", "50ms")
        shown = refused(lambda: publish_rows(settings, wider, [(1, "x")], stack.day))
    with build.holding_build(settings, stack.day), alone(stack):
        shown += refused(lambda: publish_nothing(settings, stack.day))
        shown += refused(lambda: alone(stack).__enter__())
    patch.setattr(publish, "LOCK_TIMEOUT", "60s")
    waiting = threading.Thread(target=publish_rows, args=(settings, wider, [(1, "x")], stack.day))
    waiting.start()
    yield State(
        stack,
        shown,
        night=waiting.join,
        is_over=lambda: asked(stack, "SELECT note FROM mart.mart_stuck") == "x",
    )
    reader.close()


def postgres_is_lost(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """The backup is a night old; somebody was erased since; then the data are gone."""
    put(stack.settings, person(stack.settings, "emil@example.com", "5"))
    place = typed(stack.home.path, f"make backup TO={tmp}").splitlines()[0].removeprefix("Backed up to ")
    erase(stack.settings, "emil@example.com")
    stack.postgres.stop("immediate")
    stack.postgres.cluster.data.rename(stack.postgres.cluster.data.with_name("damaged"))
    stack.postgres = EmbeddedPostgres(stack.home.path, durable=False)

    def night() -> None:
        stack.postgres.start()
        let_look(stack)

    with pytest.raises(pytest.fail.Exception) as failure:
        typed(stack.home.path, "make status")
    yield State(
        stack,
        str(failure.value),
        answers=False,
        night=night,
        words={"/safe/place/2026-11-22T041500Z": place},
        is_over=lambda: asked(stack, "SELECT count(*) FROM pii.customer WHERE email LIKE 'emil%%'") == 0,
    )


def a_secret_leaked(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    leaked = stack.settings.dsn("reader")
    yield State(stack, is_over=lambda: stack.settings.dsn("reader") != leaked)


def a_vendor_changed_a_field(stack: Stack, tmp: Path, patch: pytest.MonkeyPatch) -> Iterator[State]:
    """One field is new, another is text where a number was; then what was lost is read from the lake again."""
    settings = stack.settings
    load(
        settings,
        [line("changed", {"id": 1})],
        account="shop",
        window=days_window(DAY, DAY, settings.timezone),
        drift=[{"path": "loyalty.tier", "json_type": "string", "times": 3}],
        quarantined=[{"scope": "order-9", "field": "total", "reason": "is text, not a number"}],
    )
    with connect_admin(settings, settings.database) as conn:
        conn.execute("DELETE FROM raw.shopify_orders WHERE scope = 'changed'")
    wanted = PastWindow("shopify", "shop", "orders", days_window(DAY, DAY, settings.timezone))
    patch.setenv("AIRFLOW_CONN_NIGHTSHIFT_SHOPIFY", "generic://")
    yield State(
        stack,
        replay=lambda: read_lake_again(settings, wanted) and None,
        is_over=lambda: asked(stack, "SELECT count(*) FROM raw.shopify_orders WHERE scope = 'changed'") == 1,
    )


STATES: dict[str, States] = {
    "A vendor is down": a_vendor_is_down,
    "A load was held": a_load_was_held,
    "A publish was blocked": a_publish_was_blocked,
    "The disk is full": the_disk_is_full,
    "A number is wrong": a_number_is_wrong,
    "A person asks to be forgotten": a_person_asks_to_be_forgotten,
    "The night is late": the_night_is_late,
    "A lock is stuck": a_lock_is_stuck,
    "Postgres is lost": postgres_is_lost,
    "A secret leaked or is due": a_secret_leaked,
    "A vendor changed a field": a_vendor_changed_a_field,
}


def nightly(stack: Stack, node: dict, query: str) -> Callable[[], None]:
    """Builds and publishes one mart from the payloads of accepted loads, as the running build sees them."""
    accepted = (
        "raw.shopify_orders JOIN raw.observation USING (account, scope, content_hash)"
        " JOIN ops.build_load USING (load_id) JOIN ops.build USING (build_id) WHERE status = 'running'"
        " AND payload ?| ARRAY['n', 'price']"
    )

    def night() -> None:
        with build.holding_build(stack.settings, stack.day) as build_id:
            make(stack.settings, node, query.format(accepted=accepted))
            publish.publish(stack.settings, build_id, manifest(node))

    return night


def asked(stack: Stack, query: str, *values: object):
    with connect_admin(stack.settings, stack.settings.database) as conn:
        row = conn.execute(query, values).fetchone()  # type: ignore[call-overload]
    assert row
    return row[0]
