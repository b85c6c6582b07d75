"""The days of the calendar, and which of them the company's country has off."""

from datetime import date, timedelta
from typing import Any

from include.sandbox.truth.rules import holiday_names

FIRST, LAST = date(2010, 1, 1), date(2035, 12, 31)
SATURDAY = 6


def date_rows(country: str) -> dict[date, dict[str, Any]]:
    """The rows of `dim_date`. Weeks are ISO's: they begin on a Monday, and the first holds 4 January."""
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    off = holiday_names(country)
    return {
        day: {
            "year": day.year,
            "quarter": (day.month - 1) // 3 + 1,
            "month": day.month,
            "iso_week": day.isocalendar().week,
            "iso_weekday": day.isoweekday(),
            "is_weekend": day.isoweekday() >= SATURDAY,
            "is_holiday": day in off,
            "holiday_name": off.get(day),
        }
        for day in days
    }
