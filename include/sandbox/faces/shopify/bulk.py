"""Bulk operations: one query over everything, answered as a file of JSON lines."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate

from include.sandbox.faces import Sandbox
from include.sandbox.faces.shopify.bulk_walk import BulkPlan, Counts, InvalidBulkQuery, write
from include.sandbox.faces.shopify.context import Context
from include.sandbox.faces.shopify.records import Finder
from include.sandbox.faces.shopify.shop import Shop, Shops
from include.sandbox.faces.shopify.values import gid, instant

CONCURRENT = 5

BEFORE_RUNNING = 0.05
"""Seconds an operation stays CREATED."""

UNFINISHED = ("CREATED", "RUNNING")
KIND = "shopify_bulk_operation"


class Bulk:
    """Starts operations, runs each in a thread and remembers them in the sandbox's state."""

    def __init__(self, sandbox: Sandbox, schema: GraphQLSchema, shops: Shops):
        self._sandbox, self._schema, self._shops = sandbox, schema, shops
        self._state = sandbox.state
        self._lock = threading.Lock()
        self.folder = sandbox.state.folder / "bulk"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._fail_interrupted()

    def find(self, operation_id: str) -> dict[str, Any] | None:
        return self._state.get(KIND, operation_id)

    def start(self, query: str, group_objects: bool) -> dict[str, Any]:
        """Shopify's payload: the operation begun, or why it was not."""
        try:
            plan = self._plan(query)
        except InvalidBulkQuery as reason:
            return _refused(str(reason), "INVALID")
        with self._lock:
            running = sum(operation["status"] in UNFINISHED for operation in self._state.all(KIND))
            if running >= CONCURRENT:
                message = f"A bulk query operation for this app and shop is already in progress: {running}."
                return _refused(message, "OPERATION_IN_PROGRESS")
            operation = self._register()
        shop = self._shops.at(self._sandbox.clock.now())
        run = threading.Thread(target=self._run, args=(operation, plan, shop, group_objects), daemon=True)
        run.start()
        return {"bulkOperation": operation, "userErrors": []}

    def file(self, name: str) -> Path | None:
        """The result file of that name."""
        known = {
            operation["path"].rsplit("/", 1)[-1] for operation in self._state.all(KIND) if operation["path"]
        }
        return self.folder / name if name in known else None

    def _plan(self, query: str) -> BulkPlan:
        try:
            document = parse(query)
        except GraphQLError as reason:
            raise InvalidBulkQuery(f"Invalid bulk query: {reason.message}") from reason
        errors = validate(self._schema, document)
        if errors:
            raise InvalidBulkQuery(f"Invalid bulk query: {errors[0].message}")
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) != 1 or operations[0].operation.value != "query":
            raise InvalidBulkQuery("Bulk queries must contain exactly one query operation.")
        return BulkPlan(self._schema, operations[0], document)

    def _register(self) -> dict[str, Any]:
        number = self._state.append("shopify_bulk_number", {})
        operation = {
            "id": gid("BulkOperation", number),
            "status": "CREATED",
            "errorCode": None,
            "createdAt": _now(),
            "completedAt": None,
            "objectCount": 0,
            "rootObjectCount": 0,
            "fileSize": None,
            "path": None,
        }
        self._state.put(KIND, str(operation["id"]), operation)
        return operation

    def _run(self, operation: dict[str, Any], plan: BulkPlan, shop: Shop, group_objects: bool) -> None:
        try:
            self._work(operation, plan, shop, group_objects)
        except sqlite3.ProgrammingError:
            # The sandbox was stopped in the middle; its next start calls the operation failed.
            if not self._state.is_closed:
                raise

    def _work(self, operation: dict[str, Any], plan: BulkPlan, shop: Shop, group_objects: bool) -> None:
        time.sleep(BEFORE_RUNNING)
        operation = {**operation, "status": "RUNNING"}
        self._state.put(KIND, operation["id"], operation)
        name = f"bulk-{operation['id'].rsplit('/', 1)[-1]}-{secrets.token_hex(8)}.jsonl"
        context = Context(shop, Finder(shop), self, "")
        try:
            counts = write(plan, context, self.folder / name, group_objects, self._progress(operation))
        except Exception:
            operation |= {"status": "FAILED", "errorCode": "INTERNAL_SERVER_ERROR", "completedAt": _now()}
            self._state.put(KIND, operation["id"], operation)
            raise
        operation |= {
            "status": "COMPLETED",
            "completedAt": _now(),
            "objectCount": counts.objects,
            "rootObjectCount": counts.roots,
            "fileSize": (self.folder / name).stat().st_size,
            "path": f"/shopify/_storage/{name}" if counts.objects else None,
        }
        self._state.put(KIND, operation["id"], operation)

    def _progress(self, operation: dict[str, Any]) -> Callable[[Counts], None]:
        def report(counts: Counts) -> None:
            running = {**operation, "objectCount": counts.objects, "rootObjectCount": counts.roots}
            self._state.put(KIND, operation["id"], running)

        return report

    def _fail_interrupted(self) -> None:
        for key, operation in self._state.items(KIND).items():
            if operation["status"] in UNFINISHED:
                failed = {"status": "FAILED", "errorCode": "INTERNAL_SERVER_ERROR", "completedAt": _now()}
                self._state.put(KIND, key, operation | failed)


def _refused(message: str, code: str) -> dict[str, Any]:
    error = {"field": ["query"] if code == "INVALID" else None, "message": message, "code": code}
    return {"bulkOperation": None, "userErrors": [error]}


def _now() -> str:
    return instant(datetime.now(UTC))
