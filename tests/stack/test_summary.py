"""The summary reads real tables, and says so when there is nothing to say."""

import io
from datetime import date

import psycopg
from rich.console import Console

from include.settings import Settings
from include.stack import sections, yesterday
from include.stack.postgres import EmbeddedPostgres

DAY = date(2026, 11, 21)


def said(section, *arguments: object) -> str:  # type: ignore[no-untyped-def]
    output = io.StringIO()
    section(*arguments, Console(file=output, width=160))
    return output.getvalue()


def fill(postgres: EmbeddedPostgres, warehouse: Settings, *statements: str) -> None:
    with psycopg.connect(postgres.dsn(warehouse.database), autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement)  # type: ignore[arg-type]
        conn.execute("GRANT SELECT ON ALL TABLES IN SCHEMA mart TO nightshift_reader")
        conn.execute("GRANT SELECT ON ALL TABLES IN SCHEMA act TO nightshift_activation")


def test_before_the_first_publication_no_section_fails(warehouse: Settings) -> None:
    assert "0 to order" in said(sections.restock, warehouse)
    assert "Nobody: no audience was sent" in said(sections.audiences, warehouse)
    assert "Nobody." in said(sections.promises, warehouse)
    assert "every source has landed" in said(sections.stale, warehouse, DAY)
    assert "Nothing was sold" in said(yesterday.sales, warehouse, DAY)


def test_sales_stand_beside_the_same_weekday_a_week_earlier(
    postgres: EmbeddedPostgres, warehouse: Settings
) -> None:
    fill(
        postgres,
        warehouse,
        "CREATE TABLE mart.dim_store (store_id text, store_name text)",
        "INSERT INTO mart.dim_store VALUES ('acme', 'Acme'), ('us', 'Acme US')",
        "CREATE TABLE mart.mart_daily_sales (store_id text, business_date date, currency text, net_sales_amount numeric,"
        " orders int, paid_orders int, units int, returns_amount numeric, is_complete bool)",
        "INSERT INTO mart.mart_daily_sales VALUES ('acme', '2026-11-21', 'EUR', 1200, 12, 10, 30, 15.5, true),"
        " ('acme', '2026-11-14', 'EUR', 1000, 16, 16, 40, 0, true), ('acme', '2026-11-20', 'EUR', 9, 9, 9, 9, 9, true),"
        " ('us', '2026-11-21', 'USD', 20, 2, 2, 3, 0, false)",
        "CREATE TABLE mart.mart_daily_pnl (business_date date, reporting_currency text,"
        " net_sales_reporting_amount numeric, ad_spend_reporting_amount numeric, cm1_reporting_amount numeric,"
        " cm3_reporting_amount numeric, is_cost_estimated bool)",
        "INSERT INTO mart.mart_daily_pnl VALUES ('2026-11-21', 'EUR', 1200, 58.65, 600, 100, true),"
        " ('2026-11-21', 'EUR', 18, 0, 9, null, false)",
    )
    text = said(yesterday.sales, warehouse, DAY)
    assert (
        "Acme: Net sales 1,200.00 EUR (+20% on a week ago), 12 orders (-25% on a week ago), 30 units" in text
    )
    assert "120.00 EUR an order, 15.50 EUR returned" in text
    assert "Acme US: Net sales 20.00 USD, 2 orders, 3 units" in text
    assert "(the day had not ended)" in text
    assert "All stores: Net sales 1,218.00 EUR, ads 58.65 EUR, CM1 609.00 EUR" in text
    assert "left after all costs (CM3) not known" in text, "half a sum is no sum"


def test_the_most_pressing_need_comes_first_and_made_up_stock_is_labelled(
    postgres: EmbeddedPostgres, warehouse: Settings
) -> None:
    fill(
        postgres,
        warehouse,
        "CREATE TABLE act.act_restock_order (sku text, title text, location_code text, supplier_name text,"
        " advice text, qty_to_order numeric, order_value_amount numeric, currency text, latest_order_date date,"
        " severity text, transfer_from_location_code text, transfer_qty numeric, expedite_po_name text,"
        " is_simulated bool)",
        "INSERT INTO act.act_restock_order VALUES"
        " ('B', 'Beans', 'CMH1', 'Acme', 'ORDER', 24, 60, 'USD', '2026-11-25', 'due', NULL, NULL, NULL, true),"
        " ('A', 'Apples', 'RNO1', 'Acme', 'TRANSFER', 0, NULL, 'USD', NULL, 'out', 'CMH1', 12, NULL, true),"
        " ('C', 'Corn', 'RNO1', 'Acme', 'EXPEDITE', 0, NULL, 'USD', NULL, 'late', NULL, NULL, 'P00042', true)",
    )
    text = said(sections.restock, warehouse)
    assert "1 to order for 60.00 USD, 1 to move, 1 to hurry  SIMULATED" in text
    assert text.index("move 12 from CMH1") < text.index("hurry P00042") < text.index("order 24")


def test_what_is_only_due_today_broke_no_promise(postgres: EmbeddedPostgres, warehouse: Settings) -> None:
    fill(
        postgres,
        warehouse,
        "CREATE TABLE act.act_ship_today (item_key text, kind text, hours_overdue numeric)",
        "INSERT INTO act.act_ship_today SELECT 'unshipped|' || n, 'unshipped', n - 268 FROM generate_series(1, 269) AS n",
        "INSERT INTO act.act_ship_today VALUES ('label|1', 'label_unscanned', 3), ('motionless|1', 'motionless', 0.5)",
    )
    text = said(sections.promises, warehouse)
    assert (
        "Our own: 1 labels without a scan, 1 parcels that stand still, 1 orders that should have left" in text
    )
    assert "To leave today: 268 orders" in text


def test_a_source_that_did_not_land_is_named_with_its_reason(warehouse: Settings) -> None:
    from include.warehouse.nights import close_day

    close_day(warehouse, "shopify", "acme", "orders", DAY, "stale", why="answered 503 for an hour")
    text = said(sections.stale, warehouse, DAY)
    assert "shopify.orders stale: answered 503 for an hour" in text


def test_names_that_look_like_markup_are_shown_as_they_are(
    postgres: EmbeddedPostgres, warehouse: Settings
) -> None:
    hostile = "[/bold] [link=http://evil]x[/] \x1b[31mred"
    fill(
        postgres,
        warehouse,
        "CREATE TABLE act.act_restock_order AS SELECT 'S1'::text AS sku, 'NAME'::text AS title, 'W1'::text AS"
        " location_code, 'NAME'::text AS supplier_name, 'ORDER'::text AS advice, 5::numeric AS qty_to_order, 9::numeric"
        " AS order_value_amount, 'USD'::text AS currency, null::date AS latest_order_date, 'out'::text AS severity,"
        " null::text AS transfer_from_location_code, null::numeric AS transfer_qty, null::text AS expedite_po_name,"
        " false AS is_simulated",
    )
    with psycopg.connect(postgres.dsn(warehouse.database), autocommit=True) as conn:
        conn.execute("UPDATE act.act_restock_order SET title = %s, supplier_name = %s", [hostile, "[/]"])
    text = said(sections.restock, warehouse)
    assert "[/bold] [link=http://evil]x[/]" in text
    assert "[/]" in text
    assert "\x1b[31m" not in text
