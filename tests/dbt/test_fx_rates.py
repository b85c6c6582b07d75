"""dim_fx_rate against a plain reading of the rules, and the macros that use it, on a real Postgres."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from tests.warehouse.helpers import DAY, call_published, line, load

pytestmark = pytest.mark.slow

ONE_DAY = timedelta(days=1)
CENT_OF_A_CENT = Decimal("0.0000000001")
USES_THE_MACROS = """
with amounts (amount, currency, business_date) as (values
    (100.00, 'USD', date '2026-11-20'), (100.00, 'EUR', date '2026-11-20'),
    (-0.05, 'EUR', date '2026-11-20'), (100.00, 'EUR', date '2026-11-01')
),

converted as (
    select amounts.*, {{ in_reporting('amounts.amount', fx_rate('fx', 'amounts.currency')) }} as reporting_amount
    from amounts {{ join_fx('fx', 'amounts.currency', 'amounts.business_date') }}
)

select business_date, {{ whole_sum('reporting_amount') }} as total,
    {{ whole_sum('reporting_amount', "currency = 'USD'") }} as total_of_usd, array_agg(reporting_amount order by currency, amount)
from converted group by business_date order by business_date
"""

quotes = st.dictionaries(
    st.integers(0, 30).map(lambda n: DAY + ONE_DAY - n * ONE_DAY),
    st.dictionaries(
        st.sampled_from(["USD", "GBP", "JPY"]),
        st.decimals("0.1", "200", places=4),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def rates(module_warehouse: Settings) -> Iterator[tuple[Connection, str]]:
    """A running build with the two models in it, and the SQL of dim_fx_rate as dbt compiles it."""
    rows = [{"currency": "USD", "rate": "1.0823"}, {"currency": "JPY", "rate": "161.02"}]
    load(
        module_warehouse, [line("2026-11-20", rows, None, 2)], source="ecb", stream="rates", kind="statement"
    )
    with holding_build(module_warehouse, DAY) as build_id:
        models = ("stg_ecb__rates", "dim_fx_rate", "sales_rates_are_of_their_week")
        result = dbt_runner.run(module_warehouse, "build", "--select", *models)
        assert not dbt_runner.failing_nodes(result)
        with connect(module_warehouse, "transformer") as conn:
            conn.autocommit = True
            yield (
                conn,
                dbt_runner.manifest(module_warehouse)["nodes"]["model.nightshift.dim_fx_rate"][
                    "compiled_code"
                ],
            )
        call_published(module_warehouse, build_id)


def test_a_night_brings_the_rates_of_its_day_and_the_next(rates: tuple[Connection, str]):
    conn, _ = rates
    rows = conn.execute(
        "SELECT rate_date, currency, rate, published_on, is_carried_forward FROM build.dim_fx_rate ORDER BY 1, 2"
    ).fetchall()
    yen = (Decimal("1.0823") / Decimal("161.02")).quantize(CENT_OF_A_CENT, ROUND_HALF_UP)
    assert rows == [
        (DAY, "EUR", Decimal("1.0823"), DAY, False), (DAY, "JPY", yen, DAY, False),
        (DAY + ONE_DAY, "EUR", Decimal("1.0823"), DAY, True), (DAY + ONE_DAY, "JPY", yen, DAY, True),
    ]  # fmt: skip


def test_amounts_are_converted_at_their_own_day_or_not_at_all(
    rates: tuple[Connection, str], module_warehouse: Settings
):
    conn, _ = rates
    compiled = dbt_runner.run(module_warehouse, "compile", "--inline", USES_THE_MACROS)
    sql = compiled.result.results[0].node.compiled_code
    assert conn.execute(sql).fetchall() == [
        (date(2026, 11, 1), None, None, [None]),
        (DAY, Decimal("208.1759"), Decimal("100.0000"), [Decimal("-0.0541"), Decimal("108.2300"), Decimal("100.0000")]),
    ]  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quoted=quotes)
def test_rates_are_carried_forward_as_the_rules_say(
    rates: tuple[Connection, str], quoted: dict[date, dict[str, Decimal]]
):
    conn, sql = rates
    conn.execute("TRUNCATE build.stg_ecb__rates")
    rows = [(day, code, rate) for day, of_day in quoted.items() for code, rate in of_day.items()]
    conn.cursor().executemany(
        "INSERT INTO build.stg_ecb__rates (rate_date, currency, units_per_euro) VALUES (%s, %s, %s)", rows
    )
    found = {(row[0], row[1]): row[2:] for row in conn.execute(sql).fetchall()}
    assert found == expected(quoted, "USD", DAY)


def expected(quoted: dict[date, dict[str, Decimal]], ours: str, as_of: date) -> dict[Any, tuple]:
    """Day by day: the newest publication, at most seven days old, that quotes both currencies."""
    table: dict[Any, tuple] = {}
    for currency in {"EUR", *(code for rates in quoted.values() for code in rates)} - {ours}:
        for ago in range(40):
            day = as_of + ONE_DAY - ago * ONE_DAY
            for back in range(8):
                published = day - back * ONE_DAY
                prices = {**quoted.get(published, {}), "EUR": Decimal(1)}
                if published <= as_of and quoted.get(published) and {ours, currency} <= prices.keys():
                    rate = (prices[ours] / prices[currency]).quantize(CENT_OF_A_CENT, ROUND_HALF_UP)
                    table[day, currency] = (ours, rate, published, back > 0)
                    break
    return table
