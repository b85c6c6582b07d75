"""What the back-test tries is what the warehouse decides: one evening through the real dbt models and through Python."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest

from include import dbt_runner
from include.backtest.history import History
from include.backtest.points import Points, points_of
from include.backtest.policy import OURS
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from tests.backtest.books import FIRST_DAY, a_book

pytestmark = pytest.mark.slow

DAYS = OURS.history_days + 30
DAY = FIRST_DAY + timedelta(days=DAYS - 1)
MODELS = (
    "int_demand__localised", "int_demand__observed", "int_weekdays__indexed", "int_price_cuts__measured",
    "int_demand__levelled", "int_restock__stretches", "int_restock__coverage", "int_restock__points",
    "mart_restock_coverage",
)  # fmt: skip
FED = {
    "int_units__sold": "sku text, location_id text, business_date date, wanted_units numeric, priced_units numeric,"
    " priced_reporting_amount numeric",
    "fct_inventory_snapshot_daily": "sku text, location_id text, business_date date, available numeric",
    "dim_location": "location_id text, store_id text, stock_authority text, is_active bool",
    "int_skus__identified": "sku text, is_deleted bool",
    "int_variants__planned": "sku text, lead_time_days int, review_days int",
}


@dataclass(frozen=True)
class Evening:
    """One shop, decided twice: `told` maps a model to its rows, `points` is what Python says of the same."""

    skus: tuple[str, ...]
    told: dict[str, list[tuple]]
    points: Points


@pytest.fixture(scope="module")
def evening(module_warehouse: Settings) -> Evening:
    book = a_book(days=DAYS)
    lead = np.arange(len(book.skus)) % 12 + 2
    closing = shelves(book.demand.shape) * book.listed
    feed(module_warehouse, book, lead, closing)
    with holding_build(module_warehouse, DAY):
        assert dbt_runner.failing_nodes(dbt_runner.run(module_warehouse, "run", "--select", *MODELS)) == []
    wanted = {
        "level": "SELECT sku, daily_demand FROM build.int_demand__levelled ORDER BY sku",
        "cuts": "SELECT sku, uplift, demand_factor FROM build.int_price_cuts__measured ORDER BY sku",
        "weekdays": "SELECT sku, weekday_index FROM build.int_weekdays__indexed ORDER BY sku, iso_weekday",
        "points": "SELECT sku, reorder_point, target_stock FROM build.int_restock__points ORDER BY sku",
        "coverage": "SELECT judged_stretches, covered_stretches, z FROM build.mart_restock_coverage",
    }
    with connect(module_warehouse, "transformer") as conn:
        told = {name: conn.execute(query).fetchall() for name, query in wanted.items()}
    opened = np.hstack([np.zeros((len(closing), 1)), closing[:, :-1]])
    in_stock = (closing > 0) & (opened > 0)
    price = np.where(book.demand > 0, book.price, np.nan)
    known = History(book.demand, in_stock, book.listed, price, book.weekday)
    return Evening(book.skus, told, points_of(known, lead, OURS))


def shelves(shape: tuple[int, int]) -> np.ndarray:
    """Closing stock: now and then some days of nothing."""
    empty = np.random.default_rng(3).random(shape) < 0.03
    return np.where(empty | np.roll(empty, 1, axis=1), 0.0, 9.0)


def feed(settings: Settings, book, lead, closing) -> None:
    """The models' inputs as tables: one store, one location."""
    days = [DAY - timedelta(days=book.days - 1 - number) for number in range(book.days)]
    rows: dict[str, list[tuple]] = {
        "int_units__sold": [
            (book.skus[s], "L", days[d], units := book.demand[s, d], units, book.price[s, d] * units)
            for s, d in zip(*np.nonzero(book.demand * book.listed), strict=True)
        ],
        "fct_inventory_snapshot_daily": [
            (book.skus[s], "L", days[d], closing[s, d]) for s, d in zip(*np.nonzero(book.listed), strict=True)
        ],
        "dim_location": [("L", "shop", "erp", True)],
        "int_skus__identified": [(sku, False) for sku in book.skus],
        "int_variants__planned": [
            (sku, int(days), OURS.review_days) for sku, days in zip(book.skus, lead, strict=True)
        ],
    }
    with connect(settings, "transformer") as conn, conn.cursor() as cursor:
        for name, columns in FED.items():
            cursor.execute(f"CREATE TABLE build.{name} ({columns})")  # type: ignore[call-overload]
            with cursor.copy(f"COPY build.{name} FROM STDIN") as copy:  # type: ignore[call-overload]
                for row in rows[name]:
                    copy.write_row(
                        [value.item() if isinstance(value, np.generic) else value for value in row]
                    )


def test_the_warehouse_uses_the_numbers_of_the_policy() -> None:
    macro = (dbt_runner.PROJECT / "macros" / "restock_policy.sql").read_text()
    body = macro.split("set policy = {")[1].split("}")[0]
    told = {
        name: float(value)
        for name, value in (line.split(":") for line in body.replace("'", "").split(",\n") if ":" in line)
    }
    ours = {name: float(value) for name, value in vars(OURS).items()}
    assert {name.strip(): value for name, value in told.items() if name.strip() in ours} == ours


def test_every_sku_has_the_same_level(evening: Evening) -> None:
    expected = [
        (sku, pytest.approx(daily, abs=2e-6))
        for sku, daily in zip(evening.skus, evening.points.demand.daily, strict=True)
    ]
    assert evening.told["level"] == expected


def test_price_cuts_add_the_same(evening: Evening) -> None:
    cuts = evening.points.demand.price_cuts
    assert [row[1:] for row in evening.told["cuts"]] == [
        pytest.approx(pair, rel=1e-9) for pair in zip(cuts.uplift, cuts.factor, strict=True)
    ]
    assert cuts.uplift.max() > 1.5


def test_every_sku_has_the_same_weekdays(evening: Evening) -> None:
    indices = np.array([float(index) for _, index in evening.told["weekdays"]]).reshape(-1, 7)
    assert indices == pytest.approx(evening.points.demand.weekday_index, abs=2e-6)


def test_the_back_test_finds_the_same_coverage_and_z(evening: Evening) -> None:
    ((judged, covered, z),) = evening.told["coverage"]
    found = evening.points.coverage
    assert (judged, covered) == (found.judged, found.covered)
    assert float(z) == pytest.approx(found.z, abs=2e-5)
    assert judged > OURS.fewest_judged


def test_every_sku_has_the_same_reorder_point_and_target(evening: Evening) -> None:
    told = {sku: (float(point), float(target)) for sku, point, target in evening.told["points"]}
    ours = zip(evening.skus, evening.points.reorder_point, evening.points.target_stock, strict=True)
    assert told == {
        sku: (pytest.approx(point, abs=0.011), pytest.approx(target, abs=1))
        for sku, point, target in ours
        if target
    }
