"""What the ad platforms said of a day each time they were asked, and how much of the end they usually know.

Each night asks again for the days that were within a platform's reach the night before: Google's last 30,
Meta's last 28. Asked on the 2nd, 3rd and 9th for the 1st, a campaign that claims 40.00, 40.00 and 52.00
has two rows: 40.00, and on the 9th 52.00, of which 12.00 are new.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from include.sandbox.truth.ads import claimed
from include.sandbox.truth.moments import ratio
from include.sandbox.world.model import AdDay, World

REACH = {"google_ads": 30, "meta": 28}
FEWEST_DAYS = 5
MATURE_AT = Decimal("0.8")

Campaign = tuple[str, int, date]  # platform, campaign id, ad day
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer: spend, conversions and value of a campaign's day, `age` days after it."""

    asked_on: date
    age: int
    spend: Decimal
    conversions: Decimal
    value: Decimal


class Restated:
    """The answers to nights on `asked` (company days, oldest first; each begins just after midnight)."""

    def __init__(self, world: World, asked: Sequence[date]):
        self._world, self._asked = world, asked
        self._platforms = {campaign.id: campaign.platform for campaign in world.campaigns}

    @cached_property
    def claims(self) -> dict[Campaign, list[Claim]]:
        """Every answer, oldest first."""
        places: dict[Campaign, list[AdDay]] = defaultdict(list)
        for ad in (one for one in self._world.ad_days if one.impressions):
            places[self._platforms[ad.campaign_id], ad.campaign_id, ad.day].append(ad)
        told = {key: [self._claim(ads, on) for on in self._asked_about(key)] for key, ads in places.items()}
        return {key: claims for key, claims in sorted(told.items()) if claims}

    def rows(self) -> dict[tuple[str, int, date, date], Row]:
        """The rows of `fct_ad_restatement`: the first answer, and each that differs from the one before."""
        rows: dict[tuple[str, int, date, date], Row] = {}
        for key, claims in self.claims.items():
            before: Claim | None = None
            for one in claims:
                said = (one.spend, one.conversions, one.value)
                if before is None or said != (before.spend, before.conversions, before.value):
                    rows[*key, one.asked_on] = {
                        "spend_amount": one.spend,
                        "conversions": one.conversions,
                        "value_amount": one.value,
                        "delta_value_amount": one.value - (before.value if before else 0),
                        "days_after": one.age,
                    }
                before = one
        return rows

    def completion(self, platform: str, age: int) -> Decimal | None:
        """The share of its final value that a day has at that age: 1 when nothing moves any more, None before
        five days were watched from then to the end."""
        if age >= REACH[platform]:
            return Decimal(1)
        days, then, finally_ = set(), Decimal(0), Decimal(0)
        for (owner, _, day), claims in self.claims.items():
            settled = [one for one in claims if one.age >= REACH[platform]]
            at_age = [one for one in claims if one.age == age]
            if owner == platform and settled and at_age:
                days.add(day)
                then, finally_ = then + at_age[0].value, finally_ + settled[-1].value
        return ratio(then, finally_) if len(days) >= FEWEST_DAYS else None

    def performance(self) -> dict[Campaign, Row]:
        """The columns of `fct_ad_performance_daily` that come of having asked more than once."""
        ages = {(platform, age) for platform in REACH for age in range(1, max(REACH.values()))}
        known = {key: self.completion(*key) for key in ages}
        rows: dict[Campaign, Row] = {}
        for key, claims in self.claims.items():
            age = claims[-1].age
            share = known[key[0], age] if age < REACH[key[0]] else Decimal(1)
            expected = None if not share else (claims[-1].value / share)
            rows[key] = {
                "spend_amount": claims[-1].spend,
                "first_reported_conversions": claims[0].conversions,
                "first_reported_value_amount": claims[0].value,
                "platform_reported_conversions": claims[-1].conversions,
                "platform_reported_value_amount": claims[-1].value,
                "is_provisional": age < REACH[key[0]],
                "completion_at_lag": share,
                "is_mature": share is not None and share >= MATURE_AT,
                "value_expected_final_amount": expected and expected.quantize(Decimal("0.01"), ROUND_HALF_UP),
            }
        return rows

    def _asked_about(self, key: Campaign) -> list[date]:
        reach = timedelta(days=REACH[key[0]])
        nights = zip([date.min + reach, *self._asked], self._asked, strict=False)
        return [night for before, night in nights if before - reach <= key[2] < night]

    def _claim(self, ads: list[AdDay], asked_on: date) -> Claim:
        age = (asked_on - ads[0].day).days
        rows = [claimed(self._world, ad, age - 1) for ad in ads]
        sums = {name: sum((Decimal(str(row[name])) for row in rows), Decimal(0)) for name in rows[0]}
        return Claim(
            asked_on, age, sums["spend_amount"], sums["platform_reported_conversions"],
            sums["platform_reported_value_amount"],
        )  # fmt: skip
