"""What the delivery report says, read from the marts: one object the template only lays out."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from include.activation import facts
from include.activation.facts import Company, Row
from include.activation.reports import charts, standing
from include.activation.reports.pages import number, percent, tile

RESTS_ON = (
    *("mart_carrier_sla_daily", "fct_shipments", "mart_supplier_performance", "fct_purchase_orders"),
    *("act_late_parcel", "act_ship_today", standing.MART),
)
INPUTS = ("orders", "parcels", "suppliers", "stock", "returns", "marketplace")
WINDOW = timedelta(days=28)
SUPPLIER_WINDOW = timedelta(days=92)
LONGEST = 40
SUPPLIER_TARGET = 0.90


@dataclass(frozen=True)
class Report:
    """Rates are shares of 1 (None: nothing to divide by); days and hours are plain numbers."""

    company: Company
    day: date
    labels: list[str | None]
    tiles: list[dict[str, Any]]
    services: list[Row]
    lanes: list[Row]
    all_late: list[Row]
    warehouses: list[Row]
    all_today: list[Row]
    suppliers: list[Row]
    rates: list[Row]
    coverage: float | None
    charts: dict[str, Any]

    @property
    def late(self) -> list[Row]:
        return self.all_late[:LONGEST]

    @property
    def late_more(self) -> int:
        return max(0, len(self.all_late) - LONGEST)

    @property
    def today(self) -> list[Row]:
        return self.all_today[:LONGEST]

    @property
    def today_more(self) -> int:
        return max(0, len(self.all_today) - LONGEST)

    def counts(self) -> dict[str, Any]:
        return {
            "services": len(self.services),
            "breached": sum(row["verdict"] == "breached" for row in self.services),
            "late_parcels": len(self.all_late),
            "claimable": sum(row["claim_status"] == "claimable" for row in self.all_late),
            "to_ship_today": len(self.all_today),
            "rates_at_risk": len(standing.troubled(self.rates)),
            "labels": [label for label in self.labels if label],
        }


def read(conn: Connection, day: date) -> Report:
    """The report of a day's marts."""
    company = facts.company(conn)
    services = facts.query(conn, _SERVICES, [day - WINDOW, day])
    suppliers = facts.query(conn, _SUPPLIERS, [day - SUPPLIER_WINDOW, day])
    rates = standing.read(conn, day)
    late = facts.query(conn, _LATE)
    today = facts.query(
        conn, "SELECT * FROM act.act_ship_today ORDER BY location_code, kind, hours_overdue DESC"
    )
    return Report(
        company=company,
        day=day,
        labels=[company.label(INPUTS), facts.freshness(conn, RESTS_ON).label],
        tiles=_tiles(services, late, today, rates),
        services=services,
        lanes=facts.query(conn, _LANES, [day]),
        all_late=late,
        warehouses=facts.query(conn, _WAREHOUSES, [day - WINDOW, day]),
        all_today=today,
        suppliers=suppliers,
        rates=rates,
        coverage=_coverage(conn, day),
        charts={
            "on_time": charts.on_time(services),
            "trend": charts.trend(facts.query(conn, _TREND, [day - 3 * WINDOW, day])),
            "transit": charts.transit(services),
            "exceptions": charts.exceptions(facts.query(conn, _EXCEPTIONS, [day - WINDOW, day])),
            "hours": charts.hours(facts.query(conn, _HOURS, [day - WINDOW, day])),
            "suppliers": charts.suppliers([{**row, "target": SUPPLIER_TARGET} for row in suppliers]),
        },
    )


def _coverage(conn: Connection, day: date) -> float | None:
    text = (
        "SELECT 100.0 * count(promised_date) / nullif(count(*), 0) AS share FROM mart.fct_shipments"
        " WHERE business_date > %s AND business_date <= %s"
    )
    rows = facts.query(conn, text, [day - WINDOW, day])
    return float(rows[0]["share"]) if rows and rows[0]["share"] is not None else None


def _tiles(services: list[Row], late: list[Row], today: list[Row], rates: list[Row]) -> list[dict[str, Any]]:
    def total(name: str) -> int:
        return sum(row[name] or 0 for row in services)

    due = total("due")
    breached = sum(row["verdict"] == "breached" for row in services)
    claimable = [row for row in late if row["claim_status"] == "claimable"]
    risky = len(standing.troubled(rates))
    tiles = [
        tile("carriers tried on time", percent(total("attempted") / due if due else None)),
        tile("customers had it on time", percent(total("on_time") / due if due else None)),
        tile("services breached", number(breached), breached > 0),
        tile("late or overdue", number(total("late"))),
        tile("claims to file", number(len(claimable))),
        tile("to ship or chase today", number(len(today))),
    ]
    # A shop that sells on no marketplace reads nothing of it.
    return [*tiles, tile("marketplace rates at risk", number(risky), risky > 0)] if rates else tiles


