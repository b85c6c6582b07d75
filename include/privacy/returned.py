"""After a restore: whoever was erased since the backup is erased again, and who waits for an answer still does."""

from psycopg import Connection
from psycopg.types.json import Jsonb

from include.privacy import search
from include.privacy.erase import erase, erase_store
from include.privacy.outside import Asked, Outside, Store
from include.privacy.subjects import Subject
from include.privacy.suppression import person_hmacs, rekey, suppression_keys
from include.settings import Settings
from include.warehouse.connect import connect

NAMES = ("customer_key", "email", "phone", "country")


def bring_back(settings: Settings, known: Outside) -> int:
    """Tell a restored warehouse what was asked since, and erase whoever came back with it; returns how many did."""
    with connect(settings, "privacy") as conn:
        conn.cursor().executemany(
            "INSERT INTO pii.suppression AS known (hmac, key_version, reason, at)"
            " VALUES (decode(%s, 'hex'), %s, %s, %s) ON CONFLICT (hmac) DO UPDATE"
            " SET reason = excluded.reason, at = excluded.at WHERE known.reason <> 'erased'",
            [(entry.hmac, entry.key_version, entry.reason, entry.at) for entry in known.suppressed],
        )
        for asked in known.requests:
            _ask_again(conn, asked)
        stores = {(store.source, store.account) for store in known.stores if _is_news(conn, store)}
    returned = sum(erase_store(settings, *store).vault_rows for store in sorted(stores))
    for customer_key in (people := _people(settings)):
        erase(settings, Subject(keys=(customer_key,)))
    # whom the vault does not know: a guest's key in the orders of a backup
    for customer_key in (others := _keys_left(settings)):
        erase(settings, Subject(keys=(customer_key,)))
    rekey(settings)  # a key may have been added since
    return returned + len(people) + len(others)


def _ask_again(conn: Connection, asked: Asked) -> None:
    """An open request as it stood at last; one that the backup knows has learnt whom it is about since."""
    known = conn.execute(
        "UPDATE pii.request SET subject = %s WHERE done_at IS NULL"
        " AND (kind, via, received_at) = (%s, %s, %s) AND reference IS NOT DISTINCT FROM %s",
        [Jsonb(asked.subject), asked.kind, asked.via, asked.received_at, asked.reference],
    )
    if not known.rowcount:
        conn.execute(
            "INSERT INTO pii.request (kind, via, reference, received_at, due_at, due_rule, subject)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (via, reference) DO NOTHING",
            [asked.kind, asked.via, asked.reference, asked.received_at, asked.due_at, asked.due_rule,
             Jsonb(asked.subject)],
        )  # fmt: skip


def _is_news(conn: Connection, store: Store) -> bool:
    """Whether it was erased after the backup; it is known from now on, whatever happens before its people are erased."""
    return bool(
        conn.execute(
            "INSERT INTO ops.erased_store AS known (source, account, epoch) VALUES (%s, %s, %s)"
            " ON CONFLICT (source, account) DO UPDATE SET epoch = excluded.epoch WHERE known.epoch < excluded.epoch",
            [store.source, store.account, store.epoch],
        ).rowcount
    )


def _people(settings: Settings) -> list[str]:
    keys = suppression_keys(settings)
    with connect(settings, "privacy") as conn:
        erased = {row[0] for row in conn.execute("SELECT hmac FROM pii.suppression WHERE reason = 'erased'")}
        people = conn.execute("SELECT customer_key, email, phone, country FROM pii.customer").fetchall()
    return [row[0] for row in people if erased & {*person_hmacs(keys, dict(zip(NAMES, row, strict=True)))}]


def _keys_left(settings: Settings) -> list[str]:
    with connect(settings, "privacy") as conn:
        return sorted({key for _, keys in search.erased_keys(conn, settings) for key in keys})
