"""What the sandbox was told or handed out, kept in one SQLite file so that a restart forgets nothing."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_SCHEMA = """
create table if not exists document (
    sequence integer primary key autoincrement,
    kind text not null,
    key text not null,
    value text not null,
    unique (kind, key)
)
"""


class State:
    """JSON documents by kind and key; reading a kind gives them in the order they were first written.

    Safe to use from several threads, and from a second process on the same file.
    """

    def __init__(self, path: Path):
        self.folder = path.parent
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self.is_closed = False
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute(_SCHEMA)

    def get(self, kind: str, key: str) -> Any | None:
        """The document, or None."""
        rows = self._read("select value from document where kind = ? and key = ?", kind, key)
        return json.loads(rows[0][0]) if rows else None

    def items(self, kind: str) -> dict[str, Any]:
        """All documents of a kind by key, oldest first."""
        rows = self._read("select key, value from document where kind = ? order by sequence", kind)
        return {key: json.loads(value) for key, value in rows}

    def all(self, kind: str) -> list[Any]:
        """All documents of a kind, oldest first."""
        return list(self.items(kind).values())

    def count(self, kind: str) -> int:
        return self._read("select count(*) from document where kind = ?", kind)[0][0]

    def put(self, kind: str, key: str, value: Any) -> None:
        """Write or replace one document."""
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: Mapping[str, Any]) -> None:
        """Write or replace documents, all of them or none."""
        rows = [(kind, key, json.dumps(value)) for key, value in values.items()]
        self._write(
            "insert into document (kind, key, value) values (?, ?, ?) "
            "on conflict (kind, key) do update set value = excluded.value",
            rows,
        )

    def append(self, kind: str, value: Any) -> int:
        """Add a document under the next number, starting at 1, and return that number."""
        with self._lock:
            self._db.execute("begin immediate")
            top = "select coalesce(max(cast(key as integer)), 0) + 1 from document where kind = ?"
            number = self._db.execute(top, (kind,)).fetchone()[0]
            row = (kind, str(number), json.dumps(value))
            self._db.execute("insert into document (kind, key, value) values (?, ?, ?)", row)
            self._db.execute("commit")
        return number

    def delete(self, kind: str, key: str) -> None:
        self.delete_many(kind, [key])

    def delete_many(self, kind: str, keys: Iterable[str]) -> None:
        """Forget documents; unknown keys are no error."""
        self._write("delete from document where kind = ? and key = ?", [(kind, key) for key in keys])

    def clear(self, kind: str) -> None:
        """Forget every document of a kind."""
        self._write("delete from document where kind = ?", [(kind,)])

    def close(self) -> None:
        with self._lock:
            self.is_closed = True
            self._db.close()

    def _read(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def _write(self, sql: str, rows: Sequence[tuple[str, ...]]) -> None:
        with self._lock:
            self._db.execute("begin immediate")
            self._db.executemany(sql, rows)
            self._db.execute("commit")
