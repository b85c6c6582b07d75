"""A published warehouse made by hand, and destinations at a served sandbox, for the tests of actions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests
from psycopg import sql
from psycopg.rows import dict_row

from include.activation.destinations.base import Destination
from include.privacy.keys import customer_key
from include.privacy.suppression import email_hmacs, suppression_keys
from include.sandbox import credentials
from include.sandbox.server import Running
from include.settings import Settings
from include.warehouse.connect import connect, connect_admin

DAY = date(2026, 3, 9)
NEXT = DAY + timedelta(days=1)
CARTS = "abandoned_cart"
TABLES = {
    "act.act_restock_order": """
        need_key text PRIMARY KEY, sku text, title text, location_id text, location_code text, supplier_id text,
        supplier_name text, as_of_day date, advice text, qty_to_order int, qty_raw int, unit_cost_amount numeric,
        order_value_amount numeric, currency text, latest_order_date date, severity text, reason text,
        transfer_from_location_code text, transfer_qty int, expedite_po_name text, on_hand int, position int,
        reorder_point int, days_of_cover numeric, stockout_date date, supplier_min_order_met bool, erp_product_id text,
        erp_supplier_id text, erp_location_id text, is_simulated bool, is_awaiting_approval bool""",
    "act.act_audience_member": """
        audience text, customer_key text, reason text, value_amount numeric, currency text, last_order_at timestamptz,
        as_of_day date, PRIMARY KEY (audience, customer_key)""",
    "act.act_ship_today": """
        item_key text PRIMARY KEY, kind text, order_id text, order_name text, shipment_id text, tracking_code text,
        carrier text, location_code text, ship_by_at timestamptz, hours_overdue numeric, reason text""",
    "act.act_late_parcel": """
        shipment_id text PRIMARY KEY, order_name text, carrier text, service text, tracking_code text,
        promised_date date, days_late int, status text, claim_status text, claim_type text, claim_amount numeric,
        currency text, claim_file_by_date date, claim_reason text""",
    "mart.freshness": """
        mart_name text PRIMARY KEY, as_of_day date, published_at timestamptz, stale_streams text, is_stale bool,
        is_provisional bool""",
    "mart.mart_restock_recommendation": """
        sku text, location_id text, as_of_day date, position int, draft_on_order int, reorder_point int""",
    "mart.mart_daily_sales": "business_date date, orders int, net_sales_amount numeric, currency text",
    "mart.dim_location": "location_id text PRIMARY KEY, location_code text",
    "mart.mart_carrier_sla_daily": """
        carrier text, service text, lane text, due_date date, shipments_due int, attempted_on_time int,
        delivered_on_time int, late int, overdue_undelivered int, exceptions int, lost int, target_rate numeric,
        rate_28d numeric, shipments_28d int, transit_days_p50 numeric, transit_days_p95 numeric, verdict text,
        service_transit_days_p50 numeric, service_transit_days_p95 numeric, service_verdict text""",
    "mart.fct_shipments": """
        shipment_id text PRIMARY KEY, carrier text, service text, location_id text, business_date date,
        promised_date date, is_delivered bool, is_exception bool, exception_reason text, transit_days int,
        order_to_ship_hours numeric""",
    "mart.mart_supplier_performance": """
        supplier_id text, month date, supplier_name text, lines_ordered int, lines_due int,
        lines_on_time_in_full int, lead_time_days_p50 int, lead_time_days_p95 int, units_ordered int,
        units_received int, overdue_lines int""",
    "mart.dim_store": "store_id text PRIMARY KEY, store_name text",
    "mart.mart_marketplace_seller_health": """
        store_id text, metric text, as_of_day date, window_days int, numerator int, denominator int, value numeric,
        target_rate numeric, warn_rate numeric, status text, direction text, target_valid_from date,
        PRIMARY KEY (store_id, metric, as_of_day)""",
}


def publish(settings: Settings, day: date = DAY, simulated: str = "stock, parcels") -> None:
    """Create the tables the actions read, empty, and say that they are of this day."""
    with connect(settings, "publisher") as conn:
        for name, columns in TABLES.items():
            conn.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        conn.execute(
            "INSERT INTO mart._publication (build_id, as_of_day, tables) VALUES"
            " ((SELECT coalesce(max(build_id), 0) + 1 FROM mart._publication), %s, '{}')",
            [day],
        )
    with connect_admin(settings, settings.database) as conn:
        conn.execute("DELETE FROM ops.company")
        conn.execute(
            "INSERT INTO ops.company (company, timezone, currency, country, simulated)"
            " VALUES ('Tiny Shop', 'America/New_York', 'USD', 'US', %s)",
            [simulated],
        )


def fill(settings: Settings, table: str, *rows: Mapping[str, Any]) -> None:
    """Replace a table's rows."""
    name = sql.Identifier(*table.split("."))
    with connect(settings, "publisher") as conn:
        conn.execute(sql.SQL("DELETE FROM {}").format(name))
        for row in rows:
            columns = sql.SQL(", ").join(map(sql.Identifier, row))
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(row))
            text = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(name, columns, marks)
            conn.execute(text, list(row.values()))


