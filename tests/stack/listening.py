"""What listens, and to whom."""

from collections.abc import Iterable

import psutil


def listeners(processes: Iterable[psutil.Process]) -> set[tuple[str, str, int]]:
    """(program, address, port) of every socket these processes and their children listen on."""
    found = set()
    for process in processes:
        for one in [process, *process.children(recursive=True)]:
            try:
                sockets = one.net_connections(kind="inet")
            except psutil.NoSuchProcess:
                continue
            found |= {
                (one.name(), socket.laddr.ip, socket.laddr.port)
                for socket in sockets
                if socket.status == psutil.CONN_LISTEN
            }
    return found


def beyond_this_machine(found: Iterable[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    return sorted(one for one in found if not (one[1].startswith("127.") or one[1] == "::1"))
