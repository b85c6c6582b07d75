"""What this machine is running, as anybody on it can see."""

from collections.abc import Iterator

import psutil


def command_lines() -> Iterator[tuple[int, bytes]]:
    """(process id, its whole command line) of every process we may look at."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or ()
        yield process.pid, "\0".join(words).encode(errors="surrogateescape")
