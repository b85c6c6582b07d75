"""Our loader as a Singer target, for the Singer SDK's own suite alone. Run by its environment; see test_singer.py.

A batch of a stream becomes one extraction in the lake, which is loaded as every night's are. A record's scope is its keys,
or all of it where a stream has none.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from singer_sdk import BatchSink, Target
from singer_sdk import typing as th
from singer_sdk.testing import get_target_test_class

from include import lake
from include.clients.json import dumps
from include.settings import load as load_settings
from include.warehouse.connect import connect
from include.warehouse.load import load_manifest, next_epoch
from include.warehouse.migrate import migrate
from include.window import Window

SOURCE = ACCOUNT = "singer"


def payload_of(record: dict[str, Any]) -> bytes:
    """The record without what the SDK adds, names sorted: one content is one sequence of bytes."""
    kept = {name: value for name, value in record.items() if not name.startswith("_sdc_")}
    return dumps(json.loads(json.dumps(kept, sort_keys=True, default=str)))


def scope_of(record: dict[str, Any], keys: list[str], payload: bytes) -> str:
    if keys:
        return "/".join(str(record.get(key)) for key in keys)
    return hashlib.sha256(payload).hexdigest()


class LoaderSink(BatchSink):
    """One stream's batches into raw.singer_<stream>."""

    max_size = 1000

    def setup(self) -> None:
        migrate(load_settings(), [(SOURCE, self.stream_name)])

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        context.setdefault("records", []).append(record)

    def process_batch(self, context: dict[str, Any]) -> None:
        settings = load_settings()
        now = datetime.now(UTC)
        window, epoch = Window(now - timedelta(hours=1), now), next_epoch(settings)
        place = lake.Place(SOURCE, ACCOUNT, self.stream_name, window, f"run-{epoch}")
        with lake.Spool(settings.lake, place) as spool:
            for record in context["records"]:
                payload = payload_of(record)
                scope = scope_of(record, list(self.key_properties), payload)
                spool.add(b'{"s":%b,"u":null,"p":%b,"n":1}' % (dumps(scope), payload))
            uri = spool.finish(self._manifest(place, epoch, now))
        loaded = load_manifest(settings, uri)
        assert not loaded.quarantined, "the suite sends nothing that cannot be used"

    def activate_version(self, new_version: int) -> None:
        """Deletions are found by a scan of keys, not by versions."""

    def _manifest(self, place: lake.Place, epoch: int, now: datetime) -> dict[str, Any]:
        return {
            "version": 1, "source": SOURCE, "account": ACCOUNT, "stream": self.stream_name, "kind": "log",
            "mode": "nightly", "window_start": place.window.start.isoformat(), "window_end": place.window.end.isoformat(),
            "epoch": epoch, "taken_at": now.isoformat(), "run_id": place.run_id, "complete": True, "source_total": None,
            "drift": [],
        }  # fmt: skip


class LoaderTarget(Target):
    """What the suite drives. `load_settings` finds the warehouse in the environment."""

    name = "target-nightshift"
    config_jsonschema = th.PropertiesList(th.Property("unused", th.StringType)).to_dict()
    default_sink_class = LoaderSink

    def _process_endofpipe(self) -> None:
        super()._process_endofpipe()
        with connect(load_settings(), "loader") as conn:
            conn.execute("SELECT 1")  # the warehouse is well


TestOurLoader = get_target_test_class(LoaderTarget, config={})
