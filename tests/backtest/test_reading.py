"""A shop's own CSV and the built-in data set: read whole, or refused by line."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from rich.console import Console

from include.backtest.command import run_backtest
from include.backtest.compare import compare
from include.backtest.policy import OURS
from include.backtest.reading import assumed_lead_days, read_complete_journey, read_orders, read_terms
from include.csv_table import OrderBookError
from include.errors import Stop
from tests.backtest.books import a_book, some_terms

HEADER = "order_id,ordered_at,customer_id,sku,description,quantity,unit_price,currency,country,channel"
BERLIN = ZoneInfo("Europe/Berlin")


def a_csv(folder: Path, *lines: str) -> Path:
    file = folder / "orders.csv"
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    return file


def a_shop(folder: Path, skus: int = 6, days: int = 120) -> Path:
    book = a_book(skus, days)
    return a_csv(
        folder,
        *(
            f"{s}-{d},{date.fromordinal(book.first_day.toordinal() + d)},,{book.skus[s]},,{book.demand[s, d]:.0f},9.00,EUR,DE,web"
            for s, d in zip(*np.nonzero(book.demand), strict=True)
        ),
    )


def test_lines_become_units_and_prices_by_local_day(tmp_path):
    file = a_csv(
        tmp_path,
        "1,2026-01-01T23:30:00+00:00,,TEA,,2,10.00,EUR,DE,web",
        "2,2026-01-02 09:00:00,,TEA,,1,7.00,EUR,DE,web",
        "3,2026-01-02,,TEA,,-1,7.00,EUR,DE,web",
        "4,2026-01-01,,CUP,,1,5.00,EUR,DE,web",
        "5,2026-03-20,,CUP,,4,5.00,EUR,DE,web",
    )
    book = read_orders(file, BERLIN)
    assert (book.first_day, book.last_day) == (date(2026, 1, 1), date(2026, 3, 20))
    tea = book.skus.index("TEA")
    assert book.demand[tea, 1] == 3
    assert book.price[tea, 1] == pytest.approx(9)
    assert book.demand.sum() == 8


def test_every_bad_line_is_named(tmp_path):
    file = a_csv(
        tmp_path,
        "1,2026-01-01,,TEA,,two,10.00,EUR,DE,web",
        "2,2026-01-01,,TEA,,1,10.00,USD,DE,web",
        "3,soon,,,,0,1.00,EUR,DE,web",
    )
    with pytest.raises(OrderBookError) as refused:
        read_orders(file, BERLIN)
    said = str(refused.value)
    assert "orders.csv line 2, column quantity: 'two' is not a whole number" in said
    assert "orders.csv line 3, column currency: USD in a book of EUR" in said
    assert "orders.csv line 4, column ordered_at" in said
    assert "orders.csv line 4, column sku: is empty" in said


def test_a_book_too_short_is_refused(tmp_path):
    with pytest.raises(Stop, match="70 or more"):
        read_orders(a_csv(tmp_path, "1,2026-01-01,,TEA,,2,10.00,EUR,DE,web"), BERLIN)


def test_suppliers_beside_the_book_set_the_terms(tmp_path):
    book = read_orders(a_shop(tmp_path), BERLIN)
    (tmp_path / "suppliers.csv").write_text(
        "supplier,sku,lead_time_days,min_quantity,pack_size,unit_price\n"
        "North,S001,14,24,12,4.20\nSouth,S001,9,,,4.90\nNorth,S002,21,,,1.90\n"
    )
    terms, said = read_terms(book, tmp_path, None)
    assert terms.lead_days[:3].tolist() == [assumed_lead_days("S000"), 9, 21]
    assert (terms.least[1], terms.pack[1]) == (1, 1)
    assert said.startswith("2 SKUs by suppliers.csv")
    assert set(read_terms(book, None, 6)[0].lead_days) == {6}


def test_the_command_prints_its_assumptions_and_leaves_a_picture(tmp_path):
    console = Console(record=True, width=110, file=io.StringIO())
    run_backtest(console, tmp_path / "reports", a_shop(tmp_path), BERLIN, 800, 7)
    said = console.export_text()
    for expected in (
        "lead times are assumed: 7 days",
        "fill rate",
        "28-day mean",
        "91-day mean",
        "WAPE of 28 days",
        "per 1,000 SKUs",
    ):
        assert expected in said
    assert (tmp_path / "reports" / "backtest.svg").read_text().startswith("<svg")


def test_the_data_set_is_what_the_sandbox_sells():
    from include.sandbox.world import complete_journey

    book = read_complete_journey(50)
    _, lines = complete_journey._assortment(complete_journey.data_folder(), 50)
    assert book.demand.sum() == lines["quantity"].sum()
    assert (book.first_day, book.days) == (date(2017, 1, 1), 364)


def test_all_methods_are_compared_at_one_fill_rate():
    outcomes = compare(a_book(60, 280), some_terms(60), OURS)
    rates = [one.fill_rate for one in outcomes]
    assert max(rates) - min(rates) < 0.005
    assert all(0 < rate <= 1 for rate in rates)


def test_on_the_real_book_ours_errs_least_and_holds_less_than_the_28_day_mean():
    """The fastest quarter of the assortment of docs/backtest.md, ordered up to the reorder point."""
    book = read_complete_journey(200)
    terms, _ = read_terms(book, None, None)
    ours, *peers = compare(book, terms, replace(OURS, cover_days=7))
    assert ours.average_stock < 0.96 * peers[0].average_stock
    for peer in peers:
        assert all(ours.errors[ahead].wape < peer.errors[ahead].wape for ahead in ours.errors)
