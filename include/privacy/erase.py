"""Forget a person, or everybody a store told of: vault, raw, what was built and published, the lake, files.

Orders stay, without knowing whose they were. What remains of a person is keyed hashes on the suppression list, so that
no later extraction, replay or restore brings them back. A store's people are not put there: the store itself is gone,
and who meets us again elsewhere does so anew.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from psycopg import Connection
from psycopg.types.json import Jsonb

from include.errors import Busy, Stop
from include.privacy import traces
from include.privacy.files import mask
from include.privacy.marks import Marks
from include.privacy.outside import write_down
from include.privacy.people import Known, known
from include.privacy.subjects import Subject
from include.privacy.suppression import (
    email_hmacs,
    key_hmacs,
    phone_hmacs,
    record_hmacs,
    remember,
    suppression_keys,
)
from include.settings import Settings
from include.warehouse.build import LOCK as BUILD_LOCK
from include.warehouse.connect import connect, trouble
from include.warehouse.erased import LOCK as ERASED_LOCK
from include.warehouse.publish import LOCK as PUBLISH_LOCK

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Erasure:
    """What was found and forgotten; counts only."""

    keys: int
    vault_rows: int
    raw_records: int
    published_rows: int
    lake_extractions: int
    files: int = 0


def erase(settings: Settings, subject: Subject | str) -> Erasure:
    """Forget whoever this is (a text is an e-mail address). Doing it again is harmless, and finds what came since. Raises
    Stop when nobody can be told by it, Wait when the warehouse is away or a build runs.

    Platforms are not spoken to here: members are marked unwanted and leave the lists at the next sending. Where only
    what was sent can remove a person, that hash stays in the vault until it has.
    """
    if isinstance(subject, str):
        subject = Subject.checked({"email": subject})
    with trouble("erasing"), connect(settings, "privacy") as conn:
        who = known(conn, settings, subject)
    return erase_known(settings, who, subject)[0]


def erase_known(
    settings: Settings,
    who: Known,
    subject: Subject,
    keep: Callable[[Connection, Known], None] = lambda conn, who: None,
) -> tuple[Erasure, Known]:
    """The same for somebody who has been looked up, and all they turned out to be known by; `keep` writes that down before
    it is forgotten here.

    The lake and the files are read before others are kept waiting. Whatever a load told of the person meanwhile is looked
    up again when no load can commit any more.
    """
    gone, files = _out_of_files(settings, who)
    with trouble("erasing"), connect(settings, "privacy") as conn:
        _hold_others(conn)
        before = who
        who |= known(conn, settings, replace(subject, keys=(*subject.keys, *who.keys)))
        if who != before:
            gone, files = (
                one + more for one, more in zip((gone, files), _out_of_files(settings, who), strict=True)
            )
        keep(conn, who)
        scopes = _scopes(who, subject.orders)
        secrets = suppression_keys(settings)
        subjects = [email_hmacs(secrets, email) for email in who.emails]
        subjects += [key_hmacs(secrets, key) for key in who.keys]
        subjects += [
            record_hmacs(secrets, source, scope) for (source, _), names in scopes.items() for scope in names
        ]
        remember(conn, subjects, "erased")
        if not who.keys:
            # nobody we know, and a number may be several people's: whoever has it is at least never written to
            remember(conn, (phone_hmacs(secrets, phone) for phone in who.phones), "opt_out")
        raw = traces.out_of_raw(conn, who.keys, scopes)
        published = traces.out_of_tables(conn, who.keys)
        traces.out_of_ledger(conn, who.keys)
        vault = traces.out_of_vault(conn, who.keys)
        done = Erasure(len(who.keys), vault, raw, published, gone, files)
        _audit(conn, "erase", None, done)
    write_down(settings)
    log.info("a person was erased: %s", done)
    return done, who


def erase_store(
    settings: Settings,
    source: str,
    account: str,
    keep: Callable[[Connection, list[str]], None] = lambda conn, keys: None,
) -> Erasure:
    """Forget everybody whom a store told of, unless somebody else tells of them too; orders lose all of them. `keep` writes
    down their keys before they are forgotten here.

    The lake is read before others are kept waiting, and what has landed meanwhile when no load can commit any more. What is
    still being read is never loaded.
    """
    if not (source and account):
        raise Stop("a store is named by its source and account")
    gone = _store_out_of_lake(settings, source, account)
    with trouble("erasing a store"), connect(settings, "privacy") as conn:
        _hold_others(conn)
        gone += _store_out_of_lake(settings, source, account)
        _refuse_what_was_asked(conn, source, account)
        keys = _only_here(conn, source, account)
        keep(conn, keys)
        raw = traces.store_out_of_raw(conn, source, account)
        published = traces.out_of_tables(conn, keys)
        traces.out_of_ledger(conn, keys)
        vault = traces.out_of_vault(conn, keys)
        _leave_to_others(conn, source, account)
        done = Erasure(len(keys), vault, raw, published, gone)
        _audit(conn, "erase store", account, done)
    write_down(settings)
    log.info("the people of %s %s were erased: %s", source, account, done)
    return done


def _store_out_of_lake(settings: Settings, source: str, account: str) -> int:
    return traces.out_of_lake(settings, lambda line: b'"customer_key"' in line, source, account)


def _refuse_what_was_asked(conn: Connection, source: str, account: str) -> None:
    """Of what a store has been asked so far nothing comes in any more."""
    conn.execute(
        "INSERT INTO ops.erased_store (source, account, epoch) VALUES (%s, %s, nextval('ops.epoch'))"
        " ON CONFLICT (source, account) DO UPDATE SET epoch = excluded.epoch",
        [source, account],
    )


def _only_here(conn: Connection, source: str, account: str) -> list[str]:
    rows = conn.execute(
        "WITH alone AS (SELECT customer_key FROM pii.identity GROUP BY customer_key"
        "  HAVING bool_and((source, account) = (%s, %s)))"
        " SELECT customer_key FROM alone"
        " UNION SELECT alias_key FROM ops.customer_alias WHERE customer_key IN (SELECT customer_key FROM alone)",
        [source, account],
    ).fetchall()
    return sorted(key for (key,) in rows)


def _leave_to_others(conn: Connection, source: str, account: str) -> None:
    """Whoever others tell of too is theirs alone from now on."""
    conn.execute("DELETE FROM pii.identity WHERE (source, account) = (%s, %s)", [source, account])
    conn.execute(
        "UPDATE pii.customer AS known SET source = other.source, account = other.account, vendor_id = other.vendor_id"
        " FROM pii.identity AS other"
        " WHERE (known.source, known.account) = (%s, %s) AND other.customer_key = known.customer_key",
        [source, account],
    )


def _out_of_files(settings: Settings, who: Known) -> tuple[int, int]:
    """Extractions removed from the lake, and files in which something was overwritten."""
    marks = Marks.of(who.values)
    return traces.out_of_lake(settings, marks.are_in), mask(settings, marks)


def _scopes(who: Known, orders: tuple[str, ...]) -> traces.Scopes:
    """The person's own records, and the orders said to be theirs."""
    found: traces.Scopes = {}
    for source, stream, goes in traces.streams():
        own = [name for at, name in who.records if at == source] if goes else []
        said = [*orders] if (source, stream) == ("shopify", "orders") else []
        found[source, stream] = own + said
    return found


def _hold_others(conn: Connection) -> None:
    """No build may run: a model that began to read before would commit the person behind us, and publish them. Nothing may be
    published from what is being erased; loads that have looked at who was erased commit first. Busy while a build runs."""
    row = conn.execute("SELECT pg_try_advisory_xact_lock(%s)", [BUILD_LOCK]).fetchone()
    if not row or not row[0]:
        raise Busy("the build that runs to end")
    for lock in (PUBLISH_LOCK, ERASED_LOCK):
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def _audit(conn: Connection, action: str, what: str | None, done: Erasure) -> None:
    conn.execute(
        "INSERT INTO ops.audit (action, object, rows, details) VALUES (%s, %s, %s, %s)",
        [action, what, done.vault_rows, Jsonb(asdict(done))],
    )
