"""What an audience changed, held against plain Python and against numbers worked out by hand."""

import random
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from include import dbt_runner
from include.sandbox.truth.effect import Exposed, Sale, effect, newcombe
from include.sandbox.truth.statistics import wilson
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect, connect_admin
from tests.activation.house import rows
from tests.warehouse.helpers import call_published

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 20)
LONG_AGO = DAY - timedelta(days=40)
SOURCES = """
sources:
  - {name: ops, schema: ops, tables: [{name: audience_exposure}, {name: customer_alias}]}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The mart itself on orders that are given."""
    ours, folder = dbt_runner.PROJECT, tmp_path_factory.mktemp("dbt") / "project"
    shutil.copytree(ours / "macros", folder / "macros")
    (folder / "models").mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ours / name, folder / name)
    shutil.copy(ours / "models/marts/audiences/mart_audience_effect.sql", folder / "models")
    (folder / "models/fct_orders.sql").write_text("select * from build.given_orders")
    (folder / "models/sources.yml").write_text(SOURCES)
    dbt_runner.PROJECT = folder
    yield folder
    dbt_runner.PROJECT = ours


def judged(settings: Settings, journal: list[Exposed], sales: list[Sale]) -> dict[str, dict[str, Any]]:
    """The mart of these people and orders, by audience."""
    rows(settings, "DELETE FROM ops.audience_exposure RETURNING 1")
    with connect_admin(settings, settings.database) as conn:
        conn.cursor().executemany(
            "INSERT INTO ops.audience_exposure (audience, customer_key, is_held_out, first_eligible_on)"
            " VALUES (%s, %s, %s, %s)",
            [(one.audience, one.person, one.is_held_out, one.since) for one in journal],
        )
        conn.execute("UPDATE ops.company SET currency = 'USD'")
    with holding_build(settings, DAY) as build_id:
        with connect(settings, "transformer") as conn:
            conn.execute("DROP TABLE IF EXISTS build.given_orders CASCADE")
            conn.execute(
                "CREATE TABLE build.given_orders (customer_key text, business_date date, is_sale bool,"
                " net_sales_reporting_amount numeric)"
            )
            conn.cursor().executemany(
                "INSERT INTO build.given_orders VALUES (%s, %s, %s, %s)",
                [(sale.person, sale.day, sale.is_sale, sale.amount) for sale in sales],
            )
        result = dbt_runner.run(settings, "run")
        assert not dbt_runner.failing_nodes(result)
        call_published(settings, build_id)
    return {row["audience"]: row for row in rows(settings, "SELECT * FROM build.mart_audience_effect")}


def people(side: str, how_many: int, since: date = LONG_AGO, audience: str = "carts") -> list[Exposed]:
    return [Exposed(audience, f"{side}{n}", side == "held", since) for n in range(how_many)]


def sales_of(side: str, how_many: int, days: int = 5, amount: float | None = 10.0) -> list[Sale]:
    return [Sale(f"{side}{n}", LONG_AGO + timedelta(days=days), amount) for n in range(how_many)]


def test_the_example_of_newcombe_is_reproduced() -> None:
    """56 of 70 against 48 of 80: a difference of 0.2000 between 0.0524 and 0.3339."""
    assert [round(each, 4) for each in newcombe(56, 70, 48, 80)] == [0.2, 0.0524, 0.3339]
    assert [round(each, 4) for each in wilson(81, 263)] == [0.2553, 0.3662]


def test_a_clear_effect_is_conclusive_and_says_what_it_is_worth(project, module_warehouse) -> None:
    """20 of 40 treated people bought for 10 each, 3 of 30 held-out people for 20 each."""
    journal = people("treated", 40) + people("held", 30)
    found = judged(module_warehouse, journal, sales_of("treated", 20) + sales_of("held", 3, amount=20.0))
    row = found["carts"]
    assert (row["treated_people"], row["held_out_people"]) == (40, 30)
    assert (row["treated_buyers"], row["held_out_buyers"]) == (20, 3)
    assert (float(row["lift"]), float(row["lift_low"]), float(row["lift_high"])) == (0.4, 0.184805, 0.561813)
    assert row["is_conclusive"]
    assert float(row["treated_revenue_per_person_amount"]) == 5.0
    assert float(row["held_out_revenue_per_person_amount"]) == 2.0


