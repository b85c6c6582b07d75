"""The one door from raw to mart: freeze, check raw, build, audit, publish.

Nightly runs, backfills and full refreshes all come through here, so they give the same tables.
"""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from include import dbt_runner, quality
from include.settings import Settings
from include.warehouse import build as builds
from include.warehouse.publish import Publication, publish

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Night:
    """What a build did: `held` has one sentence per load kept out, `publication` says what changed."""

    build_id: int
    day: date
    held: tuple[str, ...]
    publication: Publication

    def summary(self) -> dict[str, Any]:
        """Counts only, fit for a log or an XCom."""
        return {
            "build_id": self.build_id,
            "day": self.day.isoformat(),
            "held_loads": len(self.held),
            "tables": len(self.publication.tables),
        }


def build_and_publish(settings: Settings, day: date, full_refresh: bool = False) -> Night:
    """Build all marts as of the end of `day` and publish them in one transaction.

    Raises Busy when another build holds the lock, GateFailed when the result must not be published
    (readers then keep what was published last); the loads stay unbuilt and come again next time.
    """
    with builds.holding_build(settings, day, full_refresh=full_refresh) as build_id:
        log.info("build %s for %s: checking what came in", build_id, day)
        held = quality.check_entering(settings, build_id)
        for sentence in held:
            log.warning(sentence)
        log.info("build %s: building", build_id)
        dbt_runner.build(settings, full_refresh=full_refresh)
        log.info("build %s: checking what goes out", build_id)
        quality.check_leaving(settings, build_id)
        publication = publish(settings, build_id, dbt_runner.manifest(settings))
    return Night(build_id, day, tuple(held), publication)
