"""Serves pages that were rendered beforehand, from a process of its own: python -m tests.bench.load_server KIND=RECORDS…

It prints its port once everything is rendered. A page costs it one lookup and one write, about a hundredth of what any
contender spends on it.
"""

import asyncio
import sys

from tests.bench.load_pages import page, pages


class Pages(asyncio.Protocol):
    """HTTP/1.1 with kept connections, as far as GET needs it."""

    def __init__(self, answers: dict[bytes, bytes]):
        self.answers = answers
        self.waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            request, self.waiting = self.waiting.split(b"\r\n\r\n", 1)
            path = request.split(b" ", 2)[1].split(b"?")[0]
            self.transport.write(
                self.answers.get(path, _answer(b'{"error":"no such page"}', b"404 Not Found"))
            )


def rendered(sizes: dict[str, int]) -> dict[bytes, bytes]:
    """Path → whole answer, for so many records of each kind."""
    return {
        f"/{kind}/{number}".encode(): _answer(page(kind, number, records))
        for kind, records in sizes.items()
        for number in range(pages(kind, records))
    }


def _answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


async def serve(sizes: dict[str, int]) -> None:
    answers = rendered(sizes)
    server = await asyncio.get_running_loop().create_server(lambda: Pages(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # whoever started this holds its input open: it ends with them, however they end
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve({kind: int(count) for kind, count in (given.split("=") for given in sys.argv[1:])}))
