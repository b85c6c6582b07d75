"""One step ahead: the next page is unpacked while the last one is being used."""

from collections.abc import Generator, Iterable
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

Item = TypeVar("Item")
_END = object()


def ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The same items in the same order, made in a thread that is at most two of them ahead.

    Unpacking, hashing and waiting for a file or a socket let the other thread work. What making an item raises is raised
    here; a reader that stops early stops the maker after the item it is at.
    """
    made: Queue[tuple[Any, BaseException | None]] = Queue(maxsize=1)
    unwanted = Event()

    def hand_over(item: Any, trouble: BaseException | None = None) -> bool:
        while not unwanted.is_set():
            try:
                made.put((item, trouble), timeout=0.2)
                return True
            except Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not hand_over(item):
                    return
            hand_over(_END)
        except BaseException as trouble:  # handed to the reader, whatever it is
            hand_over(_END, trouble)

    Thread(target=make, name="ahead", daemon=True).start()
    try:
        while True:
            item, trouble = made.get()
            if trouble is not None:
                raise trouble
            if item is _END:
                return
            yield item
    finally:
        unwanted.set()
