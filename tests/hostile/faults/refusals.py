"""Answers that refuse: with every form of `Retry-After`, for a while or for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.hostile.faults.fault import FOR_EVER, Fault, status


def _in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


WAITS = {
    "seconds": "1", "fraction": "0.5", "zero": "0", "negative": "-7", "garbage": "soon", "not a number": "nan",
    "a date": _in(2), "a past date": _in(-86400), "a date without sense": "Wed, 99 Foo 99999 25:61:00 GMT",
}  # fmt: skip
TOO_LONG = {"a day in ms": "86400000", "infinite": "inf", "1e400": "1e400", "next year": _in(3e7)}


def refusals() -> Iterator[Fault]:
    for name, told in WAITS.items():
        yield Fault(f"429 storm, Retry-After {name}", status(429, Retry_After=told), "complete", times=3)
    yield Fault("429 storm without Retry-After", status(429), "complete", times=3, after=1)
    for name, told in TOO_LONG.items():
        yield Fault(f"429, Retry-After {name}", status(429, Retry_After=told), "error", times=FOR_EVER)
    yield Fault("429 for ever", status(429), "error", times=FOR_EVER)
    for code in (500, 502, 503, 504, 520, 529):
        yield Fault(f"{code} twice", status(code), "complete", times=2)
    yield Fault("503 for ever", status(503), "error", times=FOR_EVER)
    yield Fault("503 mid-run for ever", status(503), "error", times=FOR_EVER, after=1)
    yield Fault(
        "500 with a web page", status(500, b"<html>oops</html>", Content_Type="text/html"), "complete"
    )
    yield Fault("408 once", status(408), "complete")
    yield Fault("403 for ever", status(403), "error", times=FOR_EVER)
    yield Fault("418 for ever", status(418), "error", times=FOR_EVER)
