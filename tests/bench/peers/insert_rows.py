"""Airflow's `PostgresHook.insert_rows` with its defaults, into typed columns; nested parts as jsonb. It appends."""

import json
from typing import Any

import requests
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import Connection

from tests.bench.peers.handshake import Job, pages, run_when_told

TYPES = {bool: "boolean", int: "bigint", float: "numeric", str: "text", list: "jsonb", dict: "jsonb"}


def load(job: Job) -> None:
    hook = PostgresHook(connection=Connection.from_uri(job["dsn"], conn_id="bench"))
    with requests.Session() as http:
        read = pages(job, lambda url: http.get(url).json())
        first = next(read)
        names = list(first[0])
        columns = ", ".join(f"{name} {_type(first, name)}" for name in names)
        hook.run(f"CREATE TABLE loaded ({columns})")
        hook.insert_rows("loaded", (row for page in _with(first, read) for row in _rows(page, names)), names)


def _type(records: list[dict[str, Any]], name: str) -> str:
    found = next((record[name] for record in records if record[name] is not None), "")
    return TYPES[type(found)]


def _with(first: list[dict[str, Any]], rest: Any) -> Any:
    yield first
    yield from rest


def _rows(page: list[dict[str, Any]], names: list[str]) -> Any:
    for record in page:
        yield [json.dumps(v) if isinstance(v := record[name], (list, dict)) else v for name in names]


if __name__ == "__main__":
    run_when_told(load)
