"""Two Meta campaigns beside those of Google: for the tiny company, or for any other."""

from dataclasses import replace
from datetime import date

from include.sandbox.world.model import AdDay, Campaign, World
from tests.sandbox import tiny

SALES, AWARENESS = 23_847_000_000_000_001, 23_847_000_000_000_002


def world(base: World | None = None) -> World:
    """SALES ran on both placements on 1 and 9 March, AWARENESS on Instagram on the 9th; on the 10th SALES runs."""
    base = base or tiny.world()
    campaigns = [
        Campaign(SALES, "Catalogue sales", "OUTCOME_SALES", "catalogue", "meta"),
        Campaign(AWARENESS, "Brand film", "OUTCOME_AWARENESS", "film", "meta"),
    ]
    days = [
        AdDay(SALES, date(2026, 3, 1), 1000, 50, 12_340_000, (1.0, 2.0, 4.0), (1000, 2000, 4000), "facebook"),
        AdDay(SALES, date(2026, 3, 1), 500, 20, 5_010_000, (1.0,), (1500,), "instagram"),
        AdDay(SALES, date(2026, 3, 9), 800, 40, 10_000_000, (0.5, 1.0), (500, 1000), "facebook"),
        AdDay(SALES, date(2026, 3, 9), 0, 0, 0, (0.0,), (0,), "instagram"),
        AdDay(AWARENESS, date(2026, 3, 9), 900, 0, 4_000_000, (0.0,), (0,), "instagram"),
        AdDay(SALES, date(2026, 3, 10), 700, 30, 9_000_000, (0.25,), (250,), "facebook"),
    ]
    return replace(base, campaigns=[*base.campaigns, *campaigns], ad_days=[*base.ad_days, *days])
