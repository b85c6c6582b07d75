"""After a restore: whoever was erased since the backup is erased again."""

from include.privacy.erase import erase
from include.privacy.outside import Entry
from include.privacy.subjects import Subject
from include.privacy.suppression import person_hmacs, rekey, suppression_keys
from include.settings import Settings
from include.warehouse.connect import connect

NAMES = ("customer_key", "email", "phone", "country")


def bring_back(settings: Settings, entries: list[Entry]) -> int:
    """Put these on the list of a restored warehouse, and erase whoever came back with it; returns how many did."""
    with connect(settings, "privacy") as conn:
        conn.cursor().executemany(
            "INSERT INTO pii.suppression AS known (hmac, key_version, reason, at)"
            " VALUES (decode(%s, 'hex'), %s, %s, %s) ON CONFLICT (hmac) DO UPDATE"
            " SET reason = excluded.reason, at = excluded.at WHERE known.reason <> 'erased'",
            [(entry.hmac, entry.key_version, entry.reason, entry.at) for entry in entries],
        )
        keys = suppression_keys(settings)
        erased = {row[0] for row in conn.execute("SELECT hmac FROM pii.suppression WHERE reason = 'erased'")}
        people = conn.execute("SELECT customer_key, email, phone, country FROM pii.customer").fetchall()
    returned = [
        row[0] for row in people if erased & {*person_hmacs(keys, dict(zip(NAMES, row, strict=True)))}
    ]
    for customer_key in returned:
        erase(settings, Subject(keys=(customer_key,)))
    rekey(settings)  # a key may have been added since
    return len(returned)
