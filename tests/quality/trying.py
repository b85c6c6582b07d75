"""One defect after the other against the same night: clone the warehouse, let the vendor send it, ask the gate."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg import sql

from include import quality
from include.errors import NightshiftError
from include.pull import pull
from include.stack.postgres import EmbeddedPostgres
from include.warehouse import build as builds
from include.warehouse.connect import connect
from include.warehouse.roles import grant_database
from tests.conftest import admin, drop_warehouse
from tests.flows.company import HOUR_OF_NIGHT, Company
from tests.quality.defects import Defect, sent

HISTORY = 16
"""Nights before the one that goes wrong: fourteen comparable nights and two more."""

_FORGET = """
    WITH gone AS (
        DELETE FROM raw.load_log WHERE (source, account, stream) = (%(source)s, %(account)s, %(stream)s)
          AND load_id > %(last)s RETURNING load_id
    ) DELETE FROM raw.observation WHERE load_id IN (SELECT load_id FROM gone)
"""
# What only that load had told: it would be nothing new otherwise.
_FORGET_PAYLOADS = """
    DELETE FROM raw.{table} AS r WHERE account = %(account)s AND NOT EXISTS (
        SELECT FROM raw.observation AS o
        WHERE o.stream = %(table)s AND (o.account, o.scope, o.content_hash) = (r.account, r.scope, r.content_hash)
    )
"""


@dataclass(frozen=True)
class Verdict:
    """How a defect ended: the checks that stopped it (or 'edge' when the pull refused it), and the reason told."""

    defect: Defect
    checks: frozenset[str]
    reason: str
    others_held: tuple[str, ...] = ()

    @property
    def is_stopped(self) -> bool:
        return bool(self.checks)


@dataclass
class Night:
    """A company after `HISTORY` good nights, tonight's loads landed and not checked; kept as a template."""

    postgres: EmbeddedPostgres
    shop: Company
    last_load: int
    landed_until: dict[tuple[str, str, str], object]
    numbers: itertools.count

    def tried(self, *defects: Defect) -> list[Verdict]:
        """Let these defects come together, in place of the good loads of their streams."""
        with self.copy() as shop:
            refused = {defect: self.send(shop, defect) for defect in defects}
            before = self._observed(shop) if any(defect.neutralised for defect in defects) else {}
            build_id = builds.freeze(shop.settings, shop.day)
            quality.check_entering(shop.settings, build_id)
            builds.fail(shop.settings, build_id, "looked at")
            return [self._verdict(shop, defect, refused[defect], defects, before) for defect in defects]

    @contextmanager
    def copy(self) -> Iterator[Company]:
        """The company with a warehouse of its own."""
        settings = replace(self.shop.settings, database=f"test_{os.getpid()}_defect_{next(self.numbers)}")
        with admin(self.postgres) as conn:
            clone(conn, self.shop.settings.database, settings.database)
            grant_database(conn, settings.database)
        try:
            yield replace(self.shop, settings=settings)
        finally:
            drop_warehouse(self.postgres, settings)

    def send(self, shop: Company, defect: Defect) -> str | None:
        """Forget the good load and pull again; returns why the pull refused, if it did."""
        account = shop.accounts(defect.source)[defect.account]
        place = {"source": defect.source, "account": account.name, "stream": defect.stream}
        with admin(self.postgres, shop.settings.database) as conn:
            conn.execute(_FORGET, place | {"last": self.last_load})
            table = f"{defect.source}_{defect.stream}"
            conn.execute(
                sql.SQL(_FORGET_PAYLOADS).format(table=sql.Identifier(table)), place | {"table": table}
            )
            conn.execute(
                "UPDATE ops.cursor SET landed_until = %(until)s"
                " WHERE (source, account, stream) = (%(source)s, %(account)s, %(stream)s)",
                place | {"until": self.landed_until[tuple(place.values())]},
            )
        with sent(shop, defect):
            try:
                run = f"defect-{next(self.numbers)}"
                pull(shop.settings, account, defect.stream, run_id=run, now=shop.midnight + HOUR_OF_NIGHT)
            except NightshiftError as error:
                return str(error)
        return None

    def _verdict(
        self, shop: Company, defect: Defect, refused: str | None, together: Sequence[Defect], before: dict
    ) -> Verdict:
        if refused:
            return Verdict(defect, frozenset({"edge"}), refused)
        account = shop.accounts(defect.source)[defect.account].name
        with connect(shop.settings, "transformer") as conn:
            held = conn.execute(
                "SELECT source, account, stream, status_reason, load_id FROM raw.load_log"
                " WHERE status = 'held' AND load_id > %s",
                [self.last_load],
            ).fetchall()
            checks, reason = set(), ""
            for *place, why, load_id in held:
                if place == [defect.source, account, defect.stream]:
                    reason = why
                    checks |= {part.split(":")[0] for part in why.split("; ") if ":" in part} & NAMES
                    checks |= self._measures(conn, load_id) if "likeness" in checks else set()
        mine = {(each.source, each.stream) for each in together}
        others = tuple(f"{s}.{t}: {why}" for s, _, t, why, _ in held if (s, t) not in mine)
        if defect.neutralised and self._same(before, defect, account):
            checks.add("neutralised")
        return Verdict(defect, frozenset(checks - {"likeness"}), reason, others)

    def _measures(self, conn, load_id: int) -> set[str]:
        """Which kinds of likeness were missed."""
        told = conn.execute(
            "SELECT surprises FROM ops.load_profile WHERE load_id = %s", [load_id]
        ).fetchone()[0]
        return {f"likeness of {one['measure']}" for one in told if one["by"] > 1}

    def _observed(self, shop: Company) -> dict:
        with connect(shop.settings, "transformer") as conn:
            return observed(conn, self.last_load)

    def _same(self, before: dict, defect: Defect, account: str) -> bool:
        with connect(self.shop.settings, "transformer") as conn:
            good = observed(conn, self.last_load)
        place = (f"{defect.source}_{defect.stream}", account)
        return good[place] == before[place]


def names() -> frozenset[str]:
    from expectations import entering

    return frozenset(check.name for check in entering.CHECKS)


NAMES = names()


def observed(conn, last_load: int) -> dict:
    """(stream, account) → {scope: content hash} of the loads after `last_load`."""
    seen: dict = {}
    for stream, account, scope, digest in conn.execute(
        "SELECT stream, account, scope, content_hash FROM raw.observation WHERE load_id > %s", [last_load]
    ).fetchall():
        seen.setdefault((stream, account), {})[scope] = digest
    return seen


def clone(conn, template: str, name: str) -> None:
    """A database like another, which nobody may be connected to meanwhile."""
    conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
    conn.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )


def made_ready(postgres: EmbeddedPostgres, shop: Company) -> Night:
    """Pull tonight and remember what the cursors said before."""
    with connect(shop.settings, "transformer") as conn:
        last = conn.execute("SELECT max(load_id) FROM raw.load_log").fetchone()[0]
        told = conn.execute("SELECT source, account, stream, landed_until FROM ops.cursor").fetchall()
    shop.pull()
    assert shop.failures == {}
    return Night(postgres, shop, last, {tuple(place): until for *place, until in told}, itertools.count(1))
