"""The ad platform: what campaigns cost and what the platform claims they brought, restated for weeks."""

from collections import defaultdict
from datetime import date, timedelta
from math import exp
from random import Random

from include.sandbox.world.days import DAY, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import AdDay, Campaign, Company, Order
from include.sandbox.world.shop import CAMPAIGN_WEIGHTS, CAMPAIGNS

RESTATED_DAYS = 30
SPEND_SHARE = 0.12
MICROS = 1_000_000
KINDS = ("SEARCH", "SEARCH", "SHOPPING", "PERFORMANCE_MAX", "DISPLAY", "DEMAND_GEN")
NAMES = ("Brand search", "Category search", "Shopping all", "PMax pantry", "Remarketing", "Demand Gen")
CLICK_SHARE_OF_CPM = (0.11, 0.05, 0.012, 0.015, 0.004, 0.006)  # clicks per impression


def campaigns() -> list[Campaign]:
    return [Campaign(21_400_000_001 + n, NAMES[n], KINDS[n], utm) for n, utm in enumerate(CAMPAIGNS)]


def advertise(
    company: Company, orders: list[Order], dice: Dice, clock: LocalClock, first: date, last: date
) -> list[AdDay]:
    """Every campaign's days. Google counts every order it sent us and some that it did not."""
    sent = _sent_by_campaign(orders, clock)
    budget = _daily_revenue(orders, clock, first) * SPEND_SHARE
    days: list[AdDay] = []
    day = first
    while day <= last:
        for n, campaign in enumerate(campaigns()):
            if _is_running(n, day):
                roll = dice.roll(f"ads-{n}", day)
                share = CAMPAIGN_WEIGHTS[n] / sum(CAMPAIGN_WEIGHTS)
                days.append(
                    _day(roll, company, campaign, n, day, budget * share, sent[campaign.utm_campaign, day])
                )
        day += DAY
    return days


def _is_running(n: int, day: date) -> bool:
    """Demand Gen pauses one week in four."""
    return n != 5 or day.toordinal() // 7 % 4 != 0


def _sent_by_campaign(orders: list[Order], clock: LocalClock) -> dict[tuple[str, date], list[int]]:
    sent: dict[tuple[str, date], list[int]] = defaultdict(list)
    for order in orders:
        if order.utm_medium == "cpc" and order.utm_campaign and not order.test:
            goods = sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)
            sent[order.utm_campaign, clock.day_of(order.created_at)].append(goods)
    return sent


def _daily_revenue(orders: list[Order], clock: LocalClock, first: date) -> float:
    end = clock.midnight(first + timedelta(days=28))
    early = [order for order in orders if order.created_at < end]
    total = sum(
        line.unit_price_minor * line.quantity - line.discount_minor for o in early for line in o.lines
    )
    return total / 28


def _day(
    roll: Random, company: Company, campaign: Campaign, n: int, day: date, budget: float, sent: list[int]
) -> AdDay:
    spend_minor = budget * roll.uniform(0.75, 1.2) * (1.15 if day.weekday() < 4 else 0.85)
    usual_click = budget / 18 or 1
    clicks = max(0, round(spend_minor / usual_click * roll.uniform(0.85, 1.15)))
    clicks = max(clicks, len(sent))
    impressions = round(clicks / CLICK_SHARE_OF_CPM[n] * roll.uniform(0.8, 1.25))
    per_unit = MICROS // 10**company.minor_digits
    cost = round(spend_minor * per_unit / 10_000) * 10_000 if clicks else 0
    claimed = roll.uniform(1.0, 1.3)
    conversions, value = len(sent) * claimed, sum(sent) * claimed
    curve = _completeness(roll)
    return AdDay(
        campaign.id, day, impressions, clicks, cost,
        tuple(round(conversions * share, 2) for share in curve),
        tuple(round(value * share) for share in curve),
    )  # fmt: skip


def _completeness(roll: Random) -> list[float]:
    """The share of the final value known after n days: about .6 at first; some days are corrected down."""
    start, pace = roll.uniform(0.3, 0.5), roll.uniform(3.5, 8)
    curve = [1 - start * exp(-n / pace) for n in range(RESTATED_DAYS + 1)]
    if roll.random() < 0.15:
        since, factor = roll.randint(4, 24), roll.uniform(0.84, 0.96)
        curve = [share * (factor if n >= since else 1) for n, share in enumerate(curve)]
    return curve
