"""Personal data on their way to the vault: read once, never logged, never seen again by the loader."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from include.errors import Stop
from include.privacy.suppression import person_hmacs, suppression_keys
from include.settings import Settings

PAGE = 1000


def load_vault(conn: Connection, settings: Settings, people: Iterable[dict[str, Any]]) -> int:
    """Hand people to `pii.load_vault` in pages; returns how many are new or changed.

    Erased people are left out there, by the keyed hashes of their e-mail, of their keys and of the vendor's id. Raises
    Stop when Postgres refuses a page: what it says of the reason would quote the person.
    """
    keys, changed = suppression_keys(settings), 0
    for page in _pages(people):
        rows = [
            {
                **person,
                "suppression": [digest.hex() for digest in person_hmacs(keys, person)],
                "key_version": len(keys),
            }
            for person in page
        ]
        try:
            row = conn.execute("SELECT pii.load_vault(%s)", [Jsonb(rows)]).fetchone()
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise Stop(f"the vault refused a page of people ({type(error).__name__})") from None
        changed += row[0] if row else 0
    return changed


def _pages(people: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = iter(people)
    while page := list(islice(waiting, PAGE)):
        yield page
