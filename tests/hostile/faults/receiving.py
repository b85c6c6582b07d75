"""What can go wrong when we send: a receiver refuses, or nobody hears what it answered."""

from tests.hostile.faults.fault import FOR_EVER, PAGE, Fault, body, real, status
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.wire import Wire


def done(answer: Spoil) -> Spoil:
    """The receiver did what it was asked, and answers this."""

    def spoil(visit: Visit) -> Wire:
        visit.real()
        return answer(visit)

    return spoil


def instead(text: bytes, code: int = 200, **headers: str) -> Spoil:
    """The receiver never hears of it."""
    return lambda visit: Wire(code, body=text).labelled(**headers)


def receiving() -> list[Fault]:
    """`complete`: the run that meets it sends everything. `either`: a later one does. Not among them is a 204 that nobody
    sent: Klaviyo's answer to a removal is no other."""
    return [
        Fault("429, Retry-After a second", status(429, Retry_After="1"), "complete", times=2),
        Fault("429, Retry-After a day", status(429, Retry_After="86400"), "error", times=FOR_EVER),
        Fault("429 for ever", status(429), "error", times=FOR_EVER),
        Fault("503 for ever", status(503), "error", times=FOR_EVER),
        Fault("500 after it was done", done(status(500)), "either"),
        Fault("401", status(401), "either"),
        Fault("401 for ever", status(401), "error", times=FOR_EVER),
        Fault("403", status(403), "error"),
        Fault("reset unheard", lambda visit: Wire(0, reset=True), "either"),
        Fault("reset after it was done", real(status=0, reset=True), "either"),
        Fault("cut after it was done", lambda v: (w := v.real()).but(cut=len(w.body) // 2), "either"),
        Fault("silence after it was done", real(stall=0.8), "either"),
        Fault("a web page", instead(PAGE, Content_Type="text/html"), "either"),
        Fault("a web page called JSON", instead(b"\n " + PAGE), "either"),
        Fault("a web page after it was done", body(PAGE, Content_Type="text/html"), "either"),
        Fault("sent elsewhere", status(302, Location="http://127.0.0.1:9/"), "error"),
        *(Fault(f"{text.decode()} instead", instead(text), "either") for text in (b"{}", b"[]", b"null", b'"x"')),
        Fault("null after it was done", body(b"null"), "either"),
        Fault("nothing instead", instead(b""), "either"),
    ]  # fmt: skip
