"""Connections that break, stall or drip, and bodies cut anywhere."""

from collections.abc import Iterator
from typing import Any

from tests.hostile.faults.fault import FOR_EVER, Fault, real
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.wire import Wire

OFFSETS = 20


def part(cut: float, **more: Any) -> Spoil:
    """The real answer's beginning, then the end of the connection."""

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(cut=int(len(wire.body) * cut), **more)

    return spoil


def short(cut: float) -> Spoil:
    """The beginning again, but announced as the whole."""

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(body=wire.body[: int(len(wire.body) * cut)])

    return spoil


def connections() -> Iterator[Fault]:
    yield Fault("reset before the answer", real(status=0, reset=True), "complete")
    yield Fault("closed before the answer", real(status=0), "complete", after=1)
    yield Fault("reset mid-body", part(0.5, reset=True), "complete", times=2)
    yield Fault("reset for ever", real(status=0, reset=True), "error", times=FOR_EVER)
    yield Fault("silence before the body", real(stall=0.8), "complete")
    yield Fault("slow drip", real(drip=0.05), "complete")
    yield Fault("slow drip of the head", real(drip=0.03, dripping_head=True), "complete")
    for n in range(OFFSETS):
        # never the whole: the last offset leaves out a few bytes
        spoil = part((n + 0.5) / OFFSETS) if n % 2 else short((n + 0.5) / OFFSETS)
        yield Fault(f"cut at {n} of {OFFSETS}{'' if n % 2 else ', announced as whole'}", spoil, "complete")
    yield Fault(
        "length announced too long", lambda v: (w := v.real()).but(length=len(w.body) + 10), "complete"
    )
    yield Fault("no length and cut", part(0.6, length=-1), "complete")
    yield Fault("half an answer for ever", part(0.5), "error", times=FOR_EVER)
