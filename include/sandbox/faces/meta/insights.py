"""Insights: what campaigns did, by day of the ad account and by publisher platform.

Quirks kept:

* every metric is text (`"spend": "1.23"`), lists of actions are missing when there were none, and so are rows with
  nothing in them;
* one purchase is in the list three times, as `purchase`, `omni_purchase` and `offsite_conversion.fb_pixel_purchase`;
  `clicks` counts every click on an ad, `inline_link_clicks` those that led to the shop;
* `value` is counted by each ad set's own attribution setting, `7d_click` and `1d_view` are what was asked for; asked
  again later the same day has more of them. A window that was taken away (`7d_view`) is left out without a word;
* a question about many days times out and wants an asynchronous report, see `reports`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox import credentials
from include.sandbox.faces import Sandbox
from include.sandbox.faces.meta.errors import Refused, bad_parameter, no_such_object
from include.sandbox.faces.meta.graph import chosen, names
from include.sandbox.world.model import AdDay, Campaign

LONGEST_SYNC_DAYS = 60
KEPT_MONTHS = 37
WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view", "1d_ev")
GONE_WINDOWS = ("7d_view", "28d_view")
DEFAULT_SETTING = ("7d_click", "1d_view")
SHARE_OF_WINDOW = {"1d_click": Decimal("0.6"), "28d_click": Decimal("1.1"), "1d_ev": Decimal(0)}
VIEWED = Decimal("0.15")  # of all conversions, those of people who saw the ad and did not click
OTHER_CLICKS = Decimal("0.3")  # likes, profile visits and such, for each click that led to the shop
PURCHASES = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Row:
    """Sums of one campaign, day and placement; None where the question does not tell them apart."""

    campaign: Campaign | None
    placement: str | None
    first: date
    last: date
    impressions: int
    clicks: int
    spend: Decimal
    conversions: Decimal
    value: Decimal


@dataclass(frozen=True)
class Question:
    """The parameters of a report, checked."""

    first: date
    last: date
    by_campaign: bool
    by_day: bool
    by_placement: bool
    fields: tuple[str, ...]
    windows: tuple[str, ...]


class Insights:
    """The ad account's figures as they are told at an instant."""

    def __init__(self, sandbox: Sandbox):
        world = sandbox.world
        self._clock, self._company = sandbox.clock, world.company
        self._campaigns = {one.id: one for one in world.campaigns if one.platform == "meta"}
        self._days = [ad for ad in world.ad_days if ad.campaign_id in self._campaigns]
        self._zone = ZoneInfo(world.company.timezone)
        self._cent = Decimal(1).scaleb(-world.company.minor_digits)

    def account(self, node: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The ad account itself."""
        if node != credentials.META_AD_ACCOUNT_ID:
            raise no_such_object(node)
        whole = {
            "id": node,
            "account_id": node.removeprefix("act_"),
            "name": self._company.name,
            "currency": self._company.currency,
            "timezone_name": self._company.timezone,
            "account_status": 1,
        }
        return chosen(whole, arguments, "AdAccount")

    def asked(self, account: str, arguments: dict[str, Any]) -> Question:
        """The question in these parameters; `Refused` naming what is wrong with it."""
        if account != credentials.META_AD_ACCOUNT_ID:
            raise no_such_object(account)
        first, last = self._range(arguments.get("time_range"))
        level = str(arguments.get("level") or "account")
        breakdowns = names(arguments.get("breakdowns"))
        fields = tuple(names(arguments.get("fields"))) or ("account_id", "impressions", "spend")
        windows = tuple(names(arguments.get("action_attribution_windows")))
        if level not in ("account", "campaign"):
            raise bad_parameter(f"Param level must be one of {{account, campaign}}, not {level}")
        if set(breakdowns) - {"publisher_platform"}:
            raise bad_parameter(f"Current combination of data breakdown columns is invalid: {breakdowns}")
        for name in fields:
            if name not in FIELDS:
                raise bad_parameter(f"{name} is not valid for fields param. Please check the reference.")
        for name in windows:
            if name not in WINDOWS + GONE_WINDOWS:
                raise bad_parameter(f"Param action_attribution_windows: {name} is not one of the windows")
        by_day = str(arguments.get("time_increment") or "all_days") == "1"
        return Question(first, last, level == "campaign", by_day, bool(breakdowns), fields, windows)

    def at_once(self, question: Question) -> list[dict[str, Any]]:
        """The rows, when they are few enough to be answered while somebody waits."""
        if (question.last - question.first).days >= LONGEST_SYNC_DAYS:
            message = "Sorry, this request has timed out. Please try a smaller date range or an async query"
            raise Refused(100, message, "OAuthException", 1504018)
        return self.rows(question)

    def rows(self, question: Question) -> list[dict[str, Any]]:
        """The rows as Graph words them, newest figures first to last day."""
        today = self._today(self._clock.now())
        return [self._shown(row, question) for row in self._summed(question, today) if row.impressions]

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()

    def _range(self, given: Any) -> tuple[date, date]:
        try:
            first, last = (date.fromisoformat(given[name]) for name in ("since", "until"))
        except (TypeError, KeyError, ValueError):
            raise bad_parameter("Must be a dictionary with 'since' and 'until' in YYYY-MM-DD") from None
        if last < first:
            raise bad_parameter("The start date of time_range must be before its end date")
        today = self._today(self._clock.now())
        if (today.year - first.year) * 12 + today.month - first.month > KEPT_MONTHS:
            message = (
                "(#3018) The start date of the time range cannot be beyond 37 months from the current date"
            )
            raise Refused(3018, message, "OAuthException", 1487534)
        return first, last

    def _summed(self, question: Question, today: date) -> Iterator[Row]:
        def group(ad: AdDay) -> tuple[date, int, str]:
            return (
                ad.day if question.by_day else question.first,
                ad.campaign_id if question.by_campaign else 0,
                ad.placement if question.by_placement else "",
            )

        told = [ad for ad in self._days if question.first <= ad.day <= question.last and ad.day < today]
        for (day, campaign, placement), days in groupby(sorted(told, key=group), key=group):
            ads = list(days)
            yield Row(
                self._campaigns.get(campaign),
                placement if question.by_placement else None,
                day,
                day if question.by_day else question.last,
                sum(ad.impressions for ad in ads),
                sum(ad.clicks for ad in ads),
                sum((Decimal(ad.cost_micros).scaleb(-6) for ad in ads), Decimal(0)),
                sum((Decimal(str(_aged(ad.conversions_at, ad.day, today))) for ad in ads), Decimal(0)),
                sum((Decimal(_aged(ad.value_minor_at, ad.day, today)) for ad in ads), Decimal(0))
                * self._cent,
            )

    def _shown(self, row: Row, question: Question) -> dict[str, Any]:
        shown = {name: FIELDS[name](self, row, question) for name in question.fields}
        shown = {name: value for name, value in shown.items() if value not in (None, [])}
        shown |= {"date_start": row.first.isoformat(), "date_stop": row.last.isoformat()}
        return shown if row.placement is None else {**shown, "publisher_platform": row.placement}

    def spend(self, row: Row) -> str:
        return str(row.spend.quantize(self._cent, ROUND_HALF_UP))

    @property
    def currency(self) -> str:
        return self._company.currency

    @property
    def name(self) -> str:
        return self._company.name


def _aged(claims: tuple[Any, ...], day: date, today: date) -> Any:
    """What is claimed so many days after the day; the last claim holds for ever."""
    return claims[min((today - day).days - 1, len(claims) - 1)] if claims else 0


def _actions(row: Row, question: Question) -> list[dict[str, str]]:
    visits = [
        {"action_type": kind, "value": str(number)}
        for kind, number in (("link_click", row.clicks), ("landing_page_view", row.clicks * 4 // 5))
        if number
    ]
    return visits + _purchases(row.conversions, question)


def _purchases(total: Decimal, question: Question) -> list[dict[str, str]]:
    if not total:
        return []
    viewed = (total * VIEWED).quantize(CENT)
    by_window = {name: (total * share).quantize(CENT) for name, share in SHARE_OF_WINDOW.items()}
    by_window |= {"7d_click": total - viewed, "1d_view": viewed}
    counted = {"value": total, **{name: by_window[name] for name in question.windows if name in by_window}}
    numbers = {name: _plain(number) for name, number in counted.items() if number}
    return [{"action_type": kind, **numbers} for kind in PURCHASES]


def _plain(number: Decimal) -> str:
    """`3`, `2.25`: no zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _per(number: Decimal | int, by: int) -> str | None:
    return f"{Decimal(number) / by:.6f}" if by else None


FIELDS: dict[str, Callable[[Insights, Row, Question], Any]] = {
    "account_id": lambda account, row, asked: credentials.META_AD_ACCOUNT_ID.removeprefix("act_"),
    "account_name": lambda account, row, asked: account.name,
    "account_currency": lambda account, row, asked: account.currency,
    "campaign_id": lambda account, row, asked: str(row.campaign.id) if row.campaign else None,
    "campaign_name": lambda account, row, asked: row.campaign.name if row.campaign else None,
    "objective": lambda account, row, asked: row.campaign.channel_type if row.campaign else None,
    "buying_type": lambda account, row, asked: "AUCTION",
    "attribution_setting": lambda account, row, asked: "_".join(DEFAULT_SETTING),
    "spend": lambda account, row, asked: account.spend(row),
    "impressions": lambda account, row, asked: str(row.impressions),
    "clicks": lambda account, row, asked: str(row.clicks + round(row.clicks * OTHER_CLICKS)),
    "inline_link_clicks": lambda account, row, asked: str(row.clicks) if row.clicks else None,
    "reach": lambda account, row, asked: str(max(1, row.impressions * 3 // 4)),
    "cpc": lambda account, row, asked: _per(row.spend, row.clicks),
    "ctr": lambda account, row, asked: _per(100 * row.clicks, row.impressions),
    "actions": lambda account, row, asked: _actions(row, asked),
    "action_values": lambda account, row, asked: _purchases(row.value, asked),
    "date_start": lambda account, row, asked: None,
    "date_stop": lambda account, row, asked: None,
}
