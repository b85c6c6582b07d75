"""Another shop's history, told as its CSV says, and what a wrong CSV is told."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from include.csv_table import OrderBookError
from include.errors import Stop
from include.sandbox.truth import Sales, daily_sales, day_end, on_hand
from include.sandbox.world import build
from include.sandbox.world.synthetic import synthetic_book, write_book
from tests.sandbox.worlds import HEADER, TODAY, small_config, write_orders

EUR = "EUR,DE,web"


def replay(folder, lines, **more):
    given = {"order_book": write_orders(folder, lines), "timezone": "Europe/Berlin", "country": "DE"}
    return build(small_config(**{**given, **more}))


def problems(folder, lines, header=HEADER) -> tuple[str, ...]:
    with pytest.raises(OrderBookError) as caught:
        build(small_config(order_book=write_orders(folder, lines, header)))
    assert isinstance(caught.value, Stop)
    return caught.value.problems


def test_orders_are_told_as_they_are(tmp_path):
    world = replay(
        tmp_path,
        [
            f"A1,2026-04-07T09:30:00,C1,S1,Green tea,2,11.90,{EUR}",
            f"A1,2026-04-07T09:30:00,C1,S2,Cup,1,5.00,{EUR}",
            f"A2,2026-04-08 23:59:59+02:00,,S1,,1,10.90,{EUR}",
        ],
    )
    first, second = world.orders
    assert (first.name, second.name) == ("#A1", "#A2")
    assert first.created_at == datetime(2026, 4, 7, 7, 30, tzinfo=UTC)
    assert [(line.quantity, line.unit_price_minor, line.discount_minor) for line in first.lines] == [
        (2, 1190, 0),
        (1, 500, 0),
    ]
    assert first.lines[0].tax_minor == 380, "2 x 11.90 hold 19 % VAT"
    assert first.customer_id is not None
    assert second.customer_id is None
    assert second.shipping_minor == 0
    tea = next(variant for variant in world.variants if variant.sku == "S1")
    assert [change.price_minor for change in tea.prices] == [1190, 1090]
    assert (world.company.currency, world.company.taxes_included) == ("EUR", True)


def test_only_what_no_file_tells_is_simulated(tmp_path):
    lines = [f"A1,2026-04-01,C1,S1,Tea,2,11.90,{EUR}"]
    always = {"customers", "parcels", "ads", "checkouts", "rates"}
    assert replay(tmp_path, lines).simulated == always | {"stock", "suppliers", "costs"}
    (tmp_path / "stock.csv").write_text("sku,location,on_hand\nS1,MAIN,5\nS9,SHOP,3\n")
    (tmp_path / "costs.csv").write_text("sku,unit_cost\nS1,4.20\n")
    (tmp_path / "suppliers.csv").write_text(
        "supplier,sku,lead_time_days,min_quantity,pack_size,unit_price\nTee GmbH,S1,9,20,10,4.20\n"
    )
    world = replay(tmp_path, lines)
    assert world.simulated == always
    assert on_hand(world, day_end(world, date(2026, 4, 11)))["S1", "MAIN"] == 5
    assert on_hand(world, day_end(world, date(2026, 4, 11)))["S9", "SHOP"] == 3
    assert [location.code for location in world.locations] == ["MAIN", "SHOP"]
    assert {variant.sku: variant.cost_minor for variant in world.variants} == {"S1": 420, "S9": None}
    (offer,) = world.offers
    assert (offer.lead_time_days, offer.min_quantity, offer.pack_size, offer.price_minor) == (9, 20, 10, 420)


def test_a_negative_quantity_is_a_return_of_an_earlier_order(tmp_path):
    world = replay(
        tmp_path,
        [
            f"A1,2026-04-06,C1,S1,Tea,3,11.90,{EUR}",
            f"A2,2026-04-07,C1,S1,Tea,1,11.90,{EUR}",
            f"R9,2026-04-08,C1,S1,Tea,-2,11.90,{EUR}",
            f"A2,2026-04-09,C1,S1,Tea,-1,11.90,{EUR}",
            f"R8,2026-04-10,C2,S1,Tea,-1,11.90,{EUR}",
        ],
    )
    first, second = world.orders
    assert [line.quantity for refund in first.refunds for line in refund.lines] == [2]
    assert [line.quantity for refund in second.refunds for line in refund.lines] == [1]
    assert first.refunds[0].lines[0].subtotal_minor == 2000, "without tax"
    assert "1 returns of sales older than the book are left out" in world.company.note
    rows = daily_sales(Sales(world, day_end(world, date(2026, 4, 10))), date(2026, 4, 8), date(2026, 4, 8))
    assert rows[date(2026, 4, 8), "web"]["returns_amount"] == 20


def test_an_old_book_is_moved_by_whole_weeks_to_end_by_yesterday(tmp_path):
    world = replay(tmp_path, [f"A1,2024-03-27T10:00,C1,S1,Tea,1,9.90,{EUR}"])
    assert world.orders[0].created_at == datetime(2026, 4, 8, 8, 0, tzinfo=UTC), (
        "a Wednesday at ten stays one"
    )
    assert "dates moved 106 weeks so that the book ends on 2026-04-08" in world.company.note


@pytest.mark.parametrize("last_day", ["2026-04-05", "2026-04-11", "2026-04-12", "2026-04-19"])
def test_a_recent_book_keeps_its_dates(tmp_path, last_day):
    world = replay(tmp_path, [f"A1,{last_day}T10:00,C1,S1,Tea,1,9.90,{EUR}"])
    assert world.orders[0].created_at.date().isoformat() == last_day
    assert world.company.note.endswith("dates as in the book")


def test_yen_have_no_decimals(tmp_path):
    world = replay(
        tmp_path, ["A1,2026-04-07,C1,S1,Tea,2,1100,JPY,JP,web"], country="JP", timezone="Asia/Tokyo"
    )
    assert world.company.minor_digits == 0
    row = daily_sales(Sales(world, day_end(world, date(2026, 4, 8))))[date(2026, 4, 7), "web"]
    assert (row["net_sales_amount"], row["tax_amount"], row["total_sales_amount"]) == (2000, 200, 2200)
    (problem,) = problems(tmp_path, ["A1,2026-04-01,C1,S1,Tea,2,11.50,JPY,JP,web"])[:1]
    assert problem == "orders.csv line 2, column unit_price: '11.50' has more than 0 decimals"


def test_times_around_the_change_of_clocks_stay_on_their_day(tmp_path):
    world = replay(
        tmp_path,
        [
            f"A1,2026-03-29T01:59:00,C1,S1,Tea,1,9.90,{EUR}",
            f"A2,2026-03-29T02:30:00,C1,S1,Tea,1,9.90,{EUR}",
            f"A3,2026-03-29T23:59:59,C1,S1,Tea,1,9.90,{EUR}",
            f"A4,2026-03-30T00:00:30,C1,S1,Tea,1,9.90,{EUR}",
        ],
        today=date(2026, 4, 2),
    )
    moments = [order.created_at.strftime("%d %H:%M:%S") for order in world.orders]
    assert moments == ["29 00:59:00", "29 01:30:00", "29 21:59:59", "29 22:00:30"]
    rows = daily_sales(Sales(world, day_end(world, TODAY)))
    assert {day: row["orders"] for (day, _), row in rows.items()} == {
        date(2026, 3, 29): 3,
        date(2026, 3, 30): 1,
    }


def test_every_wrong_cell_is_named_by_line_and_column(tmp_path):
    found = problems(
        tmp_path,
        [
            "A1,yesterday,C1,S1,Tea,two,12.005,EUR,DE,web",
            "A1,2026-04-01,C2,,Tea,0,8,USD,de,web",
            'A3,2026-04-01,C1,S1,"Tea, green",1.5,"1,200.00",EUR,DE,web',
            "A4,2026-04-01",
        ],
    )
    assert found == (
        "orders.csv line 2, column ordered_at: 'yesterday' is not a date and time such as 2026-03-28T14:05:00",
        "orders.csv line 2, column quantity: 'two' is not a whole number",
        "orders.csv line 2, column unit_price: '12.005' has more than 2 decimals",
        "orders.csv line 3, column currency: USD in a book of EUR; one book has one currency",
        "orders.csv line 3, column quantity: is 0; sales are positive, returns negative",
        "orders.csv line 3, column sku: is empty",
        "orders.csv line 3, column country: 'de' is not a code of 2 capital letters",
        "orders.csv line 3, column customer_id: 'C2', but order A1 is of 'C1' (line 2)",
        "orders.csv line 4, column quantity: '1.5' is not a whole number",
        "orders.csv line 4, column unit_price: '1,200.00' is not an amount such as 19.90",
        "orders.csv line 5: has 2 cells instead of 10",
    )


def test_a_missing_and_an_unknown_column_are_named(tmp_path):
    header = HEADER.replace("unit_price", "price")
    found = problems(tmp_path, ["A1,2026-04-01,C1,S1,Tea,1,9.90,EUR,DE,web"], header)
    assert found[0] == "orders.csv line 1: column unit_price is missing"
    assert found[1].startswith("orders.csv line 1: column 'price' is unknown")


def test_at_most_twenty_problems_are_shown(tmp_path):
    path = write_orders(tmp_path, ["A1,2026-04-01,C1,S1,Tea,x,9.90,EUR,DE,web"] * 40)
    with pytest.raises(OrderBookError, match="and more") as caught:
        build(small_config(order_book=path))
    assert len(caught.value.problems) == 20


def test_problems_of_the_files_beside_are_in_the_same_message(tmp_path):
    (tmp_path / "stock.csv").write_text("sku,location,on_hand\nS1,MAIN,-5\n")
    (tmp_path / "costs.csv").write_text("sku,cost\nS1,1\n")
    found = problems(tmp_path, ["A1,2026-04-01,C1,S1,Tea,x,9.90,EUR,DE,web"])
    assert "orders.csv line 2, column quantity: 'x' is not a whole number" in found
    assert "stock.csv line 2, column on_hand: -5 is less than 0" in found
    assert "costs.csv line 1: column unit_cost is missing" in found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"", "column order_id is missing"),
        (HEADER.encode() + b'\n"A1,2026-04-01,C1', "is not CSV"),
    ],
    ids=["not text", "empty", "open quote"],
)
def test_files_that_are_no_table_are_refused_in_words(tmp_path, content, said):
    (tmp_path / "orders.csv").write_bytes(content)
    with pytest.raises(OrderBookError, match=said):
        build(small_config(order_book=tmp_path / "orders.csv"))


def test_a_book_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(OrderBookError, match=r"nothing\.csv: cannot be read"):
        build(small_config(order_book=tmp_path / "nothing.csv"))


def test_a_synthetic_book_has_as_many_orders_as_asked_for_and_replays(tmp_path):
    path = write_book(tmp_path / "orders.csv", synthetic_book(400))
    world = build(small_config(order_book=path, today=date(2026, 2, 1)))
    assert len(world.orders) == 400
    assert any(order.refunds for order in world.orders)
    assert "orders" not in world.simulated


def test_a_synthetic_company_says_that_its_orders_are_made_up():
    world = build(small_config(synthetic_orders=300))
    assert "orders" in world.simulated
    channels = Counter(order.channel for order in world.orders)
    assert channels["web"] > channels["iphone"] > 0
    assert 250 < len([order for order in world.orders if order.created_at < day_end(world, TODAY)]) < 350