def stale(settings: Settings, mart: str, streams: str) -> None:
    fill(
        settings,
        "mart.freshness",
        {"mart_name": mart, "as_of_day": DAY, "stale_streams": streams, "is_stale": True},
    )


def rows(settings: Settings, text: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """What a superuser sees."""
    with connect_admin(settings, settings.database) as conn, conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, values).fetchall()


def actions(settings: Settings, kind: str | None = None) -> list[dict[str, Any]]:
    return rows(
        settings,
        "SELECT * FROM ops.action WHERE %s::text IS NULL OR kind = %s ORDER BY action_id",
        [kind, kind],
    )


def need(sku: str = "COF-1", location: str = "CMH1", **changes: Any) -> dict[str, Any]:
    """One restock need of the tiny company's coffee, ordered from Acme for the East warehouse."""
    given = {
        "need_key": f"{sku}|{location}",
        "sku": sku,
        "title": "Coffee",
        "location_code": location,
        "supplier_id": "31",
        "supplier_name": "Acme Goods",
        "as_of_day": DAY,
        "advice": "ORDER",
        "qty_to_order": 24,
        "qty_raw": 20,
        "unit_cost_amount": 4.0,
        "order_value_amount": 96.0,
        "currency": "USD",
        "latest_order_date": DAY + timedelta(days=2),
        "severity": "due",
        "reason": f"{sku} lasts 9 days and takes 7 to arrive.",
        "on_hand": 54,
        "position": 54,
        "reorder_point": 60,
        "supplier_min_order_met": True,
        "erp_product_id": "401",
        "erp_supplier_id": "31",
        "erp_location_id": "8" if location == "CMH1" else "18",
        "is_simulated": True,
    }
    return {**given, **changes}


def wish(settings: Settings, *needs: Mapping[str, Any]) -> None:
    """These are the night's needs."""
    fill(settings, "act.act_restock_order", *needs)


def next_night(settings: Settings, *needs: Mapping[str, Any]) -> None:
    """The night after, with these needs."""
    publish(settings, NEXT)
    wish(settings, *({**one, "as_of_day": NEXT} for one in needs))


def position(settings: Settings, units: int, drafted: int = 0, day: date = NEXT) -> None:
    """Coffee in the East has so many units, drafts included, against a reorder point of 60."""
    where = {"sku": "COF-1", "location_id": "CMH1", "as_of_day": day, "reorder_point": 60}
    fill(
        settings, "mart.mart_restock_recommendation", {**where, "position": units, "draft_on_order": drafted}
    )


def cycles_by_age(settings: Settings) -> list[str]:
    """States, oldest first."""
    return [row["state"] for row in rows(settings, "SELECT state FROM ops.restock_cycle ORDER BY cycle_id")]


def candidates(settings: Settings, *keys: str, audience: str = CARTS, day: date = DAY) -> None:
    """These people are wished for, the most valuable first."""
    fill(
        settings,
        "act.act_audience_member",
        *(
            {"audience": audience, "customer_key": key, "value_amount": 100 - n, "as_of_day": day}
            for n, key in enumerate(keys)
        ),
    )


