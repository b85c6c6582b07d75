"""A build that is running, and the marts it has made so far."""

from datetime import date

import pytest

from tests.conftest import admin
from tests.quality.loads import NIGHT


@pytest.fixture
def superuser(postgres, warehouse):
    with admin(postgres, warehouse.database) as connection:
        yield connection


@pytest.fixture
def build_id(superuser):
    return superuser.execute(
        "insert into ops.build (as_of_day, as_of_end) values (%s, %s) returning build_id",
        (date(2026, 3, 1), NIGHT),
    ).fetchone()[0]


@pytest.fixture
def marts(superuser):
    """What the leaving gate reads, with one order of the night's day; that day and order are touched."""
    superuser.execute(
        """
        create table build.fct_orders (order_id text, store_id text, business_date date, is_sale bool,
            gross_sales_amount numeric, discounts_amount numeric, cogs_amount numeric);
        create table build.mart_daily_sales (store_id text, source text, business_date date, orders int, units int,
            gross_sales_amount numeric, discounts_amount numeric, net_sales_amount numeric, tax_amount numeric,
            cogs_amount numeric, gross_sales_reporting_amount numeric);
        create table build.fct_ad_performance_daily (platform text, account_id text, ad_date date, spend_amount numeric,
            spend_reporting_amount numeric, clicks int, impressions int);
        create table build.mart_marketing_efficiency_daily (business_date date, channel text, spend_reporting_amount numeric);
        create table build.fct_inventory_snapshot_daily (location_id text, business_date date, on_hand int);
        create table build.mart_restock_recommendation (location_id text, advice text, order_value_amount numeric);
        create table build.mart_carrier_sla_daily (carrier text, service text, lane text, due_date date,
            customer_on_time_delivered_rate numeric, carrier_on_time_attempt_rate numeric);
        create table build.mart_reconciliation (check_name text, subject text, business_date date, severity text,
            unexplained_amount numeric, differing_records int);
        insert into build.mart_reconciliation values ('orders_are_their_day', 'shop', '2026-03-01', 'error', 0.004, 0),
            ('bridge_reaches_the_vendors_figure', 'shop', '2026-03-01', 'warning', 7, 1);
        insert into build.fct_orders values ('1', 'shop', '2026-03-01', true, 10, 1, 4);
        create table build.int_touched__days (store_id text, business_date date);
        insert into build.int_touched__days values ('shop', '2026-03-01');
        insert into build.mart_daily_sales values ('shop', 'shopify', '2026-03-01', 1, 1, 10, 1, 9, 1, 4, 10);
        grant select on all tables in schema build to nightshift_transformer, nightshift_publisher;
        """
    )


@pytest.fixture
def season(superuser, marts):
    """Eight weeks of twenty orders a day before the night, with their stock, published as they are built."""
    superuser.execute(
        """
        insert into build.mart_daily_sales
        select 'shop', 'shopify', '2026-03-01'::date - n, 20, 40, 1000 + n % 7, 100 + n % 5, 900, 70, 400, 1000 + n % 7
        from generate_series(1, 59) n;
        insert into build.fct_orders select 'past ' || n, 'shop', '2026-03-01'::date - n, false, 0, 0, 400
        from generate_series(1, 59) n;
        insert into build.fct_inventory_snapshot_daily
        select 'CMH1', '2026-03-01'::date - n, 100 + n % 3 from generate_series(0, 59) n;
        create table mart.mart_daily_sales as table build.mart_daily_sales;
        create table mart.fct_ad_performance_daily as table build.fct_ad_performance_daily;
        create table mart.fct_inventory_snapshot_daily as table build.fct_inventory_snapshot_daily;
        grant select on all tables in schema mart to nightshift_publisher;
        """
    )
