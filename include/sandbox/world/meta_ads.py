"""Meta's side of advertising: four campaigns on Facebook and Instagram, restated for 28 days.

A day's row is one campaign on one publisher platform. What an order brought is claimed by the placement
its link named (`utm_source`), and Meta also claims people who only saw the ad.
"""

from collections import defaultdict
from datetime import date, timedelta
from math import exp
from random import Random

from include.sandbox.world.days import DAY, LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.model import AdDay, Campaign, Company, Order

FIRST_CAMPAIGN_ID = 120_210_000_000_000_001
RESTATED_DAYS = 28
SPEND_SHARE = 0.05
MICROS = 1_000_000
PLACEMENTS = ("facebook", "instagram")
NAMES = ("Prospecting", "Retargeting", "Catalogue", "Reels")
OBJECTIVES = ("OUTCOME_SALES", "OUTCOME_SALES", "OUTCOME_SALES", "OUTCOME_TRAFFIC")
CAMPAIGNS = ("social-prospecting", "social-retargeting", "social-catalogue", "social-reels")
BUDGET_SHARES = (0.4, 0.25, 0.2, 0.15)
FACEBOOK_SHARES = (0.6, 0.55, 0.7, 0.1)
CLICK_SHARES = (0.011, 0.02, 0.014, 0.006)  # clicks per impression

# What orders that came by a paid post carry, in the shares in which they do.
LINKS = tuple(
    (placement, utm)
    for utm, share, facebook in zip(CAMPAIGNS, BUDGET_SHARES, FACEBOOK_SHARES, strict=True)
    for placement, part in (("facebook", facebook), ("instagram", 1 - facebook))
    for _ in range(round(share * part * 100))
)


def campaigns() -> list[Campaign]:
    return [
        Campaign(FIRST_CAMPAIGN_ID + n, NAMES[n], OBJECTIVES[n], utm, "meta")
        for n, utm in enumerate(CAMPAIGNS)
    ]


def advertise(
    orders: list[Order], company: Company, dice: Dice, clock: LocalClock, first: date, last: date
) -> list[AdDay]:
    """Every campaign's days on each placement."""
    sent = _sent(orders, clock)
    budget = _early_daily_revenue(orders, clock, first) * SPEND_SHARE
    days: list[AdDay] = []
    day = first
    while day <= last:
        for n, campaign in enumerate(campaigns()):
            for placement in PLACEMENTS:
                share = FACEBOOK_SHARES[n] if placement == "facebook" else 1 - FACEBOOK_SHARES[n]
                roll = dice.roll(f"meta-{n}-{placement}", day)
                minor = sent[campaign.utm_campaign, placement, day]
                spend = budget * BUDGET_SHARES[n] * share * roll.uniform(0.7, 1.3)
                days.append(_day(roll, company, campaign.id, placement, day, spend, CLICK_SHARES[n], minor))
        day += DAY
    return days


def _sent(orders: list[Order], clock: LocalClock) -> dict[tuple[str, str, date], list[int]]:
    sent: dict[tuple[str, str, date], list[int]] = defaultdict(list)
    for order in orders:
        if order.utm_medium == "paid_social" and order.utm_campaign and order.utm_source and not order.test:
            key = (order.utm_campaign, order.utm_source, clock.day_of(order.created_at))
            sent[key].append(_goods(order))
    return sent


def _goods(order: Order) -> int:
    return sum(line.unit_price_minor * line.quantity - line.discount_minor for line in order.lines)


def _early_daily_revenue(orders: list[Order], clock: LocalClock, first: date) -> float:
    """What a day of the first four weeks sold: the budget does not follow the later story."""
    end = clock.midnight(first + timedelta(days=28))
    return sum(_goods(order) for order in orders if order.created_at < end) / 28


def _day(
    roll: Random, company: Company, campaign_id: int, placement: str, day: date, spend_minor: float,
    click_share: float, sent: list[int],
) -> AdDay:  # fmt: skip
    clicks = max(len(sent), round(spend_minor / 70 * roll.uniform(0.8, 1.2)))
    impressions = round(clicks / click_share * roll.uniform(0.8, 1.25))
    claimed = roll.uniform(1.05, 1.5)
    conversions, value = len(sent) * claimed, sum(sent) * claimed
    curve = _completeness(roll)
    return AdDay(
        campaign_id, day, impressions, clicks,
        round(spend_minor) * (MICROS // 10**company.minor_digits) if clicks else 0,
        tuple(float(round(conversions * share)) for share in curve),
        tuple(round(value * share) for share in curve), placement,
    )  # fmt: skip


def _completeness(roll: Random) -> list[float]:
    """The share of the final value known after n days; one day in six is corrected downwards."""
    start, pace = roll.uniform(0.25, 0.5), roll.uniform(2.5, 6)
    curve = [1 - start * exp(-n / pace) for n in range(RESTATED_DAYS + 1)]
    if roll.random() < 1 / 6:
        since, factor = roll.randint(3, 20), roll.uniform(0.8, 0.95)
        curve = [share * (factor if n >= since else 1) for n, share in enumerate(curve)]
    return curve
