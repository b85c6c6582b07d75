"""What the ad platform says of its days when asked at an instant."""

from datetime import date, datetime
from decimal import Decimal

from include.sandbox.truth.moments import local_day, money
from include.sandbox.world.model import AdDay, World


def performance(
    world: World, now: datetime, first: date, last: date
) -> dict[tuple[int, date], dict[str, object]]:
    """By (campaign id, day): the platform's latest claim, of all placements together. A day is told from the
    next morning on; asked n days after that, it is the n-th restatement, and the last one holds for ever."""
    sums: dict[tuple[int, date], dict[str, object]] = {}
    for (campaign_id, day, _), row in placements(world, now, first, last).items():
        known = sums.get((campaign_id, day))
        sums[campaign_id, day] = (
            row if known is None else {name: known[name] + row[name] for name in row}  # type: ignore[operator]
        )
    return sums


def placements(
    world: World, now: datetime, first: date, last: date
) -> dict[tuple[int, date, str], dict[str, object]]:
    """By (campaign id, day, placement): the latest claim; Google's placement is ''. A day on which
    nothing was shown is no row."""
    today = local_day(world, now)
    return {
        (ad.campaign_id, ad.day, ad.placement): claimed(world, ad, (today - ad.day).days - 1)
        for ad in world.ad_days
        if first <= ad.day <= last and ad.day < today and ad.impressions
    }


def spend(world: World, now: datetime, day: date) -> Decimal:
    """What all campaigns of a day cost."""
    rows = performance(world, now, day, day).values()
    return sum((Decimal(str(row["spend_amount"])) for row in rows), Decimal(0))


def claimed(world: World, ad: AdDay, age: int) -> dict[str, object]:
    """The claim `age` + 1 days after the day."""
    place = min(age, len(ad.conversions_at) - 1)
    return {
        "impressions": ad.impressions,
        "clicks": ad.clicks,
        "spend_amount": Decimal(ad.cost_micros).scaleb(-6),
        "platform_reported_conversions": Decimal(str(ad.conversions_at[place])),
        "platform_reported_value_amount": money(world, ad.value_minor_at[place]),
    }
