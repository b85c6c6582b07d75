"""Ours: `include.pull.pull` as a nightly task calls it: pages over HTTP, edge projection, lake, load."""

from include import settings as settings_module
from include.pull import pull
from include.sources.base import Account
from tests.bench.load_source import BENCH, registered
from tests.bench.peers.handshake import Job, run_when_told


def load(job: Job) -> None:
    account = Account(BENCH.name, "bench", job["base"], {})
    with registered():
        pull(settings_module.load(job["environment"]), account, job["stream"], run_id="bench")


if __name__ == "__main__":
    run_when_told(load)
