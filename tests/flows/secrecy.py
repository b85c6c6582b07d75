"""Where customers' addresses can be read: in files, in the warehouse, and at those whom we sent something."""

import zstandard
from psycopg import sql

from include.warehouse.connect import connect_admin
from tests.flows.company import Company

SOME = 60


def addresses(shop: Company) -> list[str]:
    """The addresses of some customers of every store."""
    stores = (shop.world, *shop.world.branches)
    return [one.email.lower() for store in stores for one in store.customers[:SOME] if one.email]


def files_with(shop: Company, known: list[str]) -> list[str]:
    """Files of the home with an address in them: lake, logs, reports, exports."""
    files = [file for file in shop.settings.home.rglob("*") if file.is_file()]
    return [file.name for file in files if _names(_text(file.read_bytes(), file.suffix), known)]


def tables_with(shop: Company, known: list[str]) -> set[str]:
    """Tables of the warehouse, in every schema, with an address in a row."""
    found = set()
    with connect_admin(shop.settings, shop.settings.database) as conn:
        tables = conn.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, name in tables:
            place = sql.Identifier(schema, name)
            rows = sql.SQL("SELECT t::text FROM {} AS t WHERE t::text LIKE '%@%'").format(place)
            if any(_names(text, known) for (text,) in conn.execute(rows)):
                found.add(f"{schema}.{name}")
    return found


def receivers_with(shop: Company, known: list[str]) -> set[str]:
    """Whom an address was told."""
    return {name for name, things in shop.received().items() if _names(str(things), known)}


def _names(text: str, known: list[str]) -> bool:
    if "@" not in text:
        return False
    text = text.lower()
    return any(address in text for address in known)


def _text(content: bytes, suffix: str) -> str:
    if suffix == ".zst":
        content = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()
    return content.decode(errors="ignore")