@dataclass(frozen=True)
class House:
    """A sandbox's destinations and what they were sent."""

    running: Running

    def destinations(self, *names: str, mode: str = "act", **options: Any) -> dict[str, Destination]:
        """These destinations (default: all) in one mode."""
        url = self.running.url
        every = {
            "slack": Destination(
                "slack", mode, url, {"password": credentials.SLACK_WEBHOOK_PATH}, {"messages_per_second": 100}
            ),
            "smtp": Destination(
                "smtp", mode, f"smtp://127.0.0.1:{self.running.smtp_port}", {}, {"to": "buyer@shop.example"}
            ),
            "odoo": Destination(
                "odoo", mode, f"{url}/odoo", {"password": credentials.ODOO_API_KEY}, {"account": "sandbox"}
            ),
            "meta": Destination(
                "meta",
                mode,
                f"{url}/meta",
                {"password": credentials.META_ACCESS_TOKEN, "app_secret": credentials.META_APP_SECRET},
                {"account": credentials.META_AD_ACCOUNT_ID},
            ),
            "google_data_manager": Destination(
                "google_data_manager",
                mode,
                f"{url}/google-data-manager",
                {
                    "client_id": credentials.GOOGLE_CLIENT_ID,
                    "client_secret": credentials.GOOGLE_CLIENT_SECRET,
                    "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
                },
                {
                    "account": credentials.GOOGLE_ADS_CUSTOMER_ID,
                    "login_customer_id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
                    "customer_match_terms": "accepted",
                    "token_url": f"{url}/google-oauth/token",
                },
            ),
            "klaviyo": Destination(
                "klaviyo", mode, f"{url}/klaviyo", {"password": credentials.KLAVIYO_API_KEY}, {}
            ),
        }
        chosen = {name: every[name] for name in names or every}
        return {name: replace(one, options={**one.options, **options}) for name, one in chosen.items()}

    def sent(self, what: str) -> list[dict[str, Any]]:
        """messages, mails, purchase-orders, audiences, google-audiences, klaviyo-lists…"""
        return requests.get(f"{self.running.url}/_sandbox/{what}", timeout=5).json()

    def members(self, name: str, what: str = "audiences") -> set[str]:
        """Everything in one of our audiences: hashes, at Klaviyo addresses."""
        found = [one for one in self.sent(what) if one["name"] == f"Nightshift: {name}"]
        return set(found[0]["members"]) if found else set()


def person(
    settings: Settings,
    email: str,
    consents: bool = True,
    phone: str | None = None,
    purposes: Sequence[str] = ("ads",),
) -> str:
    """Somebody in the vault who said yes or no to these purposes; returns the customer key."""
    return people(settings, [email], consents, phone, purposes)[email]


def people(
    settings: Settings,
    emails: Iterable[str],
    consents: bool = True,
    phone: str | None = None,
    purposes: Sequence[str] = ("ads",),
) -> dict[str, str]:
    """So many as `person`, over one connection; e-mail → customer key."""
    secret, sealing, said_at = (
        settings.secret("customer_key"),
        suppression_keys(settings),
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    keys = {email: customer_key(secret, email=email) for email in emails}
    known = [
        [key, f"gid://shopify/Customer/{email}", email, phone, said_at, email_hmacs(sealing, email)]
        for email, key in keys.items()
    ]
    said = [[key, purpose, consents, said_at] for key in keys.values() for purpose in purposes]
    with connect_admin(settings, settings.database) as conn, conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO pii.customer (customer_key, source, account, vendor_id, email, phone, country, updated_at,"
            " suppression_hmacs) VALUES (%s, 'shopify', 'tiny', %s, %s, %s, 'US', %s, %s)",
            known,
        )
        cursor.executemany(
            "INSERT INTO pii.consent (customer_key, purpose, granted, source, effective_at)"
            " VALUES (%s, %s, %s, 'shopify', %s) ON CONFLICT DO NOTHING",
            said,
        )
    return keys
