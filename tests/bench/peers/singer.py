"""Singer: a tap made with the SDK, piped into meltanolabs-target-postgres, both with their defaults."""

import os
import sys
from functools import cached_property
from urllib.parse import unquote, urlsplit

import requests
from handshake import Job, run_when_told
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseHATEOASPaginator
from target_postgres.target import TargetPostgres

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def schema_of(value, name=""):
    """JSON Schema of a record, by example; everything may be null."""
    if isinstance(value, dict):
        return {"type": ["object", "null"], "properties": {k: schema_of(v, k) for k, v in value.items()}}
    if isinstance(value, list):
        return {"type": ["array", "null"], "items": schema_of(value[0]) if value else {}}
    kind = {"type": [TYPES.get(type(value), "string"), "null"]}
    return kind | ({"format": "date-time"} if name.endswith("_at") else {})


class Paging(BaseHATEOASPaginator):
    def get_next_url(self, response):
        return response.json()["next"]


class Records(RESTStream):
    name = "loaded"
    primary_keys = ("id",)
    records_jsonpath = "$.data[*]"

    def __init__(self, tap):
        self.path = f"/{tap.config['kind']}/0"
        super().__init__(tap)

    @property
    def url_base(self):
        return self.config["base"]

    @cached_property
    def schema(self):
        return schema_of(requests.get(self.url_base + self.path).json()["data"][0])

    def get_new_paginator(self):
        return Paging()

    def get_url(self, context):
        return self.url_base + self.path

    def prepare_request(self, context, next_page_token):
        request = super().prepare_request(context, None)
        if next_page_token:
            request.url = self.url_base + next_page_token.path
        return request


class Bench(Tap):
    name = "tap-bench"
    config_jsonschema = th.PropertiesList(
        th.Property("base", th.StringType), th.Property("kind", th.StringType)
    ).to_dict()

    def discover_streams(self):
        return [Records(self)]


def load(job: Job) -> None:
    """The two processes of `tap | target`, forked here so that imports are no part of the time."""
    read, write = os.pipe()
    tap = os.fork()
    if tap == 0:
        os.dup2(write, 1)
        os.close(read)
        Bench(config={"base": job["base"], "kind": job["kind"]}).sync_all()
        sys.stdout.flush()
        os._exit(0)
    os.dup2(read, 0)
    os.close(write)
    where = urlsplit(job["dsn"])
    config = {
        "host": where.hostname, "port": where.port, "user": where.username, "password": unquote(where.password),
        "database": where.path[1:], "default_target_schema": "singer",
    }  # fmt: skip
    TargetPostgres(config=config).listen()
    if os.waitpid(tap, 0)[1]:
        raise SystemExit("the tap failed")


if __name__ == "__main__":
    run_when_told(load)
