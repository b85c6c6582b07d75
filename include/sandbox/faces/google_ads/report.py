"""Report rows: campaigns and their days as Google Ads counts them at an instant.

A day is a day of the account's time zone. Conversions belong to the day of the click, so asked again
later the same day has more of them: what was claimed n days after the day is `AdDay.conversions_at[n]`.
A day that has not ended yet is not reported. With a segment selected, rows whose metrics are all zero
are left out; without one, metrics are summed over the days asked for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.faces.google_ads.gaql import Condition, Query, QueryRefused
from include.sandbox.world.model import AdDay, Campaign, Company, World

INT64_METRICS = ("impressions", "clicks", "cost_micros")
DOUBLE_METRICS = (
    "conversions",
    "conversions_value",
    "all_conversions",
    "all_conversions_value",
    "ctr",
    "average_cpc",
)
METRICS = INT64_METRICS + DOUBLE_METRICS
SUMMED = tuple(metric for metric in METRICS if metric not in ("ctr", "average_cpc"))
# All conversions also count actions the account does not bid for.
ALL_OVER_PRIMARY = 1.08


@dataclass(frozen=True)
class Row:
    """One line of the report: `campaign` and `day` are None where the query does not tell them apart."""

    campaign: Campaign | None
    day: date | None
    metrics: dict[str, float]


FIELDS: dict[str, Callable[[Any, Row], Any]] = {
    "campaign.resource_name": lambda report, row: report.campaign_name(row),
    "campaign.id": lambda report, row: row.campaign and str(row.campaign.id),
    "campaign.name": lambda report, row: row.campaign and row.campaign.name,
    "campaign.status": lambda report, row: "ENABLED",
    "campaign.advertising_channel_type": lambda report, row: row.campaign and row.campaign.channel_type,
    "customer.resource_name": lambda report, row: f"customers/{report.customer_id}",
    "customer.id": lambda report, row: report.customer_id,
    "customer.descriptive_name": lambda report, row: report.company.name,
    "customer.currency_code": lambda report, row: report.company.currency,
    "customer.time_zone": lambda report, row: report.company.timezone,
    "segments.date": lambda report, row: row.day and row.day.isoformat(),
    **{
        f"metrics.{name}": lambda report, row, name=name: _metric(name, row.metrics[name])  # type: ignore[misc]
        for name in METRICS
    },
}
RESOURCES = {
    "campaign": ("campaign.", "customer.", "segments.", "metrics."),
    "customer": ("customer.", "segments.", "metrics."),
}
NUMBERS = {"campaign.id", "customer.id", *(f"metrics.{name}" for name in METRICS)}


class Report:
    """Answers queries about one account."""

    def __init__(self, world: World, customer_id: str):
        self.company: Company = world.company
        self.customer_id = customer_id
        self._campaigns = {one.id: one for one in world.campaigns if one.platform == "google_ads"}
        days = (ad for ad in world.ad_days if ad.campaign_id in self._campaigns)
        self._days = sorted(days, key=lambda ad: (ad.day, ad.campaign_id))
        self._zone = ZoneInfo(world.company.timezone)
        self._minor = 10**world.company.minor_digits

    def campaign_name(self, row: Row) -> str | None:
        return f"customers/{self.customer_id}/campaigns/{row.campaign.id}" if row.campaign else None

    def answer(self, query: Query, now: datetime) -> list[dict[str, Any]]:
        """The rows as REST gives them: camelCase, int64 as strings, only what was selected."""
        _check(query)
        conditions = [_prepared(condition, self._today(now)) for condition in query.conditions]
        rows = [row for row in self._rows(query, conditions, now) if self._holds(row, conditions)]
        for field, descending in reversed(query.order):
            rows.sort(key=lambda row: self._sortable(field, row), reverse=descending)
        return [self._shown(query, row) for row in rows[: query.limit]]

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()

    def _rows(self, query: Query, conditions: Sequence[Condition], now: datetime) -> list[Row]:
        today = self._today(now)
        by_campaign = query.resource == "campaign"
        by_day = "segments.date" in query.fields
        asked = [condition for condition in conditions if condition.field == "segments.date"]
        groups: dict[tuple[int | None, date | None], dict[str, float]] = {}
        if not by_day:
            groups = {(id_ if by_campaign else None, None): _nothing() for id_ in self._campaigns}
        for ad in self._days:
            if ad.day < today and all(_compare(ad.day.isoformat(), condition) for condition in asked):
                key = (ad.campaign_id if by_campaign else None, ad.day if by_day else None)
                _add(groups.setdefault(key, _nothing()), self._metrics(ad, today))
        rows = [
            Row(self._campaigns.get(id_ or 0), day, _with_ratios(sums)) for (id_, day), sums in groups.items()
        ]
        asks_metrics = any(field.startswith("metrics.") for field in query.fields)
        return [row for row in rows if not (by_day and asks_metrics) or any(row.metrics.values())]

    def _metrics(self, ad: AdDay, today: date) -> dict[str, float]:
        age = (today - ad.day).days - 1
        conversions = ad.conversions_at[min(age, len(ad.conversions_at) - 1)] if ad.conversions_at else 0.0
        value = (
            ad.value_minor_at[min(age, len(ad.value_minor_at) - 1)] if ad.value_minor_at else 0
        ) / self._minor
        return {
            "impressions": ad.impressions,
            "clicks": ad.clicks,
            "cost_micros": ad.cost_micros,
            "conversions": conversions,
            "conversions_value": value,
            "all_conversions": conversions * ALL_OVER_PRIMARY,
            "all_conversions_value": value * ALL_OVER_PRIMARY,
        }

    def _holds(self, row: Row, conditions: Iterable[Condition]) -> bool:
        return all(
            condition.field == "segments.date" or _compare(FIELDS[condition.field](self, row), condition)
            for condition in conditions
        )

    def _sortable(self, field: str, row: Row) -> Any:
        value = FIELDS[field](self, row)
        return float(value) if field in NUMBERS else value or ""

    def _shown(self, query: Query, row: Row) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for field in query.fields:
            resource, name = field.split(".", 1)
            part = shown.setdefault(resource, {})
            if resource in RESOURCES:
                part["resourceName"] = FIELDS[f"{resource}.resource_name"](self, row)
            part[camel(name)] = FIELDS[field](self, row)
        return shown


def camel(name: str) -> str:
    """`cost_micros` as REST writes it: `costMicros`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _check(query: Query) -> None:
    if query.resource not in RESOURCES:
        message = f"Error in query: '{query.resource}' is not a valid resource in the FROM clause."
        raise QueryRefused("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", message)
    named = [*query.fields, *(c.field for c in query.conditions), *(field for field, _ in query.order)]
    for field in named:
        if field not in FIELDS:
            raise QueryRefused("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{field}'.")
        if not field.startswith(RESOURCES[query.resource]):
            message = f"Cannot select or filter on the following fields from '{query.resource}': '{field}'."
            raise QueryRefused("PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE", message)
    for field, _ in query.order:
        if field not in query.fields:
            message = f"The following field must be present in SELECT clause: '{field}'."
            raise QueryRefused("EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", message)


