"""The numbers of the restock policy; the same as dbt's macro `restock_policy`, which a test compares."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Days are calendar days, quantities units, shares between 0 and 1."""

    review_days: int = 7
    cover_days: int = 28
    history_days: int = 182
    level_days: int = 180
    level_alpha: float = 0.03
    service_level: float = 0.95
    nominal_z: float = 1.645
    lowest_z: float = 1.0
    highest_z: float = 3.0
    shop_share: float = 0.1
    fewest_judged: int = 100
    weekday_prior_units: float = 30
    fewest_windows: int = 28
    back_test_weeks: int = 8
    price_cut_below: float = 0.93
    price_cut_prior_units: float = 30
    price_cut_carry: float = 0.1
    fewest_regular_days: int = 14


OURS = Policy()