def test_people_count_from_their_first_day_for_28_days_and_not_before_these_are_over(
    project, module_warehouse
) -> None:
    journal = [
        *people("treated", 30),
        *people("held", 30),
        Exposed("carts", "too young", False, DAY - timedelta(days=27)),
        Exposed("carts", "noted today", False, DAY),
    ]
    sales = [
        *(Sale("treated0", LONG_AGO + timedelta(days=days), 1) for days in (0, 29)),
        Sale("treated1", LONG_AGO + timedelta(days=28), 1),
        Sale("treated2", LONG_AGO + timedelta(days=1), 1),
        Sale("treated3", LONG_AGO + timedelta(days=1), 1, is_sale=False),
        Sale("too young", DAY, 1),
        Sale(None, DAY, 1),
    ]
    row = judged(module_warehouse, journal, sales)["carts"]
    assert (row["treated_people"], row["treated_buyers"], row["people_under_observation"]) == (30, 2, 1)


def test_with_too_few_people_nothing_is_said(project, module_warehouse) -> None:
    row = judged(module_warehouse, people("treated", 500) + people("held", 29), sales_of("treated", 400))[
        "carts"
    ]
    assert (row["treated_buyers"], row["is_conclusive"]) == (400, False)
    assert {row[name] for name in ("treated_rate", "held_out_rate", "lift", "lift_low", "lift_high")} == {
        None
    }


def test_one_amount_without_an_exchange_rate_makes_its_sides_revenue_unknown(
    project, module_warehouse
) -> None:
    sales = [
        *sales_of("treated", 3),
        Sale("treated9", LONG_AGO + timedelta(days=2), None),
        *sales_of("held", 3),
    ]
    row = judged(module_warehouse, people("treated", 30) + people("held", 30), sales)["carts"]
    assert (row["treated_buyers"], row["treated_revenue_per_person_amount"]) == (4, None)
    assert float(row["held_out_revenue_per_person_amount"]) == 1.0


def test_a_person_known_by_two_keys_counts_once_on_the_side_of_the_older_entry(
    project, module_warehouse
) -> None:
    with connect_admin(module_warehouse, module_warehouse.database) as conn:
        conn.execute("INSERT INTO ops.customer_alias (alias_key, customer_key) VALUES ('old', 'new')")
    journal = [
        Exposed("carts", "old", True, LONG_AGO - timedelta(days=1)),
        Exposed("carts", "new", False, LONG_AGO),
    ]
    row = judged(module_warehouse, journal, [Sale("new", LONG_AGO, 5)])["carts"]
    assert (row["treated_people"], row["held_out_people"], row["held_out_buyers"]) == (0, 1, 1)


@pytest.mark.parametrize("seed", range(4))
def test_the_sql_says_what_plain_python_says(project, module_warehouse, seed) -> None:
    """Audiences of all sizes and rates, purchases at any time, some without an exchange rate."""
    chance = random.Random(seed)
    journal, sales = [], []
    for number in range(12):
        share, rate = chance.choice((0.1, 0.5)), chance.choice((0.0, 0.05, 0.3, 1.0))
        for n in range(chance.choice((10, 70, 400))):
            since = DAY - timedelta(days=chance.randint(0, 90))
            one = Exposed(f"a{number}", f"{number}-{n}", chance.random() < share, since)
            journal.append(one)
            while chance.random() < rate / 2 + 0.02:
                amount = None if chance.random() < 0.002 else chance.randint(-5, 90)
                day = since + timedelta(days=chance.randint(-3, 32))
                sales.append(Sale(one.person, day, amount, is_sale=chance.random() < 0.9))
    found = judged(module_warehouse, journal, sales)
    for number in range(12):
        expected = effect(journal, sales, f"a{number}", DAY)
        said = {name: found[f"a{number}"][name] for name in expected}
        assert said == expected, f"a{number}"