def _prepared(condition: Condition, today: date) -> Condition:
    """Dates checked, and DURING turned into the days it means."""
    if condition.operator == "DURING":
        last = {"YESTERDAY": 1, "LAST_7_DAYS": 7, "LAST_14_DAYS": 14, "LAST_30_DAYS": 30}
        if condition.field != "segments.date" or condition.value.upper() not in last:
            message = f"Invalid value for DURING: {condition.value}."
            raise QueryRefused("INVALID_VALUE_WITH_DURING_OPERATOR", message)
        days = [(today - timedelta(days=n)).isoformat() for n in (last[condition.value.upper()], 1)]
        return Condition(condition.field, "BETWEEN", days)
    if condition.field == "segments.date":
        for text in condition.value if isinstance(condition.value, list) else [condition.value]:
            _check_date(text)
    return condition


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        message = f"Invalid date literal: '{text}'. Expected YYYY-MM-DD."
        raise QueryRefused("INVALID_DATE_FORMAT", message) from None


def _compare(actual: Any, condition: Condition) -> bool:
    wanted: Any = condition.value
    if condition.field in NUMBERS:
        try:
            actual = float(actual)
            wanted = [float(value) for value in wanted] if isinstance(wanted, list) else float(wanted)
        except ValueError:
            raise QueryRefused("BAD_NUMBER", f"Error in query: invalid number {condition.value}.") from None
    match condition.operator:
        case "=":
            return actual == wanted
        case "!=":
            return actual != wanted
        case ">":
            return actual > wanted
        case ">=":
            return actual >= wanted
        case "<":
            return actual < wanted
        case "<=":
            return actual <= wanted
        case "IN":
            return actual in wanted
        case "BETWEEN":
            return wanted[0] <= actual <= wanted[1]
        case _:
            return fnmatchcase(str(actual).lower(), str(wanted).lower().replace("%", "*"))


def _nothing() -> dict[str, float]:
    return dict.fromkeys(SUMMED, 0)


def _add(sums: dict[str, float], metrics: dict[str, float]) -> None:
    for name, value in metrics.items():
        sums[name] += value


def _with_ratios(sums: dict[str, float]) -> dict[str, float]:
    """Cost per click is in micros too, like every amount of money here."""
    impressions, clicks = sums["impressions"], sums["clicks"]
    ctr = clicks / impressions if impressions else 0.0
    return {**sums, "ctr": ctr, "average_cpc": sums["cost_micros"] / clicks if clicks else 0.0}


def _metric(name: str, value: float) -> str | float:
    return str(int(value)) if name in INT64_METRICS else round(float(value), 6)