# Sums of 28 due days; target, verdict and percentiles are the mart's own, over all lanes of the service.
_SERVICES = """
    SELECT carrier, service, carrier || ' ' || service AS name,
        sum(shipments_due)::int AS due, sum(attempted_on_time)::int AS attempted,
        sum(delivered_on_time)::int AS on_time, sum(late)::int AS late,
        sum(overdue_undelivered)::int AS overdue, sum(exceptions)::int AS exceptions, sum(lost)::int AS lost,
        sum(attempted_on_time)::float8 / nullif(sum(shipments_due), 0) AS attempt,
        sum(delivered_on_time)::float8 / nullif(sum(shipments_due), 0) AS delivered,
        sum(exceptions)::float8 / nullif(sum(shipments_due), 0) AS exception_rate,
        (array_agg(target_rate ORDER BY due_date DESC) FILTER (WHERE target_rate IS NOT NULL))[1]::float8 AS target,
        (array_agg(service_transit_days_p50 ORDER BY due_date DESC))[1]::float8 AS p50,
        (array_agg(service_transit_days_p95 ORDER BY due_date DESC))[1]::float8 AS p95,
        (array_agg(service_verdict ORDER BY due_date DESC))[1] AS verdict
    FROM mart.mart_carrier_sla_daily
    WHERE due_date > %s AND due_date <= %s
    GROUP BY carrier, service ORDER BY due DESC, carrier, service
"""
_LANES = """
    SELECT * FROM (
        SELECT DISTINCT ON (carrier, service, lane) *, carrier || ' ' || service AS name
        FROM mart.mart_carrier_sla_daily WHERE due_date <= %s AND lane <> '*'
        ORDER BY carrier, service, lane, due_date DESC
    ) AS newest
    WHERE verdict = 'breached' ORDER BY target_rate - rate_28d DESC, shipments_28d DESC LIMIT 15
"""
_TREND = """
    SELECT date_trunc('week', due_date)::date AS week, carrier,
        sum(attempted_on_time)::float8 / sum(shipments_due) AS rate, sum(shipments_due)::int AS n
    FROM mart.mart_carrier_sla_daily WHERE due_date > %s AND due_date <= %s
    GROUP BY 1, 2 HAVING sum(shipments_due) > 0 ORDER BY 1, 2
"""
_EXCEPTIONS = """
    SELECT coalesce(exception_reason, 'Exception') AS reason, carrier, count(*)::int AS parcels
    FROM mart.fct_shipments WHERE is_exception AND business_date > %s AND business_date <= %s
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_WAREHOUSES = """
    SELECT coalesce(place.location_code, shipment.location_id) AS location, count(*)::int AS shipped,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY order_to_ship_hours) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY order_to_ship_hours) AS p95,
        avg((order_to_ship_hours <= 24)::int) AS within_24, avg((order_to_ship_hours <= 48)::int) AS within_48
    FROM mart.fct_shipments AS shipment
    LEFT JOIN mart.dim_location AS place ON place.location_id = shipment.location_id
    WHERE business_date > %s AND business_date <= %s GROUP BY 1 ORDER BY 2 DESC
"""
_HOURS = """
    SELECT business_date AS day, coalesce(place.location_code, shipment.location_id) AS location,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY order_to_ship_hours) AS p50
    FROM mart.fct_shipments AS shipment
    LEFT JOIN mart.dim_location AS place ON place.location_id = shipment.location_id
    WHERE order_to_ship_hours IS NOT NULL AND business_date > %s AND business_date <= %s GROUP BY 1, 2 ORDER BY 1, 2
"""
_SUPPLIERS = """
    SELECT supplier_name AS name, sum(lines_due)::int AS due,
        sum(lines_on_time_in_full)::float8 / nullif(sum(lines_due), 0) AS rate,
        (array_agg(lead_time_days_p50 ORDER BY month DESC) FILTER (WHERE lead_time_days_p50 IS NOT NULL))[1] AS p50,
        (array_agg(lead_time_days_p95 ORDER BY month DESC) FILTER (WHERE lead_time_days_p95 IS NOT NULL))[1] AS p95,
        sum(units_received)::float8 / nullif(sum(units_ordered), 0) AS fill_rate, sum(overdue_lines)::int AS overdue
    FROM mart.mart_supplier_performance WHERE month > %s AND month <= %s
    GROUP BY supplier_name HAVING sum(lines_due) > 0 ORDER BY rate, due DESC
"""
_LATE = """
    SELECT * FROM act.act_late_parcel
    ORDER BY claim_status <> 'claimable', claim_file_by_date NULLS LAST, days_late DESC NULLS LAST, shipment_id
"""
