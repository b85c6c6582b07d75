"""Small made-up books: slow and fast sellers, weekdays, price cuts, a launch; all from one seed."""

from datetime import date

import numpy as np

from include.backtest.book import Book, Terms, listed_from
from include.backtest.history import prices_held

FIRST_DAY = date(2026, 1, 5)  # a Monday


def a_book(skus: int = 40, days: int = 280, seed: int = 7) -> Book:
    """Poisson demand of 0.2 to 6 a day; one SKU in four is cut by a third for a week now and then and sells thrice."""
    dice = np.random.default_rng(seed)
    mean = np.geomspace(0.2, 6, skus)[:, None] * (1 + 0.5 * (np.arange(days) % 7 >= 5))
    cut = (
        np.repeat(dice.random((skus, -(-days // 7))) < 0.15, 7, axis=1)[:, :days]
        & (np.arange(skus) % 4 == 0)[:, None]
    )
    launch = np.where(np.arange(skus) % 10 == 9, dice.integers(40, days, skus), 0)
    demand = dice.poisson(mean * np.where(cut, 3, 1)) * (np.arange(days) >= launch[:, None])
    price = np.where(demand > 0, np.where(cut, 6.0, 9.0), np.nan)
    names = tuple(f"S{number:03}" for number in range(skus))
    return Book("made up", names, FIRST_DAY, demand.astype(float), prices_held(price), listed_from(demand))


def some_terms(skus: int, seed: int = 7) -> Terms:
    dice = np.random.default_rng(seed)
    pack = dice.choice([1.0, 6.0], skus)
    return Terms(dice.integers(2, 15, skus), dice.choice([1.0, 12.0], skus), pack)
