"""People's requests: taken down in pii.request, carried out, and done when a search finds nothing that should be gone.

An erasure or an opt-out is done only when no list of any platform holds the person any more, so it may wait for a
platform. Until then each run carries it out again (harmless, and it finds what came in between); then the person is
forgotten here too, and the proof stays: what was erased where, how much, when, by which run.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from include.errors import NightshiftError, Stop, place_of
from include.privacy import access, outside, search
from include.privacy.due import due
from include.privacy.erase import erase_known, erase_store
from include.privacy.marks import Marks
from include.privacy.optout import opt_out
from include.privacy.people import Known, known
from include.privacy.search import Searched
from include.privacy.subjects import Subject
from include.settings import Settings
from include.warehouse.connect import connect, trouble

log = logging.getLogger(__name__)

KINDS = ("access", "erasure", "opt_out", "store_erasure")
ADDED_UP = ("vault_rows", "raw_records", "published_rows", "lake_extractions", "files", "consents_withdrawn")
"""Counts of a proof: what a second run finds is what the first has not left."""


@dataclass(frozen=True)
class Request:
    """One request without its person; `who` is masked, and None once it is done."""

    request_id: int
    kind: str
    via: str
    who: str | None
    received_at: datetime
    due_at: datetime
    due_rule: str | None
    begun_at: datetime | None
    done_at: datetime | None
    waiting_for: str | None
    proof: dict[str, Any] | None

    @property
    def is_overdue(self) -> bool:
        return self.done_at is None and self.due_at < datetime.now(UTC)


def take_request(
    settings: Settings,
    kind: str,
    subject: Subject | str,
    *,
    via: str = "command",
    reference: str | None = None,
    received_at: datetime | None = None,
) -> int | None:
    """Write a request down with its due date (a text is an e-mail address). Returns its number; None when this sender's
    `reference` has been taken before. Raises Stop for a subject that names nobody."""
    if kind not in KINDS:
        raise Stop(f"a request is for {', '.join(KINDS)}, not {kind!r}")
    if isinstance(subject, str):
        subject = Subject.checked({"email": subject})
    now = datetime.now(UTC)
    received_at = min(received_at or now, now)
    due_at, rule = due(kind, via, received_at)
    with connect(settings, "privacy") as conn:
        row = conn.execute(
            "INSERT INTO pii.request (kind, subject, via, reference, received_at, due_at, due_rule)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (via, reference) DO NOTHING RETURNING request_id",
            [kind, Jsonb(subject.json()), via, reference, received_at, due_at, rule],
        ).fetchone()
    outside.write_down(settings)
    return row[0] if row else None


def requests(settings: Settings, *, open_only: bool = False, request_id: int | None = None) -> list[Request]:
    """Requests by due date, masked."""
    with connect(settings, "privacy") as conn:
        rows = conn.execute(
            "SELECT request_id, kind, via, subject, received_at, due_at, due_rule, begun_at, done_at, waiting_for, proof"
            " FROM pii.request WHERE (done_at IS NULL OR NOT %s) AND (%s::bigint IS NULL OR request_id = %s)"
            " ORDER BY done_at IS NOT NULL, due_at, request_id",
            [open_only, request_id, request_id],
        ).fetchall()
    return [
        Request(number, kind, via, Subject.checked(said).masked if said else None, *rest)
        for number, kind, via, said, *rest in rows
    ]


def answer_open(settings: Settings, run_id: str | None = None) -> int:
    """Carry out every open request, oldest first, and finish those of which nothing is left; returns how many are done.

    One that cannot be carried out stays open, says why, and does not keep the others waiting.
    """
    with connect(settings, "privacy") as conn:
        waiting = conn.execute(
            "SELECT request_id, kind, subject FROM pii.request WHERE done_at IS NULL ORDER BY due_at, request_id"
        ).fetchall()
    done = sum(_answer(settings, number, kind, said, run_id) for number, kind, said in waiting)
    outside.write_down(settings)
    return done


def _answer(settings: Settings, request_id: int, kind: str, said: dict[str, Any], run_id: str | None) -> bool:
    try:
        with trouble("answering a request"):
            proof, left = _carried_out(settings, request_id, kind, said)
    except NightshiftError as error:
        log.error("request %d cannot be answered: %s", request_id, error)
        proof, left = {}, str(error)
    except Exception as error:
        proof, left = {}, f"somebody to look into {place_of(error)}"
        log.error("request %d waits for %s", request_id, left)
    _write_down(settings, request_id, proof, left, run_id)
    return left is None


def _carried_out(
    settings: Settings, request_id: int, kind: str, said: dict[str, Any]
) -> tuple[dict[str, Any], str | None]:
    """The proof, and what the request still waits for: None when it is done."""
    subject = Subject.checked(said)
    if kind == "access":
        return access.export(settings, request_id, subject), None
    if kind == "store_erasure":
        return _store(settings, request_id, subject)
    if kind == "opt_out":
        return _opted_out(settings, request_id, subject)
    return _erased(settings, request_id, subject, said)


def _opted_out(settings: Settings, request_id: int, subject: Subject) -> tuple[dict[str, Any], str | None]:
    with connect(settings, "privacy") as conn:
        keys, proof = opt_out(conn, settings, request_id, subject)
        left = _still_listed(conn, keys)
    outside.write_down(settings)
    return proof, left


def _erased(
    settings: Settings, request_id: int, subject: Subject, said: dict[str, Any]
) -> tuple[dict[str, Any], str | None]:
    """The vault is about to forget who this is, and a second run needs to know: it is kept with the request."""

    def keep(conn: Connection, who: Known) -> None:
        _keep_subject(conn, request_id, Jsonb({**said, "known": asdict(who)}))

    with connect(settings, "privacy") as conn:
        who = _with_those_leaving(conn, known(conn, settings, subject) | Known.read(said.get("known", {})))
        keep(conn, who)
    erased, who = erase_known(settings, who, subject, keep)
    return _proven(
        settings,
        asdict(erased),
        who.keys,
        lambda conn: search.everywhere(conn, settings, Marks.of(who.values)),
    )


def _with_those_leaving(conn: Connection, who: Known) -> Known:
    """With what open erasures still know of the same person: asked for twice, the vault has forgotten them already."""
    rows = conn.execute(
        "SELECT subject -> 'known' FROM pii.request"
        " WHERE kind = 'erasure' AND done_at IS NULL AND subject ? 'known' ORDER BY request_id"
    ).fetchall()
    for (said,) in rows:
        if (other := Known.read(said)).meets(who):
            who |= other
    return who


def _store(settings: Settings, request_id: int, subject: Subject) -> tuple[dict[str, Any], str | None]:
    """The second run of one that waits for a platform needs the keys that the first has forgotten: they stay with the request."""
    ever = set(subject.keys)

    def keep(conn: Connection, keys: list[str]) -> None:
        ever.update(keys)
        _keep_subject(conn, request_id, Jsonb({**subject.json(), "keys": sorted(ever)}))

    erased = erase_store(settings, subject.source or "", subject.account or "", keep)
    return _proven(settings, asdict(erased), ever, lambda conn: search.keys(conn, sorted(ever)))


def _keep_subject(conn: Connection, request_id: int, subject: Jsonb) -> None:
    """Unless another run has finished it meanwhile."""
    conn.execute(
        "UPDATE pii.request SET subject = %s WHERE request_id = %s AND done_at IS NULL", [subject, request_id]
    )


def _proven(
    settings: Settings, erased: dict[str, Any], keys: Iterable[str], look: Callable[[Connection], Searched]
) -> tuple[dict[str, Any], str | None]:
    """Look everywhere for what should be gone. What waits for a platform is named; anything else is left open, too."""
    with connect(settings, "privacy") as conn:
        left = _still_listed(conn, keys)
        if left:
            return erased, left
        searched = look(conn)
    looked = {"tables": searched.tables, "files": searched.files, "not_looked_into": list(searched.closed)}
    if searched.found:
        return erased, f"still found in {searched.places}"
    return {**erased, "searched": {**looked, "found": 0}}, None


def _still_listed(conn: Connection, keys: Iterable[str]) -> str | None:
    rows = conn.execute(
        "SELECT destination, count(DISTINCT audience) FROM ops.audience_member"
        " WHERE customer_key = ANY (%s) AND (confirmed OR payload_hash IS NOT NULL) GROUP BY 1"
        " UNION SELECT destination, count(*) FROM ops.action WHERE status = 'sending'"
        " AND payload -> 'customer_keys' ?| %s GROUP BY 1 ORDER BY 1",
        [list(keys), list(keys)],
    ).fetchall()
    names = sorted({destination for destination, _ in rows})
    return f"{', '.join(names)} to take the person out of its lists" if names else None


def _write_down(
    settings: Settings, request_id: int, proof: dict[str, Any], left: str | None, run_id: str | None
) -> None:
    with connect(settings, "privacy") as conn:
        row = conn.execute("SELECT proof FROM pii.request WHERE request_id = %s", [request_id]).fetchone()
        before = (row[0] if row else None) or {}
        counted = {
            name: before.get(name, 0) + value if name in ADDED_UP else value for name, value in proof.items()
        }
        conn.execute(
            "UPDATE pii.request SET begun_at = coalesce(begun_at, now()), waiting_for = %(left)s, run_id = %(run)s,"
            " proof = %(proof)s, done_at = CASE WHEN %(left)s::text IS NULL THEN now() END,"
            " subject = CASE WHEN %(left)s::text IS NOT NULL THEN subject END"
            " WHERE request_id = %(id)s AND done_at IS NULL",
            {"left": left, "run": run_id, "proof": Jsonb({**before, **counted}), "id": request_id},
        )
        if left is None:
            conn.execute(
                "INSERT INTO ops.audit (action, object, run_id, details) VALUES ('request done', %s, %s, %s)",
                [str(request_id), run_id, Jsonb({**before, **counted})],
            )
