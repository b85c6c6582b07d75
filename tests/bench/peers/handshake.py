"""How a contender is started and measured. No imports beyond Python's own: it runs in every peer's environment.

contender prints  {"ready": true, "cpu": seconds, "mb": megabytes}     once its imports are done
it is told to go by a line on its input
contender prints  {"done": true, "mb": peak megabytes}                 and ends
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

Job = dict[str, Any]
"""url (of the first page), kind ('orders', 'plain_orders', 'rows'), file (ready JSON lines), dsn, and what else it takes."""


def run_when_told(work: Callable[[Job], None]) -> None:
    """Do `work` with the job on the command line, once told to go."""
    job = json.loads(sys.argv[1])
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    _say(said, ready=True, cpu=sum(os.times()[:4]), mb=_memory("VmRSS"))
    sys.stdin.readline()
    work(job)
    _say(said, done=True, mb=_memory("VmHWM"))


def pages(job: Job, get: Callable[[str], dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The records of every page, as a vendor's paging gives them."""
    url = job["url"]
    while url:
        answer = get(url)
        yield answer["data"]
        url = answer["next"] and job["base"] + answer["next"]


def _say(to: Any, **what: Any) -> None:
    print(json.dumps(what), file=to, flush=True)


def _memory(which: str) -> float:
    """Resident megabytes now (VmRSS) or at most (VmHWM); 0 where the system does not tell."""
    try:
        with open("/proc/self/status") as status:
            found = next(line for line in status if line.startswith(which))
    except (OSError, StopIteration):
        return 0.0
    return int(found.split()[1]) * 1024 / 1e6
