"""Loading while extracting: what is spooled is copied into the warehouse at the same time, in a thread of its own.

The lake stays what counts. Its transaction is the load's own, begun with the first half megabyte and open for seconds: a
vendor that takes longer is loaded from the lake afterwards, and so is everything that goes wrong here (the warehouse is
away or slow, a session is lost, another load of the stream is under way, somebody is erased meanwhile).
"""

import logging
import sys
import time
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any

from psycopg import Connection

from include.errors import Wait
from include.settings import Settings
from include.warehouse.attempts import begin
from include.warehouse.connect import connect
from include.warehouse.load import LoadResult, load_manifest, load_staged
from include.warehouse.rows import BATCH_BYTES, Batch, Row, content_hash
from include.warehouse.staging import Staging

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds an extraction waits for a warehouse that takes nothing any more."""

LONGEST = 30.0
"""Seconds a transaction stays open for a vendor to be read: it keeps vacuum, and others who load the stream, waiting."""

TURN = 0.0002
"""Seconds a thread may go on while another waits for the interpreter: who sends needs it often and briefly, and Postgres idles
while it waits. With Python's five milliseconds a load took an eighth longer."""

Told = tuple[str, str | None, bytes, int]


class Alongside:
    """Takes what an extraction spools, and loads it when its manifest is written.

    with Alongside(settings, of) as alongside:
        alongside.add(scope, updated_at, payload, rows)
        result = alongside.load(manifest_uri)

    `of` names the attempt as a manifest does: source, stream, account, run_id, mode, window_start, window_end and epoch. Two
    batches wait at most.
    """

    def __init__(self, settings: Settings, of: dict[str, Any]):
        self._settings, self._of = settings, of
        self._batches: Queue[list[Told] | None] = Queue(maxsize=1)
        self._told: list[Told] = []
        self._held = 0
        self._given_up = False
        self._conn: Connection[Any] | None = None
        self._staging: Staging | None = None
        self._thread = Thread(target=self._stage, name="alongside", daemon=True)

    def __enter__(self) -> "Alongside":
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        sys.setswitchinterval(self._turn)
        self._hand_over(None)
        if not self._given_up:
            self._thread.join()
            self._let_go()

    def add(self, scope: str, updated_at: str | None, payload: bytes, rows: int) -> None:
        """One observation, as it lies in the lake."""
        self._told.append((scope, updated_at, payload, rows))
        self._held += len(payload)
        if self._held >= BATCH_BYTES:
            self._hand_over(self._told)
            self._told, self._held = [], 0

    def load(self, manifest_uri: str) -> LoadResult:
        """Load the finished extraction. Raises what `load_manifest` raises."""
        self._hand_over(self._told)
        self._hand_over(None)
        if not self._given_up:
            self._thread.join()
            if self._staging and self._conn:
                try:
                    return load_staged(self._conn, self._settings, manifest_uri, self._staging)
                except Wait as trouble:
                    log.info("what was staged cannot be loaded, the lake can: %s", trouble)
                    self._let_go()
        return load_manifest(self._settings, manifest_uri)

    def _hand_over(self, batch: list[Told] | None) -> None:
        if self._given_up or not self._thread.is_alive():
            return
        try:
            self._batches.put(batch, timeout=PATIENCE)
        except Full:
            self._given_up = True

    def _stage(self) -> None:
        try:
            self._staging = self._staged()
        except Exception as trouble:  # whatever it is, the lake has it all
            log.info("the load will wait for the extraction (%s)", type(trouble).__name__)
            self._let_go()
            while self._next() is not None:
                pass
        if self._given_up:
            self._let_go()

    def _staged(self) -> Staging | None:
        staging, began = None, 0.0
        while (told := self._next()) is not None:
            if staging is None:
                self._conn, began = connect(self._settings, "loader"), time.monotonic()
                begin(self._conn, self._of)
                staging = Staging(self._conn, self._settings, self._of, straight=True)
            elif time.monotonic() - began > LONGEST:
                raise Wait("reading takes too long for one transaction")
            staging.add(Batch([Row(s, content_hash(p), p, at, n) for s, at, p, n in told]))
        return staging

    def _let_go(self) -> None:
        if self._conn:
            self._conn.close()

    def _next(self) -> list[Told] | None:
        """The batch that was handed over; None at the end."""
        while not self._given_up:
            try:
                return self._batches.get(timeout=1.0)
            except Empty:
                continue
        return None
