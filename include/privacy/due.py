"""By when a request must be answered: the earliest of all that may apply, since nobody tells us where a person lives.

| rule | access | erasure | opt-out |
|---|---|---|---|
| GDPR (Art. 12) | one month | one month | one month |
| CCPA | 45 days | 45 days | 15 business days |
| Shopify, for what came by its webhooks | 30 days | 30 days | |

Business days are Monday to Friday: a holiday that is not left out makes a date earlier, never later.
"""

from calendar import monthrange
from datetime import datetime, timedelta

SATURDAY = 5
GDPR, CCPA_DAYS, CCPA_BUSINESS_DAYS, SHOPIFY = (
    "GDPR one month",
    "CCPA 45 days",
    "CCPA 15 business days",
    "Shopify 30 days",
)


def due(kind: str, via: str, received_at: datetime) -> tuple[datetime, str]:
    """(when, by which rule): the strictest of those that apply to a request of this kind that came this way."""
    rules = {GDPR: _a_month_after(received_at)}
    if kind == "opt_out":
        rules[CCPA_BUSINESS_DAYS] = _business_days_after(received_at, 15)
    else:
        rules[CCPA_DAYS] = received_at + timedelta(days=45)
    if via == "shopify":
        rules[SHOPIFY] = received_at + timedelta(days=30)
    rule = min(rules, key=lambda name: rules[name])
    return rules[rule], rule


def _a_month_after(moment: datetime) -> datetime:
    """The same day of the next month, or its last: 31 January is followed by 28 February."""
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def _business_days_after(moment: datetime, days: int) -> datetime:
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() < SATURDAY
    return moment
