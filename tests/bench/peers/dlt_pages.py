"""dlt, with its defaults or tuned: csv instead of INSERT statements, no nested tables, two workers. It appends."""

import os
import tempfile

from handshake import Job, pages, run_when_told

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt
from dlt.destinations import postgres
from dlt.sources.helpers import requests


def load(job: Job) -> None:
    tuned = job["tuned"]
    if tuned:
        os.environ |= {
            "NORMALIZE__WORKERS": "2",
            "LOAD__WORKERS": "2",
            "DATA_WRITER__FILE_MAX_ITEMS": str(max(1000, job["records"] // 4)),
            "DATA_WRITER__BUFFER_MAX_ITEMS": "5000",
        }
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench", pipelines_dir=folder, destination=postgres(job["dsn"]), dataset_name="dlt"
        )
        records = dlt.resource(
            pages(job, lambda url: requests.get(url).json()),
            name="loaded",
            write_disposition="append",
            max_table_nesting=0 if tuned else None,
        )
        pipeline.run(records, loader_file_format="csv" if tuned else None)


if __name__ == "__main__":
    run_when_told(load)
